"""Nothing in the product works on POSIX only: its code is read for what Windows lacks, forbids or does otherwise.

What cannot be seen by reading (a virus scanner that holds a file) is not here. The names of modules and attributes that
Windows lacks are those of the standard library's documentation ("Availability: Unix").
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {"fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "posix", "syslog", "crypt", "spwd", "readline"}
LACKING = {
    "os": "fork forkpty killpg setsid getuid geteuid getgid getegid setuid setgid chown lchown fchown fchmod uname "
    "statvfs fstatvfs mkfifo mknod getloadavg nice wait wait3 wait4 waitid sched_getaffinity sched_setaffinity "
    "posix_fadvise posix_fallocate sendfile pread pwrite readv writev sync fdatasync getpgid setpgid getsid ttyname "
    "chroot openpty O_DIRECTORY O_NOFOLLOW O_SYNC O_DSYNC O_CLOEXEC WIFSIGNALED WEXITSTATUS register_at_fork "
    "memfd_create eventfd set_blocking pipe2",
    "signal": "SIGKILL SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGCHLD SIGPIPE SIGQUIT SIGSTOP SIGCONT SIGWINCH alarm setitimer "
    "pause pthread_kill pthread_sigmask sigwait set_wakeup_fd_unix",
    "socket": "AF_UNIX AF_NETLINK socketpair_unix SO_REUSEPORT",
    "time": "tzset clock_gettime CLOCK_BOOTTIME",
    "asyncio": "add_signal_handler",
}
ANY_OWNER = {"add_signal_handler"}  #: of an event loop, however it is called
KEYWORDS = {"preexec_fn", "start_new_session", "pass_fds", "process_group"}  #: of subprocess
PLACES = re.compile(r"/(tmp|dev|proc|usr|etc|var|opt|home|root)(/|$)")
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[ .]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
MAY_FAIL = {"link", "symlink", "rename"}  #: no hard link on exFAT, no symlink without right, no rename onto a file


class Reader(ast.NodeVisitor):
    """Notes what Windows cannot do, with its line."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._caught = 0  # blocks around that catch OSError
        self._guarded = 0  # functions around that ask for os.name
        self._open: list[str] = []  # names of files that the blocks around have open

    def note(self, node: ast.expr | ast.stmt, what: str) -> None:
        if not self._guarded:
            self.found.append((node.lineno, what))

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            if each.name in MODULES:
                self.note(node, f"there is no module {each.name}")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module in MODULES:
            self.note(node, f"there is no module {node.module}")
        for each in node.names:
            if each.name in LACKING.get(node.module or "", "").split():
                self.note(node, f"there is no {node.module}.{each.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr in LACKING.get(owner, "").split() or node.attr in ANY_OWNER:
            self.note(node, f"there is no {owner}.{node.attr}")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        asks = any(isinstance(each, ast.Attribute) and ast.unparse(each) == "os.name" for each in ast.walk(node))
        self._guarded += asks
        self.generic_visit(node)
        self._guarded -= asks

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 (ast's name)

    def visit_Try(self, node: ast.Try) -> None:
        catches = any(handler.type is None or "OSError" in ast.unparse(handler.type) for handler in node.handlers)
        self._caught += catches
        for each in node.body:
            self.visit(each)
        self._caught -= catches
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(rest)

    def visit_With(self, node: ast.With) -> None:
        texts = [ast.unparse(item.context_expr) for item in node.items]
        catches = any(text.startswith("suppress(") and "OSError" in text for text in texts)
        opened = [name for text in texts if (name := _opened(text))]
        self._caught += catches
        self._open += opened
        self.generic_visit(node)
        self._caught -= catches
        del self._open[len(self._open) - len(opened) :]

    def visit_Call(self, node: ast.Call) -> None:
        name, owner = _called(node)
        if name in MAY_FAIL and not node.keywords and not self._caught and node.args:
            self.note(node, f"{name} may fail: catch OSError, or use os.replace")
        if name in ("replace", "unlink", "rename") and self._open:
            ours = [ast.unparse(arg) for arg in node.args] if owner == "os" else [owner]
            if set(ours) & set(self._open):
                self.note(node, f"{name} of a file that is open")
        if name in ("open", "read_text", "write_text", "fdopen") and _is_text_without_encoding(node, name, owner):
            self.note(node, "text without encoding= is cp932 there")
        if name == "open" and owner == "os":
            self.note(node, "os.open cannot open a folder there: ask for os.name")
        if name in ("NamedTemporaryFile", "mkstemp") and not any(word.arg == "delete" for word in node.keywords):
            self.note(node, "a NamedTemporaryFile cannot be opened a second time")
        if name == "strftime" and any("%-" in ast.unparse(arg) for arg in node.args):
            self.note(node, "strftime has no %-d there")
        if name in ("get_context", "set_start_method") and any("fork" in ast.unparse(arg) for arg in node.args):
            self.note(node, "processes are spawned there, not forked")
        if name in ("split", "rsplit", "startswith", "endswith") and owner.startswith("str(") and "'/'" in _texts(node):
            self.note(node, "str(path) has \\ there: use parts or as_posix()")
        for word in node.keywords:
            if word.arg in KEYWORDS:
                self.note(node, f"subprocess has no {word.arg}")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div):
            for part in _constant_parts(node.right):
                if any(FORBIDDEN.search(name) for name in part.split("/")):
                    self.note(node, f"'{part}' is no name of a file there")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "\n" not in node.value and PLACES.match(node.value):
            self.note(node, f"there is no {node.value}")


def _called(node: ast.Call) -> tuple[str, str]:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr, ast.unparse(node.func.value)
    return ast.unparse(node.func), ""


def _opened(text: str) -> str:
    found = re.match(r"open\(([\w.]+)[,)]", text) or re.match(r"([\w.]+)\.open\(", text)
    return found[1] if found else ""


def _texts(node: ast.Call) -> list[str]:
    return [ast.unparse(arg) for arg in node.args]


def _is_text_without_encoding(node: ast.Call, name: str, owner: str) -> bool:
    if any(word.arg in ("encoding", None) for word in node.keywords):
        return False
    if name == "read_text":
        return not node.args
    if name == "write_text":
        return len(node.args) < 2
    if owner not in ("", "io") and not re.search(r"(^|[._])(path|file|place)$", owner):
        return False  # tarfile.open, Image.open, blobs.open …
    told = [*node.args[(1 if owner in ("", "io", "os") else 0) :][:1]]
    told += [word.value for word in node.keywords if word.arg == "mode"]
    modes = [each.value for mode in told for each in ast.walk(mode) if isinstance(each, ast.Constant)]
    return not modes or any("b" not in str(mode) for mode in modes)


def _constant_parts(node: ast.expr) -> Iterator[str]:
    """The texts of a path's part; what an f-string fills in is not known, and is no end of a name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        filled = "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values)
        yield filled


def wrong_in(source: str) -> list[tuple[int, str]]:
    """What of a source does not work there."""
    reader = Reader()
    reader.visit(ast.parse(source))
    return reader.found


FILES = sorted(
    file
    for package in ("pavement", "api", "exporters")
    for file in (ROOT / package).rglob("*.py")
    if "node_modules" not in file.parts
)


def test_the_product_works_there() -> None:
    assert len(FILES) > 300
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {what}"
        for file in FILES
        for line, what in wrong_in(file.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_two_files_differ_in_case_only_and_all_names_are_possible() -> None:
    names = [file.relative_to(ROOT).as_posix() for file in FILES]
    names += [file.relative_to(ROOT).as_posix() for file in (ROOT / "deploy").rglob("*")]
    assert len({name.casefold() for name in names}) == len(names)
    assert not [name for name in names for part in name.split("/") if FORBIDDEN.search(part)]


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from signal import SIGKILL",
        "os.kill(1, signal.SIGKILL)",
        "pid = os.fork()",
        "loop.add_signal_handler(15, stop)",
        "subprocess.Popen(['x'], preexec_fn=f)",
        "os.link(a, b)",
        "place.rename(other)",
        "with open(temporary, 'wb') as file:\n    os.replace(temporary, path)",
        "with open(place, 'rb') as file:\n    place.unlink()",
        "open(path)",
        "open(path, 'w')",
        "place.read_text()",
        "place.write_text('x')",
        "Path('/tmp/x')",
        "folder / 'a:b.csv'",
        "folder / f'{name}?.csv'",
        "folder / 'nul.txt'",
        "tempfile.NamedTemporaryFile()",
        "day.strftime('%-d')",
        "multiprocessing.get_context('fork')",
        "str(path).split('/')",
        "handle = os.open(folder, os.O_RDONLY)",
    ],
)
def test_what_does_not_is_found(source: str) -> None:
    assert wrong_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "signal.signal(signal.SIGTERM, stop)",
        "try:\n    os.link(a, b)\nexcept OSError:\n    shutil.copyfile(a, b)",
        "with suppress(OSError):\n    place.rename(other)",
        "frame.rename(columns=names)",
        "with open(temporary, 'wb') as file:\n    file.write(data)\nos.replace(temporary, path)",
        "def flush(folder):\n    if os.name == 'nt':\n        return\n    os.open(folder, os.O_RDONLY)",
        "open(path, 'rb')",
        "open(path, 'r+b' if start else 'wb')",
        "open(path, encoding='utf-8')",
        "tarfile.open(path, 'r:')",
        "share = pixels / 'x'",
        "text.split('/')",
    ],
)
def test_what_does_is_let_be(source: str) -> None:
    assert not wrong_in(source)
