"""Links to renew that are pressed late, twice or by others, and those mailed before a closing that was taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.app import signing_desk
from service.campaigns.commands import CloseCampaign, ReopenCampaign, SealCampaign
from service.campaigns.handlers import close_campaign, reopen_campaign, seal_campaign
from service.clock import FixedClock
from service.eventlog.log import PetitionLog
from service.outbox.queue import send_due
from service.signatures.commands import JudgeSignatures
from service.signatures.judging import invalidation_of, judge_signatures, taking_back_of
from service.signatures.renewal import ask_due
from service.signatures.retention import sweep
from service.signatures.rows import find_mine
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.store.tables import outbox, pending, renewal
from tests.installation import REF, Installation, install
from tests.outbox.recorder import Recorder
from tests.signatures.judging import entry_in
from tests.signatures.test_renewal import asks, changes, counted, folder, hidden, joins, renewal_mails

__all__ = ["folder"]

NEVER_MADE = "/confirm/" + "x" * 43
PEOPLE = ("anna", "bela", "cyra")


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


def links(installation: Installation) -> dict[str, str]:
    """Return the link to renew that each person was mailed; nobody was mailed two."""
    mails = renewal_mails(installation)
    found = {
        to.partition("@")[0]: re.findall(r"http://localhost(/confirm/[A-Za-z0-9_-]+)", body)[0] for to, body in mails
    }
    assert len(found) == len(mails)
    return found


def shown(installation: Installation, path: str, form: dict[str, str] | None = None) -> tuple[int, str, list[str]]:
    """Return what anybody sees at an address: status, page and headers, without the token itself."""
    client = installation.client()
    answer = client.get(path) if form is None else client.post(path, data=form)
    heads = sorted(f"{name}: {value}" for name, value in answer.headers if name != "Content-Length")
    return answer.status_code, answer.text.replace(path.rpartition("/")[2], ""), heads


def closes(installation: Installation) -> None:
    close_campaign(CloseCampaign(REF, "organizer", "test", installation.clock.now()), installation.services.log)
    sweep(installation.services.database, installation.clock.now())


def reopens(installation: Installation) -> None:
    command = ReopenCampaign(REF, "2026-12-31", "test", installation.clock.now())
    reopen_campaign(command, installation.services.log)


def judges(installation: Installation, command: JudgeSignatures) -> None:
    log: PetitionLog = installation.services.log
    with log.transaction() as connection:
        judge_signatures(command, connection, 2, installation.clock.now())
    installation.records()
    sweep(installation.services.database, installation.clock.now())


def test_late_altered_or_of_somebody_who_left_a_link_looks_like_one_that_never_was(
    installation: Installation, folder: Path
) -> None:
    pages = {who: joins(installation, f"{who}@example.org") for who in PEOPLE}
    changes(installation, folder, "replace", "two persons")
    assert asks(installation) == len(PEOPLE)
    found = links(installation)
    form = {"action": "confirm"} | hidden(installation.client().get(found["anna"]).text)
    unknown, unknown_posted = shown(installation, NEVER_MADE), shown(installation, NEVER_MADE, form)
    assert (unknown[0], unknown_posted[0]) == (404, 404)
    for link in found.values():  # a scanner
        assert installation.client().get(link).status_code == installation.client().head(link).status_code == 200
    assert counted(installation) == (0, 3)

    altered = found["anna"][:-2] + ("AA" if found["anna"][-2:] != "AA" else "BB")
    of_the_page = found["anna"].replace("/confirm/", "/mine/")
    assert shown(installation, of_the_page) == shown(installation, NEVER_MADE.replace("/confirm/", "/mine/"))
    installation.client().post(pages["anna"], data={"action": "withdraw"})
    installation.client().post(pages["bela"], data={"action": "erase"})
    for over in (altered, pages["cyra"].replace("/mine/", "/confirm/"), found["anna"], found["bela"]):
        assert shown(installation, over) == unknown
        assert shown(installation, over, form) == unknown_posted

    installation.clock.moment += timedelta(days=120)  # past the last day, before the worker came
    late = shown(installation, found["cyra"]), shown(installation, found["cyra"], form)
    closes(installation)
    assert late == (shown(installation, found["cyra"]), shown(installation, found["cyra"], form))
    assert (late[0][0], late[1][0]) == (410, 410)
    installation.clock.moment += timedelta(days=31)
    seal = SealCampaign(REF, installation.clock.now())
    seal_campaign(seal, installation.services.log, forget_signers)
    assert shown(installation, found["cyra"]) == unknown
    assert shown(installation, found["cyra"], form) == unknown_posted
    assert counted(installation) == (0, 2)


def test_a_used_link_renews_nobody_again(installation: Installation, folder: Path) -> None:
    page = joins(installation)
    changes(installation, folder, "replace", "two persons")
    asks(installation)
    (link,) = links(installation).values()
    form = {"action": "confirm"} | hidden(installation.client().get(link).text)
    own = installation.client().post(link, data=form).headers["Location"]
    installation.client().post(page, data={"action": "withdraw"})
    again = installation.client().post(link, data=form)  # by whoever else reads the mailbox
    assert again.headers["Location"] == own
    assert counted(installation) == (0, 0)
    changes(installation, folder, "replace", "two human beings")
    assert installation.client().post(link, data=form).headers.get("Location") in (own, None)
    assert counted(installation) == (0, 0)


def test_who_was_mailed_before_a_closing_has_a_living_link_after_it_and_no_second_mail(
    installation: Installation, folder: Path
) -> None:
    joins(installation)
    changes(installation, folder, "replace", "two persons")
    asks(installation)
    (link,) = links(installation).values()
    closes(installation)
    assert installation.client().get(link).status_code == 410
    reopens(installation)
    assert asks(installation) == 0
    page = installation.client().get(link)
    assert page.status_code == 200
    assert installation.client().post(link, data={"action": "confirm"} | hidden(page.text)).status_code == 303
    assert counted(installation) == (1, 0)


def test_mail_that_had_not_gone_when_it_closed_is_made_anew(installation: Installation, folder: Path) -> None:
    joins(installation)
    changes(installation, folder, "replace", "two persons")
    assert ask_due(signing_desk(installation.services), installation.clock.now()) == 1
    closes(installation)
    assert [installation.rows(table) for table in (outbox, renewal)] == [0, 0]
    reopens(installation)
    assert asks(installation) == 1
    (link,) = links(installation).values()
    assert installation.client().get(link).status_code == 200


@pytest.mark.parametrize("has_gone", [True, False])
def test_who_was_mailed_before_an_invalidation_that_was_taken_back(
    installation: Installation, folder: Path, *, has_gone: bool
) -> None:
    page = joins(installation).rpartition("/")[2]
    changes(installation, folder, "replace", "two persons")
    assert asks(installation) == 1
    if has_gone:
        (link,) = links(installation).values()
    services = installation.services
    with services.database.read() as connection:
        mine = find_mine(connection, page)
        command = invalidation_of(
            connection, mine["campaign"], [entry_in(services.database, mine["signature"])], "forged"
        )
    judges(installation, command)
    if has_gone:
        assert shown(installation, link) == shown(installation, NEVER_MADE)
    assert send_due(services.database, services.keys, Recorder(), installation.clock) == 0
    with services.database.read() as connection:
        command = taking_back_of(connection, command.batch)
    judges(installation, command)
    assert asks(installation) == (0 if has_gone else 1)
    (link,) = links(installation).values()
    assert installation.client().get(link).status_code == 200
    assert installation.rows(pending) == 2  # the form that was confirmed, and this link
