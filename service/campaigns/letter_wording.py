"""What the wording of each kind of letter may and must hold: its sections and its placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.campaigns.court_words import demands_in
from service.campaigns.problems import Problem
from service.campaigns.text_file import TextFile

BODY_MAX = 2400  # characters of a letter: two sides with letterhead and signature; docs on letters, content checklist
TEXT_MAX = 10_000  # characters of what supporters sign
# Sections in printed order. A court's letter has no requests: Constitution of Türkiye art. 138, Penal Code art. 277.
SECTIONS = {
    "court_open_letter": ("facts", "rules", "concern", "neutral", "closing"),
    "ministry_petition": ("facts", "legal", "requests", "closing"),
    "embassy_copy": ("facts", "requests", "closing"),
    "un_communication": ("facts", "rules", "concern", "closing"),
    "parliament": ("facts", "legal", "requests", "closing"),
}
_COMMON = {"count", "size", "day", "countries", "verify", "legal_bases"}
_OF_KIND = {
    "court_open_letter": {"neutral"},
    "ministry_petition": {"demands"},
    "embassy_copy": {"carried_ref", "carried_day", "carried_addressee"},
    "un_communication": set(),
    "parliament": {"demands"},
}
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}|[{}]")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s*(.*?)\s*#*$")


def text_problems(text: TextFile) -> Iterator[Problem]:
    """Yield what is wrong in the text that supporters sign."""
    if len(text.body) > TEXT_MAX:
        yield Problem(text.name, text.body_line, f"has {len(text.body)} characters, at most {TEXT_MAX} fit: shorten it")
    for line, found, _ in _placeholders(text):
        yield Problem(text.name, line, f"{found} is a placeholder: a text that is signed has none")


def wording_problems(text: TextFile, kind: str, has_countries: bool) -> Iterator[Problem]:
    """Yield what is wrong in a letter's wording, given whether the campaign publishes countries."""
    if len(text.body) > BODY_MAX:
        yield Problem(text.name, text.body_line, f"has {len(text.body)} characters, at most {BODY_MAX} fit: shorten it")
    yield from _section_problems(text, kind)
    allowed = _COMMON | _OF_KIND[kind]
    for line, found, name in _placeholders(text):
        if name not in allowed:
            yield Problem(text.name, line, f"{found} is not a placeholder of this kind: {_listed(allowed)}")
        elif name == "countries" and not has_countries:
            yield Problem(
                text.name, line, "{countries} has no value: this campaign publishes no countries (tally_min = 0)"
            )
    if kind == "court_open_letter":
        yield from _demands(text)
    if kind == "court_open_letter" and [name for _, _, name in _placeholders(text)].count("neutral") != 1:
        yield Problem(text.name, text.body_line, "must hold {neutral} exactly once: the fixed paragraph for courts")


def _demands(text: TextFile) -> Iterator[Problem]:
    lines = [(text.at.line(("subject",)), str(text.fields.get("subject", "")))]
    for line, words in [*lines, *enumerate(text.body.split("\n"), text.body_line)]:
        for found in demands_in(words, str(text.fields.get("language", ""))):
            said = f"“{found}” asks a court for something (Constitution of Türkiye art. 138): say what is known"
            yield Problem(text.name, line, said)


def _section_problems(text: TextFile, kind: str) -> Iterator[Problem]:
    seen: list[str] = []
    for line, level, key in _headings(text):
        if level != 2 or key not in SECTIONS[kind]:
            yield Problem(text.name, line, _refused_heading(level, key, kind))
        elif key in seen:
            yield Problem(text.name, line, f"## {key} stands there twice: join the two")
        seen.append(key)
    for key in SECTIONS[kind]:
        if key not in seen:
            yield Problem(text.name, text.body_line, f"## {key} is missing: a {kind} has {_sections(kind)}")
    first = text.body.lstrip()
    if first and not first.startswith("## "):
        yield Problem(
            text.name,
            text.body_line,
            f"words before the first heading are not printed: put them under {_sections(kind)}",
        )


def _refused_heading(level: int, key: str, kind: str) -> str:
    if kind == "court_open_letter" and key == "requests":
        return "## requests in a letter to a court: nobody may ask a court for a decision, take it out"
    return f"{'#' * level} {key} is not a section of a {kind}: {_sections(kind)}"


def _headings(text: TextFile) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(text.body.split("\n"), text.body_line):
        if found := _HEADING.match(line):
            yield number, len(found[1]), found[2]


def _placeholders(text: TextFile) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.body.split("\n"), text.body_line):
        for found in _PLACEHOLDER.finditer(line):
            yield number, found[0], found[1] or ""


def _sections(kind: str) -> str:
    return ", ".join(f"## {key}" for key in SECTIONS[kind])


def _listed(names: set[str]) -> str:
    return " ".join(f"{{{name}}}" for name in sorted(names))
