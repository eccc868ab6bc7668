"""The page of an appeal's numbers: parts that sum, each at a log size, no cell that few are in, the same as CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.replay import replay
from service.campaigns.commands import WithdrawCampaign
from service.campaigns.handlers import withdraw_campaign
from service.campaigns.numbers import DecisionView, by_reason, milestones, tally_csv
from service.campaigns.queries import DayFigures, TallyView, campaign_by_ref
from service.clock import FixedClock
from service.eventlog.catalogue import encode
from service.store.database import Database
from tests.installation import REF, Installation, install

PAGE, CSV, TALLY = f"/en/c/{REF}/numbers", f"/c/{REF}/numbers.csv", f"/c/{REF}/tally.csv"
FIGURES = ("active", "outdated", "withdrawn", "invalidated")
REASONS = ("automated", "forged", "order")


def grows(installation: Installation, days: int) -> None:
    for number in range(days):
        address = f"person{number}@example.org"
        installation.signs(address)
        page = installation.confirms(address)
        if number % 3 == 2:
            installation.client().post(page, data={"action": "withdraw"})
        installation.records()
        installation.clock.moment += timedelta(days=1)


def rows(installation: Installation) -> list[dict[str, str]]:
    answer = installation.client().get(CSV)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_each_row_is_what_a_replay_up_to_its_log_size_finds(installation: Installation) -> None:
    grows(installation, 4)
    found = rows(installation)
    assert [row["active"] for row in found] == ["1", "2", "2", "3"]
    lines = [encode(one.event) for one in installation.services.log.entries(0, 1_000) if one.is_public]
    with installation.services.database.read() as connection:
        campaign = campaign_by_ref(connection, REF).id
    for row in found:
        replayed = replay(lines[: int(row["log_size"])]).campaigns[campaign]
        assert [int(row[name]) for name in FIGURES] == [getattr(replayed, name) for name in FIGURES]


def test_the_page_shows_the_same_and_its_parts_sum(installation: Installation) -> None:
    grows(installation, 3)
    page = installation.client().get(PAGE).text
    parts = [int(value) for value in re.findall(r'<data value="(\d+)">', page.split("</table>")[0])]
    assert parts == [2, 0, 1, 0, 3]
    for row in rows(installation):
        assert f'<data value="{row["log_size"]}">' in page
    assert f'href="{CSV}"' in page
    assert f'href="{PAGE}"' in installation.client().get(f"/en/c/{REF}").text


@pytest.mark.parametrize("path", [PAGE, f"/ug/c/{REF}/numbers", CSV, TALLY])
def test_it_is_public_kept_and_never_old(installation: Installation, path: str) -> None:
    first = installation.client().get(path)
    assert first.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in first.headers
    assert installation.client().get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    grows(installation, 1)
    again = installation.client().get(path)
    assert (again.data == first.data) == (path == TALLY)


def test_an_appeal_that_the_persons_took_back_is_gone_here_too(installation: Installation) -> None:
    command = WithdrawCampaign(REF, "persons-request", "test", installation.clock.now())
    withdraw_campaign(command, installation.services.log)
    assert installation.client().get(PAGE).status_code == 410
    assert installation.client().get(CSV).status_code == 200
    for path in ("/en/c/nothing/numbers", "/c/nothing/numbers.csv", "/c/%00/tally.csv"):
        assert installation.client().get(path).status_code == 404


def test_at_risk_nothing_moves_before_a_batch(sqlite_database: Database, tmp_path: object, clock: FixedClock) -> None:
    at_risk = install(sqlite_database, tmp_path, clock, at_risk=True)  # type: ignore[arg-type]
    before = [at_risk.client().get(path).text for path in (PAGE, CSV, TALLY)]
    for number in range(9):
        at_risk.signs(f"person{number}@example.org")
        at_risk.confirms(f"person{number}@example.org")
        assert [at_risk.client().get(path).text for path in (PAGE, CSV, TALLY)] == before
    at_risk.records()
    assert [row["active"] for row in rows(at_risk)] == ["9"]
    at_risk.services.database.dispose()


@given(st.lists(st.tuples(st.sampled_from(REASONS), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))))
def test_reasons_sum_and_none_is_named_that_few_share(found: list[tuple[str, int, int, int]]) -> None:
    decisions = [
        DecisionView(f"b_{n}", n, "2026-03-02", reason, stands + back + gone, back, gone)
        for n, (reason, stands, back, gone) in enumerate(found)
    ]
    named, others = by_reason(decisions, 10)
    assert sum(count for _, count in named) + others == sum(stands for _, stands, _, _ in found)
    assert all(count >= 10 for _, count in named)


def test_milestones_are_reached_once_and_stay() -> None:
    row = DayFigures(0, 0, 0, 0, 5, "2026-03-01")
    history = [
        replace(row, active=active, day=f"2026-03-{n:02}", log_size=n) for n, active in enumerate((9, 12, 8, 120, 99))
    ]
    assert [(one.number, one.log_size) for one in milestones(history)] == [(10, 1), (50, 3), (100, 3)]


def test_the_tally_as_csv_sums() -> None:
    tally = TallyView(9, "2026-03-02", 8, 30, 1, 2, 3, {"TR": 12, "DE": 10}, 8, 0)
    assert tally_csv(tally).split("\r\n") == [
        "what,count", "at_size,8", "active,30", "outdated,1", "withdrawn,2", "invalidated,3", "DE,10", "TR,12",
        "merged,8", "",
    ]  # fmt: skip
