"""Profiles of frame pairs as plain arrays, and back: what a finished step keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pavement.rut.pair import PairProfile, Refusal

CURVES = ("across_m", "height_m", "sd_m", "lens_height_m")
NUMBERS = ("metres", "told_m", "correlation", "lens", "lens_sd")


def pack_profiles(found: Sequence[PairProfile | Refusal]) -> dict[str, NDArray[Any]]:
    """Arrays of a step; profiles of one drive have one length."""
    known = [each for each in found if isinstance(each, PairProfile)]
    arrays: dict[str, NDArray[Any]] = {
        "refused": np.array([each.value if isinstance(each, Refusal) else "" for each in found], np.str_),
        "numbers": np.array([[getattr(each, name) for name in NUMBERS] + list(each.ahead_m) for each in known], float),
    }
    return arrays | {name: np.array([getattr(each, name) for each in known], float) for name in CURVES}


def unpack_profiles(arrays: Mapping[str, NDArray[Any]]) -> list[PairProfile | Refusal]:
    """The inverse of `pack_profiles`."""
    found: list[PairProfile | Refusal] = []
    at = 0
    for word in arrays["refused"]:
        if word:
            found.append(Refusal(str(word)))
            continue
        *numbers, near, far = (float(value) for value in arrays["numbers"][at])
        fields: dict[str, Any] = {name: np.asarray(arrays[name][at], float) for name in CURVES}
        fields |= dict(zip(NUMBERS, numbers, strict=True))
        found.append(PairProfile(**fields, ahead_m=(near, far)))
        at += 1
    return found
