"""Documents are kept under their hash, shown when public, and say why when they were taken down."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.archive import documents
from service.archive.routes import pages
from service.errors import NotFound, PetitionError
from service.eventlog.canonical import document_hash
from service.store.database import Database
from service.store.tables import document

CONTENT = "Some words, ئابلىز".encode()


def kept(database: Database, *, public: bool) -> str:
    with database.write() as connection:
        return documents.put(connection, CONTENT, "text/plain; charset=utf-8", public=public)


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
    for path in (hashed, "0" * 64, "..%2fkeys"):
        assert visitor(database).get(f"/log/documents/{path}").status_code == 404
    with database.read() as connection, pytest.raises(NotFound):
        documents.get(connection, "0" * 64)


def test_what_was_taken_down_is_410_with_the_reason_and_stays_down(database: Database) -> None:
    hashed = kept(database, public=True)
    with database.write() as connection:
        connection.execute(sa.update(document).values(content=None, removed="court-order"))
    assert kept(database, public=True) == hashed
    answer = visitor(database).get(f"/log/documents/{hashed}")
    assert answer.status_code == 410
    assert "court-order" in answer.get_data(as_text=True)
