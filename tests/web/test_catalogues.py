"""The catalogues: complete, not fuzzy, with the same placeholders, and compiled from what stands in the text files."""

from __future__ import annotations

import gettext
import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.web.languages import TRANSLATIONS, review_state

CODES = ("tr", "ug", "ar")
MAPPING = [("web/**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\([a-z]+\)s|%%")

Key = tuple[str | None, str]


@pytest.fixture(scope="module")
def extracted() -> set[Key]:
    """Return every message of templates and code, with its context."""
    found = extract_from_dir("service", MAPPING, keywords=KEYWORDS)
    return {(context, message[0] if isinstance(message, tuple) else message) for _, _, message, _, context in found}


def catalogue(code: str) -> Catalog:
    """Return a catalogue as its text file has it."""
    with (TRANSLATIONS / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def messages(code: str) -> Iterator[Message]:
    """Yield the messages of a catalogue, without its header."""
    yield from (message for message in catalogue(code) if message.id)


def words(message: Message) -> list[str]:
    """Return all forms of a translation."""
    return list(message.string) if isinstance(message.string, tuple) else [str(message.string)]


def source(message: Message) -> str:
    """Return the message in the source language, its singular."""
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_translated_and_none_is_left_over(code: str, extracted: set[Key]) -> None:
    assert len(extracted) > 300
    assert {(message.context, source(message)) for message in messages(code)} == extracted
    assert [message.id for message in messages(code) if not all(words(message))] == []


@pytest.mark.parametrize("code", CODES)
def test_no_message_is_fuzzy(code: str) -> None:
    assert [message.id for message in messages(code) if message.fuzzy] == []


@pytest.mark.parametrize("code", CODES)
def test_placeholders_are_the_same(code: str) -> None:
    for message in messages(code):
        wanted = sorted(PLACEHOLDER.findall(source(message)))
        for translation in words(message):
            assert sorted(PLACEHOLDER.findall(translation)) == wanted, message.id


@pytest.mark.parametrize("code", CODES)
def test_plural_messages_have_all_forms_of_the_language(code: str) -> None:
    plurals = [message for message in messages(code) if isinstance(message.id, tuple)]
    assert len(plurals) >= 3
    assert all(len(words(message)) == catalogue(code).num_plurals for message in plurals)


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_is_what_is_written(code: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))
    assert (TRANSLATIONS / code / "LC_MESSAGES" / "messages.mo").read_bytes() == compiled.getvalue()


def test_uyghur_is_written_in_its_own_letters() -> None:
    for message in messages("ug"):
        for translation in words(message):
            assert not set("یکہ") & set(translation), translation  # Persian and Urdu letters that look alike


def test_each_catalogue_says_how_far_it_was_read() -> None:
    states = tomllib.loads(Path(TRANSLATIONS / "review.toml").read_text(encoding="utf-8"))
    assert set(states) == set(CODES)
    for code, entry in states.items():
        assert entry["state"] in ("machine", "released")
        assert entry["state"] == "machine" or (entry["by"] and entry["on"])
        assert review_state(code) == entry["state"]
    assert review_state("en") == "source"


def test_the_library_finds_the_plural_forms() -> None:
    turkish = gettext.translation("messages", TRANSLATIONS, ["tr"])
    assert turkish.ngettext("%(num)s day left", "%(num)s days left", 3) == "%(num)s gün kaldı"


def test_arabic_counts_in_six_forms() -> None:
    arabic = gettext.translation("messages", TRANSLATIONS, ["ar"])
    found = [arabic.ngettext("%(num)s day left", "%(num)s days left", n) for n in (0, 1, 2, 3, 11, 100, 103, 111)]
    assert len(set(found[:6])) == 6
    assert (found[6], found[7]) == (found[3], found[4])
    assert ["أيام" in words for words in found] == [False, False, False, True, False, False, True, False]
