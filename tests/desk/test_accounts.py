"""The first account is made once; roles are given and taken by two administrators; who somebody is stays sealed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.clock import day_of
from service.desk.access_record import accesses
from service.desk.accounts import found, show_person
from service.desk.holders import close, disable
from service.desk.requests import Forbidden
from service.desk.retention import ACCOUNT_KEPT_DAYS, RECORD_KEPT_DAYS, sweep
from service.desk.tables import access_record, account, recovery_code, request
from service.errors import NotFound, Refused
from service.store.tables import metadata
from tests.desk.conftest import PASSWORD, Office


def roles_of(office: Office, name: str) -> str:
    with office.database.read() as connection:
        return str(connection.execute(sa.select(account.c.roles).where(account.c.name == name)).scalar_one())


def test_the_first_account_is_administrator_without_anybody_elses_word(empty_office: Office) -> None:
    empty_office.founds("ada")
    assert empty_office.acts("ada").roles == {"administrator"}


def test_there_is_one_first_account_even_after_it_was_closed_and_forgotten(empty_office: Office) -> None:
    empty_office.founds("ada")
    with pytest.raises(Refused, match="--as"):
        empty_office.founds("eve")
    close(empty_office.desk, empty_office.acts("ada"), "ada", empty_office.clock.now())
    empty_office.clock.moment += timedelta(days=ACCOUNT_KEPT_DAYS + 1)
    sweep(empty_office.database, empty_office.clock.now())
    with pytest.raises(Refused, match="--as"):
        empty_office.founds("eve")
    with empty_office.database.read() as connection:
        assert connection.execute(sa.select(account)).all() == []


def test_of_two_first_accounts_at_once_one_is_made(empty_office: Office) -> None:
    def try_it(name: str) -> bool:
        try:
            found(empty_office.desk, empty_office.new(name), day_of(empty_office.clock.now()))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_it, ["ada", "ben", "eve", "ida"])) == 1
    with empty_office.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(account)).scalar() == 1


def test_the_second_administrator_agrees_themselves_and_nobody_else_can(empty_office: Office) -> None:
    empty_office.founds("ada")
    empty_office.adds("ben")
    empty_office.adds("eve")
    asked = empty_office.asks_for_roles("ben", "administrator")
    for name in ("eve", "ada"):
        with pytest.raises(Forbidden):
            empty_office.approves(name, asked)
    empty_office.approves("ben", asked)
    assert roles_of(empty_office, "ben") == "administrator"


def test_a_third_administrator_is_not_made_that_way(office: Office) -> None:
    office.adds("eve")
    asked = office.asks_for_roles("eve", "administrator")
    assert asked.kind == "account-roles"
    for name in ("eve", "ada"):
        with pytest.raises(Forbidden):
            office.approves(name, asked)
    office.approves("ben", asked)


def test_two_askings_for_a_second_administrator_make_one(empty_office: Office) -> None:
    empty_office.founds("ada")
    empty_office.adds("ben")
    empty_office.adds("eve")
    asked = [empty_office.asks_for_roles(name, "administrator") for name in ("ben", "eve")]
    empty_office.approves("ben", asked[0])
    with pytest.raises(Refused, match="first accounts already"):
        empty_office.approves("eve", asked[1])
    assert roles_of(empty_office, "eve") == ""


def test_an_account_is_added_without_a_role_and_by_an_administrator_alone(office: Office) -> None:
    office.adds("eve")
    assert roles_of(office, "eve") == ""
    with pytest.raises(Forbidden, match="administrator"):
        office.adds("ida", by="olga")


@pytest.mark.parametrize("name", ["", "a", "Ada", "9a", "a b", "a" * 33, "ädä", "ada\n"])
def test_a_name_is_a_short_handle(office: Office, name: str) -> None:
    with pytest.raises(Refused, match="2 to 32 characters"):
        office.adds(name)


def test_a_name_is_one_persons(office: Office) -> None:
    with pytest.raises(Refused, match="is taken"):
        office.adds("rosa")


def test_who_gets_the_role_does_not_approve_it(office: Office) -> None:
    office.appoints("cleo", "administrator")
    asked = office.asks_for_roles("ben", "administrator", "reviewer")
    with pytest.raises(Forbidden, match="itself"):
        office.approves("ben", asked)
    office.approves("cleo", asked)


def test_a_role_that_does_not_exist_is_named(office: Office) -> None:
    with pytest.raises(Refused, match="there is no role king"):
        office.asks_for_roles("rosa", "king")


def test_two_administrators_are_always_left(office: Office) -> None:
    with pytest.raises(Refused, match="two administrators"):
        office.asks_for_roles("ben")


def test_a_lone_administrator_appoints_nobody_until_the_operator_frees_the_second_place(office: Office) -> None:
    disable(office.desk, office.acts("ada"), "ben", office.clock.now())
    office.adds("eve")
    asked = office.asks_for_roles("eve", "administrator")
    for name in ("ada", "eve"):
        with pytest.raises(Forbidden):
            office.approves(name, asked)
    with office.database.write() as connection:  # docs/operations.md
        connection.execute(sa.text("DELETE FROM founder WHERE number = 2"))
    office.approves("eve", office.asks_for_roles("eve", "administrator"))
    assert roles_of(office, "eve") == "administrator"


def test_a_disabled_account_is_active_again_by_two_people(office: Office) -> None:
    disable(office.desk, office.acts("ada"), "rosa", office.clock.now())
    office.approves("ben", office.asks_for_roles("rosa", "reviewer"))
    assert office.acts("rosa").roles == {"reviewer"}


def test_a_closed_account_gets_no_role(office: Office) -> None:
    close(office.desk, office.acts("rosa"), "rosa", office.clock.now())
    with pytest.raises(Refused, match="was closed"):
        office.asks_for_roles("rosa", "reviewer")


def test_who_somebody_is_and_what_they_know_stands_nowhere_in_the_database(office: Office) -> None:
    secrets = [one.secret for one in office.people.values()]
    codes = [code.replace("-", "") for one in office.people.values() for code in one.recovery_codes]
    words = ["Made-up", "rosa@example.org", PASSWORD, *secrets, *codes, *office.people["rosa"].recovery_codes]
    with office.database.read() as connection:
        kept = [bytes_of(value) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))
                for value in row]  # fmt: skip
    if office.database.path is not None:
        kept += [path.read_bytes() for path in office.database.path.parent.glob(f"{office.database.path.name}*")]
    assert b"rosa" in b"".join(kept)  # the handle is there: what is searched is the right place
    for word in words:
        assert not any(word.encode() in one for one in kept), word


def bytes_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_who_it_is_is_shown_to_holder_and_administrator_and_recorded(office: Office) -> None:
    day = day_of(office.clock.now())
    assert show_person(office.desk, office.acts("rosa"), "rosa", day)["person"] == "Made-up Rosa"
    assert show_person(office.desk, office.acts("ada"), "rosa", day)["e-mail"] == "rosa@example.org"
    with pytest.raises(Forbidden):
        show_person(office.desk, office.acts("olga"), "rosa", day)
    with pytest.raises(NotFound):
        show_person(office.desk, office.acts("ada"), "nobody", day)
    with office.database.read() as connection:
        shown = [one for one in accesses(connection) if one.action == "account shown"]
    assert [one.account for one in shown] == [office.people["ada"].account]


def test_both_people_of_a_request_are_in_the_record_of_access(office: Office) -> None:
    with office.database.read() as connection:
        found_records = [one for one in accesses(connection) if one.action.startswith("account-roles")]
    by_action = {(one.action, one.account, one.number) for one in found_records}
    ada, ben = office.people["ada"].account, office.people["ben"].account
    assert by_action == {("account-roles asked", ada, 1), ("account-roles approved", ben, 2)}


def test_a_closed_account_is_gone_after_thirty_days_and_the_record_after_two_years(office: Office) -> None:
    close(office.desk, office.acts("rosa"), "rosa", office.clock.now())
    office.clock.moment += timedelta(days=ACCOUNT_KEPT_DAYS)
    assert sweep(office.database, office.clock.now())
    assert sweep(office.database, office.clock.now()) == 0
    with office.database.read() as connection:
        rosa = office.people["rosa"].account
        for table in (account, recovery_code):
            column = table.c.get("account", table.c.get("id"))
            assert not connection.execute(sa.select(table).where(column == rosa)).all()
        assert connection.execute(sa.select(request)).all() == []
        assert connection.execute(sa.select(access_record)).all()
    office.clock.moment += timedelta(days=RECORD_KEPT_DAYS)
    sweep(office.database, office.clock.now())
    with office.database.read() as connection:
        assert connection.execute(sa.select(access_record)).all() == []


def test_the_table_refuses_what_one_person_did_alone(office: Office) -> None:
    asked = office.asks_for_roles("rosa", "organizer")
    for alone in ("", asked.asked_by):
        with pytest.raises(sa.exc.IntegrityError), office.database.write() as connection:
            connection.execute(sa.update(request).values(state="done", decided_by=alone))
