"""Who signs in shows a name, a password and a code that was never used; wrong tries cost more and more time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from service.desk import passwords, sign_in
from service.desk.holders import change_password, change_recovery_codes, change_second_factor, close, disable
from service.desk.passwords import HASHER  # the real one: the tests' is quicker
from service.desk.requests import Forbidden
from service.desk.sign_in import FREE_TRIES, WAIT_MAX_S, Credentials, SignInRefused, TooManyTries
from service.desk.tables import account, recovery_code
from service.errors import Refused
from tests.desk.conftest import PASSWORD, STEP, Office


def tries(office: Office, shown: Credentials) -> None:
    sign_in.sign_in(office.desk, shown, office.clock.now())


def row_of(office: Office, name: str) -> sa.RowMapping:
    with office.database.read() as connection:
        return connection.execute(sa.select(account).where(account.c.name == name)).mappings().one()


def test_password_and_code_together_say_who_it_is(office: Office) -> None:
    actor = office.acts("rosa")
    assert (actor.account, actor.name, actor.roles) == (office.people["rosa"].account, "rosa", {"reviewer"})


def test_a_wrong_name_password_or_code_is_refused_in_the_same_words(office: Office) -> None:
    right = office.shows("rosa")
    wrong = [replace(right, name="nobody"), replace(right, password=PASSWORD + "!"), replace(right, code="000000")]
    wrong += [replace(right, code=word) for word in ("", "ı٢٣٤٥٦", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA")]
    said = set()
    for shown in wrong[:FREE_TRIES]:
        with pytest.raises(SignInRefused) as refused:
            tries(office, shown)
        said.add(str(refused.value))
    assert said == {SignInRefused.__doc__}


def test_a_code_is_accepted_once(office: Office) -> None:
    shown = office.shows("rosa")
    tries(office, shown)
    with pytest.raises(SignInRefused, match="used before"):
        tries(office, shown)


def test_an_older_code_than_the_last_one_is_not_accepted(office: Office) -> None:
    older = office.shows("rosa")
    tries(office, office.shows("rosa"))
    with pytest.raises(SignInRefused, match="used before"):
        tries(office, older)


@pytest.mark.parametrize("drift", [-1, 1])
def test_a_clock_that_differs_by_one_step_is_accepted(office: Office, drift: int) -> None:
    office.clock.moment += 5 * STEP
    code = pyotp.TOTP(office.people["rosa"].secret).at(office.clock.moment + drift * STEP)
    tries(office, Credentials("rosa", PASSWORD, code))


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_clock_that_differs_by_more_is_not(office: Office, drift: int) -> None:
    office.clock.moment += 5 * STEP
    code = pyotp.TOTP(office.people["rosa"].secret).at(office.clock.moment + drift * STEP)
    with pytest.raises(SignInRefused):
        tries(office, Credentials("rosa", PASSWORD, code))


def test_one_code_shown_many_times_at_once_is_accepted_once(office: Office) -> None:
    shown = office.shows("rosa")

    def try_it(_: int) -> bool:
        try:
            tries(office, shown)
        except SignInRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_it, range(4))) == 1


def test_after_five_failed_tries_it_waits_and_each_time_twice_as_long(office: Office) -> None:
    waits = []
    for _ in range(FREE_TRIES + 7):
        with pytest.raises(SignInRefused):
            tries(office, replace(office.shows("rosa"), password="wrong wrong wrong"))
        waited_s = max(0, row_of(office, "rosa")["locked_until"] - int(office.clock.now().timestamp()))
        waits.append(waited_s)
        if waited_s:
            with pytest.raises(TooManyTries, match="try again after"):
                tries(office, Credentials("rosa", PASSWORD, "000000"))
        office.clock.moment += timedelta(seconds=waited_s)
    assert waits == [0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, WAIT_MAX_S, WAIT_MAX_S]


def test_while_it_waits_even_the_right_ones_are_not_looked_at_and_afterwards_all_is_forgotten(office: Office) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            tries(office, Credentials("rosa", "wrong wrong wrong", "000000"))
    right = Credentials("rosa", PASSWORD, pyotp.TOTP(office.people["rosa"].secret).at(office.clock.moment + STEP))
    with pytest.raises(TooManyTries):
        tries(office, right)
    office.clock.moment += timedelta(seconds=60)
    office.acts("rosa")
    assert (row_of(office, "rosa")["failed"], row_of(office, "rosa")["locked_until"]) == (0, 0)


def test_many_wrong_tries_at_once_count_as_many(office: Office) -> None:
    def try_it(_: int) -> type[Exception]:
        try:
            tries(office, Credentials("rosa", "wrong wrong wrong", "000000"))
        except SignInRefused as refused:
            return type(refused)
        raise AssertionError("a wrong password was accepted")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(try_it, range(FREE_TRIES + 5)))
    assert answers.count(SignInRefused) == FREE_TRIES


def test_a_recovery_code_replaces_a_code_once(office: Office) -> None:
    code = office.people["rosa"].recovery_codes[3]
    tries(office, Credentials("rosa", PASSWORD, code.lower().replace("-", " ")))
    with pytest.raises(SignInRefused):
        tries(office, Credentials("rosa", PASSWORD, code))


def test_another_persons_recovery_code_is_refused(office: Office) -> None:
    with pytest.raises(SignInRefused):
        tries(office, Credentials("rosa", PASSWORD, office.people["olga"].recovery_codes[0]))


def test_recovery_codes_are_kept_as_hashes_and_replaced_together(office: Office) -> None:
    old = office.people["rosa"].recovery_codes
    made = change_recovery_codes(office.desk, office.acts("rosa"))
    with office.database.read() as connection:
        kept = connection.execute(
            sa.select(recovery_code.c.hash).where(recovery_code.c.account == office.people["rosa"].account)
        )
        assert len({len(one) for one in kept.scalars()} | {64}) == 1
    with pytest.raises(SignInRefused):
        tries(office, Credentials("rosa", PASSWORD, old[0]))
    tries(office, Credentials("rosa", PASSWORD, made[0]))


def test_a_disabled_account_is_told_so_and_a_closed_one_is_unknown(office: Office) -> None:
    disable(office.desk, office.acts("ada"), "rosa", office.clock.now())
    with pytest.raises(SignInRefused, match="is disabled"):
        office.acts("rosa")
    close(office.desk, office.acts("ada"), "rosa", office.clock.now())
    with pytest.raises(SignInRefused, match="is wrong"):
        office.acts("rosa")


def test_a_disabled_account_is_told_nothing_without_the_password(office: Office) -> None:
    disable(office.desk, office.acts("ada"), "rosa", office.clock.now())
    with pytest.raises(SignInRefused, match="is wrong"):
        tries(office, office.shows("rosa", "wrong wrong wrong"))


def test_others_than_its_holder_and_administrators_end_no_account(office: Office) -> None:
    for end in (disable, close):
        with pytest.raises(Forbidden, match="administrator"):
            end(office.desk, office.acts("olga"), "rosa", office.clock.now())
    disable(office.desk, office.acts("rosa"), "rosa", office.clock.now())
    with pytest.raises(Refused, match="is disabled already"):
        disable(office.desk, office.acts("ada"), "rosa", office.clock.now())


def test_a_changed_password_is_the_only_one(office: Office) -> None:
    change_password(office.desk, office.acts("rosa"), "another three words")
    with pytest.raises(SignInRefused):
        tries(office, office.shows("rosa"))
    tries(office, office.shows("rosa", "another three words"))


def test_a_changed_second_factor_is_the_only_one(office: Office) -> None:
    secret = change_second_factor(office.desk, office.acts("rosa"))
    with pytest.raises(SignInRefused):
        office.acts("rosa")
    office.people["rosa"] = replace(office.people["rosa"], secret=secret)
    office.acts("rosa")


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Refused, match="12 to 256"):
        passwords.hash_password(password)


def test_the_same_password_typed_in_another_form_is_the_same() -> None:
    assert passwords.is_right(passwords.hash_password("ﬁgs and café tables"), "figs and cafe\u0301 tables")


def test_passwords_are_kept_as_owasp_asks() -> None:
    assert HASHER.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_kept_anew_once_the_parameters_changed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", HASHER)
    assert "m=19456" not in row_of(office, "rosa")["password"]
    office.acts("rosa")
    assert "$m=19456,t=2,p=1$" in row_of(office, "rosa")["password"]
    office.acts("rosa")
