"""The checkpoint that is shown: the newest signed one that a quorum of the witnesses cosigned."""

from __future__ import annotations

import sqlalchemy as sa

from service.publishing.cosignatures import Cosignature, cosignature_in
from service.publishing.policy import Policy
from service.publishing.signed import Checkpoint
from service.store.tables import checkpoint, shown, witness


def newest_shown(connection: sa.Connection) -> Checkpoint | None:
    """Return the checkpoint that everybody sees, or nothing before the first."""
    row = connection.execute(sa.select(shown)).one_or_none()
    return Checkpoint(row.size, bytes(row.root), row.note) if row else None


def show(connection: sa.Connection, policy: Policy, signed: Checkpoint) -> bool:
    """Show a signed checkpoint with the cosignatures that are there, if they are a quorum and none newer is shown.

    Return whether it is shown now.
    """
    connection.execute(sa.select(checkpoint.c.id).with_for_update())  # two workers: the second sees all cosignatures
    old = newest_shown(connection)
    if old is not None and old.size > signed.size:
        return False
    held = cosignatures(connection, policy, signed)
    if not policy.is_reached(held):
        return False
    note = signed.note + "".join(each.line for each in held.values())
    values = {"size": signed.size, "root": signed.root, "note": note}
    if old is None:
        connection.execute(sa.insert(shown).values(id=1, **values))
    elif old.note != note:
        connection.execute(sa.update(shown).values(**values))
    return True


def cosignatures(connection: sa.Connection, policy: Policy, signed: Checkpoint) -> dict[str, Cosignature]:
    """Return what the witnesses of the policy cosigned of this checkpoint, by their names, in the policy's order."""
    lines = dict(connection.execute(sa.select(witness.c.key, witness.c.line)).tuples().all())
    held = {each.name: cosignature_in(lines.get(each.key.vkey, ""), each.key, signed.text) for each in policy.witnesses}
    return {name: found for name, found in held.items() if found is not None}
