"""Counters and durations of one process, and their sum over all processes in the Prometheus text format.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4). Labels are route patterns,
methods, statuses and names of passes; never a campaign, language, country, path or address (PRIVACY.md section 10).
"""

from __future__ import annotations

import json
import mmap
import struct
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOT_BYTES = 256 * 1024  # of one process: some forty routes with their statuses take a tenth of it
LENGTH = struct.Struct("<I")

HELP = {  # name: kind, meaning
    "undersigned_requests_total": ("counter", "Requests by route pattern, method and status."),
    "undersigned_request_seconds": ("histogram", "Durations of requests by route pattern."),
    "undersigned_pages_from_memory_total": ("counter", "Public pages answered from memory."),
    "undersigned_pages_made_total": ("counter", "Public pages that were made and kept."),
    "undersigned_queue_units": ("gauge", "Units that wait for the database in the web processes."),
    "undersigned_pass_done_total": ("counter", "What the worker did, by pass."),
    "undersigned_pass_failed_total": ("counter", "Passes of the worker that failed, by pass."),
    "undersigned_pass_seconds": ("histogram", "Durations of the worker's passes that did something, by pass."),
    "undersigned_recorder_waiting": ("gauge", "Confirmed signatures not appended yet, appeals at risk left out."),
    "undersigned_projections_behind": ("gauge", "Events that the read models lack."),
    "undersigned_publisher_behind": ("gauge", "Entries that the newest checkpoint lacks."),
    "undersigned_outbox_queued": ("gauge", "Mails that wait."),
    "undersigned_outbox_dead": ("gauge", "Mails that were given up."),
    "undersigned_outbox_late_seconds": ("gauge", "How long the mail that is due for longest is late."),
    "undersigned_log_size": ("gauge", "Public entries of the log that are counted."),
    "undersigned_database_up": ("gauge", "1 if the database answered this scrape."),
}
NO_LABELS: Mapping[str, str] = {}
LABELS = frozenset(("route", "method", "status", "pass", "le"))

Key = tuple[str, tuple[tuple[str, str], ...]]
Values = dict[Key, float]


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        self.values: Values = defaultdict(float)

    def add(self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS) -> None:
        """Add to a counter. :raises ValueError: for a label that could name a person or an appeal."""
        self.values[_key(name, labels)] += amount

    def set(self, name: str, value: float) -> None:
        """Set a value that is summed over the processes."""
        self.values[_key(name, NO_LABELS)] = value

    def observe(self, name: str, seconds: float, labels: Mapping[str, str] = NO_LABELS) -> None:
        """Add a duration to a histogram."""
        place = bisect_left(BUCKETS_S, seconds)
        limits = [f"{limit:g}" for limit in BUCKETS_S[place:]] + ["+Inf"]
        for limit in limits:
            self.add(f"{name}_bucket", labels={**labels, "le": limit})
        self.add(f"{name}_sum", seconds, labels)
        self.add(f"{name}_count", labels=labels)


class Board:
    """Memory that the processes of one server share: each writes its own slot, whoever is asked reads all.

    Made before the processes fork. The values of a process that ended stay in its slot and are added to those of the
    next one in it, so that no counter goes down.
    """

    def __init__(self, slots: int) -> None:
        self._memory = mmap.mmap(-1, slots * SLOT_BYTES)
        self._slots = slots

    def write(self, slot: int, values: Mapping[Key, float]) -> None:
        """Write a process's values; they are seen whole or not at all, as each is checked for being JSON."""
        content = json.dumps([[name, labels, value] for (name, labels), value in values.items()]).encode()
        if len(content) > SLOT_BYTES - LENGTH.size:
            return  # the last that fitted stays
        start = slot * SLOT_BYTES
        self._memory[start : start + LENGTH.size] = LENGTH.pack(0)
        self._memory[start + LENGTH.size : start + LENGTH.size + len(content)] = content
        self._memory[start : start + LENGTH.size] = LENGTH.pack(len(content))

    def read(self, slot: int) -> Values:
        """Return what a slot holds; nothing while it is written."""
        start = slot * SLOT_BYTES + LENGTH.size
        (length,) = LENGTH.unpack(self._memory[start - LENGTH.size : start])
        try:
            lines = json.loads(self._memory[start : start + length] or b"[]")
        except ValueError:
            return {}
        return {(name, tuple((key, value) for key, value in labels)): number for name, labels, number in lines}

    def read_all(self) -> list[Values]:
        """Return what each slot holds."""
        return [self.read(slot) for slot in range(self._slots)]


def total(parts: Iterable[Mapping[Key, float]]) -> Values:
    """Return the sums of several processes' values."""
    found: Values = defaultdict(float)
    for part in parts:
        for key, value in part.items():
            found[key] += value
    return found


def without_gauges(values: Mapping[Key, float]) -> Values:
    """Return what goes on counting when its process has ended."""
    return {key: value for key, value in values.items() if HELP.get(key[0], ("",))[0] != "gauge"}


def rendered(values: Mapping[Key, float]) -> str:
    """Return values in the text format, each metric with its kind and meaning."""
    return "".join(_lines(values))


def _lines(values: Mapping[Key, float]) -> Iterator[str]:
    for name, (kind, meaning) in HELP.items():
        found = [(key, value) for key, value in sorted(values.items()) if _metric(key[0], kind) == name]
        if found:
            yield f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n"
        for (series, labels), value in found:
            inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
            yield f"{series}{{{inside}}} {value:g}\n" if inside else f"{series} {value:g}\n"


def _metric(series: str, kind: str) -> str:
    return series.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") if kind == "histogram" else series


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _key(name: str, labels: Mapping[str, str]) -> Key:
    if not LABELS.issuperset(labels):
        raise ValueError(f"{name}: labels are {', '.join(sorted(LABELS))}, not {', '.join(labels)}")
    return name, tuple(labels.items())
