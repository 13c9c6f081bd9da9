"""Passwords of people: argon2id, at most two being hashed at a time, since each takes 64 MB and a core."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from pavement.errors import BadInput

SHORTEST, LONGEST = 10, 200  #: characters
AT_ONCE = threading.BoundedSemaphore(2)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  #: none that looks like another


def hash_password(password: str, name: str) -> str:
    """The hash of a new password; raises BadInput for one that is too short, too long or the person's name."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadInput(f"a password has {SHORTEST} to {LONGEST} characters", do="choose a longer one")
    if text.casefold() == name.casefold() or len(set(text)) < 4:
        raise BadInput("the password is too easy to guess", do="choose another one")
    with AT_ONCE:
        return _hasher().hash(text)


def fits(password: str, hashed: str | None) -> bool:
    """Whether it is the password; without a hash as slow as with one, so that nobody learns which names exist."""
    text = _normal(password[:LONGEST])
    with AT_ONCE:
        same = _hasher().verify(text, hashed or _nobodys())
    return same and hashed is not None and len(password) <= LONGEST


def new_password() -> str:
    """A password by chance, 80 bits, that can be read out and typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)  # a Japanese keyboard may give full-width letters


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())
