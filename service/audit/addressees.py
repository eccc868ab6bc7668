"""The rules for addressees (docs/log_format.md section 7.5)."""

from __future__ import annotations

from dataclasses import dataclass

from service.audit import leaves
from service.audit.log import Log
from service.audit.problems import Refused


@dataclass
class Addressee:
    """The current record of an addressee, and whether that very record was verified."""

    document: str
    verified: bool = False
    retired: str = ""


def registered(log: Log, index: int, event: leaves.AddresseeRegistered) -> None:
    """Applies `addressee.registered`. :raises Refused: if it was registered before."""
    if event.addressee in log.addressees:
        raise Refused("addressee", event.addressee, "not registered before", "it is registered once (section 7.5)")
    log.addressees[event.addressee] = Addressee(event.document)


def amended(log: Log, index: int, event: leaves.AddresseeAmended) -> None:
    """Applies `addressee.amended`: the new record is not verified. :raises Refused: if it replaces another record."""
    addressee = _known(log, event.addressee)
    if event.replaces != addressee.document:
        raise Refused("replaces", event.replaces, addressee.document, "it replaces the current record (section 7.5)")
    addressee.document, addressee.verified = event.document, False


def verified(log: Log, index: int, event: leaves.AddresseeVerified) -> None:
    """Applies `addressee.verified`. :raises Refused: if it names another record than the current one."""
    addressee = _known(log, event.addressee)
    if event.document != addressee.document:
        raise Refused("document", event.document, addressee.document, "verified names the current record (section 7.5)")
    addressee.verified = True


def retired(log: Log, index: int, event: leaves.AddresseeRetired) -> None:
    """Applies `addressee.retired`. :raises Refused: if it was never registered."""
    _known(log, event.addressee).retired = event.reason


def _known(log: Log, name: str) -> Addressee:
    addressee = log.addressees.get(name)
    if addressee is None:
        raise Refused("addressee", name, "an addressee registered before", "it is registered first (section 7.5)")
    return addressee
