"""A closed appeal takes signatures again; what became of its matter and its news are told, by the log's own rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.app import PROJECTIONS
from service.audit.replay import replay
from service.campaigns.commands import CloseCampaign, PostUpdate, RecordOutcome, ReopenCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, reopen_campaign, seal_due, withdraw_campaign
from service.campaigns.telling import post_update, read_news, record_outcome
from service.errors import NotFound, Refused
from service.eventlog.log import PetitionLog
from service.operations.export import leaves
from service.readmodel.rebuild import rebuild
from service.signatures.sealing import forget_signers
from service.store.tables import campaign
from tests.installation import REF, Installation

HEAD = {"format": "undersigned-news/1", "language": "en", "direction": "ltr", "title": "What happened"}
BODY = "The court decided.\n"
FILE = """+++
format = "undersigned-news/1"
language = "ug"
direction = "rtl"
title = "خەۋەر"
+++

## بۈگۈن

سوت قارار چىقاردى.
"""


def close(installation: Installation) -> None:
    close_campaign(CloseCampaign(REF, "organizer", "test", installation.clock.now()), installation.services.log)


def reopen(installation: Installation, closes: str = "2026-12-31") -> None:
    reopen_campaign(ReopenCampaign(REF, closes, "test", installation.clock.now()), installation.services.log)


def withdraw(installation: Installation, reason: str) -> None:
    withdraw_campaign(WithdrawCampaign(REF, reason, "test", installation.clock.now()), installation.services.log)


def decide(installation: Installation, outcome: str, ref: str = REF) -> str:
    return record_outcome(RecordOutcome(ref, outcome, HEAD, BODY, "test", installation.clock.now()), log(installation))


def tell(installation: Installation, title: str = "What happened") -> str:
    return post_update(
        PostUpdate(REF, HEAD | {"title": title}, BODY, "test", installation.clock.now()), log(installation)
    )


def audited(installation: Installation) -> bool:
    """Return whether the auditor's program takes the log, and finds no error in it."""
    return not replay([leaf + b"\n" for leaf in leaves(installation.services.database)]).errors


def log(installation: Installation) -> PetitionLog:
    return installation.services.log


def test_a_reopened_appeal_takes_signatures_and_what_was_signed_stays(installation: Installation) -> None:
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.signs("ben@example.org")  # a form that waits while the appeal is closed
    close(installation)
    assert installation.client().get(f"/en/c/{REF}/sign").status_code == 410
    reopen(installation)
    installation.confirms("ben@example.org")
    installation.signs("cy@example.org")
    installation.confirms("cy@example.org")
    installation.records()
    count = installation.count()
    assert (count["active"], count["state"]) == (3, "open")
    assert audited(installation)


def test_it_closes_and_is_sealed_again_on_its_new_days(installation: Installation) -> None:
    close(installation)
    installation.clock.moment += timedelta(days=20)
    reopen(installation, "2026-06-30")
    installation.clock.moment += timedelta(days=20)
    assert seal_due(log(installation), installation.clock.now(), forget_signers) == 0
    close(installation)
    with installation.services.database.read() as connection:
        row = connection.execute(sa.select(campaign)).mappings().one()
    assert (row["state"], row["ended"]) == ("closed", "2026-04-11")
    installation.clock.moment += timedelta(days=30)
    assert seal_due(log(installation), installation.clock.now(), forget_signers) == 1


def test_only_a_closed_one_is_reopened(installation: Installation) -> None:
    with pytest.raises(Refused, match="only one that is closed"):
        reopen(installation)
    withdraw(installation, "organizer")
    with pytest.raises(Refused, match="This appeal is withdrawn"):
        reopen(installation)
    with pytest.raises(NotFound):
        reopen_campaign(ReopenCampaign("none", "2026-12-31", "t", installation.clock.now()), log(installation))


def test_not_to_a_day_that_is_past(installation: Installation) -> None:
    close(installation)
    with pytest.raises(Refused, match="is past"):
        reopen(installation, "2026-03-01")
    reopen(installation, "2026-03-02")


def test_not_once_what_tells_who_signed_may_be_destroyed(installation: Installation) -> None:
    close(installation)
    installation.clock.moment += timedelta(days=30)
    with pytest.raises(Refused, match="is sealed from 2026-04-01 on"):
        reopen(installation)


def test_an_outcome_is_told_at_any_time_even_after_sealing(installation: Installation) -> None:
    decide(installation, "unknown")
    close(installation)
    decide(installation, "refused")
    installation.clock.moment += timedelta(days=30)
    seal_due(log(installation), installation.clock.now(), forget_signers)
    document = decide(installation, "moot")
    installation.records()
    assert audited(installation)
    told = installation.client().get(f"/log/documents/{document}").text
    assert 'kind = "moot"' in told
    assert f'ref = "{REF}"' in told


def test_nothing_is_told_once_the_persons_had_it_withdrawn(installation: Installation) -> None:
    withdraw(installation, "persons-request")
    for told in (tell, lambda one: decide(one, "granted")):
        with pytest.raises(Refused, match="nothing more is told"):
            told(installation)


def test_an_appeal_that_was_never_opened_has_no_news(installation: Installation) -> None:
    with pytest.raises(NotFound):
        decide(installation, "granted", ref="never-opened")


def test_what_readers_are_told_is_rebuilt_from_the_log(installation: Installation) -> None:
    for title in ("First", "Second"):
        tell(installation, title)
    installation.records()
    before = installation.client().get(f"/en/c/{REF}/feed.atom").data
    rebuild(log(installation), PROJECTIONS, lambda done, of: None)
    assert installation.client().get(f"/en/c/{REF}/feed.atom").data == before


def test_a_file_of_news_is_read(tmp_path: Path) -> None:
    path = tmp_path / "news.md"
    path.write_text(FILE)
    (found,), problems = read_news([path], ["en"])
    assert problems == []
    assert (found.fields["language"], found.body.startswith("## ")) == ("ug", True)


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        (FILE.replace("rtl", "ltr"), 4, "direction is ltr, but ug is rtl"),
        (FILE.replace('title = "خەۋەر"\n', ""), 2, "title"),
        (FILE.replace("undersigned-news/1", "undersigned-text/1"), 2, "format"),
        (FILE.replace('title = "', 'state = "draft"\ntitle = "'), 5, "state"),
        (FILE + "\n[here](https://example.org)\n", 12, "a link"),
        (FILE + "\n<b>x</b>\n", 12, "raw HTML"),
        (FILE + "x" * 8_001, 8, "at most 8000 are mailed"),
        (FILE + "\n+++\n", 12, "between languages"),
        ("no head", 1, "must begin with TOML"),
        (FILE.partition("## ")[0], 8, "holds no text"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_by_line(tmp_path: Path, wrong: str, line: int, said: str) -> None:
    path = tmp_path / "news.md"
    path.write_text(wrong)
    _, problems = read_news([path], ["en"])
    assert [one for one in problems if one.line == line and said in str(one)], [str(one) for one in problems]
