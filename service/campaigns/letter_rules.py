"""How an appeal's letters and milestones must fit to its addressees, its languages and each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.campaigns.toml_lines import Path

Finding = tuple[Path, str]
OFFICES_MAX = 16  # addressees of one appeal: docs/log_format.md section 7.2
CONDITIONS = ({"confirmed"}, {"before", "days"}, {"every_days"}, {"unanswered_days"})


def letter_problems(data: dict[str, Any], addressees: dict[str, list[str]]) -> Iterator[Finding]:
    """Yield what is wrong among the letters, given the register's offices and the languages that each accepts."""
    letters = data["letters"]
    if not letters:
        yield ("letters",), "an appeal needs one letter with its addressee"
    if len({letter["addressee"] for letter in letters}) > OFFICES_MAX:
        yield ("letters",), f"go to more than {OFFICES_MAX} offices: make two appeals of it"
    kinds = {letter["id"]: letter["kind"] for letter in letters}
    seen: set[str] = set()
    for place, letter in enumerate(letters):
        at = ("letters", place)
        if letter["id"] in seen:
            yield (*at, "id"), f"{letter['id']} stands there twice"
        seen.add(letter["id"])
        for key, slugs in (("addressee", [letter["addressee"]]), ("copy_to", letter.get("copy_to", []))):
            for slug in slugs:
                if slug not in addressees:
                    yield (*at, key), f"{slug} is not in {data['addressees_file']}: add its record"
        yield from _languages(letter, at, data["languages"], addressees)
        yield from _carried(letter, at, kinds)
        if letter["annex"] == "register" and data["risk"] == "at-risk":
            yield (*at, "annex"), "an appeal at risk has the annex tally: a register would show who signed when"


def milestone_problems(data: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong among the milestones, the demonstration's included."""
    letters = {letter["id"] for letter in data["letters"]}
    shown = data.get("demonstration", {}).get("milestones", [])
    for path, milestones in ((("milestones",), data.get("milestones", [])), (("demonstration", "milestones"), shown)):
        ids = [milestone["id"] for milestone in milestones]
        for place, milestone in enumerate(milestones):
            if milestone["id"] in ids[:place]:
                yield (*path, place, "id"), f"{milestone['id']} stands there twice"
            for letter in milestone["letters"]:
                if letter not in letters:
                    yield (*path, place, "letters"), f"there is no letter {letter}"
            if set(milestone["when"]) not in CONDITIONS:
                yield (*path, place, "when"), "must be confirmed, before with days, every_days, or unanswered_days"


def _languages(
    letter: dict[str, Any], at: Path, languages: list[str], addressees: dict[str, list[str]]
) -> Iterator[Finding]:
    for place, language in enumerate(letter["languages"]):
        if language not in languages or language in letter["languages"][:place]:
            yield (*at, "languages"), f"{language} is not among the appeal's languages, or stands there twice"
    accepted = addressees.get(letter["addressee"], [])
    first = letter["languages"][0]
    if accepted and first not in accepted:
        yield (
            (*at, "languages"),
            f"begins with {first}, but {letter['addressee']} accepts {', '.join(map(str, accepted))}",
        )


def _carried(letter: dict[str, Any], at: Path, kinds: dict[str, str]) -> Iterator[Finding]:
    carried = letter.get("carries")
    if (letter["kind"] == "embassy_copy") != (carried is not None):
        yield (*at, "carries"), "an embassy_copy carries another letter, and no other kind does"
    elif carried is not None and carried not in kinds:
        yield (*at, "carries"), f"there is no letter {carried}"
    elif carried is not None and kinds[carried] == "embassy_copy":
        yield (*at, "carries"), f"{carried} is itself a covering letter: carry the letter that it carries"
