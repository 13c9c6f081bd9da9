"""models/registry.toml: which weights there are, and the hash without which they are not loaded."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pavement.detection import Thresholds
from pavement.errors import BadInput, Fault

ROOT = Path(__file__).resolve().parents[2]
PLACES = (ROOT / "models", ROOT / "pavement_models")  #: in a checkout, beside an installed package


@dataclass(frozen=True)
class ModelEntry:
    """One model of the registry."""

    name: str
    path: Path
    sha256: str
    input_width: int
    thresholds: Thresholds


def models_folder() -> Path:
    """The folder with registry.toml."""
    for place in PLACES:
        if (place / "registry.toml").exists():
            return place
    raise Fault("models/registry.toml is missing: the installation is incomplete")


def find_model(name: str) -> ModelEntry:
    """The entry of a model, its file verified; BadInput for an unknown name or a file that differs from its hash."""
    folder = models_folder()
    registry = tomllib.loads((folder / "registry.toml").read_text(encoding="utf-8"))
    if name not in registry:
        raise BadInput(f"has no model '{name}'", file=folder / "registry.toml", do=f"use one of {', '.join(registry)}")
    entry = registry[name]
    path = folder / entry["file"]
    if not path.exists():
        raise BadInput("is missing", file=path, do="restore the weights or change registry.toml")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != entry["sha256"]:
        raise BadInput(
            f"has sha256 {digest[:12]}…, the registry says {entry['sha256'][:12]}…", file=path, do="restore it"
        )
    return ModelEntry(name, path, digest, int(entry["input_width"]), Thresholds(**entry["thresholds"]))
