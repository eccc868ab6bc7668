"""What must fit together in an appeal beyond its single fields, and what is not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from service.campaigns.aggregate import rules_problem
from service.campaigns.events import Rules
from service.campaigns.letter_rules import letter_problems, milestone_problems
from service.campaigns.toml_lines import Path
from service.campaigns.wording import consent_languages

Finding = tuple[Path, str]
PER_LANGUAGE = {  # words that pages and letters print in each of the appeal's languages
    "sources": ("cite",),
    "persons": ("detail",),
    "rulings": ("text",),
    "timeline": ("text",),
    "legal_bases": ("cite", "text"),
    "demands": ("text",),
}


def rules_of(data: dict[str, Any]) -> Rules:
    """Return the rules of an appeal, or of its demonstration."""
    return Rules(risk=data["risk"], **data["rules"])


def appeal_problems(data: dict[str, Any], addressees: dict[str, list[str]], broken: set[str]) -> Iterator[Finding]:
    """Yield where in the appeal something does not fit, and what to do.

    `addressees` are the register's offices with the languages that each accepts; what rests on a key that is
    `broken` in itself is not looked at.
    """
    for needed, check in CHECKS:
        if not broken & needed:
            yield from check(data)
    if not broken & {"letters", "languages", "risk", "addressees_file"}:
        yield from letter_problems(data, addressees)


def notes_of(data: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is not known, and what still keeps the appeal from opening."""
    for name in data.get("unknown", []):
        yield ("unknown",), f"{name} is not known: pages and letters leave it out"
    for place, person in enumerate(data.get("persons", [])):
        if person.get("unknown"):
            yield ("persons", place, "unknown"), f"not known of {person['name']}: {', '.join(person['unknown'])}"
    for place, text in enumerate(data["texts"]):
        if text["language"] == data["original"] and text["state"] == "machine":
            yield ("texts", place, "state"), "nobody has read the original: the appeal cannot be opened before"
        if text["language"] != data["original"] and text["state"] in ("machine", "draft"):
            yield ("texts", place, "state"), f"{text['language']} is {text['state']}: not shown before it is reviewed"
    for place, milestone in enumerate(data.get("milestones", [])):
        if (name := milestone["when"].get("before")) not in (None, "closes") and name not in data:
            yield ("milestones", place, "when"), f"{milestone['id']} is asleep: {name} is not known"
    if data["consent_of_persons"] != "recorded" and data.get("persons"):
        yield ("consent_of_persons",), "the persons' consent is not recorded: the appeal cannot be opened before"
    if data["counsel_review"] == "recorded":
        yield ("counsel_review",), "a court's letter needs more: enter counsel's word with `petition letter counsel`"
    if not _has_organizer(data):
        yield ("organizer",), "name and address of the organizer are missing: the appeal cannot be opened before"


def _rule_problems(data: dict[str, Any], at: Path = ()) -> Iterator[Finding]:
    if (problem := rules_problem(rules_of(data))) is not None:
        key, said = problem
        yield (*at, "rules", key), f"rules.{key} {said}"


def _disclosure_problems(data: dict[str, Any], at: Path = ("disclosures",)) -> Iterator[Finding]:
    if data["rules"]["retention"] == "forget" and data["disclosures"] != ["counted"]:
        yield at, 'must be ["counted"] with retention = "forget": nobody can be named afterwards'
    elif data["disclosures"][0] != "counted":
        yield at, 'must begin with "counted": what is first is chosen already, and naming oneself is a choice'
    elif data["risk"] == "at-risk" and "public" in data["disclosures"]:
        yield at, '"public" is not offered at risk: take it out'


def _demonstration_problems(data: dict[str, Any]) -> Iterator[Finding]:
    shown = data.get("demonstration")
    if shown is None:
        return
    yield from _rule_problems(shown, ("demonstration",))
    yield from _disclosure_problems(shown, ("demonstration", "disclosures"))


def _day_problems(data: dict[str, Any]) -> Iterator[Finding]:
    if ("closes" in data) == ("closes_after_days" in data):
        yield ("closes",), "write either closes or closes_after_days"


def _organizer_problems(data: dict[str, Any]) -> Iterator[Finding]:
    if "demonstration" not in data and not _has_organizer(data):
        yield ("organizer",), "name and address are missing: a petition without them is not examined, fill them in"


def _language_problems(data: dict[str, Any]) -> Iterator[Finding]:
    texts = [text["language"] for text in data["texts"]]
    if data["original"] not in texts:
        yield ("original",), f"there is no text in {data['original']}: add it under [[texts]]"
    for language in data["languages"]:
        if language not in texts:
            yield ("languages",), f"{language} has no text: add a file under [[texts]], or take it out"
        if language not in consent_languages():
            yield ("languages",), f"{language} has no consent text in this version: take it out"
    for place, language in enumerate(texts):
        if language not in data["languages"] or language in texts[:place]:
            yield ("texts", place, "language"), f"{language} is not among languages, or stands there twice"


def _translation_problems(data: dict[str, Any]) -> Iterator[Finding]:
    places: list[tuple[Path, dict[str, str]]] = [((key,), data[key]) for key in ("title", "summary")]
    for table, keys in PER_LANGUAGE.items():
        for place, entry in enumerate(data.get(table, [])):
            places += [((table, place, key), entry[key]) for key in keys if key in entry]
    for path, words in places:
        named = ".".join(str(part) for part in path)
        for language in data["languages"]:
            if language not in words:
                yield path, f"{named}.{language} is missing: add it"
        for language in words:
            if language not in data["languages"]:
                yield (*path, language), f"{named}.{language} is not among languages: add it there, or take it out"


def _id_problems(data: dict[str, Any]) -> Iterator[Finding]:
    for table in ("sources", "persons", "legal_bases", "demands"):
        ids = [entry["id"] for entry in data.get(table, [])]
        for place, one in enumerate(ids):
            if one in ids[:place]:
                yield (table, place, "id"), f"{one} stands there twice"


def _source_problems(data: dict[str, Any]) -> Iterator[Finding]:
    known = {source["id"] for source in data.get("sources", [])}
    used: list[tuple[Path, str]] = []
    for table in ("timeline", "rulings"):
        for place, entry in enumerate(data.get(table, [])):
            used.append(((table, place, "source"), entry.get("source", "")))
    for place, person in enumerate(data.get("persons", [])):
        used += [(("persons", place, "spellings"), one["source"]) for one in person.get("spellings", [])]
    for path, source in used:
        if source and source not in known:
            yield path, f"there is no source {source}: add it under [[sources]]"


def _has_organizer(data: dict[str, Any]) -> bool:
    return bool(data["organizer"]["name"] and data["organizer"]["address"])


_TABLES = frozenset(PER_LANGUAGE)
CHECKS: tuple[tuple[frozenset[str], Callable[[dict[str, Any]], Iterator[Finding]]], ...] = (  # keys it rests on
    (frozenset({"languages", "original", "texts"}), _language_problems),
    (frozenset({"languages", "title", "summary"}) | _TABLES, _translation_problems),
    (frozenset({"risk", "rules"}), _rule_problems),
    (frozenset({"risk", "rules", "disclosures"}), _disclosure_problems),
    (frozenset({"demonstration"}), _demonstration_problems),
    (frozenset({"closes", "closes_after_days"}), _day_problems),
    (frozenset({"organizer"}), _organizer_problems),
    (frozenset({"sources", "persons", "legal_bases", "demands"}), _id_problems),
    (frozenset({"sources", "persons", "timeline", "rulings"}), _source_problems),
    (frozenset({"letters", "milestones", "demonstration"}), milestone_problems),
)
