"""The public randomness beacon drand (https://drand.love), run by the League of Entropy: when a round was published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Chain:
    """A chain of rounds: its hash names it at every relay; round 1 is of its first second."""

    hash: str
    genesis: int  # POSIX seconds
    period_s: int

    def time_of(self, number: int) -> int:
        """Return when a round (1, 2, …) is published, in POSIX seconds."""
        return self.genesis + (number - 1) * self.period_s


# Hash, genesis_time and period as relays answer under /<hash>/info. Written down in drand/tlock-js
# (src/drand/defaults.ts) for quicknet, and in ChainSafe/forest (types/networks/src/drand.rs) for default.
CHAINS = {
    "quicknet": Chain("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1_692_803_367, 3),
    "default": Chain("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1_595_431_050, 30),
}
