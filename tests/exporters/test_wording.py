"""Words: the modules' own examples, and names of roads."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from exporters import svg, wording
from exporters.wording import display_name, shapes_by_road
from pavement.record import RouteShape
from pavement.road import RoadKey


@pytest.mark.parametrize("module", [wording, svg])
def test_examples_in_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("key", "name", "shown"),
    [
        (("一般国道", "4", "000", "現道"), "国道4号", "国道4号"),
        (("一般国道", "4", "000", "旧道"), "国道4号", "国道4号旧道"),
        (("主要地方道", "3", "000", "現道"), "弘前岳鰺ヶ沢線", "県道3号 弘前岳鰺ヶ沢線"),
        (("市町村道", "幹線1号", "000", "現道"), "幹線1号", "幹線1号"),
        (("一般国道", "7", "002", "新道"), "", "国道7号-002新道"),
    ],
)
def test_roads_are_called_what_staff_call_them(key: tuple[str, str, str, str], name: str, shown: str) -> None:
    road = RoadKey(*key)
    assert display_name(road, shapes_by_road([RouteShape(road, name, [])])) == shown
