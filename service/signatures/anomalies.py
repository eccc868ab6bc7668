"""What looks unlike people signing: bursts, many with one domain, sequences. Groups and rough counts, never a person.

Days come from the public log. All else comes from the sealed records, and is looked for only where signing endangers
nobody; addresses and names stay inside, and a group is told from so many on that it says nothing of one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CampaignView
from service.errors import NotFound, Refused
from service.readmodel.tables import live
from service.signatures.fingerprint import norm
from service.signatures.kept import kept_records
from service.vault.keys import Keys

LEAST = 5  # of a group, whatever the appeal's rules say
THROWAWAY = Path(__file__).with_name("throwaway.txt")
UNUSUAL = 3.5  # modified z-score from which a value is an outlier: Iglewicz and Hoaglin (1993), 0.6745 (x - m) / MAD
NORMAL_SHARE = 0.6745
WEEK_S = 604_800
_DIGITS = re.compile(r"\d+")
_Keys = dict[tuple[str, str], list[int]]


@dataclass(frozen=True)
class Group:
    """Signatures that have something in common, with the entries that they stand on."""

    id: str  # a keyed hash: it says nothing of what they share
    kind: str  # day domain throwaway sequence tags name
    shown: str  # the day or domain; "" where what they share could name somebody
    entries: list[int]
    least: int

    @property
    def count(self) -> int:
        """Return how many at least: rounded down, so that two looks do not show what one person did."""
        return len(self.entries) // self.least * self.least


def throwaway_domains(path: Path = THROWAWAY) -> frozenset[str]:
    """Return the domains of a list, one a line; what follows # is a remark."""
    lines = (line.partition("#")[0].strip().lower() for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(line for line in lines if line)


def anomalies(
    connection: sa.Connection, keys: Keys, campaign: CampaignView, throwaway: frozenset[str] | None
) -> list[Group]:
    """Return what stands out among the active signatures, the largest first; `throwaway` none: in the log alone.

    Call inside one read transaction.

    :raises service.vault.sealing.SealBroken: if a record was altered.
    """
    found = _bursts(connection, campaign)
    if throwaway is not None and not campaign.is_at_risk:
        found |= _in_records(kept_records(connection, keys, campaign.id), throwaway)
    least = least_of(campaign)
    groups = [
        Group(_id(keys, campaign.id, kind, key), kind, key if kind in ("day", "domain") else "", sorted(entries), least)
        for (kind, key), entries in found.items()
        if len(entries) >= least
    ]
    return sorted(groups, key=lambda group: (-group.count, group.id))


def least_of(campaign: CampaignView) -> int:
    """Return from how many on a group is told: a cell of the campaign's tallies, a batch at risk."""
    return max(LEAST, campaign.rules.tally_min, campaign.rules.batch_min)


def group_entries(groups: Iterable[Group], group_id: str) -> list[int]:
    """Return the entries of a group. :raises NotFound: if there is no such group by now."""
    for group in groups:
        if group.id == group_id:
            return group.entries
    raise NotFound(f"There is no group {group_id}: `petition signatures anomalies` shows those there are.")


def domain_entries(connection: sa.Connection, keys: Keys, campaign: CampaignView, domain: str) -> list[int]:
    """Return the entries of active signatures with addresses of one domain.

    :raises Refused: if the appeal is at risk, or too few share the domain: the same answer for few and for none.
    """
    if campaign.is_at_risk:
        raise Refused("at risk nobody is looked for by a domain: name the entries in a file")
    try:
        wanted = norm(f"x@{domain}").removeprefix("x@")
    except ValueError as error:
        raise Refused(f"{domain!r} is no domain: write it as in example.org") from error
    found = [entry for entry, content in kept_records(connection, keys, campaign.id) if _parts(content)[1] == wanted]
    if len(found) < least_of(campaign):
        raise Refused(f"fewer than {least_of(campaign)} share the domain {wanted}: too few to be shown")
    return found


def _bursts(connection: sa.Connection, campaign: CampaignView) -> _Keys:
    """Return the days on which unusually many active signatures stand, against all days since the opening."""
    by_day: dict[str, list[int]] = defaultdict(list)
    signed = live.signed
    chosen = sa.select(signed.c.day, signed.c.entry).where(signed.c.campaign == campaign.id, signed.c.state == "active")
    for day, entry in connection.execute(chosen):
        by_day[day].append(entry)
    sizes = {day: len(by_day.get(day, ())) for day in _days(campaign, by_day)}
    usual = median(sizes.values()) if sizes else 0
    spread = max(1.0, median(abs(size - usual) for size in sizes.values()) if sizes else 0)
    far = (day for day, size in sizes.items() if NORMAL_SHARE * (size - usual) / spread > UNUSUAL)
    return {("day", day): by_day[day] for day in far}


def _days(campaign: CampaignView, by_day: Mapping[str, object]) -> Iterator[str]:
    """Yield each day (with a period of a week: each Monday) from the first to the last, also those without one."""
    step = timedelta(days=7 if campaign.rules.batch_max_s == WEEK_S else 1)
    if by_day:
        at, last = date.fromisoformat(min(by_day)), date.fromisoformat(max(by_day))
        while at <= last:
            yield at.isoformat()
            at += step


def _in_records(records: Iterable[tuple[int, dict[str, Any]]], throwaway: frozenset[str]) -> _Keys:
    found: _Keys = defaultdict(list)
    numbered: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for entry, content in records:
        local, domain = _parts(content)
        found["domain", domain].append(entry)
        if domain in throwaway:
            found["throwaway", ""].append(entry)
        if "+" in local:
            found["tags", f"{local.partition('+')[0]}@{domain}"].append(entry)
        found["name", _DIGITS.sub("#", content["name"].casefold())].append(entry)
        if numbers := _DIGITS.findall(local):
            stem = f"{_DIGITS.sub('#', local)}@{domain}"
            numbered[stem].append((int(numbers[-1]), entry))
    return found | {("sequence", stem): [entry for _, entry in rows] for stem, rows in numbered.items() if _runs(rows)}


def _runs(numbered: list[tuple[int, int]]) -> bool:
    """Return whether numbers are counted through, as in a1@ a2@ a3@: at least every other one is there."""
    numbers = {number for number, _ in numbered}
    return 2 * len(numbers) > max(numbers) - min(numbers) + 1 and len(numbers) >= LEAST


def _parts(content: Mapping[str, str]) -> tuple[str, str]:
    local, _, domain = content["norm"].rpartition("@")
    return local, domain


def _id(keys: Keys, campaign: str, kind: str, key: str) -> str:
    return "g_" + keys.mac("anomaly-group", "\0".join((campaign, kind, key)).encode()).hex()[:10]
