"""Given a letter's events, when it is composed, then an event or a refusal."""

from __future__ import annotations

import pytest

from service.errors import Refused
from service.letters.aggregate import STATES, Addressee, Campaign, Letter, RestsOn
from service.letters.events import (
    AddresseeAmended,
    AddresseeRegistered,
    AddresseeRetired,
    AddresseeVerified,
    LetterAccepted,
    LetterApproved,
    LetterBounced,
    LetterComposed,
    LetterDropped,
    LetterEvent,
    LetterFailed,
    LetterHandedOver,
)
from service.letters.projection import STATES as PROJECTED

ID, DAY, TEXT, OTHER = "l_EXAMPLE123", "2026-03-02", "a" * 64, "b" * 64
OPEN = Campaign("open", TEXT)
VERIFIED = RestsOn(OPEN, TEXT, "verified")


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
        Letter(ID).compose(composed(), Campaign(state, TEXT))


def test_it_goes_on_after_closing() -> None:
    assert Letter(ID).compose(composed(), Campaign("closed", TEXT)) == composed()


def test_it_claims_only_signatures_for_the_current_text() -> None:
    with pytest.raises(Refused, match="text changed"):
        Letter(ID).compose(composed(), Campaign("open", OTHER))


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
    assert Letter.load(ID, [composed()]).approve(TEXT, 2, VERIFIED, DAY) == APPROVED


@pytest.mark.parametrize(
    ("given", "pdf", "approvals", "rests_on", "why"),
    [
        ([], TEXT, 2, VERIFIED, "only a composed one"),
        ([composed(), APPROVED], TEXT, 2, VERIFIED, "only a composed one"),
        ([composed(), DROPPED], TEXT, 2, VERIFIED, "only a composed one"),
        ([composed()], TEXT, 1, VERIFIED, "two people"),
        ([composed()], OTHER, 2, VERIFIED, "composed again"),
        ([composed()], TEXT, 2, RestsOn(Campaign("withdrawn", TEXT), TEXT, "verified"), "withdrawn"),
        ([composed()], TEXT, 2, RestsOn(Campaign("open", OTHER), TEXT, "verified"), "text changed"),
        ([composed()], TEXT, 2, RestsOn(OPEN, OTHER, "verified"), "not the verified one"),
        ([composed()], TEXT, 2, RestsOn(OPEN, TEXT, "unverified"), "not the verified one"),
        ([composed()], TEXT, 2, RestsOn(OPEN, TEXT, "retired"), "not the verified one"),
        ([composed()], TEXT, 2, RestsOn(OPEN, TEXT, "verified", stamps=("tr (unreviewed)",)), "have that done"),
        ([composed()], TEXT, 2, RestsOn(OPEN, TEXT, "verified", way_is_untried=True), "ministry_petition"),
    ],
)
def test_it_is_not_approved_where_a_rule_of_the_log_format_fails(
    given: list[LetterEvent], pdf: str, approvals: int, rests_on: RestsOn, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        Letter.load(ID, given).approve(pdf, approvals, rests_on, DAY)


def test_after_closing_letters_are_still_approved() -> None:
    closed = RestsOn(Campaign("closed", TEXT), TEXT, "verified")
    assert Letter.load(ID, [composed()]).approve(TEXT, 2, closed, DAY) == APPROVED
