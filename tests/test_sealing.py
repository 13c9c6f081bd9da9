"""Sealed originals: what is locked comes out the same, and nothing that was tampered with comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pavement import sealing
from pavement.errors import BadInput
from pavement.sealing import MAGIC, make_keys, seal, unseal


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PIECE", 64)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=400))
def test_what_is_sealed_comes_out_the_same(tmp_path: Path, data: bytes) -> None:
    keys = tmp_path / "keys"
    public, private = (keys / "seal.public", keys / "seal.private") if keys.exists() else make_keys(keys)
    (tmp_path / "a.jpg").write_bytes(data)
    seal(tmp_path / "a.jpg", tmp_path / "a.sealed", public)
    sealed = (tmp_path / "a.sealed").read_bytes()
    assert len(data) < 8 or data not in sealed
    unseal(tmp_path / "a.sealed", tmp_path / "b.jpg", private)
    assert (tmp_path / "b.jpg").read_bytes() == data


@pytest.mark.parametrize("harm", ["flip", "cut", "swap", "other"])
def test_a_file_that_was_tampered_with_is_refused(tmp_path: Path, harm: str) -> None:
    public, private = make_keys(tmp_path / "keys")
    (tmp_path / "a.jpg").write_bytes(bytes(range(256)))
    seal(tmp_path / "a.jpg", tmp_path / "a.sealed", public)
    body = (tmp_path / "a.sealed").read_bytes()
    size = 4 + int.from_bytes(body[len(MAGIC) : len(MAGIC) + 4], "big")
    first, rest = body[len(MAGIC) : len(MAGIC) + size], body[len(MAGIC) + size :]
    if harm == "flip":
        body = body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
    if harm == "cut":
        body = MAGIC + first
    if harm == "swap":
        body = MAGIC + rest[:size] + first + rest[size:]
    (tmp_path / "a.sealed").write_bytes(body)
    key = make_keys(tmp_path / "others")[1] if harm == "other" else private
    with pytest.raises(BadInput):
        unseal(tmp_path / "a.sealed", tmp_path / "b.jpg", key)
    assert not (tmp_path / "b.jpg").exists()


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    make_keys(tmp_path)
    with pytest.raises(BadInput, match="exists already"):
        make_keys(tmp_path)
