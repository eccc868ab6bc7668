"""The way out of a rollback: entries that a published copy has and the database lost are appended again.

An entry *is* the event, so the log's history goes on as it was published (docs/log_format.md section 6). What was in no
entry and in no public document is lost: names and choices of the time in between, letters' internal steps, keys of
campaigns opened meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

import msgspec
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from service.app import Services
from service.archive.documents import take_down
from service.campaigns.events import CampaignEvent
from service.campaigns.restoring import restore_campaign, restore_texts, textless_campaigns
from service.errors import LogDamaged, NotFound, Refused
from service.eventlog.base import Event
from service.eventlog.catalogue import decode
from service.eventlog.events import DocumentRemoved
from service.letters.addressees import restore_addressee
from service.letters.events import AddresseeEvent
from service.operations.restore_documents import fetch_named
from service.publishing.mirror import Fetch, checkpoint_of, entries_from
from service.publishing.signed import Checkpoint
from service.publishing.tree import root_at
from service.readmodel.tables import live
from service.signatures.events import SignatureEvent
from service.signatures.restoring import drop_used_forms, restore_signatures, unsealed_campaigns
from service.signatures.sealing import forget_signers
from service.store.contradictions import contradicting, lift_contradictions
from service.store.tables import campaign as campaign_table
from service.store.tables import event, log_head

PAGE = 1_000  # entries
NOTHING_MISSING = "The copy has {} entries, the database {}: nothing is missing here."


@dataclass
class Restored:
    """What a restore did."""

    before: int  # entries
    after: int
    signatures: int = 0  # rows that follow from the new entries
    forms: int = 0  # unconfirmed forms that were dropped: they had been confirmed
    unknown: list[str] = field(default_factory=list)  # campaigns opened after the backup
    documents: int = 0  # what the copy had of those that the new entries name
    textless: list[str] = field(default_factory=list)  # campaigns whose current text the copy did not have


def restore_log(services: Services, fetch: Fetch, told: Callable[[int], None]) -> Restored:
    """Append what the copy has and the database lacks, in one transaction, and make the rows that follow from it.

    Nothing is kept unless the tree of all entries has exactly the root of the copy's checkpoint, which this log's own
    key signed.

    :raises Refused: if the copy has nothing that the database lacks.
    :raises LogDamaged: if it is damaged, or of another history than the database.
    """
    published = checkpoint_of(fetch, services.keys)
    services.runner.catch_up()
    with services.log.transaction() as connection:
        lift_contradictions(connection, contradicting(connection))  # put right by this; the next start asks anew
        before = int(connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0)
        if published.size < before:
            raise Refused(NOTHING_MISSING.format(published.size, before))
        streams = _append(services, connection, entries_from(fetch, before, published.size), told)
        while services.runner.apply_page(connection, PAGE):
            pass
        _check_root(connection, published)
        restored = Restored(before, published.size, documents=fetch_named(connection, fetch))
        if not streams and not restored.documents:
            raise Refused(NOTHING_MISSING.format(published.size, before))
        return _restore_rows(services, connection, streams, restored)


def _append(
    services: Services, connection: sa.Connection, entries: Iterator[bytes], told: Callable[[int], None]
) -> dict[str, Event]:
    """Append entries at the ends of their streams, and return the newest event of each stream."""
    newest: dict[str, Event] = {}
    done = 0
    while page := [_event_of(leaf) for leaf in islice(entries, PAGE)]:
        versions = defaultdict(int, _versions(connection, sorted({found.stream for found, _ in page})))
        rows = []
        for found, leaf in page:
            versions[found.stream] += 1
            rows.append(StoredEvent(found.stream, versions[found.stream], found.topic, leaf))
            newest[found.stream] = found
            if isinstance(found, DocumentRemoved):
                with suppress(NotFound):  # of an appeal that was opened after the backup
                    take_down(connection, found.document, found.reason)
        services.log.recorder.insert_events(rows)
        _note_day(connection, max((e.day for e, _ in page if not isinstance(e, SignatureEvent)), default=""))
        done += len(page)
        told(done)
    return newest


def _restore_rows(
    services: Services, connection: sa.Connection, streams: dict[str, Event], restored: Restored
) -> Restored:
    for name, newest in sorted(streams.items()):
        if isinstance(newest, AddresseeEvent):
            restore_addressee(connection, services.log, newest.addressee)
        elif isinstance(newest, CampaignEvent):
            campaign = restore_campaign(connection, services.log, name)
            if campaign is None:
                restored.unknown.append(name)
            elif campaign.state == "sealed":
                _forget(connection, name)
    known = set(connection.scalars(sa.select(campaign_table.c.id)))
    changed = known & set(streams) | textless_campaigns(connection)
    restored.textless = [one for one in sorted(changed) if not restore_texts(connection, services.log, one)]
    signatures = sorted(name for name, newest in streams.items() if isinstance(newest, SignatureEvent))
    unsealed = unsealed_campaigns(connection)
    restored.signatures = restore_signatures(connection, services.log, signatures, unsealed)
    restored.forms = drop_used_forms(connection, services.keys)
    return restored


def _forget(connection: sa.Connection, campaign: str) -> None:
    last: str | None = ""
    while last is not None:
        last = forget_signers(connection, campaign, last, PAGE)


def _check_root(connection: sa.Connection, published: Checkpoint) -> None:
    size = int(connection.execute(sa.select(live.progress.c.log_size)).scalar_one())
    if size != published.size or root_at(connection, size) != published.root:
        raise LogDamaged(
            f"The {size} entries do not have the root of the copy's checkpoint: the copy is damaged, or the database "
            "went a way of its own since the backup. Nothing was changed"
        )


def _event_of(leaf: bytes) -> tuple[Event, bytes]:
    try:
        topic = msgspec.json.decode(leaf)["type"]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise LogDamaged("the copy holds an entry that is no event") from error
    return decode(str(topic), leaf), leaf


def _versions(connection: sa.Connection, streams: list[str]) -> dict[str, int]:
    chosen = sa.select(event.c.stream, sa.func.max(event.c.version)).where(event.c.stream.in_(streams))
    return {row[0]: row[1] for row in connection.execute(chosen.group_by(event.c.stream))}


def _note_day(connection: sa.Connection, day: str) -> None:
    connection.execute(sa.update(log_head).where(log_head.c.newest_day < day).values(newest_day=day))
