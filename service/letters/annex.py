"""Annex A: the counts, or the register of counted signatures, as the log up to a size gives them and without a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.eventlog.canonical import canonical

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell
HEADERS = {"tally": ("what", "count"), "register": ("entry", "signature", "day")}
CSV_TYPE, JSON_TYPE = "text/csv; charset=utf-8", "application/json"

Cell = str | int
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Figures:
    """The numbers of a tally, or of the replay where there is no tally."""

    at_size: int
    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    by_country: Mapping[str, int] = field(default_factory=dict)
    merged: int | None = None  # none: all of `active`


def tally_rows(figures: Figures) -> list[Row]:
    """Return the rows of a tally: the totals, each country, and what is merged."""
    merged = figures.active if figures.merged is None else figures.merged
    totals = [(name, getattr(figures, name)) for name in ("at_size", "active", "outdated", "withdrawn", "invalidated")]
    return [*totals, *sorted(figures.by_country.items()), ("merged", merged)]


def as_csv(kind: str, rows: Sequence[Row]) -> bytes:
    """Return the rows as CSV: the field names first, lines end in LF, no cell that a spreadsheet would run."""
    return "".join(",".join(_cell(cell) for cell in row) + "\n" for row in (HEADERS[kind], *rows)).encode()


def as_json(rows: Sequence[Row]) -> bytes:
    """Return the rows as canonical JSON, with the plain values."""
    return canonical([list(row) for row in rows])


def file_list(files: Mapping[str, str]) -> bytes:
    """Return the list of an annex's files as `sha256sum` lines, sorted by name."""
    return "".join(f"{found}  {name}\n" for name, found in sorted(files.items())).encode()


def read_file_list(content: bytes) -> dict[str, str]:
    """Return name to hash of a list that `file_list` wrote."""
    lines = (line.split("  ", 1) for line in content.decode().split("\n")[:-1])
    return {name: found for found, name in lines}


def _cell(cell: Cell) -> str:
    text = str(cell)
    guarded = f"'{text}" if text.startswith(FORMULA_STARTS) else text
    if any(character in guarded for character in ',"\n\r'):
        return '"' + guarded.replace('"', '""') + '"'
    return guarded
