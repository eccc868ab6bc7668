"""Facts about addressees and letters: docs/log_format.md sections 7.5 and 7.6."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from service.eventlog.base import CampaignId, Commitment, Day, Event, Hash, Lang, LetterId, N, Slug

Kind = Literal["ministry_petition", "court_open_letter", "embassy_copy", "un_communication", "parliament"]
Channel = Literal["email", "post", "kep", "web_form", "by_hand"]
CounselOn = Literal["review", "names"]  # a court's letter as it reads · naming signers who may be at risk
RetireReason = Literal["closed", "merged", "wrong"]


class AddresseeEvent(Event, frozen=True, kw_only=True):
    """An event of an addressee's stream."""

    addressee: Slug

    @property
    def stream(self) -> str:
        """Return the stream's id: slugs and other ids share one table."""
        return f"addressee:{self.addressee}"


class AddresseeRegistered(AddresseeEvent, frozen=True, kw_only=True, tag="addressee.registered"):
    """An office was entered in the register."""

    document: Hash


class AddresseeAmended(AddresseeEvent, frozen=True, kw_only=True, tag="addressee.amended"):
    """The record of an office changed; it has to be verified anew."""

    document: Hash
    replaces: Hash


class AddresseeVerified(AddresseeEvent, frozen=True, kw_only=True, tag="addressee.verified"):
    """Two people checked the record against the office's own page."""

    document: Hash


class AddresseeRetired(AddresseeEvent, frozen=True, kw_only=True, tag="addressee.retired"):
    """The office is written to no more."""

    reason: RetireReason


class LetterEvent(Event, frozen=True, kw_only=True):
    """An event of a letter's stream."""

    letter: LetterId

    @property
    def stream(self) -> str:
        """Return the letter's id."""
        return self.letter


class InternalLetterEvent(LetterEvent, frozen=True, kw_only=True):
    """An event of a letter's stream that is never published: it would show an opponent what is planned."""

    PUBLIC: ClassVar[bool] = False


class LetterDrafted(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.drafted"):
    """A milestone or a missing answer raised a draft; nobody is written to without composing and approving it."""

    campaign: CampaignId
    addressee: Slug
    kind: Kind


class LetterQueued(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.queued"):
    """The letter waits for the worker, which hands it over."""

    channel: Literal["email"]


class LetterRecalled(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.recalled"):
    """The letter waits no more; its hand-over had not begun."""

    reason: Literal["organizer", "text", "campaign", "record"]


class LetterHandoverStarted(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.handover_started"):
    """A worker took the letter to hand it over; `message` is the SHA-256 of the mail's Message-ID."""

    attempt: N
    message: Hash


class LetterCounselRecorded(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.counsel_recorded"):
    """Counsel read the letter's words, or consents to naming signers at risk; who that is stands sealed in evidence.

    `words` is the SHA-256 of the appeal's text and the letter's wordings that counsel read, by their hashes.
    """

    about: CounselOn
    words: Hash
    evidence: Hash


class LetterNamesAllowed(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.names_allowed"):
    """Two people, after counsel, let the letter name signers of an appeal at risk."""

    words: Hash
    approvals: N


class LetterNamesReduced(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.names_reduced"):
    """Annex B was made anew without those who left it; how many it names now, and its new commitment."""

    named: N
    names: Commitment | msgspec.UnsetType = msgspec.UNSET


class LetterPackageOpened(InternalLetterEvent, frozen=True, kw_only=True, tag="letter.package_opened"):
    """The addressee fetched the package with annex B, the how manieth time, and how many it named."""

    access: N
    named: N


class LetterComposed(LetterEvent, frozen=True, kw_only=True, tag="letter.composed"):
    """The letter was made at a log size; what it claims and the hashes of what was made."""

    campaign: CampaignId
    addressee: Slug
    record: Hash
    kind: Kind
    language: Lang
    at_size: N
    text: Hash
    active: N
    input: Hash
    template: Hash
    fonts: Hash
    engine: str
    pdf: Hash
    pdf_bytes: N
    plain: Hash
    annex: Hash
    named: N
    names: Commitment | msgspec.UnsetType = msgspec.UNSET


class LetterApproved(LetterEvent, frozen=True, kw_only=True, tag="letter.approved"):
    """Two people approved the letter as it was last composed."""

    approvals: N
    pdf: Hash


class LetterHandedOver(LetterEvent, frozen=True, kw_only=True, tag="letter.handed_over"):
    """The transport took the letter."""

    channel: Channel
    attempt: N
    evidence: Hash
    named: N
    names: Commitment | msgspec.UnsetType = msgspec.UNSET
    approvals: N | msgspec.UnsetType = msgspec.UNSET


class LetterFailed(LetterEvent, frozen=True, kw_only=True, tag="letter.failed"):
    """The letter is known not to have gone."""

    attempt: N
    class_: Literal["temporary", "permanent"] = msgspec.field(name="class")


class LetterUncertain(LetterEvent, frozen=True, kw_only=True, tag="letter.uncertain"):
    """Nobody knows whether the letter went."""

    attempt: N


class LetterAccepted(LetterEvent, frozen=True, kw_only=True, tag="letter.accepted"):
    """The addressee's mail server took the letter."""

    evidence: Hash


class LetterBounced(LetterEvent, frozen=True, kw_only=True, tag="letter.bounced"):
    """The letter came back."""

    evidence: Hash


class LetterAcknowledged(LetterEvent, frozen=True, kw_only=True, tag="letter.acknowledged"):
    """The addressee gave it a file number."""

    evidence: Hash


class LetterAnswered(LetterEvent, frozen=True, kw_only=True, tag="letter.answered"):
    """The addressee answered; every version is kept."""

    outcome: Literal["interim", "answer", "refusal", "transfer", "correction"]
    version: N
    document: Hash


class LetterOverdue(LetterEvent, frozen=True, kw_only=True, tag="letter.overdue"):
    """The day by which an answer was due has passed."""

    due: Day


class LetterDropped(LetterEvent, frozen=True, kw_only=True, tag="letter.dropped"):
    """The letter will not be sent."""

    reason: Literal["abandoned", "replaced"]
