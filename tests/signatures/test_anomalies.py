"""What looks unlike people signing is found, and nobody is named: rough counts, from so many on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clock import FixedClock
from service.errors import NotFound, Refused
from service.signatures.anomalies import (
    Group,
    anomalies,
    domain_entries,
    group_entries,
    least_of,
    throwaway_domains,
)
from service.store.database import Database
from service.vault.keys import Keys
from tests.signatures.conftest import AT_RISK, ORDINARY, Signing, make_signing
from tests.signatures.judging import accuses, decides


def found(signing: Signing, *, in_records: bool = True) -> dict[str, Group]:
    domains = throwaway_domains() if in_records else None
    with signing.database.read() as connection:
        return {one.kind: one for one in anomalies(connection, signing.keys, signing.campaign, domains)}


def join(signing: Signing, *addresses: str) -> None:
    for address in addresses:
        signing.joins(address)
    signing.records()


@pytest.fixture
def signing(sqlite_database: Database, clock: FixedClock, keys: Keys) -> Signing:
    """Return an ordinary appeal whose cells hold five at least."""
    return make_signing(sqlite_database, clock, keys, ORDINARY)


def test_each_kind_is_found_and_says_no_name_and_no_address(signing: Signing) -> None:
    join(signing, *(f"bot{number}@mailinator.com" for number in range(5)))
    join(signing, *(f"mia+{word}@example.net" for word in "abcde"))
    groups = found(signing)
    assert set(groups) == {"domain", "throwaway", "sequence", "tags", "name"}
    assert [groups[kind].shown for kind in ("throwaway", "sequence", "tags", "name")] == [""] * 4
    assert not any(word in group.id for group in groups.values() for word in ("bot", "mia", "person"))
    assert found(signing, in_records=False) == {}


def test_a_day_that_stands_out_is_found_in_the_log_alone(signing: Signing) -> None:
    for number in (1, 2, 1, 12, 1):
        join(signing, *[""] * number)
        signing.clock.moment += timedelta(days=1)
    day = found(signing, in_records=False)["day"]
    assert (day.shown, day.count, len(day.entries)) == ("2026-03-05", 10, 12)


def test_people_with_years_in_their_addresses_are_no_sequence(signing: Signing) -> None:
    join(signing, *(f"anna{year}@example.net" for year in (1961, 1974, 1980, 1985, 1999, 2003)))
    assert "sequence" not in found(signing)


def test_fewer_than_a_cell_are_no_group(signing: Signing) -> None:
    join(signing, *(f"bot{number}@mailinator.com" for number in range(4)))
    assert found(signing) == {}
    with signing.database.read() as connection, pytest.raises(Refused, match="fewer than 5"):
        domain_entries(connection, signing.keys, signing.campaign, "mailinator.com")
    join(signing, "bot4@mailinator.com")
    with signing.database.read() as connection:
        assert len(domain_entries(connection, signing.keys, signing.campaign, "MAILINATOR.com")) == 5
        with pytest.raises(Refused, match="no domain"):
            domain_entries(connection, signing.keys, signing.campaign, "")


@given(st.integers(5, 500), st.integers(5, 50))
def test_one_person_more_moves_a_count_by_nothing_or_by_a_cell(size: int, least: int) -> None:
    before, after = (Group("g_", "domain", "", list(range(number)), least).count for number in (size, size + 1))
    assert after - before in (0, least)
    assert before <= size


def test_what_was_decided_and_who_was_erased_are_in_no_group(signing: Signing) -> None:
    pages = [signing.joins(f"bot{number}@mailinator.com") for number in range(6)]
    signing.records()
    group = found(signing)["sequence"]
    signing.leaves(pages[0], withdraw=False, erase=True)
    assert len(found(signing)["sequence"].entries) == 5
    decides(signing, accuses(signing, group.entries))
    signing.records()
    assert found(signing) == {}
    with pytest.raises(NotFound):
        group_entries([], group.id)


def test_at_risk_no_record_is_opened_and_groups_are_as_large_as_a_batch(
    sqlite_database: Database, clock: FixedClock, keys: Keys
) -> None:
    rules = type(AT_RISK)(**{name: getattr(AT_RISK, name) for name in AT_RISK.__struct_fields__}
                          | {"retention": "close+30d", "tally_min": 5})  # fmt: skip
    at_risk = make_signing(sqlite_database, clock, keys, rules)
    join(at_risk, *(f"bot{number}@mailinator.com" for number in range(10)))
    assert least_of(at_risk.campaign) == 8
    assert found(at_risk) == {}
    with at_risk.database.read() as connection, pytest.raises(Refused, match="at risk"):
        domain_entries(connection, keys, at_risk.campaign, "mailinator.com")
