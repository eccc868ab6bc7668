"""Two people compare an office's record with its own page; a record that changed is not the one they compared."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.desk.two_people import Request
from service.errors import Refused
from service.letters.addressees import load_addressee, register_addressee, verify_addressee
from service.letters.commands import RegisterAddressee, VerifyAddressee
from service.letters.events import AddresseeVerified
from service.letters.record_file import archived, read_records
from service.store.tables import addressee
from tests.desk.conftest import Office
from tests.letters.conftest import APPEAL, Appeal

NAME = "tr-anayasa-mahkemesi"


def asks(office: Office) -> Request:
    document = load_addressee(office.desk.log, NAME).document
    return office.asks("olga", "addressee-verify", addressee=NAME, document=document)


def test_it_is_verified_in_the_log_and_in_the_register(office: Office, appeal: Appeal) -> None:
    asked = asks(office)
    office.approves("rosa", asked)
    event = appeal.log.stream(f"addressee:{NAME}")[-1].event
    assert event == AddresseeVerified(day=event.day, addressee=NAME, document=asked.params["document"])
    with appeal.database.read() as connection:
        row = connection.execute(sa.select(addressee).where(addressee.c.id == NAME)).one()
    assert (row.status, row.hash) == ("verified", asked.params["document"])


def test_the_request_shows_the_record_itself(office: Office, appeal: Appeal) -> None:
    words = appeal.document(load_addressee(appeal.log, NAME).document).bytes().decode()
    assert words in asks(office).says


def test_a_record_that_changed_since_is_not_verified(office: Office, appeal: Appeal) -> None:
    asked = asks(office)
    record = next(one for one in read_records((APPEAL / "addressees.toml").read_bytes()) if archived(one)["id"] == NAME)
    changed = archived(record) | {"source": "https://example.org/another"}
    with appeal.log.transaction() as connection:
        register_addressee(connection, RegisterAddressee(changed, False, office.clock.now()), appeal.log)
    with pytest.raises(Refused, match="changed: read the current one"):
        office.approves("rosa", asked)


def test_it_is_verified_once_and_not_by_one_person(office: Office, appeal: Appeal) -> None:
    office.approves("rosa", asks(office))
    with pytest.raises(Refused, match="verified already"):
        asks(office)
    document = load_addressee(appeal.log, NAME).document
    alone = VerifyAddressee(NAME, document, 1, office.clock.now())
    with pytest.raises(Refused, match="by two people"), appeal.log.transaction() as connection:
        verify_addressee(alone, appeal.log, connection)
