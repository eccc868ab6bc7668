"""What the templates about news are shown with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from service.campaigns.news import NewsVersion, NewsView
from tests.web.letter_samples import LETTER_PAGE
from tests.web.samples import CAMPAIGN, LETTER, TEXT, WITHDRAWN

HEARD = NewsVersion(
    "The hearing took place", "en", "ltr", "", "<h2>In court</h2><p>Both sides were <strong>heard</strong>.</p>"
)
HEARD_UG = NewsVersion("سوت ئېچىلدى", "ug", "rtl", "", "<p>ئىككى تەرەپ <strong>سۆزلىدى</strong>.</p>")
DECIDED = NewsVersion("The court decided", "en", "ltr", "", "<p>In part.</p>")
UPDATE = NewsView(1600, "2026-04-02", "update", "", "6c" * 32, (HEARD, HEARD_UG))
UPDATE_UG = NewsView(1610, "2026-04-03", "update", "", "7d" * 32, (HEARD_UG,))
REMOVED = NewsView(1620, "2026-04-04", "update", "", "8e" * 32, removed="rights")
OUTCOME = NewsView(1700, "2026-05-01", "outcome", "partly", "9f" * 32, (DECIDED,))
REOPENED = NewsView(1650, "2026-04-20", "reopened", "", "")
NEWS = [OUTCOME, REOPENED, REMOVED, UPDATE_UG, UPDATE]
SILENCED = SimpleNamespace(**vars(WITHDRAWN) | {"is_silenced": True})
TEXT_REMOVED = SimpleNamespace(**vars(TEXT) | {"removed": "person"})
NEWS_PAGE: dict[str, Any] = {
    "campaign": CAMPAIGN,
    "text": TEXT,
    "entries": [*NEWS, *LETTER_PAGE["lines"]], "letters": {LETTER.id: LETTER},
    "released": set(),
}  # fmt: skip
