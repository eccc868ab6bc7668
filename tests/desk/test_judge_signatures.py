"""Two people decide about signatures that may be false, by the commands that they use."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from service.desk.access_record import accesses
from service.desk.requests import Forbidden, RequestStale
from service.desk.tables import request
from service.desk.two_people import Request
from service.errors import Refused
from service.eventlog.canonical import canonical
from service.request_kinds import judgement_params
from service.signatures.commands import JudgeSignatures
from tests.desk.conftest import Office
from tests.signatures.conftest import AT_RISK, ORDINARY, Signing, make_signing
from tests.signatures.judging import accuses, decided, entry_of, takes_back


@pytest.fixture
def signing(office: Office) -> Signing:
    """Return an appeal on the office's database, and the moderators mira and milo."""
    office.appoints("mira", "moderator")
    office.appoints("milo", "moderator")
    return make_signing(office.database, office.clock, office.desk.keys, ORDINARY)


def asks(office: Office, by: str, command: JudgeSignatures) -> Request:
    return office.asks(by, "signatures-judge", **judgement_params(command))


def joined(signing: Signing, number: int) -> list[int]:
    pages = [signing.joins() for _ in range(number)]
    signing.records()
    return [entry_of(signing, page) for page in pages]


def test_a_moderator_asks_and_another_person_decides(office: Office, signing: Signing) -> None:
    entries = joined(signing, 3)
    asked = asks(office, "mira", accuses(signing, entries[:2]))
    assert "signatures: 2 of 2; left out: none" in asked.says
    assert "2 of them do not count any more" in office.approves("rosa", asked)
    signing.records()
    assert signing.counts() == {"active": 1, "outdated": 0, "withdrawn": 0, "invalidated": 2}
    back = asks(office, "milo", takes_back(signing, decided(signing)[0].batch))
    assert "2 of them count again" in office.approves("mira", back)
    signing.records()
    assert signing.counts()["active"] == 3
    with office.database.read() as connection:
        assert [one.action for one in accesses(connection)][-4:] == [
            "signatures-judge asked", "signatures-judge approved", "signatures-judge asked",
            "signatures-judge approved",
        ]  # fmt: skip


def test_nobody_is_both_people_and_an_organizer_is_neither(office: Office, signing: Signing) -> None:
    command = accuses(signing, joined(signing, 2))
    with pytest.raises(Forbidden):
        asks(office, "olga", command)
    asked = asks(office, "mira", command)
    for name in ("mira", "olga"):
        with pytest.raises(Forbidden):
            office.approves(name, asked)
    office.approves("ben", office.asks_for_roles("olga", "organizer", "moderator"))
    asked = asks(office, "olga", command)
    with pytest.raises(Forbidden):
        office.approves("olga", asked)
    assert signing.records() == 0


def test_people_sign_and_withdraw_while_the_second_person_reads(office: Office, signing: Signing) -> None:
    page = signing.joins()
    entries = joined(signing, 2)
    asked = asks(office, "mira", accuses(signing, [*entries, entry_of(signing, page)]))
    signing.leaves(page)
    joined(signing, 3)
    assert "2 of them" in office.approves("milo", asked)


def test_two_requests_over_the_same_signatures_hit_each_once(office: Office, signing: Signing) -> None:
    entries = joined(signing, 3)
    asked = [asks(office, "mira", accuses(signing, part)) for part in (entries[:2], entries[1:], entries[:2])]
    assert "2 of them" in office.approves("milo", asked[0])
    assert "1 of them" in office.approves("milo", asked[1])
    with pytest.raises(Refused, match="nothing is left"):
        office.approves("milo", asked[2])
    signing.records()
    assert signing.counts()["invalidated"] == 3


def test_at_risk_the_second_person_is_not_told_who_withdrew_unseen(office: Office) -> None:
    office.appoints("mira", "moderator")
    signing = make_signing(office.database, office.clock, office.desk.keys, AT_RISK)
    pages = [signing.joins() for _ in range(8)]
    signing.records()
    entries = [entry_of(signing, page) for page in pages]
    said = []
    for page, entry in zip(pages[:2], entries[:2], strict=True):
        asked = asks(office, "mira", accuses(signing, [entry]))
        if page == pages[0]:
            signing.leaves(page)
        said.append(office.approves("rosa", asked).split(":", 1)[1])
    assert said[0] == said[1]


def test_what_is_done_follows_from_the_log_and_not_from_the_requests_row(office: Office, signing: Signing) -> None:
    entries = joined(signing, 3)
    asked = asks(office, "mira", accuses(signing, entries[:2]))
    params = json.loads(canonical(asked.params))
    with office.database.write() as connection:  # somebody with the database changes what was worked out
        forged = canonical(params | {"chosen": params["chosen"][:1]}).decode()
        connection.execute(sa.update(request).values(params=forged))
    assert "2 of them" in office.approves("milo", asked)
    asked = asks(office, "mira", accuses(signing, entries[2:]))
    with office.database.write() as connection:
        forged = canonical(asked.params | {"entries": entries[:1]}).decode()
        connection.execute(sa.update(request).where(request.c.id == asked.id).values(params=forged))
    with pytest.raises(RequestStale):
        office.approves("milo", asked)
