"""The history of a petition, minute by minute: made from a seed, kept as JSON lines, spread over time for a replay."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.errors import PetitionError

READERS_PER_SIGNATURE = 12
RISE, TAIL = 0.3, 1.1  # of the log-normal curve that a link in the news follows: steep, then long


@dataclass(frozen=True)
class Minute:
    """What happened in one minute."""

    minute: int
    signatures: int
    reads: int


def make_history(total: int, minutes: int, seed: int) -> list[Minute]:
    """Return a history of `total` signatures: a steep rise, a long tail, and noise; the same for the same seed."""
    chosen = random.Random(seed)
    peak = max(1.0, minutes * RISE)
    weights = [_weight((minute + 0.5) / peak) * chosen.uniform(0.7, 1.3) for minute in range(minutes)]
    scale, done, found = total / sum(weights), 0, []
    for minute in range(minutes):
        so_far = round(scale * sum(weights[: minute + 1]))
        found.append(Minute(minute, so_far - done, (so_far - done) * READERS_PER_SIGNATURE))
        done = so_far
    return found


def write_history(path: Path, history: list[Minute]) -> None:
    """Write one JSON line a minute."""
    path.write_text("".join(json.dumps(vars(each)) + "\n" for each in history), encoding="utf-8")


def read_history(path: Path) -> list[Minute]:
    """Return the history in a file. :raises PetitionError: naming the line that cannot be read."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(Minute(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise PetitionError(f"{path}:{number} is no minute of a history. Make one with --make.") from error
    return found


def moments(history: list[Minute], name: str, speed: float, seed: int) -> Iterator[float]:
    """Yield, in order, the seconds at which a history's signatures or reads begin when it runs `speed` times faster."""
    chosen = random.Random(f"{seed}-{name}")
    for each in history:
        within = sorted(chosen.random() for _ in range(getattr(each, name)))
        yield from ((each.minute + part) * 60 / speed for part in within)


def _weight(at: float) -> float:
    return math.exp(-((math.log(at)) ** 2) / (2 * TAIL**2)) / at
