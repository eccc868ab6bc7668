"""Markdown of appeals: to safe HTML, and what in it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_SAFE = MarkdownIt("commonmark", {"html": False}).disable(
    ["link", "image", "autolink", "html_inline", "html_block", "reference"]
)
_STRICT = MarkdownIt("commonmark", {"html": True})
_TAGS = {"p", "strong", "em", "ol", "ul", "li", "h2", "h3", "h4", "blockquote", "br", "hr", "code", "pre"}
_REFUSED = {
    "html_block": "raw HTML: write Markdown",
    "html_inline": "raw HTML: write Markdown",
    "link_open": "a link: name the source in words, links may lead elsewhere tomorrow",
    "image": "an image: texts hold words only",
}


@lru_cache(maxsize=256)  # a text never changes: its hash is its name
def to_html(markdown: str) -> str:
    """Return safe HTML: no raw HTML, links or images, whatever the text says."""
    return nh3.clean(_SAFE.render(markdown), tags=_TAGS, attributes={"ol": {"start"}})


def refused_parts(markdown: str, first_line: int) -> Iterator[tuple[int, str]]:
    """Yield line and words for everything that a text must not hold."""
    found: dict[str, dict[str, dict[str, list[int]]]] = {}
    for token in _STRICT.parse(markdown, found):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type in _REFUSED:
            yield line, _REFUSED[token.type]
        if token.type == "heading_open" and token.tag == "h1":
            yield line, "a heading of the first level: the title is printed there already, begin with ##"
        yield from _refused_inside(token.children or [], line)
    for reference in found.get("references", {}).values():
        yield first_line + reference["map"][0], _REFUSED["link_open"]


def _refused_inside(children: list[Token], line: int) -> Iterator[tuple[int, str]]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        if child.type in _REFUSED:
            yield line, _REFUSED[child.type]
