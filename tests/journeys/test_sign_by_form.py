"""A supporter's way through the pages: form, mail, button, own page, withdrawal."""

from __future__ import annotations

import html
import json

import pytest
import sqlalchemy as sa

from service.audit.notes import parse_vkey
from service.audit.receipts import read_receipt
from service.errors import CampaignNotOpen
from service.publishing.checkpoint import publish
from service.store.tables import campaign, mine, outbox, pending, record
from tests.installation import CONSENTED, REF, Installation

ALREADY = "This address had already signed this appeal."


def test_a_signature_goes_from_form_to_count_and_back(installation: Installation) -> None:
    answer = installation.signs("anna@example.org")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/c/{REF}/sent")
    assert installation.client().get(answer.headers["Location"]).status_code == 200
    page = installation.confirms("anna@example.org")
    installation.records()
    assert installation.count()["active"] == 1
    assert ALREADY not in installation.client().get(page).get_data(as_text=True)
    shown = installation.client().get(page).get_data(as_text=True)
    assert "anna@example.org" in shown
    assert "petition-promise/v1" in shown
    answer = installation.client().post(page, data={"action": "withdraw"})
    assert answer.status_code == 303
    installation.records()
    assert installation.count()["active"] == 0
    assert installation.count()["withdrawn"] == 1


@pytest.mark.parametrize("lang", ["en", "tr", "ug", "ar"])
def test_every_page_of_the_way_is_there_in_every_language(installation: Installation, lang: str) -> None:
    client = installation.client()
    for path in ("/", "/c/istanbul-two", "/c/istanbul-two/sign", "/c/istanbul-two/sent", "/c/istanbul-two/letters"):
        answer = client.get(f"/{lang}{path}")
        assert answer.status_code == 200, path
        assert f'<html lang="{lang}"' in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers
    texts = ("/privacy", "/how-it-works", "/security", "/imprint", "/accessibility")
    for path in (*texts, "/confirm", "/mine", "/healthz"):
        assert client.get(f"{path}?lang={lang}").status_code == 200, path


def test_signing_again_looks_the_same_and_counts_once(installation: Installation) -> None:
    first = installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    second = installation.signs("Anna@example.org")
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert first.get_data() == second.get_data()
    page = installation.confirms("Anna@example.org")
    installation.records()
    assert installation.count()["active"] == 1
    assert ALREADY in installation.client().get(page).get_data(as_text=True)


def test_a_scanner_that_opens_every_link_confirms_nothing(installation: Installation) -> None:
    installation.signs("anna@example.org")
    link = installation.link_for("anna@example.org")
    for method in ("get", "head"):
        getattr(installation.client(), method)(link)
    installation.records()
    assert installation.count()["active"] == 0


def test_a_typed_code_confirms_as_well(installation: Installation) -> None:
    installation.signs("anna@example.org")
    body = installation.mails()[-1][2]
    code = next(line for line in body.splitlines() if len(line) == 11 and line[5] == " ")
    answer = installation.client().post("/confirm", data={"code": code.lower().replace(" ", "")})
    assert answer.status_code == 303
    assert installation.client().get(answer.headers["Location"]).status_code == 200
    installation.records()
    assert installation.count()["active"] == 1


def test_five_wrong_codes_end_the_code(installation: Installation) -> None:
    installation.signs("anna@example.org")
    code = next(line for line in installation.mails()[-1][2].splitlines() if len(line) == 11 and line[5] == " ")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for _ in range(5):
        assert installation.client().post("/confirm", data={"code": wrong}).status_code == 422
    assert installation.client().post("/confirm", data={"code": code}).status_code == 422
    assert installation.rows(pending) == 1  # the link in the mail still works


def test_it_was_not_me_erases_the_form(installation: Installation) -> None:
    installation.signs("anna@example.org")
    link = installation.link_for("anna@example.org")
    assert installation.client().post(link, data={"action": "not_me"}).status_code == 200
    assert (installation.rows(pending), installation.rows(outbox)) == (0, 0)
    assert installation.client().get(link).status_code == 404


def test_erasing_closes_every_link(installation: Installation) -> None:
    installation.signs("anna@example.org")
    link = installation.link_for("anna@example.org")
    page = installation.confirms("anna@example.org")
    assert installation.client().post(page, data={"action": "erase"}).status_code == 200
    assert installation.client().get(page).status_code == 404
    assert installation.client().get(link).status_code == 404
    assert (installation.rows(record), installation.rows(mine)) == (0, 0)
    installation.records()
    assert installation.count()["active"] == 1


def test_my_data_and_my_promise_can_be_taken_along(installation: Installation) -> None:
    installation.signs("anna@example.org", "Anna Invented", country="CZ")
    page = installation.confirms("anna@example.org")
    data = installation.client().get(f"{page}/data.json").get_json()
    assert (data["record"]["name"], data["record"]["country"]) == ("Anna Invented", "CZ")
    receipt = installation.client().get(f"{page}/receipt")
    assert receipt.mimetype == "text/plain"
    assert receipt.get_data(as_text=True).startswith("petition-promise/v1\npetition.example/log\n")


def test_the_receipt_replaces_the_promise_once_published(installation: Installation) -> None:
    installation.signs("anna@example.org")
    page = installation.confirms("anna@example.org")
    installation.records()
    publish(installation.services.database, installation.services.keys, installation.services.policy)
    receipt = installation.client().get(f"{page}/receipt")
    assert receipt.headers["Content-Disposition"] == 'attachment; filename="receipt.tlog-proof"'
    key = parse_vkey(installation.services.keys.log_vkey)
    proved = read_receipt(receipt.get_data(), [key])
    shown = installation.client().get(page).get_data(as_text=True)
    assert proved.leaf.decode() in html.unescape(shown)
    assert receipt.get_data(as_text=True) in html.unescape(shown)  # as text, too: to copy, or to read aloud


def test_a_choice_can_be_changed(installation: Installation) -> None:
    installation.signs("anna@example.org")
    page = installation.confirms("anna@example.org")
    assert installation.client().post(page, data={"action": "disclosure", "disclosure": "addressee"}).status_code == 303
    assert installation.client().get(f"{page}/data.json").get_json()["record"]["disclosure"] == "addressee"


def test_a_choice_that_the_appeal_does_not_offer_is_refused(installation: Installation) -> None:
    installation.signs("anna@example.org")
    page = installation.confirms("anna@example.org")
    with installation.services.database.write() as connection:
        settings = json.loads(connection.scalars(sa.select(campaign.c.settings)).one())
        only = json.dumps(settings | {"disclosures": ["counted"]})
        connection.execute(sa.update(campaign).values(settings=only))
    answer = installation.client().post(page, data={"action": "disclosure", "disclosure": "public"})
    assert (answer.status_code, "Choose how your name is used" in answer.get_data(as_text=True)) == (422, True)
    assert installation.client().get(f"{page}/data.json").get_json()["record"]["disclosure"] == "counted"


def test_the_link_to_the_own_page_is_sent_again(installation: Installation) -> None:
    installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    signed = installation.client().post("/mine", data={"email": "anna@example.org"})
    unsigned = installation.client().post("/mine", data={"email": "nobody@example.org"})
    assert (signed.status_code, signed.get_data()) == (unsigned.status_code, unsigned.get_data())
    for email, links in (("anna@example.org", 1), ("nobody@example.org", 0)):
        link = installation.link_for(email)
        assert installation.client().get(link).status_code == 200
        shown = installation.client().post(link, data={"action": "confirm"}).get_data(as_text=True)
        assert shown.count('href="/mine/') == links


def test_at_risk_the_mail_and_the_link_name_nothing(at_risk: Installation) -> None:
    assert at_risk.signs("anna@example.org").status_code == 303
    _, subject, body = at_risk.mails()[-1]
    page = at_risk.client().get(at_risk.link_for("anna@example.org")).get_data(as_text=True)
    for word in ("Mahemuti", "Aierken", "deport", "Uyghur", "istanbul", "Made-up"):
        assert word.lower() not in (subject + body).lower()
        assert word.lower() not in page.lower().replace("?lang=ug", "")


def test_at_risk_nothing_is_kept_and_the_opening_is_shown_once(at_risk: Installation) -> None:
    at_risk.signs("anna@example.org")
    page = at_risk.confirms("anna@example.org", keep_opening="yes")
    assert at_risk.rows(record) == 0
    shown = at_risk.client().post(page, data={"action": "show_opening"})
    assert shown.status_code == 200
    assert "r1" in shown.get_data(as_text=True)
    assert at_risk.client().post(page, data={"action": "show_opening"}).status_code == 404


def test_at_risk_country_and_disclosure_are_read_and_dropped(at_risk: Installation) -> None:
    answer = at_risk.signs("anna@example.org", country="TR", disclosure="public")
    assert answer.status_code == 303


def test_a_campaign_that_is_closed_says_so(installation: Installation) -> None:
    form = installation.form()
    installation.clock.moment = installation.clock.moment.replace(year=2027)
    for answer in (installation.client().get(f"/en/c/{REF}/sign"), installation.posts(form | CONSENTED)):
        assert answer.status_code == CampaignNotOpen.status == 410
    assert installation.client().get(f"/en/c/{REF}").status_code == 200
    assert installation.client().get("/en/c/no-such-appeal").status_code == 404
