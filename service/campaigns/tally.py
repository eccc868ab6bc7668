"""What a tally may show of the countries, so that no figure of it moves by fewer people than can hide in a crowd.

Any two tallies can be subtracted, and any of their figures summed up, so a minimum for each figure is not enough:
docs/log_format.md section 7.4 and docs/design/PRIVACY.md section 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.campaigns.views import People


@dataclass(frozen=True)
class Figures:
    """What is true of a campaign at a log size: the counts of the log, and the people behind the signatures."""

    state: str  # open closed withdrawn sealed
    text: str  # current at that size
    at_size: int
    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    people: People


@dataclass(frozen=True)
class Cells:
    """What a tally tells beyond the log: signatures by country, the rest of the active ones, and who was erased."""

    by_country: Mapping[str, int] = field(default_factory=dict)
    merged: int = 0
    erased: int = 0

    @property
    def figures(self) -> dict[str, int]:
        """Return each figure by a name, so that they can be subtracted from those of another tally."""
        return {**self.by_country, "merged": self.merged, "erased": self.erased}


def next_cells(
    least: int, earlier: Sequence[Cells], people: People, active: int, *, is_new_text: bool = False
) -> Cells | None:
    """Return what the next tally may show after all `earlier` ones, or nothing while none may be published.

    `least` is the campaign's `tally_min`. A figure stays until the true one differs from it by `least` or more. Where
    that would show fewer people, the smallest rises wait, one after the other; a fall never waits. The first tally of
    another text that may name no country yet states its total, so that a letter need not rest on one of the old text.
    """
    if least == 0:
        return Cells(merged=active)
    last = earlier[-1] if earlier else Cells()
    changes = _changes(least, last.by_country, people.by_country)
    rising = sorted(
        (country for country in changes if changes[country] > last.by_country.get(country, 0)),
        key=lambda country: (changes[country] - last.by_country.get(country, 0), country),
    )
    for waiting in range(len(rising) + 1):
        moved = {country: many for country, many in changes.items() if country not in rising[:waiting]}
        for cells in _fillings(least, earlier, {**last.by_country, **moved}, rising[waiting:], active):
            for erased in dict.fromkeys((_shown(least, last.erased, people.erased), last.erased)):
                if _may_stand(least, earlier, told := replace(cells, erased=erased)):
                    return told
    return Cells(merged=active, erased=last.erased) if is_new_text else None


def _changes(least: int, last: Mapping[str, int], true: Mapping[str, int]) -> dict[str, int]:
    shown = {country: _shown(least, last.get(country, 0), true.get(country, 0)) for country in {*last, *true}}
    return {country: many for country, many in shown.items() if many != last.get(country, 0)}


def _shown(least: int, last: int, true: int) -> int:
    """Return the figure to show: the last one until the true one is `least` away, nothing below `least`."""
    if abs(true - last) < least:
        return last
    return true if true >= least else 0


def _fillings(
    least: int, earlier: Sequence[Cells], listed: Mapping[str, int], rising: Sequence[str], active: int
) -> Iterator[Cells]:
    """Give the ways to divide the total: as it is, or with some of the largest rise, the last, left in the rest.

    So the rest can be what it was in an earlier tally, or far enough from it, at the cost of one figure that lags.
    """
    listed = {country: many for country, many in listed.items() if many}
    rest = active - sum(listed.values())
    yield Cells(listed, rest)
    if rising:
        rests = {cells.merged + step for cells in (Cells(), *earlier) for step in (0, least)}
        for merged in sorted(one for one in rests if rest < one < rest + 2 * least):
            yield Cells({**listed, rising[-1]: listed[rising[-1]] - (merged - rest)}, merged)


def _may_stand(least: int, earlier: Sequence[Cells], cells: Cells) -> bool:
    """Return whether a tally shows too few nowhere; without a listed country the rest is just the total."""
    if cells.by_country and (min(cells.by_country.values()) < least or 0 < cells.merged < least):
        return False
    if cells.merged < 0:  # listed figures lag behind withdrawals
        return False
    shown = cells.figures
    return all(_is_apart(least, before.figures, shown) for before in reversed(earlier))


def _is_apart(least: int, before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Return whether no sum of figures differs by 1 to `least` - 1 between two tallies.

    It cannot if they all move one way and each by `least`, or if each that moves one way outweighs by `least` all that
    move the other way.
    """
    moves = [move for name in before.keys() | after.keys() if (move := after.get(name, 0) - before.get(name, 0))]
    if not moves:
        return True
    if min(map(abs, moves)) < least:
        return False
    up, down = [move for move in moves if move > 0], [-move for move in moves if move < 0]
    return min(up, default=0) - sum(down) >= least or min(down, default=0) - sum(up) >= least
