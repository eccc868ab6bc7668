"""Given a letter's events, when it is composed, then an event or a refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.errors import Refused
from service.letters.aggregate import STATES, Addressee, Letter
from service.letters.events import (
    AddresseeAmended,
    AddresseeRegistered,
    AddresseeRetired,
    AddresseeVerified,
    LetterAccepted,
    LetterApproved,
    LetterBounced,
    LetterComposed,
    LetterCounselRecorded,
    LetterDropped,
    LetterEvent,
    LetterFailed,
    LetterHandedOver,
    LetterNamesAllowed,
)
from service.letters.projection import STATES as PROJECTED
from service.letters.rests_on import Campaign, RestsOn

ID, DAY, TEXT, OTHER = "l_EXAMPLE123", "2026-03-02", "a" * 64, "b" * 64
OPEN = Campaign("open", TEXT, is_at_risk=False)
VERIFIED = RestsOn(OPEN, TEXT, "verified")
AT_RISK = RestsOn(Campaign("open", TEXT, is_at_risk=True), TEXT, "verified", words=OTHER)
WITHDRAWN = RestsOn(Campaign("withdrawn", TEXT, is_at_risk=False), TEXT, "verified")
CHANGED = RestsOn(Campaign("open", OTHER, is_at_risk=False), TEXT, "verified")
TWO = {"a_olga", "a_rosa"}


def composed(**changes: object) -> LetterComposed:
    """Return an event of a letter that was composed."""
    hashes = dict.fromkeys(("record", "text", "input", "template", "fonts", "pdf", "plain", "annex"), TEXT)
    fields = {
        **{"day": DAY, "letter": ID, "campaign": "c_EXAMPLE123", "addressee": "an-office", "kind": "court_open_letter"},
        **{"language": "tr", "at_size": 9, "active": 3, "engine": "typst-0.15.1", "pdf_bytes": 40_000, "named": 0},
    }
    return LetterComposed(**{**fields, **hashes, **changes})  # type: ignore[arg-type]


APPROVED = LetterApproved(day=DAY, letter=ID, approvals=2, pdf=TEXT)
HANDED_OVER = LetterHandedOver(day=DAY, letter=ID, channel="post", attempt=1, evidence=TEXT, named=0)
FAILED = LetterFailed(day=DAY, letter=ID, attempt=1, class_="permanent")
BOUNCED = LetterBounced(day=DAY, letter=ID, evidence=TEXT)
ACCEPTED = LetterAccepted(day=DAY, letter=ID, evidence=TEXT)
DROPPED = LetterDropped(day=DAY, letter=ID, reason="abandoned")
NAMING = composed(named=5, names="A" * 43)
COUNSEL = LetterCounselRecorded(day=DAY, letter=ID, about="names", words=OTHER, evidence=TEXT)
REVIEW = LetterCounselRecorded(day=DAY, letter=ID, about="review", words=OTHER, evidence=TEXT)
ALLOWED = LetterNamesAllowed(day=DAY, letter=ID, words=OTHER, approvals=2)
EARLIER = LetterNamesAllowed(day=DAY, letter=ID, words=TEXT, approvals=2)


@pytest.mark.parametrize(
    "given",
    [
        [],
        [composed()],
        [composed(), APPROVED],
        [composed(), APPROVED, FAILED],
        [composed(), APPROVED, HANDED_OVER, BOUNCED],
    ],
    ids=["nothing", "composed", "approved", "failed", "bounced"],
)
def test_it_is_composed_before_it_goes_out_and_after_it_came_back(given: list[LetterEvent]) -> None:
    assert Letter.load(ID, given).compose(composed(at_size=12), OPEN) == composed(at_size=12)


@pytest.mark.parametrize(
    "given",
    [[composed(), APPROVED, HANDED_OVER], [composed(), APPROVED, HANDED_OVER, ACCEPTED], [composed(), DROPPED]],
    ids=["handed over", "accepted", "dropped"],
)
def test_it_is_not_composed_again_once_it_went_out_or_was_dropped(given: list[LetterEvent]) -> None:
    with pytest.raises(Refused, match="begin a new one"):
        Letter.load(ID, given).compose(composed(), OPEN)


@pytest.mark.parametrize("state", ["withdrawn", "draft"])
def test_it_is_not_composed_for_an_appeal_that_was_withdrawn_or_never_opened(state: str) -> None:
    with pytest.raises(Refused, match=state):
        Letter(ID).compose(composed(), Campaign(state, TEXT, is_at_risk=False))


def test_it_goes_on_after_closing() -> None:
    assert Letter(ID).compose(composed(), Campaign("closed", TEXT, is_at_risk=False)) == composed()


def test_it_claims_only_signatures_for_the_current_text() -> None:
    with pytest.raises(Refused, match="text changed"):
        Letter(ID).compose(composed(), Campaign("open", OTHER, is_at_risk=False))


def test_it_keeps_its_campaign_and_its_addressee() -> None:
    with pytest.raises(Refused, match="keeps its campaign"):
        Letter.load(ID, [composed()]).compose(composed(addressee="another-office"), OPEN)


def test_every_event_of_a_letter_leads_to_a_state_that_the_read_model_has_too() -> None:
    assert set(STATES) == {event for event in LetterEvent.__subclasses__() if event.PUBLIC}
    assert {LetterComposed: "composed", **PROJECTED} == STATES


def test_an_addressee_is_registered_once_and_amended_after_that() -> None:
    registered = AddresseeRegistered(day=DAY, addressee="an-office", document=TEXT)
    assert Addressee("an-office").enter(TEXT, DAY) == registered
    known = Addressee.load("an-office", [registered])
    assert known.enter(TEXT, DAY) is None
    assert known.enter(OTHER, DAY) == AddresseeAmended(day=DAY, addressee="an-office", document=OTHER, replaces=TEXT)


def test_amending_ends_verified_and_verifying_names_the_current_record() -> None:
    registered = AddresseeRegistered(day=DAY, addressee="an-office", document=TEXT)
    verified = AddresseeVerified(day=DAY, addressee="an-office", document=TEXT)
    amended = AddresseeAmended(day=DAY, addressee="an-office", document=OTHER, replaces=TEXT)
    assert Addressee.load("an-office", [registered]).verify(TEXT, DAY) == verified
    assert Addressee.load("an-office", [registered, verified]).verify(TEXT, DAY) is None
    after = Addressee.load("an-office", [registered, verified, amended])
    assert after.status == "unverified"
    with pytest.raises(Refused, match="changed"):
        after.verify(TEXT, DAY)


def test_a_retired_office_comes_back_under_another_id_only() -> None:
    registered = AddresseeRegistered(day=DAY, addressee="an-office", document=TEXT)
    retired = Addressee.load(
        "an-office", [registered, AddresseeRetired(day=DAY, addressee="an-office", reason="closed")]
    )
    with pytest.raises(Refused, match="retired"):
        retired.enter(OTHER, DAY)


def test_it_is_approved_by_two_people_as_it_was_composed() -> None:
    assert Letter.load(ID, [composed()]).approve(TEXT, frozenset(TWO), VERIFIED, DAY) == APPROVED


@pytest.mark.parametrize(
    ("given", "pdf", "approvers", "rests_on", "why"),
    [
        ([], TEXT, TWO, VERIFIED, "only a composed one"),
        ([composed(), APPROVED], TEXT, TWO, VERIFIED, "only a composed one"),
        ([composed(), DROPPED], TEXT, TWO, VERIFIED, "only a composed one"),
        ([composed()], TEXT, {"a_olga"}, VERIFIED, "two people"),
        ([composed()], TEXT, TWO, replace(VERIFIED, authors=frozenset(TWO)), "both .* wrote or composed it"),
        ([composed()], TEXT, TWO, replace(VERIFIED, authors=frozenset({*TWO, "a_tessa"})), "both .* wrote or composed"),
        ([NAMING], TEXT, TWO, AT_RISK, "only if counsel consents"),
        ([COUNSEL, NAMING], TEXT, TWO, AT_RISK, "only if two people"),
        ([ALLOWED, NAMING], TEXT, TWO, AT_RISK, "only if counsel consents"),
        ([COUNSEL, ALLOWED, NAMING], TEXT, TWO, replace(AT_RISK, words=TEXT), "only if counsel consents"),
        ([COUNSEL, EARLIER, NAMING], TEXT, TWO, AT_RISK, "only if two people"),
        (
            [REVIEW, ALLOWED, NAMING],
            TEXT,
            TWO,
            AT_RISK,
            "only if counsel consents",
        ),
        ([composed()], OTHER, TWO, VERIFIED, "composed again"),
        (
            [composed()],
            TEXT,
            TWO,
            WITHDRAWN,
            "withdrawn",
        ),
        ([composed()], TEXT, TWO, CHANGED, "text changed"),
        ([composed()], TEXT, TWO, RestsOn(OPEN, OTHER, "verified"), "not the verified one"),
        ([composed()], TEXT, TWO, RestsOn(OPEN, TEXT, "unverified"), "not the verified one"),
        ([composed()], TEXT, TWO, RestsOn(OPEN, TEXT, "retired"), "not the verified one"),
        ([composed()], TEXT, TWO, RestsOn(OPEN, TEXT, "verified", stamps=("tr (unreviewed)",)), "have that done"),
        ([composed()], TEXT, TWO, RestsOn(OPEN, TEXT, "verified", way_is_untried=True), "ministry_petition"),
    ],
)
def test_it_is_not_approved_where_a_rule_of_the_log_format_fails(
    given: list[LetterEvent], pdf: str, approvers: set[str], rests_on: RestsOn, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        Letter.load(ID, given).approve(pdf, frozenset(approvers), rests_on, DAY)


def test_one_of_the_two_may_have_written_or_composed_it() -> None:
    rests_on = replace(VERIFIED, authors=frozenset({"a_olga", "a_tessa"}))
    assert Letter.load(ID, [composed()]).approve(TEXT, frozenset(TWO), rests_on, DAY) == APPROVED


def test_it_names_signers_at_risk_once_counsel_and_two_people_said_so_with_these_words() -> None:
    campaign = AT_RISK.campaign
    for given in ([], [COUNSEL], [ALLOWED], [COUNSEL, EARLIER]):
        with pytest.raises(Refused, match="may be at risk"):
            Letter.load(ID, given).compose(NAMING, campaign, OTHER)
        assert Letter.load(ID, given).compose(composed(), campaign, OTHER) == composed()
        assert Letter.load(ID, given).compose(NAMING, OPEN, OTHER) == NAMING  # nobody is at risk
    known = Letter.load(ID, [composed(), COUNSEL, ALLOWED])
    assert known.state == "composed"
    assert known.compose(NAMING, campaign, OTHER) == NAMING
    for words in (TEXT, ""):
        with pytest.raises(Refused, match="may be at risk"):
            known.compose(NAMING, campaign, words)
    named = Letter.load(ID, [composed(), COUNSEL, ALLOWED, NAMING])
    assert named.approve(TEXT, frozenset(TWO), AT_RISK, DAY) == APPROVED


def test_after_closing_letters_are_still_approved() -> None:
    closed = RestsOn(Campaign("closed", TEXT, is_at_risk=False), TEXT, "verified")
    assert Letter.load(ID, [composed()]).approve(TEXT, frozenset(TWO), closed, DAY) == APPROVED
