"""What supporters do, and what is asked of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.life.drawing import a_page, chosen
from tests.life.world import World

PEOPLE = 12


def somebody_sends_the_form(world: World, data: Any) -> None:
    """Also while nobody can sign."""
    world.sends(data.draw(st.integers(0, PEOPLE - 1), "person"))


def somebody_confirms(world: World, data: Any) -> None:
    """With any link that was ever mailed and not forgotten: early, late, or for the second time."""
    world.confirms(chosen(data, world.model.forms, "form"))


def somebody_found_false_signs_again(world: World, data: Any) -> None:
    """Only taking the decision back lets them sign."""
    found = [person for person, one in world.model.counted.items() if one.state == "invalidated"]
    world.sends(chosen(data, sorted(found), "person"))
    if world.model.forms:
        world.confirms(world.model.forms[-1])


def a_crowd_joins(world: World, data: Any) -> None:
    """Enough, perhaps, for a batch."""
    for person in range(data.draw(st.integers(6, PEOPLE), "how many")):
        world.sends(person)
        world.confirms(world.model.forms[-1])


def somebody_says_it_was_not_me(world: World, data: Any) -> None:
    """The holder of the mailbox erases a form, before or after it was confirmed."""
    world.says_it_was_not_me(chosen(data, world.model.forms, "form"))


def somebody_withdraws(world: World, data: Any) -> None:
    """Also for the second time, which is refused."""
    world.leaves(a_page(world, data), withdraw=True, erase=False)


def somebody_is_erased(world: World, data: Any) -> None:
    """The count must not move."""
    world.leaves(a_page(world, data), withdraw=False, erase=True)


def somebody_withdraws_and_is_erased(world: World, data: Any) -> None:
    """Both with one press."""
    world.leaves(a_page(world, data), withdraw=True, erase=True)


def somebody_renews_on_their_page(world: World, data: Any) -> None:
    """Whether or not the text was replaced."""
    world.renews_on_own_page(a_page(world, data))


def somebody_asks_to_renew_and_does_not(world: World, data: Any) -> None:
    """The button is pressed, and something comes between it and the signature."""
    world.begins_to_renew(a_page(world, data))


def somebody_renews_by_mail(world: World, data: Any) -> None:
    """With a link that was mailed after a replacement."""
    world.renews_by_mail(chosen(data, world.model.asked, "link"))


def the_worker_asks(world: World, data: Any) -> None:
    """Each person once for each replacement, whose mail goes or waits."""
    world.asks(mail_goes=data.draw(st.booleans(), "the mail goes"))
