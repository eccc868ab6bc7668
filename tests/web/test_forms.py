"""Forms are read strictly: what does not belong to them is an error, and what was typed stays."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from marshmallow import Schema, ValidationError, fields, post_load, validates

from service.web.forms import VALUE_MAX_CHARACTERS, read_form
from tests.web.sample_app import sample_app, sample_settings


class Wish(Schema):
    """A form of two fields, of which the first must be there."""

    name = fields.Str(load_default="")
    choice = fields.Str(load_default="one")

    @validates("name")
    def check_name(self, value: str, data_key: str) -> None:
        """Refuse an empty name."""
        if not value:
            raise ValidationError("name-empty")

    @validates("choice")
    def check_choice(self, value: str, data_key: str) -> None:
        """Refuse what cannot be chosen."""
        if value not in ("one", "two"):
            raise ValidationError("disclosure-unknown")

    @post_load
    def wish(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the wish, marked as such."""
        return data | {"is_wish": True}


@pytest.fixture(scope="module")
def asking() -> FlaskClient:
    """Return a client of an app whose `/wish` answers what was read."""
    app: Flask = sample_app(sample_settings())
    app.add_url_rule("/wish", "wish", lambda: jsonify(read_form(request, Wish())), methods=["POST"])
    return app.test_client()


def test_a_right_form_becomes_what_its_schema_makes_of_it(asking: FlaskClient) -> None:
    assert asking.post("/wish", data={"name": "ئابدۇرېھىم"}).json == [
        {"name": "ئابدۇرېھىم", "choice": "one", "is_wish": True},
        [],
    ]


def test_errors_come_in_the_order_of_the_fields_and_what_was_typed_stays(asking: FlaskClient) -> None:
    typed = {"choice": "three", "name": ""}
    assert asking.post("/wish", data=typed).json == [typed, [["name", "name-empty"], ["choice", "disclosure-unknown"]]]


def test_an_unknown_field_is_an_error(asking: FlaskClient) -> None:
    assert asking.post("/wish", data={"name": "a", "nickname": "b"}).json == [
        {"name": "a"},
        [["nickname", "field-unknown"]],
    ]


def test_a_repeated_field_is_an_error(asking: FlaskClient) -> None:
    assert asking.post("/wish", data={"name": ["a", "b"]}).json == [{"name": "a"}, [["name", "field-repeated"]]]


def test_an_over_long_field_is_an_error(asking: FlaskClient) -> None:
    answer = asking.post("/wish", data={"name": "a" * (VALUE_MAX_CHARACTERS + 1)}).json
    assert answer is not None
    assert answer[1] == [["name", "field-too-long"]]
    fits = asking.post("/wish", data={"name": "a" * VALUE_MAX_CHARACTERS}).json
    assert fits is not None
    assert fits[1] == []


def test_very_many_wrong_fields_are_not_all_named(asking: FlaskClient) -> None:
    answer = asking.post("/wish", data={f"field{number}": "x" for number in range(500)}).json
    assert answer is not None
    assert len(answer[1]) == 20


def test_bytes_that_are_no_text_do_not_break_it(asking: FlaskClient) -> None:
    answer = asking.post("/wish", data=b"name=%ff%fe", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "multipart/form-data; boundary=x", "text/plain", "application/octet-stream", None],
)
def test_what_is_no_form_is_refused(asking: FlaskClient, media_type: str | None) -> None:
    assert asking.post("/wish", data=b"name=a", content_type=media_type).status_code == 415


def test_a_body_over_64_kib_is_refused(asking: FlaskClient) -> None:
    assert asking.post("/wish", data={"name": "a" * 65_536}).status_code == 413
    assert asking.post("/wish", data={"name": "a" * 65_531}).status_code == 200  # with "name=" exactly 64 KiB


def test_a_body_without_a_length_is_limited_as_well(asking: FlaskClient) -> None:
    endless = {
        "wsgi.input": io.BytesIO(b"name=" + b"a" * 100_000),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    answer = asking.post("/wish", content_type="application/x-www-form-urlencoded", environ_overrides=endless)
    assert answer.status_code == 413
