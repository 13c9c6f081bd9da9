"""写真番号 that stay: drawn from what a photo is of, not from how many photos there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import count

DIGITS = 8  #: in one of eight surveys of 5,000 photos two share their first choice; then one gets its second


def photo_numbers(identities: Iterable[str]) -> dict[str, str]:
    """A number for each identity, all different, whatever their order; another photo hardly ever changes it.

    >>> photo_numbers(["国道4号|下り|112500", "国道4号|下り|112600"])
    {'国道4号|下り|112500': 'P79717908', '国道4号|下り|112600': 'P91001875'}
    """
    taken: dict[str, str] = {}
    for identity in sorted(set(identities)):
        number = next(each for turn in count() if (each := _number(identity, turn)) not in taken)
        taken[number] = identity
    return {identity: number for number, identity in taken.items()}


def _number(identity: str, turn: int) -> str:
    digest = hashlib.sha256(f"{identity}#{turn}".encode()).digest()
    return f"P{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"
