"""A log that grows, and requests to cosign it, as a publisher sends them."""

from __future__ import annotations

import base64
from pathlib import Path

from service.audit.merkle import consistency_proof, leaf_hash
from service.audit.notes import VerifierKey, parse_note, parse_vkey, verify
from service.audit.witness_key import WitnessKey
from service.audit.witness_rules import Answer, Witness
from service.audit.witness_state import WitnessState
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import LOG_SEED, signed_checkpoint

LEAVES = [b"entry %d" % number for number in range(300)]
FORK = [*LEAVES[:5], b"another history", *LEAVES[6:]]
KEY = WitnessKey("witness.example/w1", bytes([2]) * 32)  # the witness of the vectors
NOW = 1_700_000_000


def witness_at(folder: Path, origin: str = ORIGIN) -> Witness:
    """Return a witness whose state is in a folder, on a clock that stands."""
    return Witness(KEY, [parse_vkey(vkey(origin, LOG_SEED))], WitnessState(folder / "state.db"), lambda: NOW)


def request(old: int, size: int, leaves: list[bytes] = LEAVES, seed: int = LOG_SEED) -> bytes:
    """Return the request to cosign a log's first `size` entries, with the proof from `old`."""
    hashes = [leaf_hash(leaf) for leaf in leaves[:size]]
    proof = consistency_proof(old, hashes) if 0 < old <= size else []
    return with_proof(old, proof, signed_checkpoint(leaves[:size], seed))


def with_proof(old: int, proof: list[bytes], checkpoint: bytes) -> bytes:
    """Return a request with this proof, right or wrong."""
    lines = "".join(f"{base64.b64encode(hashed).decode()}\n" for hashed in proof)
    return f"old {old}\n{lines}\n".encode() + checkpoint


def is_cosigned(answer: Answer, body: bytes, key: VerifierKey = KEY.public) -> bool:
    """Return whether an answer holds this key's cosignature of the checkpoint in a request; raise if it fails."""
    if answer.status != 200:
        return False
    checkpoint = body.partition(b"\n\n")[2]
    return verify(parse_note(checkpoint + answer.body), [key]) == [key]
