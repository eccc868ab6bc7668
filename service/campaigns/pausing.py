"""Stopping signing or mail of an appeal for a while, as an operator under load has to; each is recorded in a row."""

from __future__ import annotations

import sqlalchemy as sa

from service.campaigns.commands import PauseCampaign, ResumeCampaign
from service.campaigns.exact import exact_row
from service.clock import day_of
from service.errors import Refused
from service.store.database import Database
from service.store.tables import pause

LASTS = pause.c.until == ""


def pause_campaign(command: PauseCampaign, database: Database) -> None:
    """Stop taking forms, or sending mail, for an appeal. Links that were mailed go on working.

    :raises NotFound: if no appeal of this name was opened.
    :raises Refused: if it is paused already.
    """
    with database.write() as connection:
        found = exact_row(connection, command.ref)["id"]
        if command.what in lasting(connection, found):
            raise Refused(
                f"{command.what} of {command.ref} is paused already. `petition campaign show` says since when."
            )
        row = {"campaign": found, "what": command.what, "since": day_of(command.now), "paused_by": command.actor}
        connection.execute(sa.insert(pause).values(row))


def resume_campaign(command: ResumeCampaign, database: Database) -> None:
    """Take up again what was stopped. :raises Refused: if it is not paused."""
    with database.write() as connection:
        found = exact_row(connection, command.ref)["id"]
        row = sa.update(pause).where(pause.c.campaign == found, pause.c.what == command.what, LASTS)
        ended = row.values(until=day_of(command.now), resumed_by=command.actor)
        if connection.execute(ended).rowcount == 0:
            raise Refused(f"{command.what} of {command.ref} is not paused.")


def lasting(connection: sa.Connection, campaign_id: str) -> dict[str, str]:
    """Return what is paused for an appeal, each with the day since when."""
    chosen = sa.select(pause.c.what, pause.c.since).where(pause.c.campaign == campaign_id, LASTS)
    return {row.what: row.since for row in connection.execute(chosen.order_by(pause.c.what))}
