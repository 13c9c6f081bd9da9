from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.clock_words import JST
from pavement.errors import BadInput
from pavement.sources import read_track
from pavement.sources.nmea import checksum
from pavement.sources.tracks import TrackFile, merge, parse_track
from pavement.track import Flaw
from tests.builders import START, gpx_point, gpx_text, write_gpx

HERE = (140.74, 40.82)


def gpx(*points: str) -> TrackFile:
    return parse_track(gpx_text(points).encode(), "a.gpx", JST)


def nmea(*sentences: str, file: str = "a.nmea") -> TrackFile:
    lines = [s if s.startswith("$") else f"${s}*{checksum(s):02X}" for s in sentences]
    return parse_track("\r\n".join(lines).encode(), file, JST)


def seconds(read: TrackFile) -> list[float]:
    """Times after START."""
    return [round(t - START.timestamp(), 3) for t in read.track.time_s.tolist()]


def rmc(clock: str, day: str = "030626", status: str = "A") -> str:
    return f"GPRMC,{clock},{status},4049.20,N,14044.40,E,19.438,090.0,{day},,,A"


def gga(clock: str, hdop: str = "0.8", quality: str = "1") -> str:
    return f"GNGGA,{clock},4049.2000,N,14044.4000,E,{quality},12,{hdop},2.7,M,,M,,"


def test_gpx_keeps_input_order_and_flags_each_bad_point() -> None:
    read = gpx(
        gpx_point(START + timedelta(seconds=2), *HERE),
        gpx_point(START, *HERE),  # backwards
        '<trkpt lat="40.8" lon="140.7"></trkpt>',  # no time
        '<trkpt lat="40.8" lon="140.7"><time>soon</time></trkpt>',
        gpx_point(START, 0, 0),
        gpx_point(START, 140.7, 95),
        '<trkpt lat="north" lon="140.7"><time>2026-06-03T01:15:09Z</time></trkpt>',
        gpx_point(datetime(1980, 1, 6, tzinfo=UTC), *HERE),  # a receiver before its first satellite
    )
    no_time, bad = Flaw.NO_TIME, Flaw.BAD_POSITION
    assert read.flaws == (None, None, no_time, no_time, bad, bad, bad, no_time)
    messages = " ".join(n.message for n in read.notices)
    assert "時刻がない: 3点" in messages
    assert "緯度経度が正しくない: 3点" in messages
    assert "逆戻りする点が1か所" in messages


def test_gpx_offsets_extensions_and_bom() -> None:
    point = (
        '<trkpt lat="40.8" lon="140.7"><time>2026-06-03T10:15:01+09:00</time><hdop>1.2</hdop>'
        "<extensions><x:speed xmlns:x='x'>8.5</x:speed><course>270</course></extensions></trkpt>"
    )
    read = parse_track(b"\xef\xbb\xbf" + gpx_text([point]).encode(), "a.GPX", JST)
    assert seconds(read) == [1.0]
    assert (read.track.accuracy_m[0], read.track.speed_mps[0], read.track.heading_deg[0]) == (6.0, 8.5, 270.0)


def test_gpx_that_breaks_off_gives_the_points_before_and_cp932_names_do_not_hurt() -> None:
    text = gpx_text([gpx_point(START + timedelta(seconds=k), *HERE) for k in range(2000)]).replace(
        "<trkseg>", "<name>青森</name><trkseg>"
    )
    read = parse_track(text.encode("cp932")[:-40_000], "a.gpx", JST)
    assert 1000 < len(read.track) < 2000
    assert "壊れています" in read.notices[0].message


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0\0", b"<gpx></gpx>", b"<gpx><trk><trkseg></trkseg></trk></gpx>", b"\x89PNG"]
)
def test_a_file_without_points_is_named(data: bytes) -> None:
    read = parse_track(data, "log/a.gpx", JST)
    assert len(read.track) == 0
    assert [n.file for n in read.notices] == ["log/a.gpx"]


def test_nmea_pairs_rmc_with_gga() -> None:
    read = nmea(rmc("011500.00"), gga("011500.00"), gga("011501.00"), rmc("011501.00"))
    assert seconds(read) == [0.0, 1.0]
    assert read.track.lon == pytest.approx(140.74)
    assert read.track.lat == pytest.approx(40.82)
    assert read.track.accuracy_m == pytest.approx(4.0)  # hdop 0.8 · 5 m
    assert read.track.speed_mps == pytest.approx(10.0, abs=1e-3)  # 19.438 knots
    assert read.track.heading_deg.tolist() == [90.0, 90.0]


def test_nmea_midnight_and_gga_before_the_first_date() -> None:
    read = nmea(gga("235958"), gga("235959"), rmc("000000", "040626"), gga("000000"), gga("000001"), gga("235959"))
    midnight = datetime(2026, 6, 4, tzinfo=UTC).timestamp()
    assert (read.track.time_s - midnight).tolist() == [-2, -1, 0, 1, -1]


def test_nmea_dates_from_the_logger_the_file_name_or_not_at_all() -> None:
    logged = f"NMEA,${gga('011500.00')}*{checksum(gga('011500.00')):02X},{int(START.timestamp() * 1000) + 40}"
    assert seconds(parse_track(logged.encode(), "a.nmea", JST)) == [0.0]
    assert seconds(nmea(gga("011500"), file="20260603_101400.NMEA")) == [0.0]
    assert nmea(gga("011500")).flaws == (Flaw.NO_TIME,)


def test_nmea_rejects_void_and_damaged_sentences() -> None:
    good, damaged = rmc("011500"), f"${rmc('011502')}*00"
    read = nmea(
        good, rmc("011501", status="V"), gga("011501"), damaged, f"${gga('011503')}", gga("011504", quality="0")
    )
    assert read.flaws == (None, Flaw.NO_FIX, Flaw.DAMAGED, Flaw.DAMAGED, Flaw.NO_FIX)
    assert "チェックサムの合わない2文" in read.notices[0].message


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="$*"), max_size=60), st.data())
def test_nmea_checksum_sees_any_single_change(body: str, data: st.DataObject) -> None:
    if body:
        at = data.draw(st.integers(0, len(body) - 1))
        letter = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda c: c != body[at]))
        assert checksum(body[:at] + letter + body[at + 1 :]) != checksum(body)


def test_csv_reads_cp932_bom_local_times_and_empty_fields() -> None:
    table = (
        "timestamp,lon,lat,accuracy_m,備考\n2026-06-03T10:15:00,140.74,40.82,,橋\n"
        "2026-06-03T01:15:01Z,140.74,40.82,3,\nx,1,2\n"
    )
    for data in (table.encode("cp932"), table.encode("utf-8-sig"), table.encode("utf-16")):
        read = parse_track(data, "a.csv", JST)
        assert seconds(read)[:2] == [0.0, 1.0]
        assert math.isnan(read.track.accuracy_m[0])
        assert read.track.accuracy_m[1] == 3
        assert read.flaws == (None, None, Flaw.NO_TIME)
    other = parse_track(b"a,b\n1,2\n", "other.csv", JST)
    assert "列 timestamp, lon, lat がない" in other.notices[0].message


@given(st.binary(max_size=400), st.sampled_from(["a.gpx", "a.nmea", "a.csv"]))
def test_random_bytes_never_raise(data: bytes, file: str) -> None:
    read = parse_track(data, file, JST)
    assert len(read.track) == len(read.flaws)


@given(
    st.lists(st.sampled_from(["$GPRMC", "$GPGGA", ",", "011500", "A", "99", ".", "N", "*00", "\n", "٣"]), max_size=40)
)
def test_random_sentences_never_raise(parts: list[str]) -> None:
    body = "".join(parts)
    for text in (body, f"{body}*{checksum(body[1:]):02X}"):
        parse_track(text.encode(), "a.nmea", JST)


def test_merge_sorts_drops_equal_times_and_loses_no_fix() -> None:
    a = gpx(*(gpx_point(START + timedelta(seconds=k), *HERE) for k in (0, 2, 2, 1)), gpx_point(START, 0, 0))
    b = nmea(rmc("011501"), rmc("011507"))
    merged = merge([a, b])
    assert (merged.track.time_s - START.timestamp()).tolist() == [0, 1, 2, 7]
    assert merged.rejected == {"bad_position": 1, "duplicate_time": 2}
    assert merged.fixes_in == 7


def test_read_track_says_what_to_do(tmp_path: Path) -> None:
    assert len(read_track(write_gpx(tmp_path / "道.gpx")).track) == 10
    (tmp_path / "empty.nmea").write_text("")
    (tmp_path / "a.kml").write_text("")
    for name, word in (("empty.nmea", "no position fix"), ("a.kml", "not a track"), ("missing.gpx", "no such file")):
        with pytest.raises(BadInput, match=word) as error:
            read_track(tmp_path / name)
        assert name in str(error.value)


@pytest.mark.shared
def test_files_as_loggers_write_them(shared: Path) -> None:
    folder = shared / "geo" / "logger-formats"
    reads = {
        p.name: parse_track(p.read_bytes(), p.name, JST) for p in folder.iterdir() if p.suffix in (".gpx", ".nmea")
    }
    used = {name: sum(flaw is None for flaw in read.flaws) for name, read in reads.items()}
    assert used == {
        "around-visnjan-with-car.gpx": 104,
        "cerknicko-without-times.gpx": 5,  # 291 points without a time
        "nmea_w_wrong_checksum.nmea": 0,  # only RMC tells the date, and both RMC are damaged
        "pixel6.nmea": 48,
        "sf_30km_h.gpx": 49,
        "track-with-empty-segment.gpx": 9,
        "unicode_with_bom.gpx": 0,  # one way point
    }
    pixel = reads["pixel6.nmea"].track
    assert pixel.time_s[0] == datetime(2023, 11, 7, 23, 42, 57, tzinfo=UTC).timestamp()
    assert (np.diff(pixel.time_s) > 0).all()
