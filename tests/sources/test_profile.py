"""Profiles as people keep them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pavement.errors import BadInput
from pavement.sources.profile import read_profile

HEIGHTS = [1.0, 1.001, 1.003, 1.002, 1.0, 0.998]


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "profile.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def two_columns(separator: str, *, start: float = 478.0, step: float = 0.25) -> str:
    return "\n".join(f"{start + step * k:.4f}{separator}{z}" for k, z in enumerate(HEIGHTS))


@pytest.mark.parametrize("separator", [" ", "   ", "\t", ",", ", ", ";", " ; "])
def test_two_columns(tmp_path: Path, separator: str) -> None:
    profile = read_profile(write(tmp_path, two_columns(separator)))
    assert (profile.start_m, profile.step_m, profile.end_m) == (478.0, 0.25, 479.25)
    assert profile.heights_m.tolist() == HEIGHTS


def rows_with_header(header: str, order: str) -> str:
    places = {"x": [f"{0.25 * k:g}" for k in range(len(HEIGHTS))], "z": [str(z) for z in HEIGHTS], "n": list("abcdef")}
    return "\n".join([header, *(",".join(cells) for cells in zip(*(places[c] for c in order), strict=True))])


@pytest.mark.parametrize(
    ("header", "order"), [("x_m,z_m", "xz"), ("z_m,x_m", "zx"), ("X_M, Z_M", "xz"), ("備考,z_m,x_m", "nzx")]
)
def test_a_header_in_any_order(tmp_path: Path, header: str, order: str) -> None:
    profile = read_profile(write(tmp_path, rows_with_header(header, order)))
    assert profile.step_m == 0.25
    assert profile.heights_m.tolist() == HEIGHTS


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + two_columns(",").encode(),
        ("# 国道４号 縦断\n\n" + two_columns(" ") + "\n\n").encode("cp932"),
        two_columns(",").replace("\n", " # 橋\r\n").encode("cp932"),
        two_columns(",").replace("\n", ",\n").encode(),
        two_columns("\t").encode("utf-16"),
        ('"x_m","z_m"\n' + two_columns(",")).encode(),
    ],
    ids=["BOM", "CP932 comment", "comment behind", "comma at the end", "UTF-16", "quoted header"],
)
def test_as_offices_write_it(tmp_path: Path, data: bytes) -> None:
    profile = read_profile(write(tmp_path, data))
    assert profile.start_m == 478.0
    assert profile.heights_m.tolist() == HEIGHTS


def test_one_column(tmp_path: Path) -> None:
    for text in ("\n".join(map(str, HEIGHTS)), "z_m\n" + "\n".join(map(str, HEIGHTS))):
        profile = read_profile(write(tmp_path, text), 0.1)
        assert (profile.start_m, profile.step_m) == (0.0, 0.1)
        assert profile.heights_m.tolist() == HEIGHTS


@pytest.mark.parametrize(("step", "decimals"), [(0.05, 2), (1 / 30, 2), (0.0254, 3), (1 / 6, 3), (0.3, 1)])
def test_rounded_places_are_even(tmp_path: Path, step: float, decimals: int) -> None:
    text = "\n".join(f"{5 + step * k:.{decimals}f} {0.001 * (k % 7)}" for k in range(3000))
    profile = read_profile(write(tmp_path, text))
    assert profile.step_m == pytest.approx(step, rel=2e-4)


@pytest.mark.parametrize(
    ("text", "interval", "says"),
    [
        ("", None, "no height"),
        ("# nothing\n", None, "no height"),
        ("1\n2\n", None, "--interval"),
        ("1\n2\n", 0.31, "0.31 m apart"),
        ("0 1\n0.5 1\n1.0 1\n", None, "0.5 m apart"),
        ("1\nx\n", 0.1, "line 2: 'x'"),
        ("0 1\n0.1 nan\n", None, "line 2: 'nan'"),
        ("0 1\n0.1 inf\n", None, "line 2: 'inf'"),
        ("0,1\n0.1,\n", None, "line 2 has 1 values, expected 2"),
        ("0 1\n0.1 1 1\n", None, "line 2 has 3 values"),
        ("0 1 2\n0.1 1 2\n", None, "3 values"),
        ("# a\n0 1\n0.1 1\n0.3 1\n0.4 1\n0.5 1\n", None, "line 4: a gap (from 0.1 to 0.3 m"),
        ("0.0 1\n0.1 1\n0.1 1\n0.2 1\n0.3 1\n", None, "line 3: x does not increase"),
        ("0.5 1\n0.4 1\n0.3 1\n", None, "line 2: x does not increase"),
        ("0.00 1\n0.10 1\n0.20 1\n0.25 1\n0.35 1\n0.45 1\n", None, "line 4: x is not even"),
        ("x_m,height\n0,1\n", None, "no z_m"),
        ("一,二\n0,1\n", None, "line 1"),
        ("0 1\n", None, "one height only"),
        ("1 \x00\x93\n", None, "line 1"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, text: str, interval: float | None, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_profile(write(tmp_path, text), interval)
    assert says in str(caught.value)
    assert "profile.txt" in str(caught.value) or "--interval" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(BadInput):
            read_profile(path)


def test_a_slow_change_of_the_step_is_not_even(tmp_path: Path) -> None:
    x = np.cumsum(np.linspace(0.2, 0.26, 500))
    with pytest.raises(BadInput, match="not even"):
        read_profile(write(tmp_path, "\n".join(f"{place:.5f} 0.0" for place in x)))
