"""Signatures of bundles (Ed25519): who may bring results into the inner network."""

from __future__ import annotations

from pathlib import Path

from nacl.encoding import HexEncoder
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from pavement.errors import BadInput

PRIVATE, PUBLIC = "bundle.private", "bundle.public"


def make_signing_keys(folder: Path) -> tuple[Path, Path]:
    """A new pair of keys in `folder`: bundle.private stays outside, bundle.public goes in; never overwritten."""
    key = SigningKey.generate()
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in ((PRIVATE, key), (PUBLIC, key.verify_key)):
        path = folder / name
        try:
            with open(path, "xb") as file:
                path.chmod(0o600)
                file.write(part.encode(HexEncoder) + b"\n")
        except FileExistsError:
            raise BadInput("exists already", file=path, do="keep it, or give another folder") from None
    return folder / PRIVATE, folder / PUBLIC


def sign(message: bytes, private: Path) -> bytes:
    """The signature (64 bytes) of a message."""
    try:
        key = SigningKey(private.read_bytes().strip(), HexEncoder)
    except (OSError, ValueError, TypeError, CryptoError) as error:
        raise BadInput("is no private key", file=private, do="make one with `pavement bundle keys FOLDER`") from error
    return bytes(key.sign(message).signature)


def is_signed(message: bytes, signature: bytes, public: Path) -> bool:
    """Whether the holder of the private key signed it."""
    try:
        key = VerifyKey(public.read_bytes().strip(), HexEncoder)
    except (OSError, ValueError, TypeError, CryptoError) as error:
        raise BadInput("is no public key", file=public, do="give the file bundle.public") from error
    try:
        key.verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True
