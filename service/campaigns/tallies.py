"""Publishing tallies: count in one moment of the database, decide, and append what may be shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.campaigns import queries
from service.campaigns.aggregate import Campaign
from service.campaigns.commands import PublishTally
from service.campaigns.tally import Figures
from service.campaigns.views import CampaignView, People
from service.clock import day_of
from service.errors import Busy, Refused
from service.eventlog.base import Entry
from service.eventlog.event_store import lock_log
from service.eventlog.log import PetitionLog
from service.readmodel.runner import Runner
from service.readmodel.tables import live
from service.store.gates import hold_gate
from service.store.tables import campaign as campaign_table
from service.store.tables import tally_tick
from service.vault.kek_files import KeyMissing
from service.vault.sealing import SealBroken

PAGE = 100  # events read at once to find the entry at a size

CountPeople = Callable[[sa.Connection, CampaignView, str], People]
"""Counts who stands for a text, from the sealed records; the room to the right, which opens them, gives it."""


@dataclass(frozen=True)
class Tallies:
    """What publishing tallies needs, with its verbs."""

    log: PetitionLog
    runner: Runner
    count_people: CountPeople

    def publish(self, command: PublishTally) -> bool:
        """Publish a campaign's next tally if there is something new that may be shown, and return whether it was.

        Counting takes no lock, so people sign meanwhile; what is appended then is decided again under the gate and the
        append lock, and is of the size that was counted. Done twice or by two at once, one tally comes of it.

        :raises NotFound: if there is no such appeal.
        :raises Refused: if it takes no tally now.
        :raises Busy: if the appeal changed in the meantime, or at risk a batch is only partly applied: do it again.
        """
        with self.log.database.read() as connection:
            campaign = queries.campaign_by_ref(connection, command.ref)
        state = self._load(campaign.id)
        state.refuse_tally(day_of(command.now))  # before anybody's record is opened
        figures, position = self._count(campaign)
        if state.publish_tally(figures, day_of(command.now)) is None:
            return False
        with self.log.transaction() as connection:
            hold_gate(connection, campaign.number)
            lock_log(connection)
            state = self._load(campaign.id)
            event = state.publish_tally(figures, self.log.day(connection, command.now))
            if event is None:
                return False
            if campaign.is_at_risk:
                self._refuse_inside_a_batch(campaign.id, position)
            self.log.append(event, state.version + 1)
            return True

    def before_letter(self, ref: str, now: datetime) -> None:
        """Publish a tally if one may be, and let the read models follow, so that a letter rests on the newest one.

        A record that cannot be opened does not stop a letter, which may have a deadline: the last tally stays.

        :raises NotFound: if there is no such appeal.
        """
        self.runner.catch_up()
        with suppress(Refused, Busy, SealBroken, KeyMissing):
            if self.publish(PublishTally(ref, now)):
                self.runner.catch_up()

    def publish_due(self, now: datetime, every_s: int) -> int:
        """Look at each open or closed campaign once in each `every_s` seconds of UTC; return how many had a tally.

        One that cannot be counted just now is looked at again in the next pass.

        :raises SealBroken, KeyMissing: if a record cannot be opened, after the other campaigns had their turn.
        """
        tick = int(now.timestamp()) // every_s * every_s
        published, failed = 0, None
        for campaign, ref in self._due(tick):
            try:
                published += self.publish(PublishTally(ref, now))
            except Refused:
                pass
            except Busy:
                continue
            except (SealBroken, KeyMissing) as error:
                failed = error
                continue
            self._note(campaign, tick)
        if failed is not None:
            raise failed
        return published

    def _load(self, campaign: str) -> Campaign:
        return Campaign.load(campaign, self.log.stream(campaign))

    def _count(self, campaign: CampaignView) -> tuple[Figures, int]:
        """Return what is true at the size that the read models have reached, and that size's position in the store."""
        with self.log.database.read() as connection:
            counts = connection.execute(
                sa.select(live.counts).where(live.counts.c.campaign == campaign.id)
            ).one_or_none()
            reached = connection.execute(sa.select(live.progress)).one_or_none()
            if counts is None or reached is None:
                raise Busy("the read models have not reached the opening of this appeal: count again in a moment")
            text = counts.current_text
            without_countries = campaign.rules.tally_min == 0
            people = People({}, 0) if without_countries else self.count_people(connection, campaign, text)
        shown = {name: getattr(counts, name) for name in ("state", "active", "outdated", "withdrawn", "invalidated")}
        return Figures(**shown, text=text, at_size=reached.log_size, people=people), reached.position

    def _refuse_inside_a_batch(self, campaign: str, position: int) -> None:
        following = self._next_public(position)
        if following is None or not following.topic.startswith("signature."):
            return
        if getattr(following.event, "campaign", None) == campaign:
            raise Busy("at risk a tally is of the end of a batch, and one was appended: count again in a moment")

    def _next_public(self, position: int) -> Entry | None:
        while entries := self.log.entries(position, PAGE):
            found = next((entry for entry in entries if entry.is_public), None)
            if found is not None:
                return found
            position = entries[-1].position
        return None

    def _due(self, tick: int) -> list[tuple[str, str]]:
        looked_at = campaign_table.outerjoin(tally_tick, tally_tick.c.campaign == campaign_table.c.id)
        is_due = tally_tick.c.tick.is_(None) | (tally_tick.c.tick < tick)
        chosen = sa.select(campaign_table.c.id, campaign_table.c.ref).select_from(looked_at)
        chosen = chosen.where(campaign_table.c.state.in_(("open", "closed")), is_due).order_by(campaign_table.c.number)
        with self.log.database.read() as connection:
            return [(row.id, row.ref) for row in connection.execute(chosen)]

    def _note(self, campaign: str, tick: int) -> None:
        with self.log.database.write() as connection:
            moved = sa.update(tally_tick).where(tally_tick.c.campaign == campaign).values(tick=tick)
            if not connection.execute(moved).rowcount:
                connection.execute(sa.insert(tally_tick).values(campaign=campaign, tick=tick))
