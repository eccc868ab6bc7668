"""A supporter's own page, and the way to find it again."""

from __future__ import annotations

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.campaigns.queries import CampaignView, campaign_by_id
from service.clock import day_of
from service.errors import NotFound, NotOffered, TextChanged
from service.eventlog.signing import vkeys_in_use
from service.signatures.commands import ChangeDisclosure, RenewSignature, WithdrawSignature
from service.signatures.handlers import change_disclosure, withdraw_signature
from service.signatures.opening import show_opening
from service.signatures.own_link import request_own_link
from service.signatures.own_rows import own_rows
from service.signatures.queries import MineView, exported, view_of
from service.signatures.renewal import renewal_by_button
from service.signatures.renewal_offer import renewal_offer, shows_current
from service.signatures.renewing import renew_signature
from service.signatures.routes import blueprint, pages, text_shown
from service.signatures.rows import find_mine, opened_record
from service.signatures.schemas import MineRequestSchema, MineSchema
from service.web.forms import read_form
from service.web.languages import page_language


@blueprint.get("/mine")
def mine_request() -> ResponseReturnValue:
    """Show the one field of "send me my link"."""
    return render_template("signatures/mine_request.html", errors=[], form={})


@blueprint.post("/mine")
def mine_requested() -> ResponseReturnValue:
    """Send one neutral mail and show one page, whatever the address has signed."""
    loaded, errors = read_form(request, MineRequestSchema())
    if errors:
        typed = {"email": request.form.get("email", "")}
        return render_template("signatures/mine_request.html", errors=errors, form=typed), 422
    if not loaded["website"]:
        request_own_link(loaded["email"].strip(), page_language(), pages().clock.now(), pages().desk)
    return render_template("signatures/mine_requested.html")


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
        return _mine(token, opening=show_opening(pages().database, pages().desk.keys, token))
    if action == "renew":
        return _renewed(token, loaded)
    if action == "disclosure":
        try:
            change_disclosure(ChangeDisclosure(token, loaded["disclosure"] or "counted"), pages().desk)
        except NotOffered as refused:
            return _mine(token, errors=[("disclosure", refused.code)]), 422
        return redirect(url_for("signatures.mine", token=token, notice="disclosure"), 303)
    erase = action in ("erase", "both")
    with pages().database.read() as connection:  # before it is erased who was named
        recipients = pages().recipients_of(connection, find_mine(connection, token)["signature"]) if erase else []
    command = WithdrawSignature(token, action in ("withdraw", "both"), erase, pages().clock.now())
    withdraw_signature(command, pages().desk)
    if erase:
        return render_template("signatures/erased.html", withdrawn=command.withdraw, recipients=recipients)
    return redirect(url_for("signatures.mine", token=token, notice="withdrawn"), 303)


def _renewed(token: str, loaded: dict[str, str]) -> ResponseReturnValue:
    now, desk = pages().clock.now(), pages().desk
    with pages().database.read() as connection:
        campaign = campaign_by_id(connection, find_mine(connection, token)["campaign"])
    try:
        if not shows_current(campaign, loaded):
            raise TextChanged
        row_id = renewal_by_button(desk, token, now)
        renew_signature(RenewSignature(row_id, token, loaded["text"], loaded["wording"], now), desk)
    except TextChanged:  # before the button was pressed, or just now
        return _mine(token, errors=[("text", "text-changed")]), 422
    return redirect(url_for("signatures.mine", token=token, notice="renewed"), 303)


@blueprint.get("/mine/<token>/receipt")
def receipt(token: str) -> ResponseReturnValue:
    """Hand out the receipt, or the promise until a checkpoint covers the entry; 404 if there is neither."""
    view, _ = _view(token)
    with pages().database.read() as connection:
        proof = pages().receipt_of(connection, view.index) if view.index is not None else None
    if proof is not None:
        return Response(proof, mimetype="text/plain", headers=_attachment("receipt.tlog-proof"))
    if view.promise is None:
        raise NotFound
    return Response(view.promise, mimetype="text/plain", headers=_attachment("promise.txt"))


@blueprint.get("/mine/<token>/data.json")
def mine_data(token: str) -> ResponseReturnValue:
    """Hand out everything that is held about the supporter."""
    view, _ = _view(token)
    with pages().database.read() as connection:
        opened = opened_record(connection, pages().desk.keys, view.signature)
    answer = jsonify(exported(view, opened.content if opened else None))
    answer.headers.update(_attachment("my-data.json"))
    return answer


def _view(token: str) -> tuple[MineView, CampaignView]:
    with pages().database.ask() as connection:
        rows = own_rows(connection, token)
    vkeys = pages().fresh.get(("promise", *rows.keys_since), _promise_keys)
    return view_of(rows, pages().desk.keys, vkeys), rows.campaign


def _promise_keys() -> tuple[str, ...]:
    with pages().database.read() as connection:
        return vkeys_in_use(connection, "promise")


def _mine(token: str, *, errors: list[tuple[str, str]] | None = None, opening: str | None = None) -> str:
    view, campaign = _view(token)
    text = text_shown(campaign, page_language())
    is_earlier = view.state == "active" and not campaign.stands(view.text)
    can_sign = is_earlier and not text.removed and campaign.is_open_on(day_of(pages().clock.now()))
    letters, receipt, offer = [], None, None
    if view.index is not None or can_sign:
        with pages().database.read() as connection:
            letters = pages().letters_of_signature(connection, campaign.id, view.text, view.index)
            receipt = pages().receipt_of(connection, view.index) if view.index is not None else None
            keeps = can_sign and view.record is not None
            offer = renewal_offer(connection, campaign, view.text, page_language()) if keeps else None
    notice = request.args.get("notice") or ("already" if view.signed_again else None)
    return render_template(
        "signatures/mine.html",
        campaign=campaign,
        text=text,
        signature={
            "id": view.signature, "state": view.state, "text_is_current": campaign.stands(view.text),
            "recorded_index": view.index, "log_size": view.log_size, "reason": view.reason,
        },
        promise=view.promise,
        receipt=receipt,
        leaf=view.leaf,
        record=view.record,
        token=token,
        disclosures=campaign.settings["disclosures"],
        notice=notice if notice in ("withdrawn", "disclosure", "already", "renewed") else None,
        letters=letters,
        errors=errors or [],
        has_kept_opening=view.has_kept_opening,
        opening=opening,
        offer=offer,
        can_sign=can_sign,
    )  # fmt: skip


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
