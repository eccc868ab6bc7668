"""What two people decide about signatures: that they are false, or that such a decision was wrong.

The decision is one transaction: the exact rows change, and the events wait for the recorder like everybody's, so that a
batch at risk is mixed with others (docs/log_format.md section 7.3).
"""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, campaign_by_id
from service.clock import day_of, monday_of
from service.errors import Busy, NotFound, Refused
from service.eventlog.catalogue import encode
from service.readmodel.tables import live
from service.signatures.aggregate import Decision, Signature, apply
from service.signatures.commands import JudgeSignatures
from service.signatures.events import FalseReason, SignatureEvent
from service.signatures.listed import ENTRIES_MAX, listed_at, parts, ranges
from service.store.gates import try_gates_shared
from service.store.tables import signature, waiting
from service.vault.annexes import leave_annexes

REASONS: tuple[str, ...] = get_args(FalseReason)
WEEK_S = 604_800
_ALPHABET = string.ascii_letters + string.digits


def invalidation_of(
    connection: sa.Connection, campaign: str, entries: Sequence[int], reason: FalseReason
) -> JudgeSignatures:
    """Return the decision that these entries are false, as it can be asked now.

    :raises Refused: if the list is empty, too long to be read, or nothing would change.
    """
    batch = "b_" + "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return _asked(connection, JudgeSignatures(campaign, batch, reason, sorted(set(entries)), 0, 0))


def taking_back_of(connection: sa.Connection, batch: str) -> JudgeSignatures:
    """Return the decision that an earlier one was wrong, about all that it still holds invalidated in the log.

    :raises NotFound: if the log has no such decision yet.
    :raises Refused: if it holds nothing invalidated any more.
    """
    found = connection.execute(sa.select(live.batch.c.campaign).where(live.batch.c.batch == batch)).scalar()
    if found is None:
        raise NotFound(f"The log has no decision {batch}: `petition signatures batches` shows those there are.")
    entries = _held_by(connection, found, batch)
    return _asked(connection, JudgeSignatures(found, batch, None, entries, 0, 0))


def _asked(connection: sa.Connection, command: JudgeSignatures) -> JudgeSignatures:
    if len(command.entries) > ENTRIES_MAX:
        raise Refused(f"{len(command.entries)} are too many to be read: ask in parts of at most {ENTRIES_MAX}")
    size = connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0
    active = connection.scalar(sa.select(live.counts.c.active).where(live.counts.c.campaign == command.campaign)) or 0
    command = read_list(connection, replace(command, at_size=size, active=active))
    if not command.chosen:
        raise Refused("none of the signatures in the list is in a state that this would change")
    return command


def _held_by(connection: sa.Connection, campaign: str, batch: str) -> list[int]:
    signed = live.signed
    chosen = sa.select(signed.c.entry).where(signed.c.batch == batch, signed.c.state == "invalidated")
    return sorted(connection.scalars(chosen.where(signed.c.campaign == campaign)))


def read_list(connection: sa.Connection, command: JudgeSignatures) -> JudgeSignatures:
    """Return the decision with what the log says of its list at its size: the same each time, whatever came since.

    :raises Refused: if an entry is none of the appeal's signatures.
    """
    batch = "" if command.reason else command.batch
    found = listed_at(connection, command.campaign, command.entries, command.at_size, batch)
    chosen = [(entry, state.id, state.version, state.text) for entry, state in found.chosen]
    return replace(command, chosen=chosen, left_out=found.left_out)


def describe_judgement(connection: sa.Connection, command: JudgeSignatures) -> list[str]:
    """Return exactly what a decision would do: which entries, how many are left out and why, and the new total.

    :raises NotFound, Refused: if there is no such appeal, or it is sealed.
    """
    campaign = campaign_by_id(connection, command.campaign)
    _refuse_sealed(campaign)
    entries = [entry for entry, *_ in command.chosen]
    standing = sum(campaign.stands(text) for *_, text in command.chosen)
    after = command.active + (-standing if command.reason else standing)
    listed = hashlib.sha256("".join(f"{entry}\n" for entry in entries).encode()).hexdigest()
    what = f"invalidates as {command.reason}" if command.reason else "is taken back"
    left_out = ", ".join(f"{count} {why}" for why, count in sorted(command.left_out.items(), reverse=True)) or "none"
    return [
        f"appeal {campaign.ref} ({campaign.id}) at log size {command.at_size}: decision {command.batch} {what}",
        f"signatures: {len(command.chosen)} of {len(command.entries)}; left out: {left_out}",
        f"entries: {ranges(entries)}",
        f"sha256 of the entries, one a line: {listed}",
        f"active at that log size: {command.active}, with the decision: {after}",
        "whoever withdraws, renews or is decided about before the approval is left out as well",
    ]


def judge_signatures(command: JudgeSignatures, connection: sa.Connection, approvals: int, now: datetime) -> int | None:
    """Decide, and return how many signatures it changed; call inside `log.transaction()`.

    Only what is still as the list's log size had it is changed: the version of its exact row says so, also where a
    withdrawal waits that nobody can see yet. So at risk it is not told how many: the next batch shows it.

    :raises Refused: if nothing of the list is left (not told at risk), it is sealed, or one person decided alone.
    :raises Busy: if the appeal is being closed, or its text replaced, at this moment.
    """
    number = campaign_by_id(connection, command.campaign).number
    if number not in try_gates_shared(connection, [number]):
        raise Busy("the appeal is being changed at this moment: approve again")
    campaign = campaign_by_id(connection, command.campaign)  # under the gate
    _refuse_sealed(campaign)
    decision = _decision(command, campaign, approvals, day_of(now))
    listed = sorted((signature_id, version) for _, signature_id, version, _ in command.chosen)
    changed = sum(_judge(connection, part, decision) for part in parts(listed))
    if campaign.is_at_risk:
        return None
    if not changed:
        raise Refused("every signature of the list changed since it was asked: nothing is left to decide")
    return changed


def _decision(command: JudgeSignatures, campaign: CampaignView, approvals: int, day: str) -> Decision:
    day = monday_of(day) if campaign.rules.batch_max_s == WEEK_S else day
    return Decision(command.batch, command.reason, approvals, day)


def _judge(connection: sa.Connection, listed: Sequence[tuple[str, int]], decision: Decision) -> int:
    """Change the rows of one part, in the order of their keys, and let the events wait."""
    known = dict(listed)
    rows = connection.execute(
        sa.select(signature).where(signature.c.id.in_(known)).order_by(signature.c.id).with_for_update()
    ).mappings()
    before = [Signature(**row) for row in rows if row["version"] == known[row["id"]]]
    made: list[tuple[Signature, SignatureEvent]] = [
        (one, one.invalidate(decision) if decision.reason else one.reinstate(decision)) for one in before
    ]
    if not made:
        return 0
    after = [vars(apply(one, event)) for one, event in made]
    names = ("state", "version", "invalidation")
    changes = sa.update(signature).where(signature.c.id == sa.bindparam("_id"))
    changes = changes.values({name: sa.bindparam(name) for name in names})
    connection.execute(changes, [{"_id": one["id"]} | {name: one[name] for name in names} for one in after])
    leaves = [
        {"signature": one.id, "version": one.version + 1, "campaign": one.campaign, "topic": event.topic,
         "leaf": encode(event)}
        for one, event in made
    ]  # fmt: skip
    connection.execute(sa.insert(waiting), leaves)
    if decision.reason:
        leave_annexes(connection, [one.id for one in before])
    return len(made)


def _refuse_sealed(campaign: CampaignView) -> None:
    if campaign.state == "sealed":
        raise Refused("this appeal is sealed: none of its signatures changes any more")
