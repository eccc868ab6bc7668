"""Facts about the log and the service themselves: docs/log_format.md section 7.1."""

from __future__ import annotations

from typing import Literal

import msgspec

from service.eventlog.base import CampaignId, Event, Hash, N, Vkey

LOG_STREAM = "log"


class _OfLog(Event, frozen=True, kw_only=True):
    @property
    def stream(self) -> str:
        """Return the one stream of the log's own events."""
        return LOG_STREAM


class LogOpened(_OfLog, frozen=True, kw_only=True, tag="log.opened"):
    """The log began, under this origin and these keys. Always entry 0."""

    origin: str
    log_key: Vkey
    promise_key: Vkey


class KeyRotated(_OfLog, frozen=True, kw_only=True, tag="key.rotated"):
    """A key was replaced by another."""

    role: Literal["log", "promise"]
    key: Vkey
    replaces: str
    reason: Literal["planned", "lost", "stolen"]


class DocumentRemoved(_OfLog, frozen=True, kw_only=True, tag="document.removed"):
    """A document was taken down; its hash stays."""

    document: Hash
    reason: Literal["court-order", "person", "rights", "unlawful", "mistake"]
    approvals: N


class ExportMade(_OfLog, frozen=True, kw_only=True, tag="export.made"):
    """Data left the service."""

    campaign: CampaignId
    scope: Literal["names-addressee", "names-public", "counts", "audit-sample"]
    recipient: Literal["addressee", "auditor", "court", "organizer"]
    at_size: N
    approvals: N


class IncidentReported(_OfLog, frozen=True, kw_only=True, tag="incident.reported"):
    """Something went wrong and is told."""

    class_: Literal["outage", "late-entry", "wrong-entry", "data-loss", "disclosure", "key"] = msgspec.field(
        name="class"
    )
    document: Hash


class AuditReported(_OfLog, frozen=True, kw_only=True, tag="audit.reported"):
    """A sample of signatures was audited."""

    campaign: CampaignId
    at_size: N
    sampled: N
    opened: N
    unanswered: N
    failed: N
    document: Hash
