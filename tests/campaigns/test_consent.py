"""The consent text fits the campaign's rules, in every language that the product has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.campaigns.events import Rules
from service.campaigns.wording import consent_document, consent_languages
from service.eventlog.canonical import canonical


def rules(risk: str, retention: str) -> Rules:
    values: dict[str, Any] = {"risk": risk, "retention": retention, "unique": "hmac/1", "tally_min": 0}
    return Rules(**values, batch_min=8 if risk == "at-risk" else 1, batch_max_s=86_400 if risk == "at-risk" else 0)


COMBINATIONS = [(risk, retention) for risk in ("ordinary", "at-risk") for retention in ("close+30d", "forget")]


def consent(risk: str, retention: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(consent_document(rules(risk, retention)))["consent"]
    return found


@pytest.mark.parametrize(("risk", "retention"), COMBINATIONS)
def test_every_language_has_a_text_for_every_kind_of_campaign(risk: str, retention: str) -> None:
    found = consent(risk, retention)
    assert set(found) == consent_languages() == {"en", "tr", "ug", "ar", "fr"}
    assert all(len(words) > 200 for words in found.values())
    document = consent_document(rules(risk, retention))
    assert canonical(json.loads(document)) == document


def test_no_two_kinds_of_campaign_share_a_text() -> None:
    for language in consent_languages():
        assert len({consent(*combination)[language] for combination in COMBINATIONS}) == len(COMBINATIONS)


@pytest.mark.parametrize(("risk", "retention"), COMBINATIONS)
def test_it_says_what_is_recorded_who_sees_it_and_how_to_withdraw(risk: str, retention: str) -> None:
    words = consent(risk, retention)["en"]
    for said in ("agree explicitly", "GDPR, Article 9", "public log", "The public sees", "I can withdraw"):
        assert said in words
    assert ("What remains" in words) == (risk == "at-risk")
    assert ("erased at the moment" in words) == (retention == "forget")
