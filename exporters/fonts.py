"""The font of everything that is drawn: IPAex Gothic, which comes with a package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from pavement.errors import Fault


def font_file() -> Path:
    """The file inside matplotlib_fontja, found without importing it (that would import matplotlib)."""
    spec = importlib.util.find_spec("matplotlib_fontja")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (file := Path(folder) / "fonts" / "ipaexg.ttf").is_file():
            return file
    raise Fault("the font IPAex Gothic is missing; reinstall the package matplotlib-fontja")
