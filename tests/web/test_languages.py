"""The language of a page: from its path, else from ?lang=, else from what the browser accepts."""

from __future__ import annotations

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from service.errors import ConfigError
from service.web.languages import in_language
from tests.web.sample_app import sample_app, sample_settings


def language_of(client: FlaskClient, address: str, accepted: str = "") -> str:
    """Return the language that a page says it is in."""
    text = client.get(address, headers={"Accept-Language": accepted} if accepted else {}).text
    return text.partition('<html lang="')[2][:2]


def test_the_path_says_it_whatever_else_is_asked(client: FlaskClient) -> None:
    assert language_of(client, "/tr/sample/index", "ug") == "tr"
    assert language_of(client, "/ug/sample/index?lang=tr") == "ug"


def test_without_a_path_the_query_says_it(client: FlaskClient) -> None:
    assert language_of(client, "/privacy?lang=ug", "tr") == "ug"


def test_else_the_browser_says_it_and_caches_are_told(client: FlaskClient) -> None:
    assert language_of(client, "/privacy", "de, tr;q=0.8, en;q=0.5") == "tr"
    assert "Accept-Language" in client.get("/privacy").headers["Vary"]
    assert "Vary" not in client.get("/tr/sample/index").headers
    assert "Vary" not in client.get("/privacy?lang=tr").headers


def test_else_it_is_the_first_of_the_settings(client: FlaskClient) -> None:
    assert language_of(client, "/privacy", "de") == "en"
    turkish = sample_app(sample_settings(LANGUAGES="tr,en")).test_client()
    assert language_of(turkish, "/privacy") == "tr"


@pytest.mark.parametrize(
    "address",
    ["/de/sample/index", "/EN/sample/index", "/privacy?lang=de", "/privacy?lang=", "/privacy?lang=tr&lang=ug"],
)
def test_an_unknown_language_is_no_address(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_an_error_page_is_in_the_language_of_its_address(client: FlaskClient) -> None:
    assert language_of(client, "/ug/nothing/here") == "ug"
    assert language_of(client, "/nothing?lang=tr") == "tr"


def test_links_to_other_languages_lead_to_the_same_page(client: FlaskClient) -> None:
    page = client.get("/en/sample/index").text
    assert '<a lang="ug" dir="rtl" hreflang="ug" href="/ug/sample/index">' in page
    assert '<a lang="en" dir="ltr" hreflang="en" href="/en/sample/index" aria-current="true">' in page
    assert 'href="/privacy?lang=tr"' in client.get("/privacy?lang=ug").text


def test_links_keep_the_language(app: Flask) -> None:
    with app.test_request_context("/ug/sample/index"):
        assert url_for("campaigns.index") == "/ug/"
        assert url_for("pages.privacy") == "/privacy?lang=ug"
        assert url_for("signatures.mine", token="t") == "/mine/t?lang=ug"
        assert url_for("campaigns.index", lang="tr") == "/tr/"
        assert url_for("campaigns.count", ref="r") == "/c/r/count.json"
        assert in_language("/", "tr") == "/?lang=tr"


def test_a_language_without_a_catalogue_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="LANGUAGES: there is no catalogue for 'de'"):
        sample_app(sample_settings(LANGUAGES="en,de"))
