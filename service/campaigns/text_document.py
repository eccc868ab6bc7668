"""The bytes of a text as it is archived: TOML between +++ lines, then Markdown; and their reading back."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass

FENCE = "+++"
_ORDER = ("format", "ref", "appeal", "kind", "language", "direction", "translates", "title", "subject", "translations")


@dataclass(frozen=True)
class TextDocument:
    """An archived text or letter wording: its head and its Markdown."""

    fields: dict[str, str]
    body: str


def write_document(document: TextDocument) -> bytes:
    """Return the one form of bytes that these fields and this body have.

    Review state and notice are left out, because they change while the text stays (docs/log_format.md section 7.2).
    """
    head = [
        f"{key} = {json.dumps(document.fields[key], ensure_ascii=False)}" for key in _ORDER if key in document.fields
    ]
    return "\n".join([FENCE, *head, FENCE, "", document.body]).encode()


def read_document(content: bytes) -> TextDocument:
    """Return the head and body of an archived text. :raises ValueError: if the bytes are not of that form."""
    opening, head, body = content.decode().split(FENCE + "\n", 2)
    if opening:
        raise ValueError(f"an archived text begins with {FENCE}, not with {opening[:20]!r}")
    return TextDocument(tomllib.loads(head), body.removeprefix("\n"))
