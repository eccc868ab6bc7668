"""Everything that can be wrong with what is sent gets a clear answer, and nothing is lost or leaked."""

from __future__ import annotations

import unicodedata

import pytest
import sqlalchemy as sa

from service.store.tables import campaign, pending
from tests.installation import CONSENTED, REF, Installation

GOOD = CONSENTED | {"full_name": "Made-up Person", "email": "anna@example.org"}
WRONG_FIELDS = [
    ({"full_name": ""}, "Enter your full name"),
    ({"full_name": "\u200b\u200e"}, "Enter your full name"),
    ({"full_name": "x" * 121}, "Shorten your name"),
    ({"full_name": "A\ue000"}, "cannot be printed"),
    ({"email": ""}, "Enter your e-mail address"),
    ({"email": "anna"}, "name@example.org"),
    ({"email": "Anna <anna@example.org>"}, "name@example.org"),
    ({"email": "a" * 300 + "@example.org"}, "name@example.org"),
    ({"email": "anna@example.org, eve@example.org"}, "name@example.org"),
    ({"email": "anna@example.org\nBcc: eve@example.org"}, "name@example.org"),
    ({"email": "anna@gmial.com"}, "anna@gmail.com"),
    ({"country": "XX"}, "Choose a country"),
    ({"disclosure": "everybody"}, "Choose how your name is used"),
    ({"consent": ""}, "Tick the box"),
    ({"consent": "no"}, "Tick the box"),
    ({"surprise": "1"}, "does not belong"),
    ({"full_name": "x" * 2001}, "Shorten what you typed"),
]


@pytest.mark.parametrize(("changed", "words"), WRONG_FIELDS)
def test_a_wrong_field_is_named_and_what_was_typed_stays(
    installation: Installation, changed: dict[str, str], words: str
) -> None:
    answer = installation.posts(installation.form() | GOOD | changed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert "<title>Error:" in page
    if "full_name" not in changed:
        assert 'value="Made-up Person"' in page
    assert installation.rows(pending) == 0


def test_a_blank_form_names_everything_at_once(installation: Installation) -> None:
    page = installation.posts(installation.form()).get_data(as_text=True)
    for field in ("full_name", "email", "consent"):
        assert f'href="#{field}"' in page


def test_a_repeated_field_is_refused(installation: Installation) -> None:
    fields = [*(installation.form() | GOOD).items(), ("email", "eve@example.org")]
    answer = installation.client().post(
        f"/en/c/{REF}/sign", data="&".join(f"{k}={v}" for k, v in fields),
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 422
    assert installation.rows(pending) == 0


@pytest.mark.parametrize(
    "email", ["anna@bücher.example", "anna@example.org.", "ANNA@EXAMPLE.ORG", "ánna@example.org", " anna@example.org "]
)
def test_unusual_addresses_are_taken(installation: Installation, email: str) -> None:
    assert installation.signs(email).status_code == 303


@pytest.mark.parametrize(
    "name", ["ئابلىز", "王伟", "สมชาย ใจดี", "Đặng Thị Hà", "O'Made-up <b>", "Zoe\u0308 🌻", "محمد\u200cالأحمد"]
)
def test_names_in_any_script_come_back_normalised(installation: Installation, name: str) -> None:
    installation.signs("anna@example.org", name)
    page = installation.confirms("anna@example.org")
    kept = installation.client().get(f"{page}/data.json").get_json()["record"]["name"]
    assert kept == unicodedata.normalize("NFC", name)
    assert "<b>" not in installation.client().get(page).get_data(as_text=True).replace("<b>\n", "")


def test_a_keep_as_typed_answer_settles_a_doubtful_address(installation: Installation) -> None:
    doubtful = {"email": "anna@gmial.com", "email_checked": "anna@gmial.com"}
    assert installation.posts(installation.form() | GOOD | doubtful).status_code == 303


def test_the_button_of_a_suggestion_is_the_address(installation: Installation) -> None:
    chosen = {"email": "anna@gmial.com", "email_checked": "anna@gmail.com"}
    assert installation.posts(installation.form() | GOOD | chosen).status_code == 303
    assert installation.mails()[-1][0] == "anna@gmail.com"


def test_the_honeypot_gets_the_same_answer_and_stores_nothing(installation: Installation) -> None:
    answer = installation.posts(installation.form() | GOOD | {"website": "https://spam.example"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/c/{REF}/sent")
    assert installation.rows(pending) == 0


def test_a_form_of_another_text_is_shown_again_with_the_change(installation: Installation) -> None:
    answer = installation.posts(installation.form() | GOOD | {"text": "0" * 64})
    assert answer.status_code == 422
    assert "The text changed" in answer.get_data(as_text=True)


def test_a_forged_form_token_is_refused(installation: Installation) -> None:
    answer = installation.posts(installation.form() | GOOD | {"form_token": "forged"})
    assert answer.status_code == 422
    assert "could not be recognised" in answer.get_data(as_text=True)


def test_a_body_over_the_limit_is_413_and_another_type_415(installation: Installation) -> None:
    path = f"/en/c/{REF}/sign"
    assert installation.client().post(path, data={"full_name": "x" * 70_000}).status_code == 413
    assert installation.client().post(path, json={"full_name": "x"}).status_code == 415
    assert installation.client().put(path, data={}).status_code == 405


@pytest.mark.parametrize("path", ["/confirm/{}", "/mine/{}", "/mine/{}/receipt", "/mine/{}/data.json"])
@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000, "%00", "..%2f.."])
def test_unknown_tokens_are_one_page_with_404(installation: Installation, path: str, token: str) -> None:
    answer = installation.client().get(path.format(token))
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Traceback" not in answer.get_data(as_text=True)


def test_a_link_to_one_page_opens_no_other(installation: Installation) -> None:
    installation.signs("anna@example.org")
    link = installation.link_for("anna@example.org")
    token = link.rsplit("/", 1)[1]
    assert installation.client().get(f"/mine/{token}").status_code == 404
    assert installation.client().get(f"/confirm/{token[:-1]}").status_code == 404


@pytest.mark.parametrize("state", ["closed", "withdrawn", "sealed"])
def test_an_ended_campaign_refuses_the_form_with_410(installation: Installation, state: str) -> None:
    form = installation.form()
    with installation.services.database.write() as connection:
        connection.execute(sa.update(campaign).values(state=state))
    answer = installation.posts(form | GOOD)
    assert answer.status_code == 410
    assert "Traceback" not in answer.get_data(as_text=True)


def test_a_full_queue_answers_503_with_retry_after(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.errors import Busy

    def refuse(kind: str, row: object) -> None:
        raise Busy

    form = installation.form()
    monkeypatch.setattr(installation.services.writer, "run", refuse)
    answer = installation.posts(form | GOOD)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    page = answer.get_data(as_text=True)
    assert "Too much is waiting" in page
    assert 'value="anna@example.org"' in page


def test_a_database_that_is_away_is_a_page_and_no_stack_trace(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = installation.services.database
    if database.path is None:
        nobody = sa.create_engine("postgresql+psycopg://petition@127.0.0.1:1/none")
        with monkeypatch.context() as away:
            away.setattr(database, "engine", nobody)
            answer = installation.client().get(f"/en/c/{REF}")
    else:
        database.dispose()
        away = database.path.rename(database.path.with_suffix(".away"))
        answer = installation.client().get(f"/en/c/{REF}")
        away.rename(database.path)
        assert installation.client().get(f"/en/c/{REF}").status_code == 200
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert "Traceback" not in answer.get_data(as_text=True)
