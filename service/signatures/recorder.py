"""The recorder: appends what waits, in batches, so that no append tells of one confirmation."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from service.clock import day_of
from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.signatures.promise import PERIODS_SINCE
from service.store.tables import campaign, recorder_tick, waiting

BATCH_MAX = 500  # events in one transaction: SQLite's write lock is held about 8 ms
DAY_S = 86_400
TICK_S = 600  # at risk the recorder looks at fixed ticks of UTC, never at arrivals: docs/log_format.md section 7.3


def record_waiting(log: PetitionLog, now: datetime) -> int:
    """Make one pass over all campaigns that have their turn, and return how many events were appended.

    At risk their turn is each tick, whether or not anybody waits: else a look would follow the first who comes.
    """
    tick_s = int(tick_of(now).timestamp())
    somebody_waits = sa.exists().where(waiting.c.campaign == campaign.c.id)
    is_new_tick = recorder_tick.c.tick.is_(None) | (recorder_tick.c.tick < tick_s)
    at_risk = (campaign.c.risk == "at-risk") & campaign.c.state.in_(("open", "closed", "withdrawn")) & is_new_tick
    looked_at = campaign.outerjoin(recorder_tick, recorder_tick.c.campaign == campaign.c.id)
    chosen = sa.select(campaign.c.id, campaign.c.rules, campaign.c.opens).select_from(looked_at)
    with log.database.read() as connection:
        found = connection.execute(chosen.where(at_risk | ((campaign.c.risk == "ordinary") & somebody_waits))).all()
    return sum(_record(log, row, tick_s) for row in found)


def tick_of(now: datetime) -> datetime:
    """Return the newest fixed tick that is not after `now`."""
    return datetime.fromtimestamp(int(now.timestamp()) // TICK_S * TICK_S, UTC)


def _record(log: PetitionLog, found: sa.Row[tuple[str, str, str]], tick_s: int) -> int:
    rules = json.loads(found.rules)
    with log.transaction() as connection:
        if rules["batch_max_s"] == 0:
            return append_waiting(log, connection, found.id, BATCH_MAX)
        return _record_at_tick(log, connection, found, tick_s)


def _record_at_tick(
    log: PetitionLog, connection: sa.Connection, found: sa.Row[tuple[str, str, str]], tick_s: int
) -> int:
    """Append all that waits if a new tick came and enough wait; else, if a period ended, what is of before its end.

    So whoever comes between a period's end and a look that is late waits for companions like everybody.
    """
    rules = json.loads(found.rules)
    last_s = connection.scalar(sa.select(recorder_tick.c.tick).where(recorder_tick.c.campaign == found.id))
    if last_s is not None and last_s >= tick_s:
        return 0
    _note_tick(connection, found.id, tick_s, last_s is None)
    if last_s is None:  # it never looked: what waits came after the opening
        last_s = int(datetime.fromisoformat(f"{found.opens}T00:00:00+00:00").timestamp())
    many = sa.select(sa.func.count()).select_from(waiting).where(waiting.c.campaign == found.id)
    if connection.scalar(many) >= rules["batch_min"]:
        return append_waiting(log, connection, found.id)
    if _period(rules, last_s) == _period(rules, tick_s):
        return 0
    return append_waiting(log, connection, found.id, before=_first_day(rules, tick_s))


def _period(rules: dict[str, int], moment_s: int) -> int:
    return int(moment_s - PERIODS_SINCE.timestamp()) // rules["batch_max_s"]


def _first_day(rules: dict[str, int], moment_s: int) -> str | None:
    """Return the day with which the period began; None for periods of an hour, which a leaf's day does not tell."""
    if rules["batch_max_s"] < DAY_S:
        return None
    began_s = PERIODS_SINCE.timestamp() + _period(rules, moment_s) * rules["batch_max_s"]
    return day_of(datetime.fromtimestamp(began_s, UTC))


def _note_tick(connection: sa.Connection, campaign_id: str, tick_s: int, first: bool) -> None:
    if first:
        connection.execute(sa.insert(recorder_tick).values(campaign=campaign_id, tick=tick_s))
    else:
        connection.execute(sa.update(recorder_tick).where(recorder_tick.c.campaign == campaign_id).values(tick=tick_s))
