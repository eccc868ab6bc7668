"""Rules of letters: docs/log_format.md section 7.6."""

from __future__ import annotations

import pytest

from tests.audit.builder import AT_RISK, ORDINARY, commitment, hashed
from tests.audit.lies import (
    STEPS,
    TEXT,
    C,
    L,
    Lie,
    accepts,
    answers,
    approves,
    closes,
    hands_over,
    letter,
    log_with_campaign,
    refuses,
)  # fmt: skip

NAMES = commitment("names")
SENT = ("approved", "handed over")

LIES: dict[str, Lie] = {
    "a count too high": ("active", lambda log: log.letter(L, C, 11)),
    "a count of another size": ("active", lambda log: log.letter(L, C, 10, at_size=len(log.events) - 1)),
    "a future size": ("at_size", lambda log: letter(log, at_size=len(log.events) + 1)),
    "a text that is not current": ("text", lambda log: letter(log, text=hashed("other"))),
    "a record that is not current": ("record", lambda log: letter(log, record=hashed("other"))),
    "an addressee that was never registered": ("record", lambda log: letter(log, addressee="nobody")),
    "a campaign that was never opened": ("campaign", lambda log: log.letter(L, "c_Unknown001", 10)),
    "a kind that is none": ("kind", lambda log: letter(log, kind="postcard")),
    "an engine without a version": ("engine", lambda log: letter(log, engine="typst")),
    "two names": ("named", lambda log: letter(log, named=2, names=NAMES)),
    "names without a commitment": ("names", lambda log: letter(log, named=6)),
    "a commitment without names": ("names", lambda log: letter(log, names=NAMES)),
    "more names than signers": ("named", lambda log: letter(log, named=11, names=NAMES)),
    "composed for a withdrawn campaign": ("campaign", lambda log: (
        log.add("campaign.withdrawn", campaign=C, reason="order"), letter(log))),
    "composed for a withdrawn and sealed campaign": ("campaign", lambda log: (
        log.add("campaign.withdrawn", campaign=C, reason="order"), log.add("campaign.sealed", campaign=C),
        letter(log))),
    "approved for a withdrawn campaign": ("campaign", lambda log: (
        letter(log), log.add("campaign.withdrawn", campaign=C, reason="order"), approves(log))),
    "approved by one person": ("approvals", lambda log: (letter(log), approves(log, approvals=1))),
    "another PDF approved": ("pdf", lambda log: (letter(log), approves(log, pdf=hashed("other")))),
    "the first of two PDFs approved": ("pdf", lambda log: (
        letter(log), letter(log, pdf=hashed("second")), approves(log))),
    "approved after its text was corrected": ("text", lambda log: (
        letter(log), log.add("campaign.text_corrected", campaign=C, text=hashed("new"), replaces=hashed(TEXT)),
        approves(log))),
    "approved after its record was amended": ("record", lambda log: (
        letter(log), log.add("addressee.amended", addressee="some-court", document=hashed("new"),
                             replaces=hashed("some-court")), approves(log))),
    "handed over with more names than approved": ("named", lambda log: (
        letter(log, "approved"), hands_over(log, named=6, names=NAMES))),
    "handed over with two names": ("named", lambda log: (
        letter(log, "approved", named=6, names=NAMES), hands_over(log, named=2, names=NAMES))),
    "handed over with names and no commitment": ("names", lambda log: (
        letter(log, "approved", named=6, names=NAMES), hands_over(log, named=6))),
    "handed over with approvals that nothing asked for": ("approvals", lambda log: (
        letter(log, "approved"), hands_over(log, approvals=2))),
    "a doubt resolved by nobody": ("approvals", lambda log: (letter(log, "approved", "uncertain"), hands_over(log))),
    "a doubt resolved by one person": ("approvals", lambda log: (
        letter(log, "approved", "uncertain"), hands_over(log, approvals=1))),
    "a doubt resolved under another number": ("attempt", lambda log: (
        letter(log, "approved", "uncertain"), hands_over(log, 2, approvals=2))),
    "a first attempt that is the second": ("attempt", lambda log: (letter(log, "approved"), hands_over(log, 2))),
    "a second attempt that is the first": ("attempt", lambda log: (letter(log, "approved", "failed"), hands_over(log))),
    "a failure under another number": ("attempt", lambda log: (letter(log, "approved", "failed", "failed"))),
    "a doubt under another number": ("attempt", lambda log: (letter(log, "approved", "failed", "uncertain"))),
    "an unknown channel": ("channel", lambda log: (letter(log, "approved"), hands_over(log, channel="pigeon"))),
    "a second answer that is the third": ("version", lambda log: (letter(log, *SENT, "answered"), answers(log, 3))),
    "a first answer that is the second": ("version", lambda log: (letter(log, *SENT), answers(log, 2))),
    "overdue on its last day": ("due", lambda log: (
        letter(log, *SENT), log.add("letter.overdue", letter=L, due="2026-01-05"))),
    "overdue twice": ("letter", lambda log: (
        letter(log, *SENT, "overdue", "acknowledged"), STEPS["overdue"](log))),
}  # fmt: skip
# From each state the steps that are possible: every other one is a lie.
STATES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "composed": ((), {"composed", "approved", "dropped"}),
    "approved": (("approved",), {"composed", "handed over", "failed", "uncertain", "dropped"}),
    "failed": (("approved", "failed"), {"composed", "dropped"}),
    "uncertain": (("approved", "uncertain"), {"failed"}),
    "handed over": (SENT, {"accepted", "bounced", "acknowledged", "answered", "overdue"}),
    "accepted": ((*SENT, "accepted"), {"bounced", "acknowledged", "answered", "overdue"}),
    "bounced": ((*SENT, "bounced"), {"composed", "dropped"}),
    "acknowledged": ((*SENT, "acknowledged"), {"answered", "overdue"}),
    "overdue": ((*SENT, "overdue"), {"acknowledged", "answered"}),
    "answered": ((*SENT, "answered"), set()),
    "dropped": (("dropped",), set()),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_a_letter_is_refused(name: str) -> None:
    log = log_with_campaign()
    field, lie = LIES[name]
    lie(log)
    refuses(log, field)


# A doubt ends as handed over only with approvals: two of the lies above.
PAIRS = [(state, step) for state in STATES for step in STEPS if (state, step) != ("uncertain", "handed over")]


@pytest.mark.parametrize(("state", "step"), PAIRS)
def test_a_letter_goes_from_state_to_state(state: str, step: str) -> None:
    log = log_with_campaign()
    before, possible = STATES[state]
    letter(log, *before)
    index = STEPS[step](log)
    if step in possible:
        assert accepts(log).letters[L].state == step
        return
    report = refuses(log, report_field(state, step), index)
    assert report.letters[L].state == state
    assert report.letters[L].errors == 1


def report_field(state: str, step: str) -> str:
    """Return the field that names the lie: from these states the step is possible, though not under this number."""
    numbered = {("failed", "failed"), ("failed", "uncertain"), ("failed", "handed over")}
    if (state, step) in numbered:
        return "attempt"
    if (state, step) == ("answered", "answered"):
        return "version"
    return "letter"


@pytest.mark.parametrize("step", [step for step in STEPS if step != "composed"])
def test_a_letter_that_was_never_composed_goes_nowhere(step: str) -> None:
    log = log_with_campaign()
    STEPS[step](log)
    refuses(log, "letter")


def test_who_forgets_names_nobody() -> None:
    log = log_with_campaign(AT_RISK)
    letter(log, named=6, names=NAMES)
    refuses(log, "named")


def test_the_least_number_of_names_is_that_of_the_campaigns_tallies() -> None:
    log = log_with_campaign(ORDINARY | {"tally_min": 8})
    letter(log, named=7, names=NAMES)
    refuses(log, "named")


def test_an_unverified_record_is_not_written_to() -> None:
    log = log_with_campaign()
    log.office("new-office", verified=False)
    letter(log, addressee="new-office", record=hashed("new-office"))
    accepts(log)
    approves(log)
    refuses(log, "record")


def test_letters_are_written_after_closing_and_sealing_too() -> None:
    log = log_with_campaign()
    closes(log, "sealed")
    letter(log, *SENT, "accepted", "bounced")
    letter(log, "approved")
    hands_over(log, 2)
    accepts(log)


def test_a_doubt_is_resolved_by_two_people_under_its_own_number() -> None:
    log = log_with_campaign()
    letter(log, "approved", "uncertain", "failed")
    hands_over(log, 2)
    assert accepts(log).letters[L].state == "handed over"
    other = log_with_campaign()
    letter(other, "approved", "uncertain")
    hands_over(other, approvals=2)
    accepts(other)


def test_a_hand_over_that_had_begun_is_recorded_after_a_withdrawal() -> None:
    log = log_with_campaign()
    letter(log, "approved")
    log.add("campaign.withdrawn", campaign=C, reason="order")
    hands_over(log)
    accepts(log)


def test_a_letter_may_rest_on_an_earlier_size() -> None:
    log = log_with_campaign()
    size = len(log.events)
    log.signs(C, 50)
    letter(log, "approved", at_size=size)
    accepts(log)
