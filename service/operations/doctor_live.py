"""How a running installation does: what the doctor reads from its metrics."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

from service.operations.doctor import Finding

PATIENCE_S = 5
SERIES = re.compile(r"(undersigned_[a-z_]+) ([0-9.e+-]+)")
LIMITS = (  # metric, the most that is well, what is said with the value, what to do above it
    ("recorder_waiting", 1_000, "{:.0f} confirmed signatures wait for the recorder", "Is `petition work` running?"),
    ("projections_behind", 1_000, "{:.0f} events are not counted yet", "Is `petition work` running? See its log."),
    ("publisher_behind", 1_000, "{:.0f} entries are not published yet", "Is `petition work` running? See its log."),
    ("outbox_late_seconds", 300, "the mail that is due for longest is {:.0f} s late", "See `petition outbox list`."),
    ("outbox_dead", 0, "{:.0f} mails were given up", "See `petition outbox list`, then `petition outbox retry`."),
    ("queue_units", 500, "{:.0f} requests wait for the database", "`petition doctor` looks at disk and database."),
)


def examine_live(address: tuple[str, int]) -> Iterator[Finding]:
    """Yield a finding for each figure that the metrics at an address (host, port) hold."""
    host, port = address
    shown = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/metrics", timeout=PATIENCE_S) as answer:
            text = answer.read().decode()
    except (OSError, ValueError) as error:
        yield Finding("metrics", False, f"Nothing answers at {host}:{port} ({error}). Is it running? METRICS_LISTEN?")
        return
    values = {name.removeprefix("undersigned_"): float(value) for name, value in SERIES.findall(text)}
    yield Finding("metrics", True, f"{host}:{port} answers.")
    if values.get("database_up") != 1:
        yield Finding("database", False, "The running process cannot reach its database just now.")
    for name, most, says, advice in LIMITS:
        if name in values:
            sentence = says.format(values[name])
            is_well = values[name] <= most
            yield Finding(name, is_well, f"{sentence}." if is_well else f"{sentence}. {advice}")
