"""The pages of letters: listed, shown with their hashes, downloaded once public."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service.archive import documents
from service.campaigns.commands import WithdrawCampaign
from service.campaigns.handlers import withdraw_campaign
from service.clock import FixedClock
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.letters.plain_text import WIDTH
from service.letters.queries import LetterView, letter, letter_files
from service.letters.reading import paragraphs
from service.store.database import Database
from service.store.tables import document
from tests.installation import REF, Installation, install


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open."""
    folder = tmp_path / "installation"
    folder.mkdir()
    installed = install(database, folder, clock)
    yield installed
    installed.services.database.dispose()


def _composed(installation: Installation) -> LetterView:
    services = installation.services
    command = ComposeLetter(REF, "L1", "example", services.clock.now())
    made = compose_letter(command, services.log, services.settings.base_url, services.tallies.before_letter)
    services.runner.catch_up()
    with services.database.read() as connection:
        return letter(connection, made)


def test_an_appeal_without_letters_says_so(installation: Installation) -> None:
    answer = installation.client().get(f"/en/c/{REF}/letters")
    assert answer.status_code == 200
    assert "No letter has been made yet" in answer.get_data(as_text=True)


@pytest.mark.parametrize("lang", ["en", "tr", "ug", "ar"])
def test_a_letter_is_listed_and_shown_with_every_hash(installation: Installation, lang: str) -> None:
    view = _composed(installation)
    assert view.reference in installation.client().get(f"/{lang}/c/{REF}/letters").get_data(as_text=True)
    answer = installation.client().get(f"/{lang}/c/{REF}/letters/{view.id}")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    with installation.services.database.read() as connection:
        files = letter_files(connection, view)
    assert [one.name for one in files if one.hash not in page or f"/log/documents/{one.hash}" not in page] == []
    assert [name for name, found in view.hashes.items() if found not in page] == []
    assert view.root in page


def test_the_words_are_public_as_they_were_written_until_the_persons_have_the_appeal_withdrawn(
    installation: Installation,
) -> None:
    view = _composed(installation)
    address = f"/en/c/{REF}/letters/{view.id}"
    with installation.services.database.read() as connection:
        files = {one.name: one.hash for one in letter_files(connection, view)}
        text = documents.get(connection, files[f"{view.reference.replace('/', '-')}-en.txt"]).bytes().decode()
    said = re.sub(r"<[^>]+>", " ", unescape(installation.client().get(address).get_data(as_text=True))).split()
    assert [word for word in text.split() if word not in said] == []
    withdrawal = WithdrawCampaign(REF, "persons-request", "test", installation.clock.now())
    withdraw_campaign(withdrawal, installation.services.log)
    installation.services.runner.catch_up()
    page = installation.client().get(address)
    assert page.status_code == 200
    shown = ("Mahemuti", "distinguished Members", "/log/documents/", '.pdf"')
    assert [word for word in shown if word in page.text] == []
    assert [found for found in view.hashes.values() if found not in page.text] == []
    gone = [installation.client().get(f"{address}.{form}") for form in ("pdf", "zip")]
    assert [(answer.status_code, "a person it concerns" in answer.text) for answer in gone] == [(410, True)] * 2
    assert (
        installation.client().get(f"/log/documents/{view.hashes['pdf']}").status_code == 200
    )  # until two take it down


@given(st.lists(st.lists(st.text("abcdefg", min_size=1, max_size=90), min_size=1), min_size=1, max_size=5))
def test_a_filled_paragraph_is_one_line_again(words: list[list[str]]) -> None:
    whole = [" ".join(each) for each in words]
    filled = "\n\n".join(textwrap.fill(each, WIDTH, break_long_words=False) for each in whole)
    assert paragraphs(filled) == [[each] for each in whole]


def test_a_full_line_before_an_item_does_not_swallow_it() -> None:
    item = "3. " + "word " * 14 + "end"
    assert paragraphs(f"{item}\n4. Lawyers\n   and others\n") == [[item, "4. Lawyers", "   and others"]]
    assert paragraphs(f"{item}\n   extraordinary") == [[f"{item} extraordinary"]]


def test_its_pdf_and_its_files_are_served_as_they_are(installation: Installation) -> None:
    view = _composed(installation)
    answer = installation.client().get(f"/en/c/{REF}/letters/{view.id}.pdf")
    assert (answer.status_code, answer.content_type, len(answer.data)) == (200, "application/pdf", view.pdf_bytes)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert 'filename="istanbul-two-L1-tr.pdf"' in answer.headers["Content-Disposition"]
    assert installation.client().get(f"/log/documents/{view.hashes['pdf']}").data == answer.data


def test_what_is_not_public_has_a_page_and_no_download(installation: Installation) -> None:
    view = _composed(installation)
    with installation.services.database.write() as connection:
        connection.execute(sa.update(document).values(public=False))
    page = installation.client().get(f"/en/c/{REF}/letters/{view.id}")
    assert page.status_code == 200
    assert "once two people have approved" in page.get_data(as_text=True)
    assert "/log/documents/" not in page.get_data(as_text=True)
    assert "distinguished Members" not in page.get_data(as_text=True)
    assert installation.client().get(f"/en/c/{REF}/letters/{view.id}.pdf").status_code == 404


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Is this letter genuine?"), ("tr", "gerçek mi"), ("ug", "راست"), ("ar", "أصلية")]
)
def test_the_code_on_the_paper_says_what_the_letter_claims(installation: Installation, lang: str, said: str) -> None:
    view = _composed(installation)
    page = installation.client().get(f"/verify/{view.verify_code}?lang={lang}").get_data(as_text=True)
    assert said in page
    assert view.hashes["pdf"] in page
    assert view.reference in page
    assert f"/{lang}/c/{REF}/letters/{view.id}" in page
    for wrong in (view.verify_code + "0", view.verify_code.partition("-")[0], "UNKNOWN123-9", "'-0"):
        assert installation.client().get(f"/verify/{wrong}").status_code == 404


def test_a_pasted_hash_is_compared_with_the_files_of_this_letter(installation: Installation) -> None:
    view = _composed(installation)
    with installation.services.database.read() as connection:
        files = letter_files(connection, view)
    spaced = " ".join(files[1].hash.upper()[at : at + 4] for at in range(0, 64, 4))  # as old certutil prints it
    for pasted, said in (
        (files[0].hash, files[0].name),
        (f"{files[-1].hash}  letter.pdf\n", files[-1].name),
        (spaced, files[1].name),
        ("ab" * 32, "No file of this letter has this hash"),
        (files[0].hash + "0", "no SHA-256"),
        ("<script>", "no SHA-256"),
    ):
        query = {"lang": "en", "sha256": pasted}
        page = installation.client().get(f"/verify/{view.verify_code}", query_string=query).get_data(as_text=True)
        assert said in page, pasted
        assert "<script>" not in page


def test_a_code_of_a_letter_that_was_made_anew_says_so(installation: Installation) -> None:
    view = _composed(installation)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    services = installation.services
    again = ComposeLetter(REF, "L1", "example", services.clock.now(), view.id)
    compose_letter(again, services.log, services.settings.base_url, services.tallies.before_letter)
    services.runner.catch_up()
    with services.database.read() as connection:
        newest = letter(connection, view.id)
    old, new = (
        installation.client().get(f"/verify/{code}?lang=en").get_data(as_text=True)
        for code in (view.verify_code, newest.verify_code)
    )
    assert "earlier version" in old
    assert view.hashes["pdf"] in old
    assert "earlier version" not in new


@pytest.mark.parametrize(
    "path", [f"/en/c/{REF}/letters/l_UNKNOWN123", f"/en/c/{REF}/letters/l_UNKNOWN123.pdf", "/en/c/x/letters"]
)
def test_what_does_not_exist_is_not_found(installation: Installation, path: str) -> None:
    assert installation.client().get(path).status_code == 404


@pytest.mark.parametrize("part", ["input", "template", "record", "annex", "pdf", "plain"])
def test_the_pages_go_on_when_a_document_was_taken_down(installation: Installation, part: str) -> None:
    view = _composed(installation)
    with installation.services.database.write() as connection:
        documents.take_down(connection, view.hashes[part], "court-order")
    for path in ("", "/letters", f"/letters/{view.id}"):
        answer = installation.client().get(f"/en/c/{REF}{path}")
        assert answer.status_code == 200, path
        assert view.id in answer.get_data(as_text=True)
    if part == "pdf":
        answer = installation.client().get(f"/en/c/{REF}/letters/{view.id}.pdf")
        assert answer.status_code == 410
