"""Renewing after a text was replaced: one mail, one button, and what ends them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.app import signing_desk
from service.campaigns.commands import ChangeText, CloseCampaign, ReopenCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, reopen_campaign, withdraw_campaign
from service.campaigns.text_changes import change_text
from service.clock import FixedClock
from service.outbox.delivery import Refused
from service.outbox.queue import Message, send_due
from service.signatures.renewal import ask_due, renewal_by_button
from service.signatures.retention import sweep
from service.signatures.rows import token_hash
from service.store.database import Database
from service.store.tables import outbox, pending, record, renewal
from tests.campaigns.test_change_text import audited, now, read_draft
from tests.installation import EXAMPLE, REF, Installation, install
from tests.outbox.recorder import Recorder, lines

ANNA = "anna@example.org"


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example appeal that a test may break."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "appeal"))


def joins(installation: Installation, email: str = ANNA) -> str:
    """Sign and confirm, and return the path of the supporter's own page."""
    assert installation.signs(email).status_code == 303
    page = installation.confirms(email)
    installation.records()
    return page


def changes(installation: Installation, folder: Path, how: str, words: str) -> None:
    """Correct or replace the text by one that begins with other words."""
    path = folder / "text.en.md"
    path.write_text(re.sub("write about [a-z ]+:", f"write about {words}:", path.read_text(), count=1))
    moment = installation.clock.now()
    command = ChangeText(REF, how, read_draft(folder), frozenset(), 0, "test", moment)  # type: ignore[arg-type]
    change_text(command, installation.services.log)
    installation.records()


def asks(installation: Installation) -> int:
    """Let the worker make mails, and return how many."""
    return ask_due(signing_desk(installation.services), installation.clock.now())


def renewal_mails(installation: Installation) -> list[tuple[str, str]]:
    """Let the worker send, and return address and body of all mails that ask to renew."""
    return [(to, body) for to, subject, body in installation.mails() if "replaced" in subject]


def renewal_link(installation: Installation) -> str:
    """Return the path of the only living link to renew."""
    bodies = [body for _, body in renewal_mails(installation)]
    links = [re.findall(r"http://localhost(/confirm/[A-Za-z0-9_-]+)", body)[0] for body in bodies]
    (living,) = [link for link in links if _is_known(installation, link)]
    return living


def _is_known(installation: Installation, link: str) -> bool:
    hashed = token_hash(link.removeprefix("/confirm/"))
    return bool(_rows(installation, sa.select(pending.c.id).where(pending.c.token_hash == hashed)))


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(text|wording)" value="([^"]*)"', page))


def counted(installation: Installation) -> tuple[int, int]:
    installation.records()
    found = installation.count()
    return found["active"], found["outdated"]


def test_one_mail_asks_and_its_button_renews(installation: Installation, folder: Path) -> None:
    joins(installation)
    assert asks(installation) == 0
    changes(installation, folder, "replace", "two persons")
    assert (asks(installation), asks(installation)) == (1, 0)
    ((to, body),) = renewal_mails(installation)
    assert (to, "Made-up" in body) == (ANNA, False)
    link = renewal_link(installation)
    before = installation.client().get(link)
    assert before.status_code == 200
    assert "<ins>" in before.text
    assert counted(installation) == (0, 1)
    answer = installation.client().post(link, data={"action": "confirm"} | hidden(before.text))
    assert answer.status_code == 303
    assert counted(installation) == (1, 0)
    again = installation.client().post(link, data={"action": "confirm"} | hidden(before.text))
    assert again.headers["Location"] == answer.headers["Location"]
    page = installation.client().get(answer.headers["Location"])
    assert "petition-promise/v1" in page.text
    assert installation.client().get(link).status_code == 200
    assert counted(installation) == (1, 0)
    assert installation.rows(record) == 1
    audited(installation)


def test_the_button_of_the_own_page_does_the_same_and_twice_is_once(installation: Installation, folder: Path) -> None:
    page = joins(installation)
    changes(installation, folder, "replace", "two persons")
    shown = installation.client().get(page)
    form = {"action": "renew"} | hidden(shown.text)
    for _ in range(2):
        answer = installation.client().post(page, data=form)
        assert answer.status_code == 303
    assert counted(installation) == (1, 0)
    assert 'value="renew"' not in installation.client().get(page).text
    assert asks(installation) == 0
    audited(installation)


def test_a_page_that_showed_an_earlier_text_is_shown_again(installation: Installation, folder: Path) -> None:
    page = joins(installation)
    changes(installation, folder, "replace", "two persons")
    asks(installation)
    link = renewal_link(installation)
    shown = hidden(installation.client().get(link).text)
    changes(installation, folder, "correct", "two human persons")
    for path, action in ((link, "confirm"), (page, "renew")):
        answer = installation.client().post(path, data={"action": action} | shown)
        assert answer.status_code == 422
        assert hidden(answer.text) != shown
    assert counted(installation) == (0, 1)
    again = {"action": "confirm"} | hidden(installation.client().get(link).text)
    assert installation.client().post(link, data=again).status_code == 303  # a correction does not end the link
    assert counted(installation) == (1, 0)


def test_a_link_is_over_with_the_next_replacement(installation: Installation, folder: Path) -> None:
    joins(installation)
    changes(installation, folder, "replace", "two persons")
    asks(installation)
    link = renewal_link(installation)
    shown = hidden(installation.client().get(link).text)
    changes(installation, folder, "replace", "two human beings")
    assert installation.client().get(link).status_code == 404
    assert installation.client().post(link, data={"action": "confirm"} | shown).status_code == 404
    assert asks(installation) == 1
    sweep(installation.services.database, installation.clock.now())
    kept = set(_rows(installation, sa.select(pending.c.kind).where(pending.c.signature.is_(None))))
    assert kept == {"renew"}
    assert installation.rows(renewal) == 1
    assert installation.client().get(renewal_link(installation)).status_code == 200


def test_a_link_is_good_for_longer_than_three_days_and_over_when_the_appeal_is_taken_back(
    installation: Installation, folder: Path
) -> None:
    joins(installation)
    changes(installation, folder, "replace", "two persons")
    asks(installation)
    link = renewal_link(installation)
    installation.clock.moment += timedelta(days=20)
    sweep(installation.services.database, installation.clock.now())
    assert installation.client().get(link).status_code == 200
    withdrawal = WithdrawCampaign(REF, "organizer", "test", installation.clock.now())
    withdraw_campaign(withdrawal, installation.services.log)
    assert installation.client().get(link).status_code == 410
    sweep(installation.services.database, installation.clock.now())
    assert installation.rows(pending) == 0


def test_the_button_works_again_after_a_closing_that_was_taken_back(installation: Installation, folder: Path) -> None:
    page = joins(installation).rpartition("/")[2]
    changes(installation, folder, "replace", "the second wording")
    moment = installation.clock.now()
    desk, log = signing_desk(installation.services), installation.services.log
    renewal_by_button(desk, page, moment)  # pressed, and then the appeal closed
    close_campaign(CloseCampaign(REF, "organizer", "test", moment), log)
    sweep(installation.services.database, moment)
    reopen_campaign(ReopenCampaign(REF, "2026-12-31", "test", moment), log)
    button = renewal_by_button(desk, page, moment)
    with installation.services.database.read() as connection:
        assert connection.execute(sa.select(pending.c.id).where(pending.c.id == button)).scalar_one() == button


@pytest.mark.parametrize("action", ["withdraw", "erase", "both"])
def test_who_withdrew_or_was_erased_gets_no_mail_and_leaves_no_link(
    installation: Installation, folder: Path, action: str
) -> None:
    page = joins(installation)
    changes(installation, folder, "replace", "two persons")
    assert asks(installation) == 1
    link = renewal_link(installation)
    installation.client().post(page, data={"action": action})
    assert installation.client().get(link).status_code == 404
    unused = sa.select(pending.c.id).where(pending.c.signature.is_(None))
    assert _rows(installation, unused) == []
    assert installation.rows(outbox) == 0
    changes(installation, folder, "replace", "two human beings")
    assert asks(installation) == 0


def test_a_mail_that_comes_back_after_the_confirmation_changes_no_signature(
    installation: Installation, folder: Path
) -> None:
    joins(installation)
    changes(installation, folder, "replace", "two persons")
    asks(installation)
    before = installation.services.log.entries(0, 1_000)

    def refuses(message: Message) -> None:
        raise Refused

    send_due(installation.services.database, installation.services.keys, Recorder(refuses), installation.clock)
    assert [line.state for line in lines(installation.services.database)] == ["dead"]
    assert counted(installation) == (0, 1)
    assert installation.services.log.entries(0, 1_000) == before


def test_a_text_that_comes_back_asks_only_those_who_stand_for_the_other(
    installation: Installation, folder: Path
) -> None:
    joins(installation)
    changes(installation, folder, "replace", "two persons")
    joins(installation, "bela@example.org")
    changes(installation, folder, "replace", "two people")
    assert counted(installation) == (1, 1)
    assert asks(installation) == 1
    assert [to for to, _ in renewal_mails(installation)] == ["bela@example.org"]
    audited(installation)


def test_at_risk_nobody_is_written_to_and_the_page_says_to_sign_again(
    database: Database, tmp_path: Path, clock: FixedClock, folder: Path
) -> None:
    found = install(database, tmp_path, clock, at_risk=True)
    page = joins(found)
    changes(found, folder, "replace", "two persons")
    assert asks(found) == 0
    shown = found.client().get(page)
    assert "sign the form again" in shown.text
    assert 'value="renew"' not in shown.text
    assert found.client().post(page, data={"action": "renew"} | _current(found)).status_code == 404
    found.services.database.dispose()


def test_a_form_of_a_replaced_text_says_so_instead_of_a_button(installation: Installation, folder: Path) -> None:
    installation.signs(ANNA)
    link = installation.link_for(ANNA)
    changes(installation, folder, "replace", "two persons")
    page = installation.client().get(link)
    assert 'value="confirm"' not in page.text
    assert "Sign the current text" in page.text
    assert installation.client().post(link, data={"action": "confirm"}).status_code == 422
    assert counted(installation) == (0, 0)


def _rows(installation: Installation, chosen: sa.Select[tuple[str]]) -> list[str]:
    with installation.services.database.read() as connection:
        return list(connection.scalars(chosen))


def _current(installation: Installation) -> dict[str, str]:
    return {"text": now(installation).text, "wording": now(installation).wording}
