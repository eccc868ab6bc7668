"""Fits a Flask app out with everything that its pages share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from service.web import caching, errors, formatting, languages, limits, mailbox, pages, security, stylesheet
from service.web.form_token import FormTokens

if TYPE_CHECKING:
    from flask import Flask

    from service.config import Settings

BODY_MAX_BYTES = 64 * 1024  # of a form; a larger one is answered 413
TEMPLATES = Path(__file__).parent.parent / "templates"


def setup_web(app: Flask, settings: Settings, server_mac: Callable[[str, bytes], bytes]) -> None:
    """Give `app` languages, error pages, headers, caching, limits, templates and the texts that need no database.

    The form tokens are then at ``app.extensions["form_tokens"]``.

    :raises ConfigError: if a language of the settings has no catalogue.
    """
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    app.template_folder = str(TEMPLATES)
    if settings.forwarded_hops:
        hops = settings.forwarded_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.extensions["form_tokens"] = FormTokens(server_mac("form-token", b""), settings.form_min_s, settings.form_max_s)
    languages.register_languages(app, settings)
    limits.register_limits(app, settings.sign_limit)
    errors.register_errors(app)
    formatting.register_formatting(app, settings)
    stylesheet.register_stylesheet(app)
    # What comes first here runs last on an answer: the ETag must cover the bytes that leave.
    caching.register_caching(app)
    security.register_security(app, settings)
    app.register_blueprint(pages.static_pages(settings))
    if settings.demonstration and settings.mailbox_dir:
        app.register_blueprint(mailbox.mailbox_pages(settings.mailbox_dir))
