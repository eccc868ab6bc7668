"""What organizers do with the appeal: its text, its days, its end, and what they tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from service.campaigns.commands import (
    CloseCampaign,
    ExtendCampaign,
    PostUpdate,
    RecordOutcome,
    ReopenCampaign,
    SealCampaign,
    WithdrawCampaign,
)
from service.campaigns.handlers import (
    close_campaign,
    extend_campaign,
    reopen_campaign,
    seal_campaign,
    withdraw_campaign,
)
from service.campaigns.telling import post_update, record_outcome
from service.campaigns.text_changes import Change, decide_together
from service.signatures.sealing import forget_signers
from tests.life.drawing import chosen
from tests.life.model import SEALED_AFTER
from tests.life.world import World
from tests.signatures.conftest import TEXT

TEXTS = [TEXT, *(letter * 64 for letter in "ef0")]
WORDINGS = ["1" * 64, "2" * 64]


def the_text_is_corrected(world: World, data: Any) -> None:
    """Signatures carry over."""
    text = chosen(data, [text for text in TEXTS if text != world.model.text], "text")
    if _decides(world, lambda change: change.state.correct(text, change.day)):
        world.model.corrections.add((world.model.text, text))
        world.model.text = text


def the_text_is_replaced(world: World, data: Any) -> None:
    """Signatures do not carry over; what waits is appended before."""
    text = chosen(data, [text for text in TEXTS if text != world.model.text], "text")
    if _decides(world, lambda change: change.state.replace(text, change.day)):
        world.model.replaced_by(text)


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


def the_appeal_is_reopened(world: World, data: Any) -> None:
    """While it is closed and nobody was forgotten yet, until a day that is not past."""
    model, days = world.model, data.draw(st.integers(-1, 60), "days")
    closes = (world.now.date() + timedelta(days=days)).isoformat()
    command = ReopenCampaign("test", closes, "test", world.now)
    is_kept = bool(model.ended) and world.now.date() < date.fromisoformat(model.ended) + SEALED_AFTER
    is_possible = model.state == "closed" and is_kept and days >= 0
    world.tries(is_possible, lambda: reopen_campaign(command, world.signing.log))
    if is_possible:
        model.reopen(closes)


def the_appeal_is_taken_back(world: World, data: Any) -> None:
    """While open or closed."""
    reason = data.draw(st.sampled_from(["organizer", "persons-request"]), "reason")
    command = WithdrawCampaign("test", reason, "test", world.now)
    is_possible = world.model.state in ("open", "closed")
    world.tries(is_possible, lambda: withdraw_campaign(command, world.signing.log))
    if is_possible:
        world.model.end("withdrawn", world.day)
        world.model.is_silenced = reason == "persons-request"


def the_appeal_is_sealed(world: World, data: Any) -> None:
    """Not before people had 30 days to withdraw, and not twice."""
    model, command = world.model, SealCampaign("test", world.now)
    is_due = bool(model.ended) and world.now.date() >= date.fromisoformat(model.ended) + SEALED_AFTER
    is_possible = is_due and model.state in ("closed", "withdrawn")
    world.tries(is_possible, lambda: seal_campaign(command, world.signing.log, forget_signers))
    if is_possible:
        model.seal()


def an_update_is_posted(world: World, data: Any) -> None:
    """In each state, also when all is sealed, unless the persons concerned had it taken back."""
    command = PostUpdate("test", _head(world), "Something happened.\n", "test", world.now)
    _tells(world, "update", "", lambda: post_update(command, world.signing.log))


def an_outcome_is_recorded(world: World, data: Any) -> None:
    """The same; a later one takes the place of an earlier one."""
    outcome = data.draw(st.sampled_from(["granted", "partly", "refused", "moot", "unknown"]), "outcome")
    command = RecordOutcome("test", outcome, _head(world), "The court decided.\n", "test", world.now)
    _tells(world, "outcome", outcome, lambda: record_outcome(command, world.signing.log))


def _head(world: World) -> dict[str, str]:
    head = {"format": "undersigned-news/1", "language": "en", "direction": "ltr"}
    return head | {"title": f"News {len(world.model.news)}"}


def _tells(world: World, kind: str, outcome: str, tell: Callable[[], object]) -> None:
    is_possible = not world.model.is_silenced
    world.tries(is_possible, tell)
    if is_possible:
        world.model.news.append((kind, outcome))


def _decides(world: World, decide: Callable[[Change], Any], is_possible: bool | None = None) -> bool:
    """Let the campaign decide an event, which must be refused unless possible (if not said: open); return whether."""
    if is_possible is None:
        is_possible = world.model.state == "open"

    def make() -> None:
        decide_together(world.signing.log, "test", world.now, lambda change: [decide(change)])

    world.tries(is_possible, make)
    return is_possible
