"""Every error is a page in the reader's language, or the one JSON shape where a program asks; it tells nothing else."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask

from service.errors import (
    Busy,
    CampaignNotOpen,
    ConfigError,
    LinkUnknown,
    NotFound,
    PetitionError,
    Refused,
    TextChanged,
)
from tests.web.sample_app import sample_app, sample_settings

SECRET = "sample@example.org"


class NewReason(PetitionError):
    """A refusal that the table does not know."""

    code, status = "new-reason", 409


class Removed(PetitionError):
    """A document that was taken down."""

    code, status = "removed", 410


ERRORS: dict[str, PetitionError | ValueError] = {
    "not-found": NotFound(),
    "not-open": CampaignNotOpen(),
    "link": LinkUnknown(),
    "text": TextChanged(),
    "refused": Refused(SECRET),
    "busy": Busy(),
    "busy-long": Busy(retry_after=60),
    "config": ConfigError(SECRET),
    "new": NewReason(SECRET),
    "removed": Removed(reason="court-order"),
    "bug": ValueError(SECRET),
}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def failing() -> Flask:
    """Return an app whose pages `/{lang}/fail/{name}` raise the errors above."""
    app = sample_app(sample_settings())

    def fail(name: str, **_: str) -> str:
        raise ERRORS[name]

    for rule in ("/<lang:lang>/fail/<name>", "/mine/<token>/fail/<name>"):
        app.add_url_rule(rule, rule, fail, methods=["GET", "POST"])
    return app


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("not-found", 404, "There is nothing at this address"),
        ("not-open", 410, "does not take signatures now"),
        ("link", 404, "This link is not valid"),
        ("text", 422, "The text changed meanwhile"),
        ("refused", 409, "not possible now"),
        ("busy", 503, "Too much is waiting"),
        ("config", 500, "Something went wrong here"),
        ("new", 409, "not possible now"),
        ("removed", 410, "a court ordered its removal"),
        ("bug", 500, "It is our mistake, not yours"),
    ],
)
def test_an_error_is_a_page_that_says_what_to_do(failing: Flask, name: str, status: int, words: str) -> None:
    answer = failing.test_client().get(f"/en/fail/{name}", headers=HTML)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert words in answer.text
    assert "To the list of appeals" in answer.text
    assert SECRET not in answer.text


def test_the_page_is_in_the_readers_language(failing: Flask) -> None:
    assert "Bu çağrı şu anda imza almıyor" in failing.test_client().get("/tr/fail/not-open").text
    assert 'dir="rtl"' in failing.test_client().get("/ug/fail/not-open").text


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("link", 404, "link-unknown"),
        ("busy", 503, "busy"),
        ("new", 409, "new-reason"),
        ("bug", 500, "internal-server-error"),
    ],
)
def test_a_program_gets_the_same_as_a_problem_object(failing: Flask, name: str, status: int, code: str) -> None:
    answer = failing.test_client().get(f"/en/fail/{name}", headers=JSON)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = json.loads(answer.data)
    assert set(problem) == {"type", "title", "status", "detail", "code", "instance", "errors"}
    assert (problem["status"], problem["code"], problem["instance"]) == (status, code, f"/en/fail/{name}")
    assert SECRET not in answer.text


def test_addresses_for_programs_answer_json_whatever_is_accepted(failing: Flask) -> None:
    for address in ("/api/v1/nothing", "/c/nothing/at/all.json"):
        assert failing.test_client().get(address, headers=HTML).mimetype == "application/problem+json"


def test_a_token_is_never_named(failing: Flask) -> None:
    answer = failing.test_client().get("/mine/secret-token/fail/link", headers=JSON)
    assert json.loads(answer.data)["instance"] is None


@pytest.mark.parametrize(("name", "seconds"), [("busy", "5"), ("busy-long", "60")])
def test_who_comes_too_early_is_told_when_to_come_again(failing: Flask, name: str, seconds: str) -> None:
    answer = failing.test_client().get(f"/en/fail/{name}", headers=HTML)
    assert answer.headers["Retry-After"] == seconds
    assert f"in {seconds} seconds" in answer.text


def test_a_wrong_method_is_told_the_right_ones(failing: Flask) -> None:
    answer = failing.test_client().post("/en/sample/index", data={"a": "b"})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "This address does not take that" in answer.text


def test_an_error_page_needs_none_of_what_failed(failing: Flask) -> None:
    assert failing.test_client().get("/nowhere").status_code == 404


def test_the_log_holds_kind_and_place_of_an_error_and_nothing_of_a_person(
    failing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        failing.test_client().get("/mine/secret-token/fail/bug?email=" + SECRET, headers={"User-Agent": "marked-agent"})
        failing.test_client().get("/en/fail/config")
    assert "ValueError at " in caplog.text
    assert "/mine/<token>/fail/<name>" in caplog.text
    assert "ConfigError at " in caplog.text
    for word in (SECRET, "secret-token", "marked-agent", "Traceback"):
        assert word not in caplog.text
