"""Replays a log: every entry in order, under every rule of docs/log_format.md section 7."""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from service.audit import addressees, campaigns, leaves, letter_leaves, letters, log, signatures, tallies
from service.audit.bulk import Bulk
from service.audit.campaigns import Signing
from service.audit.decoding import HASH_FIELDS, decode, type_of
from service.audit.documents import Documents, in_folder
from service.audit.leaves import Event, SignatureEvent, SignatureRecorded
from service.audit.log import LastDays, Log
from service.audit.merkle import Tree
from service.audit.problems import Problems, Refused
from service.audit.report import Report, report_on
from service.audit.times import CLOCKS_DIFFER_S, Limits, day_at, moment

_SIGNATURE_EVENTS = frozenset(typing.get_args(SignatureEvent))
LEAVES_AT_ONCE = 4_096
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

    `documents` is a folder of documents named by their SHA-256.
    """
    replayed, rest = Replay(in_folder(documents) if documents is not None else None), iter(lines)
    while some := [line.removesuffix(b"\n") for line in islice(rest, LEAVES_AT_ONCE)]:
        replayed.feed(some)
    return replayed.report()


class Replay:
    """A log as it is replayed, a part at a time.

    What cannot be read, or comes at the wrong moment, changes nothing; the replay goes on with the next entry.
    """

    def __init__(
        self,
        documents: Callable[[str], bytes | None] | None = None,
        limits: Limits | None = None,
        *,
        keep_leaves: bool = False,
    ) -> None:
        problems = Problems()
        keep = Documents(documents, problems) if documents is not None else None
        self.log = Log(problems, tree=Tree(keep_leaves=keep_leaves or keep is not None), documents=keep)
        self.size = 0
        self.days: list[tuple[int, str]] = []  # each newest day in the log, and the entry with which it began
        self._limits = limits or Limits()
        self._limited_to: int | None = 0  # up to which size the present limit of days holds; None: for ever
        self._counted: Counter[type[Event]] = Counter()
        self._bulk = Bulk(self.log)

    def feed(self, leaves: Sequence[bytes]) -> None:
        """Replays the next entries."""
        self.log.tree.extend(leaves)
        while leaves:
            if self.size == self._limited_to:
                self._limit_days()
            until = len(leaves) if self._limited_to is None else self._limited_to - self.size
            self._feed(leaves[:until])
            leaves = leaves[until:]

    def _limit_days(self) -> None:
        time = self._limits.covered_by(self.size)
        self._limited_to = self._limits.next_change(self.size)
        if time is not None:
            self.log.last_days = LastDays(day_at(time), day_at(time + CLOCKS_DIFFER_S), moment(time))
        else:
            self.log.last_days = None
        # Limits only ever loosen as the log grows, so what a run may hold stays right.

    def _feed(self, leaves: Sequence[bytes]) -> None:
        fits, run = self._bulk.fits, self._bulk.run
        for leaf in leaves:
            if not fits(leaf):
                if run:
                    self._take(run)
                self._apply(leaf)
        if run:
            self._take(run)

    def report(self) -> Report:
        """Ends the replay and reports what its entries add up to."""
        campaigns.check_unsealed(self.log)
        if self.log.documents is not None:
            self.log.documents.check_missing()
        return report_on(self.log, self._counted)

    def _take(self, run: list[bytes]) -> None:
        if self._bulk.take(self.size):
            self.size += len(run)
            self._counted[SignatureRecorded] += len(run)
        else:
            for leaf in run:
                self._apply(leaf)
        run.clear()

    def _apply(self, leaf: bytes) -> None:
        state, index = self.log, self.size
        kind: type[Event] | None = None
        try:
            event = decode(leaf)
            kind = type(event)
            self._counted[kind] += 1
            if kind in _SIGNATURE_EVENTS:
                self._apply_signature(index, leaf, event)
            else:
                self._bulk.forget()
                _apply_ordinary(state, index, event)
        except Refused as refused:
            state.problems.begin(index, _check_of(kind))
            state.problems.refuse(refused)
        if state.newest_day and (not self.days or self.days[-1][1] != state.newest_day):
            self.days.append((index, state.newest_day))
        self.size += 1

    def _apply_signature(self, index: int, leaf: bytes, event: Any) -> None:
        state, noted = self.log, self.log.problems.finding_count
        RULES[type(event)](state, index, event)
        if event.day > state.newest_day:
            state.newest_day = event.day
            self._bulk.forget()
        if state.documents is not None:
            state.campaigns[event.campaign].trail.append((index, event.signature, _step(event)))
        if type(event) is SignatureRecorded and state.problems.finding_count == noted:
            self._bulk.learn(leaf, event)


def _step(event: SignatureEvent) -> Signing | bool:
    if isinstance(event, leaves.SignatureRecorded | leaves.SignatureRenewed):
        return Signing(event.day, event.text)
    return isinstance(event, leaves.SignatureReinstated)


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
