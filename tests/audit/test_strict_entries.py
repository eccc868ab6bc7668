"""One event has one sequence of bytes, and a note one form: everything near it is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from service.audit.decoding import decode
from service.audit.notes import BadNote, parse_note, parse_vkey, strict_b64, verify
from service.audit.problems import Refused
from service.audit.replay import replay
from tests.audit.builder import ORDINARY, ORIGIN, hashed, vkey
from tests.audit.folder import signed_checkpoint
from tests.audit.lies import log_with_campaign, tally
from tests.audit.witnesses import cosigned
from tests.old_logs.test_old_logs import LEAVES

SIGNATURE = log_with_campaign(signers=1).lines()[-1]
KINDS = list({json.loads(leaf)["type"]: leaf for leaf in LEAVES}.values())


def with_field(leaf: bytes, name: str, value: object) -> bytes:
    return json.dumps(json.loads(leaf) | {name: value}, sort_keys=True, separators=(",", ":")).encode()


def without(leaf: bytes, name: str) -> bytes:
    kept = {key: value for key, value in json.loads(leaf).items() if key != name}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda leaf: leaf[:-1],
    "cut in the middle": lambda leaf: leaf[: len(leaf) // 2],
    "followed by more": lambda leaf: leaf + b"x",
    "followed by a space": lambda leaf: leaf + b" ",
    "two events": lambda leaf: leaf + leaf,
    "a space within": lambda leaf: leaf.replace(b":", b": ", 1),
    "a newline within": lambda leaf: leaf.replace(b",", b",\n", 1),
    "a carriage return": lambda leaf: leaf + b"\r",
    "a byte order mark": lambda leaf: b"\xef\xbb\xbf" + leaf,
    "keys in another order": lambda leaf: (
        json.dumps(json.loads(leaf), separators=(",", ":")).encode()
        if list(json.loads(leaf)) != sorted(json.loads(leaf))
        else json.dumps(dict(reversed(json.loads(leaf).items())), separators=(",", ":")).encode()
    ),
    "a key twice": lambda leaf: leaf[:-1] + b',"v":1}',
    "a key twice, the last one right": lambda leaf: b'{"v":2,' + leaf[1:],
    "an escape": lambda leaf: leaf.replace(b'"type"', b'"\\u0074ype"'),
    "an escaped value": lambda leaf: leaf.replace(b'"day":"2', b'"day":"\\u0032'),
    "a fraction": lambda leaf: leaf.replace(b'"v":1', b'"v":1.0'),
    "an exponent": lambda leaf: leaf.replace(b'"v":1', b'"v":1e0'),
    "a leading zero": lambda leaf: leaf.replace(b'"v":1', b'"v":01'),
    "a sign": lambda leaf: leaf.replace(b'"v":1', b'"v":-1'),
    "a number as text": lambda leaf: leaf.replace(b'"v":1', b'"v":"1"'),
    "true": lambda leaf: leaf.replace(b'"v":1', b'"v":true'),
    "null": lambda leaf: with_field(leaf, "day", None),
    "an unknown version": lambda leaf: leaf.replace(b'"v":1', b'"v":2'),
    "an unknown field": lambda leaf: with_field(leaf, "zz", 1),
    "an unknown field first": lambda leaf: with_field(leaf, "a", "b"),
    "an unknown type": lambda leaf: with_field(leaf, "type", "signature.signed"),
    "a type in other letters": lambda leaf: with_field(leaf, "type", json.loads(leaf)["type"].upper()),
    "no type": lambda leaf: without(leaf, "type"),
    "no version": lambda leaf: without(leaf, "v"),
    "no day": lambda leaf: without(leaf, "day"),
    "a day that is none": lambda leaf: with_field(leaf, "day", "2026-02-29"),
    "a time": lambda leaf: with_field(leaf, "day", "2026-01-05T00:00:00Z"),
    "digits of another script": lambda leaf: with_field(leaf, "day", "٢٠٢٦-٠١-٠٥").decode("unicode_escape").encode(),
    "in a list": lambda leaf: b"[" + leaf + b"]",
}


@pytest.mark.parametrize("name", WRONG)
def test_every_kind_of_entry_has_one_sequence_of_bytes(name: str) -> None:
    for leaf in KINDS:
        decode(leaf)
        wrong = WRONG[name](leaf)
        assert wrong != leaf
        with pytest.raises(Refused):
            decode(wrong)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry_within_a_run_of_right_ones_is_the_only_error(name: str) -> None:
    lines = log_with_campaign(signers=60).lines()
    lines.insert(30, WRONG[name](lines[40].replace(b'"signature":"', b'"signature":"')))
    report = replay(lines)
    assert (len(report.errors), report.errors[0].index, report.checks[0].errors) == (1, 30, 1)


@pytest.mark.parametrize(("field", "value"), [
    ("text", hashed("x").upper()), ("text", hashed("x")[:-1]), ("signature", "A" * 21), ("signature", "A" * 21 + "B"),
    ("signature", "A" * 21 + "="), ("signature", "+" + "A" * 21), ("commitment", "A" * 42 + "B"),
    ("commitment", "A" * 44),
    ("campaign", "c_short"), ("campaign", "l_Letter0001"), ("method", "email/2"), ("wording", ""),
])  # fmt: skip
def test_a_field_of_another_form_is_refused(field: str, value: str) -> None:
    with pytest.raises(Refused):
        decode(with_field(SIGNATURE, field, value))


def test_an_entry_is_at_most_as_long_as_its_kind_may_be() -> None:
    rules = ORDINARY | dict.fromkeys(("batch_min", "batch_max_s", "tally_min"), 2**53 - 1)
    offices = [f"office-{number:02}-{'x' * 22}" for number in range(16)]
    log = log_with_campaign(rules, signers=1, addressees=offices, language="x" * 8 + "-abcdefgh" * 3)
    opened = next(leaf for leaf in log.lines() if b"campaign.opened" in leaf)
    assert len(opened) > 1_024
    with pytest.raises(Refused) as refused:
        decode(opened)
    assert refused.value.expected == "at most 1024 bytes"
    tally(log, 1, by_country={"DE": 2**53 - 1, "FR": 2**53 - 1}, merged=2**53 - 1)
    decode(log.lines()[-1])
    with pytest.raises(Refused):
        decode(log.lines()[-1].replace(b"9007199254740991", b"9007199254740992"))


NOTE = signed_checkpoint(log_with_campaign(signers=1).lines())
KEY = parse_vkey(vkey(ORIGIN, 1))


@pytest.mark.parametrize("wrong", [
    NOTE.replace(b"\n", b"\r\n"), NOTE.replace(b"\n", b"\r"), NOTE[:-1], NOTE + b"\n", NOTE.replace(b"\n\n", b"\n"),
    NOTE.replace("— ".encode(), b"- "), NOTE.replace("— ".encode(), "—  ".encode()), NOTE.replace(b"\n\n", b"\n\n\n"),
    NOTE.replace("— ".encode(), "—\t".encode()), b"\xef\xbb\xbf" + NOTE, NOTE.replace(b"\n\n", b"\x00\n\n"),
    NOTE[:-3] + b"\n",
    NOTE.decode().replace("—", "\u2013").encode(), NOTE + b"x\n", NOTE + "— x AAAA\n".encode(),
    NOTE + b"\n" + NOTE[-120:],
    NOTE.replace(b"/log ", b"/log+ ", 2), NOTE.decode().encode("utf-16"), b"x" * 1_000_001,
])  # fmt: skip
def test_a_note_of_another_form_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadNote):
        verify(parse_note(wrong), [KEY])


@pytest.mark.parametrize(
    "text", ["AAB=", "AA", "AA=", "AA==\n", " AAAA", "AA-_", "AAAA=", "A", "====", "AA==AA==", "ＡＡＡＡ"]
)
def test_lax_base64_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        strict_b64(text)
    assert strict_b64("AAA=") == b"\0\0"


def test_more_than_sixteen_signatures_and_unknown_keys_are_passed_over_but_one_known_has_to_be_there() -> None:
    many = cosigned(NOTE, 1, *range(1, 18))
    assert verify(parse_note(many), [KEY]) == [KEY]
    with pytest.raises(BadNote, match="no known key"):
        verify(parse_note(many), [parse_vkey(vkey(ORIGIN, 9))])
    with pytest.raises(BadNote, match="no known key"):
        verify(parse_note(NOTE), [parse_vkey(vkey("other.example/log", 1))])


def test_a_known_key_whose_second_signature_fails_refuses_the_note() -> None:
    head, _, line = NOTE.rpartition(b"\xe2\x80\x94 ")
    name, _, encoded = line.decode().strip().partition(" ")
    value = bytearray(base64.b64decode(encoded))
    value[-1] ^= 1
    wrong = NOTE + f"— {name} {base64.b64encode(value).decode()}\n".encode()
    assert head
    with pytest.raises(BadNote, match="fails"):
        verify(parse_note(wrong), [KEY])
