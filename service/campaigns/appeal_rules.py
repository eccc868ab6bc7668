"""What must fit together in an appeal beyond its single fields, and what is not known yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.campaigns.aggregate import rules_problem
from service.campaigns.events import Rules
from service.campaigns.toml_lines import Path

Finding = tuple[Path, str]


def rules_of(data: dict[str, Any]) -> Rules:
    """Return the rules of an appeal, or of its demonstration."""
    return Rules(risk=data["risk"], **data["rules"])


def appeal_problems(data: dict[str, Any], addressees: set[str]) -> Iterator[Finding]:
    """Yield where in the appeal something does not fit, and what to do."""
    yield from _language_problems(data)
    if (problem := rules_problem(rules_of(data))) is not None:
        yield ("rules",), problem
    if "demonstration" in data and (problem := rules_problem(rules_of(data["demonstration"]))) is not None:
        yield ("demonstration", "rules"), problem
    if data["rules"]["retention"] == "forget" and data["disclosures"] != ["counted"]:
        yield ("disclosures",), 'must be ["counted"] with retention = "forget": nobody can be named afterwards'
    if ("closes" in data) == ("closes_after_days" in data):
        yield ("closes",), "write either closes or closes_after_days"
    yield from _letter_problems(data, addressees)
    yield from _source_problems(data)
    letters = {letter["id"] for letter in data["letters"]}
    for place, milestone in enumerate(data.get("milestones", [])):
        if unknown := set(milestone["letters"]) - letters:
            yield ("milestones", place, "letters"), f"there is no letter {sorted(unknown)[0]}"


def notes_of(data: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is not known, and what still keeps the appeal from opening."""
    for name in data.get("unknown", []):
        yield ("unknown",), f"{name} is not known: pages and letters leave it out"
    if data["consent_of_persons"] != "recorded" and data.get("persons"):
        yield ("consent_of_persons",), "the persons' consent is not recorded: the appeal cannot be opened before"
    if not (data["organizer"]["name"] and data["organizer"]["address"]):
        yield ("organizer",), "name and address of the organizer are missing: the appeal cannot be opened before"


def _language_problems(data: dict[str, Any]) -> Iterator[Finding]:
    texts = [text["language"] for text in data["texts"]]
    if data["original"] not in texts:
        yield ("original",), f"there is no text in {data['original']}: add it under [[texts]]"
    for language in data["languages"]:
        if language not in texts:
            yield ("languages",), f"{language} has no text: add a file under [[texts]], or take it out"
        for table in ("title", "summary"):
            if language not in data[table]:
                yield (table,), f"{table}.{language} is missing: add it"
    for place, language in enumerate(texts):
        if language not in data["languages"] or language in texts[:place]:
            yield ("texts", place, "language"), f"{language} is not among languages, or stands there twice"


def _letter_problems(data: dict[str, Any], addressees: set[str]) -> Iterator[Finding]:
    ids = [letter["id"] for letter in data["letters"]]
    if not ids:
        yield ("letters",), "an appeal needs one letter with its addressee"
    for place, letter in enumerate(data["letters"]):
        at = ("letters", place)
        if letter["id"] in ids[:place]:
            yield (*at, "id"), f"{letter['id']} stands there twice"
        for slug in (letter["addressee"], *letter.get("copy_to", [])):
            if slug not in addressees:
                yield (*at, "addressee"), f"{slug} is not in {data['addressees_file']}: add its record"
        if (carried := letter.get("carries")) is not None and carried not in ids:
            yield (*at, "carries"), f"there is no letter {carried}"
        if (letter["kind"] == "embassy_copy") != (carried is not None):
            yield (*at, "carries"), "an embassy_copy carries another letter, and no other kind does"


def _source_problems(data: dict[str, Any]) -> Iterator[Finding]:
    known = {source["id"] for source in data.get("sources", [])}
    for table in ("timeline", "rulings"):
        for place, entry in enumerate(data.get(table, [])):
            if entry.get("source", "") and entry["source"] not in known:
                yield (table, place, "source"), f"there is no source {entry['source']}: add it under [[sources]]"
    for place, person in enumerate(data.get("persons", [])):
        for spelling in person.get("spellings", []):
            if spelling["source"] not in known:
                yield (
                    ("persons", place, "spellings"),
                    f"there is no source {spelling['source']}: add it under [[sources]]",
                )
