"""All that typesetting uses besides a letter's `input` and its documents, as one document with a hash.

It holds the template and the labels word by word, the address at which letters are checked, the letter's reference, and
the stamps; so whoever has `input` and the documents that it names can make every PDF again.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from service.errors import NotFound
from service.eventlog.canonical import canonical

_FOLDER = Path(__file__).parent
STATES = ("machine", "draft", "reviewed", "counsel")
NEEDED_STATE = {"court_open_letter": "counsel"}  # all other kinds: reviewed; docs on letters, section 4


@dataclass(frozen=True)
class Template:
    """A letter's template with what it is filled with apart from facts."""

    letter_typ: str
    labels_toml: str
    verify_url: str  # {base_url}/verify/
    reference: str  # such as istanbul-two/L1
    stamps: dict[str, str] = field(default_factory=dict)  # language to label of the stamp; no key: none
    copies: list[str] = field(default_factory=list)  # record hashes of those who get a copy
    carried: dict[str, str] = field(default_factory=dict)  # ref, day and record of the letter that goes along

    def document(self) -> bytes:
        """Return the document that `template` in `input` names."""
        return canonical({"v": 1, **{name: getattr(self, name) for name in self.__dataclass_fields__}})

    @staticmethod
    def read(document: bytes) -> Template:
        """Return the template that a document holds."""
        values = json.loads(document)
        return Template(**{name: value for name, value in values.items() if name != "v"})

    @cached_property
    def _labels(self) -> dict[str, Any]:
        return tomllib.loads(self.labels_toml)

    def labels(self, language: str) -> dict[str, Any]:
        """Return the labels of a language. :raises NotFound: if the template has none."""
        if language not in self._labels:
            raise NotFound(f"letters cannot be printed in {language}: there are labels for {', '.join(self._labels)}")
        found: dict[str, Any] = self._labels[language]
        return found

    @property
    def languages(self) -> list[str]:
        """Return the languages that letters can be printed in."""
        return list(self._labels)


def current_template(verify_url: str, reference: str) -> Template:
    """Return the template as it is in this version of the product, without stamps, copies and a carried letter."""
    letter = typst_source("letter.typ")
    labels = (_FOLDER / "labels.toml").read_text()
    return Template(letter, labels, verify_url, reference)


def typst_source(name: str) -> str:
    """Return a document's typst source with what all documents begin with, as one text: typesetting reads no file."""
    return (_FOLDER / "base.typ").read_text(encoding="utf-8") + (_FOLDER / name).read_text(encoding="utf-8")


def label_states() -> dict[str, str]:
    """Return the review state of the labels in each language."""
    return {
        language: words["state"] for language, words in tomllib.loads((_FOLDER / "labels.toml").read_text()).items()
    }


def stamp_for(kind: str, state: str, label_state: str, *, is_translation: bool, demonstration: bool) -> str:
    """Return the stamp that a version of a letter needs: ``demonstration``, ``unreviewed``, ``draft`` or none ("")."""
    if demonstration:
        return "demonstration"
    needed = STATES.index(NEEDED_STATE.get(kind, "reviewed"))
    if STATES.index(state) >= needed and STATES.index(label_state) >= STATES.index("reviewed"):
        return ""
    return "unreviewed" if is_translation or label_state == "machine" else "draft"
