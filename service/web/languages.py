"""Chooses the language of a page: from the path, else from `?lang=`, else from what the browser accepts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from babel import Locale
from flask import abort, current_app, g, request
from flask_babel import Babel, get_locale
from werkzeug.routing import BaseConverter

from service.errors import ConfigError

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.routing import Map

    from service.config import Settings

SOURCE = "en"  # the language in which the messages are written; it has no catalogue
TRANSLATIONS = Path(__file__).parent.parent / "translations"
# Names as their speakers write them; CLDR has none for these in their own script that all devices show alike.
NAMES = {"en": "English", "tr": "Türkçe", "ug": "ئۇيغۇرچە", "ar": "العربية"}
# Blueprints whose addresses have no language in the path: their links carry ?lang=.
WITHOUT_LANGUAGE_IN_PATH = ("pages", "signatures", "news", "mailbox")
UNREVIEWED = "machine"  # in translations/review.toml, until a named person has released the catalogue


@dataclass(frozen=True)
class LanguageLink:
    """A link to this page in another language."""

    code: str
    name: str
    dir: str
    href: str
    current: bool


def register_languages(app: Flask, settings: Settings) -> None:
    """Give the app the `<lang:…>` part of routes, the translations, and the choice of a language for each request.

    :raises ConfigError: if a language has no catalogue.
    """
    unreviewed = {code for code in settings.languages if review_state(code) == UNREVIEWED}
    app.config["LANGUAGES"] = settings.languages
    app.config["UNREVIEWED_LANGUAGES"] = unreviewed
    app.config["BABEL_DEFAULT_LOCALE"] = settings.languages[0]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.url_map.converters["lang"] = _converter(settings.languages)
    Babel(app, locale_selector=page_language)
    app.before_request(_refuse_unknown_language)
    app.after_request(_tell_caches_what_varies)
    app.url_defaults(_links_keep_the_language)
    app.context_processor(_template_context)


def review_state(code: str) -> str:
    """Return how far a catalogue was read: `source`, `machine` or `released`, as translations/review.toml says.

    :raises ConfigError: if there is no catalogue for the language.
    """
    if code == SOURCE:
        return "source"
    if not (TRANSLATIONS / code / "LC_MESSAGES" / "messages.mo").is_file():
        raise ConfigError(f"LANGUAGES: there is no catalogue for {code!r}")
    states = tomllib.loads((TRANSLATIONS / "review.toml").read_text(encoding="utf-8"))
    return str(states[code]["state"])


def page_language() -> str:
    """Return the language code of the page that is being made."""
    if "page_language" not in g:
        g.page_language = _from_address() or _from_browser()
    return str(g.page_language)


def direction(code: str) -> str:
    """Return `ltr` or `rtl` for a language."""
    return str(Locale.parse(code).text_direction)


def in_language(path: str, code: str) -> str:
    """Return the address of the same page in another language."""
    first, slash, rest = path.lstrip("/").partition("/")
    if first in current_app.config["LANGUAGES"]:
        return f"/{code}{slash}{rest}"
    return f"{path}?{urlencode({'lang': code})}"


def language_links() -> list[LanguageLink]:
    """Return a link to this page in each of the languages."""
    return [
        LanguageLink(
            code, NAMES.get(code, code), direction(code), in_language(request.path, code), code == page_language()
        )
        for code in current_app.config["LANGUAGES"]
    ]


def _converter(codes: tuple[str, ...]) -> type[BaseConverter]:
    class LanguageConverter(BaseConverter):
        """A language that this installation has; any other is no such address."""

        regex = "|".join(codes)

        def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
            super().__init__(url_map, *args, **kwargs)

    return LanguageConverter


def _from_address() -> str | None:
    codes = current_app.config["LANGUAGES"]
    first = request.path.lstrip("/").partition("/")[0]
    return next((code for code in (first, request.args.get("lang")) if code in codes), None)


def _from_browser() -> str:
    g.language_was_negotiated = True
    codes = current_app.config["LANGUAGES"]
    return request.accept_languages.best_match(codes, codes[0]) or str(codes[0])


def _refuse_unknown_language() -> None:
    asked = request.args.getlist("lang")
    if len(asked) > 1 or any(code not in current_app.config["LANGUAGES"] for code in asked):
        abort(404)


def _tell_caches_what_varies(response: Response) -> Response:
    if g.get("language_was_negotiated"):
        response.vary.add("Accept-Language")
    return response


def _links_keep_the_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" in values or not request:
        return
    in_path = current_app.url_map.is_endpoint_expecting(endpoint, "lang")
    if in_path or endpoint.partition(".")[0] in WITHOUT_LANGUAGE_IN_PATH:
        values["lang"] = page_language()


def _template_context() -> dict[str, Any]:
    code = page_language()
    return {
        "lang": code,
        "dir": direction(code),
        "locale": get_locale(),
        "languages": language_links(),
        "unreviewed": code in current_app.config["UNREVIEWED_LANGUAGES"],
    }
