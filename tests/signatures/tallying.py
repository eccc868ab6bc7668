"""Verbs for tests of tallies: people of a country join, a tally is asked for, and the auditor looks at the log."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from service.audit.replay import replay
from service.campaigns.commands import PublishTally
from service.campaigns.events import Rules, TallyPublished
from service.campaigns.queries import CampaignView, People
from service.campaigns.tallies import Tallies
from service.readmodel.runner import Runner
from service.signatures.people import people_of
from tests.signatures.conftest import PROJECTIONS, Signing

KEPT_AT_RISK = Rules(risk="at-risk", unique="hmac/1", batch_min=8, batch_max_s=3600, retention="close+30d", tally_min=5)


def tallies_of(signing: Signing, meanwhile: Callable[[], object] = lambda: None) -> Tallies:
    """Return what publishes tallies of a campaign; `meanwhile` happens once the people were counted."""

    def count_people(connection: sa.Connection, campaign: CampaignView, text: str) -> People:
        return people_of(connection, signing.keys, campaign, text)

    class Interrupted(Tallies):
        def _count(self, campaign: CampaignView) -> object:  # type: ignore[override]
            found = super()._count(campaign)
            meanwhile()
            return found

    return Interrupted(signing.log, Runner(signing.log, PROJECTIONS), count_people)


def publishes(signing: Signing, meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Let the read models follow, and ask for a tally."""
    Runner(signing.log, PROJECTIONS).catch_up()
    found = tallies_of(signing, meanwhile).publish(PublishTally("test", signing.clock.now()))
    Runner(signing.log, PROJECTIONS).catch_up()
    return found


def joins(signing: Signing, country: str | None, many: int = 1) -> list[str]:
    """Let people sign and confirm, and return the tokens of their pages."""
    return [signing.confirms(signing.signs(country=country))[1] for _ in range(many)]


def told(signing: Signing) -> list[TallyPublished]:
    """Return the tallies in the log, after the auditor replayed it without an objection."""
    entries = [entry for entry in signing.log.entries(0, 10_000) if entry.is_public]
    report = replay([entry.leaf for entry in entries])
    assert (report.errors, report.findings) == ([], [])
    return [entry.event for entry in entries if isinstance(entry.event, TallyPublished)]
