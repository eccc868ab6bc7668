"""Decisions about signatures, with the verbs that tests use."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from service.campaigns.numbers import DecisionView, decisions
from service.readmodel.tables import live
from service.signatures.commands import JudgeSignatures
from service.signatures.events import FalseReason
from service.signatures.judging import describe_judgement, invalidation_of, judge_signatures, taking_back_of
from service.signatures.rows import find_mine
from service.store.database import Database
from tests.signatures.conftest import CAMPAIGN, Signing


def entry_of(signing: Signing, page: str) -> int:
    """Return the entry on which the signature behind a supporter's own page stands."""
    with signing.database.read() as connection:
        signature = find_mine(connection, page)["signature"]
    return entry_in(signing.database, signature)


def entry_in(database: Database, signature: str) -> int:
    """Return the entry on which a signature stands."""
    chosen = sa.select(live.signed.c.entry).where(live.signed.c.id == signature)
    with database.read() as connection:
        return int(connection.execute(chosen).scalar_one())


def accuses(signing: Signing, entries: Sequence[int], reason: FalseReason = "automated") -> JudgeSignatures:
    """Return the decision that entries are false, as it is asked now."""
    with signing.database.read() as connection:
        return invalidation_of(connection, CAMPAIGN, entries, reason)


def takes_back(signing: Signing, batch: str) -> JudgeSignatures:
    """Return the decision that an earlier one was wrong, as it is asked now."""
    with signing.database.read() as connection:
        return taking_back_of(connection, batch)


def preview(signing: Signing, command: JudgeSignatures) -> list[str]:
    """Return what would be done."""
    with signing.database.read() as connection:
        return describe_judgement(connection, command)


def decides(signing: Signing, command: JudgeSignatures, approvals: int = 2) -> int | None:
    """Let two people decide."""
    with signing.log.transaction() as connection:
        return judge_signatures(command, connection, approvals, signing.clock.now())


def decided(signing: Signing) -> list[DecisionView]:
    """Return the decisions that stand in the log."""
    with signing.database.read() as connection:
        return decisions(connection, CAMPAIGN)
