"""The field rules of an appeal folder: which keys there are, and what each may hold."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields

from service.campaigns.appeal_fields import (
    LANGUAGE,
    SLUG,
    Matching,
    PartialDate,
    PerLanguage,
    Strict,
    Words,
    many,
    number,
    one_of,
    tables,
)
from service.campaigns.toml_lines import Path

APPEAL_FORMAT, TEXT_FORMAT, LETTER_FORMAT = "undersigned-appeal/1", "undersigned-text/1", "undersigned-letter/1"
NEWS_FORMAT = "undersigned-news/1"
STATES = ("machine", "draft", "reviewed", "counsel")
READ = STATES[2:]  # by somebody but the translator
KINDS = ("ministry_petition", "court_open_letter", "embassy_copy", "un_communication", "parliament")
DISCLOSURES = ("counted", "addressee", "public")
OFFICES = ("court", "ministry", "agency", "presidency", "governorship", "embassy", "international", "parliament")
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$")
_NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]*$")
_FILE = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
_COUNTRY = re.compile(r"^[A-Z]{2}$")
_SCRIPT = re.compile(r"^[A-Z][a-z]{3}$")


def _id(**options: Any) -> Matching:
    return Matching(_ID, "an id of letters, digits and hyphens", **options)


def _slug(**options: Any) -> Matching:
    return Matching(SLUG, "an id of 2 to 32 small letters, digits and hyphens", **options)


def _language(**options: Any) -> Matching:
    return Matching(LANGUAGE, "a language tag such as en", **options)


def _file(**options: Any) -> Matching:
    return Matching(_FILE, "a file name in this folder", **options)


def _unknown_names() -> fields.List[Any]:
    return many(Matching(_NAME, "a name of what is unknown"))


class _Rules(Strict):
    unique = one_of("hmac/1", required=True)
    retention = one_of("close+30d", "forget", required=True)
    tally_min = number(0, 1000, required=True)
    batch_min = number(1, 10_000, required=True)
    batch_max_s = number(0, 604_800, required=True)


class _Text(Strict):
    language = _language(required=True)
    file = _file(required=True)
    state = one_of(*STATES, required=True)


class _Source(Strict):
    id = _id(required=True)
    cite = PerLanguage(300, required=True)


class _Spelling(Strict):
    value = Words(120, required=True)
    script = Matching(_SCRIPT, "a script such as Latn", required=True)
    source = _id(required=True)


class _Person(Strict):
    id = _id(required=True)
    name = Words(120, required=True)
    spellings = tables(_Spelling)
    unknown = _unknown_names()  # type: ignore[assignment]  # the key's name in the file
    detail = PerLanguage(300)
    file_number = Words(80)


class _Ruling(Strict):
    court = Words(200, required=True)
    date = PartialDate()
    number = Words(80)
    source = _id()
    text = PerLanguage(500)


class _Event(Strict):
    date = PartialDate(required=True)
    source = _id(required=True)
    use = one_of("fact", "background", required=True)
    text = PerLanguage(500, required=True)


class _LegalBasis(Strict):
    id = _id(required=True)
    of = many(one_of(*OFFICES), least=1)
    cite = PerLanguage(300, required=True)
    text = PerLanguage(500, required=True)


class _Demand(Strict):
    id = _id(required=True)
    of = many(one_of(*OFFICES), least=1, required=True)
    text = PerLanguage(500, required=True)


class _Letter(Strict):
    id = _id(required=True)
    kind = one_of(*KINDS, required=True)
    addressee = _slug(required=True)
    languages = many(_language(), least=1, required=True)
    annex = one_of("tally", "register", required=True)
    copy_to = many(_slug())
    needs = many(Matching(_NAME, "the name of a field"))
    carries = _id()


class _When(Strict):
    confirmed = number(1, 100_000_000)
    before = Matching(_NAME, "the name of a date such as hearing_date")
    days = number(0, 365)
    every_days = number(1, 365)
    unanswered_days = number(1, 365)


class _Milestone(Strict):
    id = _id(required=True)
    when = fields.Nested(_When, required=True)
    letters = many(_id(), least=1, required=True)


class _Organizer(Strict):
    name = Words(120, may_be_empty=True, required=True)
    address = many(Words(120), most=6, required=True)
    signed_by = Words(120, may_be_empty=True, required=True)


class _AtRisk(Strict):
    clock = one_of("stepped", required=True)


class _Demonstration(Strict):
    organizer_name = Words(120, required=True)
    mail_override = fields.Email(required=True)
    treat_texts_as_reviewed = fields.Boolean(required=True)
    treat_consents_as_recorded = fields.Boolean(required=True)
    treat_addressees_as_verified = fields.Boolean(required=True)
    supporters = number(1, 1000, required=True)
    disclosures = many(one_of(*DISCLOSURES), least=1, required=True)
    risk = one_of("ordinary", "at-risk", required=True)
    rules = fields.Nested(_Rules, required=True)
    milestones = tables(_Milestone)
    at_risk = fields.Nested(_AtRisk)


class AppealSchema(Strict):
    """The keys of ``appeal.toml``."""

    format = one_of(APPEAL_FORMAT, required=True)
    ref = _slug(required=True)
    risk = one_of("ordinary", "at-risk", required=True)
    original = _language(required=True)
    languages = many(_language(), least=1, required=True)
    addressees_file = _file(required=True)
    closes_after_days = number(1, 366)
    closes = PartialDate(exact=True)
    disclosures = many(one_of(*DISCLOSURES), least=1, required=True)
    warn_signers_in = many(Matching(_COUNTRY, "a country of two capital letters"), required=True)
    consent_of_persons = one_of("none-recorded", "recorded", required=True)
    counsel_review = one_of("none-recorded", "recorded", required=True)
    unknown = _unknown_names()  # type: ignore[assignment]  # the key's name in the file
    application_number = Words(80)
    hearing_date = PartialDate(exact=True)
    removal_date = PartialDate(exact=True)
    rules = fields.Nested(_Rules, required=True)
    title = PerLanguage(150, required=True)
    summary = PerLanguage(300, required=True)
    texts = tables(_Text, least=1, required=True)
    sources = tables(_Source)
    persons = tables(_Person)
    rulings = tables(_Ruling)
    timeline = tables(_Event)
    legal_bases = tables(_LegalBasis)
    demands = tables(_Demand)
    letters = tables(_Letter)
    milestones = tables(_Milestone)
    organizer = fields.Nested(_Organizer, required=True)
    demonstration = fields.Nested(_Demonstration)


class _Head(Strict):
    language = _language(required=True)
    direction = one_of("ltr", "rtl", required=True)
    state = one_of(*STATES, required=True)
    notice = Words(300)
    translates = _file()


class TextHead(_Head):
    """The keys between the +++ lines of a text."""

    format = one_of(TEXT_FORMAT, required=True)
    title = Words(150, required=True)


class NewsHead(Strict):
    """The keys between the +++ lines of news of an appeal, or of what became of it."""

    format = one_of(NEWS_FORMAT, required=True)
    language = _language(required=True)
    direction = one_of("ltr", "rtl", required=True)
    title = Words(150, required=True)


class NewsTranslationHead(NewsHead):
    """The keys between the +++ lines of a translation of news: mail cannot be called back, so somebody has read it."""

    translates = _file(required=True)
    state = one_of(*READ, required=True)


class LetterHead(_Head):
    """The keys between the +++ lines of a letter's wording."""

    format = one_of(LETTER_FORMAT, required=True)
    kind = one_of(*KINDS, required=True)
    subject = Words(200, required=True)


def faults(schema: Schema, data: dict[str, Any]) -> list[tuple[Path, str]]:
    """Return everything that is wrong with a table: where in it, and what to do."""
    try:
        schema.load(data)
    except ValidationError as error:
        return list(_flat(error.normalized_messages(), ()))  # type: ignore[no-untyped-call]
    return []


def _flat(messages: Any, path: Path) -> list[tuple[Path, str]]:
    if isinstance(messages, dict):
        return [
            one for key, inner in messages.items() for one in _flat(inner, path if key == "_schema" else (*path, key))
        ]
    return [(path, str(message)) for message in messages]
