"""What is kept for a time only, and how much of it is past its time (PRIVACY.md section 2)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click
import sqlalchemy as sa

from service.campaigns.exact import due_for_sealing
from service.campaigns.queries import campaigns
from service.clock import day_of
from service.desk.retention import ACCOUNT_KEPT_DAYS, RECORD_KEPT_DAYS, REQUEST_KEPT_DAYS, writers_past_their_time
from service.desk.tables import access_record, account, request
from service.eventlog.log import PetitionLog
from service.letters.evidence_end import KEPT_YEARS, past_its_time
from service.letters.links import LOCKED_AFTER_DAYS
from service.letters.tables import letter_evidence
from service.operations.backup_check import old_backups
from service.operations.backup_manifest import OF_USE_DAYS
from service.outbox.flood import PERIOD_H
from service.store.author_tables import letter_composer, text_writer
from service.store.mail_tables import mailed, subscriber
from service.store.tables import (
    audit_sample,
    campaign,
    campaign_key,
    erasure,
    mine,
    outbox,
    pending,
    record,
    renewal,
    signature,
    waiting,
)
from service.vault.erasure import KEPT_DAYS
from service.vault.tables import letter_annex, letter_erased, letter_name, letter_package

GRACE = timedelta(hours=1)  # the worker deletes every half minute; a day later doctor complains, too
UNTIL_SEALED = (
    ("confirmed, not yet recorded", waiting),
    ("names and addresses", record),
    ("states of signatures", signature),
    ("who was asked to renew", renewal),
    ("annexes with names", letter_annex),
    ("who is named in a letter", letter_name),
    ("erasures to be told", letter_erased),
    ("own links", mine),
    ("token keys", campaign_key),
    ("news subscriptions", subscriber),
)


@dataclass(frozen=True)
class Kept:
    """Rows of one kind: how many there are, how many are past their time, and when that is."""

    what: str
    rows: int
    late: int
    until: str


@click.group()
def retention() -> None:
    """What is kept for a time only. Example: petition retention status"""


@retention.command()
@click.pass_obj
def status(services: Any) -> None:
    """List what is kept, until when, and what is past its time; exit 1 if anything is.

    Example: petition retention status
    """
    now = services.clock.now()
    with services.database.read() as connection:
        found = list(kept(connection, services.log, now))
        ended = [one for one in campaigns(connection) if one.state in ("closed", "withdrawn")]
    for each in found:
        click.echo(f"{each.what:<34}{each.rows:>9} kept{each.late:>9} late   until {each.until}")
    if (folder := services.settings.backup_dir) is not None:
        for name in old_backups(folder, now):
            click.echo(f"{name}: older than {OF_USE_DAYS} days, of use for the log alone")
    for one in ended:
        click.echo(f"{one.ref}: ended on {one.ended}, sealed from {one.sealed_from} on")
    sys.exit(1 if any(each.late for each in found) else 0)


def kept(connection: sa.Connection, log: PetitionLog, now: datetime) -> Iterator[Kept]:
    """Yield each kind of row that is kept for a time only."""
    overdue_s, oldest = int((now - GRACE).timestamp()), day_of(now - timedelta(days=KEPT_DAYS + 1))
    due = due_for_sealing(connection, now, late_days=1)
    sealed_late = sa.select(campaign.c.id).where(campaign.c.ref.in_(due))

    def of(what: str, table: sa.Table, late: sa.ColumnElement[bool], until: str, *which: Any) -> Kept:
        counted = sa.select(sa.func.count()).select_from(table).where(*which)
        past = connection.execute(counted.where(late)).scalar_one()
        return Kept(what, connection.execute(counted).scalar_one(), past, until)

    yield of("forms and used links", pending, pending.c.expires <= overdue_s, "72 hours")
    yield of("messages to be sent", outbox, outbox.c.expires <= overdue_s, "sent, at most 72 hours")
    waits = mine.c.kept_until.is_not(None)
    yield of("openings that wait", mine, mine.c.kept_until <= overdue_s, "shown, at most 24 hours", waits)
    yield of("audit samples", audit_sample, audit_sample.c.expires <= overdue_s, "fetched, at most 7 days")
    packed, is_open = letter_package.c.opened_at, ~letter_package.c.locked
    latest = overdue_s - LOCKED_AFTER_DAYS * 86_400
    until = f"received, at most {LOCKED_AFTER_DAYS} days after it is fetched"
    yield of("packages with names", letter_package, packed.between(1, latest), until, is_open)
    for what, table in UNTIL_SEALED:
        yield of(what, table, table.c.campaign.in_(sealed_late), "30 days after the appeal ends")
    oldest_hour = int((now - GRACE).timestamp()) // 3_600 - PERIOD_H
    yield of("mails counted by address", mailed, mailed.c.newest <= oldest_hour, f"{PERIOD_H} hours")
    yield of("journal of erasures", erasure, erasure.c.day < oldest, f"{KEPT_DAYS} days")
    for what, table, late, days, which in _of_desk(now - timedelta(days=1)):
        yield of(what, table, late, f"{days} days", *which)
    old = letter_evidence.c.letter.in_(past_its_time(connection, log, day_of(now - timedelta(days=1))))
    yield of("evidence of letters", letter_evidence, old, f"{KEPT_YEARS} years after the appeal is sealed")


def _of_desk(now: datetime) -> Iterator[tuple[str, sa.Table, sa.ColumnElement[bool], int, list[Any]]]:
    """Yield what the desk keeps: its name, table, what is past its time, days, and which rows it is about."""
    oldest = day_of(now - timedelta(days=RECORD_KEPT_DAYS))
    closed = account.c.closed <= day_of(now - timedelta(days=ACCOUNT_KEPT_DAYS))
    asked = request.c.asked_at <= int((now - timedelta(days=REQUEST_KEPT_DAYS)).timestamp())
    yield "closed accounts", account, closed, ACCOUNT_KEPT_DAYS, [account.c.state == "closed"]
    yield "requests of two people", request, asked, REQUEST_KEPT_DAYS, []
    yield "record of access", access_record, access_record.c.day < oldest, RECORD_KEPT_DAYS, []
    yield "who composed a letter", letter_composer, letter_composer.c.day < oldest, RECORD_KEPT_DAYS, []
    yield "who wrote a text", text_writer, writers_past_their_time(oldest), RECORD_KEPT_DAYS, []
