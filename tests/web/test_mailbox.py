"""The demonstration's mailbox shows the messages of a folder, newest first, with links that can be followed."""

from __future__ import annotations

import os
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.web.mailbox import with_links
from tests.web.sample_app import sample_app, sample_settings

LINK = "https://petitions.example.org/confirm/abc?lang=ug"


def write_mail(folder: Path, name: str, subject: str, age_s: int) -> None:
    """Write a message file that is `age_s` seconds old."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "appeals@example.org", "sample@example.org", subject
    message.set_content(f"Hello <b>you</b>,\n\n{LINK}\n\n7QM2K 9STXV\n")
    path = folder / f"{name}.eml"
    path.write_bytes(bytes(message))
    os.utime(path, (1_800_000_000 - age_s, 1_800_000_000 - age_s))


@pytest.fixture
def reader(tmp_path: Path) -> FlaskClient:
    """Return a client of a demonstration with three messages."""
    for number, subject in enumerate(["Third", "ئىككىنچى", "First"]):
        write_mail(tmp_path, f"m{number}", subject, number * 10)
    return sample_app(sample_settings(tmp_path)).test_client()


def test_it_lists_the_newest_first(reader: FlaskClient) -> None:
    page = reader.get("/mailbox?lang=en").text
    assert page.index("Third") < page.index("ئىككىنچى") < page.index("First")
    assert 'href="/mailbox/m0?lang=en"' in page


def test_it_shows_a_message_with_its_link(reader: FlaskClient) -> None:
    page = reader.get("/mailbox/m1").text
    assert "sample@example.org" in page
    assert f'<a href="{LINK}">{LINK}</a>' in page
    assert "&lt;b&gt;you" in page


@pytest.mark.parametrize("name", ["missing", "..%2Fm0", ".hidden", "m0.eml"])
def test_it_shows_nothing_else(reader: FlaskClient, name: str) -> None:
    assert reader.get(f"/mailbox/{name}").status_code == 404


def test_its_pages_are_kept_by_nobody(reader: FlaskClient) -> None:
    assert reader.get("/mailbox/m0").headers["Cache-Control"] == "no-store"


def test_no_other_installation_has_one(client: FlaskClient) -> None:
    assert client.get("/mailbox").status_code == 404


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    assert with_links("https://a.example/'onclick=x&y") == (
        '<a href="https://a.example/&#39;onclick=x&amp;y">https://a.example/&#39;onclick=x&amp;y</a>'
    )
    assert "<script" not in with_links('https://a.example/"><script>')
