"""Takes runs of `signature.recorded`, nearly all entries of a large log, at once and by the same rules.

Its leaf has one length, and only commitment and token differ from one supporter to the next. So what stands around
them, the *frame*, is read and judged once, as any entry is; a leaf of the same frame needs no more than those two
checked, and that its token is new. A frame is forgotten with every entry that could change what is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.audit.campaigns import Campaign, Signing
from service.audit.counts import Status
from service.audit.decoding import encode
from service.audit.leaves import SignatureRecorded
from service.audit.log import Log

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# The last character of base64url carries 4 or 2 bits only; the others must be zero (docs/log_format.md section 7).
_COMMITMENT_ENDS, _TOKEN_ENDS = b"AEIMQUYcgkosw048", b"AQgw"
_COMMITMENT_LENGTH, _TOKEN_LENGTH = 43, 22
_EXAMPLE = encode(
    SignatureRecorded(
        v=1, day="2026-01-05", campaign="c_" + 10 * "0", signature=_TOKEN_LENGTH * "A", text=64 * "0", wording=64 * "0",
        commitment=_COMMITMENT_LENGTH * "A", method="email/1",
    )
)  # fmt: skip


def _after(name: bytes) -> int:
    return _EXAMPLE.index(name) + len(name)


_COMMITMENT, _TOKEN = _after(b'"commitment":"'), _after(b'"signature":"')
_MIDDLE, _TAIL = _COMMITMENT + _COMMITMENT_LENGTH, _TOKEN + _TOKEN_LENGTH


@dataclass(frozen=True, eq=False)
class _Frame:
    campaign: Campaign
    status: Status
    signing: Signing


class Bulk:
    """The frames that signing has at the moment, and the run of leaves that fit them and wait to be taken."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._frames: dict[bytes, _Frame] = {}
        self._owners: list[_Frame] = []
        self.run: list[bytes] = []

    def fits(self, leaf: bytes) -> bool:
        """Adds a leaf to the run if its frame is known."""
        frame = self._frames.get(leaf[:_COMMITMENT] + leaf[_MIDDLE:_TOKEN] + leaf[_TAIL:])
        if frame is None:
            return False
        self._owners.append(frame)
        self.run.append(leaf)
        return True

    def learn(self, leaf: bytes, event: SignatureRecorded) -> None:
        """Keeps the frame of a leaf that was read strictly and broke no rule."""
        frame = leaf[:_COMMITMENT] + leaf[_MIDDLE:_TOKEN] + leaf[_TAIL:]
        status = self._log.signatures[event.signature]
        self._frames[frame] = _Frame(self._log.campaigns[event.campaign], status, Signing(event.day, event.text))

    def forget(self) -> None:
        """Drops all frames: something else may be allowed from here on."""
        self._frames.clear()

    def take(self, index: int) -> bool:
        """Applies the run, whose first entry is at `index`; or applies nothing if not all of it is right."""
        tokens = self._tokens()
        if tokens:
            for frame, indices in self._by_frame(index):
                frame.campaign.counts.record(indices, frame.status.text)
            if self._log.documents is not None:
                for place, (token, frame) in enumerate(zip(tokens, self._owners, strict=True), index):
                    frame.campaign.trail.append((place, token, frame.signing))
            statuses = [frame.status for frame in self._owners]
            self._log.signatures.update(zip(tokens, statuses, strict=True))
        self._owners.clear()
        return bool(tokens)

    def _tokens(self) -> list[str]:
        """Gives the run's tokens, or none if one of them or a commitment is not of its form, or a token not new."""
        commitments = b"".join([leaf[_COMMITMENT:_MIDDLE] for leaf in self.run])
        joined = b"".join([leaf[_TOKEN:_TAIL] for leaf in self.run])
        strange = (commitments + joined).translate(None, _ALPHABET)
        strange += commitments[_COMMITMENT_LENGTH - 1 :: _COMMITMENT_LENGTH].translate(None, _COMMITMENT_ENDS)
        strange += joined[_TOKEN_LENGTH - 1 :: _TOKEN_LENGTH].translate(None, _TOKEN_ENDS)
        if strange:
            return []
        text = joined.decode("ascii")
        tokens = [text[at : at + _TOKEN_LENGTH] for at in range(0, len(text), _TOKEN_LENGTH)]
        new = set(tokens)
        return tokens if len(new) == len(tokens) and self._log.signatures.keys().isdisjoint(new) else []

    def _by_frame(self, index: int) -> list[tuple[_Frame, list[int] | range]]:
        owners = self._owners
        if owners.count(owners[0]) == len(owners):
            return [(owners[0], range(index, index + len(owners)))]
        groups: dict[_Frame, list[int]] = {}
        for place, frame in enumerate(owners, index):
            groups.setdefault(frame, []).append(place)
        return list(groups.items())
