"""The pages behind a mailed link: the button, and the typed code."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.campaigns.queries import CampaignView, campaign_by_id, text_in
from service.clock import day_of
from service.errors import CampaignNotOpen, LinkUnknown
from service.signatures.codes import CodeMalformed, read_code
from service.signatures.commands import ConfirmSignature, RenewSignature
from service.signatures.erasure import erase_pending
from service.signatures.handlers import confirm_signature
from service.signatures.own_link import OwnPage, own_pages
from service.signatures.renewal_offer import renewal_offer, shows_current
from service.signatures.renewing import renew_signature, renewable
from service.signatures.routes import blueprint, pages
from service.signatures.rows import load_pending, mine_token_of, opened_pending, pending_by_link
from service.signatures.schemas import CodeSchema, ConfirmSchema
from service.signatures.typed_code import pending_by_code
from service.web.forms import read_form
from service.web.languages import page_language


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> str:
    """Show a button and change nothing: mail scanners open links. :raises LinkUnknown: 404."""
    with pages().database.read() as connection:
        row = pending_by_link(connection, token, pages().clock.now())
        if row["kind"] == "mine":
            return render_template(
                "signatures/confirm.html", kind="mine", name=None, title=None, token=token, forgets=False
            )
        campaign = campaign_by_id(connection, row["campaign"])
        if row["kind"] == "renew" and row["signature"] is None:
            return _renewal_page(connection, row, campaign)
        is_form = row["kind"] == "sign" and row["signature"] is None
        form = opened_pending(pages().desk.keys, row) if is_form else {}
        title = text_in(connection, campaign, page_language()).title
    return render_template(
        "signatures/confirm.html",
        kind="sign",
        name=None if campaign.is_at_risk else form.get("name"),  # the mail provider's scanner reads this page, too
        title=None if campaign.is_at_risk else title,
        token=token,
        forgets=campaign.forgets,
        used=row["signature"] is not None,
        changed=is_form and not campaign.stands(form["text"]),
        campaign=campaign,
    )


def _renewal_page(
    connection: sa.Connection, row: sa.RowMapping, campaign: CampaignView, *, changed: bool = False
) -> str:
    """Return the page that shows what changed, with the button that renews. :raises LinkUnknown: if it is over."""
    if not campaign.is_open_on(day_of(pages().clock.now())):
        raise CampaignNotOpen
    signature, _ = renewable(connection, pages().desk.keys, row)
    offer = renewal_offer(connection, campaign, signature.text, page_language())
    return render_template("signatures/renew.html", offer=offer, changed=changed)


@blueprint.post("/confirm/<token>")
def confirm_posted(token: str) -> ResponseReturnValue:
    """Confirm, or erase a form that somebody else sent; pressing twice leads to the same page."""
    loaded, errors = read_form(request, ConfirmSchema())
    if errors:
        return confirm(token), 422
    now = pages().clock.now()
    with pages().database.read() as connection:
        row = pending_by_link(connection, token, now)
        if row["kind"] == "renew" and row["signature"] is None:
            campaign = campaign_by_id(connection, row["campaign"])
            if not shows_current(campaign, loaded):
                return _renewal_page(connection, row, campaign, changed=True), 422
    if loaded["action"] == "not_me":
        erase_pending(pages().database, row["id"], day_of(now))
        return render_template("signatures/not_me.html")
    page = mine_token_of(pages().desk.keys, token)
    if row["kind"] == "renew":
        renew_signature(RenewSignature(row["id"], page, loaded["text"], loaded["wording"], now), pages().desk)
        return redirect(url_for("signatures.mine", token=page), 303)
    return _confirmed(row["id"], page, keep_opening=loaded["keep_opening"] == "yes")


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
        except (CodeMalformed, LinkUnknown) as refused:
            errors = [("code", refused.code)]
    if errors:
        return render_template("signatures/code.html", errors=errors, code=request.form.get("code", "")), 422
    # a code carries no token to make the page's from: a fresh one at each use
    return _confirmed(row_id, secrets.token_urlsafe(32), keep_opening=False)


def _confirmed(row_id: str, mine_token: str, *, keep_opening: bool) -> ResponseReturnValue:
    now = pages().clock.now()
    with pages().database.read() as connection:
        kind = load_pending(connection, row_id, now)["kind"]
    if kind == "mine":
        return _own_links(row_id)
    confirm_signature(ConfirmSignature(row_id, mine_token, keep_opening, now), pages().desk)
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
