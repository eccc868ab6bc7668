"""The recorder: appends what waits, in batches, so that no append tells of one confirmation."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.signatures.promise import PERIODS_SINCE
from service.store.tables import campaign, recorder_tick, waiting

BATCH_MAX = 500  # events in one transaction: SQLite's write lock is held about 8 ms
TICK_S = 600  # at risk the recorder looks at fixed ticks of UTC, never at arrivals: docs/log_format.md section 7.3


def record_waiting(log: PetitionLog, now: datetime) -> int:
    """Make one pass over all campaigns for which something waits, and return how many events were appended."""
    with log.database.read() as connection:
        chosen = sa.select(campaign.c.id, campaign.c.rules, sa.func.count().label("waits"))
        joined = chosen.join(waiting, waiting.c.campaign == campaign.c.id).group_by(campaign.c.id, campaign.c.rules)
        found = connection.execute(joined).all()
    return sum(_record(log, row.id, json.loads(row.rules), now) for row in found)


def tick_of(now: datetime) -> datetime:
    """Return the newest fixed tick that is not after `now`."""
    return datetime.fromtimestamp(int(now.timestamp()) // TICK_S * TICK_S, UTC)


def _record(log: PetitionLog, campaign_id: str, rules: dict[str, int], now: datetime) -> int:
    if rules["batch_max_s"] == 0:
        with log.transaction() as connection:
            return append_waiting(log, connection, campaign_id, BATCH_MAX)
    return _record_at_tick(log, campaign_id, rules, now)


def _record_at_tick(log: PetitionLog, campaign_id: str, rules: dict[str, int], now: datetime) -> int:
    """Append all that waits if a new tick came and enough wait, or a period ended since the last tick."""
    tick = tick_of(now)
    with log.transaction() as connection:
        last = connection.execute(
            sa.select(recorder_tick.c.tick).where(recorder_tick.c.campaign == campaign_id)
        ).scalar()
        if last is not None and last >= tick.timestamp():
            return 0
        _note_tick(connection, campaign_id, tick, last is None)
        waits = connection.execute(
            sa.select(sa.func.count()).select_from(waiting).where(waiting.c.campaign == campaign_id)
        ).scalar_one()
        ended = last is not None and _period(rules, last) != _period(rules, int(tick.timestamp()))
        if waits < rules["batch_min"] and not ended:
            return 0
        return append_waiting(log, connection, campaign_id)


def _period(rules: dict[str, int], moment_s: int) -> int:
    return int(moment_s - PERIODS_SINCE.timestamp()) // rules["batch_max_s"]


def _note_tick(connection: sa.Connection, campaign_id: str, tick: datetime, first: bool) -> None:
    seconds = int(tick.timestamp())
    if first:
        connection.execute(sa.insert(recorder_tick).values(campaign=campaign_id, tick=seconds))
    else:
        connection.execute(sa.update(recorder_tick).where(recorder_tick.c.campaign == campaign_id).values(tick=seconds))
