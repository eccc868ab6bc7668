"""The documents that a letter's `input` names, looked up by hash and read: all that typesetting may know."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from service.errors import Refused
from service.letters.annex import Row
from service.letters.composition import LetterInput
from service.letters.template import Template
from service.letters.wording import Wording, read_wording

FindDocument = Callable[[str], bytes]


@dataclass(frozen=True)
class Sources:
    """A letter with its documents: the same sources always give the same bytes."""

    letter: LetterInput
    find: FindDocument  # hash to content
    rows: list[Row]  # of annex A

    @cached_property
    def template(self) -> Template:
        """Return the template that the letter was composed with."""
        return Template.read(self.find(self.letter.template))

    @cached_property
    def record(self) -> dict[str, Any]:
        """Return the addressee's record."""
        return self.record_of(self.letter.record)

    @cached_property
    def appeal(self) -> dict[str, Any]:
        """Return the appeal document, which the head of the campaign's text names."""
        head = self.find(self.letter.text).decode().split("\n+++\n", 1)[0].removeprefix("+++\n")
        found: dict[str, Any] = json.loads(self.find(tomllib.loads(head)["appeal"]))
        return found

    def held(self) -> Sources:
        """Return these sources with what annexes are printed from, for use after `find` can find no more."""
        _ = self.template, self.record, self.appeal  # each is kept once it was read
        return self

    @cached_property
    def verify_url(self) -> str:
        """Return the address at which this composition can be checked."""
        return f"{self.template.verify_url}{verify_code(self.letter)}"

    @property
    def short_root(self) -> str:
        """Return the beginning of the tree's root in hex, as printed at the foot of each page."""
        return base64.b64decode(self.letter.root).hex()[:16]

    def record_of(self, hash: str) -> dict[str, Any]:
        """Return an addressee's record by its hash."""
        found: dict[str, Any] = json.loads(self.find(hash))
        return found

    def wording(self, language: str) -> Wording:
        """Return the letter's wording in a language."""
        return read_wording(self.find(self.letter.wordings[language]), f"{self.letter.kind}.{language}.md")

    def number(self, value: int, language: str) -> str:
        """Return a number as the language writes it."""
        return str(format_decimal(value, locale=self.template.labels(language)["locale"]))

    def counted(self, forms: str | dict[str, str], value: int, language: str) -> str:
        """Return the label in the form that a number takes (CLDR plural rules); earlier templates have one for all."""
        if isinstance(forms, str):
            return forms
        form = Locale.parse(self.template.labels(language)["locale"]).plural_form(value)
        return forms.get(form, forms["other"])

    def day(self, day: str, language: str) -> str:
        """Return a day in the language's long form."""
        return str(format_date(date.fromisoformat(day), "long", locale=self.template.labels(language)["locale"]))


def verify_code(letter: LetterInput) -> str:
    """Return what names one composition: the ten characters of the letter's id, a hyphen, and the log size."""
    return f"{letter.letter.removeprefix('l_')}-{letter.at_size}"


def words(values: Any, language: str, what: str) -> str:
    """Return the words in a language. :raises Refused: if they are missing there."""
    if not isinstance(values, dict) or not values.get(language):
        raise Refused(f"{what} is missing in {language}: the letter cannot be printed in it")
    return str(values[language])
