"""The dialogue with one witness about one checkpoint (docs/log_format.md section 4; C2SP tlog-witness v1.0.0)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence

from service.publishing.asking import HttpAnswer, Silent, ask
from service.publishing.cosignatures import Cosignature, cosignature_in
from service.publishing.policy import Witness
from service.publishing.signed import Checkpoint

SIZE_TYPE = "text/x.tlog.size"
TRIES_MAX = 3  # a witness that names another size each time is asked again in the next round
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,15})\n")

Prove = Callable[[int], Sequence[bytes]]
"""Gives the proof that the log of a size is a prefix of the checkpoint."""


class Contradicted(Exception):
    """The witness cosigned what this log is no extension of; `size` is what it cosigned last, if it says so."""

    def __init__(self, says: str, size: int | None = None) -> None:
        super().__init__(says)
        self.size = size


def cosign(witness: Witness, signed: Checkpoint, old: int, prove: Prove) -> Cosignature:
    """Return the witness's verified cosignature of a checkpoint; `old` is what it is believed to have cosigned last.

    :raises Contradicted: if it cosigned a larger size, or refuses our root.
    :raises Silent: if it does not answer, or with nothing that can be used.
    """
    for _ in range(TRIES_MAX):
        answer = ask(f"{witness.url}/add-checkpoint", _request(signed, old, prove(old)))
        if answer.status == 200:
            found = cosignature_in(answer.body.decode("utf-8", "replace"), witness.key, signed.text)
            if found is None:
                raise Silent("its answer holds no valid cosignature of its key")
            return found
        old = _size_to_prove_from(answer, signed, old)
    raise Silent("it names another size each time")


def _request(signed: Checkpoint, old: int, proof: Sequence[bytes]) -> bytes:
    lines = "".join(f"{base64.b64encode(hashed).decode()}\n" for hashed in proof)
    return f"old {old}\n{lines}\n{signed.note}".encode()


def _size_to_prove_from(answer: HttpAnswer, signed: Checkpoint, old: int) -> int:
    """Return the size that the witness cosigned last, if it is one of ours."""
    if answer.status == 422:
        raise Contradicted(f"it refuses that size {signed.size} extends the size {old} that it cosigned")
    found = _SIZE.fullmatch(answer.body) if answer.status == 409 and answer.content_type == SIZE_TYPE else None
    if found is None:
        raise Silent(f"it answered {answer.status}")
    size = int(found[1])
    if size > signed.size:
        raise Contradicted(f"it cosigned size {size}, and the log that is stored here has size {signed.size}", size)
    if size == old == signed.size:  # as older texts of the protocol answer
        raise Contradicted(f"it cosigned another root for size {size}")
    return size
