"""The consent text: what somebody agrees to by signing, in every language, for the rules of a campaign.

It is the product's own, one document for all languages, and its hash stands in every leaf. It says what GDPR
art. 9(2)(a) asks for: what is recorded, that it shows an opinion, who sees what, how long it is kept, how to withdraw.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from service.campaigns.events import Rules
from service.eventlog.canonical import canonical

CONSENT = Path(__file__).with_name("consent.toml")


def consent_document(rules: Rules) -> bytes:
    """Return the document of the consent text for these rules: canonical JSON with the text of each language."""
    words = _words()
    parts = (words["agree"], words["retention"][rules.retention], words["risk"][rules.risk], words["withdraw"])
    consent = {language: " ".join(part[language] for part in parts) for language in words["agree"]}
    return canonical({"v": 1, "retention": rules.retention, "risk": rules.risk, "consent": consent})


def consent_languages() -> frozenset[str]:
    """Return the languages in which somebody can consent."""
    return frozenset(_words()["agree"])


@functools.cache
def _words() -> dict[str, Any]:
    return tomllib.loads(CONSENT.read_text(encoding="utf-8"))
