"""The Markdown of an appeal's text as plain blocks, for the sheet that is signed on paper."""

from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_STYLES = {"strong_open": "strong", "em_open": "emphasis"}
_LISTS = {"ordered_list_open": "numbered", "bullet_list_open": "bullets"}


def text_blocks(markdown: str) -> list[dict[str, Any]]:
    """Return headings, paragraphs and lists, each with its items; a list inside a list becomes a list after it."""
    blocks: list[dict[str, Any]] = []
    kinds: list[str] = []
    for token in MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink"]).parse(markdown):
        if token.type in _LISTS:
            kinds.append(_LISTS[token.type])
            blocks.append({"kind": kinds[-1], "items": []})
        elif token.type.endswith("_list_close"):
            kinds.pop()
        elif token.type == "heading_open":
            kinds.append("heading")
        elif token.type == "heading_close":
            kinds.pop()
        elif token.type in ("inline", "fence", "code_block"):
            _take(blocks, kinds[-1] if kinds else "paragraph", token)
    return [block for block in blocks if block["items"]]


def _take(blocks: list[dict[str, Any]], kind: str, token: Token) -> None:
    if kind in _LISTS.values() and blocks and blocks[-1]["kind"] == kind:
        blocks[-1]["items"].append(_spans(token))
    else:
        blocks.append({"kind": kind, "items": [_spans(token)]})


def _spans(token: Token) -> list[dict[str, str]]:
    spans: list[dict[str, str]] = []
    style = ""
    for child in token.children or [token]:
        if child.type in _STYLES:
            style = _STYLES[child.type]
        elif child.type in ("strong_close", "em_close"):
            style = ""
        else:
            words = " " if child.type in ("softbreak", "hardbreak") else " ".join(child.content.split("\n"))
            spans.append({"t": words, "s": style})
    return [span for span in spans if span["t"]]
