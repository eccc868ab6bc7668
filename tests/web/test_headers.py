"""The headers of every answer, and that no cookie is ever set."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.sample_app import sample_app, sample_settings
from tests.web.states import STATES

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ADDRESSES = [
    "/en/sample/index",
    "/en/nothing",
    "/nothing",
    "/privacy",
    "/confirm/x",
    "/mine/x",
    "/mine",
    "/healthz",
    "/mark.svg",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_them(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "X-RateLimit-Remaining" not in headers


@pytest.mark.parametrize("address", ["/confirm/x", "/confirm", "/mine/x", "/mine/x/receipt", "/mine"])
def test_pages_of_one_person_are_kept_by_nobody(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "ETag" not in headers
    assert "Onion-Location" not in headers


def test_public_pages_send_a_referrer_to_themselves_only(client: FlaskClient) -> None:
    assert client.get("/en/sample/index").headers["Referrer-Policy"] == "same-origin"


def test_no_page_sets_a_cookie(client: FlaskClient) -> None:
    for state in STATES:
        answer = client.get(f"/en/sample/{state}") if not state.startswith("mailbox") else client.get("/en/nothing")
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    for address in ADDRESSES:
        assert "Set-Cookie" not in client.get(address).headers
        assert "Set-Cookie" not in client.post(address, data={"a": "b"}).headers


def test_an_onion_service_is_told_where_no_token_is_in_the_address() -> None:
    onion = "http://" + "a" * 56 + ".onion"
    client = sample_app(sample_settings(ONION_LOCATION=onion)).test_client()
    assert client.get("/privacy").headers["Onion-Location"] == f"{onion}/privacy"
    assert "Onion-Location" not in client.get("/mine/x").headers


def test_without_https_there_is_no_strict_transport_security() -> None:
    client = sample_app(sample_settings(BASE_URL="http://localhost:8000")).test_client()
    assert "Strict-Transport-Security" not in client.get("/privacy").headers
