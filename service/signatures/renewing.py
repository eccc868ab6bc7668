"""Renewing a signature for the text that replaced the one it names: load, decide, save."""

from __future__ import annotations

import sqlalchemy as sa

from service.campaigns.queries import campaign_by_id
from service.clock import day_of, monday_of
from service.errors import Busy, CampaignNotOpen, LinkUnknown, TextChanged
from service.eventlog.catalogue import encode
from service.signatures.aggregate import Consented, Signature, apply
from service.signatures.commands import RenewSignature
from service.signatures.confirmation import AGAIN, Assumed, ChangeRow
from service.signatures.handlers import WEEK_S, SigningDesk, change_row, only_page
from service.signatures.promise import promise_by
from service.signatures.rows import (
    OpenedRecord,
    StoredRow,
    load_pending,
    load_signature,
    opened_pending,
    opened_record,
    sealed_record,
)
from service.store.group_commit import TRIES_MAX
from service.store.tables import renewal
from service.vault.commitments import Opening
from service.vault.keys import Keys


def renew_signature(command: RenewSignature, desk: SigningDesk) -> str:
    """Renew a signature for the text that the page showed: new salts, the record sealed anew (PAGES.md section 2.14).

    Returns the outcome: ``renewed`` or ``already``. Pressing again gives the same page.

    :raises LinkUnknown: if the link is over, or whoever it was for withdrew or was erased; nothing was changed.
    :raises CampaignNotOpen: if the appeal takes no signatures.
    :raises TextChanged: if the page showed another text or consent text than the current one.
    """
    for _ in range(TRIES_MAX):
        with desk.database.read() as connection:
            row = load_pending(connection, command.pending_id, command.now)
            made = _decided(connection, row, command, desk.keys)
        if desk.writer.run("change", made) is not AGAIN:
            return str(made.pending["outcome"] if made.pending else row["outcome"])
    raise Busy


def renewable(connection: sa.Connection, keys: Keys, row: StoredRow) -> tuple[Signature, OpenedRecord]:
    """Return the signature behind an unused link to renew, and its record.

    :raises LinkUnknown: if the text was replaced again, or the person withdrew or was erased.
    """
    signature = load_signature(connection, opened_pending(keys, row)["signature"])
    asked = connection.scalar(sa.select(renewal.c.replaced).where(renewal.c.pending == row["id"]))
    found = opened_record(connection, keys, signature.id)
    is_over = asked != campaign_by_id(connection, row["campaign"]).replaced
    if is_over or signature.state != "active" or found is None:
        raise LinkUnknown
    return signature, found


def _decided(connection: sa.Connection, row: sa.RowMapping, command: RenewSignature, keys: Keys) -> ChangeRow:
    if row["signature"] is not None:  # pressed before
        return only_page(connection, row, command)
    campaign, day = campaign_by_id(connection, row["campaign"]), day_of(command.now)
    if not campaign.is_open_on(day):
        raise CampaignNotOpen
    signature, found = renewable(connection, keys, row)
    if (command.text, command.wording) != (campaign.text, campaign.wording):
        raise TextChanged
    opening, kept = Opening.new(), found.content
    consented = Consented(
        campaign=campaign.id,
        signature=signature.id,
        commitment=opening.commitment(kept["norm"], kept["name"], kept.get("country")),
        text=command.text,
        wording=command.wording,
        day=monday_of(day) if campaign.rules.batch_max_s == WEEK_S else day,
    )
    assumed = Assumed(campaign.id, campaign.number, campaign.text, day, signature.version)
    event = signature.confirm(consented, campaign.stands(signature.text))
    if event is None:
        return change_row(assumed, signature, row, command, "already")
    content = kept | {"text": command.text, "wording": command.wording} | opening.as_record()
    return change_row(
        assumed, apply(signature, event), row, command, "renewed",
        leaf=encode(event), topic=event.topic, by=promise_by(campaign.rules, command.now),
        record=sealed_record(keys, signature, consented.commitment, content),
    )  # fmt: skip
