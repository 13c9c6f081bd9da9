from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pavement.sources import iter_images, read_image
from pavement.sources.exif import parse_exif_block
from pavement.sources.images import decode_photo, is_whole, parse_header, read_photo
from pavement.sources.video import parse_moov, picked_frames, read_video, start_time
from tests.builders import START, write_jpeg, write_video


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_jpeg(tmp_path_factory.mktemp("j") / "a.jpg", photo={0x9003: "2026:06:03 10:15:00"}).read_bytes()


def test_a_jpeg_is_whole_up_to_its_end_marker_only(jpeg: bytes) -> None:
    assert is_whole(jpeg)
    assert is_whole(jpeg + b"a motion photo's film")
    assert not any(is_whole(jpeg[:n]) for n in range(len(jpeg) - 1))
    thumbnail = jpeg.replace(b"Exif\0\0", b"Exif\0\0" + b"\xff\xd9", 1)  # an end marker inside the header
    assert not is_whole(thumbnail[:-2])


def test_an_unbelievable_size_is_not_decoded(jpeg: bytes) -> None:
    at = jpeg.index(b"\xff\xc0") + 5
    assert decode_photo(jpeg[:at] + b"\xff\xff\xff\xff" + jpeg[at + 4 :]) is None
    assert decode_photo(jpeg[:at] + b"\0\0\0\0" + jpeg[at + 4 :]) is None


@given(data=st.binary(max_size=300))
def test_random_bytes_are_no_image_and_no_video(data: bytes) -> None:
    for head in (b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x20Exif\0\0II*\0\x08\0\0\0"):
        parse_header(head + data)
        assert decode_photo(head + data) is None
    parse_moov(data)
    parse_exif_block(b"Exif\0\0II*\0\x08\0\0\0" + data)


@given(st.data())
def test_a_damaged_header_never_raises(jpeg: bytes, data: st.DataObject) -> None:
    header = parse_header(jpeg)
    assert header is not None
    damaged = bytearray(header.exif)
    for _ in range(3):
        damaged[data.draw(st.integers(6, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert parse_exif_block(bytes(damaged)) is not None
    assert parse_exif_block(b"Exif\0\0").taken == ""


def test_pixels_are_upright_and_japanese_paths_work(tmp_path: Path) -> None:
    path = tmp_path / "国道4号 青森.jpg"
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x112] = 6  # turn right
    image.save(path, exif=exif)
    upright = read_photo(path)
    assert upright is not None
    assert upright.shape == (40, 20, 3)
    assert upright.dtype == np.uint8
    assert read_photo(tmp_path / "none.jpg") is None
    path.write_bytes(path.read_bytes()[:-100])
    assert read_image(tmp_path, path.name) is None


def test_video_times_and_creation_time(tmp_path: Path) -> None:
    video = read_video(write_video(tmp_path / "a.mp4", frames=20, fps=10, created=START))
    assert video is not None
    assert video.created == START
    assert video.times_s == pytest.approx(np.arange(20) / 10)
    assert picked_frames(video.times_s).tolist() == [0, 5, 10, 15]
    unset = read_video(write_video(tmp_path / "b.mp4"))
    assert unset is not None
    assert unset.created is None


def test_start_of_a_video() -> None:
    end = START + timedelta(seconds=90)
    assert start_time(START, None, 90) == START
    assert start_time(None, START, 90) == START
    assert start_time(end, START, 90) == START  # written when the recording ended
    assert start_time(START, START + timedelta(seconds=1), 90) == START


def test_a_video_that_breaks_off_has_no_clock(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    data = path.read_bytes()
    for broken in (data[: len(data) // 2], b"", b"\0" * 100, b"\0\0\0\x08moov", data[:-1]):
        path.write_bytes(broken)
        assert read_video(path) is None
    assert read_video(tmp_path / "none.mp4") is None


def test_images_come_in_order_from_photos_and_videos(tmp_path: Path) -> None:
    for k in range(8):
        write_jpeg(tmp_path / f"frames/{k}.jpg", shade=k)
    (tmp_path / "frames/3.jpg").write_bytes(b"no image")
    for name in ("a", "b"):
        write_video(tmp_path / f"video/{name}.mp4", frames=20)
    files = [f"frames/{k}.jpg" for k in range(8)]
    files[2:2] = [
        "video/a.mp4#000000",
        "video/b.mp4#000010",
        "video/a.mp4#000005",
        "video/a.mp4#000002",
        "video/a.mp4#000099",
    ]
    images = dict(iter_images(tmp_path, files))
    assert list(images) == files
    assert [file for file, image in images.items() if image is None] == ["video/a.mp4#000099", "frames/3.jpg"]
    for file, shade in (("video/b.mp4#000010", 100), ("video/a.mp4#000005", 50), ("video/a.mp4#000002", 20)):
        image = images[file]
        assert image is not None
        assert abs(float(image.mean()) - shade) < 8
        np.testing.assert_array_equal(image, read_image(tmp_path, file))
    next(iter_images(tmp_path, files))  # left early: no thread keeps the test from ending
