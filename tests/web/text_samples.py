"""What the templates about a changed text are shown with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from service.campaigns.difference import Difference, Side, compare
from service.campaigns.versions import TextVersion
from tests.web.samples import CAMPAIGN, TEXT, TEXT_HASH, TEXT_UG

BEFORE = ("Keep the two safe", "We write about two people.", "A deportation cannot be taken back.")
AFTER = ("Keep the two safe", "We write about two persons, and about their families.")


def difference(before: tuple[str, ...] = BEFORE, after: tuple[str, ...] = AFTER) -> Difference:
    """Return how two made-up texts differ."""
    sides = compare(before, after)
    return Difference(Side("4a" * 32, "en", "ltr", sides[0]), Side(TEXT_HASH, "en", "ltr", sides[1]))


DIFFERENCE, SAME_WORDS = difference(), difference(AFTER)
VERSIONS = [
    TextVersion("4a" * 32, "", "opened", 3, "2026-03-02", 12, 12, False),
    TextVersion("5b" * 32, "4a" * 32, "corrected", 40, "2026-03-09", 1, 13, False),
    TextVersion(TEXT_HASH, "5b" * 32, "replaced", 90, "2026-03-20", 1240, 1240, True),
]
TEXT_PAGE: dict[str, Any] = {
    "campaign": CAMPAIGN, "text": TEXT, "is_current": True, "versions": VERSIONS, "difference": DIFFERENCE,
    "log_size": 1512,
}  # fmt: skip
OFFER = SimpleNamespace(
    campaign=CAMPAIGN, text=TEXT, difference=DIFFERENCE, consent="I agree that my signature is recorded."
)
OFFER_REMOVED = SimpleNamespace(**vars(OFFER) | {"difference": None, "text": TEXT_UG})
