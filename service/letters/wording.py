"""Reads the wording of a letter strictly: TOML between +++ lines, then sections of paragraphs and numbered lists."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from service.errors import PetitionError
from service.letters.wording_blocks import Block, Problem, read_blocks

FORMAT = "undersigned-letter/1"
FENCE = "+++"
REQUIRED_KEYS = frozenset({"format", "kind", "language", "direction", "subject"})
KNOWN_KEYS = REQUIRED_KEYS | {"state", "notice", "translates", "ref", "appeal"}
# In printed order. A letter to a court has no requests: Constitution of Türkiye art. 138, Penal Code art. 277 and 288.
SECTIONS = {
    "court_open_letter": ("facts", "rules", "concern", "neutral", "closing"),
    "ministry_petition": ("facts", "legal", "requests", "closing"),
    "embassy_copy": ("facts", "requests", "closing"),
    "un_communication": ("facts", "rules", "concern", "closing"),
    "parliament": ("facts", "legal", "requests", "closing"),
}
VALUES = frozenset({"count", "size", "day", "countries", "verify"})
OF_KIND = {
    "court_open_letter": VALUES | {"legal_bases", "neutral"},
    "ministry_petition": VALUES | {"legal_bases", "demands"},
    "embassy_copy": VALUES | {"legal_bases", "carried_ref", "carried_day", "carried_addressee"},
    "un_communication": VALUES | {"legal_bases"},
    "parliament": VALUES | {"legal_bases", "demands"},
}
_SECTION = re.compile(r"^##[ \t]+(\S.*?)[ \t]*$")


class WordingRefused(PetitionError):
    """A letter's wording cannot be used: each problem says where, and what to do."""

    code, status = "wording", 422

    def __init__(self, name: str, problems: list[Problem]) -> None:
        super().__init__("\n".join(f"{name}, line {p.line}: {p.message}" for p in problems))
        self.problems = problems


@dataclass(frozen=True)
class Wording:
    """A letter's wording in one language: sections by key, each a list of blocks."""

    kind: str
    language: str
    direction: str
    subject: str
    sections: dict[str, list[Block]] = field(default_factory=dict)

    @property
    def placeholders(self) -> set[str]:
        """Return the names of all placeholders in it."""
        return {name for blocks in self.sections.values() for block in blocks for name in block.placeholders}

    @property
    def words(self) -> str:
        """Return its subject and all its words, without placeholders and slots."""
        spans = [span for blocks in self.sections.values() for block in blocks for one in block.items for span in one]
        return " ".join([self.subject, *(span.text for span in spans if span.style != "placeholder")])


def read_wording(source: bytes, name: str = "wording") -> Wording:
    """Return a wording. :raises WordingRefused: with everything that is wrong in it."""
    problems: list[Problem] = []
    head, body, first_line = _split(source, problems)
    kind = str(head.get("kind", ""))
    _check_head(head, kind, problems)
    sections = _sections(body, first_line, kind, problems) if kind in SECTIONS else {}
    if problems:
        raise WordingRefused(name, sorted(problems, key=lambda problem: problem.line))
    return Wording(kind, head["language"], head["direction"], head["subject"], sections)


def translated_from(source: bytes) -> str:
    """Return the hash of what an archived wording translates, or "" if it is an original or cannot be read."""
    return str(_split(source, [])[0].get("translates", ""))


def _split(source: bytes, problems: list[Problem]) -> tuple[dict[str, Any], list[str], int]:
    try:
        lines = source.decode().split("\n")
    except UnicodeDecodeError:
        problems.append(Problem(1, "is not UTF-8: save it as UTF-8"))
        return {}, [], 1
    if lines[0] != FENCE or FENCE not in lines[1:]:
        problems.append(Problem(1, f"must begin with TOML between two lines {FENCE}"))
        return {}, [], 1
    end = lines.index(FENCE, 1)
    try:
        head = tomllib.loads("\n".join(lines[1:end]))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(2, f"cannot be read as TOML: {error}"))
        head = {}
    return head, lines[end + 1 :], end + 2


def _check_head(head: dict[str, Any], kind: str, problems: list[Problem]) -> None:
    def wrong(message: str) -> None:
        problems.append(Problem(2, message))

    for key in sorted(head.keys() - KNOWN_KEYS):
        wrong(f"unknown key {key}: take it out, or correct its spelling")
    for key in sorted(REQUIRED_KEYS - head.keys()):
        wrong(f"{key} is missing: add it")
    for key in sorted(head):
        if not isinstance(head[key], str):
            wrong(f"{key} must be text in quotation marks")
    if head.get("format", FORMAT) != FORMAT:
        wrong(f'format must be "{FORMAT}"')
    if kind and kind not in SECTIONS:
        wrong(f"kind {kind} is not one of {', '.join(SECTIONS)}")
    if head.get("direction", "ltr") not in ("ltr", "rtl"):
        wrong("direction must be ltr or rtl")
    if "subject" in head and not str(head["subject"]).strip():
        wrong("subject is empty: write one line")
    if any(sign in str(head.get("subject", "")) for sign in "{}"):
        wrong("subject has no placeholder: fill the gap between { and }")


def _sections(body: list[str], first_line: int, kind: str, problems: list[Problem]) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for key, line, words in _parts(body, first_line):
        if key not in SECTIONS[kind]:
            problems.append(Problem(line, _refused_section(key, kind)))
        elif key in found:
            problems.append(Problem(line, f"## {key} stands there twice: join the two"))
        else:
            found[key] = read_blocks(words, line + 1, OF_KIND[kind], problems)
    for key in SECTIONS[kind]:
        if not found.get(key):
            problems.append(Problem(first_line, f"## {key} is missing or empty: a {kind} has {_named(kind)}"))
    _check_slots(found, kind, first_line, problems)
    return {key: found[key] for key in SECTIONS[kind] if key in found}


def _parts(body: list[str], first_line: int) -> list[tuple[str, int, list[str]]]:
    parts: list[tuple[str, int, list[str]]] = []
    for line, words in enumerate(body, first_line):
        if heading := _SECTION.match(words):
            parts.append((heading[1], line, []))
        elif parts:
            parts[-1][2].append(words)
        elif words.strip():
            parts.append(("(words before the first heading)", line, []))
    return parts


def _check_slots(found: dict[str, list[Block]], kind: str, line: int, problems: list[Problem]) -> None:
    if kind != "court_open_letter":
        return
    used = [block.slot for blocks in found.values() for block in blocks if block.slot == "neutral"]
    if len(used) != 1 or [block.slot for block in found.get("neutral", [])] != ["neutral"]:
        problems.append(
            Problem(line, "## neutral must hold {neutral} and nothing else: the fixed paragraph for courts")
        )


def _refused_section(key: str, kind: str) -> str:
    if kind == "court_open_letter" and key == "requests":
        return "## requests in a letter to a court: nobody may ask a court for a decision, take it out"
    return f"{key} is not a section of a {kind}: {_named(kind)}"


def _named(kind: str) -> str:
    return ", ".join(f"## {key}" for key in SECTIONS[kind])
