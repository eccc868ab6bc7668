"""Which words a reader gets: a reviewed translation of the current text, else the original, never one taken down."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from service.archive import documents
from service.archive.documents import DocumentGone
from service.campaigns import queries
from service.campaigns.queries import TextView
from service.campaigns.text_document import TextDocument, read_document, write_document
from service.errors import NotFound
from service.store.tables import campaign, campaign_text, document
from tests.installation import REF, Installation


def text(installation: Installation, language: str) -> TextView:
    with installation.services.database.read() as connection:
        return queries.text_in(connection, queries.campaign_by_ref(connection, REF), language)


def take_down(installation: Installation, hashed: str) -> None:
    with installation.services.database.write() as connection:
        gone = sa.update(document).where(document.c.hash == hashed).values(content=None, removed="court-order")
        assert connection.execute(gone).rowcount == 1


def replace_text(installation: Installation) -> str:
    """Put another text in the place of the current one, in the rows, and return its hash."""
    old = text(installation, "en")
    with installation.services.database.write() as connection:
        kept = read_document(documents.get(connection, old.hash).bytes())
        new = documents.put(
            connection, write_document(TextDocument(kept.fields, "Other words.\n")), "text/markdown", public=True
        )
        connection.execute(sa.update(campaign).values(text=new))
        is_original = (campaign_text.c.kind == "text") & (campaign_text.c.hash == old.hash)
        connection.execute(sa.update(campaign_text).where(is_original).values(hash=new))
    return new


def test_a_reviewed_translation_is_shown_in_its_language(installation: Installation) -> None:
    for language in ("en", "tr", "ug"):
        found = text(installation, language)
        assert (found.language, found.direction) == (language, "rtl" if language == "ug" else "ltr")
        assert found.is_original == (language == "en") == (found.document_hash == found.hash)


def test_a_language_that_it_has_not_gets_the_original(installation: Installation) -> None:
    for language in ("fr", "", "\x00", "x" * 500):
        assert text(installation, language).is_original


def test_a_translation_of_an_earlier_text_is_not_shown(installation: Installation) -> None:
    new = replace_text(installation)
    found = text(installation, "tr")
    assert (found.language, found.hash, found.document_hash) == ("en", new, new)
    assert "Other words." in found.html


def test_a_current_text_that_no_row_names_is_read_from_the_archive(installation: Installation) -> None:
    with installation.services.database.write() as connection:
        connection.execute(sa.delete(campaign_text))
    assert text(installation, "tr").markdown.startswith("We, the undersigned")


def test_a_translation_that_was_taken_down_gives_way_to_the_original(installation: Installation) -> None:
    take_down(installation, text(installation, "tr").document_hash)
    found = text(installation, "tr")
    assert (found.language, found.removed) == ("en", "")


def test_an_original_that_was_taken_down_is_a_reason_and_no_words(installation: Installation) -> None:
    take_down(installation, text(installation, "en").hash)
    found = text(installation, "en")
    assert (found.title, found.markdown, found.removed) == (REF, "", "court-order")
    assert "court-order" in found.html
    with installation.services.database.read() as connection, pytest.raises(DocumentGone, match="court-order"):
        queries.standing_text(connection, queries.campaign_by_ref(connection, REF), "en")


def test_the_consent_text_is_in_english_where_a_language_has_none(installation: Installation) -> None:
    with installation.services.database.read() as connection:
        wording = queries.campaign_by_ref(connection, REF).wording
        assert queries.consent_text(connection, wording, "de").startswith("I agree explicitly")
        assert queries.consent_text(connection, wording, "tr").startswith("Bu çağrının")


def test_a_name_that_no_appeal_has_is_not_found(installation: Installation) -> None:
    for ref in ("nothing", "", "a\x00b", "ISTANBUL-TWO", "x" * 10_000):
        with installation.services.database.read() as connection, pytest.raises(NotFound):
            queries.campaign_by_ref(connection, ref)


def test_an_office_whose_record_was_taken_down_stands_by_its_id(installation: Installation) -> None:
    with installation.services.database.read() as connection:
        shown = queries.campaign_by_ref(connection, REF)
        before = queries.addressees(connection, shown)
        chosen = sa.select(document.c.hash, document.c.content).where(document.c.media_type == "application/json")
        records = {json.loads(row.content).get("id"): row.hash for row in connection.execute(chosen)}
    slug = before[0]["id"]
    assert before[0]["name"] != slug
    take_down(installation, records[slug])
    with installation.services.database.read() as connection:
        after = queries.addressees(connection, shown)
    assert after[0]["name"] == slug
    assert after[1:] == before[1:]
