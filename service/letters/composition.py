"""Composition, a pure function: what a letter claims, as numbers and hashes, one for all its languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from service.campaigns.court_words import demands_in
from service.errors import Refused
from service.eventlog.base import CampaignId, Day, Hash, Lang, LetterId, N, Slug
from service.eventlog.canonical import canonical
from service.letters.events import Kind
from service.letters.wording import Wording

DILEKCE = ("ministry_petition", "parliament")  # forms of Law 3071, in Turkish
COURT_KIND = "court_open_letter"
_RICA, _ARZ = re.compile(r"\brica\b", re.IGNORECASE), re.compile(r"\barz\b")
OFFICES_OF = {  # to whom a kind of letter goes: LETTERS.md section 1
    "ministry_petition": ("ministry", "agency", "governorship", "presidency"),
    "court_open_letter": ("court",),
    "embassy_copy": ("embassy", "international"),
    "un_communication": ("international",),
    "parliament": ("parliament",),
}


class Carried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The other letter that goes along with this one."""

    letter: LetterId
    pdf: Hash


class LetterInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What typesetting reads: the document behind `input` of `letter.composed` (docs/log_format.md section 7.6)."""

    v: Literal[1] = 1
    letter: LetterId
    campaign: CampaignId
    addressee: Slug
    record: Hash
    kind: Kind
    day: Day
    at_size: N
    root: str  # base64, of the first at_size leaves
    text: Hash
    wordings: dict[Lang, Hash]
    languages: list[Lang]  # the authoritative version's first
    template: Hash
    active: N
    named: N
    annex: Literal["tally", "register"]
    tally: N | msgspec.UnsetType = msgspec.UNSET  # index of the campaign's last tally below at_size, if any
    carries: Carried | msgspec.UnsetType = msgspec.UNSET

    def document(self) -> bytes:
        """Return the canonical JSON."""
        return canonical(self)

    @staticmethod
    def read(document: bytes) -> LetterInput:
        """Return the input that a document holds. :raises msgspec.ValidationError: if it is not one."""
        return msgspec.json.decode(document, type=LetterInput)


def compose(letter: LetterInput, record: Mapping[str, Any], wordings: Mapping[str, Wording]) -> LetterInput:
    """Return the letter if its parts fit each other: kind, addressee, languages, wordings.

    :raises Refused: naming the first part that does not fit.
    """
    _check_addressee(letter, record)
    for language in letter.languages:
        _check_wording(letter, language, wordings)
    if (letter.kind == "embassy_copy") != (letter.carries is not msgspec.UNSET):
        raise Refused("an embassy copy carries another letter that was composed before, and no other kind does")
    return letter


def _check_addressee(letter: LetterInput, record: Mapping[str, Any]) -> None:
    first = letter.languages[0]
    if first not in record["languages"]:
        listed = ", ".join(record["languages"])
        raise Refused(f"{letter.addressee} accepts letters in {listed}: the letter's first language is {first}")
    if letter.kind in DILEKCE and record["country"] == "TR" and first != "tr":
        raise Refused("a petition to an office in Türkiye is in Turkish (Law 3071 art. 3): put tr first")
    if record["kind"] not in OFFICES_OF[letter.kind]:
        offices = ", ".join(OFFICES_OF[letter.kind])
        raise Refused(
            f"{letter.addressee} is of kind {record['kind']}: a {letter.kind} goes to an office of kind {offices}; "
            "a court gets an open letter, and nobody else does"
        )
    for language in letter.languages:
        if language not in record["heading"]:
            raise Refused(f"the record of {letter.addressee} has no heading lines in {language}")
        for part in ("salutation", "closing"):
            if letter.kind not in record[part].get(language, {}):
                raise Refused(
                    f'the record of {letter.addressee} has no {part}.{language}.{letter.kind} ("" if there is none)'
                )


def _check_wording(letter: LetterInput, language: str, wordings: Mapping[str, Wording]) -> None:
    wording = wordings.get(language)
    if wording is None:
        raise Refused(f"there is no wording of a {letter.kind} in {language}")
    if (wording.kind, wording.language) != (letter.kind, language):
        raise Refused(f"the wording is of a {wording.kind} in {wording.language}, not of a {letter.kind} in {language}")
    if "requests" in wording.sections and letter.kind == COURT_KIND:
        raise Refused("nobody may ask a court for a decision (Constitution of Türkiye art. 138)")
    _check_words(letter, wording)


def _check_words(letter: LetterInput, wording: Wording) -> None:
    if letter.kind == COURT_KIND and (found := demands_in(wording.words, wording.language)):
        listed = ", ".join(f"“{word}”" for word in dict.fromkeys(found))
        raise Refused(
            f"the wording in {wording.language} asks the court for something ({listed}): say what is known and ask for "
            "nothing (Constitution of Türkiye art. 138; Penal Code art. 277)"
        )
    if letter.kind in DILEKCE and wording.language == "tr":
        if _RICA.search(wording.words):
            raise Refused("the petition says rica, which is said to those below: write arz")
        if not _ARZ.search(wording.words):
            raise Refused("the petition must end with arz, as in: saygılarımızla arz ve talep ederiz.")
