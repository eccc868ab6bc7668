"""What the replay knows of the log so far, and the rules for the log's own events (docs/log_format.md section 7.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from service.audit import leaves
from service.audit.days import days_between
from service.audit.merkle import Tree
from service.audit.notes import ED25519, VerifierKey, parse_vkey
from service.audit.problems import Problems, Refused

if TYPE_CHECKING:
    from service.audit.addressees import Addressee
    from service.audit.campaigns import Campaign
    from service.audit.counts import Status
    from service.audit.documents import Documents
    from service.audit.letters import Letter

BOTH_SIGN_DAYS = 90  # docs/log_format.md section 6: a key replaced as planned signs for so long beside the new one
TWO_PEOPLE = 2  # approvals


@dataclass
class KeyInUse:
    """A key of the log, and the day on which it was replaced as planned, if it was."""

    key: VerifierKey
    text: str  # the key as it stands in the log
    replaced: str = ""


class LastDays(NamedTuple):
    """What the first cosignature that covers an entry says of its day: the last one, with 15 minutes more, and when."""

    day: str
    with_grace: str
    moment: str


@dataclass
class Log:
    """The state of the log after the entries replayed so far."""

    problems: Problems = field(default_factory=Problems)
    origin: str = ""
    keys: dict[str, list[KeyInUse]] = field(default_factory=lambda: {"log": [], "promise": []})
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    signatures: dict[str, Status] = field(default_factory=dict)
    addressees: dict[str, Addressee] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    referred: set[str] = field(default_factory=set)  # hashes of documents named so far
    newest_day: str = ""  # of all events
    newest_ordinary_day: str = ""  # of all events but those of signatures
    last_days: LastDays | None = None  # of the entry that is replayed; nothing if no cosignature is known to cover it
    days_after_seen: int = 0  # errors: entries whose day began after a witness saw them
    tree: Tree = field(default_factory=Tree)
    documents: Documents | None = None

    def campaign(self, name: str) -> Campaign:
        """Finds a campaign. :raises Refused: if none of this id was opened."""
        campaign = self.campaigns.get(name)
        if campaign is None:
            raise Refused("campaign", name, "a campaign opened before", "an event belongs to a campaign (section 7.2)")
        return campaign

    def check_size(self, index: int, at_size: int) -> None:
        """Checks that a claim is about a prefix of the log. :raises Refused: if it is about entries to come."""
        if at_size > index:
            raise Refused("at_size", at_size, f"at most {index}", "an event at index i has at_size <= i (section 7)")

    def keys_in_use(self, role: str) -> list[str]:
        """Gives the ids of the keys that may sign on the newest day."""
        return [held.key.id.hex() for held in self.keys[role] if _is_in_use(held, self.newest_ordinary_day)]


def demand_approvals(found: int) -> None:
    """Checks that two people approved. :raises Refused: if fewer did."""
    if found < TWO_PEOPLE:
        raise Refused("approvals", found, f"at least {TWO_PEOPLE}", "this needs two people (section 7)")


def opened(log: Log, index: int, event: leaves.LogOpened) -> None:
    """Applies `log.opened`, which the replay takes at index 0 only (docs/log_format.md section 7.1)."""
    log.origin = event.origin
    for role, text in (("log", event.log_key), ("promise", event.promise_key)):
        key = parse_vkey(text)
        _check_name(log, f"{role}_key", key, role)
        log.keys[role] = [KeyInUse(key, text)]


def key_rotated(log: Log, index: int, event: leaves.KeyRotated) -> None:
    """Applies `key.rotated` (docs/log_format.md sections 6 and 7.1). :raises Refused: if it replaces no key in use."""
    keys = log.keys[event.role]
    in_use = {held.key.id.hex(): held for held in keys if _is_in_use(held, event.day)}
    old, new = in_use.get(event.replaces), parse_vkey(event.key)
    if old is None:
        raise Refused("replaces", event.replaces, sorted(in_use), "it replaces a key in use (section 7.1)")
    if new.id.hex() in in_use:
        raise Refused("key", event.key, "a new key", "a key is rotated to a new one (section 7.1)")
    _check_name(log, "key", new, event.role)
    if event.reason == "planned":
        old.replaced = old.replaced or event.day
    else:
        keys.remove(old)
    keys.append(KeyInUse(new, event.key))


def _is_in_use(held: KeyInUse, day: str) -> bool:
    return not held.replaced or days_between(held.replaced, day) <= BOTH_SIGN_DAYS


def _check_name(log: Log, field_name: str, key: VerifierKey, role: str) -> None:
    expected = log.origin if role == "log" else f"{log.origin}/promise"
    log.problems.compare(field_name, key.name, expected, "a key is named after the log's origin (sections 3 and 5)")
    log.problems.compare(field_name, key.algorithm, ED25519, "the log signs with Ed25519, algorithm 1 (section 3)")


def document_removed(log: Log, index: int, event: leaves.DocumentRemoved) -> None:
    """Applies `document.removed` (docs/log_format.md section 7.1). :raises Refused: if nothing named the document."""
    if event.document not in log.referred:
        message = "what is removed was referred to before (section 7.1)"
        raise Refused("document", event.document, "a hash in an earlier entry", message)
    demand_approvals(event.approvals)
    if log.documents is not None:
        log.documents.removed.add(event.document)


def export_made(log: Log, index: int, event: leaves.ExportMade) -> None:
    """Checks `export.made` (docs/log_format.md section 7.1). :raises Refused: if names left with one person's word."""
    log.campaign(event.campaign)
    log.check_size(index, event.at_size)
    if event.scope != "counts":
        demand_approvals(event.approvals)


def incident_reported(log: Log, index: int, event: leaves.IncidentReported) -> None:
    """Accepts `incident.reported`: its fields say all that can be checked (docs/log_format.md section 7.1)."""


def audit_reported(log: Log, index: int, event: leaves.AuditReported) -> None:
    """Checks `audit.reported` (docs/log_format.md section 7.1). :raises Refused: if its parts do not sum up."""
    log.campaign(event.campaign)
    log.check_size(index, event.at_size)
    parts = event.opened + event.unanswered + event.failed
    if parts != event.sampled:
        raise Refused("sampled", event.sampled, parts, "opened + unanswered + failed = sampled (section 7.1)")
