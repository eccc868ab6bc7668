"""One address has one token in a campaign, however it is typed; tokens agree with the published vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.signatures.fingerprint import norm, token

VECTORS = Path(__file__).parent.parent / "vault" / "vectors"


@pytest.fixture(scope="module")
def privacy() -> Any:
    """Return the published vectors."""
    return json.loads((VECTORS / "privacy.json").read_text())


def test_addresses_and_tokens_are_those_of_the_vectors(privacy: dict[str, Any]) -> None:
    assert privacy["normalise"]
    for typed, expected in privacy["normalise"]:
        assert norm(typed) == expected
    for vector in privacy["vectors"]:
        key = bytes.fromhex(vector["uniq_key_hex"])
        assert token(key, vector["campaign"], norm(vector["pii"]["email"])) == vector["u"]


def test_the_token_is_that_of_the_whole_signature() -> None:
    leaf = json.loads((VECTORS / "leaf.json").read_text())
    assert token(bytes.fromhex(leaf["uniq_key_hex"]), "c_7Qm2kX9sT4", norm(leaf["email"])) == leaf["token"]


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("a@example.org", "A@EXAMPLE.ORG"),
        ("a@example.org", "\u3000a@example.org\n"),
        ("a@example.org", "a@example.org."),
        ("a@bücher.example", "a@XN--BCHER-KVA.example"),
        ("a@bücher.example", "a@bu\u0308cher.example"),
        ("a@bücher.example", "a@BÜCHER\u3002example."),
        ("jürgen@example.org", "Ju\u0308rgen@example.org"),
        ("straße@example.org", "STRASSE@example.org"),
        ("a\u0308\u0323@example.org", "A\u0323\u0308@example.org"),
        ('"a@b"@example.org', '"A@B"@example.org'),
        ("a@ab_c.example", "a@AB_C.example"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
    ],
)
def test_one_mailbox_stays_one(one: str, same: str) -> None:
    assert norm(one) == norm(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.b@example.org", "ab@example.org"),
        ("a+news@example.org", "a@example.org"),
        ("a@example.org", "a@mail.example.org"),
        ("a@faß.example", "a@fass.example"),
        ("a@gmail.com", "a@googlemail.com"),
        ("ı@example.org", "i@example.org"),
    ],
)
def test_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert norm(one) != norm(other)


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "a",
        "@",
        "a@",
        "@example.org",
        "a@.",
        "a@ü..example",
        "a@\u200b\u00fc.example ü",
        "a@" + "ü" * 70 + ".example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        norm(address)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["example.org", "bücher.example", "例え.テスト"]),
)
def test_a_normalised_address_is_normalised(local: str, domain: str) -> None:
    try:
        once = norm(f"x{local}@{domain}")
    except ValueError:
        return
    assert norm(once) == once


def test_tokens_of_campaigns_and_keys_cannot_be_joined() -> None:
    made = {
        token(key, campaign, "a@example.org") for key in (bytes(32), bytes([1]) * 32) for campaign in ("c_1", "c_2")
    }
    assert len(made) == 4
    assert {len(each) for each in made} == {22}
