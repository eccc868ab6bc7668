"""The pages behind a supporter's links: confirm, the typed code, and their own page."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.campaigns.queries import campaign_by_id, text_in
from service.clock import day_of
from service.errors import LinkUnknown, NotFound
from service.signatures.codes import CodeMalformed, read_code
from service.signatures.commands import ChangeDisclosure, ConfirmSignature, WithdrawSignature
from service.signatures.erasure import erase_pending
from service.signatures.handlers import change_disclosure, confirm_signature, withdraw_signature
from service.signatures.queries import MineView, exported, mine_view
from service.signatures.routes import blueprint, pages
from service.signatures.rows import mine_token_of, opened_pending, opened_record, pending_by_link
from service.signatures.typed_code import pending_by_code, take_kept_opening
from service.signatures.schemas import CodeSchema, ConfirmSchema, MineSchema
from service.web.forms import read_form
from service.web.languages import page_language

__all__ = ["blueprint"]


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Show a button and change nothing: mail scanners open links. :raises LinkUnknown: 404."""
    with pages().database.read() as connection:
        row = pending_by_link(connection, token, pages().clock.now())
        campaign = campaign_by_id(connection, row["campaign"])
        form = opened_pending(pages().desk.keys, row) if row["signature"] is None else {}
        title = None if campaign.is_at_risk else text_in(connection, campaign, page_language()).title
    name = None if campaign.is_at_risk else form.get("name")
    return render_template(
        "signatures/confirm.html", kind=row["kind"], name=name, title=title, token=token, forgets=campaign.forgets,
        error=None, used=row["signature"] is not None,
    )  # fmt: skip


@blueprint.post("/confirm/<token>")
def confirm_posted(token: str) -> ResponseReturnValue:
    """Confirm, or erase a form that somebody else sent; pressing twice leads to the same page."""
    loaded, errors = read_form(request, ConfirmSchema())
    if errors:
        return confirm(token), 422
    now = pages().clock.now()
    with pages().database.read() as connection:
        row_id = pending_by_link(connection, token, now)["id"]
    if loaded["action"] == "not_me":
        erase_pending(pages().database, row_id, day_of(now))
        return render_template("signatures/not_me.html")
    mine_token = mine_token_of(pages().desk.keys, token)
    command = ConfirmSignature(row_id, mine_token, loaded["keep_opening"] == "yes", now)
    confirm_signature(command, pages().desk)
    return redirect(url_for("signatures.mine", token=mine_token), 303)


@blueprint.get("/confirm")
def code() -> ResponseReturnValue:
    """Show the field for a typed code."""
    return render_template("signatures/code.html", errors=[], code="")


@blueprint.post("/confirm")
def code_posted() -> ResponseReturnValue:
    """Confirm by a typed code; five wrong ones end its row."""
    loaded, errors = read_form(request, CodeSchema())
    now = pages().clock.now()
    if not errors:
        try:
            row_id = pending_by_code(pages().database, pages().desk.keys, read_code(loaded["code"]), now)
        except (CodeMalformed, LinkUnknown) as refused:
            errors = [("code", refused.code)]
    if errors:
        return render_template("signatures/code.html", errors=errors, code=request.form.get("code", "")), 422
    mine_token = secrets.token_urlsafe(32)  # a code carries no token to make one from: a fresh one at each use
    confirm_signature(ConfirmSignature(row_id, mine_token, False, now), pages().desk)
    return redirect(url_for("signatures.mine", token=mine_token), 303)


@blueprint.get("/mine/<token>")
def mine(token: str) -> ResponseReturnValue:
    """Show a supporter's own page. :raises LinkUnknown: 404."""
    return _mine(token)


@blueprint.post("/mine/<token>")
def mine_posted(token: str) -> ResponseReturnValue:
    """Withdraw, erase, both, choose anew who sees the name, or show an opening that waits."""
    loaded, errors = read_form(request, MineSchema())
    if errors:
        return _mine(token, errors=errors), 422
    action = loaded["action"]
    if action == "show_opening":
        return _mine(token, opening=take_kept_opening(pages().database, token))
    if action == "disclosure":
        change_disclosure(ChangeDisclosure(token, loaded["disclosure"] or "counted"), pages().desk)
        return redirect(url_for("signatures.mine", token=token, notice="disclosure"), 303)
    erase = action in ("erase", "both")
    command = WithdrawSignature(token, action in ("withdraw", "both"), erase, pages().clock.now())
    withdraw_signature(command, pages().desk)
    if erase:
        return render_template("signatures/erased.html", withdrawn=command.withdraw)
    return redirect(url_for("signatures.mine", token=token, notice="withdrawn"), 303)


@blueprint.get("/mine/<token>/receipt")
def receipt(token: str) -> ResponseReturnValue:
    """Hand out the promise as a text file. :raises NotFound: if there is none any more."""
    view = _view(token)
    if view.promise is None:
        raise NotFound
    return Response(view.promise, mimetype="text/plain", headers=_attachment("promise.txt"))


@blueprint.get("/mine/<token>/data.json")
def mine_data(token: str) -> ResponseReturnValue:
    """Hand out everything that is held about the supporter."""
    view = _view(token)
    with pages().database.read() as connection:
        opened = opened_record(connection, pages().desk.keys, view.signature)
    answer = jsonify(exported(view, opened.content if opened else None))
    answer.headers.update(_attachment("my-data.json"))
    return answer


def _view(token: str) -> MineView:
    with pages().database.read() as connection:
        return mine_view(connection, pages().desk.keys, token)


def _mine(token: str, *, errors: list[tuple[str, str]] | None = None, opening: dict[str, Any] | None = None) -> str:
    with pages().database.read() as connection:
        view = mine_view(connection, pages().desk.keys, token)
        campaign = campaign_by_id(connection, view.campaign)
        text = text_in(connection, campaign, page_language())
        letters = pages().letters_of_signature(connection, campaign.id, view.text, view.index)
    notice = request.args.get("notice")
    return render_template(
        "signatures/mine.html",
        campaign=campaign,
        text=text,
        signature={
            "id": view.signature, "state": view.state, "text_is_current": view.text == campaign.text,
            "recorded_index": view.index, "log_size": view.log_size,
        },
        promise=view.promise,
        leaf=view.leaf,
        record=view.record,
        token=token,
        disclosures=campaign.settings["disclosures"],
        notice=notice if notice in ("withdrawn", "disclosure") else None,
        letters=letters,
        errors=errors or [],
        has_kept_opening=view.has_kept_opening,
        opening=opening,
    )  # fmt: skip


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
