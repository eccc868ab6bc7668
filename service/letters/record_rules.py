"""What an office's record may and must hold: docs/design/LETTERS.md section 3. Each problem says what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args

from babel.core import get_global

from service.letters.events import Channel, Kind

OFFICES = ("court", "ministry", "agency", "presidency", "governorship", "embassy", "international", "parliament")
TEXT = (  # keys that hold one line of words, "" for not known
    "id", "kind", "status", "country", "email", "kep", "fax", "web_form", "time_zone", "hours", "hours_note",
    "legal_notes", "source_url", "checked_on", "checked_by", "accepts_supporter_mail", "case_number_format",
    "case_number_example", "chamber",
)  # fmt: skip
LISTS = ("postal_lines", "channels", "languages", "file_types", "formerly")
PER_LANGUAGE = {
    "name": str, "unit": str, "heading": list, "heading_with_chamber": list, "salutation": dict, "closing": dict,
}  # fmt: skip
REQUIRED = (
    "id", "kind", "status", "name", "heading", "salutation", "closing", "languages", "channels", "country",
    "postal_lines", "response_rule", "source_url", "checked_on",
)  # fmt: skip
RULE = {"days": int, "counted_from": str, "law": str, "applies_if": str, "checked": str}
HOLDER = ("name", "title", "valid_from", "valid_to")
ADDRESS_OF = {  # where the address of a channel stands
    "email": "email", "post": "postal_lines", "kep": "kep", "web_form": "web_form", "by_hand": "postal_lines",
}  # fmt: skip
WORDS = {"kind": OFFICES, "status": ("unverified",), "accepts_supporter_mail": ("yes", "no", "unknown")}
FORMS = {  # what a text that is not empty must look like
    "id": (re.compile(r"[a-z0-9-]{2,32}"), "must be 2 to 32 small letters, digits and hyphens"),
    "source_url": (re.compile(r"https?://\S+"), "must be an address that starts with https://, or empty"),
    "web_form": (re.compile(r"https?://\S+"), "must be an address that starts with https://, or empty"),
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "must be one mail address, or empty"),
    "kep": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "must be one registered mail address, or empty"),
    "fax": (re.compile(r"\+[0-9 ()/-]{5,30}"), "must begin with + and the country's number, or be empty"),
    "hours": (
        re.compile(r"[A-Z][a-z]{2}-[A-Z][a-z]{2} [0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d"),
        'must be like "Mon-Fri 09:00-17:00", or empty; what does not fit goes into hours_note',
    ),
    "case_number_format": (
        re.compile(r"[YN0-9 ./()-]+"),
        "is made of Y for a digit of the year, N for a number, and signs between them, or empty",
    ),
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FILE_TYPE = re.compile(r"[a-z0-9]{1,8}")
_JOINERS = "\u200c\u200d"

Path = tuple[str | int, ...]
Finding = tuple[Path, str]  # where in the record, and what is wrong there


def record_problems(record: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong in a record; what rests on a part of the wrong shape is told once that is mended."""
    shape = list(_shape(record))
    return [*shape, *_characters(record)] if shape else [*_meaning(record), *_characters(record)]


def day_problem(value: str) -> str:
    """Return what is wrong with a day that may be empty; "" if nothing."""
    try:
        return "" if not value or date.fromisoformat(value).isoformat() == value else "must be a day YYYY-MM-DD"
    except ValueError:
        return "must be a day YYYY-MM-DD, or empty"


def _shape(record: Mapping[str, Any]) -> Iterator[Finding]:
    known = {*TEXT, *LISTS, *PER_LANGUAGE, "response_rule", "office_holder", "max_bytes"}
    for key in sorted(record.keys() - known):
        yield (key,), "unknown key, take it out or correct its spelling"
    for key in REQUIRED:
        if key not in record:
            yield (key,), "is missing, add it (empty means not known)"
    for key in TEXT:
        if key in record and not isinstance(record[key], str):
            yield (key,), "must be text in quotation marks"
    for key in LISTS:
        if key in record and not _is_list_of_text(record[key]):
            yield (key,), "must be a list of texts"
    for key, shape in PER_LANGUAGE.items():
        if key in record:
            yield from _per_language(key, record[key], shape)
    size = record.get("max_bytes", 0)
    if type(size) is not int or size < 0:
        yield ("max_bytes",), "must be a number of bytes without quotation marks, 0 for not known"
    yield from _rule_shape(record.get("response_rule", {}))
    yield from _holder_shape(record.get("office_holder"))


def _rule_shape(rule: Any) -> Iterator[Finding]:
    if not isinstance(rule, dict) or set(rule) != set(RULE) or not all(type(rule[k]) is t for k, t in RULE.items()):
        yield ("response_rule",), f"must have exactly {', '.join(RULE)}; days is a number, the others text"


def _holder_shape(holder: Any) -> Iterator[Finding]:
    if holder is None:
        return
    is_whole = isinstance(holder, dict) and set(holder) == set(HOLDER)
    if not (is_whole and isinstance(holder["title"], dict) and _all_text(holder["title"])):
        yield ("office_holder",), f"must have exactly {', '.join(HOLDER)}; title holds a text per language"
    elif not all(isinstance(holder[key], str) for key in HOLDER if key != "title"):
        yield ("office_holder",), "name, valid_from and valid_to must be text in quotation marks"


def _per_language(key: str, values: Any, shape: type) -> Iterator[Finding]:
    if not isinstance(values, dict) or not values:
        yield (key,), f"must hold a value per language, such as {key}.en"
        return
    for language, value in values.items():
        at = (key, language)
        if not _LANGUAGE.fullmatch(language):
            yield at, f"{language!r} is not a language tag"
        if shape is str and not (isinstance(value, str) and value):
            yield at, "must be text, not empty"
        if shape is list and not (_is_list_of_text(value) and value and all(value)):
            yield at, "must be a list of lines as printed"
        if shape is dict and not (isinstance(value, dict) and _all_text(value)):
            yield at, 'must hold a text per kind of letter, "" for none'
        elif shape is dict:
            yield from (((*at, kind), "is not a kind of letter") for kind in value if kind not in get_args(Kind))


def _meaning(record: Mapping[str, Any]) -> Iterator[Finding]:
    for key, allowed in WORDS.items():
        if key in record and record[key] not in allowed:
            yield (key,), _wrong_word(key, record[key], allowed)
    for key, (form, said) in FORMS.items():
        if (value := record.get(key, "")) and not form.fullmatch(value):
            yield (key,), said
    if not record["id"]:
        yield ("id",), FORMS["id"][1]
    if said := day_problem(record["checked_on"]):
        yield ("checked_on",), said
    if any(record.get(key) for key in ("postal_lines", "email", "kep", "fax", "web_form")) and not (
        record["source_url"] and record["checked_on"]
    ):
        yield ("source_url",), "contact data need source_url and checked_on; without both leave contact data empty"
    yield from _lists(record)
    yield from _places(record)
    yield from _letters(record)
    yield from _answers(record)
    yield from _numbers(record)
    yield from _holder(record)


def _wrong_word(key: str, found: str, allowed: tuple[str, ...]) -> str:
    if key == "status":
        return f'must be "unverified" in a file, not {found!r}: two people verify a record afterwards'
    return f"{found!r} is not one of {', '.join(allowed)}"


def _lists(record: Mapping[str, Any]) -> Iterator[Finding]:
    for key in ("channels", "languages", "file_types", "formerly"):
        if len(set(record.get(key, []))) != len(record.get(key, [])):
            yield (key,), "names one twice"
    for channel in record["channels"]:
        if channel not in get_args(Channel):
            yield ("channels",), f"{channel!r} is not one of {', '.join(get_args(Channel))}"
    if not record["languages"]:
        yield ("languages",), "must name at least one"
    for language in record["languages"]:
        for key in ("name", "heading"):
            if language not in record[key]:
                yield ("languages",), f"{language} is accepted, so add {key}.{language}"
    for kind in record.get("file_types", []):
        if not _FILE_TYPE.fullmatch(kind):
            yield ("file_types",), f"{kind!r} must be an ending such as pdf, without the dot"
    for slug in record.get("formerly", []):
        if not FORMS["id"][0].fullmatch(slug):
            yield ("formerly",), f"{slug!r} is not the id of an office"


def _places(record: Mapping[str, Any]) -> Iterator[Finding]:
    country, zone = record["country"], record.get("time_zone", "")
    if country and country not in get_global("territory_zones"):
        yield ("country",), f"{country!r} is not a country's code of two capitals (ISO 3166), such as TR"
    if zone and zone != "UTC" and zone not in get_global("zone_territories"):
        yield ("time_zone",), f"{zone!r} is not a time zone such as Europe/Istanbul"


def _letters(record: Mapping[str, Any]) -> Iterator[Finding]:
    for key, other in (("salutation", "closing"), ("closing", "salutation")):
        for language, kinds in record[key].items():
            for kind, words in kinds.items():
                if kind not in record[other].get(language, {}):
                    yield (key, language, kind), f'needs {other}.{language}.{kind} beside it, "" for none'
                if (record["kind"] == "court") != (kind == "court_open_letter"):
                    yield (key, language, kind), "a court gets an open letter and nothing else, and nobody else does"
                if words and language == "tr" and kind == "ministry_petition":
                    yield (key, language, kind), 'must be "": a petition in Turkish (dilekçe) has none'


def _answers(record: Mapping[str, Any]) -> Iterator[Finding]:
    rule = record["response_rule"]
    if rule["counted_from"] not in ("receipt", "none"):
        yield ("response_rule", "counted_from"), 'must be "receipt" or "none"'
    elif (rule["counted_from"] == "receipt") != (rule["days"] > 0) or rule["days"] < 0:
        yield ("response_rule", "days"), "are counted from receipt and more than 0, or from none and 0"
    elif rule["days"] and not rule["law"]:
        yield ("response_rule", "law"), "name the law that sets these days; without one there is no rule"


def _numbers(record: Mapping[str, Any]) -> Iterator[Finding]:
    form, example = record.get("case_number_format", ""), record.get("case_number_example", "")
    if example and not form:
        yield ("case_number_example",), "needs case_number_format beside it"
    elif example and not case_number_pattern(form).fullmatch(example):
        yield ("case_number_example",), f"{example!r} is not of the form {form}"


def case_number_pattern(form: str) -> re.Pattern[str]:
    """Return what a file number of a form such as ``YYYY/N`` looks like: Y is one digit, N one or more."""
    signs = {"Y": r"\d", "N": r"\d+"}
    return re.compile("".join(signs.get(sign, re.escape(sign)) for sign in form))


def _holder(record: Mapping[str, Any]) -> Iterator[Finding]:
    holder = record.get("office_holder")
    if holder is None:
        return
    if record["kind"] == "court":
        yield ("office_holder",), "take it out: judges are not addressed by name (Constitution of Türkiye art. 138)"
    if not holder["name"] or not holder["title"]:
        yield ("office_holder",), "needs a name and a title; where they are not known take the whole out"
    for key in ("valid_from", "valid_to"):
        if said := day_problem(holder[key]):
            yield ("office_holder", key), said
    if holder["valid_to"] and holder["valid_from"] > holder["valid_to"]:
        yield ("office_holder", "valid_to"), "is before valid_from"


def _characters(value: Any, at: Path = ()) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _characters(inner, (*at, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _characters(inner, at)
    elif isinstance(value, str):
        if not unicodedata.is_normalized("NFC", value):
            yield at, "is not in Unicode normal form C"
        if any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn", "Cs") and c not in _JOINERS for c in value):
            yield at, "holds a control character or line break, delete it"
    elif type(value) is not int:
        yield at, "must be text, a whole number, a list or a table"


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _all_text(values: dict[str, Any]) -> bool:
    return all(isinstance(one, str) for one in values.values())
