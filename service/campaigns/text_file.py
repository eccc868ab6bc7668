"""Strict reading of a text or a letter's wording: TOML between +++ lines, then Markdown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import Schema

from service.campaigns.markdown import refused_parts
from service.campaigns.plain_words import direction_of, faults_in
from service.campaigns.problems import Problem
from service.campaigns.schemas import faults
from service.campaigns.toml_lines import TomlLines

FENCE = "+++"
MAX_BYTES = 64 * 1024
_TOML_ERROR_LINE = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True)
class TextFile:
    """A text as read: its head and the lines of its keys, its Markdown and the line at which that begins."""

    name: str
    fields: dict[str, Any]
    body: str
    body_line: int
    at: TomlLines


def read_toml(source: str, name: str, first_line: int = 1) -> tuple[dict[str, Any], list[Problem]]:
    """Return a TOML text's tables, or none and the problem at its line."""
    try:
        return tomllib.loads(source), []
    except tomllib.TOMLDecodeError as error:
        found = _TOML_ERROR_LINE.search(str(error))
        line = first_line + (int(found[1]) - 1 if found else source.count("\n"))
        return {}, [Problem(name, line, f"cannot be read as TOML: {error}")]


def read_source(path: Path, name: str) -> tuple[str | None, list[Problem]]:
    """Return a file's text, or none and why it cannot be used."""
    if not path.is_file():
        return None, [Problem(name, 1, "there is no such file: add it, or take out what names it")]
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        return None, [Problem(name, 1, f"has {len(content)} bytes, at most {MAX_BYTES} are read: shorten it")]
    try:
        source = content.decode()
    except UnicodeDecodeError as error:
        return None, [Problem(name, content[: error.start].count(b"\n") + 1, "is not UTF-8: save it as UTF-8")]
    return source.replace("\r\n", "\n"), []


def read_text_file(path: Path, name: str, schema: Schema) -> tuple[TextFile | None, list[Problem]]:
    """Return the file's head and Markdown and everything that is wrong with them."""
    source, problems = read_source(path, name)
    if source is None:
        return None, problems
    lines = source.split("\n")
    if lines[0] != FENCE or FENCE not in lines[1:]:
        return None, [Problem(name, 1, f"must begin with TOML between two lines {FENCE}")]
    end = lines.index(FENCE, 1)
    head = "\n".join(lines[1:end])
    fields, problems = read_toml(head, name, 2)
    at = TomlLines(head, 2)
    if not problems:
        problems = [Problem(name, at.line(path), f"{_dotted(path)} {said}") for path, said in faults(schema, fields)]
        problems += _direction(fields, name, at)
    body = "\n".join(lines[end + 1 :])
    skipped = len(body) - len(body.lstrip("\n"))
    text = TextFile(name, fields, body.strip("\n") + "\n", end + 2 + skipped, at)
    return text, problems + list(_body_problems(text))


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _direction(fields: dict[str, Any], name: str, at: TomlLines) -> list[Problem]:
    language, written = fields.get("language"), fields.get("direction")
    if not isinstance(language, str) or written not in ("ltr", "rtl") or written == direction_of(language):
        return []
    return [
        Problem(name, at.line(("direction",)), f"direction is {written}, but {language} is {direction_of(language)}")
    ]


def _body_problems(text: TextFile) -> Iterator[Problem]:
    if not text.body.strip():
        yield Problem(text.name, text.body_line, "holds no text after the head: write it")
    for line, said in faults_in(text.body):
        yield Problem(text.name, text.body_line + line, said)
    for line, said in dict.fromkeys(refused_parts(text.body, text.body_line)):
        yield Problem(text.name, line, f"holds {said}")
