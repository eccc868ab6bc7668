"""The table of what can happen in a campaign's life: for a new event, write a function and add a line.

A step is given the world and hypothesis' choices; `when` says in which worlds it makes sense, and `often` how many
times as often as others it happens: endings are rare, and a life without people shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from service.errors import Refused
from service.letters.counted import count_at_present
from tests.life import appeal, judging, people
from tests.life.world import World
from tests.signatures.tallying import publishes

SPANS = [timedelta(minutes=10), timedelta(hours=1), timedelta(hours=13), timedelta(days=1), timedelta(days=31)]

Do = Callable[[World, Any], None]


@dataclass(frozen=True)
class Step:
    """One thing that can happen."""

    do: Do
    when: Callable[[World], object] = lambda world: True
    often: int = 1


def a_tally_is_asked_for(world: World, data: Any) -> None:
    """The auditor judges what it says."""
    try:
        publishes(world.signing)
    except Refused:
        assert world.model.is_at_risk or world.model.state != "open"


def a_letter_is_counted(world: World, data: Any) -> None:
    """Its figure is of a size of the log, and stays that of this size for ever."""
    campaign = world.signing.campaign
    with world.database.read() as connection:
        found = count_at_present(connection, campaign, "register")
    assert (found.active, len(found.rows)) == (world.model.counts()["active"], found.active)
    world.letters.append((found.at_size, found.active, found.root))


def time_passes(world: World, data: Any) -> None:
    """From one tick to more than a month; links expire, appeals end."""
    world.passes_time(data.draw(st.sampled_from(SPANS), "how long"))


STEPS = (  # the first are drawn most
    Step(judging.two_people_take_a_decision_back, lambda world: world.model.found_false(), often=5),
    Step(people.somebody_found_false_signs_again, lambda world: world.model.found_false(), often=2),
    Step(judging.two_people_find_some_false, lambda world: world.model.counted, often=2),
    Step(people.somebody_sends_the_form, often=3),
    Step(people.somebody_confirms, lambda world: world.model.forms, often=4),
    Step(people.a_crowd_joins, lambda world: world.model.is_open_on(world.day)),
    Step(people.somebody_says_it_was_not_me, lambda world: world.model.forms),
    Step(people.somebody_withdraws, lambda world: world.model.pages, often=2),
    Step(people.somebody_is_erased, lambda world: world.model.pages),
    Step(people.somebody_withdraws_and_is_erased, lambda world: world.model.pages),
    Step(people.somebody_renews_on_their_page, lambda world: world.model.pages),
    Step(people.somebody_renews_by_mail, lambda world: world.model.asked, often=3),
    Step(people.somebody_asks_to_renew_and_does_not, lambda world: world.model.pages),
    Step(people.the_worker_asks, lambda world: world.model.replacements),
    Step(appeal.the_text_is_corrected),
    Step(appeal.the_text_is_replaced, lambda world: world.model.pressed, often=2),
    Step(appeal.a_consent_text_is_published),
    Step(appeal.a_translation_is_published),
    Step(appeal.the_closing_day_moves),
    Step(appeal.the_appeal_is_closed, lambda world: len(world.model.pressed) > 2),
    Step(appeal.the_appeal_is_taken_back, lambda world: len(world.model.pressed) > 3),
    Step(appeal.the_appeal_is_sealed),
    Step(appeal.the_appeal_is_reopened, lambda world: world.model.ended, often=5),
    Step(appeal.an_update_is_posted),
    Step(appeal.an_outcome_is_recorded),
    Step(judging.one_asks_that_some_be_found_false, lambda world: world.model.counted),
    Step(judging.another_approves, lambda world: world.lists),
    Step(judging.one_asks_to_take_a_decision_back, lambda world: world.model.decisions),
    Step(a_tally_is_asked_for),
    Step(a_letter_is_counted),
    Step(time_passes, often=2),
)
