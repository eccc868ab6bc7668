"""Compares a letter's documents with the log, field by field (docs/log_format.md section 7.6)."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import UNSET, UnsetType

from service.audit import annex
from service.audit.fields import Number
from service.audit.letter_leaves import LetterComposed

if TYPE_CHECKING:
    from service.audit.documents import Documents
    from service.audit.log import Log

SAME_FIELDS = (
    *("letter", "campaign", "addressee", "record", "kind", "day"),
    *("at_size", "text", "template", "active", "named"),
)
_ANNEX_LINE = re.compile("([0-9a-f]{64})  ([A-Za-z0-9._-]+)")


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another letter that goes along with this one."""

    letter: str
    pdf: str


class LetterInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document that typesetting reads: numbers and hashes, no running text."""

    v: Literal[1]
    letter: str
    campaign: str
    addressee: str
    record: str
    kind: str
    day: str
    at_size: Number
    root: str
    text: str
    wordings: dict[str, str]
    languages: list[str]
    template: str
    active: Number
    named: Number
    annex: Literal["tally", "register"]
    tally: Number | UnsetType = UNSET
    carries: Carried | UnsetType = UNSET


_encode = msgspec.json.Encoder(order="sorted").encode


def check_documents(log: Log, index: int, event: LetterComposed) -> None:
    """Compares the letter's `input` with its event and with the replay, and its annex A with one made again."""
    documents = log.documents
    assert documents is not None
    data = documents.read("input", event.input)
    if data is None:
        documents.inputs_missing += 1
        return
    documents.inputs_checked += 1
    letter_input = _read_input(log, data)
    if letter_input is None:
        return
    _compare_with_event(log, letter_input, event)
    _compare_with_log(log, letter_input, event)
    _check_annex(log, documents, letter_input, event)


def _read_input(log: Log, data: bytes) -> LetterInput | None:
    message = "input is canonical JSON with the fields of section 7.6"
    try:
        letter_input = msgspec.json.decode(data, type=LetterInput)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        log.problems.error("input", data[:400].decode(errors="backslashreplace"), str(error), message)
        return None
    canonical = _encode(letter_input)
    if canonical != data:
        log.problems.error("input", data[:400].decode(errors="backslashreplace"), canonical[:400].decode(), message)
    return letter_input


def _compare_with_event(log: Log, letter_input: LetterInput, event: LetterComposed) -> None:
    message = "input says the same as the event (section 7.6)"
    for name in SAME_FIELDS:
        log.problems.compare(f"input.{name}", getattr(letter_input, name), getattr(event, name), message)
    first = letter_input.languages[0] if letter_input.languages else "none"
    log.problems.compare("input.languages", first, event.language, "the letter's language is the first (section 7.6)")
    wordings, languages = sorted(letter_input.wordings), sorted(letter_input.languages)
    log.problems.compare("input.wordings", wordings, languages, "each language has its wording (section 7.6)")


def _compare_with_log(log: Log, letter_input: LetterInput, event: LetterComposed) -> None:
    root = base64.b64encode(log.tree.root_at(event.at_size)).decode()
    log.problems.compare("input.root", letter_input.root, root, "root is that of at_size entries (section 7.6)")
    last = log.campaigns[event.campaign].tally_below(event.at_size)
    found = letter_input.tally if letter_input.tally is not UNSET else "none"
    expected = last[0] if last is not None else "none"
    log.problems.compare("input.tally", found, expected, "tally is the campaign's last below at_size (section 7.6)")
    carried = letter_input.carries
    if carried is not UNSET:
        letter = log.letters.get(carried.letter)
        if letter is None or carried.pdf not in letter.pdfs:
            found_pdf = f"{carried.letter} {carried.pdf}"
            log.problems.error("input.carries", found_pdf, "a letter composed before", "what it carries is in the log")


def _check_annex(log: Log, documents: Documents, letter_input: LetterInput, event: LetterComposed) -> None:
    data = documents.read("annex", event.annex)
    if data is None:
        return
    listed = _read_list(log, data)
    campaign = log.campaigns[event.campaign]
    header: tuple[str, ...]
    if letter_input.annex == "tally":
        header, rows = ("what", "count"), annex.tally_rows(campaign, event.at_size)
    else:
        header, rows = ("entry", "signature", "day"), annex.register_rows(campaign, event.at_size)
    for ending, made in ((".csv", annex.as_csv(header, rows)), (".json", annex.as_json(rows))):
        found = [document for name, document in listed.items() if name.endswith(ending)]
        expected = [sha256(made).hexdigest()]
        message = f"annex A as {ending[1:].upper()} follows from the log (section 7.6)"
        log.problems.compare(f"annex{ending}", found, expected, message)


def _read_list(log: Log, data: bytes) -> dict[str, str]:
    lines = data.decode("ascii", errors="backslashreplace").split("\n")
    found = [_ANNEX_LINE.fullmatch(line) for line in lines[:-1]]
    listed = {match[2]: match[1] for match in found if match is not None}
    if lines[-1] or None in found or len(listed) != len(found) or list(listed) != sorted(listed):
        message = "annex is a list of sha256sum lines, by file name (section 7.6)"
        log.problems.error("annex", "\n".join(lines)[:400], "hash, two spaces, file name, newline; sorted", message)
    return listed
