"""One reminder, a day after a form was sent that nobody confirmed; none at risk (PAGES.md section 2.11).

Its link is a fresh one, as the first is kept only as a hash; both work until the form expires.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, campaigns
from service.clock import day_of
from service.outbox.queue import message_row
from service.signatures.handlers import HOUR_S, LINK_HOURS, MailRequest, SigningDesk
from service.signatures.rows import opened_pending, token_hash
from service.store.tables import outbox, pending
from service.vault.sealing import unwrap

REMINDED_AFTER_HOURS = 24
REMINDED_AT_ONCE = 50  # people in one transaction, so that others can write in between


def remind_due(desk: SigningDesk, now: datetime) -> int:
    """Make the reminders of forms that wait for a day, of ordinary appeals that are open; return how many."""
    with desk.database.read() as connection:
        found = [one for one in campaigns(connection) if one.is_open_on(day_of(now)) and not one.is_at_risk]
    return sum(_remind(desk, campaign, now) for campaign in found)


def _remind(desk: SigningDesk, campaign: CampaignView, now: datetime) -> int:
    """Read and seal outside the transaction that writes; there whoever was reminded, or confirmed, is passed over."""
    with desk.database.read() as connection:
        rows = connection.execute(_to_remind(campaign, now)).mappings().all()
    made = {row["id"]: _reminder(desk, campaign, row, now) for row in rows}
    if not made:
        return 0
    with desk.database.write() as connection:
        reminded = [one for one, (link, _) in sorted(made.items()) if _mark(connection, one, link)]
        mails = [mail for one in reminded if (mail := made[one][1])]
        if mails:
            connection.execute(sa.insert(outbox), mails)
        return len(mails)


def _to_remind(campaign: CampaignView, now: datetime) -> sa.Select[Any]:
    """Return forms that nobody used, that came a day ago or earlier, and whose first mail is not still waiting.

    Their expiry, which is rounded up to the hour, is all that tells when they came.
    """
    now_s = int(now.timestamp())
    old = pending.c.expires <= now_s + (LINK_HOURS - REMINDED_AFTER_HOURS) * HOUR_S
    waits = sa.exists().where(outbox.c.pending == pending.c.id)
    chosen = sa.select(pending).where(pending.c.kind == "sign", pending.c.campaign == campaign.id, old, ~waits)
    chosen = chosen.where(pending.c.signature.is_(None), pending.c.reminder_hash.is_(None), pending.c.expires > now_s)
    return chosen.order_by(pending.c.id).limit(REMINDED_AT_ONCE)


def _reminder(
    desk: SigningDesk, campaign: CampaignView, row: sa.RowMapping, now: datetime
) -> tuple[str, dict[str, Any] | None]:
    """Return a fresh link and the mail that brings it; no mail if the text was replaced: nothing can be confirmed."""
    link, form = secrets.token_urlsafe(32), opened_pending(desk.keys, row)
    if not campaign.stands(form["text"]):
        return link, None
    message = desk.mail(MailRequest(campaign, form["language"], form["email"], link, "", is_reminder=True))
    data_key = unwrap(desk.keys, row["kek"], row["wrapped_key"], row["id"].encode())
    return link, message_row(row["id"], data_key, message, int(now.timestamp()), row["expires"])


def _mark(connection: sa.Connection, row_id: str, link: str) -> bool:
    """Note the reminder's link. Returns whether the form still waits and had none."""
    waits = (pending.c.id == row_id) & pending.c.signature.is_(None) & pending.c.reminder_hash.is_(None)
    return bool(connection.execute(sa.update(pending).where(waits).values(reminder_hash=token_hash(link))).rowcount)
