"""Nothing that this service sends is a legal remedy, and no page, mail or letter says so: LETTERS.md section 1."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

TOP = Path(__file__).parents[2]
CLAIMS = {  # what only a party or its counsel does
    "en": (
        r"\bwe (file|lodge)\b|\bwe are filing\b|\bapplications?\b(?![/_.])|\bappl(y|ies|ied) to (the|a) court"
        r"|\bappeals? to (the|a) court|\blawsuit|\bsue\b|\binjunction"
    ),
    "tr": r"\bbaşvuru(?![rcl])|\bdava aç|\btemyiz|\bitiraz ed|\bistinaf",
    "ug": r"دەۋا قىل|دەۋا ئاچ|ئەرز سۇن|شىكايەت سۇن|نارازىلىق ئەرزى",
    "ar": r"نرفع دعوى|نطعن|نستأنف|التماس إلى المحكمة|نتقدم بطلب إلى المحكمة|مذكرة إلى المحكمة",
    "fr": r"\bnous déposons|\brequête|\brecours\b|\bpourvoi|\bsaisissons|\bnous attaquons",
}
SAMPLES = {
    "en": "We hereby file this application",
    "tr": "Anayasa Mahkemesine başvuru",
    "ug": "بىز سوتقا ئەرز سۇندۇق",
    "ar": "ونرفع دعوى أمام المحكمة",
    "fr": "Nous déposons une requête",
}


def _claims(words: str, language: str) -> list[str]:
    form = CLAIMS.get(language, CLAIMS["en"])
    return [found[0] for found in re.finditer(form, words.replace("İ", "i"), re.IGNORECASE)]


def _translations() -> Iterator[tuple[str, Path, str]]:
    for path in sorted((TOP / "service" / "translations").glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as source:
            for message in read_po(source):
                yield from (("en", path, one) for one in _forms(message.id))
                yield from ((path.parts[-3], path, one) for one in _forms(message.string))


def _forms(words: Any) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, (tuple, list)) else (str(words or ""),)


def _files() -> Iterator[tuple[str, Path, str]]:
    for folder in (TOP / "service" / "letters" / "starters", TOP / "examples"):
        for path in sorted(folder.rglob("*.??.md")):
            language = path.name.split(".")[-2]
            yield from ((language, path, line) for line in path.read_text(encoding="utf-8").split("\n"))
    for path in sorted((TOP / "service" / "templates").rglob("*.*")):
        yield "en", path, re.sub(r"<[^>]*>|\{[{%#].*?[}%#]\}", "", path.read_text(encoding="utf-8"))


def _tables() -> Iterator[tuple[str, Path, str]]:
    for path in [*sorted((TOP / "service").rglob("*.toml")), *sorted((TOP / "examples").rglob("appeal.toml"))]:
        yield from ((one, path, said) for one, said in _leaves(tomllib.loads(path.read_text(encoding="utf-8")), "en"))


def _leaves(value: Any, language: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield language, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, key if key in CLAIMS else language)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, language)


@pytest.mark.parametrize("texts", [_translations, _files, _tables])
def test_no_text_says_that_a_letter_is_a_legal_remedy(texts: Any) -> None:
    read = list(texts())
    assert len(read) > 20
    assert {language for language, _, _ in read} <= set(CLAIMS)
    found = [(path.name, word, words) for language, path, words in read for word in _claims(words, language)]
    assert found == []


@pytest.mark.parametrize("language", sorted(CLAIMS))
def test_such_words_are_noticed_in_each_language(language: str) -> None:
    assert _claims(SAMPLES[language], language)
