"""Every page in every state is made in every language."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from tests.web.states import STATES

LANGUAGES = {"en": "ltr", "tr": "ltr", "ug": "rtl", "ar": "rtl"}
VOID = {"meta", "link", "input", "br", "line", "path"}
TEMPLATES = Path("service/templates")
BASES = {"base.html", "form.html"}


class Outline(HTMLParser):
    """Notes what the checks look at, and whether elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(str(found["id"]))
        self.targets += [str(found[name]) for name in ("for", "aria-describedby", "aria-labelledby") if name in found]
        self.targets += [href[1:] for href in [str(found.get("href", ""))] if href.startswith("#")]
        if tag == "script" or "style" in found or any(name.startswith("on") for name in found):
            self.forbidden.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as in SVG."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Take the element off."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_a_page_is_well_formed_and_says_its_language(demonstration: Flask, state: str, language: str) -> None:
    answer = demonstration.test_client().get(f"/{language}/sample/{state}")
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{LANGUAGES[language]}">' in answer.text
    outline = Outline()
    outline.feed(answer.text)
    assert outline.open == []
    assert outline.forbidden == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {part for target in outline.targets for part in target.split()} <= set(outline.ids)


def test_every_template_has_a_sample() -> None:
    shown = {template for template, _ in STATES.values()} | BASES
    partials = {f"{path.parent.name}/{path.name}" for path in TEMPLATES.rglob("_*.html")}
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    assert there - partials == shown


def test_a_demonstration_says_so_on_every_page_and_others_never(demonstration: Flask, client: FlaskClient) -> None:
    for state in STATES:
        if not state.startswith("mailbox"):
            assert "Demonstration: simulated supporters" in demonstration.test_client().get(f"/en/sample/{state}").text
            assert "emonstration" not in client.get(f"/en/sample/{state}").text.replace(
                "belongs to a demonstration", ""
            )


@pytest.mark.parametrize("state", STATES)
def test_a_machine_made_translation_is_marked_on_every_page(demonstration: Flask, state: str) -> None:
    client = demonstration.test_client()
    assert "makine çevirisidir" in client.get(f"/tr/sample/{state}").text
    assert "ماشىنا تەرجىمىسى. تېخى" in client.get(f"/ug/sample/{state}").text
    assert "ترجمة آلية لم يراجعها" in client.get(f"/ar/sample/{state}").text
    assert "translated by a machine" not in client.get(f"/en/sample/{state}").text


def test_the_sign_form_has_its_fields_in_order(client: FlaskClient) -> None:
    names = re.findall(r'<(?:input|select)[^>]* name="(\w+)"', client.get("/en/sample/sign").text)
    asked = ["full_name", "email", "country", *["disclosure"] * 3, "consent", "news"]
    assert names == ["text", "form_token", *asked, "website"]
    page = client.get("/en/sample/sign").text
    assert 'value="counted" checked' in page
    assert page.index('value="counted"') < page.index('value="addressee"') < page.index('value="public"')
    assert re.search(r'name="consent"[^>]*checked', page) is None
    assert re.search(r'name="news"[^>]*checked', page) is None
    assert "novalidate" in page


def test_the_sign_form_of_an_appeal_that_forgets_asks_for_no_country_and_no_choice(client: FlaskClient) -> None:
    page = client.get("/en/sample/sign-forgets").text
    assert 'name="country"' not in page
    assert 'name="disclosure"' not in page
    assert "asks for no country" in page


def test_errors_stand_at_the_field_and_first_on_the_page_and_what_was_typed_stays(client: FlaskClient) -> None:
    page = client.get("/en/sample/sign-errors").text
    assert "<title>Error: " in page
    assert '<a href="#email">Enter an e-mail address in the form name@example.org</a>' in page
    assert 'value="sample@"' in page
    assert 'aria-describedby="email-hint email-error" aria-invalid="true"' in page
    assert page.index('role="alert"') < page.index("<h1>")


def test_the_confirm_page_at_risk_names_neither_person_nor_appeal(client: FlaskClient) -> None:
    page = client.get("/en/sample/confirm-at-risk").text
    assert "Supporterova" not in page
    assert "deportation" not in page
    assert re.search(r'name="keep_opening"[^>]*checked', page) is None


def test_withdraw_and_erase_is_preselected(client: FlaskClient) -> None:
    assert re.search(r'name="action" value="both" checked', client.get("/en/sample/mine").text)


def test_names_cannot_break_out_of_the_page(client: FlaskClient, app: Flask) -> None:
    with app.test_request_context("/en/sample/x"):
        template, context = STATES["confirm"]
        page = render_template(template, **(context | {"name": '"><script>alert(1)</script>'}))
    assert "<script" not in page


def test_the_privacy_page_says_what_is_true_for_this_installation(client: FlaskClient) -> None:
    page = client.get("/privacy").text
    assert "Example Operator" in page
    assert "privacy@example.org" in page
    assert "can test whether a guessed address had signed" in page
    assert "python -m service.audit verify" in client.get("/how-it-works").text
    assert "petitions.example.org/log" in client.get("/how-it-works").text
    assert "1 Example Street" in client.get("/imprint").text
