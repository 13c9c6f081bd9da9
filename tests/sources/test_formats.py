"""Every format that a drive may hold: nothing in a file raises but BadInput, and what was written is read again."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import IFD

from pavement.clock import leap_seconds
from pavement.clock_words import JST
from pavement.errors import BadInput
from pavement.sources.drive_toml import read_drive_toml
from pavement.sources.exif import parse_exif_block
from pavement.sources.frames_csv import frame_key, read_frames_csv
from pavement.sources.imu_csv import parse_imu
from pavement.sources.iri_reference import read_iri_reference
from pavement.sources.nmea import checksum
from pavement.sources.profile import read_profile
from pavement.sources.times import parse_exif, parse_file_name, parse_iso, parse_zone
from pavement.sources.tracks import TRACK_SUFFIXES, TrackFile, parse_track, read_track
from pavement.sources.vehicle_toml import read_vehicle
from pavement.sources.video import parse_moov
from pavement.track import Flaw
from tests.builders import START, gpx_point, gpx_text

SUFFIXES = sorted(TRACK_SUFFIXES)
POS = "%  GPST   latitude(deg) longitude(deg)  height(m)   Q  ns   sdn(m)   sde(m)\n"
GPGGA = "GPGGA,011500,4049.2,N,14044.4,E,1,8,1,2,M,,M,,"
SEEDS: dict[str, list[bytes]] = {
    ".gpx": [gpx_text([gpx_point(START, 140.7, 40.8)]).encode()],
    ".nmea": [f"${GPGGA}*{checksum(GPGGA):02X}\n$GPRMC,011500,A,4049.2,N,14044.4,E,9,9,030626,,,A*00".encode()],
    ".csv": [b"timestamp,lon,lat,accuracy_m\n2026-06-03T10:15:00+09:00,140.7,40.8,3\n"],
    ".pos": [f"{POS}2026/06/03 01:15:18.000 40.8 140.7 2 5 9 1 1\n2323 553950.0 40.8 140.7 2 5 9 1 1\n".encode()],
    "toml": ['vehicle = "青森"\ntime_offset_s = 1.5\n[camera]\nheight_m = 1.3\n'.encode()],
    "profile": [b"x_m,z_m\n0,0.1\n0.25,0.2\n0.5,0.1\n", b"0 1\n0.25 2\n", b"1\n2\n"],
    "frames": [b"file,timestamp\na.jpg,2026-06-03T10:15:00+09:00\nb.jpg,2026-06-03 10:15\n"],
    "imu": [b"timestamp,ax,ay,az,gx,gy,gz\n1780449300.02,0,0,9.8,0,0,0\n2026-06-03T10:15:00.04+09:00,0,0,9.8\n"],
    "iri": ["route_no,direction,from_kp_km,to_kp_km,iri_mm_per_m\n4,下り,1,1.1,3\n".encode()],
}


@st.composite
def damaged(draw: st.DrawFn, kind: str) -> bytes:
    """Arbitrary bytes, or a good file with some bytes changed, cut off or put in."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(SEEDS[kind])))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(at + draw(st.integers(0, 6)), len(data))
        data[at:end] = draw(
            st.sampled_from([b"", b",", b"\n", b'"', b"-", b"9" * 40, b"1e999", b"nan", b"\0", b"\xff"])
        )
    return bytes(data)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.data())
def test_no_track_raises(suffix: str, data: st.DataObject) -> None:
    read = parse_track(data.draw(damaged(suffix)), f"a{suffix}", JST, START.timestamp())
    assert len(read.track) == len(read.flaws)
    good = read.good()
    assert np.isfinite(good.time_s + good.lon + good.lat).all()
    assert (np.abs(good.lat) <= 90).all()


READERS: dict[str, Callable[[Path], object]] = {
    "toml": read_drive_toml,
    "profile": lambda path: read_profile(path, None),
    "frames": lambda path: read_frames_csv(path, JST),
    "iri": read_iri_reference,
}


@pytest.mark.parametrize("kind", sorted(READERS))
def test_a_file_is_read_or_is_bad_input(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"

    @given(damaged(kind))
    def read(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(BadInput):
            READERS[kind](path)

    read()


@given(damaged("imu"))
def test_no_imu_raises(data: bytes) -> None:
    samples = parse_imu(data, "imu.csv", JST).samples
    assert samples.samples_in == len(samples) + sum(samples.rejected.values())
    assert np.isfinite(samples.time_s).all()


@given(st.binary(max_size=200))
def test_no_exif_and_no_video_raises(data: bytes) -> None:
    parse_exif_block(b"Exif\0\0" + data)
    parse_exif_block(b"Exif\0\0II*\0\x08\0\0\0" + data)
    parse_moov(data)


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=10))
@example("9999-12-31T23:59:59-23:59", "9" * 9, "+99:99")
@example("0001-01-01T00:00:00+23:59", "", "-00:00")
def test_no_time_raises(text: str, subsec: str, offset: str) -> None:
    for time in (
        parse_iso(text, JST),
        parse_exif(text, subsec, offset, JST),
        parse_file_name(text, JST),
        parse_exif("2026:06:03 10:15:00", subsec, offset, JST),
    ):
        assert time is None or time.tzinfo is UTC
    parse_zone(text)


moments = st.datetimes(datetime(2005, 1, 1), datetime(2033, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC))
offsets = st.integers(-56, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
places = st.tuples(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9)).filter(lambda p: abs(p[0]) + abs(p[1]) > 1)
fixes = st.lists(st.tuples(moments, places), min_size=1, max_size=8)


@given(moments, st.integers(0, 999), offsets)
def test_times_round_trip(time: datetime, milliseconds: int, zone: timezone) -> None:
    exact = time + timedelta(milliseconds=milliseconds)
    local = exact.astimezone(zone)
    assert parse_iso(local.isoformat(timespec="milliseconds"), JST) == exact
    assert parse_iso(local.replace(tzinfo=None).isoformat(), zone) == exact
    offset = f"{local:%z}"
    assert parse_exif(f"{local:%Y:%m:%d %H:%M:%S}", f"{milliseconds:03d}", offset, JST) == exact
    assert parse_file_name(f"IMG_{local:%Y%m%d_%H%M%S}{milliseconds:03d}", zone) == exact
    assert parse_file_name(f"{exact.timestamp():.3f}", JST) == exact


@given(fixes)
def test_tracks_round_trip(points: list[tuple[datetime, tuple[float, float]]]) -> None:
    gpx = gpx_text(gpx_point(time, lon, lat) for time, (lon, lat) in points)
    csv = "timestamp,lon,lat\n" + "".join(f"{t.astimezone(JST).isoformat()},{x!r},{y!r}\n" for t, (x, y) in points)
    pos, nmea = POS, ""
    for time, (lon, lat) in points:
        ahead = time + timedelta(seconds=leap_seconds(time.timestamp()))
        pos += f"{ahead:%Y/%m/%d %H:%M:%S}.000  {lat!r} {lon!r} 10.0 5 9 1.0 1.0\n"
        (y, north), (x, east) = (divmod(abs(value) * 60, 60) for value in (lat, lon))
        place = f"{y:02.0f}{north:010.7f},{'NS'[lat < 0]},{x:03.0f}{east:010.7f},{'EW'[lon < 0]}"
        if "60.0000000" in place:
            return  # rounded up
        body = f"GPRMC,{time:%H%M%S}.00,A,{place},10.0,90.0,{time:%d%m%y},,,A"
        nmea += f"${body}*{checksum(body):02X}\r\n"
    for suffix, text in ((".gpx", gpx), (".csv", csv), (".pos", pos), (".nmea", nmea)):
        read = parse_track(text.encode(), f"a{suffix}", UTC)
        assert read.track.time_s.tolist() == [time.timestamp() for time, _ in points], suffix
        assert read.track.lon == pytest.approx([lon for _, (lon, _) in points], abs=1e-8), suffix
        assert read.track.lat == pytest.approx([lat for _, (_, lat) in points], abs=1e-8), suffix


names = st.text(st.characters(codec="utf-8", exclude_characters='\r\n",/\\\0', exclude_categories=["Zs", "Cc", "Cs"]))


@given(st.dictionaries(names.filter(lambda n: bool(n.strip()) and not n.startswith(".")), moments, max_size=5))
def test_frames_csv_round_trips(rows: dict[str, datetime]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "frames.csv"
        text = "".join(f"{file},{time.astimezone(JST).isoformat()}\n" for file, time in rows.items())
        path.write_text("file,timestamp\n" + text, encoding="utf-8-sig", newline="")
        read = read_frames_csv(path, UTC)
    keys = {frame_key(file): time for file, time in reversed(rows.items())}
    assert dict(read.times) == keys
    assert set(read.offsets.values()) <= {"+09:00"}


@given(moments, st.floats(-150, 150), st.floats(-150, 150), st.integers(50, 400))
def test_imu_round_trips(start: datetime, x: float, z: float, rate: int) -> None:
    times = [start + timedelta(seconds=k / rate) for k in range(20)]
    text = "timestamp,ax,ay,az,gx,gy,gz\n" + "".join(
        f"{t:%Y-%m-%dT%H:%M:%S.%f}Z,{x!r},0,{z!r},0.1,0.2,0.3\n" for t in times
    )
    samples = parse_imu(text.encode(), "imu.csv", JST).samples
    assert samples.time_s == pytest.approx([t.timestamp() for t in times], abs=1e-6)
    assert samples.acceleration[:, 0].tolist() == [x] * 20
    assert samples.rotation[0].tolist() == [0.1, 0.2, 0.3]


@given(st.integers(0, 86399), places)
def test_exif_round_trips(second: int, place: tuple[float, float]) -> None:
    lon, lat = place
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif).update({0x9003: "2026:06:03 10:15:00", 0x9291: "25", 0x9011: "+09:00"})
    clock = (float(second // 3600), float(second // 60 % 60), float(second % 60))
    sides = {1: "S" if lat < 0 else "N", 3: "W" if lon < 0 else "E"}
    degrees = {2: (abs(lat), 0.0, 0.0), 4: (abs(lon), 0.0, 0.0), 7: clock, 0x1D: "2026:06:03"}
    exif.get_ifd(IFD.GPSInfo).update({**sides, **degrees})
    read = parse_exif_block(exif.tobytes())
    assert read.taken_at(UTC) == START + timedelta(milliseconds=250)
    assert read.gps_time == datetime(2026, 6, 3, tzinfo=UTC) + timedelta(seconds=second)
    assert (read.lon, read.lat) == pytest.approx(place, abs=1e-6)


@given(st.integers(0, 500), st.sampled_from([0.05, 0.1, 0.25]), st.lists(st.floats(-9, 9), min_size=2, max_size=30))
def test_profiles_round_trip(start: int, step: float, heights: list[float]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "profile.csv"
        path.write_text("x_m,z_m\n" + "".join(f"{start + k * step:.3f},{z!r}\n" for k, z in enumerate(heights)))
        profile = read_profile(path)
    assert profile.heights_m.tolist() == heights
    assert (profile.start_m, profile.step_m) == pytest.approx((start, step))


def read(text: str, name: str) -> TrackFile:
    return parse_track(text.encode(), name, JST)


def remarks(file: TrackFile) -> str:
    return " ".join(notice.message for notice in file.notices)


def test_rtklib_clocks_and_columns() -> None:
    row = "2026/06/03 {} 40.8 140.7 2 5 9 3.0 4.0 0 0 0 0 0 0 3.0 4.0 0\n"
    head = POS.rstrip() + " sdu(m) sdne(m) sdeu(m) sdun(m) age(s) ratio vn(m/s) ve(m/s) vu(m/s)\n"
    for clock, time in (("GPST", "01:15:18.000"), ("UTC", "01:15:00.000"), ("JST", "10:15:00.000")):
        track = read(head.replace("GPST", clock) + row.format(time), "a.pos").track
        assert track.time_s.tolist() == [START.timestamp()], clock
    assert (track.accuracy_m[0], track.speed_mps[0]) == (5.0, 5.0)
    assert track.heading_deg[0] == pytest.approx(math.degrees(math.atan2(4, 3)))
    assert "見出し" in remarks(read("%  GPST  x-ecef(m) y-ecef(m) z-ecef(m)\n2026/06/03 01:15:18 1 2 3\n", "a.pos"))
    assert read(head + "2026/06/03\n", "a.pos").flaws == (Flaw.DAMAGED,)


@pytest.mark.parametrize(
    ("lon", "lat", "says"),
    [(40.82, 140.74, "緯度と経度が逆"), (14044.4, 4049.2, "度分"), (-12345.6, 98765.4, "平面座標"), (0, 0, "")],
)
def test_mistaken_degrees_are_named(lon: float, lat: float, says: str) -> None:
    rows = "".join(f"2026-06-03T10:15:{k:02d},{lon},{lat}\n" for k in range(10))
    found = read("timestamp,lon,lat\n" + rows, "a.csv")
    assert set(found.flaws) == {Flaw.BAD_POSITION}
    assert says in remarks(found)


def test_gps_time_in_sentences_is_seen_by_the_loggers_clock(tmp_path: Path) -> None:
    def log(ahead_s: int) -> TrackFile:
        lines = []
        for k in range(10):
            body = f"GPRMC,{START + timedelta(seconds=k + ahead_s):%H%M%S},A,4049.2,N,14044.4,E,9,9,030626,,,A"
            lines.append(f"${body}*{checksum(body):02X},{int((START.timestamp() + k) * 1000) + 300}")
        return read("\n".join(lines), "a.nmea")

    assert log(0).findings == ()
    found = log(18)
    assert [finding.cause for finding in found.findings] == ["gps_time"]
    assert found.track.time_s.tolist() == [START.timestamp() + k for k in range(10)]
    assert "18秒進んで" in remarks(found)


EXPECTED: dict[str, tuple[int, str]] = {  # fixes that are used, and a word of what people are told
    "around-visnjan-with-car.gpx": (104, ""),
    "cerknicko-without-times.gpx": (5, "時刻がない: 291点"),
    "nmea_w_wrong_checksum.nmea": (0, "記録が壊れている: 2点"),  # only RMC tells the date, and both are damaged
    "pixel6.nmea": (48, ""),
    "sf_30km_h.gpx": (49, ""),
    "track-with-empty-segment.gpx": (9, ""),
    "unicode_with_bom.gpx": (0, "軌跡の点(trkpt)がありません"),  # one way point
}


@pytest.mark.shared
def test_every_file_as_loggers_write_them(shared: Path) -> None:
    folder = shared / "geo" / "logger-formats"
    assert {path.name for path in folder.iterdir()} == set(EXPECTED)
    for name, (used, says) in EXPECTED.items():
        file = parse_track((folder / name).read_bytes(), name, JST)
        assert sum(flaw is None for flaw in file.flaws) == used, name
        assert says in remarks(file), name
        assert file.findings == (), name
        if not len(file.track):
            with pytest.raises(BadInput, match=name):
                read_track(folder / name)


@pytest.mark.shared
def test_rtklib_against_its_reference(shared: Path) -> None:
    file = read_track(shared / "geo" / "gnss-nagoya" / "rover_1Hz_spp.pos")
    assert set(file.flaws) == {None}
    track = file.track
    assert track.time_s[0] == datetime(2024, 7, 20, 9, 52, 12, tzinfo=UTC).timestamp()  # 09:52:30 GPST
    reference = np.genfromtxt(shared / "geo" / "gnss-nagoya" / "reference.csv", delimiter=",", skip_header=1)
    when = 315964800.0 + reference[:, 1] * 604800 + reference[:, 0] - 18
    lat = np.interp(track.time_s, when, reference[:, 2])
    assert np.median(np.abs(track.lat - lat)) * 111_000 < 3  # metres


def test_vehicle_tables_are_read_or_are_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "vehicle.toml"

    @given(st.binary(max_size=200))
    def attempt(data: bytes) -> None:
        path.write_bytes(data)
        with pytest.raises(BadInput):
            read_vehicle(path)

    attempt()
