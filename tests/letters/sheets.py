"""Sheets to sign on paper of a made-up appeal, without a database."""

from __future__ import annotations

from dataclasses import replace

from service.campaigns.events import Rules
from service.campaigns.queries import CampaignView, TextView
from service.letters.sheet import Site, sheet_data
from service.letters.template import typst_source
from service.letters.typesetting import typeset
from tests.installation import EXAMPLE

SITE = Site("https://petitions.example.org", ("en", "tr", "ug"))
CONSENT = "I agree that my signature is recorded. " * 12
TEXT = (EXAMPLE / "text.en.md").read_text(encoding="utf-8").split("+++\n", 2)[2]


def sheet_campaign(**changed: object) -> CampaignView:
    """Return a made-up appeal, not at risk."""
    rules = Rules(risk="ordinary", unique="hmac/1", batch_min=1, batch_max_s=0, retention="close+30d", tally_min=5)
    settings = {
        "disclosures": ["counted", "addressee", "public"],
        "organizer": {"name": "Example"},
        "languages": ["en"],
    }
    made = CampaignView(
        number=1, id="c_EXAMPLE123", ref="made-up", state="open", text="a" * 64, carried=frozenset(), replaced=0,
        wording="b" * 64, opens="2026-03-01", closes="2026-05-30", ended="", end_reason="", rules=rules,
        settings=settings,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def sheet_text(language: str, title: str = "Example title", markdown: str = TEXT) -> TextView:
    """Return a text in a language."""
    direction = "rtl" if language in ("ar", "ug") else "ltr"
    return TextView(language, direction, title, markdown, "", "a" * 64, "d" * 64, "reviewed", "", language == "en")


def sheet_in(language: str) -> bytes:
    """Return a sheet in a language."""
    return typeset(sheet_data(sheet_campaign(), sheet_text(language), CONSENT, SITE), typst_source("sheet.typ"))
