"""The sign form and the page after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.campaigns.queries import (
    CampaignView,
    Difference,
    TextView,
    campaign_by_ref,
    consent_text,
    standing_text,
    text_difference,
    text_in,
    text_versions,
)
from service.clock import Clock, day_of
from service.config import Settings
from service.errors import Busy, CampaignNotOpen, SigningPaused
from service.signatures.handlers import PAUSED_RETRY_S, SigningDesk, sign_campaign
from service.signatures.misspelt import suggestions
from service.signatures.schemas import SignSchema
from service.store.database import Database
from service.web.countries import OTHER, countries
from service.web.form_token import FormTokens
from service.web.forms import FieldErrors, read_form
from service.web.fresh import Fresh
from service.web.kept import keep_for

RETRY_AFTER_S = "10"  # after a full queue

blueprint = Blueprint("signatures", __name__)


@dataclass(frozen=True)
class SignaturePages:
    """What these pages need."""

    desk: SigningDesk
    database: Database
    clock: Clock
    settings: Settings
    fresh: Fresh
    receipt_of: Callable[[sa.Connection, int], str | None]  # by the index of an entry, once a checkpoint covers it
    letters_of_signature: Callable[[sa.Connection, str, str, int | None], list[Any]]  # campaign, text, entry
    recipients_of: Callable[[sa.Connection, str], list[dict[str, str]]]  # who fetched a signature's name, by language


def pages() -> SignaturePages:
    """Return what this app was built with."""
    found: SignaturePages = current_app.extensions["signatures"]
    return found


def tokens() -> FormTokens:
    """Return the maker of form tokens."""
    found: FormTokens = current_app.extensions["form_tokens"]
    return found


@blueprint.get("/<lang:lang>/c/<ref>/sign")
def sign(lang: str, ref: str) -> ResponseReturnValue:
    """Show the form. :raises CampaignNotOpen: if the appeal takes no signatures; 404 if there is none."""
    shown = _open_appeal(ref, lang)
    campaign = shown.campaign
    token = tokens().issue(campaign.id, _seen(campaign), pages().clock.now())
    keep_for(pages().settings.page_age_s)  # the token says when the form was made
    return _form(shown, lang, _Typed({"disclosure": "counted"}, token, [], False))


@blueprint.post("/<lang:lang>/c/<ref>/sign")
def sign_posted(lang: str, ref: str) -> ResponseReturnValue:
    """Store the form and its mail, and lead all to the same page; 422 with the form if it has errors."""
    shown, now = _open_appeal(ref, lang), pages().clock.now()
    if request.form.get("text", "") != shown.campaign.text:
        shown = _asked(ref, lang)  # the form may be newer than what this process remembers
    campaign = shown.campaign
    schema = SignSchema(campaign, lang, frozenset(code for code, _ in countries(lang)) | {OTHER}, now)
    loaded, errors = read_form(request, schema)
    sent = url_for("signatures.sent", lang=lang, ref=ref)
    if request.form.get("website"):
        return redirect(sent, 303)  # no person fills this field: nothing is stored
    typed_token, typed_text = request.form.get("form_token", ""), request.form.get("text", "")
    changed = typed_text != campaign.text
    if not changed and (problem := tokens().problem(typed_token, campaign.id, _seen(campaign), now)):
        errors = [*errors, ("form_token", problem)]
    if errors or changed:
        typed = {name: request.form.get(name, "") for name in schema.fields}
        if tokens().problem(typed_token, campaign.id, f"{typed_text} {campaign.wording}", now) == "form-invalid":
            typed["consent"] = ""  # given to another consent text than the one that is shown now
        token = tokens().for_form_again(typed_token, campaign.id, _seen(campaign), now)
        return _form(shown, lang, _Typed(typed, token, errors, changed)), 422
    try:
        sign_campaign(loaded, campaign, pages().desk)
    except Busy:  # the one refusal that keeps the form: what was typed must not be lost while the queue is full
        typed = {name: request.form.get(name, "") for name in schema.fields}
        answer = make_response(_form(shown, lang, _Typed(typed, typed_token, [("form_token", "busy")], False)), 503)
        answer.headers["Retry-After"] = RETRY_AFTER_S
        return answer
    return redirect(sent, 303)


@blueprint.get("/<lang:lang>/c/<ref>/sent")
def sent(lang: str, ref: str) -> ResponseReturnValue:
    """Show "check your mail": the same page for everybody."""
    shown = _shown(ref, lang)
    return render_template("signatures/sent.html", campaign=shown.campaign, text=shown.text)


def text_shown(campaign: CampaignView, lang: str) -> TextView:
    """Return a campaign's current text in a language, with its releases as they were a second ago at most."""

    def ask() -> TextView:
        with pages().database.read() as connection:
            return text_in(connection, campaign, lang)

    return pages().fresh.get((campaign.id, campaign.text, campaign.end_reason, lang), ask)


@dataclass(frozen=True)
class _Shown:
    """What the form shows of an appeal: a second old at most."""

    campaign: CampaignView
    text: TextView
    consent: str


def _shown(ref: str, lang: str) -> _Shown:
    return pages().fresh.get((ref, lang), lambda: _asked(ref, lang))


def _asked(ref: str, lang: str) -> _Shown:
    with pages().database.read() as connection:
        campaign = campaign_by_ref(connection, ref)
        text = standing_text(connection, campaign, lang)  # nobody signs what cannot be read
        return _Shown(campaign, text, consent_text(connection, campaign.wording, lang))


def _open_appeal(ref: str, lang: str) -> _Shown:
    shown = _shown(ref, lang)
    if not shown.campaign.is_open_on(day_of(pages().clock.now())):
        raise CampaignNotOpen
    if shown.campaign.signing_is_paused:
        raise SigningPaused(retry_after=PAUSED_RETRY_S)
    return shown


@dataclass(frozen=True)
class _Typed:
    """A form as it is shown: what was typed, its token, what is wrong."""

    values: dict[str, str]
    token: str
    errors: FieldErrors
    changed: bool  # the text changed since the form was opened


def _form(shown: _Shown, lang: str, typed: _Typed) -> str:
    campaign = shown.campaign
    email = typed.values.get("email", "").strip()
    read_back = any(code == "email-did-you-mean" for _, code in typed.errors)
    return render_template(
        "signatures/sign.html",
        campaign=campaign,
        text=shown.text,
        form=typed.values,
        errors=typed.errors,
        form_token=typed.token,
        countries=countries(lang),
        other_country=OTHER,
        warn=campaign.settings["warn_signers_in"],
        consent=shown.consent,
        forgets=campaign.forgets,
        disclosures=campaign.settings["disclosures"],
        suggestions=suggestions(email) if read_back else [],
        changed=typed.changed,
        difference=_difference(campaign, typed.values.get("text", "")) if typed.changed else None,
    )


def _seen(campaign: CampaignView) -> str:
    """Return what a form's token stands for: the text and the consent text that it showed."""
    return f"{campaign.text} {campaign.wording}"


def _difference(campaign: CampaignView, text: str) -> Difference | None:
    """Return how the current text differs from the one that a form showed, if it was one of the appeal's."""
    with pages().database.read() as connection:
        known = {version.text for version in text_versions(connection, campaign)}
        return text_difference(connection, text, campaign.text) if text in known else None
