"""Asking to renew after a text was replaced: one mail for each replacement, and the button of one's own page.

Only where records are kept (`close+30d`), and by mail only in ordinary appeals: the page behind the link shows the
text, and a mail provider's scanner opens it (docs/decisions/0014). How often is a key of the table `renewal`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.campaigns.queries import CampaignView, campaign_by_id, campaigns
from service.clock import day_of
from service.errors import CampaignNotOpen, LinkUnknown
from service.outbox.queue import message_row
from service.signatures.handlers import HOUR_S, LINK_HOURS, MailRequest, SigningDesk
from service.signatures.rows import find_mine, load_signature, opened_record, token_hash
from service.store.database import Database
from service.store.gates import try_gates_shared
from service.store.tables import campaign as campaign_table
from service.store.tables import outbox, pending, record, renewal
from service.store.tables import signature as signature_table
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal, wrap

ASKED_AT_ONCE = 50  # people in one transaction, so that others can write in between
NEVER = 2**53 - 1  # POSIX seconds: no day ends such a link, but the next replacement, or the campaign's end
MAIL, BUTTON = "mail", "button"


@dataclass(frozen=True)
class _Asked:
    """One person who is to be asked, as read before the transaction that asks."""

    signature: str
    pending: dict[str, Any]
    outbox: dict[str, Any]


def ask_due(desk: SigningDesk, now: datetime) -> int:
    """Make the mails of those who stand for a replaced text and were not asked yet; return how many."""
    with desk.database.read() as connection:
        found = [one for one in campaigns(connection) if one.replaced and one.is_open_on(day_of(now))]
    asking = [one for one in found if not (one.forgets or one.is_at_risk)]
    return sum(_ask(desk, campaign, now) for campaign in asking)


def renewal_by_button(desk: SigningDesk, mine_token: str, now: datetime) -> str:
    """Return the id of the pending row behind the button of a supporter's own page; pressing again gives the same.

    :raises LinkUnknown: if the page is not known, or nothing is kept that could be renewed.
    :raises CampaignNotOpen: if the appeal takes no signatures.
    """
    with desk.database.write() as connection:
        row = find_mine(connection, mine_token)
        campaign = campaign_by_id(connection, row["campaign"])
        if not campaign.is_open_on(day_of(now)):
            raise CampaignNotOpen
        _hold_records(connection, [row["signature"]])
        is_active = load_signature(connection, row["signature"]).state == "active"
        if not is_active or opened_record(connection, desk.keys, row["signature"]) is None:
            raise LinkUnknown
        of_page = (renewal.c.signature == row["signature"]) & (renewal.c.replaced == campaign.replaced)
        of_page &= renewal.c.way == BUTTON
        link = _pending(desk.keys, campaign, row["signature"], secrets.token_urlsafe(32))[0]
        if _note(connection, campaign, BUTTON, [(row["signature"], link["id"])]):
            connection.execute(sa.insert(pending).values(link))
        return str(connection.execute(sa.select(renewal.c.pending).where(of_page)).scalar_one())


def drop_stale(database: Database) -> int:
    """Delete the links to renew that are over, with their mail; return how many.

    Over is what came before the last replacement, an appeal that was withdrawn or sealed, and who withdrew unrenewed. A
    closed appeal may be reopened and an invalidated signature reinstated: the mailed link then works again, and nobody
    is mailed twice. Mail that had not gone by then goes no more, and whoever it was for is asked anew.
    """
    gone = 0
    for ended, asked_anew in ((_over(), renewal.c.way == BUTTON), (_not_gone(), sa.true())):
        links = sa.select(pending.c.id).where(pending.c.kind == "renew", ended).select_from(_LINKS)
        gone += _drop(database, links.limit(ASKED_AT_ONCE * 10), asked_anew)
    return gone


_LINKS = (
    pending.outerjoin(renewal, renewal.c.pending == pending.c.id)
    .outerjoin(campaign_table, campaign_table.c.id == pending.c.campaign)
    .outerjoin(signature_table, signature_table.c.id == renewal.c.signature)
)


def _over() -> sa.ColumnElement[bool]:
    """Return the condition of a link that will never work again."""
    unused = pending.c.signature.is_(None)
    return sa.or_(
        renewal.c.pending.is_(None),
        campaign_table.c.state.in_(("withdrawn", "sealed")),
        renewal.c.replaced < campaign_table.c.replaced,
        unused & signature_table.c.id.is_(None),
        unused & (signature_table.c.state == "withdrawn"),
    )


def _not_gone() -> sa.ColumnElement[bool]:
    """Return the condition of a link that does not work now, and whose mail still waits."""
    waits = sa.exists().where(outbox.c.pending == pending.c.id)
    return waits & sa.or_(campaign_table.c.state != "open", signature_table.c.state == "invalidated")


def _drop(database: Database, links: sa.Select[tuple[str]], asked_anew: sa.ColumnElement[bool]) -> int:
    """Delete links with their mail, and the notes of earlier replacements and of who is to be asked anew."""
    with database.read() as connection:
        ids = connection.scalars(links).all()
    if not ids:
        return 0
    with database.write() as connection:
        connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(ids)))
        gone = connection.execute(sa.delete(pending).where(pending.c.id.in_(ids))).rowcount
        present = sa.select(campaign_table.c.replaced).where(campaign_table.c.id == renewal.c.campaign)
        earlier = renewal.c.replaced < present.scalar_subquery()
        connection.execute(sa.delete(renewal).where(renewal.c.pending.in_(ids), sa.or_(earlier, asked_anew)))
        return gone


def _ask(desk: SigningDesk, campaign: CampaignView, now: datetime) -> int:
    """Read and seal outside the transaction that writes; there only what still holds is written."""
    with desk.database.read() as connection:
        ids = connection.scalars(_to_ask(campaign)).all()
        opened = {one: opened_record(connection, desk.keys, one) for one in ids}
    asked = [_asked(desk, campaign, one, found.content, now) for one, found in opened.items() if found is not None]
    if not asked:
        return 0
    with desk.database.write() as connection:
        if not try_gates_shared(connection, [campaign.number]):
            return 0
        present = campaign_by_id(connection, campaign.id)
        if (present.state, present.replaced) != ("open", campaign.replaced):
            return 0
        standing = set(connection.scalars(_to_ask(present)).all())
        kept = _hold_records(connection, [one.signature for one in asked if one.signature in standing])
        still = [one for one in asked if one.signature in kept]
        noted = _note(connection, campaign, MAIL, [(one.signature, one.pending["id"]) for one in still])
        rows = [one for one in still if one.signature in noted]
        if rows:
            connection.execute(sa.insert(pending), [one.pending for one in rows])
            connection.execute(sa.insert(outbox), [one.outbox for one in rows])
        return len(rows)


def _to_ask(campaign: CampaignView) -> sa.Select[tuple[str]]:
    """Return who is active for an earlier text, has a record, and got no mail for this replacement."""
    asked = sa.select(renewal.c.signature).where(
        renewal.c.signature == signature_table.c.id,
        renewal.c.replaced == campaign.replaced,
        renewal.c.way == MAIL,
    )
    chosen = sa.select(signature_table.c.id).join(record, record.c.signature == signature_table.c.id)
    chosen = chosen.where(
        signature_table.c.campaign == campaign.id,
        signature_table.c.state == "active",
        signature_table.c.text.not_in([campaign.text, *sorted(campaign.carried)]),
        ~asked.exists(),
    )
    return chosen.order_by(signature_table.c.id).limit(ASKED_AT_ONCE)


def _asked(desk: SigningDesk, campaign: CampaignView, signature: str, kept: dict[str, Any], now: datetime) -> _Asked:
    link = secrets.token_urlsafe(32)
    row, data_key = _pending(desk.keys, campaign, signature, link)
    message = desk.mail(MailRequest(campaign, kept["language"], kept["email"], link, ""))
    now_s = int(now.timestamp())
    return _Asked(signature, row, message_row(row["id"], data_key, message, now_s, now_s + LINK_HOURS * HOUR_S))


def _pending(keys: Keys, campaign: CampaignView, signature: str, link: str) -> tuple[dict[str, Any], bytes]:
    row_id, data_key = secrets.token_urlsafe(16), new_key()
    kek, wrapped = wrap(keys, data_key, row_id.encode())
    row = {
        "id": row_id, "kind": "renew", "campaign": campaign.id, "token_hash": token_hash(link), "code_prefix": "",
        "code_mac": "", "kek": kek, "wrapped_key": wrapped,
        "sealed": seal(data_key, {"signature": signature}, row_id.encode()), "expires": NEVER,
    }  # fmt: skip
    return row, data_key


def _hold_records(connection: sa.Connection, signatures: Sequence[str]) -> set[str]:
    """Hold the records of these signatures until the transaction ends, and return which there are: who erases waits."""
    chosen = sa.select(record.c.signature).where(record.c.signature.in_(sorted(signatures)))
    return set(connection.scalars(chosen.order_by(record.c.signature).with_for_update()))


def _note(connection: sa.Connection, campaign: CampaignView, way: str, asked: list[tuple[str, str]]) -> set[str]:
    """Note who is asked, and return those who were not before."""
    if not asked:
        return set()
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(renewal).on_conflict_do_nothing().returning(renewal.c.signature)
    same = {"campaign": campaign.id, "replaced": campaign.replaced, "way": way}
    return set(connection.scalars(statement, [same | {"signature": one, "pending": row} for one, row in asked]))
