"""models/registry.toml: which weights there are, and the hash without which they are not loaded.

An entry of one's own, in a folder that PAVEMENT_MODELS names (or in models/):

    [own]
    file = "own.onnx"                # beside registry.toml
    sha256 = "…"                     # sha256sum own.onnx
    input_width = 768                # a photo is resized to this width, its height follows in multiples of 32
    classes = ["own lane", "crack", "pothole"]  # the network's maps in their order; others beside these are left out
    licence = "AGPL-3.0"
    thresholds = { lane = 0.5, crack = 0.6, pothole = 0.5 }
    # optional: format = "onnx" or "torch"; engine = "openvino", "onnxruntime" or "torch"; precision = "auto" or "f32";
    # scores = { crack_f1 = 0.74, … }

The network takes (n, 3, h, w) RGB in 0-1 and answers logits (n, classes, rows, columns), one for a place of the grid.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pavement.detection import Thresholds
from pavement.errors import BadInput, Fault

ROOT = Path(__file__).resolve().parents[2]
PLACES = (ROOT / "models", ROOT / "pavement_models")  #: in a checkout, beside an installed package
MAPS = ("own lane", "crack", "pothole")  #: the maps that a detection needs
GUARD_MAPS = ("foreign",)  #: … and those of a guard
REGISTRY = "registry.toml"
CHOICES = {  #: what these keys may say
    "format": ("onnx", "torch"),
    "engine": ("openvino", "onnxruntime", "torch"),
    "precision": ("auto", "f32"),
}

KINDS = {str: "text", int: "whole number", dict: "table", list: "list"}


@dataclass(frozen=True)
class ModelEntry:
    """One model of the registry; its file is there and has the hash."""

    name: str
    path: Path
    sha256: str
    input_width: int
    thresholds: Thresholds
    classes: tuple[str, ...] = MAPS  #: the network's maps, in their order
    licence: str = ""
    format: str = "onnx"
    engine: str | None = None  #: None: the one that the format and the device call for
    precision: str = "auto"  #: auto: bf16 where the CPU calculates in it, else f32
    scores: Mapping[str, float] = field(default_factory=dict)


def models_folder() -> Path:
    """The folder with the shipped registry.toml."""
    for place in PLACES:
        if (place / REGISTRY).exists():
            return place
    raise Fault("models/registry.toml is missing: the installation is incomplete")


def find_model(name: str, models: Path | str | None = None, maps: Sequence[str] = MAPS) -> ModelEntry:
    """The entry of a model that has `maps`, its file verified; the registry in `models` is asked first.

    BadInput, in one line, for an unknown name, an entry that says nonsense, or a file that differs from its hash.
    """
    folders = [*([Path(models)] if models else []), models_folder()]
    known: list[str] = []
    for folder in folders:
        entries = read_registry(folder / REGISTRY)
        if name in entries:
            return verify(read_entry(name, entries[name], folder, maps))
        known += entries
    raise BadInput(f"has no model '{name}'", file=folders[0] / REGISTRY, do=f"use one of {', '.join(known)}")


def read_registry(path: Path) -> dict[str, Any]:
    """The tables of a registry by the models' names."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput("is missing", file=path, do="write a registry there, or correct PAVEMENT_MODELS") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is no TOML: {error}", file=path, do="correct it") from None


def read_entry(name: str, table: Any, folder: Path, maps: Sequence[str] = MAPS) -> ModelEntry:
    """An entry, its types and words checked."""
    if not isinstance(table, dict):
        raise wrong(folder, name, "is no table", f"write [{name}] and its keys below")

    def get(key: str, kind: type, default: Any = None) -> Any:
        value = table.get(key, default)
        if value is None and key not in CHOICES:
            raise wrong(folder, name, f"lacks {key}", "add it")
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise wrong(folder, name, f"{key} is {value!r}", f"give a {KINDS[kind]}")
        if key in CHOICES and value is not None and value not in CHOICES[key]:
            raise wrong(folder, name, f"{key} is {value!r}", f"use one of {', '.join(CHOICES[key])}")
        return value

    thresholds, scores = get("thresholds", dict), get("scores", dict, {})
    for key, value in [*thresholds.items(), *scores.items()]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(folder, name, f"{key} is {value!r}", "give a number")
    unknown = set(thresholds) - {each.name for each in fields(Thresholds)}
    if unknown or not all(0 < value < 1 for value in thresholds.values()):
        raise wrong(folder, name, f"thresholds are {thresholds}", "give lane, crack and pothole between 0 and 1")
    classes = tuple(get("classes", list, list(maps)))
    if not set(maps) <= set(classes):
        raise wrong(
            folder, name, f"classes are {list(classes)}", f"name the network's maps, {', '.join(maps)} among them"
        )
    width = get("input_width", int)
    if width < 32 or width % 32:
        raise wrong(folder, name, f"input_width is {width}", "give a multiple of 32")
    return ModelEntry(
        name=name,
        path=folder / get("file", str),
        sha256=get("sha256", str).lower(),
        input_width=width,
        thresholds=Thresholds(**thresholds),
        classes=classes,
        licence=get("licence", str, ""),
        format=get("format", str, "onnx"),
        engine=get("engine", str),
        precision=get("precision", str, "auto"),
        scores=scores,
    )


def wrong(folder: Path, name: str, what: str, do: str) -> BadInput:
    """The refusal of an entry."""
    return BadInput(f"[{name}] {what}", file=folder / REGISTRY, do=do)


def verify(entry: ModelEntry) -> ModelEntry:
    """The entry, where its file is what the registry says."""
    try:
        digest = hashlib.sha256(entry.path.read_bytes()).hexdigest()
    except OSError:
        raise BadInput("is missing", file=entry.path, do="restore the weights or change registry.toml") from None
    if digest != entry.sha256:
        raise BadInput(
            f"has sha256 {digest[:12]}…, the registry says {entry.sha256[:12]}…",
            file=entry.path,
            do="restore the file, or give its own hash if you trust it",
        )
    return entry
