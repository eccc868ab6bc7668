"""The pages behind a mailed link: the button, and the typed code."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.campaigns.queries import CampaignView, Difference, campaign_by_id, text_difference, text_in
from service.clock import day_of
from service.errors import CampaignNotOpen, LinkUnknown, TextChanged
from service.signatures.codes import CodeMalformed, read_code
from service.signatures.commands import ConfirmSignature, RenewSignature
from service.signatures.erasure import erase_pending
from service.signatures.handlers import confirm_signature
from service.signatures.own_link import OwnPage, own_pages
from service.signatures.pressed import Pressed, pressed_by_id, pressed_by_link
from service.signatures.renewal_offer import renewal_offer
from service.signatures.renewing import renew_signature, renewable
from service.signatures.routes import blueprint, pages, text_shown
from service.signatures.rows import mine_token_of, opened_pending
from service.signatures.schemas import CodeSchema, ConfirmSchema
from service.signatures.typed_code import pending_by_code
from service.web.forms import read_form
from service.web.languages import page_language


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> str:
    """Show a button and change nothing: mail scanners open links. :raises LinkUnknown: 404."""
    return _page(_behind(token), token)


def _behind(token: str) -> Pressed:
    with pages().database.ask() as connection:
        return pressed_by_link(connection, token, pages().clock.now())


def _page(pressed: Pressed, token: str, *, again: bool = False) -> str:
    """Return the page with the button; `again`: what it showed changed before the button was pressed."""
    row = pressed.row
    if row["kind"] == "mine":
        shown = {"kind": "mine", "name": None, "title": None, "forgets": False}
        return render_template("signatures/confirm.html", token=token, **shown)
    if row["kind"] == "renew" and row["signature"] is None:
        return _renewal_page(pressed, changed=again)
    campaign = pressed.campaign
    is_form = row["kind"] == "sign" and row["signature"] is None
    form = opened_pending(pages().desk.keys, row) if is_form else {}
    changed = is_form and not campaign.stands(form["text"])
    return render_template(
        "signatures/confirm.html",
        kind="sign",
        name=None if campaign.is_at_risk else form.get("name"),  # the mail provider's scanner reads this page, too
        title=None if campaign.is_at_risk else text_shown(campaign, page_language()).title,
        token=token,
        forgets=campaign.forgets,
        used=row["signature"] is not None,
        changed=changed,
        difference=_difference(campaign, form["text"]) if changed and not campaign.is_at_risk else None,
        campaign=campaign,
    )


def _difference(campaign: CampaignView, signed: str) -> Difference | None:
    with pages().database.read() as connection:
        return text_difference(connection, signed, campaign.text)


def _renewal_page(pressed: Pressed, *, changed: bool) -> str:
    """Return the page that shows what changed, with the button that renews. :raises LinkUnknown: if it is over."""
    campaign = pressed.campaign
    if not campaign.is_open_on(day_of(pages().clock.now())):
        raise CampaignNotOpen
    with pages().database.read() as connection:
        signature, _ = renewable(connection, pages().desk.keys, pressed.row)
        offer = renewal_offer(connection, campaign, signature.text, page_language())
    return render_template("signatures/renew.html", offer=offer, changed=changed)


@blueprint.post("/confirm/<token>")
def confirm_posted(token: str) -> ResponseReturnValue:
    """Confirm, or erase a form that somebody else sent; pressing twice leads to the same page.

    Where the text was replaced while the page was open, the page is shown anew with the difference: 422.
    """
    loaded, errors = read_form(request, ConfirmSchema())
    if errors:
        return confirm(token), 422
    pressed = _behind(token)
    if loaded["action"] == "not_me":
        erase_pending(pages().database, pressed.row["id"], day_of(pages().clock.now()))
        return render_template("signatures/not_me.html")
    page = mine_token_of(pages().desk.keys, token)
    try:
        if pressed.row["kind"] == "renew":
            return _renewed(pressed.row["id"], page, loaded)
        return _confirmed(pressed, page, keep_opening=loaded["keep_opening"] == "yes")
    except TextChanged:  # meanwhile: what stood on the page is not what would be agreed to
        return _page(_behind(token), token, again=True), 422


def _renewed(row_id: str, page: str, loaded: dict[str, str]) -> ResponseReturnValue:
    command = RenewSignature(row_id, page, loaded["text"], loaded["wording"], pages().clock.now())
    renew_signature(command, pages().desk)
    return redirect(url_for("signatures.mine", token=page), 303)


@blueprint.get("/confirm")
def code() -> ResponseReturnValue:
    """Show the field for a typed code."""
    return render_template("signatures/code.html", errors=[], code="")


@blueprint.post("/confirm")
def code_posted() -> ResponseReturnValue:
    """Confirm by a typed code; five wrong ones end its row."""
    loaded, errors = read_form(request, CodeSchema())
    if not errors:
        try:
            typed = read_code(loaded["code"])
            row_id = pending_by_code(pages().database, pages().desk.keys, typed, pages().clock.now())
            with pages().database.ask() as connection:
                pressed = pressed_by_id(connection, row_id, pages().clock.now())
        except (CodeMalformed, LinkUnknown) as refused:
            errors = [("code", refused.code)]
    if errors:
        return render_template("signatures/code.html", errors=errors, code=request.form.get("code", "")), 422
    # a code carries no token to make the page's from: a fresh one at each use
    return _confirmed(pressed, secrets.token_urlsafe(32), keep_opening=False)


def _confirmed(pressed: Pressed, mine_token: str, *, keep_opening: bool) -> ResponseReturnValue:
    now, row_id = pages().clock.now(), pressed.row["id"]
    if pressed.row["kind"] == "mine":
        return _own_links(row_id)
    confirm_signature(ConfirmSignature(row_id, mine_token, keep_opening, now), pages().desk, pressed)
    return redirect(url_for("signatures.mine", token=mine_token), 303)


def _own_links(row_id: str) -> ResponseReturnValue:
    found = own_pages(row_id, pages().clock.now(), pages().desk)
    with pages().database.read() as connection:
        links = [_own_link(connection, page) for page in found]
    return render_template("signatures/mine_links.html", links=links)


def _own_link(connection: sa.Connection, page: OwnPage) -> dict[str, str]:
    text = text_in(connection, campaign_by_id(connection, page.campaign), page_language())
    heading = {"title": text.title, "language": text.language, "direction": text.direction}
    return heading | {"url": url_for("signatures.mine", token=page.token)}
