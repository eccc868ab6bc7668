"""The life of the register: offices merged and retired, records compared with a file, earlier records of an office."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from service.archive import documents
from service.errors import NotFound, Refused
from service.eventlog.canonical import canonical
from service.eventlog.log import PetitionLog
from service.letters.addressees import RECORD_TYPE, current_record, load_addressee, save_addressee
from service.letters.aggregate import Addressee
from service.letters.commands import MergeAddressees, RetireAddressee
from service.letters.events import AddresseeRetired
from service.letters.record_file import archived
from service.store.tables import addressee as addressee_table

FRESH_DAYS = 90  # a record that was read longer ago is read again: LETTERS.md section 2


@dataclass(frozen=True)
class Version:
    """One step of an office's life: what happened, on which day, and the record that it is about."""

    what: str  # registered amended verified retired
    day: str
    detail: str  # the record's hash, or the reason of retiring


def retire_addressee(command: RetireAddressee, log: PetitionLog) -> None:
    """Write to an office no more. :raises Refused: if it is unknown or was retired before."""
    with log.transaction() as connection:
        addressee = load_addressee(log, command.addressee)
        save_addressee(connection, log, addressee, addressee.retire(command.reason, log.day(connection, command.now)))


def merge_addressees(command: MergeAddressees, log: PetitionLog) -> str:
    """Retire the office `old` in favour of `into`, and return the hash of the record that names both.

    The record changes with it, so two people verify it anew before a letter to it is approved.

    :raises Refused: if one of them is unknown or retired, or both are the same.
    """
    if command.old == command.into:
        raise Refused(f"{command.old} cannot be merged into itself: name two offices")
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        old, into = _registered(log, command.old), _registered(log, command.into)
        retired = old.retire("merged", day)
        record = current_record(connection, into)
        former = [*record.get("formerly", []), *current_record(connection, old).get("formerly", []), command.old]
        record["formerly"] = list(dict.fromkeys(former))
        document = documents.put(connection, canonical(record), RECORD_TYPE, public=True)
        save_addressee(connection, log, into, into.enter(document, day))
        save_addressee(connection, log, old, retired)
    return document


def successor(connection: sa.Connection, name: str) -> str:
    """Return the office to write to in place of a merged one, or the name itself."""
    is_retired = sa.select(addressee_table.c.id).where(
        addressee_table.c.id == name, addressee_table.c.status == "retired"
    )
    if connection.execute(is_retired).first() is None:
        return name
    standing = sa.select(addressee_table).where(addressee_table.c.status != "retired").order_by(addressee_table.c.id)
    for row in connection.execute(standing).mappings().all():
        found = documents.get(connection, row["hash"])
        if found.content is not None and name in json.loads(found.content).get("formerly", []):
            return str(row["id"])
    return name


def history(log: PetitionLog, name: str) -> list[Version]:
    """Return an office's life in order. :raises NotFound: if it was never registered."""
    found = []
    for one in log.stream(f"addressee:{name}"):
        event: Any = one.event
        detail = event.reason if isinstance(event, AddresseeRetired) else event.document
        found.append(Version(event.topic.removeprefix("addressee."), event.day, detail))
    if not found:
        raise NotFound(f"{name} is not in the register: `petition addressee list` shows what is")
    return found


def records(connection: sa.Connection, log: PetitionLog, names: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the current records of these offices, without names of all that are not retired, by id.

    :raises Refused: if one of the names is unknown or retired.
    """
    chosen = sa.select(addressee_table.c.id).where(addressee_table.c.status != "retired")
    wanted = names or tuple(connection.execute(chosen.order_by(addressee_table.c.id)).scalars())
    return [current_record(connection, _registered(log, name)) for name in wanted]


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what changes between two records, one line a field: ``- key = value`` before, ``+ key = value`` after."""
    before, after = _flat(archived(old)), _flat(archived(new))
    lines = []
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            lines += [f"- {key} = {before[key]}"] if key in before else []
            lines += [f"+ {key} = {after[key]}"] if key in after else []
    return lines


def age_of(record: dict[str, Any], today: str) -> int | None:
    """Return how many days ago the record was compared with the office's own page; none: never."""
    checked = record["checked_on"]
    return (date.fromisoformat(today) - date.fromisoformat(checked)).days if checked else None


def _registered(log: PetitionLog, name: str) -> Addressee:
    addressee = load_addressee(log, name)
    if not addressee.document:
        raise Refused(f"{name} is not in the register: `petition addressee list` shows what is")
    if addressee.status == "retired":
        raise Refused(f"{name} was retired from the register: `petition addressee show {name}` says why")
    return addressee


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = json.dumps(value, ensure_ascii=False)
    return flat
