"""The texts that need no database: how it works, privacy, security, imprint, accessibility; and the sign of life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

if TYPE_CHECKING:
    from service.config import Settings

TEXTS = ("how_it_works", "privacy", "security", "imprint", "accessibility")


def static_pages(settings: Settings) -> Blueprint:
    """Return the blueprint `pages`."""
    pages = Blueprint("pages", __name__)

    def text(name: str) -> str:
        return render_template(f"pages/{name}.html", settings=settings)

    for name in TEXTS:
        pages.add_url_rule(f"/{name.replace('_', '-')}", name, text, defaults={"name": name})
    pages.add_url_rule("/healthz", "healthz", _healthz)
    return pages


def _healthz() -> Response:
    response = Response("ok\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
