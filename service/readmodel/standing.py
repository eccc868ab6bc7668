"""Which texts a signature may name and stand for the current one."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa

from service.readmodel.tables import ReadTables


def corrected_into(connection: sa.Connection, tables: ReadTables, campaign: str, text: str) -> set[str]:
    """Return the earlier texts of a campaign that lead to `text` by corrections alone (docs/log_format.md 7.3)."""
    chain = tables.text_chain
    corrections = sa.select(chain.c.text, chain.c.replaced_by).where(
        chain.c.campaign == campaign, chain.c.how == "corrected"
    )
    before: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(corrections):
        before[row.replaced_by].append(row.text)
    found: set[str] = set()
    open_ends = [text]
    while open_ends:
        for earlier in before[open_ends.pop()]:
            if earlier not in found:
                found.add(earlier)
                open_ends.append(earlier)
    return found
