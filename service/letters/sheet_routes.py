"""The page of the sheet that is signed on paper."""

from __future__ import annotations

from flask import Blueprint, Response

from service.campaigns.queries import campaign_by_ref
from service.letters.sheet import PDF_TYPE, sheet
from service.store.database import Database


def pages(database: Database) -> Blueprint:
    """Return the blueprint of the sheet; everybody may have it."""
    blueprint = Blueprint("sheets", __name__)

    @blueprint.get("/<lang:lang>/c/<ref>/sheet.pdf")
    def pdf(lang: str, ref: str) -> Response:
        """Answer the sheet as the worker made it."""
        with database.read() as connection:
            content = sheet(connection, campaign_by_ref(connection, ref), lang)
        response = Response(content, content_type=PDF_TYPE)
        response.headers["Content-Disposition"] = f'inline; filename="{ref}-sheet-{lang}.pdf"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return blueprint
