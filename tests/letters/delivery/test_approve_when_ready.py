"""What may be composed and yet not be approved: a draft of a real appeal, and a letter that comes too early."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from service.archive import documents
from service.clock import day_of
from service.errors import Refused
from service.letters.administrative_way import was_tried, way_is_untried
from service.letters.events import LetterAnswered, LetterComposed, LetterEvent
from tests.letters.conftest import changes
from tests.letters.delivery.conftest import Dispatch
from tests.letters.delivery.test_answers import answers, petition  # noqa: F401
from tests.letters.test_letter_states import BOUNCED, HANDED_OVER, ID, TEXT, composed


def answered(outcome: str) -> LetterAnswered:
    return LetterAnswered(day="2026-03-05", letter=ID, outcome=outcome, version=1, document=TEXT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "day", "tried"),
    [
        ([composed()], "2027-01-01", False),
        ([composed(), HANDED_OVER], "2026-04-01", False),  # the 30th day is the office's still
        ([composed(), HANDED_OVER], "2026-04-02", True),
        ([composed(), HANDED_OVER, BOUNCED], "2026-04-02", False),
        ([composed(), HANDED_OVER, answered("interim")], "2026-03-06", False),
        ([composed(), HANDED_OVER, answered("transfer")], "2026-03-06", False),
        ([composed(), HANDED_OVER, answered("transfer")], "2026-04-02", True),
        ([composed(), HANDED_OVER, answered("refusal")], "2026-03-05", True),
        ([composed(), HANDED_OVER, answered("answer")], "2026-03-05", True),
    ],
)
def test_the_administrative_way_is_an_answer_or_thirty_days_of_silence(
    events: list[LetterEvent], day: str, tried: bool
) -> None:
    assert was_tried(events, day) is tried


def to_parliament(dispatch: Dispatch, country: str = "TR") -> LetterComposed:
    """Return a letter of this appeal to a parliament."""
    record = f'{{"country":"{country}"}}'.encode()
    with dispatch.appeal.log.transaction() as connection:
        stored = documents.put(connection, record, "application/json", public=False)
    made = next(
        one.event for one in dispatch.appeal.log.stream(dispatch.letter) if isinstance(one.event, LetterComposed)
    )
    return msgspec.structs.replace(made, kind="parliament", record=stored)


def is_untried(dispatch: Dispatch, made: LetterComposed) -> bool:
    log, day = dispatch.appeal.log, day_of(dispatch.office.clock.now())
    with dispatch.appeal.database.read() as connection:
        return way_is_untried(connection, log, made, day)


def test_the_turkish_parliament_comes_after_the_ministrys_answer(petition: Dispatch) -> None:  # noqa: F811
    made = to_parliament(petition)
    assert is_untried(petition, made)
    answers(petition, b"We are looking into it.", "interim")
    assert is_untried(petition, made)
    answers(petition, b"It will not be done.", "refusal")
    assert not is_untried(petition, made)


def test_or_after_its_silence(petition: Dispatch) -> None:  # noqa: F811
    made = to_parliament(petition)
    petition.office.clock.moment += timedelta(days=31)
    assert not is_untried(petition, made)


def test_an_appeal_that_asked_no_office_has_not_tried_it(dispatch: Dispatch) -> None:
    assert is_untried(dispatch, to_parliament(dispatch))


def test_another_parliament_and_another_kind_do_not_wait(dispatch: Dispatch) -> None:
    assert not is_untried(dispatch, to_parliament(dispatch, "DE"))
    assert not is_untried(dispatch, msgspec.structs.replace(to_parliament(dispatch), kind="ministry_petition"))


def test_a_draft_of_a_real_appeal_tells_its_approver_why_it_is_refused(dispatch: Dispatch) -> None:
    changes(dispatch.appeal, demonstration=False)
    dispatch.letter = dispatch.composes("L1")
    with pytest.raises(Refused, match=r"tr \(unreviewed\)"):
        dispatch.approves(dispatch.letter)
    assert dispatch.state == "composed"


def test_a_demonstration_may_approve_what_is_stamped(dispatch: Dispatch) -> None:
    dispatch.letter = dispatch.composes("L2")
    dispatch.approves(dispatch.letter)
    assert dispatch.state == "approved"
