"""The feed is well formed in every language, whatever it tells, and each entry has what RFC 4287 asks of it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from flask import render_template

from tests.web.news_samples import NEWS_PAGE
from tests.web.sample_app import sample_app, sample_settings

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize("language", ["en", "tr", "ug"])
def test_every_kind_of_entry_can_be_read(language: str) -> None:
    app = sample_app(sample_settings())
    with app.test_request_context(f"/{language}/"):
        feed = ElementTree.fromstring(
            render_template("news/feed.xml", tag="tag:example.org,2026-03-02:c_1", **NEWS_PAGE)
        )
    entries = feed.findall(ATOM + "entry")
    assert len(entries) == len(NEWS_PAGE["entries"])
    assert len({entry.findtext(ATOM + "id") for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.findtext(ATOM + "title")
        assert entry.findtext(ATOM + "updated", "").endswith("T00:00:00Z")
        link = entry.find(ATOM + "link")
        assert link is not None
        assert link.get("href", "").startswith("https://petitions.example.org/")
    told = [entry.findtext(ATOM + "content") for entry in entries]
    assert any("<strong>" in one for one in told if one)
    assert told[-1]
    assert "<bdi" not in (entries[-1].findtext(ATOM + "title") or "")
