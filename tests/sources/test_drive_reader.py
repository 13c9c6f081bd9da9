from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pavement.drive import Drive, Frame, Reason, TimeSource
from pavement.errors import BadInput
from pavement.sources import read_drive
from tests.builders import START, make_drive, write_gpx, write_jpeg, write_video

TAKEN, SUBSEC, OFFSET, OFFSET_TIME = 0x9003, 0x9291, 0x9011, 0x9010
GPS_DAY, GPS_CLOCK = 0x1D, 0x07


def gps(lat: float, lon: float, **more: object) -> dict[int, object]:
    return {1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (lon, 0.0, 0.0), **{int(k[1:], 16): v for k, v in more.items()}}


def by_name(drive: Drive) -> dict[str, Frame]:
    return {Path(frame.file).name: frame for frame in drive.frames}


def messages(drive: Drive) -> str:
    return "\n".join(f"{n.file}: {n.message}" for n in drive.notices)


def test_a_good_drive(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    drive = read_drive(make_drive(tmp_path / "走行"), progress=lambda done, total: seen.append((done, total)))
    assert drive.name == "走行"
    assert [f.file for f in drive.frames] == ["frames/IMG_0.jpg", "frames/IMG_1.jpg", "frames/IMG_2.jpg"]
    assert [f.timestamp for f in drive.frames] == [START + timedelta(seconds=k + 0.25) for k in range(3)]
    assert {f.time_source for f in drive.frames} == {TimeSource.FRAMES_CSV}
    assert drive.notices == ()
    assert (len(drive.track), drive.fixes_in, drive.fixes_rejected) == (10, 10, {})
    assert seen[-1] == (5, 5)


def test_time_sources_in_the_order_of_the_contract(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    exif = {TAKEN: "2026:06:03 10:15:04", SUBSEC: "5", OFFSET_TIME: "+00:00"}
    sat = {GPS_DAY: "2026:06:03", GPS_CLOCK: (1.0, 15.0, 5.25)}
    write_jpeg(frames / "20260603_101509.jpg", shade=1, photo=exif, gps=sat)  # frames.csv says 10:15:01
    write_jpeg(frames / "20260603_101508.jpg", shade=2, photo=exif, gps=sat)
    write_jpeg(frames / "20260603_101507.JPG", shade=3, photo={**exif, OFFSET: "+00:00"})
    write_jpeg(frames / "front" / "20260603_101506.jpeg", shade=4, gps=sat)
    write_jpeg(frames / "1780449306.5.jpg", shade=5)
    write_jpeg(frames / "IMG_1.jpg", shade=6)
    (tmp_path / "frames.csv").write_text(
        "file,timestamp\n20260603_101509.jpg,2026-06-03T10:15:01\n", encoding="utf-8-sig"
    )
    write_gpx(tmp_path / "a.GPX")
    found = {name: (f.timestamp, f.time_source) for name, f in by_name(read_drive(tmp_path)).items()}
    second = timedelta(seconds=1)
    assert found == {
        "20260603_101509.jpg": (START + second, TimeSource.FRAMES_CSV),
        "20260603_101508.jpg": (START + 4.5 * second, TimeSource.EXIF),  # OffsetTime is another time's
        "20260603_101507.JPG": (START + 4.5 * second + timedelta(hours=9), TimeSource.EXIF),
        "20260603_101506.jpeg": (START + 5.25 * second, TimeSource.EXIF_GPS),
        "1780449306.5.jpg": (START + 6.5 * second, TimeSource.FILE_NAME),
        "IMG_1.jpg": (None, None),
    }


def test_equal_seconds_keep_the_order_of_shooting(tmp_path: Path) -> None:
    for k, (name, subsec) in enumerate([("IMG_10", "2"), ("IMG_9", "20"), ("IMG_1", "9"), ("IMG_2", "100")]):
        write_jpeg(tmp_path / f"frames/{name}.jpg", shade=k, photo={TAKEN: "2026:06:03 10:15:00", SUBSEC: subsec})
    assert list(by_name(read_drive(tmp_path))) == ["IMG_2.jpg", "IMG_9.jpg", "IMG_10.jpg", "IMG_1.jpg"]


def test_every_bad_frame_has_its_reason(tmp_path: Path) -> None:
    frames = make_drive(tmp_path, frames=8) / "frames"
    (frames / "IMG_1.jpg").write_bytes((frames / "IMG_1.jpg").read_bytes()[:-200])
    (frames / "IMG_2.jpg").write_bytes(b"")
    (frames / "IMG_3.jpg").write_bytes(b"<html>not found</html>")
    shutil.copy(frames / "IMG_0.jpg", frames / "IMG_4.jpg")
    shutil.copy(frames / "IMG_2.jpg", frames / "IMG_5.jpg")
    write_jpeg(frames / "new.jpg", shade=99)
    (frames / "._IMG_0.jpg").write_bytes(b"litter of a Mac")
    (frames / "IMG_9.HEIC").write_bytes(b"")
    drive = read_drive(tmp_path)
    assert {n: f.rejected for n, f in by_name(drive).items() if f.rejected} == {
        "IMG_1.jpg": Reason.UNREADABLE,
        "IMG_2.jpg": Reason.UNREADABLE,
        "IMG_3.jpg": Reason.UNREADABLE,
        "IMG_4.jpg": Reason.DUPLICATE,
        "IMG_5.jpg": Reason.UNREADABLE,
        "new.jpg": Reason.NO_TIME,
    }
    assert len(drive.frames) == 9
    assert "IMG_9.HEIC: JPEG・MP4以外の画像1個" in messages(drive)


def test_frames_csv_faults_are_told_and_cost_their_rows(tmp_path: Path) -> None:
    make_drive(tmp_path)
    (tmp_path / "frames.csv").write_text(
        "file,timestamp\nframes\\IMG_0.jpg,2026-06-03T10:15:00+09:00\nIMG_1.jpg,yesterday\nIMG_77.jpg,2026-06-03T10:15:00+09:00\n"
    )
    drive = read_drive(tmp_path)
    assert by_name(drive)["IMG_0.jpg"].timestamp == START
    assert by_name(drive)["IMG_1.jpg"].rejected is Reason.NO_TIME
    assert "1行(例: IMG_1.jpg)の時刻が読めません" in messages(drive)
    assert "1行(例: IMG_77.jpg)の画像がありません" in messages(drive)
    (tmp_path / "frames.csv").write_bytes(b"\x00\xff\xfe")
    assert "列 file,timestamp がありません" in messages(read_drive(tmp_path))


def test_tracks_are_merged_and_bad_ones_are_named(tmp_path: Path) -> None:
    make_drive(tmp_path)
    write_gpx(tmp_path / "later.gpx", start=START + timedelta(seconds=5))  # 5 of its 10 times are there already
    (tmp_path / "broken.gpx").write_text("<gpx><trk>")
    (tmp_path / "list.csv").write_text("a,b\n1,2\n")
    (tmp_path / "imu.csv").write_text("timestamp,ax,ay,az\n")
    (tmp_path / "truth.csv").write_text("timestamp,lon,lat\n2026-06-03T10:16:00+09:00,1,1\n")
    drive = read_drive(tmp_path)
    assert (len(drive.track), drive.fixes_in, drive.fixes_rejected) == (15, 20, {"duplicate_time": 5})
    told = messages(drive)
    assert "broken.gpx: " in told
    assert "list.csv: 列" in told
    assert "truth" not in told
    assert "imu.csv: 加速度の記録がない" in told  # it is no track


def test_exif_positions_are_the_track_where_no_file_gives_one(tmp_path: Path) -> None:
    make_drive(tmp_path)
    (tmp_path / "track.gpx").write_text("")
    place = gps(40.82, 140.74, x1F=4.0, x0D=36.0, x0C="K", x0F=90.0, x0E="T")
    write_jpeg(tmp_path / "frames/IMG_1.jpg", gps=place)
    write_jpeg(tmp_path / "frames/IMG_2.jpg", gps={2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)})
    (tmp_path / "drive.toml").write_text("time_offset_s = 2.0")
    drive = read_drive(tmp_path)
    track = drive.track
    assert track.time_s.tolist() == [START.timestamp() + 1.25 + 2.0]  # the offset cancels when frames are placed
    assert (track.lon[0], track.lat[0]) == pytest.approx((140.74, 40.82))
    assert (track.accuracy_m[0], track.speed_mps[0], track.heading_deg[0]) == (4.0, 10.0, 90.0)
    assert drive.fixes_rejected == {"bad_position": 1}
    assert "EXIF位置を使います" in messages(drive)


def test_videos_become_frames(tmp_path: Path) -> None:
    write_video(tmp_path / "video/a.mp4", frames=20, created=START)
    write_video(tmp_path / "video/VID_20260603_111500.mp4", frames=11, fps=20)
    write_video(tmp_path / "video/c.MP4", frames=5)
    write_video(tmp_path / "video/d.mp4", frames=6)
    (tmp_path / "video/broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (tmp_path / "frames.csv").write_text("file,timestamp\nvideo/c.MP4,2026-06-03T12:15:00+09:00\n")
    frames = {f.file: f for f in read_drive(tmp_path).frames}
    hour, half = timedelta(hours=1), timedelta(seconds=0.5)
    assert {name: (f.timestamp, f.time_source) for name, f in frames.items() if not f.rejected} == {
        **{f"video/a.mp4#{5 * k:06d}": (START + k * half, TimeSource.VIDEO) for k in range(4)},
        **{
            f"video/VID_20260603_111500.mp4#{10 * k:06d}": (START + hour + k * half, TimeSource.FILE_NAME)
            for k in range(2)
        },
        "video/c.MP4#000000": (START + 2 * hour, TimeSource.FRAMES_CSV),
    }
    assert frames["video/d.mp4#000000"].rejected is Reason.NO_TIME
    assert frames["video/broken.mp4"].rejected is Reason.UNREADABLE


def test_the_fingerprint_hangs_on_names_and_contents_not_on_the_truth(tmp_path: Path) -> None:
    drive = make_drive(tmp_path / "a")
    before = read_drive(drive).fingerprint
    shutil.copytree(drive, tmp_path / "b")
    (tmp_path / "b" / "truth.csv").write_text("x")
    assert read_drive(tmp_path / "b").fingerprint == before
    (tmp_path / "b" / "frames" / "IMG_0.jpg").rename(tmp_path / "b" / "frames" / "IMG_9.jpg")
    assert read_drive(tmp_path / "b").fingerprint != before
    (drive / "drive.toml").write_text("lane = 1")
    assert read_drive(drive).fingerprint != before


def test_photos_directly_in_the_folder_and_no_drive_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no photo or video"):
        read_drive(tmp_path)
    with pytest.raises(BadInput, match="no such folder"):
        read_drive(tmp_path / "none")
    write_jpeg(tmp_path / "20260603_101500.jpg")
    drive = read_drive(tmp_path)
    assert [f.file for f in drive.frames] == ["20260603_101500.jpg"]
    assert "位置が分かりません" in messages(drive)


def test_a_wrong_zone_is_put_right_and_told(tmp_path: Path) -> None:
    make_drive(tmp_path)
    (tmp_path / "frames.csv").unlink()
    for k in range(3):
        clock = {TAKEN: f"2026:06:03 01:15:0{k}"}  # the camera's clock shows UTC
        write_jpeg(
            tmp_path / f"frames/IMG_{k}.jpg",
            shade=k,
            photo=clock,
            gps={GPS_DAY: "2026:06:03", GPS_CLOCK: (1.0, 15.0, float(k))},
        )
    drive = read_drive(tmp_path)
    assert [f.timestamp for f in drive.frames] == [START + timedelta(seconds=k) for k in range(3)]
    assert {f.time_source for f in drive.frames} == {TimeSource.EXIF}
    assert "frames EXIFの撮影時刻: 時刻が9時間遅れています" in messages(drive)
    assert [f.report() for f in drive.clocks] == [
        {"clock": "frames EXIFの撮影時刻", "cause": "zone", "verdict": "corrected", "shift_s": -32400.0}
    ]
    (tmp_path / "drive.toml").write_text('timezone = "UTC"')
    assert messages(read_drive(tmp_path)) == ""


@pytest.mark.shared
def test_real_frames(shared: Path) -> None:
    drive = read_drive(shared / "data" / "street-frames")
    assert len(drive.frames) == 40
    assert Counter(f.rejected for f in drive.frames) == {None: 40}
    # EXIF 12:15:54 without an offset is UTC, as the file's name in epoch seconds says, and not the time in Japan
    assert drive.frames[0].timestamp == datetime(2016, 4, 14, 12, 15, 54, tzinfo=UTC)
    assert len(drive.track) == 40
    assert drive.track.lat.min() > 42.9
    assert drive.track.lon.max() < -76
    assert "9時間遅れて" in messages(drive)
