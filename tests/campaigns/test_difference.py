"""The difference of two texts: each side is its text again, and what is marked is what the other has not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.campaigns.difference import ADDED, REMOVED, SAME, Paragraph, compare

WORDS = st.lists(st.sampled_from(["one", "two", "three", "bir", "ئىككى", "—"]), min_size=1, max_size=8)
TEXTS = st.lists(WORDS.map(" ".join), max_size=6).map(tuple)


def joined(side: tuple[Paragraph, ...]) -> tuple[str, ...]:
    return tuple("".join(part.words for part in paragraph) for paragraph in side)


def kept(side: tuple[Paragraph, ...]) -> list[str]:
    return [word for paragraph in side for part in paragraph if part.kind == SAME for word in part.words.split()]


@given(TEXTS, TEXTS)
def test_each_side_is_its_text_and_what_is_not_marked_is_shared(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    old, new = compare(before, after)
    assert (joined(old), joined(new)) == (before, after)
    assert kept(old) == kept(new)
    assert not any(part.kind == ADDED for paragraph in old for part in paragraph)
    assert not any(part.kind == REMOVED for paragraph in new for part in paragraph)


def test_a_changed_word_is_marked_alone() -> None:
    old, new = compare(("write about two people today",), ("write about two persons today",))
    assert [(part.kind, part.words) for part in old[0]] == [
        (SAME, "write about two"), (REMOVED, " people"), (SAME, " today"),
    ]  # fmt: skip
    assert [(part.kind, part.words) for part in new[0]] == [
        (SAME, "write about two"), (ADDED, " persons"), (SAME, " today"),
    ]  # fmt: skip


def test_the_same_text_has_no_difference() -> None:
    old, new = compare(("a b", "c"), ("a b", "c"))
    assert old == new
