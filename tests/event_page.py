"""Writes docs/events.md from the catalogue of events: ``python -m tests.event_page > docs/events.md``."""

from __future__ import annotations

import inspect
import re
import sys
from typing import get_args

import msgspec

from service.eventlog.base import Event
from service.eventlog.catalogue import TOPICS

LIST = re.compile(r"Annotated\[list\[(\w+)\], msgspec\.Meta\(min_length=(\d+), max_length=(\d+)\)\]")
HEAD = """\
# Events

Every event that the log can hold, with its fields. Written from the code by `python -m tests.event_page`; a test
compares. What the fields mean, byte by byte, is said in [log_format.md](log_format.md).

Every event has `type` (the name below), `v` (the version of its meaning) and `day` (the UTC day, `YYYY-MM-DD`, the only
time in the log). Types: `Hash` 64 hex digits of SHA-256 · `Commitment` 43 and `Token` 22 characters of base64url ·
`CampaignId` `c_…`, `LetterId` `l_…`, `BatchId` `b_…` with 10 characters · `Slug` `a-z0-9-` · `Lang` a language tag ·
`Vkey` a verifier key · `N` a whole number from 0 to 2^53 - 1.
"""


def page() -> str:
    """Return the whole page."""
    sections = [HEAD]
    group = ""
    for topic, cls in TOPICS.items():
        if cls.__module__ != group:
            group = cls.__module__
            sections.append(f"## {group.split('.')[1]}\n")
        sections.append(_section(topic, cls))
    return "\n".join(sections)


def _section(topic: str, cls: type[Event]) -> str:
    lines = [f"### `{topic}`\n", f"{(cls.__doc__ or '').strip()}\n"]
    rows = [
        f"| `{field.encode_name}` | {_type(cls, _annotation(cls, field.name))} |"
        for field in msgspec.structs.fields(cls)
        if field.name not in ("v", "day")
    ]
    if rows:
        lines += ["| field | type |", "| --- | --- |", *rows, ""]
    else:
        lines.append("No further field.\n")
    return "\n".join(lines)


def _annotation(cls: type, name: str) -> str:
    for base in cls.__mro__:
        if name in inspect.get_annotations(base):
            return str(inspect.get_annotations(base)[name])
    raise LookupError(f"{cls.__name__} has no field {name}")


def _type(cls: type, annotation: str) -> str:
    if optional := annotation.endswith(" | msgspec.UnsetType"):
        annotation = annotation.removesuffix(" | msgspec.UnsetType")
    words = get_args(getattr(sys.modules[cls.__module__], annotation, None)) if annotation.isidentifier() else ()
    if annotation.startswith("Literal["):
        words = tuple(re.findall(r"[\"']([^\"']+)[\"']", annotation))
    if found := LIST.fullmatch(annotation):
        text = f"list of {found[2]} to {found[3]} `{found[1]}`"
    elif words and all(isinstance(word, str) for word in words):
        text = " · ".join(f"`{word}`" for word in words)
    else:
        text = f"`{annotation}`"
    return f"{text}, left out where there is none" if optional else text


if __name__ == "__main__":
    sys.stdout.write(page())
