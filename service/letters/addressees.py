"""The register of addressees: import from a file, and what letters read of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from service.archive import documents
from service.errors import Refused
from service.eventlog.base import Recorded
from service.eventlog.canonical import canonical
from service.eventlog.log import PetitionLog
from service.letters.aggregate import APPROVALS_MIN, Addressee, apply_to_addressee
from service.letters.commands import RegisterAddressee, VerifyAddressee
from service.letters.events import AddresseeEvent
from service.letters.record_file import archived, read_records
from service.store.tables import addressee as addressee_table

RECORD_TYPE = "application/json"


@dataclass(frozen=True)
class Imported:
    """What became of one record of a file."""

    id: str
    outcome: str  # registered amended unchanged
    status: str  # unverified verified


def import_addressees(path: Path, log: PetitionLog, now: datetime, *, verified: bool = False) -> list[Imported]:
    """Enter every record of a file in the register, and return what became of each.

    `verified` is for records that two people checked, and for the demonstration.

    :raises AddresseesRefused: with everything that is wrong in the file; then nothing is entered.
    :raises Refused: if an office was retired.
    """
    records = read_records(path.read_bytes(), path.name)
    with log.transaction() as connection:
        return [
            register_addressee(connection, RegisterAddressee(archived(record), verified, now), log)
            for record in records
        ]


def register_addressee(connection: sa.Connection, command: RegisterAddressee, log: PetitionLog) -> Imported:
    """Enter one record, or its change, inside a running `log.transaction()`.

    Which offices were merged into it only `merge_addressees` says: a file that does not name them takes none away.

    :raises Refused: if the office was retired.
    """
    name = str(command.record["id"])
    day = log.day(connection, command.now)
    addressee = load_addressee(log, name)
    record = _with_former(connection, command.record, addressee)
    document = documents.put(connection, canonical(record), RECORD_TYPE, public=True)
    entered = addressee.enter(document, day)
    addressee = save_addressee(connection, log, addressee, entered)
    if command.verified:
        addressee = save_addressee(connection, log, addressee, addressee.verify(document, day))
    outcome = entered.topic.removeprefix("addressee.") if entered else "unchanged"
    return Imported(name, outcome, addressee.status)


def describe_verification(connection: sa.Connection, log: PetitionLog, name: str, document: str) -> list[str]:
    """Return what verifying a record would say: its hash and its words, for comparison with the office's own page.

    :raises Refused: if it is not the current record, is verified already, or the office is retired or unknown.
    """
    if load_addressee(log, name).verify(document, "") is None:
        raise Refused(f"the record of {name} is verified already")
    words = documents.get(connection, document).bytes().decode()
    return [f"The record {document} of {name} was compared with the office's own page, by each of two people:", words]


def verify_addressee(command: VerifyAddressee, log: PetitionLog, connection: sa.Connection) -> None:
    """Append that two people checked the current record, inside a running `log.transaction()`.

    :raises Refused: if fewer than two did, the record is another by now, or it was verified before.
    """
    day = log.day(connection, command.now)
    addressee = load_addressee(log, command.addressee)
    if command.approvals < APPROVALS_MIN:
        raise Refused("a record is verified by two people")
    event = addressee.verify(command.document, day)
    if event is None:
        raise Refused(f"the record of {command.addressee} is verified already")
    save_addressee(connection, log, addressee, event)


def current_record(connection: sa.Connection, addressee: Addressee) -> dict[str, Any]:
    """Return an office's current record, empty if it has none. :raises DocumentGone: if it was taken down."""
    if not addressee.document:
        return {}
    found: dict[str, Any] = json.loads(documents.get(connection, addressee.document).bytes())
    return found


def save_addressee(
    connection: sa.Connection, log: PetitionLog, addressee: Addressee, event: AddresseeEvent | None
) -> Addressee:
    """Append an event of an office with its row, and return the office after it; nothing happens without an event."""
    if event is None:
        return addressee
    log.save(Recorded(event.stream, addressee.version + 1, event))
    after = apply_to_addressee(addressee, event)
    _write_row(connection, after)
    return after


def load_addressee(log: PetitionLog, name: str) -> Addressee:
    """Return an addressee as its events left it; inside a transaction, as of that transaction."""
    recorded = log.stream(f"addressee:{name}")
    return Addressee.load(name, (cast(AddresseeEvent, one.event) for one in recorded))


def restore_addressee(connection: sa.Connection, log: PetitionLog, name: str) -> None:
    """Write the row of an addressee as its events have it; call inside `log.transaction()`."""
    _write_row(connection, load_addressee(log, name))


def _with_former(connection: sa.Connection, record: dict[str, Any], addressee: Addressee) -> dict[str, Any]:
    try:
        current = current_record(connection, addressee)
    except documents.DocumentGone:  # a record that was taken down may be replaced by a better one
        current = {}
    former = list(dict.fromkeys([*current.get("formerly", []), *record.get("formerly", [])]))
    return {**record, "formerly": former} if former else record


def _write_row(connection: sa.Connection, addressee: Addressee) -> None:
    row: dict[str, Any] = {"hash": addressee.document, "status": addressee.status}
    changed = connection.execute(sa.update(addressee_table).where(addressee_table.c.id == addressee.id).values(row))
    if not changed.rowcount:
        connection.execute(sa.insert(addressee_table).values(id=addressee.id, **row))
