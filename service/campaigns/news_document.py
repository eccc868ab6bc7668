"""The bytes of news as archived: one document for all its languages, so that it is named, and taken down, as one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.campaigns.text_document import FENCE, TextDocument, read_document, write_document

_NEXT = re.compile(rf"^{re.escape(FENCE)}\n", re.MULTILINE)


def write_news(original: TextDocument, translations: Sequence[TextDocument]) -> bytes:
    """Return the original and, behind it, its translations; the original's head says which follow.

    No body may have a line that is a fence.
    """
    if translations:
        follow = " ".join(one.fields["language"] for one in translations)
        original = TextDocument(original.fields | {"translations": follow}, original.body)
    return b"".join(write_document(one) for one in (original, *translations))


def read_news_document(content: bytes) -> list[TextDocument]:
    """Return the versions of archived news, the original first. :raises ValueError: if they have another form."""
    first = read_document(content)
    if "translations" not in first.fields:
        return [first]
    body, *rest = _NEXT.split(first.body)
    parts = zip(rest[::2], rest[1::2], strict=True)
    others = [read_document(f"{FENCE}\n{head}{FENCE}\n{told}".encode()) for head, told in parts]
    return [TextDocument(first.fields, body), *others]
