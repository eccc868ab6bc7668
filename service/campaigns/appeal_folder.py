"""Reads an appeal folder strictly: everything that is wrong with it, where, and what to do."""

from __future__ import annotations

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
LETTERS = "letters"


@dataclass
class AppealFolder:
    """An appeal as read: its tables, its texts by language, its letters' wordings by kind and language."""

    data: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, TextFile] = field(default_factory=dict)
    wordings: dict[str, TextFile] = field(default_factory=dict)  # "court_open_letter.tr"
    addressees: dict[str, list[str]] = field(default_factory=dict)  # office: the languages that it accepts
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
    appeal.data, appeal.problems = read_toml(source, APPEAL_FILE)
    if appeal.problems:
        return appeal
    at = TomlLines(source)
    found = faults(AppealSchema(), appeal.data)
    broken = {str(path[0]) for path, _ in found if path}
    found = [(path, f"{_dotted(path)} {said}") for path, said in found]
    if "addressees_file" not in broken:
        appeal.problems += _read_addressees(folder, appeal)
    found += appeal_problems(appeal.data, appeal.addressees, broken)
    appeal.problems += [Problem(APPEAL_FILE, at.line(path), said) for path, said in found]
    if not broken & {"texts", "original"}:
        appeal.problems += _read_texts(folder, appeal, at)
    if not broken & {"letters", "rules", "original"}:
        appeal.problems += _read_wordings(folder, appeal)
    if not broken:
        appeal.notes = [Problem(APPEAL_FILE, at.line(path), said) for path, said in notes_of(appeal.data)]
    return appeal


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _read_addressees(folder: Path, appeal: AppealFolder) -> list[Problem]:
    """Note which offices the folder's register names; its own fields are the register's matter."""
    name = appeal.data["addressees_file"]
    source, problems = read_source(folder / name, name)
    if source is None:
        return problems
    register, problems = read_toml(source, name)
    records = register.get("addressees", [])
    if problems or not isinstance(records, list):
        return problems or [Problem(name, 1, "must hold tables [[addressees]]")]
    at = TomlLines(source)
    for place, record in enumerate(records):
        if isinstance(record, dict) and isinstance(record.get("id"), str):
            accepted = record.get("languages", [])
            appeal.addressees[record["id"]] = accepted if isinstance(accepted, list) else []
        else:
            problems.append(Problem(name, at.line(("addressees", place)), "id is missing: add it"))
    return problems


def _read_texts(folder: Path, appeal: AppealFolder, at: TomlLines) -> Iterator[Problem]:
    original = next((t["file"] for t in appeal.data["texts"] if t["language"] == appeal.data["original"]), None)
    for number, entry in enumerate(appeal.data["texts"]):
        text, problems = read_text_file(folder / entry["file"], entry["file"], TextHead())
        yield from problems
        if text is None:
            continue
        yield from text_problems(text)
        for key in ("language", "state"):
            if text.fields.get(key) != entry[key]:
                line = at.line(("texts", number, key))
                said = f"{key} is {entry[key]}, but {entry['file']} says {text.fields.get(key)}"
                yield Problem(APPEAL_FILE, line, said)
        yield from _other_title(text, appeal.data.get("title"), at)
        yield from _translates(text, None if entry["file"] == original else original)
        appeal.texts[entry["language"]] = text
    yield from _unused(folder, "text.*.md", {entry["file"] for entry in appeal.data["texts"]})


def _read_wordings(folder: Path, appeal: AppealFolder) -> Iterator[Problem]:
    has_countries = appeal.data["rules"]["tally_min"] > 0
    original = appeal.data["original"]
    wanted = {(letter["kind"], language) for letter in appeal.data["letters"] for language in letter["languages"]}
    for kind, language in sorted(wanted):
        name = f"{LETTERS}/{kind}.{language}.md"
        text, problems = read_text_file(folder / name, name, LetterHead())
        yield from problems
        if text is None:
            continue
        yield from wording_problems(text, kind, has_countries)
        for key, meant in (("kind", kind), ("language", language)):
            if (said := text.fields.get(key)) != meant:
                yield Problem(name, text.at.line((key,)), f"{key} is {said}: by its name the file is {meant}")
        is_translation = language != original and (kind, original) in wanted
        yield from _translates(text, f"{kind}.{original}.md" if is_translation else None)
        appeal.wordings[f"{kind}.{language}"] = text
    yield from _unused(folder, f"{LETTERS}/*.md", {f"{LETTERS}/{kind}.{language}.md" for kind, language in wanted})


def _other_title(text: TextFile, titles: Any, at: TomlLines) -> Iterator[Problem]:
    """Lists print the title of the appeal, its page that of the text: a reader must not meet two."""
    language, title = text.fields.get("language"), text.fields.get("title")
    if title and isinstance(titles, dict) and titles.get(language, title) != title:
        said = f"title.{language} is not the title in {text.name}: make them the same"
        yield Problem(APPEAL_FILE, at.line(("title", str(language))), said)


def _translates(text: TextFile, original: str | None) -> Iterator[Problem]:
    named = text.fields.get("translates")
    line = text.at.line(("translates",))
    if original is None and named is not None:
        yield Problem(text.name, line, f"translates is {named}: this is an original, take it out")
    elif named != original:
        yield Problem(text.name, line, f"translates is {named or 'missing'}: the original is {original}")


def _unused(folder: Path, pattern: str, used: set[str]) -> Iterator[Problem]:
    """A file that nothing names is more likely a slip of the pen than meant to be left out."""
    for path in sorted(folder.glob(pattern)):
        if (name := str(path.relative_to(folder))) not in used:
            yield Problem(name, 1, f"is named nowhere in {APPEAL_FILE}: name it there, or take the file away")
