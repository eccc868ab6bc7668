"""A witness cosigns what extends what it cosigned before, and nothing else; every answer of the protocol."""

from __future__ import annotations

import base64
import json
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from service.audit.merkle import root_of
from service.audit.notes import (
    COSIGNATURE_MLDSA,
    BadNote,
    VerifierKey,
    cosigned_message,
    key_id,
    parse_note,
    parse_vkey,
    verify,
)
from service.audit.witness_rules import Declined, Witness, read_request
from service.audit.witness_state import WitnessState
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import LOG_SEED, signed, signed_checkpoint
from tests.audit.witnessing import FORK, KEY, LEAVES, NOW, is_cosigned, request, with_proof, witness_at

VECTORS = json.loads((Path(__file__).parent / "vectors" / "tlog.json").read_text())
EMPTY = signed(f"{ORIGIN}\n0\n{base64.b64encode(sha256(b'').digest()).decode()}\n", ORIGIN, LOG_SEED)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """Return a witness that has seen nothing."""
    return witness_at(tmp_path)


def test_its_cosignature_is_that_of_the_vectors(tmp_path: Path) -> None:
    vector = next(each for each in VECTORS["notes"] if each["what"].startswith("its cosignature/v1"))
    assert KEY.vkey == vector["vkey"]
    checkpoint, _, line = vector["note"].rpartition("\N{EM DASH} witness.example/w1")
    answer = witness_at(tmp_path).add_checkpoint(with_proof(0, [], checkpoint.encode()))
    assert answer.body.decode() == f"\N{EM DASH} witness.example/w1{line}"


def test_it_follows_a_log_from_size_to_size(witness: Witness) -> None:
    last = 0
    for size in (1, 2, 7, 8, 255, 256, 257, 300):
        body = request(last, size)
        assert is_cosigned(witness.add_checkpoint(body), body)
        last = size


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6).map(sorted))
def test_it_follows_any_growth(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    witness = witness_at(tmp_path_factory.mktemp("witness"))
    for old, size in zip([0, *sizes], sizes, strict=False):
        body = request(old, size)
        assert is_cosigned(witness.add_checkpoint(body), body)


def test_the_same_checkpoint_is_cosigned_anew(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 9))
    witness.clock = lambda: NOW + 600
    answer = witness.add_checkpoint(request(9, 9))
    assert answer.body.decode() == KEY.cosign(parse_note(signed_checkpoint(LEAVES[:9])).text, NOW + 600)


def test_an_empty_log_can_be_cosigned(witness: Witness) -> None:
    body = with_proof(0, [], EMPTY)
    assert is_cosigned(witness.add_checkpoint(body), body)
    body = request(0, 3)
    assert is_cosigned(witness.add_checkpoint(body), body)


def test_an_old_size_that_is_not_its_own_is_answered_with_its_own(witness: Witness) -> None:
    answer = witness.add_checkpoint(request(4, 9))
    assert (answer.status, answer.body, answer.content_type) == (409, b"0\n", "text/x.tlog.size")
    witness.add_checkpoint(request(0, 9))
    for old, size in ((0, 9), (0, 12), (8, 9), (8, 12), (10, 12), (0, 3)):
        answer = witness.add_checkpoint(request(old, size))
        assert (answer.status, answer.body, answer.content_type) == (409, b"9\n", "text/x.tlog.size")


def test_another_history_is_never_cosigned(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 9))
    hashes = [b"x" * 32]
    for body in (
        request(9, 9, FORK),  # another root for the same size
        request(9, 12, FORK),  # a longer fork
        with_proof(9, [], signed_checkpoint(LEAVES[:12])),
        with_proof(9, hashes * 3, signed_checkpoint(LEAVES[:12])),
        with_proof(9, hashes, signed_checkpoint(LEAVES[:9])),
    ):
        assert witness.add_checkpoint(body).status == 422
    assert witness.state.last(ORIGIN).size == 9  # type: ignore[union-attr]


@pytest.mark.parametrize("root", [b"\0" * 32, root_of([b"x" * 32])])
def test_an_empty_log_has_one_root(witness: Witness, root: bytes) -> None:
    checkpoint = signed(f"{ORIGIN}\n0\n{base64.b64encode(root).decode()}\n", ORIGIN, LOG_SEED)
    assert witness.add_checkpoint(with_proof(0, [], checkpoint)).status == 422
    witness.add_checkpoint(with_proof(0, [], EMPTY))
    assert witness.add_checkpoint(with_proof(0, [], checkpoint)).status == 422


def test_a_proof_from_nothing_is_empty(witness: Witness) -> None:
    assert witness.add_checkpoint(with_proof(0, [b"x" * 32], signed_checkpoint(LEAVES[:3]))).status == 422


def test_unknown_logs_and_keys_are_declined(witness: Witness) -> None:
    other = signed_checkpoint(LEAVES[:3], origin="other.example/log")
    assert witness.add_checkpoint(with_proof(0, [], other)).status == 404
    assert witness.add_checkpoint(request(0, 3, seed=7)).status == 403
    forged = signed_checkpoint(LEAVES[:3]).replace(b"\n3\n", b"\n4\n")
    assert witness.add_checkpoint(with_proof(0, [], forged)).status == 403


def test_the_checks_come_in_their_order(witness: Witness) -> None:
    """What fails two checks is answered by the first: shape, origin, signature, old > size, stored size, proof."""
    elsewhere = signed_checkpoint(LEAVES[:3], origin="other.example/log", seed=7)
    assert witness.add_checkpoint(b"old 03" + with_proof(9, [], elsewhere)[5:]).status == 400
    assert witness.add_checkpoint(with_proof(9, [], elsewhere)).status == 404
    assert witness.add_checkpoint(with_proof(9, [], signed_checkpoint(LEAVES[:3], 7))).status == 403
    assert witness.add_checkpoint(with_proof(9, [], signed_checkpoint(LEAVES[:3]))).status == 400
    assert witness.add_checkpoint(with_proof(2, [], signed_checkpoint(FORK[:8]))).status == 409
    assert witness.add_checkpoint(with_proof(0, [b"x" * 32], signed_checkpoint(LEAVES[:3]))).status == 422


GOOD = request(2, 9)
MALFORMED = {
    "nothing": b"",
    "no empty line": GOOD.replace(b"\n\n", b"\n"),
    "no old line": GOOD.partition(b"\n")[2],
    "a leading zero": GOOD.replace(b"old 2", b"old 02"),
    "a sign": GOOD.replace(b"old 2", b"old +2"),
    "two spaces": GOOD.replace(b"old 2", b"old  2"),
    "a line end of two bytes": GOOD.replace(b"old 2\n", b"old 2\r\n"),
    "digits of another script": GOOD.replace(b"old 2", "old ٢".encode()),
    "a number of a million digits": GOOD.replace(b"old 2", b"old " + b"9" * 60_000),
    "a short hash": with_proof(2, [b"x" * 31], signed_checkpoint(LEAVES[:9])),
    "64 hashes": with_proof(2, [b"x" * 32] * 64, signed_checkpoint(LEAVES[:9])),
    "stray bits": GOOD.replace(GOOD.split(b"\n")[1], b"A" * 42 + b"B="),
    "no signature": with_proof(2, [], f"{ORIGIN}\n9\n{'A' * 43}=\n\n".encode()),
    "an extension line": with_proof(2, [], signed(f"{ORIGIN}\n9\n{'A' * 43}=\nmore\n", ORIGIN, LOG_SEED)),
    "a size with a leading zero": with_proof(2, [], signed(f"{ORIGIN}\n09\n{'A' * 43}=\n", ORIGIN, LOG_SEED)),
    "a huge size": with_proof(2, [], signed(f"{ORIGIN}\n{'9' * 5000}\n{'A' * 43}=\n", ORIGIN, LOG_SEED)),
    "a short root": with_proof(2, [], signed(f"{ORIGIN}\n9\nAAAA\n", ORIGIN, LOG_SEED)),
    "no UTF-8": GOOD.replace(b"petition", b"\xff\xfe"),
    "a control character": GOOD.replace(b"petition", b"pe\x07tition"),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_requests_are_refused(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400
    assert witness.state.last(ORIGIN) is None


@given(st.binary(max_size=300))
def test_noise_is_refused_and_never_raises(noise: bytes) -> None:
    with pytest.raises(Declined) as declined:
        read_request(noise)
    assert declined.value.answer.status == 400


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 7))
def test_any_changed_bit_is_never_cosigned(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    witness = witness_at(tmp_path_factory.mktemp("witness"))
    witness.add_checkpoint(request(0, 2))
    changed = GOOD[:place] + bytes([GOOD[place] ^ 1 << bit]) + GOOD[place + 1 :]
    assert witness.add_checkpoint(changed).status in (400, 403, 404, 409, 422)


def test_two_requests_at_once_never_move_it_back(tmp_path: Path) -> None:
    witness_at(tmp_path).add_checkpoint(request(0, 4))
    bodies = [request(4, size) for size in range(5, 21)]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda b=body: answers.append(witness_at(tmp_path).add_checkpoint(b).status))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 15


def test_it_never_says_that_a_later_time_came_before(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 4))
    witness.clock = lambda: NOW - 1
    assert witness.add_checkpoint(request(4, 9)).status == 503
    assert witness.state.last(ORIGIN).size == 4  # type: ignore[union-attr]


def test_it_shows_what_it_cosigned_last(witness: Witness) -> None:
    digest = sha256(ORIGIN.encode()).hexdigest()
    assert witness.last_checkpoint(digest).status == 404
    witness.add_checkpoint(request(0, 4))
    note = parse_note(witness.last_checkpoint(digest).body)
    keys = [parse_vkey(vkey(ORIGIN, LOG_SEED)), KEY.public]
    assert verify(note, keys) == keys
    assert witness.last_checkpoint("0" * 64).status == 404


def test_it_watches_over_several_logs_and_keys(tmp_path: Path) -> None:
    logs = [parse_vkey(vkey(ORIGIN, 1)), parse_vkey(vkey(ORIGIN, 5)), parse_vkey(vkey("other.example/log", 1))]
    witness = Witness(KEY, logs, WitnessState(tmp_path / "state.db"), lambda: NOW)
    assert witness.add_checkpoint(request(0, 4)).status == 200
    assert witness.add_checkpoint(request(4, 9, seed=5)).status == 200  # after a rotation
    other = with_proof(0, [], signed_checkpoint(LEAVES[:3], origin="other.example/log"))
    assert witness.add_checkpoint(other).status == 200


def test_a_cosignature_by_ml_dsa_is_verified() -> None:
    private = MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    raw = private.public_key().public_bytes_raw()
    text = parse_note(signed_checkpoint(LEAVES[:9])).text
    name = "witness.example/pq"
    key = VerifierKey(name, key_id(name, COSIGNATURE_MLDSA, raw), COSIGNATURE_MLDSA, raw)
    pinned = f"{name}+{key.id.hex()}+{base64.b64encode(bytes([6]) + raw).decode()}"
    assert parse_vkey(pinned) == key
    value = NOW.to_bytes(8, "big") + private.sign(cosigned_message(key, NOW, text))
    line = f"\N{EM DASH} {name} {base64.b64encode(key.id + value).decode()}\n"
    assert verify(parse_note(f"{text}\n{line}".encode()), [key]) == [key]
    assert len(value) == 2428
    for broken in (text.replace("\n9\n", "\n8\n"), text.replace("petition", "petitiom"), "no checkpoint\n"):
        with pytest.raises(BadNote):
            verify(parse_note(f"{broken}\n{line}".encode()), [key])


def test_the_message_of_ml_dsa_is_laid_out_as_specified() -> None:
    """C2SP tlog-cosignature, `cosigned_message`: label, name, time, origin, start, end, hash."""
    key = VerifierKey("w", b"", COSIGNATURE_MLDSA, b"")
    root = bytes(range(32))
    message = cosigned_message(key, 258, f"o.example\n7\n{base64.b64encode(root).decode()}\n")
    expected = b"subtree/v1\n\0" + b"\x01w" + b"\0\0\0\0\0\0\x01\x02" + b"\x09o.example"
    assert message == expected + b"\0" * 8 + b"\0\0\0\0\0\0\0\x07" + root
