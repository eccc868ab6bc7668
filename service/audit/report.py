"""What a replay found, as one value that prints as JSON (docs/log_format.md section 8)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from service.audit.campaigns import Campaign
from service.audit.documents import Documents
from service.audit.leaves import Event
from service.audit.letters import Letter
from service.audit.log import Log
from service.audit.problems import Problem
from service.audit.times import CosignedSize

CLEAN, ERROR, USAGE, FINDINGS = 0, 1, 2, 3  # exit codes; docs/log_format.md section 8

# Each group of rules: its title, and what its events' types begin with.
CHECKS = (
    ("Every entry is read strictly: one event, one sequence of bytes", ("reading",)),
    (
        "Log: opened once, keys replace keys in use, two people where it takes two (7.1)",
        ("log", "key", "document", "export", "incident", "audit"),
    ),
    ("Campaigns go from state to state, texts follow each other, rules keep their limits (7.2)", ("campaign",)),
    ("Signatures: each token signs once, in its campaign's days, for its text and consent (7.3)", ("signature",)),
    ("Tallies equal the recount, and move from one to the next by nothing or at least tally_min (7.4)", ("tally",)),
    ("Addressees are registered, and verified anew when amended (7.5)", ("addressee",)),
    ("Letters: each count equals the recount, and steps come in order (7.6)", ("letter",)),
)


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """A check: to how many entries, or what else, it was applied, and how many errors that gave; or why it was not."""

    title: str
    entries: int
    errors: int
    unit: str = "entries"
    skipped: str = ""


class CampaignReport(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's state and counts at the size of the replay."""

    state: str
    text: str
    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    reasons: dict[str, int]  # of those that are invalidated
    by_text: dict[str, int]  # active ones by the text that they signed last


class LetterReport(msgspec.Struct, frozen=True, kw_only=True):
    """A letter's state, its last claim, and the errors in its entries."""

    state: str
    campaign: str
    addressee: str
    kind: str
    at_size: int
    active: int
    named: int
    pdf: str
    errors: int


class AddresseeReport(msgspec.Struct, frozen=True, kw_only=True):
    """An addressee's current record."""

    document: str
    verified: int  # 1 or 0
    retired: str


class DocumentsReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents were at hand; without a folder none was looked for."""

    right: int
    missing: int
    removed: int
    inputs_checked: int
    inputs_missing: int


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a replay found; `errors` and `findings` list at most 100 each, the totals count all."""

    size: int
    root: str
    origin: str
    newest_day: str
    log_keys: list[str]  # ids of the keys that may sign checkpoints at this size
    promise_keys: list[str]  # the keys whose promises bind the log
    campaigns: dict[str, CampaignReport]
    letters: dict[str, LetterReport]
    addressees: dict[str, AddresseeReport]
    checks: list[Check]
    error_count: int
    finding_count: int
    errors: list[Problem]
    findings: list[Problem]
    documents: DocumentsReport | None = None
    cosigned: list[CosignedSize] = []  # what witnesses said of this log, by size

    @property
    def exit_code(self) -> int:
        """The exit code that says the same: errors before findings."""
        if self.error_count:
            return ERROR
        return FINDINGS if self.finding_count else CLEAN

    def as_json(self) -> str:
        """Writes the report as one line of JSON, keys sorted."""
        return msgspec.json.encode(self, order="sorted").decode()


def report_on(log: Log, counted: Mapping[type[Event], int]) -> Report:
    """Draws up the report of a replayed log; `counted` is the number of readable entries of each type."""
    return Report(
        size=len(log.tree),
        root=base64.b64encode(log.tree.root()).decode(),
        origin=log.origin,
        newest_day=log.newest_day,
        log_keys=log.keys_in_use("log"),
        promise_keys=[held.text for held in log.keys["promise"]],
        campaigns={name: _campaign(campaign) for name, campaign in log.campaigns.items()},
        letters={name: _letter(letter) for name, letter in log.letters.items()},
        addressees={
            name: AddresseeReport(document=known.document, verified=int(known.verified), retired=known.retired)
            for name, known in log.addressees.items()
        },
        checks=_checks(log, counted),
        error_count=log.problems.error_count,
        finding_count=log.problems.finding_count,
        errors=log.problems.errors,
        findings=log.problems.findings,
        documents=_documents(log.documents) if log.documents is not None else None,
    )


def _campaign(campaign: Campaign) -> CampaignReport:
    reasons = {reason: number for reason, number in sorted(campaign.counts.reasons.items()) if number}
    text, counts = campaign.texts.current, campaign.counts.now()._asdict()
    by_text = {text: number for text, number in sorted(campaign.counts.by_text.items()) if number}
    return CampaignReport(state=campaign.state, text=text, reasons=reasons, by_text=by_text, **counts)


def _letter(letter: Letter) -> LetterReport:
    names = ("campaign", "addressee", "kind", "at_size", "active", "named", "pdf")
    claims: dict[str, Any] = {name: getattr(letter.composed, name) for name in names}
    return LetterReport(state=letter.state, errors=letter.errors, **claims)


def _checks(log: Log, counted: Mapping[type[Event], int]) -> list[Check]:
    entries: dict[str, int] = {"reading": len(log.tree)}
    for kind, number in counted.items():
        beginning = str(kind.__struct_config__.tag).partition(".")[0]
        entries[beginning] = entries.get(beginning, 0) + number
    errors = log.problems.errors_by_check
    return [
        Check(title, sum(entries.get(name, 0) for name in names), sum(errors.get(name, 0) for name in names))
        for title, names in CHECKS
    ]


def _documents(documents: Documents) -> DocumentsReport:
    removed = documents.missing & documents.removed
    return DocumentsReport(
        right=len(documents.right),
        missing=len(documents.missing - removed),
        removed=len(removed),
        inputs_checked=documents.inputs_checked,
        inputs_missing=documents.inputs_missing,
    )
