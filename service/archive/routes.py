"""The address of every public document: its hash."""

from __future__ import annotations

from flask import Blueprint, Response

from service.archive.documents import get
from service.errors import NotFound
from service.store.database import Database

FOR_EVER = "public, max-age=31536000, immutable"  # the bytes under a hash can never change


def pages(database: Database) -> Blueprint:
    """Return the blueprint of ``/log/documents/{sha256}``."""
    blueprint = Blueprint("archive", __name__)

    @blueprint.get("/log/documents/<sha256>")
    def document(sha256: str) -> Response:
        """Answer a document's own bytes; 404 if it is not public, 410 with the reason if it was taken down."""
        with database.read() as connection:
            found = get(connection, sha256)
        if not found.public:
            raise NotFound("There is no document with this hash.")
        response = Response(found.bytes(), content_type=found.media_type)
        response.headers["Cache-Control"] = FOR_EVER
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_etag(sha256)
        return response

    return blueprint
