"""One function per thing a supporter asks for: load, decide, save."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, campaign_by_id
from service.clock import day_of, monday_of
from service.errors import Busy, CampaignNotOpen, LinkUnknown, NotOffered, SigningPaused, TextChanged
from service.eventlog.catalogue import encode
from service.news.subscribers import subscriber_row
from service.outbox.queue import Message, message_row
from service.signatures.aggregate import Consented, Signature, apply
from service.signatures.codes import code_mac, code_prefix, new_code
from service.signatures.commands import (
    NAMED,
    ChangeDisclosure,
    ConfirmSignature,
    RenewSignature,
    SignCampaign,
    WithdrawSignature,
)
from service.signatures.confirmation import AGAIN, Assumed, ChangeRow, SignRow
from service.signatures.erasure import erase_person, leave
from service.signatures.fingerprint import token
from service.signatures.pressed import Pressed, pressed_by_id
from service.signatures.promise import promise_by
from service.signatures.rows import (
    KEPT_OPENING_S,
    StoredRow,
    find_mine,
    load_signature,
    opened_pending,
    opened_record,
    sealed_opening,
    sealed_record,
    token_hash,
)
from service.store.database import Database
from service.store.group_commit import TRIES_MAX, Writer
from service.store.tables import record
from service.vault.annexes import leave_annexes
from service.vault.commitments import Opening
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal, wrap

LINK_HOURS = 72  # how long a link works; PRIVACY section 2 of the design, told at /privacy
WEEK_S = 604_800
PAUSED_RETRY_S = 600  # a guess that spares both sides
HOUR_S, DAY_S = 3_600, 86_400


Press = ConfirmSignature | RenewSignature


@dataclass(frozen=True)
class MailRequest:
    """What a mail with a link is made from; the app knows the addresses of its pages."""

    campaign: CampaignView | None  # none: the mail of "send me my link", which knows no campaign
    language: str
    to: str
    link_token: str
    code: str  # "": none, the page behind the link has to be seen
    is_reminder: bool = False


@dataclass(frozen=True)
class SigningDesk:
    """What the handlers need: the stores, the keys, the writer, and how mail is written."""

    database: Database
    keys: Keys
    writer: Writer
    mail: Callable[[MailRequest], Message]


def sign_campaign(command: SignCampaign, campaign: CampaignView, desk: SigningDesk) -> None:
    """Store a form and its mail. Never looks up whether the address signed.

    :raises CampaignNotOpen: if the appeal takes no signatures.
    :raises TextChanged: if the form showed another text than the current one.
    :raises SigningPaused: if an operator stopped it for a while.
    :raises Busy: if too much waits.
    """
    if not campaign.is_open_on(day_of(command.now)):
        raise CampaignNotOpen
    if campaign.signing_is_paused:
        raise SigningPaused(retry_after=PAUSED_RETRY_S)
    if command.text != campaign.text:
        raise TextChanged
    desk.writer.run("sign", _sign_row(command, campaign, desk))


def confirm_signature(command: ConfirmSignature, desk: SigningDesk, pressed: Pressed | None = None) -> str:
    """Fix the leaf of a pending signature; it then waits for the recorder. Pressing again gives the same page.

    At first it rests on what the caller has just read, if anything, and on a person who has not signed yet: most have
    not. Where the batch finds otherwise, all is read and decided anew.

    Returns the outcome: ``recorded``, ``renewed``, ``already`` or ``invalidated``.

    :raises LinkUnknown: if the link has expired or was erased; nothing was changed.
    :raises CampaignNotOpen: if the appeal was closed since; nothing was changed.
    :raises TextChanged: if the text was replaced since; nothing was changed.
    """
    for again in range(1 + TRIES_MAX):
        if again or pressed is None:
            with desk.database.ask() as connection:
                pressed = pressed_by_id(connection, command.pending_id, command.now)
        if pressed.row["signature"] is None:
            made = _decided(pressed, command, desk, is_new=not again)
        else:
            with desk.database.ask() as connection:
                made = only_page(connection, pressed.row, command)
        if desk.writer.run("change", made) is not AGAIN:
            return str(made.pending["outcome"] if made.pending else pressed.row["outcome"])
    raise Busy


def withdraw_signature(command: WithdrawSignature, desk: SigningDesk) -> None:
    """Take a signature back, erase who signed, or both.

    :raises LinkUnknown: if the page's link is not known.
    :raises Refused: if there is nothing to take back.
    """
    for _ in range(TRIES_MAX):
        with desk.database.read() as connection:
            signature = load_signature(connection, find_mine(connection, command.mine_token)["signature"])
            # pressed again after a crash between the two: only the erasing is left to do
            wanted = command.withdraw and not (command.erase and signature.state == "withdrawn")
            made = _withdrawal(connection, signature, command) if wanted else None
        if made is None or desk.writer.run("change", made) is not AGAIN:
            if command.withdraw:
                leave(desk.database, signature.id)
            if command.erase:
                erase_person(desk.database, desk.keys, signature, day_of(command.now))
            return
    raise Busy


def change_disclosure(command: ChangeDisclosure, desk: SigningDesk) -> None:
    """Seal the record anew with another choice.

    :raises LinkUnknown: if no record is kept.
    :raises NotOffered: if the appeal does not offer this choice.
    """
    with desk.database.write() as connection:
        own = find_mine(connection, command.mine_token)
        if command.disclosure not in campaign_by_id(connection, own["campaign"]).settings["disclosures"]:
            raise NotOffered
        signature = own["signature"]
        found = opened_record(connection, desk.keys, signature)
        if found is None:
            raise LinkUnknown
        changed = found.content | {"disclosure": command.disclosure}
        resealed = seal(found.data_key, changed, found.associated)
        connection.execute(sa.update(record).where(record.c.signature == signature).values(sealed=resealed))
        if command.disclosure not in NAMED:
            leave_annexes(connection, [signature])


def _sign_row(command: SignCampaign, campaign: CampaignView, desk: SigningDesk) -> SignRow:
    link, code, row_id = secrets.token_urlsafe(32), new_code(), secrets.token_urlsafe(16)
    now_s = int(command.now.timestamp())
    step_s = DAY_S if campaign.is_at_risk else HOUR_S  # rounded up, so that it does not tell when the form came
    expires_s = -(-(now_s + LINK_HOURS * HOUR_S) // step_s) * step_s
    data_key = new_key()
    kek, wrapped = wrap(desk.keys, data_key, row_id.encode())
    message = desk.mail(MailRequest(campaign, command.language, command.email, link, code))
    pending = {
        "id": row_id, "kind": "sign", "campaign": campaign.id, "token_hash": token_hash(link),
        "code_prefix": code_prefix(code), "code_mac": code_mac(desk.keys.mac, code), "kek": kek,
        "wrapped_key": wrapped, "sealed": seal(data_key, _form_record(command, campaign), row_id.encode()),
        "expires": expires_s,
    }  # fmt: skip
    return SignRow(pending, message_row(row_id, data_key, message, now_s, now_s + LINK_HOURS * HOUR_S))


def _form_record(command: SignCampaign, campaign: CampaignView) -> dict[str, str]:
    kept = {
        "name": command.full_name,
        "email": command.email,
        "norm": command.norm,
        "language": command.language,
        "text": command.text,
        "wording": campaign.wording,
    } | ({"news": "yes"} if command.news else {})
    if not campaign.forgets:
        kept |= {"disclosure": command.disclosure} | ({"country": command.country} if command.country else {})
    return kept


def _decided(pressed: Pressed, command: ConfirmSignature, desk: SigningDesk, *, is_new: bool) -> ChangeRow:
    """Decide a confirmation: the rows to write, and what they assume."""
    campaign, row, day = pressed.campaign, pressed.row, day_of(command.now)
    form = opened_pending(desk.keys, row)
    if not campaign.is_open_on(day):
        raise CampaignNotOpen
    if not campaign.stands(form["text"]):
        raise TextChanged
    key = pressed.campaign_key(desk.keys)
    signature = Signature(token(key, campaign.id, form["norm"]), campaign.id)
    if not is_new:
        with desk.database.ask() as connection:
            signature = load_signature(connection, signature.id, campaign.id)
    opening = Opening.new()
    consented = Consented(
        campaign=campaign.id,
        signature=signature.id,
        commitment=opening.commitment(form["norm"], form["name"], form.get("country")),
        text=form["text"],
        wording=form["wording"],
        day=monday_of(day) if campaign.rules.batch_max_s == WEEK_S else day,
    )
    assumed = Assumed(campaign.id, campaign.number, campaign.text, day, signature.version)
    asked = subscriber_row(desk.keys, key, campaign.id, form, day) if form.get("news") else {}
    event = signature.confirm(consented, campaign.stands(signature.text))
    if event is None:
        outcome = "invalidated" if signature.invalidation else "already"
        return change_row(assumed, signature, row, command, outcome, subscriber=asked)
    content = form | opening.as_record()
    return change_row(
        assumed, apply(signature, event), row, command, event.topic.removeprefix("signature."),
        leaf=encode(event), topic=event.topic, by=promise_by(campaign.rules, command.now),
        record={} if campaign.forgets else sealed_record(desk.keys, signature, consented.commitment, content),
        opening=content if campaign.forgets and command.keep_opening else None, subscriber=asked,
    )  # fmt: skip


def change_row(
    assumed: Assumed, after: Signature, row: StoredRow, command: Press, outcome: str, **made: Any
) -> ChangeRow:
    """Return the rows of a pressed button; with a leaf, what it is made of."""
    leaf = made.get("leaf")
    used = {"signature": after.id, "promise_by": made.get("by"), "promise_leaf": leaf, "outcome": outcome}
    waits = {"signature": after.id, "version": after.version, "campaign": after.campaign}
    page = _page(command, after.id, after.campaign)
    if made.get("opening"):
        page["kept_opening"] = sealed_opening(command.mine_token, made["opening"])
        page["kept_until"] = int(command.now.timestamp()) + KEPT_OPENING_S
    return ChangeRow(
        assumed=assumed,
        signature=vars(after) if leaf else {},
        waiting=waits | {"topic": made["topic"], "leaf": leaf} if leaf else {},
        mine=page,
        pending={"id": row["id"]} | used,
        record=made.get("record") or {},
        signature_id=after.id,
        subscriber=made.get("subscriber") or {},
    )


def only_page(connection: sa.Connection, row: StoredRow, command: Press) -> ChangeRow:
    """Return the rows of a button that was pressed before: the page that it leads to, and nothing else."""
    campaign = campaign_by_id(connection, row["campaign"])
    signature = load_signature(connection, row["signature"], campaign.id)
    assumed = Assumed(campaign.id, campaign.number, None, "", signature.version)
    return ChangeRow(assumed, {}, {}, _page(command, signature.id, campaign.id), {}, {}, signature.id)


def _page(command: Press, signature: str, campaign: str) -> dict[str, Any]:
    """Return a new row of `mine`: the page that the answer leads to."""
    found = {"token_hash": token_hash(command.mine_token), "signature": signature, "campaign": campaign}
    return found | {"kept_opening": None, "kept_until": None}


def _withdrawal(connection: sa.Connection, signature: Signature, command: WithdrawSignature) -> ChangeRow:
    campaign = campaign_by_id(connection, signature.campaign)
    day = day_of(command.now)
    event = signature.withdraw(monday_of(day) if campaign.rules.batch_max_s == WEEK_S else day)
    after = apply(signature, event)
    waits = {"signature": after.id, "version": after.version, "campaign": campaign.id}
    return ChangeRow(
        assumed=Assumed(campaign.id, campaign.number, None, day, signature.version),
        signature=vars(after),
        waiting=waits | {"topic": event.topic, "leaf": encode(event)},
        mine={},
        pending={},
        record={},
        signature_id=signature.id,
    )
