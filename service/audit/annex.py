"""Makes annex A of a letter again from the log: the counts, or the register of signatures (docs/log_format.md 7.6)."""

from __future__ import annotations

import msgspec

from service.audit.campaigns import Campaign, Signing

Rows = list[tuple[str | int, ...]]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell


def tally_rows(campaign: Campaign, size: int) -> Rows:
    """Gives annex A as counts: those of the last tally among the first `size` entries, else the replay's."""
    last = campaign.tally_below(size)
    if last is None:
        counts = campaign.counts.at(size)
        head, countries, merged = [size, *counts], {}, counts.active
    else:
        tally = last[1]
        head = [tally.at_size, tally.active, tally.outdated, tally.withdrawn, tally.invalidated]
        countries, merged = tally.by_country, tally.merged
    names = ("at_size", "active", "outdated", "withdrawn", "invalidated")
    return [*zip(names, head, strict=True), *sorted(countries.items()), ("merged", merged)]


def register_rows(campaign: Campaign, size: int) -> Rows:
    """Gives annex A as register: entry, token and day of each signature that stood for the text at this size."""
    stands = campaign.texts.stands_at(size)
    last: dict[str, tuple[int, Signing]] = {}
    inactive: set[str] = set()
    for index, token, step in campaign.trail:
        if index >= size:
            break
        if isinstance(step, Signing):
            last[token] = (index, step)
        if step:
            inactive.discard(token)
        else:
            inactive.add(token)
    counted = [
        (index, token, signing.day)
        for token, (index, signing) in last.items()
        if signing.text in stands and token not in inactive
    ]
    return sorted(counted)


def as_csv(header: tuple[str, ...], rows: Rows) -> bytes:
    """Writes rows as CSV with the field names first; none of these cells needs quotes."""
    return "".join(",".join(_cell(cell) for cell in row) + "\n" for row in [header, *rows]).encode()


def as_json(rows: Rows) -> bytes:
    """Writes rows as canonical JSON: an array of arrays."""
    return msgspec.json.encode(rows)


def _cell(cell: str | int) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
