"""Kiloposts and roads as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.kilopost_text import TypedPlace, format_kp, parse_kp, parse_place

NATIONAL, MAIN, PLAIN = ("一般国道",), ("主要地方道",), ("一般県道",)


@given(st.integers(0, 999_999))
def test_a_formatted_kilopost_is_read_back(metres: int) -> None:
    assert parse_kp(format_kp(metres / 1000)) == metres / 1000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4号 112K500", TypedPlace((), "4", kp_km=112.5)),
        ("国道4号 112.5", TypedPlace(NATIONAL, "4", kp_km=112.5)),
        ("国道４号線　１１２ＫＰ５００", TypedPlace(NATIONAL, "4", kp_km=112.5)),
        ("県道 主要地方道 12 3k200 上り", TypedPlace(MAIN, "12", direction="上り", kp_km=3.2)),
        ("上り 県道101号 0.02", TypedPlace((*MAIN, *PLAIN), "101", direction="上り", kp_km=0.02)),
        ("国道4号旧道 620K000 下り線", TypedPlace(NATIONAL, "4", kind="旧道", direction="下り", kp_km=620.0)),
        ("一般県道 101 枝番1 2K000", TypedPlace(PLAIN, "101", "001", kp_km=2.0)),
        ("112 K 500 国道4号", TypedPlace(NATIONAL, "4", kp_km=112.5)),
        ("市道 東1号線 0.2", TypedPlace(("市町村道",), "東1号線", kp_km=0.2)),
        ("R279 KP 5.0", TypedPlace((), "279", kp_km=5.0)),
        ("国道4号", TypedPlace(NATIONAL, "4")),
        ("112.5", TypedPlace(kp_km=112.5)),
        ("八戸野辺地線 12.3", TypedPlace((), "八戸野辺地線", kp_km=12.3)),
        ("", TypedPlace()),
    ],
)
def test_what_people_type(text: str, meant: TypedPlace) -> None:
    assert parse_place(text) == meant


@given(
    st.sampled_from(["国道", "一般国道", "国道 "]),
    st.integers(1, 999),
    st.integers(0, 999_999),
    st.sampled_from(["", "下り", "上り"]),
    st.sampled_from(["", "現道", "旧道", "新道"]),
    st.booleans(),
)
def test_any_order_means_the_same(road: str, number: int, metres: int, way: str, kind: str, backwards: bool) -> None:
    words = [f"{road}{number}号", kind, format_kp(metres / 1000), way]
    text = " ".join(word for word in (reversed(words) if backwards else words) if word)
    assert parse_place(text) == TypedPlace(NATIONAL, str(number), None, kind or None, way or None, metres / 1000)


@given(st.text(max_size=40))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    parse_place(text)
