"""A typed code is read as people type it, and its HMAC alone opens nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.signatures.codes import ALPHABET, CodeMalformed, code_mac, code_prefix, is_code, new_code, read_code, shown


def mac(purpose: str, message: bytes) -> bytes:
    return hmac.digest(b"server key", purpose.encode() + b"\0" + message, hashlib.sha256)


def other_mac(purpose: str, message: bytes) -> bytes:
    return hmac.digest(b"other key", purpose.encode() + b"\0" + message, hashlib.sha256)


CODES = st.text(ALPHABET, min_size=10, max_size=10)


@given(CODES)
def test_a_code_is_read_as_it_was_shown(code: str) -> None:
    assert read_code(shown(code)) == read_code(code) == code
    assert [len(group) for group in shown(code).split(" ")] == [5, 5]


@pytest.mark.parametrize(
    "typed",
    [
        "01QMK 9STXV",
        "01qmk9stxv",
        " 0 1 q m k 9 s t x v \n",
        "OIQMK-9STXV",
        "olqmk\u20139stxv",
        "oLqmk\u00a09stxv",
        "0iqmk\t9stxv",
    ],
)
def test_case_spaces_and_look_alikes_do_not_matter(typed: str) -> None:
    assert read_code(typed) == "01QMK9STXV"


@pytest.mark.parametrize(
    "typed", ["", "01QMK9STX", "01QMK9STXVV", "U1QMK9STXV", "01QMK9STX!", "٠1QMK9STXV", "ſ1QMK9STXV", "ﬁ1QMK9STX"]
)
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(CodeMalformed):
        read_code(typed)


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_refused(typed: str) -> None:
    with suppress(CodeMalformed):
        assert set(read_code(typed)) <= set(ALPHABET)


def test_new_codes_use_the_whole_alphabet_evenly() -> None:
    codes = [new_code() for _ in range(3200)]
    assert len(set(codes)) == 3200
    counted = Counter("".join(codes))
    assert set(counted) == set(ALPHABET)
    assert all(800 < count < 1200 for count in counted.values())  # 1,000 expected, standard deviation 31


def test_a_code_is_found_by_its_beginning_and_known_by_its_mac() -> None:
    assert code_prefix("01QMK9STXV") == "01QM"
    stored = code_mac(mac, "01QMK9STXV")
    assert is_code(mac, "01QMK9STXV", stored)
    assert not is_code(mac, "01QMK9STXW", stored)
    assert not is_code(other_mac, "01QMK9STXV", stored)
    assert "QMK" not in stored
