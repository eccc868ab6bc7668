"""Public pages may be kept for seconds and are asked for by ETag; nothing else is kept."""

from __future__ import annotations

from flask.testing import FlaskClient

PUBLIC = "public, max-age=15, stale-while-revalidate=60"


def test_a_public_page_has_a_lifetime_and_a_strong_etag(client: FlaskClient) -> None:
    headers = client.get("/en/sample/index").headers
    assert headers["Cache-Control"] == PUBLIC
    assert headers["ETag"].startswith('"')


def test_a_page_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/en/sample/index")
    again = client.get("/en/sample/index", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == PUBLIC


def test_another_body_has_another_etag(client: FlaskClient) -> None:
    one, other = client.get("/en/sample/index").headers["ETag"], client.get("/tr/sample/index").headers["ETag"]
    assert one != other
    assert client.get("/tr/sample/index", headers={"If-None-Match": one}).status_code == 200


def test_head_answers_as_get_without_the_body(client: FlaskClient) -> None:
    answer = client.head("/en/sample/index")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == client.get("/en/sample/index").headers["ETag"]


def test_the_count_is_kept_for_five_seconds(client: FlaskClient) -> None:
    assert client.get("/c/example-two/count.json").headers["Cache-Control"] == "public, max-age=5"


def test_errors_and_answers_to_forms_are_not_kept(client: FlaskClient) -> None:
    assert client.get("/en/nothing").headers["Cache-Control"] == "no-store"
    assert client.post("/en/c/example-two/sign", data={"a": "b"}).headers["Cache-Control"] == "no-store"


def test_the_sign_of_life_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.text, answer.headers["Cache-Control"]) == ("ok\n", "no-store")
