"""What a letter rests on beside its own events, and what of that refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.errors import Refused
from service.eventlog.canonical import canonical, document_hash


@dataclass(frozen=True)
class Campaign:
    """What a letter must know of its campaign, as its row has it."""

    state: str
    text: str
    is_at_risk: bool


@dataclass(frozen=True)
class RestsOn:
    """What an approval rests on beside the letter itself, as the exact rows have it."""

    campaign: Campaign
    record: str  # hash of the addressee's current record
    status: str  # unverified verified retired
    stamps: tuple[str, ...] = ()  # "language (stamp)" of each version that must not go out; none in a demonstration
    way_is_untried: bool = False  # administrative_way.py
    authors: frozenset[str] = frozenset()  # accounts that wrote one of its texts or composed it, where that is known
    words: str = ""  # hash of what counsel reads of it: counsel.py

    def refuse_unready(self) -> None:
        """Refuse what may be composed and read but not go out: LETTERS.md sections 4 and 1.3."""
        if self.stamps:
            raise Refused(
                f"every page is stamped as a draft: {', '.join(self.stamps)}. A version is approved once its text and "
                "its labels are reviewed, a court's once counsel read it: have that done, a court's with "
                "`petition letter counsel`, and compose the letter again"
            )
        if self.way_is_untried:
            raise Refused(
                "the Turkish parliament wants the administrative way tried first: hand over a ministry_petition of "
                "this appeal, then record its answer with `petition letter answer` or wait 30 days"
            )

    def refuse_approvers(self, approvers: frozenset[str], needed: int) -> None:
        """Refuse fewer people than needed, and those of whom each wrote or composed it: LETTERS.md section 7."""
        if len(approvers) < needed:
            raise Refused("a letter is approved by two people")
        if approvers <= self.authors:
            raise Refused(
                "both who would approve the letter wrote or composed it: one of the two must have done neither, "
                "so let somebody else approve it"
            )


def words_of(text: str, wordings: Mapping[str, str]) -> str:
    """Return the SHA-256 of what counsel reads, given the hashes of the appeal's text and of the letter's wordings."""
    return document_hash(canonical({"text": text, "wordings": dict(wordings)}))
