"""Reporting an audit of a sample: a public text, and an entry with its figures (docs/log_format.md section 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.queries import campaign_by_id
from service.errors import Refused
from service.eventlog.events import LOG_STREAM, AuditReported
from service.eventlog.log import PetitionLog
from service.readmodel.tables import live

APPROVALS_MIN = 2  # DESIGN.md invariant 11


@dataclass(frozen=True)
class ReportAudit:
    """Report what an audit of a sample found."""

    campaign: str
    at_size: int
    sampled: int
    opened: int
    unanswered: int
    failed: int
    document: str  # hash


def describe_report(connection: sa.Connection, command: ReportAudit) -> list[str]:
    """Return what the report would say.

    :raises Refused: if its figures do not sum up, or it is about entries to come.
    :raises NotFound: if there is no such appeal, or the document is gone.
    """
    campaign = campaign_by_id(connection, command.campaign)
    found = documents.get(connection, command.document)
    if command.opened + command.unanswered + command.failed != command.sampled or command.sampled < 1:
        raise Refused("The figures do not sum up: opened, unanswered and failed together are those sampled.")
    log_size = int(connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0)
    if command.at_size > log_size:
        raise Refused(f"The log has {log_size} entries: give the size of the checkpoint that was drawn from.")
    return [
        f"The log will say of {campaign.ref} ({campaign.id}) at size {command.at_size}: {command.sampled} signatures "
        f"sampled, {command.opened} opened, {command.unanswered} unanswered, {command.failed} failed.",
        f"The report {command.document} ({len(found.bytes())} bytes) becomes public for ever.",
    ]


def report_audit(
    command: ReportAudit, log: PetitionLog, connection: sa.Connection, approvals: int, now: datetime
) -> None:
    """Make the report public and append `audit.reported`, inside a running `log.transaction()`.

    :raises Refused: if fewer than two people approved, or its figures do not sum up.
    """
    if approvals < APPROVALS_MIN:
        raise Refused("an audit is reported by two people")
    day = log.day(connection, now)
    describe_report(connection, command)
    documents.make_public(connection, [command.document])
    log.append(AuditReported(day=day, **vars(command)), len(log.stream(LOG_STREAM)) + 1)
