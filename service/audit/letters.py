"""The rules for letters (docs/log_format.md section 7.6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import UNSET

from service.audit import letter_leaves
from service.audit.campaigns import WITHDRAWN, Campaign
from service.audit.letter_documents import check_documents
from service.audit.letter_leaves import LetterComposed
from service.audit.log import Log, demand_approvals
from service.audit.problems import Refused

COMPOSED, APPROVED, HANDED_OVER, FAILED, UNCERTAIN = "composed", "approved", "handed over", "failed", "uncertain"
ACCEPTED, BOUNCED, ACKNOWLEDGED, ANSWERED = "accepted", "bounced", "acknowledged", "answered"
OVERDUE, DROPPED = "overdue", "dropped"
PARTS = ("input", "template", "fonts", "plain", "annex")  # its documents, beside the PDF
SMALLEST_NAMED = 5  # names in an annex B, if any; docs/log_format.md section 7.6


@dataclass
class Letter:
    """A letter as the entries replayed so far left it."""

    composed: LetterComposed
    state: str = COMPOSED
    attempts: int = 0  # the number of the last one
    versions: int = 0  # of the answer
    was_overdue: bool = False
    pdfs: set[str] = field(default_factory=set)  # of all its compositions
    errors: int = 0


def composed(log: Log, index: int, event: LetterComposed) -> None:
    """Applies `letter.composed`, with every claim in it. :raises Refused: if no letter may be composed here."""
    letter = log.letters.get(event.letter)
    if letter is not None and letter.state not in (COMPOSED, APPROVED, FAILED, BOUNCED):
        expected = "none, composed, approved, failed or bounced"
        raise Refused("letter", letter.state, expected, "a letter goes from state to state (section 7.6)")
    campaign = log.campaign(event.campaign)
    log.check_size(index, event.at_size)
    _demand_not_withdrawn(log, event)
    if letter is None:
        letter = log.letters[event.letter] = Letter(event)
    letter.composed, letter.state = event, COMPOSED
    letter.pdfs.add(event.pdf)
    _check_claims(log, campaign, event)
    _check_named(log, campaign, event)
    if log.documents is not None:
        check_documents(log, index, event)


def _check_claims(log: Log, campaign: Campaign, event: LetterComposed) -> None:
    compare = log.problems.compare
    compare("text", event.text, campaign.texts.at(event.at_size), "its text is current at at_size (section 7.6)")
    active = campaign.counts.at(event.at_size).active
    compare("active", event.active, active, "active counts who stood for the text at at_size (section 7.6)")
    addressee = log.addressees.get(event.addressee)
    record = addressee.document if addressee is not None else "none: never registered"
    compare("record", event.record, record, "record is the addressee's document (section 7.6)")


def _check_named(log: Log, campaign: Campaign, event: LetterComposed | letter_leaves.LetterHandedOver) -> None:
    least = max(campaign.rules.tally_min, SMALLEST_NAMED)
    if 0 < event.named < least:
        log.problems.error("named", event.named, f"0 or at least {least}", "few names would stand out (section 7.6)")
    if event.named and campaign.rules.retention == "forget":
        log.problems.error("named", event.named, 0, "with retention forget nobody can be named (section 7.6)")
    if isinstance(event, LetterComposed) and event.named > event.active:
        log.problems.error("named", event.named, f"at most {event.active}", "named <= active (section 7.6)")
    _check_present(log, "names", event.names is not UNSET, event.named > 0)


def _check_present(log: Log, name: str, found: bool, expected: bool) -> None:
    said = {True: "present", False: "absent"}
    log.problems.compare(name, said[found], said[expected], "it is there under its condition only (section 7.6)")


def approved(log: Log, index: int, event: letter_leaves.LetterApproved) -> None:
    """Applies `letter.approved`. :raises Refused: unless the letter is composed and what it rests on still holds."""
    letter = _in_state(log, event.letter, COMPOSED)
    campaign, addressee = log.campaigns[letter.composed.campaign], log.addressees.get(letter.composed.addressee)
    _demand_not_withdrawn(log, letter.composed)
    demand_approvals(event.approvals)
    letter.state = APPROVED
    compare = log.problems.compare
    compare("pdf", event.pdf, letter.composed.pdf, "what is approved is the last composed (section 7.6)")
    compare("text", letter.composed.text, campaign.texts.current, "the letter's text is still current (section 7.6)")
    verified = addressee.document if addressee is not None and addressee.verified else "none verified"
    compare("record", letter.composed.record, verified, "the addressee's record is verified (section 7.6)")
    if log.documents is not None:
        for name in PARTS:
            log.documents.publish(index, name, getattr(letter.composed, name))


def handed_over(log: Log, index: int, event: letter_leaves.LetterHandedOver) -> None:
    """Applies `letter.handed_over`. :raises Refused: if it is not to be handed over, or the attempt is wrong."""
    letter = _in_state(log, event.letter, APPROVED, FAILED, UNCERTAIN)
    was_uncertain = letter.state == UNCERTAIN
    _check_attempt(letter, event.attempt)
    letter.state, letter.attempts = HANDED_OVER, event.attempt
    if event.named > letter.composed.named:
        expected = f"at most {letter.composed.named}"
        log.problems.error("named", event.named, expected, "not more names than approved (section 7.6)")
    _check_named(log, log.campaigns[letter.composed.campaign], event)
    _check_present(log, "approvals", event.approvals is not UNSET, was_uncertain)
    if was_uncertain and event.approvals is not UNSET:
        demand_approvals(event.approvals)


def failed(log: Log, index: int, event: letter_leaves.LetterFailed) -> None:
    """Applies `letter.failed`. :raises Refused: unless it is approved, uncertain or failed, and the attempt right."""
    letter = _in_state(log, event.letter, APPROVED, UNCERTAIN, FAILED)
    _check_attempt(letter, event.attempt)
    letter.state, letter.attempts = FAILED, event.attempt


def uncertain(log: Log, index: int, event: letter_leaves.LetterUncertain) -> None:
    """Applies `letter.uncertain`. :raises Refused: unless it is approved or failed, and the attempt right."""
    letter = _in_state(log, event.letter, APPROVED, FAILED)
    _check_attempt(letter, event.attempt)
    letter.state, letter.attempts = UNCERTAIN, event.attempt


def _check_attempt(letter: Letter, attempt: int) -> None:
    expected = letter.attempts if letter.state == UNCERTAIN else letter.attempts + 1
    if attempt != expected:
        message = "attempts count 1, 2, …; an uncertain one ends under its own number (section 7.6)"
        raise Refused("attempt", attempt, expected, message)


def accepted(log: Log, index: int, event: letter_leaves.LetterAccepted) -> None:
    """Applies `letter.accepted`. :raises Refused: unless it is handed over."""
    _in_state(log, event.letter, HANDED_OVER).state = ACCEPTED


def bounced(log: Log, index: int, event: letter_leaves.LetterBounced) -> None:
    """Applies `letter.bounced`. :raises Refused: unless it is handed over or accepted."""
    _in_state(log, event.letter, HANDED_OVER, ACCEPTED).state = BOUNCED


def acknowledged(log: Log, index: int, event: letter_leaves.LetterAcknowledged) -> None:
    """Applies `letter.acknowledged`. :raises Refused: unless it is handed over, accepted or overdue."""
    _in_state(log, event.letter, HANDED_OVER, ACCEPTED, OVERDUE).state = ACKNOWLEDGED


def answered(log: Log, index: int, event: letter_leaves.LetterAnswered) -> None:
    """Applies `letter.answered`. :raises Refused: unless it went out, and the version is the next."""
    letter = _in_state(log, event.letter, HANDED_OVER, ACCEPTED, ACKNOWLEDGED, OVERDUE, ANSWERED)
    if event.version != letter.versions + 1:
        raise Refused("version", event.version, letter.versions + 1, "versions count 1, 2, … (section 7.6)")
    letter.state, letter.versions = ANSWERED, event.version


def overdue(log: Log, index: int, event: letter_leaves.LetterOverdue) -> None:
    """Applies `letter.overdue`. :raises Refused: unless it went out, the day is past, and it is the first time."""
    letter = _in_state(log, event.letter, HANDED_OVER, ACCEPTED, ACKNOWLEDGED)
    if event.day <= event.due:
        raise Refused("due", event.due, f"before {event.day}", "an answer is overdue after its day (section 7.6)")
    if letter.was_overdue:
        raise Refused("letter", "overdue before", "overdue once", "a letter is overdue once (section 7.6)")
    letter.state, letter.was_overdue = OVERDUE, True


def dropped(log: Log, index: int, event: letter_leaves.LetterDropped) -> None:
    """Applies `letter.dropped`. :raises Refused: unless it is composed, approved, failed or bounced."""
    _in_state(log, event.letter, COMPOSED, APPROVED, FAILED, BOUNCED).state = DROPPED


def _in_state(log: Log, name: str, *states: str) -> Letter:
    letter = log.letters.get(name)
    if letter is None or letter.state not in states:
        found = letter.state if letter is not None else "never composed"
        raise Refused("letter", found, " or ".join(states), "a letter goes from state to state (section 7.6)")
    return letter


def _demand_not_withdrawn(log: Log, event: LetterComposed) -> None:
    campaign = log.campaigns[event.campaign]
    if campaign.is_withdrawn:
        raise Refused("campaign", WITHDRAWN, "not withdrawn", "no letter after campaign.withdrawn (section 7.6)")
