"""Documents are kept under their hash, shown when public, and say why when they were taken down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.archive import documents
from service.archive.routes import pages
from service.clock import FixedClock
from service.errors import NotFound, PetitionError
from service.eventlog.canonical import document_hash
from service.store.database import Database
from service.store.tables import document
from tests.installation import install

CONTENT = "Some words, ئابلىز".encode()


def kept(database: Database, *, public: bool) -> str:
    with database.write() as connection:
        return documents.put(connection, CONTENT, "text/plain; charset=utf-8", public=public)


def take_down(database: Database) -> None:
    with database.write() as connection:
        taken = sa.update(document).where(document.c.hash == document_hash(CONTENT))
        connection.execute(taken.values(content=None, removed="court-order"))


def visitor(database: Database) -> FlaskClient:
    app = Flask("archive")
    app.register_blueprint(pages(database))
    app.register_error_handler(PetitionError, lambda error: (str(error), error.status))
    return app.test_client()


def test_the_same_content_is_one_document(database: Database) -> None:
    assert kept(database, public=False) == kept(database, public=True) == kept(database, public=False)
    with database.read() as connection:
        found = documents.get(connection, document_hash(CONTENT))
    assert (found.bytes(), found.public) == (CONTENT, True)


def test_it_is_served_byte_for_byte_and_for_ever(database: Database) -> None:
    answer = visitor(database).get(f"/log/documents/{kept(database, public=True)}")
    assert answer.get_data() == CONTENT
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_public_or_not_there_is_404(database: Database) -> None:
    hashed = kept(database, public=False)
    for path in (hashed, hashed.upper(), "0" * 64, "..%2fkeys", "%00", "%ff", "a" * 5_000):
        assert visitor(database).get(f"/log/documents/{path}").status_code == 404, path[:70]
    with database.read() as connection, pytest.raises(NotFound):
        documents.get(connection, "0" * 64)


def test_what_was_taken_down_and_never_was_public_is_404(database: Database) -> None:
    hashed = kept(database, public=False)
    take_down(database)
    assert visitor(database).get(f"/log/documents/{hashed}").status_code == 404


def test_what_becomes_public_is_shown_and_nothing_else_is(database: Database) -> None:
    hashed = kept(database, public=False)
    with database.write() as connection:
        other = documents.put(connection, b"other", "text/plain", public=False)
        documents.make_public(connection, [hashed, hashed, "0" * 64])
    assert visitor(database).get(f"/log/documents/{hashed}").status_code == 200
    assert visitor(database).get(f"/log/documents/{other}").status_code == 404
    with database.write() as connection:
        documents.make_public(connection, [])


def test_it_can_be_asked_for_without_its_bytes(database: Database) -> None:
    answer = visitor(database).head(f"/log/documents/{kept(database, public=True)}")
    assert (answer.status_code, answer.content_length, answer.get_data()) == (200, len(CONTENT), b"")


def test_two_who_keep_the_same_document_at_once_keep_one(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda number: kept(database, public=number == 3), range(8)))
    with database.read() as connection:
        rows = connection.execute(sa.select(document.c.hash, document.c.public)).all()
    assert [tuple(row) for row in rows] == [(document_hash(CONTENT), True)]
    assert found == {document_hash(CONTENT)}


def test_the_service_answers_304_sets_no_cookie_and_keeps_its_own_lifetime(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    installation = install(database, tmp_path, clock)
    path = f"/log/documents/{kept(database, public=True)}"
    first = installation.client().get(path)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in first.headers
    again = installation.client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    take_down(database)
    gone = installation.client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (gone.status_code, gone.headers["Cache-Control"]) == (410, "no-store")
    assert "a court ordered its removal" in gone.get_data(as_text=True)
    installation.services.database.dispose()


def test_what_was_taken_down_is_410_with_the_reason_and_stays_down(database: Database) -> None:
    hashed = kept(database, public=True)
    take_down(database)
    assert kept(database, public=True) == hashed
    answer = visitor(database).get(f"/log/documents/{hashed}")
    assert answer.status_code == 410
    assert "court-order" in answer.get_data(as_text=True)
