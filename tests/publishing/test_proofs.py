"""Proofs from the database are those of the auditor's program, at every pair of sizes; keys and cosignatures hold."""

from __future__ import annotations

import base64

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from service.audit.merkle import consistency_proof as expected_proof
from service.audit.notes import COSIGNATURE_MLDSA, VerifierKey, cosigned_message, key_id
from service.eventlog.base import Entry
from service.eventlog.merkle import leaf_hash
from service.publishing import leaves
from service.publishing.cosignatures import cosignature_in, read_cosigner_key
from service.publishing.proofs import consistency_proof
from service.readmodel.tables import live
from service.signatures.events import SignatureWithdrawn
from service.store.database import Database
from tests.audit.builder import ORIGIN, vkey
from tests.audit.witnessing import KEY

EVENT = SignatureWithdrawn(day="2026-11-25", campaign="c_0000000001", signature="A" * 22)
SIZES = (1, 2, 3, 7, 8, 9, 255, 256, 257, 511, 512, 513, 700)
CHECKPOINT = f"{ORIGIN}\n9\n{base64.b64encode(bytes(32)).decode()}\n"
NAME = "witness.example/pq"


def test_consistency_proofs_are_those_of_the_specification(database: Database) -> None:
    entries = [Entry(n + 1, "s", n + 1, "signature.withdrawn", b"leaf %d" % n, EVENT) for n in range(max(SIZES))]
    hashes = [leaf_hash(entry.leaf) for entry in entries]
    with database.write() as connection:
        connection.execute(sa.insert(live.progress).values(id=1, position=0, log_size=0))
        leaves.apply(connection, live, entries, 0)
    with database.read() as connection:
        for size in SIZES:
            assert consistency_proof(connection, 0, size) == []
            for old in (each for each in SIZES if each <= size):
                assert consistency_proof(connection, old, size) == expected_proof(old, hashes[:size]), (old, size)


def pq_line(time: int, text: str = CHECKPOINT) -> tuple[str, str]:
    """Return an ML-DSA-44 witness's key, and its signature line made by the auditor's rules."""
    private = MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    raw = private.public_key().public_bytes_raw()
    key = VerifierKey(NAME, key_id(NAME, COSIGNATURE_MLDSA, raw), COSIGNATURE_MLDSA, raw)
    value = key.id + time.to_bytes(8, "big") + private.sign(cosigned_message(key, time, text))
    pinned = f"{NAME}+{key.id.hex()}+{base64.b64encode(bytes([6]) + raw).decode()}"
    return pinned, f"\N{EM DASH} {NAME} {base64.b64encode(value).decode()}\n"


def test_a_cosignature_by_ml_dsa_is_verified() -> None:
    pinned, line = pq_line(1_700_000_000)
    key = read_cosigner_key(pinned)
    found = cosignature_in(f"other\n{line}", key, CHECKPOINT)
    assert found is not None
    assert (found.line, found.time) == (line, 1_700_000_000)
    assert cosignature_in(line, key, CHECKPOINT.replace("\n9\n", "\n8\n")) is None
    assert cosignature_in(pq_line(1, CHECKPOINT.replace("9", "8"))[1], key, CHECKPOINT) is None


def test_the_newest_of_several_is_taken() -> None:
    key = read_cosigner_key(KEY.vkey)
    lines = KEY.cosign(CHECKPOINT, 5) + KEY.cosign(CHECKPOINT, 9) + KEY.cosign(CHECKPOINT, 7)
    found = cosignature_in(lines, key, CHECKPOINT)
    assert found is not None
    assert found.time == 9


@pytest.mark.parametrize("place", range(0, 150, 7))
def test_a_changed_line_is_dropped(place: int) -> None:
    line = KEY.cosign(CHECKPOINT, 5)
    changed = line[:place] + chr(ord(line[place]) ^ 1) + line[place + 1 :] if place < len(line) else line[:-9] + "\n"
    assert cosignature_in(changed, read_cosigner_key(KEY.vkey), CHECKPOINT) is None


def test_a_time_of_more_than_63_bits_is_dropped() -> None:
    assert cosignature_in(KEY.cosign(CHECKPOINT, 2**63), read_cosigner_key(KEY.vkey), CHECKPOINT) is None
    assert cosignature_in(KEY.cosign(CHECKPOINT, 2**63 - 1), read_cosigner_key(KEY.vkey), CHECKPOINT) is not None


@pytest.mark.parametrize("text", ["", "x", vkey(ORIGIN, 1), KEY.vkey[:-4], KEY.vkey.replace("witness", "witnesz")])
def test_what_is_no_cosigners_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_cosigner_key(text)
