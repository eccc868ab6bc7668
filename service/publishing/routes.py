"""The published log under ``/log/``: checkpoint, tiles, entry bundles and keys, as a static server has them."""

from __future__ import annotations

from flask import Blueprint, Response

from service.errors import NotFound
from service.publishing.log_page import add_log_page
from service.publishing.policy import Policy
from service.publishing.shown import newest_shown
from service.publishing.tiles import parse_path
from service.publishing.tree import content_of
from service.store.database import Database

PLAIN = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"  # the bytes of a tile never change
CHECKPOINT_LIFETIME = "public, max-age=5"
KEYS_LIFETIME = "public, max-age=300"


def pages(database: Database, policy: Policy) -> Blueprint:
    """Return the blueprint of the published log. Any web node can serve it."""
    blueprint = Blueprint("publishing", __name__)

    @blueprint.get("/log/checkpoint")
    def checkpoint() -> Response:
        """Answer the newest checkpoint that has its quorum. :raises NotFound: before the first."""
        with database.read() as connection:
            published = newest_shown(connection)
        if published is None:
            raise NotFound("Nothing was published yet.")
        return _answer(published.note.encode(), PLAIN, CHECKPOINT_LIFETIME)

    @blueprint.get("/log/tile/<path:rest>")
    def tile(rest: str) -> Response:
        """Answer a tile or an entry bundle. :raises NotFound: if the checkpoint's size does not imply it."""
        found = parse_path(f"tile/{rest}")
        with database.read() as connection:
            published = newest_shown(connection)
            if found is None or published is None or not found.is_part_of(published.size):
                raise NotFound("The published log has no such tile.")
            content = content_of(connection, found)
        return _answer(content, "application/octet-stream", FOR_EVER)

    @blueprint.get("/log/keys")
    def log_keys() -> Response:
        """Answer the log's key, its witnesses and the quorum."""
        return _answer(policy.text().encode(), PLAIN, KEYS_LIFETIME)

    add_log_page(blueprint, database, policy)
    return blueprint


def _answer(content: bytes, content_type: str, lifetime: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Cache-Control"] = lifetime
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
