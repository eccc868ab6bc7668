"""The table of what can happen in a campaign's life: for a new event, write a function and add a line.

A step is given the world and hypothesis' choices; `when` says in which worlds it makes sense, and `often` how many
times as often as others it happens: endings are rare, and a life without people shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from service.campaigns.commands import CloseCampaign, ExtendCampaign, SealCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, extend_campaign, seal_campaign, withdraw_campaign
from service.campaigns.text_changes import Change, decide_together
from service.errors import Refused
from service.letters.counted import count_at_present
from service.signatures.sealing import forget_signers
from tests.life.model import SEALED_AFTER
from tests.life.world import World
from tests.signatures.conftest import TEXT
from tests.signatures.tallying import publishes

TEXTS = [TEXT, *(letter * 64 for letter in "ef0")]
WORDINGS = ["1" * 64, "2" * 64]
PEOPLE = 12
SPANS = [timedelta(minutes=10), timedelta(hours=1), timedelta(hours=13), timedelta(days=1), timedelta(days=31)]

Do = Callable[[World, Any], None]


@dataclass(frozen=True)
class Step:
    """One thing that can happen."""

    do: Do
    when: Callable[[World], object] = lambda world: True
    often: int = 1


def somebody_sends_the_form(world: World, data: Any) -> None:
    """Also while nobody can sign."""
    world.sends(data.draw(st.integers(0, PEOPLE - 1), "person"))


def somebody_confirms(world: World, data: Any) -> None:
    """With any link that was ever mailed and not forgotten: early, late, or for the second time."""
    world.confirms(_chosen(data, world.model.forms, "form"))


def a_crowd_joins(world: World, data: Any) -> None:
    """Enough, perhaps, for a batch."""
    for person in range(data.draw(st.integers(6, PEOPLE), "how many")):
        world.sends(person)
        world.confirms(world.model.forms[-1])


def somebody_says_it_was_not_me(world: World, data: Any) -> None:
    """The holder of the mailbox erases a form, before or after it was confirmed."""
    world.says_it_was_not_me(_chosen(data, world.model.forms, "form"))


def somebody_withdraws(world: World, data: Any) -> None:
    """Also for the second time, which is refused."""
    world.leaves(_page(world, data), withdraw=True, erase=False)


def somebody_is_erased(world: World, data: Any) -> None:
    """The count must not move."""
    world.leaves(_page(world, data), withdraw=False, erase=True)


def somebody_withdraws_and_is_erased(world: World, data: Any) -> None:
    """Both with one press."""
    world.leaves(_page(world, data), withdraw=True, erase=True)


def somebody_renews_on_their_page(world: World, data: Any) -> None:
    """Whether or not the text was replaced."""
    world.renews_on_own_page(_page(world, data))


def somebody_renews_by_mail(world: World, data: Any) -> None:
    """With a link that was mailed after a replacement."""
    world.renews_by_mail(_chosen(data, world.model.asked, "link"))


def the_worker_asks(world: World, data: Any) -> None:
    """Each person once for each replacement."""
    world.asks()


def the_text_is_corrected(world: World, data: Any) -> None:
    """Signatures carry over."""
    text = _chosen(data, [text for text in TEXTS if text != world.model.text], "text")
    if _decides(world, lambda change: change.state.correct(text, change.day)):
        world.model.corrections.add((world.model.text, text))
        world.model.text = text


def the_text_is_replaced(world: World, data: Any) -> None:
    """Signatures do not carry over; what waits is appended before."""
    text = _chosen(data, [text for text in TEXTS if text != world.model.text], "text")
    if _decides(world, lambda change: change.state.replace(text, change.day)):
        world.model.append_all()
        world.model.text = text
        world.model.replacements += 1


def a_consent_text_is_published(world: World, data: Any) -> None:
    """Those who saw the earlier one agreed to that."""
    used = world.signing.campaign.wording
    wording = next(one for one in WORDINGS if one != used)
    _decides(world, lambda change: change.state.publish_wording(wording, 1, change.day))


def a_translation_is_published(world: World, data: Any) -> None:
    """Changes no count; possible until the appeal is taken back."""
    is_possible = world.model.state in ("open", "closed")
    _decides(world, lambda change: change.state.translate("tr", "9" * 64, 1, change.day), is_possible)


def the_closing_day_moves(world: World, data: Any) -> None:
    """To a later day; nothing that waits is appended."""
    last = max(date.fromisoformat(world.model.closes), world.now.date())
    closes = (last + timedelta(days=data.draw(st.integers(1, 60), "days"))).isoformat()
    command = ExtendCampaign("test", closes, "test", world.now)
    world.tries(world.model.state == "open", lambda: extend_campaign(command, world.signing.log))
    if world.model.state == "open":
        world.model.closes = closes


def the_appeal_is_closed(world: World, data: Any) -> None:
    """Whoever confirmed before is in."""
    command = CloseCampaign("test", "outcome", "test", world.now)
    is_open = world.model.state == "open"
    world.tries(is_open, lambda: close_campaign(command, world.signing.log))
    if is_open:
        world.model.end("closed", world.day)


def the_appeal_is_taken_back(world: World, data: Any) -> None:
    """While open or closed."""
    command = WithdrawCampaign("test", "persons-request", "test", world.now)
    is_possible = world.model.state in ("open", "closed")
    world.tries(is_possible, lambda: withdraw_campaign(command, world.signing.log))
    if is_possible:
        world.model.end("withdrawn", world.day)


def the_appeal_is_sealed(world: World, data: Any) -> None:
    """Not before people had 30 days to withdraw, and not twice."""
    model, command = world.model, SealCampaign("test", world.now)
    is_due = bool(model.ended) and world.now.date() >= date.fromisoformat(model.ended) + SEALED_AFTER
    is_possible = is_due and model.state in ("closed", "withdrawn")
    world.tries(is_possible, lambda: seal_campaign(command, world.signing.log, forget_signers))
    if is_possible:
        model.seal()


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


STEPS = (
    Step(somebody_sends_the_form, often=3),
    Step(somebody_confirms, lambda world: world.model.forms, often=4),
    Step(a_crowd_joins, lambda world: world.model.is_open_on(world.day)),
    Step(somebody_says_it_was_not_me, lambda world: world.model.forms),
    Step(somebody_withdraws, lambda world: world.model.pages, often=2),
    Step(somebody_is_erased, lambda world: world.model.pages),
    Step(somebody_withdraws_and_is_erased, lambda world: world.model.pages),
    Step(somebody_renews_on_their_page, lambda world: world.model.pages),
    Step(somebody_renews_by_mail, lambda world: world.model.asked, often=3),
    Step(the_worker_asks, lambda world: world.model.replacements),
    Step(the_text_is_corrected),
    Step(the_text_is_replaced, lambda world: world.model.pressed, often=2),
    Step(a_consent_text_is_published),
    Step(a_translation_is_published),
    Step(the_closing_day_moves),
    Step(the_appeal_is_closed, lambda world: len(world.model.pressed) > 2),
    Step(the_appeal_is_taken_back, lambda world: len(world.model.pressed) > 3),
    Step(the_appeal_is_sealed),
    Step(a_tally_is_asked_for),
    Step(a_letter_is_counted),
    Step(time_passes, often=2),
)


def _chosen(data: Any, among: list[Any], name: str) -> Any:
    return among[data.draw(st.integers(0, len(among) - 1), name)]


def _page(world: World, data: Any) -> str:
    return str(_chosen(data, list(world.model.pages), "page"))  # in order of appearance: their names are random


def _decides(world: World, decide: Callable[[Change], Any], is_possible: bool | None = None) -> bool:
    """Let the campaign decide an event, which must be refused unless possible (if not said: open); return whether."""
    if is_possible is None:
        is_possible = world.model.state == "open"

    def make() -> None:
        decide_together(world.signing.log, "test", world.now, lambda change: [decide(change)])

    world.tries(is_possible, make)
    return is_possible
