"""Commitments agree with the published vectors, hide what they commit to, and open in parts."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from service.vault.commitments import Opening, commit, commitment, contact, names_commitment, new_opening_value, person
from service.vault.records import record_bytes


def test_records_and_commitments_are_those_of_the_vectors(privacy: dict[str, Any]) -> None:
    assert privacy["vectors"]
    for vector in privacy["vectors"]:
        assert record_bytes(vector["pii"]).hex() == vector["pii_bytes_hex"]
        assert commit(bytes.fromhex(vector["r_hex"]), vector["pii"]) == vector["c"]


def test_a_whole_signature_is_that_of_the_vector(leaf: dict[str, Any]) -> None:
    opening = Opening(*(bytes.fromhex(leaf[f"{name}_hex"]) for name in ("r1", "r2", "r3")))
    who = leaf["person_record"]
    assert contact(opening.r1, leaf["email"]) == leaf["contact"]
    assert person(opening.r2, who["name"], who["country"]) == leaf["person"]
    assert commitment(opening.r3, leaf["contact"], leaf["person"]) == leaf["commitment"]
    assert opening.commitment(leaf["email"], who["name"], who["country"]) == leaf["commitment"]


def test_a_country_that_is_not_said_is_left_out() -> None:
    r = new_opening_value()
    assert person(r, "Example Person") == commit(r, {"name": "Example Person"})
    assert person(r, "Example Person") != person(r, "Example Person", "")


def test_a_new_opening_gives_another_commitment_to_the_same_person() -> None:
    made = {Opening.new().commitment("a@example.org", "Example Person") for _ in range(50)}
    assert len(made) == 50


def test_the_three_values_are_independent_and_64_bytes() -> None:
    opening = Opening.new()
    assert len({opening.r1, opening.r2, opening.r3}) == 3
    assert {len(opening.r1), len(opening.r2), len(opening.r3)} == {64}


def test_an_opening_survives_a_record() -> None:
    opening = Opening.new()
    assert Opening.from_record(opening.as_record()) == opening
    with pytest.raises(KeyError):
        Opening.from_record({"r1": ""})


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_a_value_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        commit(bytes(size), {"email": "a@example.org"})


def test_a_list_of_names_is_committed_to_by_its_exact_bytes() -> None:
    r = new_opening_value()
    assert names_commitment(r, b"Example Person\n") != names_commitment(r, b"Example Person")
    assert names_commitment(r, b"{}") != commit(r, {})  # another domain
    plain = hashlib.sha256(b"Example Person\n").hexdigest()
    assert plain not in names_commitment(r, b"Example Person\n")
