"""Tallies are counted from sealed records, are of one log size, and are published once, on each kind of database."""

from __future__ import annotations

import sqlalchemy as sa

from service.audit.replay import replay
from service.campaigns.commands import PublishTally
from service.campaigns.events import Rules, TallyPublished
from service.campaigns.queries import CampaignView, People
from service.campaigns.tallies import Tallies
from service.readmodel.runner import Runner
from service.signatures.people import people_of
from tests.signatures.conftest import PROJECTIONS, TEXT, Signing

HOUR_S = 3_600
KEPT_AT_RISK = Rules(risk="at-risk", unique="hmac/1", batch_min=8, batch_max_s=3600, retention="close+30d", tally_min=5)


def tallies_of(signing: Signing) -> Tallies:
    """Return what publishes tallies of a campaign."""

    def people(connection: sa.Connection, campaign: CampaignView, text: str) -> People:
        return people_of(connection, signing.keys, campaign, text)

    return Tallies(signing.log, Runner(signing.log, PROJECTIONS), people)


def joins(signing: Signing, country: str | None, many: int = 1) -> list[str]:
    """Let people sign and confirm, and return the tokens of their pages."""
    return [signing.confirms(signing.signs(country=country))[1] for _ in range(many)]


def publishes(signing: Signing) -> bool:
    """Ask for a tally, and let the read models follow."""
    found = tallies_of(signing).publish(PublishTally("test", signing.clock.now()))
    Runner(signing.log, PROJECTIONS).catch_up()
    return found


def told(signing: Signing) -> list[TallyPublished]:
    """Return the tallies in the log, after the auditor replayed it without an objection."""
    entries = [entry for entry in signing.log.entries(0, 10_000) if entry.is_public]
    report = replay([entry.leaf for entry in entries])
    assert [error for error in report.errors if error.field != "document"] == []
    return [entry.event for entry in entries if isinstance(entry.event, TallyPublished)]


def test_it_counts_countries_from_the_sealed_records(signing: Signing) -> None:
    joins(signing, "CZ", 6)
    joins(signing, "TR", 5)
    joins(signing, "DE", 3)
    joins(signing, None, 2)
    joins(signing, "ZZ")
    signing.records()
    assert publishes(signing)
    (tally,) = told(signing)
    assert (tally.by_country, tally.merged, tally.active, tally.text) == ({"CZ": 6, "TR": 5}, 6, 17, TEXT)


def test_what_waits_for_the_recorder_is_not_counted(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    joins(signing, None, 5)
    signing.records()
    joins(signing, "CZ", 5)
    assert publishes(signing)
    assert told(signing)[0].by_country == {"CZ": 5}
