"""Which texts a signature may name and stand for the current one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from service.readmodel.tables import ReadTables


def leading_to(text: str, corrections: Iterable[tuple[str, str]]) -> set[str]:
    """Return the texts that lead to `text` by corrections alone, itself left out; a correction is (earlier, later).

    A text may come back: what was once corrected into it leads to it again (docs/log_format.md section 7.3).
    """
    before: dict[str, set[str]] = defaultdict(set)
    for earlier, later in corrections:
        before[later].add(earlier)
    found: set[str] = set()
    open_ends = [text]
    while open_ends:
        new = before[open_ends.pop()] - found
        found |= new
        open_ends += new
    return found - {text}


def corrections_of(connection: sa.Connection, tables: ReadTables, campaign: str) -> set[tuple[str, str]]:
    """Return which text of a campaign was corrected into which, as far as the read models have followed."""
    chain = tables.text_chain
    chosen = sa.select(chain.c.replaces, chain.c.text).where(chain.c.campaign == campaign, chain.c.how == "corrected")
    return {(row.replaces, row.text) for row in connection.execute(chosen)}


def corrected_into(connection: sa.Connection, tables: ReadTables, campaign: str, text: str) -> set[str]:
    """Return the earlier texts of a campaign that lead to `text` by corrections alone (docs/log_format.md 7.3)."""
    return leading_to(text, corrections_of(connection, tables, campaign))
