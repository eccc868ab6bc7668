"""A list of signatures by the entries that they stand on, and what the log says of them up to a size.

A decision is about such a list. It is read from the log alone, so whoever approves it later reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

from service.errors import Refused
from service.eventlog.catalogue import decode
from service.readmodel.tables import live
from service.signatures.aggregate import Signature, apply
from service.signatures.events import SignatureEvent, SignatureRecorded, SignatureRenewed
from service.store.tables import event

ENTRIES_MAX = 10_000  # of one decision, so that it can be read before it is approved
IDS_MAX = 500  # in one statement


@dataclass(frozen=True)
class Listed:
    """A list at a log size: what can be decided on, and how many were left out, by why."""

    chosen: list[tuple[int, Signature]]  # entry, and the signature that stands on it
    left_out: dict[str, int] = field(default_factory=dict)


def listed_at(
    connection: sa.Connection, campaign: str, entries: Sequence[int], at_size: int, batch: str = ""
) -> Listed:
    """Return which signatures of a list are active at a log size, or if named: are invalidated by that batch.

    Left out and counted are those that withdrew, that stand on a later entry since, or about which it was decided
    otherwise. Who was erased looks like anybody else: the log does not know it.

    :raises Refused: naming the first entry that no signature of this campaign ever stood on.
    """
    chosen: list[tuple[int, Signature]] = []
    left_out = dict.fromkeys(("withdrawn", "renewed", "invalidated", "active"), 0)
    for part in parts(entries):
        signed = _signed(connection, campaign, part)
        states = dict(_states(connection, campaign, set(signed.values()), at_size))
        for entry in part:
            stands_on, state = states[signed[entry]]
            wanted = ("invalidated", batch) if batch else ("active", "")
            if stands_on == entry and (state.state, state.invalidation) == wanted:
                chosen.append((entry, state))
            else:
                left_out["renewed" if stands_on != entry else state.state] += 1
    return Listed(chosen, {why: number for why, number in left_out.items() if number})


def _signed(connection: sa.Connection, campaign: str, entries: Sequence[int]) -> dict[int, str]:
    """Return by entry the signature that was recorded or renewed there."""
    joined = sa.select(live.leaf.c.leaf_index, event.c.topic, event.c.state)
    joined = joined.join(event, event.c.id == live.leaf.c.position).where(live.leaf.c.leaf_index.in_(entries))
    found = {}
    for index, topic, state in connection.execute(joined):
        made = decode(topic, bytes(state))
        if isinstance(made, SignatureRecorded | SignatureRenewed) and made.campaign == campaign:
            found[index] = made.signature
    for entry in entries:
        if entry not in found:
            raise Refused(f"entry {entry} is no signature of this appeal: take it out of the list")
    return found


def _states(
    connection: sa.Connection, campaign: str, ids: Iterable[str], at_size: int
) -> Iterator[tuple[str, tuple[int, Signature]]]:
    """Yield each signature with the entry that it stands on and its state, as the log has them up to a size."""
    joined = sa.select(event.c.stream, live.leaf.c.leaf_index, event.c.topic, event.c.state)
    joined = joined.join(live.leaf, live.leaf.c.position == event.c.id)
    of_these = event.c.stream.in_(sorted(ids)) & (live.leaf.c.leaf_index < at_size)
    states: dict[str, tuple[int, Signature]] = {}
    for stream, index, topic, stored in connection.execute(joined.where(of_these).order_by(event.c.id)):
        made = decode(topic, bytes(stored))
        assert isinstance(made, SignatureEvent)  # a signature's stream holds nothing else
        entry, before = states.get(stream, (index, Signature(stream, campaign)))
        moves = isinstance(made, SignatureRecorded | SignatureRenewed)
        states[stream] = (index if moves else entry, apply(before, made))
    yield from states.items()


T = TypeVar("T")


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield a sequence in parts that one statement takes."""
    for start in range(0, len(items), IDS_MAX):
        yield items[start : start + IDS_MAX]


def ranges(entries: Iterable[int]) -> str:
    """Return entries as people write them: ``3, 7–12``."""
    spans: list[list[int]] = []
    for entry in sorted(entries):
        if spans and entry == spans[-1][1] + 1:
            spans[-1][1] = entry
        else:
            spans.append([entry, entry])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans)
