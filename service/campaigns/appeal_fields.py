"""The kinds of value in an appeal folder, each with its limits and what to do when one is wrong."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from service.campaigns.plain_words import faults_in

LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
SLUG = re.compile(r"^[a-z0-9-]{2,32}$")
_PARTIAL_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?$")


class Strict(Schema):
    """A table that refuses unknown keys by name."""

    error_messages = {"unknown": "unknown key: take it out, or correct its spelling", "type": "must be a table"}


class Words(fields.Field[str]):
    """One line of words: not empty unless allowed, not over-long, no hidden characters, no braces."""

    def __init__(self, most: int, *, may_be_empty: bool = False, **options: Any) -> None:
        super().__init__(error_messages={"required": "is missing: add it"}, **options)
        self.most = most
        self.may_be_empty = may_be_empty

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be text in quotation marks")
        if not value.strip() and not self.may_be_empty:
            raise ValidationError("is empty: fill it in, or name it under `unknown`")
        wrong = [message for _, message in faults_in(value.replace("\n", " "))]
        if len(value) > self.most:
            wrong.append(f"has {len(value)} characters, at most {self.most} fit: shorten it")
        if "{" in value or "}" in value:
            wrong.append("holds a brace: placeholders are for letters only")
        if wrong:
            raise ValidationError(wrong)
        return value


class PerLanguage(fields.Field[dict[str, str]]):
    """The same words in several languages, such as ``title.en`` and ``title.tr``."""

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(error_messages={"required": "is missing: add it in every language"}, **options)
        self.words = Words(most)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not value:
            raise ValidationError("must hold words per language, such as .en")
        wrong: dict[str, Any] = {}
        for language, words in value.items():
            try:
                self.words.deserialize(words)
            except ValidationError as error:
                wrong[language] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return dict(value)


class Matching(Words):
    """A word of a fixed form."""

    def __init__(self, form: re.Pattern[str], meant: str, **options: Any) -> None:
        super().__init__(200, **options)
        self.form = form
        self.meant = meant

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        found = super()._deserialize(value, attr, data, **kwargs)
        if found and not self.form.match(found):
            raise ValidationError(f"{found!r} is not {self.meant}")
        return found


class PartialDate(Words):
    """A year, month or day, as exactly as the source says; with ``exact``, a day only."""

    def __init__(self, *, exact: bool = False, **options: Any) -> None:
        super().__init__(10, **options)
        self.exact = exact

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, date):
            raise ValidationError("write the date in quotation marks")
        found = super()._deserialize(value, attr, data, **kwargs)
        if found and (not _PARTIAL_DATE.match(found) or (self.exact and len(found) != 10) or not _exists(found)):
            raise ValidationError(
                f"{found!r} is no date: write YYYY-MM-DD" + ("" if self.exact else ", YYYY-MM or YYYY")
            )
        return found


def one_of(*words: str, **options: Any) -> fields.String:
    """Return a field that takes one of these words."""
    options.setdefault(
        "error_messages", {"required": "is missing: add it", "invalid": "must be text in quotation marks"}
    )
    return fields.String(validate=validate.OneOf(words, error="{input!r} is not one of " + ", ".join(words)), **options)


def number(least: int, most: int, **options: Any) -> fields.Integer:
    """Return a field that takes a whole number between two."""
    said: dict[str, Any] = {"required": "is missing: add it", "invalid": "must be a whole number"}
    within = validate.Range(least, most, error=f"must be between {least} and {most}")
    return fields.Integer(strict=True, validate=within, error_messages=said, **options)


def many(inner: fields.Field[Any], *, least: int = 0, most: int = 50, **options: Any) -> fields.List[Any]:
    """Return a field that takes a list with bounds on its length."""
    said: dict[str, Any] = {"required": "is missing: add it", "invalid": "must be a list"}
    within = validate.Length(least, most, error=f"must have {least} to {most} entries")
    return fields.List(inner, validate=within, error_messages=said, **options)


def tables(schema: type[Schema], **options: Any) -> fields.List[Any]:
    """Return a field that takes ``[[tables]]`` of one shape."""
    return many(fields.Nested(schema, error_messages={"type": "must be a table"}), **options)


def _exists(found: str) -> bool:
    try:
        date.fromisoformat((found + "-01-01")[:10])
    except ValueError:
        return False
    return True
