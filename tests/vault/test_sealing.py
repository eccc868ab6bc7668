"""What is sealed comes back whole under its own key and at its own place, and tells nothing else, not even its size."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.vault.keys import Keys
from service.vault.records import read_record, record_bytes
from service.vault.sealing import SealBroken, new_key, record_associated, seal, unseal, unwrap, wrap

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXT | st.integers(0, 2**53 - 1), lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)
RECORDS = st.dictionaries(TEXT, VALUES)
KEY = bytes(range(32))


@given(RECORDS, st.binary())
def test_a_record_comes_back_as_it_was(record: dict[str, Any], associated: bytes) -> None:
    assert unseal(KEY, seal(KEY, record, associated), associated) == record


@given(RECORDS)
def test_the_size_is_that_of_whole_blocks(record: dict[str, Any]) -> None:
    sealed = seal(KEY, record, b"")
    assert (len(sealed) - 12 - 16) % 512 == 0
    assert len(sealed) - 28 - len(record_bytes(record)) < 512


def test_one_letter_more_does_not_show() -> None:
    assert len({len(seal(KEY, {"name": "x" * n}, b"")) for n in range(1, 500)}) == 1


def test_the_same_record_is_never_sealed_to_the_same_bytes() -> None:
    assert len({seal(KEY, {"name": "Example Person"}, b"") for _ in range(100)}) == 100


def test_every_changed_byte_is_noticed() -> None:
    sealed = seal(KEY, {"name": "Example Person"}, b"row")
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            unseal(KEY, altered, b"row")


@pytest.mark.parametrize("length", [0, 5, 11, 12, 27, 28, 100, 539])
def test_what_was_cut_off_is_noticed(length: int) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, seal(KEY, {"name": "Example Person"}, b"row")[:length], b"row")


def test_another_key_or_place_opens_nothing() -> None:
    sealed = seal(KEY, {"name": "Example Person"}, record_associated("c_1", "signature", "commitment"))
    with pytest.raises(SealBroken):
        unseal(new_key(), sealed, record_associated("c_1", "signature", "commitment"))
    for moved in (("c_2", "signature", "commitment"), ("c_1", "other", "commitment"), ("c_1", "signature", "other")):
        with pytest.raises(SealBroken):
            unseal(KEY, sealed, record_associated(*moved))


def test_a_wrapped_key_opens_at_its_own_row_only(keys: Keys) -> None:
    data_key = new_key()
    number, wrapped = wrap(keys, data_key, b"row-1")
    assert unwrap(keys, number, wrapped, b"row-1") == data_key
    assert data_key not in wrapped
    with pytest.raises(SealBroken):
        unwrap(keys, number, wrapped, b"row-2")


@pytest.mark.parametrize("value", [None, True, 1.5, b"bytes", {"deep": [None]}, float("nan")])
def test_what_canonical_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        seal(KEY, {"value": value}, b"")


def test_the_bytes_of_a_record_are_those_of_rfc_8785() -> None:
    record = {"b": '\x00\b\t\n\x0b\f\r\x1f\x7f "\\/ é \u2028', "a": [1, {"d": "", "c": 0}]}
    expected = '{"a":[1,{"c":0,"d":""}],"b":"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\x7f \\"\\\\/ é \u2028"}'
    assert record_bytes(record) == expected.encode()


@pytest.mark.parametrize(
    "encoded", [b"", b"[]", b"1", b'{"a":null}', b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b"\xff"]
)
def test_bytes_that_are_no_canonical_record_are_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError, match="private record"):
        read_record(encoded)


def test_sealed_bytes_that_hold_no_record_are_told_apart(keys: Keys) -> None:
    number, wrapped = wrap(keys, b"[1,2]", b"")
    with pytest.raises(SealBroken, match="not a record"):
        unseal(keys.kek(number), wrapped, b"")
