"""Reads addressees strictly from TOML: every problem with its office and key, and what to do about it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import Any, get_args

from service.errors import PetitionError
from service.letters.events import Channel, Kind

FORMAT = "undersigned-addressees/1"
OFFICES = ("court", "ministry", "agency", "presidency", "governorship", "embassy", "international", "parliament")
NOT_ARCHIVED = ("status", "checked_by")  # the state is in the log, who read it stays with the operator
_SLUG = re.compile(r"^[a-z0-9-]{2,32}$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})?$")
_JOINERS = "\u200c\u200d"
_TEXT = (  # keys that hold one line of words, "" for not known
    "id",
    "kind",
    "status",
    "country",
    "email",
    "kep",
    "fax",
    "web_form",
    "time_zone",
    "hours",
    "hours_note",
    "legal_notes",
    "source_url",
    "checked_on",
    "checked_by",
    "accepts_supporter_mail",
    "case_number_format",
    "case_number_example",
    "chamber",
)
_LISTS = ("postal_lines", "channels", "languages", "file_types")
_PER_LANGUAGE = {
    "name": str,
    "unit": str,
    "heading": list,
    "heading_with_chamber": list,
    "salutation": dict,
    "closing": dict,
}
_REQUIRED = (
    "id",
    "kind",
    "status",
    "name",
    "heading",
    "salutation",
    "closing",
    "languages",
    "channels",
    "country",
    "postal_lines",
    "response_rule",
    "source_url",
    "checked_on",
)
_RULE = {"days": int, "counted_from": str, "law": str, "applies_if": str, "checked": str}
_WORDS = {
    "kind": OFFICES,
    "status": ("unverified",),
    "accepts_supporter_mail": ("yes", "no", "unknown"),
}


class AddresseesRefused(PetitionError):
    """A file of addressees cannot be used: each problem says where, and what to do."""

    code, status = "addressees", 422

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_records(source: bytes) -> list[dict[str, Any]]:
    """Return the records of a file. :raises AddresseesRefused: with everything that is wrong in it."""
    try:
        read = tomllib.loads(source.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AddresseesRefused([f"the file cannot be read as TOML: {error}"]) from error
    problems = [f"{key}: unknown key, take it out" for key in sorted(read.keys() - {"format", "addressees"})]
    if read.get("format") != FORMAT:
        problems.append(f'format: must be "{FORMAT}"')
    records = read.get("addressees", [])
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records) or not records:
        raise AddresseesRefused([*problems, "addressees: must be at least one table [[addressees]]"])
    for number, record in enumerate(records, 1):
        named = record.get("id") if isinstance(record.get("id"), str) else f"number {number}"
        problems += [f"addressee {named}: {problem}" for problem in _problems(record)]
    ids = [record.get("id") for record in records]
    problems += [f"addressee {one}: stands there twice" for one in sorted({str(i) for i in ids if ids.count(i) > 1})]
    if problems:
        raise AddresseesRefused(problems)
    return records


def archived(record: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a record that is archived and has a hash in the log."""
    return {key: value for key, value in record.items() if key not in NOT_ARCHIVED}


def _problems(record: dict[str, Any]) -> Iterator[str]:
    known = {*_TEXT, *_LISTS, *_PER_LANGUAGE, "response_rule", "office_holder", "max_bytes"}
    for key in sorted(record.keys() - known):
        yield f"{key}: unknown key, take it out or correct its spelling"
    for key in _REQUIRED:
        if key not in record:
            yield f"{key}: is missing, add it (empty means not known)"
    for key in _TEXT:
        if key in record and not isinstance(record[key], str):
            yield f"{key}: must be text in quotation marks"
    for key, allowed in _WORDS.items():
        if isinstance(record.get(key), str) and record[key] not in allowed:
            yield _wrong_word(key, record[key], allowed)
    yield from _form_problems(record)
    yield from _shape_problems(record)
    yield from _character_problems(record)


def _wrong_word(key: str, found: str, allowed: tuple[str, ...]) -> str:
    if key == "status":
        return f'status: must be "unverified" in a file, not {found!r}: two people verify a record afterwards'
    return f"{key}: {found!r} is not one of {', '.join(allowed)}"


def _form_problems(record: dict[str, Any]) -> Iterator[str]:
    if isinstance(record.get("id"), str) and not _SLUG.match(record["id"]):
        yield "id: must be 2 to 32 small letters, digits and hyphens"
    if not _DAY.match(str(record.get("checked_on", ""))):
        yield "checked_on: must be a day YYYY-MM-DD, or empty"
    for key in ("source_url", "web_form"):
        if record.get(key) and not str(record[key]).startswith(("https://", "http://")):
            yield f"{key}: must be an address that starts with https://, or empty"
    has_contact = any(record.get(key) for key in ("postal_lines", "email", "kep", "fax", "web_form"))
    if has_contact and not (record.get("source_url") and record.get("checked_on")):
        yield "source_url, checked_on: contact data need both; without them leave the contact data empty"


def _shape_problems(record: dict[str, Any]) -> Iterator[str]:
    for key in _LISTS:
        if key in record and not _is_list_of_text(record[key]):
            yield f"{key}: must be a list of texts"
    for channel in record.get("channels", []) if _is_list_of_text(record.get("channels", [])) else []:
        if channel not in get_args(Channel):
            yield f"channels: {channel!r} is not one of {', '.join(get_args(Channel))}"
    if record.get("languages") == []:
        yield "languages: must name at least one"
    for key, shape in _PER_LANGUAGE.items():
        if key in record:
            yield from _per_language(key, record[key], shape)
    rule = record.get("response_rule", {})
    if not isinstance(rule, dict) or set(rule) != set(_RULE) or not all(type(rule[k]) is t for k, t in _RULE.items()):
        yield f"response_rule: must have exactly {', '.join(_RULE)}; days is a number, the others text"
    elif rule["counted_from"] not in ("receipt", "none"):
        yield 'response_rule.counted_from: must be "receipt" or "none"'


def _per_language(key: str, values: Any, shape: type) -> Iterator[str]:
    if not isinstance(values, dict) or not values:
        yield f"{key}: must hold a value per language, such as {key}.en"
        return
    for language, value in values.items():
        where = f"{key}.{language}"
        if not _LANGUAGE.match(language):
            yield f"{where}: {language!r} is not a language tag"
        if shape is str and not (isinstance(value, str) and value):
            yield f"{where}: must be text, not empty"
        if shape is list and not (_is_list_of_text(value) and value):
            yield f"{where}: must be a list of lines as printed"
        if shape is dict and not (isinstance(value, dict) and all(isinstance(one, str) for one in value.values())):
            yield f'{where}: must hold a text per kind of letter, "" for none'
        elif shape is dict:
            yield from (f"{where}.{kind}: is not a kind of letter" for kind in value if kind not in get_args(Kind))


def _character_problems(record: Any, where: str = "") -> Iterator[str]:
    if isinstance(record, dict):
        for key, value in record.items():
            yield from _character_problems(value, f"{where}.{key}" if where else key)
    elif isinstance(record, list):
        for value in record:
            yield from _character_problems(value, where)
    elif isinstance(record, str):
        if not unicodedata.is_normalized("NFC", record):
            yield f"{where}: is not in Unicode normal form C"
        if any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn", "Cs") and c not in _JOINERS for c in record):
            yield f"{where}: holds a control character or line break, delete it"
    elif type(record) is not int:
        yield f"{where}: must be text, a whole number, a list or a table"


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
