from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pavement.clock_words import JST
from pavement.drive import Drive, Reason, TimeSource
from pavement.sources import read_drive
from pavement.sources.nmea import checksum
from tests.builders import PLANE, START, gpx_point, gpx_text, write_jpeg

TAKEN, SUBSEC, OFFSET = 0x9003, 0x9291, 0x9011
HOURS_9, SECOND = timedelta(hours=9), timedelta(seconds=1)


def place(k: float, aside_m: float = 0.0) -> tuple[float, float]:
    """Where the car is `k` seconds after START: 15 m/s on a winding road."""
    lon, lat = PLANE.to_degrees([(200 * np.sin(15 * k / 300) + aside_m, 15 * k)])[0]
    return float(lon), float(lat)


def track(folder: Path, name: str, shift: timedelta = timedelta(), aside_m: float = 0.0, lasts: int = 120) -> None:
    points = [gpx_point(START + k * SECOND + shift, *place(k, aside_m)) for k in range(lasts)]
    (folder / name).write_text(gpx_text(points), encoding="utf-8")


def satellite(k: float) -> dict[int, object]:
    """EXIF's GPS tags, in whole seconds as phones write them."""
    lon, lat = place(int(k))
    now = START + int(k) * SECOND
    return {
        **{1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (lon, 0.0, 0.0)},
        **{0x1D: f"{now:%Y:%m:%d}", 7: (float(now.hour), float(now.minute), float(now.second))},
    }


def photos(
    folder: Path,
    count: int = 20,
    *,
    clock: Callable[[float], timedelta] | None = None,
    gps: bool = False,
    csv: str | None = None,
    name: str = "IMG_{k:02d}",
    shift: timedelta = timedelta(),
) -> Path:
    """Photos every 5 s from 10 s after START: with an EXIF clock of its own error, satellite time, or frames.csv."""
    rows = ["file,timestamp"]
    for k in range(count):
        seconds = 10 + 5.0 * k
        now = START + seconds * SECOND + shift
        taken = None if clock is None else now.astimezone(JST) + clock(seconds)
        file = f"{name.format(k=k, now=now)}.jpg"
        write_jpeg(
            folder / "frames" / file,
            shade=k,
            photo={TAKEN: f"{taken:%Y:%m:%d %H:%M:%S}"} if taken else None,
            gps=satellite(seconds) if gps else None,
        )
        if csv is not None:
            rows.append(f"{file},{now.astimezone(JST):%Y-%m-%dT%H:%M:%S}{csv}")
    if csv is not None:
        (folder / "frames.csv").write_text("\n".join(rows))
    return folder


def told(drive: Drive) -> str:
    return "\n".join(f"{n.file}: {n.message}" for n in drive.notices)


def clocks(drive: Drive) -> list[tuple[str, str, str, float | None]]:
    """(clock, cause, verdict, shift) of every finding."""
    return [(f.clock, f.cause.value, f.verdict.value, f.shift_s) for f in drive.clocks]


def off_by(drive: Drive) -> float:
    """The greatest distance in metres of the frames in use from where they were taken, by the drive's own track."""
    frames = [f.timestamp for f in drive.frames if f.rejected is None and f.timestamp]
    when = [t.timestamp() + drive.facts.time_offset_s for t in frames]
    at = np.column_stack([np.interp(when, drive.track.time_s, each) for each in (drive.track.lon, drive.track.lat)])
    index = [int(Path(f.file).stem.split("_")[1]) for f in drive.frames if f.rejected is None and f.timestamp]
    true = np.array([place(10 + 5 * k) for k in index])
    return float(np.linalg.norm(PLANE.to_metres(*at.T) - PLANE.to_metres(*true.T), axis=1).max())


def test_right_clocks_are_left_alone(tmp_path: Path) -> None:
    drive = read_drive(photos(tmp_path, clock=lambda _: timedelta(), gps=True))
    assert clocks(drive) == []
    track(tmp_path, "a.gpx")
    drive = read_drive(tmp_path)
    assert (clocks(drive), told(drive)) == ([], "")
    assert off_by(drive) < 1


@pytest.mark.parametrize("hours", [9, -9])
def test_a_track_in_japans_time_written_as_utc(tmp_path: Path, hours: int) -> None:
    photos(tmp_path, csv="+09:00")
    track(tmp_path, "a.gpx", timedelta(hours=hours))
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("a.gpx", "zone", "corrected", hours * 3600.0)]
    assert drive.track.time_s[0] == START.timestamp()
    assert drive.frames[0].timestamp == START + 10 * SECOND
    assert off_by(drive) < 1
    assert f"9時間{'進んで' if hours > 0 else '遅れて'}" in told(drive)


def test_frames_in_japans_time_written_as_utc(tmp_path: Path) -> None:
    photos(tmp_path, csv="Z")
    track(tmp_path, "a.gpx")
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("frames", "zone", "corrected", 32400.0)]
    assert drive.frames[0].timestamp == START + 10 * SECOND
    assert off_by(drive) < 1


def test_frames_without_offsets_move_to_the_track(tmp_path: Path) -> None:
    photos(tmp_path, csv="", shift=-HOURS_9)  # the app wrote UTC, the drive's zone is Japan's
    track(tmp_path, "a.gpx")
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("frames", "zone", "corrected", -32400.0)]
    assert drive.frames[0].timestamp == START + 10 * SECOND
    assert off_by(drive) < 1
    assert "時差がありません。日本時間の時刻として読みました" in told(drive)


def test_file_names_in_utc_as_some_phones_write_them(tmp_path: Path) -> None:
    photos(tmp_path, name="PXL_{k:02d}_{now:%Y%m%d_%H%M%S}")
    track(tmp_path, "a.gpx")
    drive = read_drive(tmp_path)
    assert {f.time_source for f in drive.frames} == {TimeSource.FILE_NAME}
    assert clocks(drive) == [("frames", "zone", "corrected", -32400.0)]
    assert off_by(drive) < 1


@pytest.mark.parametrize(("shift", "cause"), [(18, "gps_time"), (9 * 3600, "zone"), (47, "clock_error")])
def test_a_track_against_the_photos_own_positions(tmp_path: Path, shift: int, cause: str) -> None:
    photos(tmp_path, clock=lambda _: timedelta(), gps=True)
    track(tmp_path, "a.gpx", shift * SECOND)
    drive = read_drive(tmp_path)
    assert [(c[:3]) for c in clocks(drive)] == [("a.gpx", cause, "corrected")]
    assert clocks(drive)[0][3] == pytest.approx(shift, abs=0.5)
    assert off_by(drive) < 15


def test_a_track_of_another_place_is_refused_and_the_photos_positions_serve(tmp_path: Path) -> None:
    photos(tmp_path, clock=lambda _: timedelta(), gps=True)
    track(tmp_path, "a.gpx", aside_m=5000)
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("a.gpx", "contradiction", "refused", None)]
    assert drive.fixes_rejected == {"doubtful_time": 120}
    assert (len(drive.track), drive.fixes_in) == (20, 140)
    assert "使いませんでした" in told(drive)


@pytest.mark.parametrize("error", [47.0, -600.0, 8 * 3600.0, 3600 * 9 + 25.0])
def test_a_camera_whose_clock_is_wrong(tmp_path: Path, error: float) -> None:
    photos(tmp_path, clock=lambda _: timedelta(seconds=error), gps=True)
    track(tmp_path, "a.gpx")
    drive = read_drive(tmp_path)
    ((clock, cause, verdict, shift),) = clocks(drive)
    assert (clock, verdict) == ("frames EXIFの撮影時刻", "corrected")
    assert cause == ("zone" if error % 1800 == 0 and abs(error) > 1000 else "clock_error")
    assert shift == pytest.approx(error, abs=1)
    assert off_by(drive) < 15
    assert {f.time_source for f in drive.frames} == {TimeSource.EXIF}


def test_a_drifting_camera_clock_is_refused(tmp_path: Path) -> None:
    photos(tmp_path, clock=lambda k: timedelta(seconds=int(k)), gps=True)  # gains a second every second
    track(tmp_path, "a.gpx")
    drive = read_drive(tmp_path)
    assert [c[1:3] for c in clocks(drive)] == [("unsteady", "refused")]
    assert {f.rejected for f in drive.frames} == {Reason.DOUBTFUL_TIME}
    assert len(drive.frames) == 20


def test_what_a_person_gave_is_not_touched(tmp_path: Path) -> None:
    photos(tmp_path, csv="+09:00")
    track(tmp_path, "a.gpx", HOURS_9)
    (tmp_path / "drive.toml").write_text("time_offset_s = 0.0")
    drive = read_drive(tmp_path)
    assert [c[1:3] for c in clocks(drive)] == [("no_overlap", "refused")]
    assert drive.track.time_s[0] == (START + HOURS_9).timestamp()
    assert "差は9時間かもしれません" in told(drive)
    (tmp_path / "drive.toml").write_text("time_offset_s = 32400.0")
    drive = read_drive(tmp_path)
    assert clocks(drive) == []
    assert off_by(drive) < 1


def gga(k: int) -> str:
    """A sentence without a date, `k` seconds after START."""
    lon, lat = place(k)
    now = START + k * SECOND
    where = f"{int(lat):02d}{lat % 1 * 60:08.5f},N,{int(lon):03d}{lon % 1 * 60:08.5f},E"
    body = f"GNGGA,{now:%H%M%S},{where},1,12,0.8,2,M,,M,,"
    return f"${body}*{checksum(body):02X}"


def test_sentences_without_a_date_take_the_day_of_the_photos(tmp_path: Path) -> None:
    photos(tmp_path, csv="+09:00")
    (tmp_path / "log.nmea").write_text("\n".join(gga(k) for k in range(120)))
    drive = read_drive(tmp_path)
    assert (len(drive.track), drive.track.time_s[0]) == (120, START.timestamp())
    assert "画像の撮影時刻から日付を補いました" in told(drive)
    assert off_by(drive) < 1


def test_sentences_without_a_date_over_midnight_of_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = datetime(2026, 6, 2, 23, 59, 0, tzinfo=START.tzinfo)  # 8:59 in Japan
    monkeypatch.setitem(globals(), "START", midnight)
    photos(tmp_path, csv="+09:00")
    (tmp_path / "log.nmea").write_text("\n".join(gga(k) for k in range(120)))
    drive = read_drive(tmp_path)
    assert (drive.track.time_s - midnight.timestamp()).tolist() == list(range(120))
    assert off_by(drive) < 1


def test_a_wrong_day_in_the_name_of_a_log_is_put_right(tmp_path: Path) -> None:
    photos(tmp_path, csv="+09:00")
    (tmp_path / "20260610_101500.nmea").write_text("\n".join(gga(k) for k in range(120)))
    assert [c[1:3] for c in clocks(read_drive(tmp_path))] == [("no_overlap", "refused")]  # a week: too far to be sure
    (tmp_path / "20260610_101500.nmea").rename(tmp_path / "20260604_101500.nmea")
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("20260604_101500.nmea", "day", "corrected", 86400.0)]
    assert off_by(drive) < 1


def test_tracks_that_disagree(tmp_path: Path) -> None:
    photos(tmp_path, csv="+09:00")
    track(tmp_path, "a.gpx")
    track(tmp_path, "b.gpx", HOURS_9)
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("b.gpx", "zone", "corrected", 32400.0)]
    assert drive.fixes_rejected == {"duplicate_time": 120}
    track(tmp_path, "b.gpx", 18 * SECOND)
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("b.gpx", "gps_time", "corrected", 18.0)]
    track(tmp_path, "b.gpx", aside_m=3000)
    drive = read_drive(tmp_path)
    assert [c[:3] for c in clocks(drive)] == [
        ("a.gpx", "contradiction", "refused"),
        ("b.gpx", "contradiction", "refused"),
    ]
    assert len(drive.track) == 0
    track(tmp_path, "b.gpx", timedelta(hours=1))  # the same way again, an hour later
    drive = read_drive(tmp_path)
    assert (clocks(drive), len(drive.track)) == ([], 240)


def test_frames_hours_outside_the_track_are_told(tmp_path: Path) -> None:
    photos(tmp_path, csv="+09:00")
    track(tmp_path, "a.gpx", lasts=60)
    assert clocks(read_drive(tmp_path)) == []  # the last ones by less than a minute
    late = write_jpeg(tmp_path / "frames" / "late.jpg", shade=99)
    with open(tmp_path / "frames.csv", "a") as file:
        file.write(f"\n{late.name},{START + timedelta(hours=3):%Y-%m-%dT%H:%M:%S}Z")
    drive = read_drive(tmp_path)
    assert clocks(drive) == [("frames", "no_overlap", "refused", None)]
    assert "画像1枚が軌跡の時刻の外" in told(drive)
    assert "最大179分" in told(drive)


def test_motion_sensors_in_another_zone(tmp_path: Path) -> None:
    photos(tmp_path, csv="+09:00")
    track(tmp_path, "a.gpx")
    start = START + HOURS_9 + 10 * SECOND
    rows = (f"{start + k * SECOND / 50:%Y-%m-%dT%H:%M:%S.%f}Z,0,0,9.8" for k in range(2000))
    (tmp_path / "imu.csv").write_text("timestamp,ax,ay,az\n" + "\n".join(rows))
    drive = read_drive(tmp_path)
    assert drive.imu is not None
    assert drive.imu.time_s[0] == pytest.approx((START + 10 * SECOND).timestamp())
    assert clocks(drive) == [("imu.csv", "zone", "corrected", 32400.0)]
