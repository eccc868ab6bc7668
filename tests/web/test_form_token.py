"""The token of a form says when and for what it was made, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.web.form_token import FormTokens

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CAMPAIGN, TEXT = "c_0000000001", "ab" * 32


@pytest.fixture
def tokens() -> FormTokens:
    """Return tokens that are good from 3 seconds to a day."""
    return FormTokens(b"secret", 3, 86_400)


@pytest.mark.parametrize(
    ("age_s", "problem"),
    [
        (0, "form-too-fast"),
        (2, "form-too-fast"),
        (3, None),
        (86_400, None),
        (86_401, "form-too-old"),
        (-60, "form-too-fast"),
    ],
)
def test_it_is_good_from_three_seconds_to_a_day(tokens: FormTokens, age_s: int, problem: str | None) -> None:
    token = tokens.issue(CAMPAIGN, TEXT, NOW)
    assert tokens.problem(token, CAMPAIGN, TEXT, NOW + timedelta(seconds=age_s)) == problem


def test_it_is_good_for_its_campaign_and_text_only(tokens: FormTokens) -> None:
    token, later = tokens.issue(CAMPAIGN, TEXT, NOW), NOW + timedelta(minutes=1)
    assert tokens.problem(token, "c_0000000002", TEXT, later) == "form-invalid"
    assert tokens.problem(token, CAMPAIGN, "cd" * 32, later) == "form-invalid"


def test_another_key_or_a_changed_token_is_refused(tokens: FormTokens) -> None:
    token, later = tokens.issue(CAMPAIGN, TEXT, NOW), NOW + timedelta(minutes=1)
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (FormTokens(b"other", 3, 86_400).issue(CAMPAIGN, TEXT, NOW), changed, token[:20], "", "ئا", "." * 50):
        assert tokens.problem(wrong, CAMPAIGN, TEXT, later) == "form-invalid"


def test_a_form_shown_again_keeps_its_token_unless_it_is_too_old(tokens: FormTokens) -> None:
    token = tokens.issue(CAMPAIGN, TEXT, NOW)
    assert tokens.for_form_again(token, CAMPAIGN, TEXT, NOW) == token
    assert tokens.for_form_again(token, CAMPAIGN, TEXT, NOW + timedelta(hours=1)) == token
    late = NOW + timedelta(days=2)
    fresh = tokens.for_form_again(token, CAMPAIGN, TEXT, late)
    assert tokens.problem(fresh, CAMPAIGN, TEXT, late + timedelta(seconds=3)) is None
    assert tokens.for_form_again("wrong", CAMPAIGN, TEXT, NOW) != "wrong"
