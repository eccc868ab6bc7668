"""The plain text version of a letter: the same words in the same order, for mail and for reading aloud."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from service.letters.printing import Printed

WIDTH = 76  # columns; addresses and hashes are never broken


def plain_text(printed: Printed) -> bytes:
    """Return the letter as UTF-8 text: paragraphs with an empty line between them."""
    return ("\n\n".join(part for part in _parts(printed) if part.strip()) + "\n").encode()


def _parts(printed: Printed) -> Iterator[str]:
    labels = printed["labels"]
    yield printed["stamp"]
    yield "\n".join([printed["sender"]["name"], *printed["sender"]["lines"]])
    if printed["courtesy"]:
        yield _filled(f"{printed['courtesy']['words']} {printed['courtesy']['hash']}")
    yield "\n".join(f"{ref['label']}: {ref['value']}" for ref in printed["refs"])
    yield "\n".join([*printed["heading"], *printed["postal"]])
    if printed["applicant"]:
        yield _filled(f"{labels['applicant']}: {printed['applicant']}")
    yield "\n".join([f"{labels['persons']}:", *(_person(printed, person) for person in printed["persons"])])
    yield _filled(f"{labels['subject']}: {printed['subject']}")
    yield printed["salutation"]
    for section in printed["sections"]:
        yield section["title"]
        for block in section["blocks"]:
            yield _block(block)
    yield "\n".join(_signature(printed))
    yield f"{labels['qr_caption']}\n{printed['verify']}"
    yield "\n".join([labels["enclosures"], *(f"{n}. {each}" for n, each in enumerate(printed["enclosures"], 1))])
    if printed["copies"]:
        yield _filled(f"{labels['copies']}: {'; '.join(printed['copies'])}")
    yield f"{printed['reference']} · {' · '.join(printed['foot'])}"


def _signature(printed: Printed) -> Iterator[str]:
    sender = printed["sender"]
    yield printed["date"] if printed["dilekce"] else printed["valediction"]
    yield sender["signed_by"] or sender["name"]
    if sender["signed_by"]:
        yield sender["name"]


def _person(printed: Printed, person: Printed) -> str:
    labels = printed["labels"]
    aliases = f" ({labels['alias']} {labels['comma'].join(person['aliases'])})" if person["aliases"] else ""
    detail = f"{labels['comma']}{person['detail']}" if person["detail"] else ""
    return _filled(f"- {person['name']}{aliases}{detail}", "  ")


def _block(block: Printed) -> str:
    items = ["".join(span["t"] for span in spans) for spans in block["items"]]
    if block["kind"] in ("paragraph", "neutral"):
        return _filled(items[0])
    marks = [f"{n}. " if block["kind"] == "list" else f"{chr(96 + n)}) " for n in range(1, len(items) + 1)]
    return "\n".join(_filled(mark + item, "   ") for mark, item in zip(marks, items, strict=True))


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
