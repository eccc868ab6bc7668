"""How numbers, days and names of things are written in the page's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext
from jinja2 import pass_context

from service.web.chart import country_bars, growth_chart
from service.web.countries import OTHER, countries
from service.web.languages import direction, page_language
from service.web.messages import field_message, happened_words, notice_words, outcome_words, reason_words, state_words

if TYPE_CHECKING:
    from flask import Flask

    from service.config import Settings


WORDS = (field_message, happened_words, notice_words, outcome_words, reason_words, state_words)


def register_formatting(app: Flask, settings: Settings) -> None:
    """Give templates their filters and the words that are true for these settings."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["direction"] = direction
    for worded in (*WORDS, number, day, local, local_language, country_name, language_name):
        app.jinja_env.filters[worded.__name__] = _in_page_language(worded)
    charts = {"growth_chart": growth_chart, "country_bars": country_bars}
    app.jinja_env.globals.update(charts, settings=settings, OTHER_COUNTRY=OTHER)


def _in_page_language(worded: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that is asked each time: Jinja computes others once, in the language of the first reader."""

    @pass_context
    def asked(_: Any, *values: Any) -> Any:
        return worded(*values)

    return asked


def number(value: int) -> str:
    """Return a number with the separators and digits of the page's language."""
    return str(format_decimal(value, locale=get_locale()))


def day(value: str | date) -> str:
    """Return a day, month or year (`2025-03-13`, `2025-03`, `2025`) in words, exactly as exact as it was given."""
    parts = str(value)[:10].split("-")
    if len(parts) == 3:
        return str(format_date(date.fromisoformat("-".join(parts)), "long", locale=get_locale()))
    if len(parts) == 2:
        return str(format_date(date(int(parts[0]), int(parts[1]), 1), "LLLL y", locale=get_locale()))
    return parts[0]


def local(values: dict[str, Any] | str | None) -> Any:
    """Return the page's language out of values by language; without it the original's, which comes first."""
    if not isinstance(values, dict):
        return values or ""
    return values.get(local_language(values), "")


def local_language(values: dict[str, Any] | str | None) -> str:
    """Return the language in which `local` answers, for the mark-up around it."""
    code = page_language()
    return code if not isinstance(values, dict) or code in values else next(iter(values), code)


def country_name(code: str | None) -> str:
    """Return a country's name in the page's language, or that it was not said."""
    if code is None or code == OTHER:
        return str(gettext("Other") if code else gettext("Not said"))
    return dict(countries(page_language())).get(code, code)


def language_name(code: str) -> str:
    """Return a language's name in the page's language."""
    return str(get_locale().languages.get(code, code))
