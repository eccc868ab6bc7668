"""Reads an appeal folder strictly: everything that is wrong with it, where, and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.campaigns.appeal_rules import appeal_problems, notes_of
from service.campaigns.letter_wording import text_problems, wording_problems
from service.campaigns.problems import Problem
from service.campaigns.schemas import AppealSchema, LetterHead, TextHead, faults
from service.campaigns.text_file import TextFile, read_source, read_text_file, read_toml
from service.campaigns.toml_lines import TomlLines

APPEAL_FILE = "appeal.toml"


@dataclass
class AppealFolder:
    """An appeal as read: its tables, its texts by language, its letters' wordings by kind and language."""

    data: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, TextFile] = field(default_factory=dict)
    wordings: dict[str, TextFile] = field(default_factory=dict)  # "court_open_letter.tr"
    addressees: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def as_draft(self) -> dict[str, Any]:
        """Return what an import keeps until the appeal opens."""
        return {
            "appeal": self.data,
            "texts": {language: {"fields": t.fields, "body": t.body} for language, t in self.texts.items()},
            "wordings": {key: {"fields": t.fields, "body": t.body} for key, t in self.wordings.items()},
        }


def read_appeal_folder(folder: Path) -> AppealFolder:
    """Return the appeal in a folder with all its problems and notes; it is usable if there is no problem."""
    appeal = AppealFolder()
    source, appeal.problems = read_source(folder / APPEAL_FILE, APPEAL_FILE)
    if source is None:
        return appeal
    appeal.data, problems = read_toml(source, APPEAL_FILE)
    at = TomlLines(source)
    problems += [
        Problem(APPEAL_FILE, at.line(path), f"{_dotted(path)} {said}")
        for path, said in faults(AppealSchema(), appeal.data)
    ]
    appeal.problems += problems
    if problems:
        return appeal
    _read_addressees(folder, appeal, at)
    appeal.problems += [
        Problem(APPEAL_FILE, at.line(path), said) for path, said in appeal_problems(appeal.data, appeal.addressees)
    ]
    appeal.problems += list(_read_texts(folder, appeal, at))
    appeal.problems += list(_read_wordings(folder, appeal, at))
    appeal.notes = [Problem(APPEAL_FILE, at.line(path), said) for path, said in notes_of(appeal.data)]
    return appeal


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _read_addressees(folder: Path, appeal: AppealFolder, at: TomlLines) -> None:
    """Note which offices the folder's register names; its own fields are the register's matter."""
    name = appeal.data["addressees_file"]
    source, problems = read_source(folder / name, name)
    appeal.problems += problems
    if source is None:
        return
    try:
        records = tomllib.loads(source).get("addressees", [])
        appeal.addressees = {record["id"] for record in records}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        appeal.problems.append(Problem(name, 1, f"cannot be read as a register of addressees: {error}"))


def _read_texts(folder: Path, appeal: AppealFolder, at: TomlLines) -> Iterator[Problem]:
    original = next((t["file"] for t in appeal.data["texts"] if t["language"] == appeal.data["original"]), None)
    for number, entry in enumerate(appeal.data["texts"]):
        text, problems = read_text_file(folder / entry["file"], entry["file"], TextHead())
        yield from problems
        if text is None or problems:
            continue
        for key in ("language", "state"):
            if text.fields[key] != entry[key]:
                line = at.line(("texts", number, key))
                yield Problem(APPEAL_FILE, line, f"{key} is {entry[key]}, but {entry['file']} says {text.fields[key]}")
        if (named := text.fields.get("translates")) != (None if entry["file"] == original else original):
            yield Problem(entry["file"], 2, f"translates is {named}: the original is {original}")
        yield from text_problems(text)
        appeal.texts[entry["language"]] = text


def _read_wordings(folder: Path, appeal: AppealFolder, at: TomlLines) -> Iterator[Problem]:
    has_countries = appeal.data["rules"]["tally_min"] > 0
    wanted = {(letter["kind"], language) for letter in appeal.data["letters"] for language in letter["languages"]}
    for kind, language in sorted(wanted):
        name = f"letters/{kind}.{language}.md"
        text, problems = read_text_file(folder / name, name, LetterHead())
        yield from problems
        if text is None or problems:
            continue
        for key, meant in (("kind", kind), ("language", language)):
            if text.fields[key] != meant:
                yield Problem(name, 2, f"{key} is {text.fields[key]}: by its name the file is {meant}")
        yield from wording_problems(text, kind, has_countries)
        appeal.wordings[f"{kind}.{language}"] = text
