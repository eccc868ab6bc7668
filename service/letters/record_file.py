"""Reads addressees strictly from TOML, every problem with its line, and writes them in the same form."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from service.campaigns.toml_lines import TomlLines
from service.errors import PetitionError
from service.letters.record_rules import record_problems

FORMAT = "undersigned-addressees/1"
NOT_ARCHIVED = ("status", "checked_by")  # the state is in the log, who read it stays with the operator
ARRAY = "addressees"


class AddresseesRefused(PetitionError):
    """A file of addressees cannot be used: each problem says where, and what to do."""

    code, status = "addressees", 422

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_records(source: bytes, name: str = "addressees.toml") -> list[dict[str, Any]]:
    """Return the records of the file `name`. :raises AddresseesRefused: with everything that is wrong in it."""
    try:
        text = source.decode()
        read = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AddresseesRefused([f"{name}: cannot be read as TOML: {error}"]) from error
    lines = TomlLines(text)
    found = [((key,), f"{key}: unknown key, take it out") for key in sorted(read.keys() - {"format", ARRAY})]
    if read.get("format") != FORMAT:
        found.append((("format",), f'format: must be "{FORMAT}"'))
    records = read.get(ARRAY, [])
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records) or not records:
        found.append(((ARRAY,), f"{ARRAY}: must be at least one table [[{ARRAY}]]"))
        records = []
    found += _in_records(records)
    if found:
        told = sorted((lines.line(path), said) for path, said in found)
        raise AddresseesRefused([f"{name}:{line}: {said}" for line, said in told])
    return records


def _in_records(records: list[dict[str, Any]]) -> list[tuple[tuple[Any, ...], str]]:
    found: list[tuple[tuple[Any, ...], str]] = []
    ids = [record.get("id") for record in records]
    for place, record in enumerate(records):
        named = ids[place] if isinstance(ids[place], str) else f"number {place + 1}"
        for path, said in record_problems(record):
            where = ".".join(str(part) for part in path)
            found.append(((ARRAY, place, *path), f"addressee {named}: {where}: {said}"))
        if ids[place] in ids[:place]:
            found.append(((ARRAY, place, "id"), f"addressee {named}: stands there twice: give each office its own id"))
    return found


def archived(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a record that is archived and has a hash in the log."""
    return {key: value for key, value in record.items() if key not in NOT_ARCHIVED}


def write_records(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return archived records as a file that `read_records` reads to the same records."""
    parts = [f"format = {_value(FORMAT)}", *(write_record(record, "unverified") for record in records)]
    return ("\n\n".join(parts) + "\n").encode()


def write_record(record: Mapping[str, Any], status: str) -> str:
    """Return one record as its part of a file, with this status."""
    whole = {"id": record["id"], "kind": record["kind"], "status": status, **record, "checked_by": ""}
    return "\n".join([f"[[{ARRAY}]]", *(line for key, value in whole.items() for line in _lines(key, value))])


def _lines(key: str, value: Any) -> list[str]:
    """A value per language or kind of letter stands on a line of its own: a later difference is then one line."""
    if isinstance(value, dict) and key.split(".")[0] not in ("response_rule", "office_holder"):
        return [line for inner, one in value.items() for line in _lines(f"{key}.{inner}", one)]
    return [f"{key} = {_value(value)}"]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # the same escapes; control characters were refused before
