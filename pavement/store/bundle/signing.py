"""Signatures of bundles (Ed25519): who may bring results into the inner network."""

from __future__ import annotations

from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from pavement.key_files import read_key, write_keys

PRIVATE, PUBLIC = "bundle.private", "bundle.public"


def make_signing_keys(folder: Path) -> tuple[Path, Path]:
    """A new pair of keys in `folder`: bundle.private stays outside, bundle.public goes in; never overwritten."""
    key = SigningKey.generate()
    write_keys(folder, {PRIVATE: key, PUBLIC: key.verify_key})
    return folder / PRIVATE, folder / PUBLIC


def sign(message: bytes, private: Path) -> bytes:
    """The signature (64 bytes) of a message."""
    key = read_key(private, SigningKey, "private key", "make one with `pavement bundle keys FOLDER`")
    return bytes(key.sign(message).signature)


def is_signed(message: bytes, signature: bytes, public: Path) -> bool:
    """Whether the holder of the private key signed it."""
    key = read_key(public, VerifyKey, "public key", "give the file bundle.public")
    try:
        key.verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True
