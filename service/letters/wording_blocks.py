"""Reads the paragraphs and numbered lists of a wording; every other Markdown is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

SLOTS = frozenset({"legal_bases", "demands", "neutral"})
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}|[{}]")
_STYLES = {"strong_open": "strong", "em_open": "emphasis"}
_WORDS_FOR = {
    "html_block": "raw HTML", "html_inline": "raw HTML", "link_open": "a link", "image": "an image", "code_inline": "code",
    "fence": "code", "code_block": "an indented line", "bullet_list_open": "a bullet list: number it",
    "heading_open": "a heading that is not ## key", "blockquote_open": "a quotation", "hr": "a rule",
    "hardbreak": "a forced line break",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong at a line, and what to do."""

    line: int
    message: str


@dataclass(frozen=True)
class Span:
    """Words of one style, or the value of a placeholder."""

    text: str
    style: str = ""  # "" strong emphasis placeholder


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Block:
    """A paragraph (one item), a numbered list, or a slot that the template fills."""

    items: tuple[Spans, ...] = ()
    is_list: bool = False
    slot: str = ""

    @property
    def placeholders(self) -> set[str]:
        """Return the names of the placeholders in it."""
        named = {span.text for spans in self.items for span in spans if span.style == "placeholder"}
        return named | ({self.slot} if self.slot else set())


def read_blocks(lines: Sequence[str], first_line: int, allowed: frozenset[str], problems: list[Problem]) -> list[Block]:
    """Return the blocks of a section, and add to `problems` what is wrong in it."""
    tokens = MarkdownIt("commonmark").parse("\n".join(lines))
    blocks: list[Block] = []
    items: list[Spans] | None = None
    for token in tokens:
        at = first_line + (token.map[0] if token.map else 0)
        if token.type in _WORDS_FOR:
            problems.append(Problem(at, f"holds {_WORDS_FOR[token.type]}: letters have paragraphs and numbered lists"))
        elif token.type == "ordered_list_open":
            if items is not None:
                problems.append(Problem(at, "holds a list inside a list: make it one list"))
            items = []
        elif token.type == "ordered_list_close":
            blocks.append(Block(tuple(items or ()), is_list=True))
            items = None
        elif token.type == "inline":
            _take(_spans(token, at, problems), at, allowed, problems, blocks if items is None else None, items)
    return blocks


def _take(
    spans: Spans, at: int, allowed: frozenset[str], problems: list[Problem], *, blocks: list[Block] | None, items: list[Spans] | None
) -> None:
    raise NotImplementedError
