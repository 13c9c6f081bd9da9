"""IRI of profiles: against published values, against the closed form, and `pavement iri` from end to end."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.cli import main
from pavement.roughness import K1, K2, MU, SPEED_MPS, C, sections, smooth, suspension_rates
from pavement.sources.profile import read_profile

Floats = NDArray[np.float64]


def sine(wave_m: float, step_m: float, length_m: float = 600.0) -> Floats:
    return 0.001 * np.sin(2 * np.pi * np.arange(0, length_m + step_m / 2, step_m) / wave_m)


def closed_form(wave_m: float) -> float:
    """IRI (mm/m) of a sine of 1 mm: mean of |sine| is 2/π of the amplitude of the suspension's answer to its slope."""
    s = 2j * np.pi * SPEED_MPS / wave_m
    link = C * s + K2
    sprung_per_road = K1 * link / ((s**2 + link) * (MU * s**2 + link + K1) - link**2)
    unsprung_per_road = sprung_per_road * (s**2 + link) / link
    return float(abs(unsprung_per_road - sprung_per_road) * 2 * np.pi / wave_m * 2 / np.pi)


@pytest.mark.parametrize(("wave_m", "iri"), [(2.4, 2.773), (5.0, 0.936), (15.4, 0.399)])
def test_sines_as_measurement_md_has_them(wave_m: float, iri: float) -> None:
    assert closed_form(wave_m) == pytest.approx(iri, rel=1e-3)
    for step_m in (0.05, 0.025, 0.005):
        found = sections(sine(wave_m, step_m), step_m, 0.0, 100.0, 0.0)
        assert np.mean([each.iri_mm_per_m for each in found[1:]]) == pytest.approx(iri, rel=0.01)


def test_the_moving_average_lowers_short_waves_only() -> None:
    short, long = (suspension_rates(smooth(sine(w, 0.05), 0.05), 0.05).mean() * 1000 for w in (2.4, 15.4))
    assert short == pytest.approx(2.773 * np.sinc(0.25 / 2.4), rel=0.01)  # sinc(0.104) = 0.982
    assert long == pytest.approx(0.399, rel=0.01)


def test_a_constant_slope_is_smooth_and_a_steep_start_does_no_harm() -> None:
    ramp = 0.06 * np.arange(0, 300, 0.1) + 583.0
    assert suspension_rates(ramp, 0.1).max() < 1e-9


def test_sections_follow_each_other_in_one_pass_and_only_whole_ones_count() -> None:
    heights = np.cumsum(np.random.default_rng(1).normal(0, 0.001, 2700))  # 269.9 m
    found = sections(heights, 0.1, 1000.0, 50.0, 1010.0)
    assert [(each.from_m, each.to_m) for each in found] == [(1010 + 50.0 * k, 1060 + 50.0 * k) for k in range(5)]
    whole = sections(heights, 0.1, 1000.0, 250.0, 1010.0)
    assert np.mean([each.iri_mm_per_m for each in found]) == pytest.approx(whole[0].iri_mm_per_m)


def test_2000_heights_every_5_cm_are_100_m() -> None:
    assert len(sections(sine(5.0, 0.05)[:2000], 0.05, 0.0, 100.0, 0.0)) == 1
    assert len(sections(sine(5.0, 0.05)[:1990], 0.05, 0.0, 100.0, 0.0)) == 0
    assert sections(np.zeros(5), 0.05, 0.0, 1.0, 0.25) == []


def call_iri(profile: Path, out: Path, *options: str) -> list[dict[str, str]]:
    assert main(["iri", str(profile), "--out", str(out), *options]) == 0
    with open(out, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_every_published_value_within_half_a_percent(shared: Path, tmp_path: Path) -> None:
    folder = shared / "geo" / "iri"
    rows = call_iri(folder / "profile.txt", tmp_path / "iri.csv", "--start", "478.5", "--segment", "100")
    expected = np.loadtxt(folder / "expected_100m.csv", comments="#")
    assert len(rows) == len(expected) == 5
    for row, (start, end, iri, _) in zip(rows, expected, strict=True):
        assert (float(row["from_m"]), float(row["to_m"])) == (start, end)
        assert float(row["iri_mm_per_m"]) == pytest.approx(iri, rel=1e-3)


def test_a_column_of_heights_needs_its_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "縦断.txt"
    profile.write_text("\n".join(f"{height:.9f}" for height in sine(5.0, 0.05)), encoding="utf-8")
    rows = call_iri(profile, tmp_path / "iri.csv", "--interval", "0.05", "--segment", "200", "--start", "100")
    assert [(row["from_m"], row["to_m"]) for row in rows] == [("100.000", "300.000"), ("300.000", "500.000")]
    assert float(rows[1]["iri_mm_per_m"]) == pytest.approx(0.936, rel=0.01)
    assert "the last 100.00 m" in capsys.readouterr().out  # 600 m, sections from 100 to 500
    assert main(["iri", str(profile), "--segment", "100", "--out", str(tmp_path / "no.csv")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "縦断.txt" in error
    assert "--interval" in error
    assert not (tmp_path / "no.csv").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--segment", "1000"), "shorter than one section"),
        (("--segment", "0"), "--segment"),
        (("--segment", "nan"), "--segment"),
        (("--segment", "100", "--start", "-5"), "outside"),
        (("--segment", "100", "--start", "595"), "shorter than one section"),
        (("--segment", "100", "--interval", "0.1"), "contradicts"),
        (("--segment", "100", "--interval", "-1"), "--interval"),
    ],
)
def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], says: str) -> None:
    profile = tmp_path / "p.csv"
    x = np.arange(0, 600.01, 0.05)
    np.savetxt(profile, np.column_stack([x, sine(5.0, 0.05)[: len(x)]]), fmt="%.6f", delimiter=",")
    assert main(["iri", str(profile), "--out", str(tmp_path / "o.csv"), *options]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert says in error


def test_the_moving_average_is_an_option(tmp_path: Path) -> None:
    profile = tmp_path / "p.txt"
    np.savetxt(profile, sine(2.4, 0.05), fmt="%.7f")
    base = ("--interval", "0.05", "--segment", "500")
    plain = float(call_iri(profile, tmp_path / "a.csv", *base)[0]["iri_mm_per_m"])
    evened = float(call_iri(profile, tmp_path / "b.csv", *base, "--moving-average")[0]["iri_mm_per_m"])
    assert evened / plain == pytest.approx(np.sinc(0.25 / 2.4), rel=0.005)
    assert len(read_profile(profile, 0.05).heights_m) == 12001
