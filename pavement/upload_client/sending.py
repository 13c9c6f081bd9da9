"""One drive from here to the server: named, its missing files sent, completed, and only then perhaps deleted here."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

from pavement.errors import BadInput, Fault
from pavement.upload_client.connection import Connection
from pavement.upload_client.journal import Journal
from pavement.upload_client.manifest import LocalDrive, LocalFile, fingerprint, pieces_of, sha256_of

AT_ONCE = 4  #: files on their way at a time
ROUNDS = 5  #: how often `complete` may name missing files before something is wrong

Progress = Callable[[str, int, int], None]  #: stage, bytes done, bytes in all


@dataclass(frozen=True)
class Outcome:
    """What became of a drive."""

    drive_id: str
    status: str
    files: int
    sent: int  #: files sent by this run; the others were there
    deleted: int  #: files deleted here


class NoReceipt(Fault):
    """The server's receipt is not of the file that was sent."""


def send_drive(
    connection: Connection,
    drive: LocalDrive,
    journal: Journal,
    progress: Progress,
    *,
    vehicle: str | None = None,
    note: str | None = None,
    delete: bool = False,
) -> Outcome:
    """Send what the server misses of `drive`. `delete`: its files are deleted here, each after the server has it."""
    digests = make_digests(drive, journal, progress)
    entries = [{"path": file.path, "size": file.size, "sha256": digests[file.path]} for file in drive.files]
    if not journal.drive_id:
        journal.key = fingerprint([(file.path, file.size, digests[file.path]) for file in drive.files])
        body = {"vehicle": vehicle or drive.vehicle, "started_at": drive.started_at.isoformat(), "note": note}
        made = connection.request("POST", "/drives", fine={201}, json=body, headers={"Idempotency-Key": journal.key})
        journal.drive_id = str(made.json()["id"])
        journal.save()
    sent: set[str] = set()
    for _ in range(ROUNDS):
        answer = connection.request(
            "POST", f"/drives/{journal.drive_id}/complete", fine={202, 409}, json={"files": entries}
        )
        if answer.status_code == 202:
            break
        if journal.done:  # that drive is closed: these files, recorded since into the same folder, are another one
            journal.done, journal.drive_id = False, ""
            return send_drive(connection, drive, journal, progress, vehicle=vehicle, note=note, delete=delete)
        missing = set(answer.json()["missing"])
        send_files(connection, journal.drive_id, [f for f in drive.files if f.path in missing], digests, progress)
        sent |= missing
    else:
        raise Fault(f"{drive.place}: the server goes on missing files that it gave receipts for")
    journal.done = True
    journal.save()
    deleted = delete_files(drive, journal) if delete else 0
    return Outcome(journal.drive_id, str(answer.json()["status"]), len(drive.files), len(sent), deleted)


def make_digests(drive: LocalDrive, journal: Journal, progress: Progress) -> dict[str, str]:
    """SHA-256 (hex) by path; what the journal knows is not read again."""
    bar = Count("SHA-256", drive.size, progress)
    digests: dict[str, str] = {}
    for file in drive.files:
        known = journal.digest_of(file)
        if known is None:
            known = sha256_of(file.place, bar.add)
            journal.remember(file, known)
        else:
            bar.add(file.size)
        digests[file.path] = known
    journal.save()
    return digests


def send_files(
    connection: Connection, drive_id: str, files: Sequence[LocalFile], digests: dict[str, str], progress: Progress
) -> None:
    """Send each file and check its receipt."""
    bar = Count("upload", sum(file.size for file in files), progress)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(send_file, connection, drive_id, file, digests[file.path], bar.add) for file in files]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def send_file(
    connection: Connection, drive_id: str, file: LocalFile, sha256: str, progress: Callable[[int], None]
) -> None:
    """Send a file from where the server has it; returns when the receipt is the file's."""
    url = f"/drives/{drive_id}/files/{quote(file.path)}"
    digest = "sha-256=" + base64.b64encode(bytes.fromhex(sha256)).decode()
    start = 0
    if pieces_of(file.size, 0, sha256).end < file.size:  # of a file in one piece there is nothing to resume
        head = connection.request("HEAD", url, fine={200, 404})
        if head.status_code == 200 and head.headers.get("Upload-Length") == str(file.size):
            start = min(int(head.headers["Upload-Offset"]), file.size)
    counted = 0
    with open(file.place, "rb") as source:
        while True:
            if start == file.size and file.size:
                start = 0  # all is there: any piece brings the receipt
            piece = pieces_of(file.size, start, sha256)
            source.seek(piece.start)
            data = source.read(piece.end - piece.start)
            if len(data) != piece.end - piece.start:
                raise BadInput("changed while it was sent", file=file.place, do="run the same command again")
            headers = {"Digest": digest}
            if len(data) < file.size:
                headers["Content-Range"] = f"bytes {piece.start}-{piece.end - 1}/{piece.size}"
            answer = connection.request("PUT", url, fine={201, 202, 409, 422}, content=data, headers=headers)
            told = answer.json()
            if answer.status_code == 201:
                break
            if answer.status_code == 422 or "received" not in told:
                raise BadInput(str(told.get("detail")), file=file.place, do="run the same command again")
            if answer.status_code == 409 and told["received"] >= file.size:
                raise BadInput(str(told.get("detail")), file=file.place)
            start = int(told["received"])
            progress(max(start - counted, 0))
            counted = max(start, counted)
    if (told["size"], told["sha256"], told["stored"]) != (file.size, sha256, True):
        raise NoReceipt(f"{file.place}: the server's receipt is of another file; nothing is deleted")
    progress(file.size - counted)


def delete_files(drive: LocalDrive, journal: Journal) -> int:
    """Delete here what the server has: `complete` has compared every size and SHA-256. Changed files stay."""
    deleted = 0
    for file in drive.files:
        try:
            state = file.place.stat()
            if (state.st_size, state.st_mtime_ns) == (file.size, file.modified_ns):
                file.place.unlink()
                deleted += 1
        except FileNotFoundError:
            continue
    if drive.place.is_dir():
        for folder in sorted((each for each in drive.place.rglob("*") if each.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
        if not any(drive.place.iterdir()):
            drive.place.rmdir()
    if not drive.place.exists():
        journal.forget()
    return deleted


class Count:
    """A sum that several threads add to."""

    def __init__(self, stage: str, total: int, progress: Progress) -> None:
        self._stage, self._total, self._progress = stage, total, progress
        self._done, self._lock = 0, threading.Lock()

    def add(self, number: int) -> None:
        """Add and show."""
        with self._lock:
            self._done += number
            self._progress(self._stage, self._done, self._total)
