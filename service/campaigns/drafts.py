"""Imported appeals before they open."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.campaigns.appeal_folder import AppealFolder
from service.campaigns.commands import Draft
from service.campaigns.writers import with_writers
from service.errors import NotFound, Refused
from service.store.tables import campaign, draft


def import_appeal(connection: sa.Connection, folder: AppealFolder, writers: Iterable[str] = ()) -> str:
    """Keep an appeal until it opens, in place of an earlier import, and return its ref.

    `writers` are the accounts' ids that wrote what is new in it; without any, nobody is known to have.

    :raises Refused: if the folder has problems, or the appeal was opened before.
    """
    if folder.problems:
        raise Refused(f"The folder has {len(folder.problems)} problems: `petition campaign check` lists them.")
    ref = str(folder.data["ref"])
    if connection.execute(sa.select(campaign.c.id).where(campaign.c.ref == ref)).first():
        raise Refused(f"The appeal {ref} was opened before: a change of its text is a correction or a replacement.")
    content = json.dumps(_with_writers(connection, ref, folder, set(writers)), ensure_ascii=False)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(draft).values(ref=ref, content=content)
    connection.execute(row.on_conflict_do_update(index_elements=["ref"], set_={"content": content}))
    return ref


def _with_writers(connection: sa.Connection, ref: str, folder: AppealFolder, by: set[str]) -> dict[str, Any]:
    content = connection.execute(sa.select(draft.c.content).where(draft.c.ref == ref)).scalar_one_or_none()
    before, found = json.loads(content) if content else {}, folder.as_draft()
    files = {name: with_writers(found[name], before.get(name, {}), by) for name in ("texts", "wordings")}
    return found | files


def load_draft(connection: sa.Connection, ref: str) -> Draft:
    """Return an imported appeal. :raises NotFound: if there is none of this name."""
    content = connection.execute(sa.select(draft.c.content).where(draft.c.ref == ref)).scalar_one_or_none()
    if content is None:
        raise NotFound(f"There is no imported appeal {ref!r}. Import it: `petition campaign import FOLDER`.")
    return Draft(**json.loads(content))


def drafts(connection: sa.Connection) -> list[str]:
    """Return the refs of appeals that were imported and not opened."""
    unopened = sa.select(draft.c.ref).where(draft.c.ref.not_in(sa.select(campaign.c.ref)))
    return list(connection.execute(unopened.order_by(draft.c.ref)).scalars())


def drop_draft(connection: sa.Connection, ref: str) -> None:
    """Forget an import, once the appeal is open."""
    connection.execute(sa.delete(draft).where(draft.c.ref == ref))
