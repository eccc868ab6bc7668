"""64 people send forms, confirm and renew on the real pages while the text is replaced or the appeal ends.

Whoever is told yes is in the log for the text that they saw, with their promise kept; whoever is told no is told why,
and has lost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from service.app import signing_desk
from service.audit.promises import Promise, read_promise
from service.audit.replay import replay
from service.campaigns.commands import CloseCampaign, SealCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, seal_campaign, withdraw_campaign
from service.clock import FixedClock
from service.eventlog.catalogue import encode
from service.eventlog.merkle import leaf_hash
from service.signatures.events import SignatureRecorded, SignatureRenewed
from service.signatures.renewal import ask_due
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.store.tables import outbox, waiting
from tests.campaigns.test_change_text import audited
from tests.installation import CONSENTED, REF, Installation, install
from tests.signatures.test_renewal import changes, folder, hidden, now

__all__ = ["folder"]

SIZES = (20, 20, 24)  # who send the form, confirm and renew: half of these by mail, half on their own page
SMALL = (6, 6, 8)  # where not the number matters, but the moment
TRIES = 50  # a page that says "try again" means it


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


@dataclass(frozen=True)
class Crowd:
    """What people have on their screens, and are about to send."""

    text: str  # that all of them saw
    forms: list[dict[str, str]]
    links: list[tuple[str, dict[str, str]]]  # address of the page, and the form on it
    renewals: list[tuple[str, dict[str, str]]]


def gathers(installation: Installation, folder: Path, sizes: tuple[int, int, int]) -> Crowd:
    """Let people sign one text, and all open a form, a link or their own page once it was replaced by another."""
    sign, confirm, renew = sizes
    old = sent(installation, "old", renew)
    links = mailed(installation)
    own = [installation.client().post(links[email], data={"action": "confirm"}).headers["Location"] for email in old]
    changes(installation, folder, "replace", "two persons")
    ask_due(signing_desk(installation.services), installation.clock.now())
    new = sent(installation, "new", confirm)
    to_confirm, to_renew = mailed(installation), mailed(installation, "replaced")
    renewals = [(page, "renew") for page in own[: renew // 2]]
    renewals += [(to_renew[email], "confirm") for email in old[renew // 2 :]]
    form = installation.form() | CONSENTED
    return Crowd(
        now(installation).text,
        [form | typed("more", number) for number in range(sign)],
        [(to_confirm[email], {"action": "confirm"}) for email in new],
        [(page, {"action": action} | hidden(installation.client().get(page).text)) for page, action in renewals],
    )


def typed(who: str, number: int) -> dict[str, str]:
    return {"full_name": f"Made-up Visitor {number}", "email": f"{who}{number}@example.org"}


def sent(installation: Installation, who: str, number: int) -> list[str]:
    """Let so many people send the form, and return their addresses."""
    form = installation.form() | CONSENTED
    fields = [typed(who, one) for one in range(number)]
    assert all(is_yes(installation.posts(form | one)) for one in fields)
    return [one["email"] for one in fields]


def mailed(installation: Installation, about: str = "confirm") -> dict[str, str]:
    """Return the link that each address was mailed, from the mails whose subject holds a word."""
    mails: list[tuple[str, str, str]] = []
    while installation.rows(outbox) or not mails:
        mails = installation.mails()
    links = (
        (to, re.search(r"http://localhost(/confirm/[A-Za-z0-9_-]{40,})", body)) for to, on, body in mails if about in on
    )
    return {to: found[1] for to, found in links if found}


def sends(installation: Installation, path: str, form: dict[str, str]) -> TestResponse:
    """Send a form as a browser would, and again while the page says that too many do."""
    for _ in range(TRIES):
        answer = installation.client().post(path, data=form)
        if answer.status_code != 503:
            break
    return answer


@dataclass(frozen=True)
class Answers:
    """What they were told."""

    forms: list[TestResponse]
    links: list[TestResponse]
    renewals: list[TestResponse]

    def pages(self) -> list[str]:
        """Return the own pages of those who were told that they stand."""
        return [one.headers["Location"].partition("?")[0] for one in self.links + self.renewals if is_yes(one)]


def is_yes(answer: TestResponse) -> bool:
    return answer.status_code == 303


def all_at_once(installation: Installation, crowd: Crowd, happens: Callable[[], object]) -> Answers:
    """Let all send what they have while something happens in between."""
    with ThreadPoolExecutor(1 + len(crowd.forms + crowd.links + crowd.renewals)) as pool:

        def send(path: str, form: dict[str, str]) -> Future[TestResponse]:
            return pool.submit(sends, installation, path, form)

        links = [send(path, form) for path, form in crowd.links]
        renewals = [send(path, form) for path, form in crowd.renewals]
        change = pool.submit(happens)
        forms = [send(f"/en/c/{REF}/sign", form) for form in crowd.forms]
        change.result()
        return Answers(*([one.result() for one in many] for many in (forms, links, renewals)))


def test_the_text_is_replaced(installation: Installation, folder: Path) -> None:
    crowd = gathers(installation, folder, SIZES)
    told = all_at_once(installation, crowd, lambda: changes(installation, folder, "replace", "two human beings"))
    stand_in_the_log(installation, crowd, told)
    again = [one for one in told.forms if not is_yes(one)]
    assert {(one.status_code, "<ins>" in one.text, "Made-up Visitor" in one.text) for one in again} <= {
        (422, True, True)
    }
    for one in again:  # what they typed is still there: they read the difference and send it
        form = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', one.text))
        kept = dict(re.findall(r'name="(full_name|email)"[^>]* value="([^"]*)"', one.text))
        assert is_yes(installation.posts(CONSENTED | kept | form))
    assert {one.status_code for one in told.links} <= {303, 422}
    assert all("Sign the current text" in one.text and "<ins>" in one.text for one in told.links if not is_yes(one))
    refused = [one for one in told.renewals if not is_yes(one)]
    assert {one.status_code for one in refused} <= {
        404,
        422,
    }  # the mailed link is over, the own page shows the new text
    assert all("<ins>" in one.text for one in refused if one.status_code == 422)
    assert installation.count()["active"] == 0


@pytest.mark.parametrize("how", ["closed", "withdrawn"])
def test_the_appeal_ends_and_is_sealed(installation: Installation, folder: Path, how: str) -> None:
    crowd = gathers(installation, folder, SMALL)
    services, moment = installation.services, installation.clock.now()

    def ends() -> None:
        if how == "closed":
            close_campaign(CloseCampaign(REF, "organizer", "test", moment), services.log)
        else:
            withdraw_campaign(WithdrawCampaign(REF, "organizer", "test", moment), services.log)

    told = all_at_once(installation, crowd, ends)
    stand_in_the_log(installation, crowd, told)
    assert {one.status_code for one in told.forms + told.links + told.renewals} <= {303, 410}
    assert installation.count()["active"] == len(told.pages())
    refused = still_outside(crowd, told)
    installation.clock.moment += timedelta(days=30)
    seal = SealCampaign(REF, installation.clock.now())
    told_at_sealing = all_at_once(installation, refused, lambda: seal_campaign(seal, services.log, forget_signers))
    assert told_at_sealing.pages() == []
    answers = told_at_sealing.forms + told_at_sealing.links + told_at_sealing.renewals
    assert {one.status_code for one in answers} <= {404, 410}
    installation.records()
    audited(installation)
    assert installation.count()["active"] == len(told.pages())


def still_outside(crowd: Crowd, told: Answers) -> Crowd:
    """Return those of a crowd who were told no, and all who sent a form: they try again."""
    links = [one for one, answer in zip(crowd.links, told.links, strict=True) if not is_yes(answer)]
    renewals = [one for one, answer in zip(crowd.renewals, told.renewals, strict=True) if not is_yes(answer)]
    return Crowd(crowd.text, crowd.forms, links, renewals)


def stand_in_the_log(installation: Installation, crowd: Crowd, told: Answers) -> None:
    """Check that those who were told yes, and nobody else, are in the log for the text that they saw, as promised."""
    promises = [promise_of(installation, page) for page in told.pages()]
    installation.records()
    assert installation.rows(waiting) == 0
    entries = [entry.event for entry in installation.services.log.entries(0, 10_000) if entry.is_public]
    leaves = [encode(one) for one in entries]
    places = {leaf_hash(leaf): index for index, leaf in enumerate(leaves)}
    verdicts = [one.verdict(places.get(one.leaf_hash), [], one.due) for one in promises]
    assert set(verdicts) <= {"kept"}
    stated = [one for one in entries if isinstance(one, (SignatureRecorded, SignatureRenewed))]
    seen = [one for one in stated if one.text == crowd.text]
    assert sorted(one.signature for one in seen) == sorted(one.signature for one in promises)
    assert len(stated) == len(crowd.renewals) + len(seen)  # nobody stands for a text that they were never shown
    report = replay(leaves)
    assert report.errors == []
    (found,) = report.campaigns.values()
    shown = installation.count()
    assert (found.active, found.outdated) == (shown["active"], shown["outdated"])
    assert found.active + found.outdated == len(crowd.renewals) + sum(is_yes(one) for one in told.links)


def promise_of(installation: Installation, page: str) -> Promise:
    """Return the promise that somebody's own page shows."""
    note = installation.client().get(f"{page}/receipt").data
    return read_promise(note, installation.services.keys.origin, [installation.services.keys.promise_vkey])
