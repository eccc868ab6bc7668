"""What a witness answers: it cosigns a checkpoint only if the log signed it and it extends the last one cosigned.

docs/log_format.md section 4; C2SP tlog-witness v1.0.0. The order of the checks is part of the protocol.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from service.audit.merkle import BadProof, root_of, verify_consistency
from service.audit.notes import BadNote, Note, VerifierKey, parse_note, strict_b64, verify
from service.audit.published import Signed, read_checkpoint_text
from service.audit.witness_key import WitnessKey
from service.audit.witness_state import Cosigned, WitnessState

HASHES_MAX = 63  # of a consistency proof; tlog-witness
PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
_OLD = re.compile("old (0|[1-9][0-9]{0,15})", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """What is sent back: status, body and its type."""

    status: int
    body: bytes
    content_type: str = PLAIN


class Declined(Exception):
    """The checkpoint is not cosigned; the answer says why."""

    def __init__(self, status: int, words: str, content_type: str = PLAIN) -> None:
        super().__init__(words)
        self.answer = Answer(status, f"{words}\n".encode(), content_type)


@dataclass(frozen=True)
class Asked:
    """A request to cosign: the size that the log believes was cosigned last, the proof from there, the checkpoint."""

    old: int
    proof: list[bytes]
    note: Note
    checkpoint: Signed


class Witness:
    """Cosigns the checkpoints of the logs whose keys it was given."""

    def __init__(
        self, key: WitnessKey, logs: Iterable[VerifierKey], state: WitnessState, clock: Callable[[], int]
    ) -> None:
        self.key, self.state, self.clock = key, state, clock
        self.logs: dict[str, list[VerifierKey]] = {}
        for log in logs:
            self.logs.setdefault(log.name, []).append(log)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answers a request with the cosignature, or with the reason why there is none."""
        try:
            asked = read_request(body)
            keys = self.logs.get(asked.checkpoint.origin)
            if keys is None:
                raise Declined(404, f"this witness does not know the log {asked.checkpoint.origin}")
            note = self._signed(asked, keys)
            if asked.old > asked.checkpoint.size:
                raise Declined(400, f"old {asked.old} is more than the checkpoint's size {asked.checkpoint.size}")
            stored = self.state.move(asked.checkpoint.origin, lambda last: self._next(last, asked, note))
        except Declined as declined:
            return declined.answer
        return Answer(200, self.key.cosign(asked.note.text, stored.time).encode())

    def last_checkpoint(self, digest: str) -> Answer:
        """Answers with the last checkpoint cosigned of the origin that has this SHA-256 (hex), cosignature included."""
        for origin in self.logs:
            if sha256(origin.encode()).hexdigest() == digest and (last := self.state.last(origin)):
                text = parse_note(last.note.encode()).text
                return Answer(200, (last.note + self.key.cosign(text, last.time)).encode())
        return Answer(404, b"nothing was cosigned of such a log\n")

    def _signed(self, asked: Asked, keys: list[VerifierKey]) -> str:
        """Gives the note with the signatures of the log's own keys and no others."""
        try:
            verify(asked.note, keys)
        except BadNote as error:
            raise Declined(403, str(error)) from error
        own = {(key.name, key.id) for key in keys}
        lines = [
            f"\N{EM DASH} {each.name} {base64.b64encode(each.id + each.value).decode()}\n"
            for each in asked.note.signatures
            if (each.name, each.id) in own
        ]
        return f"{asked.note.text}\n{''.join(dict.fromkeys(lines))}"

    def _next(self, last: Cosigned | None, asked: Asked, note: str) -> Cosigned:
        """Gives what to store, inside the transaction. :raises Declined: if it does not extend the last one."""
        size, root = asked.checkpoint.size, asked.checkpoint.root
        if asked.old != (last.size if last else 0):
            raise Declined(409, str(last.size if last else 0), SIZE)
        _check_extends(last, asked)
        time = self.clock()
        if last and time < last.time:
            # "the largest tree seen at this time" would contradict what was said for a later time
            raise Declined(503, "this witness's clock is behind its last cosignature")
        return Cosigned(size, root, time, note)


def read_request(body: bytes) -> Asked:
    """Reads a request strictly. :raises Declined: with 400, if it is malformed in any way."""
    head, gap, rest = body.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    old = _OLD.fullmatch(lines[0])
    try:
        if not gap or old is None:
            raise BadNote("a request is `old SIZE`, the proof's hashes, an empty line and a signed checkpoint")
        proof = [strict_b64(line) for line in lines[1:]]
        if len(proof) > HASHES_MAX or any(len(hashed) != 32 for hashed in proof):
            raise BadNote(f"the proof is not at most {HASHES_MAX} hashes of 32 bytes")
        note = parse_note(rest)
        return Asked(int(old[1]), proof, note, read_checkpoint_text(note.text))
    except BadNote as error:
        raise Declined(400, str(error)) from error


def _check_extends(last: Cosigned | None, asked: Asked) -> None:
    size, root = asked.checkpoint.size, asked.checkpoint.root
    if size == 0 and root != root_of([]):
        raise Declined(422, "the root of an empty log is SHA-256 of nothing")
    if last is None or last.size == 0:
        if asked.proof:
            raise Declined(422, "a proof from size 0 has no hashes")
        return
    try:
        verify_consistency((last.size, size), (last.root, root), asked.proof)
    except BadProof as error:
        raise Declined(422, f"from size {last.size} to size {size}: {error}") from error
