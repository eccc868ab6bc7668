"""Notes and verifier keys agree with the published vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.vault.key_files import write_key_file
from service.vault.keys import Keys
from service.vault.notes import sign_note, vkey
from tests.vault.conftest import ORIGIN


@pytest.fixture
def vector_keys(tmp_path: Path) -> Keys:
    """Return keys whose log and promise keys are those of the vectors: seeds of 32 equal bytes."""
    folder = tmp_path / "vector"
    folder.mkdir(mode=0o700)
    for name, byte in {"log": 1, "promise": 3, "kek-1": 8, "server": 9}.items():
        write_key_file(folder / name, bytes([byte]) * 32)
    return Keys.load(folder, ORIGIN)


def test_the_verifier_keys_are_those_of_the_vector(vector_keys: Keys, leaf: dict[str, Any]) -> None:
    assert (vector_keys.log_vkey, vector_keys.promise_vkey) == (leaf["log_vkey"], leaf["promise_vkey"])


def test_the_promise_is_that_of_the_vector(vector_keys: Keys, leaf: dict[str, Any]) -> None:
    text, _, _ = leaf["promise"].rpartition("\n\n")
    assert vector_keys.sign_promise_note(text + "\n") == leaf["promise"]


def test_the_checkpoint_line_is_that_of_the_vectors_receipt(vector_keys: Keys, leaf: dict[str, Any]) -> None:
    checkpoint = leaf["receipt_of_leaf_1"].split("\n\n", 1)[1]
    text, signatures = checkpoint.split("\n\n")
    assert vector_keys.sign_log_note(text + "\n") == f"{text}\n\n{signatures.splitlines()[0]}\n"


def test_the_same_text_is_signed_to_the_same_bytes(vector_keys: Keys) -> None:
    assert vector_keys.sign_log_note("a\n\nb\n") == vector_keys.sign_log_note("a\n\nb\n")


@pytest.mark.parametrize("text", ["", "no end", "carriage\r\n", "zero\0\n", "tab\t\n"])
def test_a_text_that_is_none_of_a_note_is_refused(vector_keys: Keys, text: str) -> None:
    with pytest.raises(ValueError, match="ends in a newline"):
        vector_keys.sign_log_note(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u2028b"])
def test_a_name_that_is_none_of_a_key_is_refused(name: str) -> None:
    key = Ed25519PrivateKey.generate()
    with pytest.raises(ValueError, match="key's name"):
        vkey(name, key.public_key().public_bytes_raw())
    with pytest.raises(ValueError, match="key's name"):
        sign_note("x\n", name, key)
