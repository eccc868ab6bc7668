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
    "html_block": "raw HTML",
    "html_inline": "raw HTML",
    "link_open": "a link",
    "image": "an image",
    "code_inline": "code",
    "fence": "code",
    "code_block": "an indented line",
    "bullet_list_open": "a bullet list: number it",
    "heading_open": "a heading that is not ## key",
    "blockquote_open": "a quotation",
    "hr": "a rule",
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
    reader = _Reader(first_line, allowed, problems)
    for token in MarkdownIt("commonmark").parse("\n".join(lines)):
        reader.take(token)
    return reader.blocks


class _Reader:
    """Collects blocks from tokens; inside a numbered list `items` is a list."""

    def __init__(self, first_line: int, allowed: frozenset[str], problems: list[Problem]) -> None:
        self.first_line = first_line
        self.allowed = allowed
        self.problems = problems
        self.blocks: list[Block] = []
        self.items: list[Spans] | None = None
        self.line = first_line

    def take(self, token: Token) -> None:
        """Take the next token of the section."""
        if token.map:
            self.line = self.first_line + token.map[0]
        if token.type in _WORDS_FOR:
            self._refuse(token.type)
        elif token.type == "ordered_list_open":
            if self.items is not None:
                self._wrong("holds a list inside a list: make it one list")
            self.items = []
        elif token.type == "ordered_list_close":
            self.blocks.append(Block(tuple(self.items or ()), is_list=True))
            self.items = None
        elif token.type == "inline":
            self._take_words(self._spans(token))

    def _take_words(self, spans: Spans) -> None:
        slots = [span.text for span in spans if span.style == "placeholder" and span.text in SLOTS]
        if self.items is not None:
            self.items.append(spans)
        elif slots and len(spans) == 1:
            self.blocks.append(Block(slot=slots[0]))
            return
        else:
            self.blocks.append(Block((spans,)))
        for name in slots:
            self._wrong(f"{{{name}}} becomes a list or a paragraph: put it on a line of its own between empty lines")

    def _spans(self, token: Token) -> Spans:
        spans: list[Span] = []
        style = ""
        for child in token.children or []:
            if child.type in _WORDS_FOR:
                self._refuse(child.type)
            elif child.type in _STYLES:
                style = _STYLES[child.type]
            elif child.type in ("strong_close", "em_close"):
                style = ""
            else:
                spans += self._split(" " if child.type == "softbreak" else child.content, style)
        return tuple(span for span in spans if span.text)

    def _split(self, words: str, style: str) -> list[Span]:
        spans: list[Span] = []
        end = 0
        for found in _PLACEHOLDER.finditer(words):
            spans.append(Span(words[end : found.start()], style))
            spans.append(Span(found[1] or "", "placeholder"))
            if found[1] not in self.allowed:
                listed = " ".join(f"{{{name}}}" for name in sorted(self.allowed))
                self._wrong(f"{found[0]} is not a placeholder of this kind: {listed}")
            end = found.end()
        return [*spans, Span(words[end:], style)]

    def _refuse(self, kind: str) -> None:
        self._wrong(f"holds {_WORDS_FOR[kind]}: letters have paragraphs and numbered lists")

    def _wrong(self, message: str) -> None:
        self.problems.append(Problem(self.line, message))
