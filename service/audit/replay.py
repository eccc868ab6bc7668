"""Replays a log: every entry in order, under every rule of docs/log_format.md section 7."""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from service.audit import addressees, campaigns, leaves, letter_leaves, letters, log, signatures, tallies
from service.audit.decoding import HASH_FIELDS, decode, type_of
from service.audit.documents import Documents
from service.audit.leaves import Event, SignatureEvent
from service.audit.log import Log
from service.audit.merkle import Tree
from service.audit.problems import Problems, Refused
from service.audit.report import Report, report_on

_SIGNATURE_EVENTS = frozenset(typing.get_args(SignatureEvent))
# a letter's documents are public from its approval on, an answer's once two people release it (section 7.6)
_SEALED_FIRST = (letter_leaves.LetterComposed, letter_leaves.LetterAnswered)
_NEVER_SHOWN = ("evidence",)  # sealed records: their hash fixes them, nobody can check them (section 7.6)

Rule = Callable[[Log, int, Any], None]
RULES: dict[type[Event], Rule] = {
    leaves.LogOpened: log.opened,
    leaves.KeyRotated: log.key_rotated,
    leaves.DocumentRemoved: log.document_removed,
    leaves.ExportMade: log.export_made,
    leaves.IncidentReported: log.incident_reported,
    leaves.AuditReported: log.audit_reported,
    leaves.CampaignOpened: campaigns.opened,
    leaves.CampaignTextCorrected: campaigns.text_corrected,
    leaves.CampaignTextReplaced: campaigns.text_replaced,
    leaves.CampaignTranslationPublished: campaigns.translation_published,
    leaves.CampaignWordingPublished: campaigns.wording_published,
    leaves.CampaignExtended: campaigns.extended,
    leaves.CampaignClosed: campaigns.closed,
    leaves.CampaignReopened: campaigns.reopened,
    leaves.CampaignWithdrawn: campaigns.withdrawn,
    leaves.CampaignSealed: campaigns.sealed,
    leaves.CampaignOutcomeRecorded: campaigns.outcome_recorded,
    leaves.CampaignUpdatePosted: campaigns.update_posted,
    leaves.SignatureRecorded: signatures.recorded,
    leaves.SignatureRenewed: signatures.renewed,
    leaves.SignatureWithdrawn: signatures.withdrawn,
    leaves.SignatureInvalidated: signatures.invalidated,
    leaves.SignatureReinstated: signatures.reinstated,
    leaves.TallyPublished: tallies.published,
    leaves.AddresseeRegistered: addressees.registered,
    leaves.AddresseeAmended: addressees.amended,
    leaves.AddresseeVerified: addressees.verified,
    leaves.AddresseeRetired: addressees.retired,
    letter_leaves.LetterComposed: letters.composed,
    letter_leaves.LetterApproved: letters.approved,
    letter_leaves.LetterHandedOver: letters.handed_over,
    letter_leaves.LetterFailed: letters.failed,
    letter_leaves.LetterUncertain: letters.uncertain,
    letter_leaves.LetterAccepted: letters.accepted,
    letter_leaves.LetterBounced: letters.bounced,
    letter_leaves.LetterAcknowledged: letters.acknowledged,
    letter_leaves.LetterAnswered: letters.answered,
    letter_leaves.LetterOverdue: letters.overdue,
    letter_leaves.LetterDropped: letters.dropped,
}


def replay(lines: Iterable[bytes], documents: Path | None = None) -> Report:
    """Replays the entries, one leaf a line (its newline may be there or not), and reports what they add up to.

    A line that cannot be read, or that comes at the wrong moment, changes nothing; the replay goes on with the next
    one. `documents` is a folder of documents named by their SHA-256.
    """
    state = _new_log(documents)
    counted: Counter[type[Event]] = Counter()
    for index, line in enumerate(lines):
        leaf = line.removesuffix(b"\n")
        state.tree.append(leaf)
        kind: type[Event] | None = None
        try:
            event = decode(leaf)
            kind = type(event)
            counted[kind] += 1
            if kind in _SIGNATURE_EVENTS:
                _apply_signature(state, index, event)
            else:
                _apply_ordinary(state, index, event)
        except Refused as refused:
            state.problems.begin(index, _check_of(kind))
            state.problems.refuse(refused)
    campaigns.check_unsealed(state)
    if state.documents is not None:
        state.documents.check_missing()
    return report_on(state, counted)


def _new_log(documents: Path | None) -> Log:
    problems = Problems()
    if documents is None:
        return Log(problems)
    return Log(problems, tree=Tree(keep_leaves=True), documents=Documents(documents, problems))


def _apply_signature(state: Log, index: int, event: Any) -> None:
    # This runs millions of times: what only other events need is not done here.
    RULES[type(event)](state, index, event)
    if event.day > state.newest_day:
        state.newest_day = event.day
    if state.documents is not None:
        state.campaigns[event.campaign].trail.append((index, event))


def _apply_ordinary(state: Log, index: int, event: Event) -> None:
    problems = state.problems
    problems.begin(index, _check_of(type(event)))
    if (index == 0) != isinstance(event, leaves.LogOpened):
        raise Refused("type", type_of(event), "log.opened at index 0 only", "a log is opened first (section 7.1)")
    if event.day < state.newest_ordinary_day:
        message = "days of events that are no signatures never decrease (section 7.3)"
        problems.error("day", event.day, f"{state.newest_ordinary_day} or later", message)
    state.newest_ordinary_day = max(state.newest_ordinary_day, event.day)
    state.newest_day = max(state.newest_day, event.day)
    errors_before = problems.error_count
    try:
        RULES[type(event)](state, index, event)
    except Refused as refused:
        problems.refuse(refused)
    else:
        _refer(state, index, event)
    _blame_letter(state, event, errors_before)


def _blame_letter(state: Log, event: Event, errors_before: int) -> None:
    letter = state.letters.get(getattr(event, "letter", ""))
    if letter is not None:
        letter.errors += state.problems.error_count - errors_before


def _refer(state: Log, index: int, event: Event) -> None:
    for name in HASH_FIELDS[type(event)]:
        document = getattr(event, name)
        state.referred.add(document)
        if state.documents is not None and name not in _NEVER_SHOWN:
            state.documents.check(name, document)
            # What a composed letter consists of is not public before the letter is approved.
            if not isinstance(event, _SEALED_FIRST):
                state.documents.publish(index, name, document)


def _check_of(kind: type[Event] | None) -> str:
    return str(kind.__struct_config__.tag).partition(".")[0] if kind is not None else "reading"
