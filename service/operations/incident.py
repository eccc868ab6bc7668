"""Reporting an incident: a public text, and an entry of the log that names it (docs/log_format.md section 7.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.archive import documents
from service.errors import Refused
from service.eventlog.events import LOG_STREAM, IncidentReported
from service.eventlog.log import PetitionLog

INCIDENTS = ("outage", "late-entry", "wrong-entry", "data-loss", "disclosure", "key")
REPORT_TYPE = "text/plain; charset=utf-8"
REPORT_MAX_BYTES = 65_536


def report_incident(log: PetitionLog, kind: Any, report: bytes, now: datetime) -> str:
    """Make a report public and append the entry that names it, in one transaction; return the report's hash.

    :raises Refused: if the report is no plain text, empty or longer than 64 KiB.
    """
    check_report(report)
    with log.transaction() as connection:
        day = log.day(connection, now)
        hashed = documents.put(connection, report, REPORT_TYPE, public=True)
        version = len(log.stream(LOG_STREAM)) + 1
        log.append(IncidentReported(day=day, class_=kind, document=hashed), version)
        return hashed


def check_report(report: bytes) -> None:
    """Check that a report can become public. :raises Refused: if it is no plain text, empty or longer than 64 KiB."""
    if not report.strip() or len(report) > REPORT_MAX_BYTES:
        raise Refused("The report is empty or longer than 64 KiB: write what happened, when, and what it means.")
    try:
        report.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("The report is no text in UTF-8: save it as plain text.") from error
