"""What stands on a letter's pages in one language: plain data, from which the PDF and the plain text are made."""

from __future__ import annotations

from typing import Any

import msgspec

from service.errors import Refused
from service.letters.composition import COURT_KIND, DILEKCE
from service.letters.qr import qr_svg
from service.letters.sources import Sources, words
from service.letters.wording_blocks import Block, Spans

Printed = dict[str, Any]
UNTITLED = ("closing",)


def print_letter(sources: Sources, language: str, authoritative_pdf: str) -> Printed:
    """Return the data of a letter's pages. `authoritative_pdf`: the hash that a courtesy version names, else ""."""
    letter, labels = sources.letter, labels_for(sources, language)
    wording = sources.wording(language)
    record = sources.record
    return {
        **page_frame(sources, language),
        "part": "letter",
        "title": wording.subject,
        "dilekce": is_dilekce(sources, language),
        "sender": sender(sources),
        "refs": _refs(sources, language, labels),
        "heading": [*office_holder(sources, language), *heading_lines(record, language)],
        "postal": record["postal_lines"],
        "applicant": labels["comma"].join(applicant := _applicant(sources, language, labels)),
        "applicant_parts": applicant,
        "persons": [_person(person, language) for person in sources.appeal["persons"]],
        "subject": wording.subject,
        "salutation": record["salutation"][language][letter.kind],
        "sections": [_section(sources, language, key, blocks) for key, blocks in wording.sections.items()],
        "valediction": record["closing"][language][letter.kind],
        "date": sources.day(letter.day, language),
        "enclosures": _enclosures(sources, language, labels),
        "copies": [words(sources.record_of(h)["name"], language, "a copy's name") for h in sources.template.copies],
        "courtesy": _courtesy(sources, labels, authoritative_pdf),
        "qr_svg": qr_svg(sources.verify_url),
        "qr_alt": labels["qr_alt"].format(address=sources.verify_url),
    }


def page_frame(sources: Sources, language: str) -> Printed:
    """Return what every page of the letter and its annex has: labels, direction, stamp, foot, date."""
    labels = labels_for(sources, language)
    stamp = sources.template.stamps.get(language, "")
    size = labels["footer_size"].format(size=sources.number(sources.letter.at_size, language))
    year, month, day = (int(part) for part in sources.letter.day.split("-"))
    return {
        "lang": language,
        "dir": labels["direction"],
        "labels": labels,
        "stamp": labels[stamp] if stamp else "",
        "reference": sources.template.reference,
        "organizer": sources.appeal["organizer"]["name"],
        "foot": [size, f"{sources.short_root}…"],
        "verify": sources.verify_url,
        "made": {"year": year, "month": month, "day": day},
    }


def labels_for(sources: Sources, language: str) -> dict[str, Any]:
    """Return the labels, in their plain form where the letter is no dilekçe."""
    labels = sources.template.labels(language)
    return labels if is_dilekce(sources, language) else {**labels, **labels.get("court", {})}


def is_dilekce(sources: Sources, language: str) -> bool:
    """Return whether this version has the form of a Turkish petition (Law 3071)."""
    return sources.letter.kind in DILEKCE and language == "tr"


def heading_lines(record: dict[str, Any], language: str) -> list[str]:
    """Return the heading lines as they stand in the register, with the chamber where a court's is known."""
    chamber = record.get("chamber", "")
    if chamber and language in record.get("heading_with_chamber", {}):
        return [line.replace("{chamber}", chamber) for line in record["heading_with_chamber"][language]]
    found: list[str] = record["heading"][language]
    return found


def office_holder(sources: Sources, language: str) -> list[str]:
    """Return who holds the office on the letter's day, as a line; none in a dilekçe, which goes to the office."""
    holder, day = sources.record.get("office_holder"), sources.letter.day
    if not holder or is_dilekce(sources, language):
        return []
    if day < holder["valid_from"] or (holder["valid_to"] and day > holder["valid_to"]):
        return []
    return [f"{words(holder['title'], language, 'the title of the office holder')} {holder['name']}"]


def sender(sources: Sources) -> Printed:
    """Return the organizer's name, address and signatory."""
    organizer = sources.appeal["organizer"]
    if not organizer["name"]:
        raise Refused("a letter needs the organizer's name: fill in [organizer] in appeal.toml")
    signatory = organizer.get("signed_by", "")
    return {
        "name": organizer["name"],
        "lines": organizer.get("address", []),
        "signed_by": "" if signatory == organizer["name"] else signatory,  # one name stands once
    }


def _refs(sources: Sources, language: str, labels: dict[str, Any]) -> list[Printed]:
    refs = [{"label": labels["reference"], "value": sources.template.reference, "ltr": True}]
    if "file_number" in labels and (numbers := _file_numbers(sources)):  # earlier templates had no word for it
        refs.append({"label": labels["file_number"], "value": numbers, "ltr": True})
    if not is_dilekce(sources, language):  # a dilekçe has its date beside the signature
        refs.append({"label": labels["date"], "value": sources.day(sources.letter.day, language), "ltr": False})
    return refs


def _file_numbers(sources: Sources) -> str:
    """Return the addressee's own file numbers, as counsel gave them; "" if none is known."""
    if sources.letter.kind == COURT_KIND:
        return str(sources.appeal.get("application_number", ""))
    if sources.letter.kind not in DILEKCE:
        return ""
    numbers = [person.get("file_number", "") for person in sources.appeal["persons"]]
    return " · ".join(dict.fromkeys(number for number in numbers if number))


def _applicant(sources: Sources, language: str, labels: dict[str, Any]) -> list[str]:
    if sources.letter.kind not in DILEKCE:
        return []  # an open letter must not look like an application
    _refuse_nameless(sources, language)
    active = sources.letter.active
    behalf = sources.counted(labels["on_behalf"], active, language).format(active=sources.number(active, language))
    return [sender(sources)["name"], *sender(sources)["lines"], behalf]


def _refuse_nameless(sources: Sources, language: str) -> None:
    organizer = sources.appeal["organizer"]
    is_shown = sources.template.stamps.get(language) == "demonstration"
    if is_dilekce(sources, language) and not is_shown and not (organizer.get("signed_by") and organizer.get("address")):
        raise Refused(
            "a petition needs one petitioner's name, signature and address, else it is not examined "
            "(Law 3071 art. 4, 6): fill in signed_by and address under [organizer] in appeal.toml"
        )


def _person(person: dict[str, Any], language: str) -> Printed:
    others = [one["value"] for one in person.get("spellings", []) if one["value"] != person["name"]]
    detail = person.get("detail") or {}
    return {"name": person["name"], "aliases": others, "detail": detail.get(language, "")}


def _section(sources: Sources, language: str, key: str, blocks: list[Block]) -> Printed:
    titles = sources.template.labels(language)["titles"]
    kind = sources.letter.kind
    special = "embassy_" + key if kind == "embassy_copy" else "court_" + key if kind == "court_open_letter" else key
    title = "" if key in UNTITLED else titles.get(special, titles[key])
    return {"key": key, "title": title, "blocks": [_block(sources, language, block) for block in blocks]}


def _block(sources: Sources, language: str, block: Block) -> Printed:
    if block.slot == "neutral":
        return {"kind": "neutral", "items": [[_span(sources.template.labels(language)["neutral"])]]}
    if block.slot == "legal_bases":
        return {"kind": "list", "items": _legal_bases(sources, language)}
    if block.slot == "demands":
        return {"kind": "letters", "items": _demands(sources, language)}
    items = [_spans(sources, language, spans) for spans in block.items]
    return {"kind": "list" if block.is_list else "paragraph", "items": items}


def _spans(sources: Sources, language: str, spans: Spans) -> list[Printed]:
    return [
        _span(placeholder_value(sources, language, span.text), "address" if span.text == "verify" else "value")
        if span.style == "placeholder"
        else _span(span.text, span.style)
        for span in spans
    ]


def placeholder_value(sources: Sources, language: str, name: str) -> str:
    """Return what a placeholder becomes. :raises Refused: if the letter has no such value."""
    letter, carried = sources.letter, sources.template.carried
    if name == "countries":
        listed = len([row for row in sources.rows if len(str(row[0])) == 2])
        if not listed:
            raise Refused("{countries} has no value: the campaign publishes no countries")
        return sources.number(listed, language)
    if name.startswith("carried_"):
        part = name.removeprefix("carried_")
        if part == "addressee":
            return words(sources.record_of(carried["record"])["name"], language, "the addressee's name")
        return sources.day(carried["day"], language) if part == "day" else carried[part]
    return {
        "count": sources.number(letter.active, language),
        "size": sources.number(letter.at_size, language),
        "day": sources.day(letter.day, language),
        "verify": sources.verify_url,
    }[name]


def _legal_bases(sources: Sources, language: str) -> list[list[Printed]]:
    office = sources.record["kind"]
    bases = [basis for basis in sources.appeal["legal_bases"] if office in (basis.get("of") or [office])]
    return [
        [
            _span(words(b["cite"], language, f"legal basis {b['id']}") + ":", "strong"),
            _span(" " + words(b["text"], language, b["id"])),
        ]
        for b in bases
    ]


def _demands(sources: Sources, language: str) -> list[list[Printed]]:
    demands = [demand for demand in sources.appeal["demands"] if sources.record["kind"] in demand["of"]]
    if not demands:
        raise Refused(f"no demand of the appeal is for an office of kind {sources.record['kind']}")
    return [[_span(words(demand["text"], language, f"demand {demand['id']}"))] for demand in demands]


def _enclosures(sources: Sources, language: str, labels: dict[str, Any]) -> list[str]:
    found = [
        labels["enclosed_annex"].format(size=sources.number(sources.letter.at_size, language)),
        labels["enclosed_data"],
    ]
    if sources.letter.named:
        found.append(labels["enclosed_names"].format(named=sources.number(sources.letter.named, language)))
    if sources.letter.carries is not msgspec.UNSET:
        named = {part: placeholder_value(sources, language, f"carried_{part}") for part in ("ref", "day", "addressee")}
        carried = labels["enclosed_carried"].format(reference=named["ref"], day=named["day"], name=named["addressee"])
        found.insert(0, carried)
    return found


def _courtesy(sources: Sources, labels: dict[str, Any], authoritative_pdf: str) -> Printed:
    if not authoritative_pdf:
        return {}
    named = labels["languages"].get(sources.letter.languages[0], sources.letter.languages[0])
    return {"words": labels["courtesy"].format(language=named), "hash": authoritative_pdf}


def _span(text: str, style: str = "") -> Printed:
    return {"t": text, "s": style}
