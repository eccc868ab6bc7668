"""What the doctor says about the published history: does anything contradict it, and do the witnesses cosign it."""

from __future__ import annotations

import time

import sqlalchemy as sa

from service.config import Settings
from service.errors import PetitionError
from service.publishing.policy import Policy, load_policy
from service.publishing.shown import cosignatures, newest_shown
from service.publishing.signed import newest
from service.publishing.startup import Published, ask_all
from service.store.contradictions import ADVICE, contradictions
from service.store.database import Database
from service.store.tables import witness
from service.vault.keys import Keys

STALE_S = 3600  # an older view is stale: docs/log_format.md section 4


def check_history(settings: Settings, database: Database) -> str:
    """Ask everything that knows the published log, as the worker does at its start.

    :raises PetitionError: if anything contradicts the database, or did and was not asked again since.
    """
    keys, policy = _keys_and_policy(settings)
    with database.read() as connection:
        noted = contradictions(connection)
    said = list(ask_all(Published(database, keys, policy, settings.published_copy)))
    found = dict.fromkeys([*noted, *(each.contradiction for each in said if each.contradiction)])
    if found:
        raise PetitionError(f"{'. '.join(found)}. {ADVICE}.")
    silent = [each.source for each in said if each.is_silent]
    asked = ", ".join(each.source for each in said if not each.is_silent)
    return f"Nothing contradicts this database (asked: {asked}{_but(silent)})."


def check_witnesses(settings: Settings, database: Database) -> str:
    """Look how fresh the cosignatures of the checkpoint that is shown are.

    :raises PetitionError: if they are no quorum, or were one more than an hour ago.
    """
    _, policy = _keys_and_policy(settings)
    if not policy.witnesses:
        return "No witness is named (WITNESS_POLICY): the log's own signature is enough, and nothing proves time."
    with database.read() as connection:
        signed, shown = newest(connection), newest_shown(connection)
        held = cosignatures(connection, policy, shown) if shown else {}
        errors = dict(connection.execute(sa.select(witness.c.key, witness.c.error)).tuples().all())
    fresh = {name for name, each in held.items() if time.time() - each.time <= STALE_S}
    missing = [
        f"{each.name} ({errors.get(each.key.vkey) or 'no fresh cosignature'})"
        for each in policy.witnesses
        if each.name not in fresh
    ]
    if signed is not None and not policy.is_reached(fresh):
        raise PetitionError(
            f"No quorum cosigned the log within the last hour: {', '.join(missing)}. What is shown stays at size "
            f"{shown.size if shown else 0}. Is `petition work` running? If it is, ask these partners."
        )
    return f"{len(fresh)} of {len(policy.witnesses)} witnesses cosigned what is shown{_but(missing)}."


def _keys_and_policy(settings: Settings) -> tuple[Keys, Policy]:
    keys = Keys.load(settings.keys_dir, settings.origin)
    return keys, load_policy(settings.witness_policy, keys.published_vkeys)


def _but(silent: list[str]) -> str:
    return f"; silent: {', '.join(silent)}" if silent else ""
