"""The link that was lost: finds a supporter's own pages again, without telling anybody else whether there are any."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.outbox.queue import message_row
from service.signatures.codes import code_mac, code_prefix, new_code
from service.signatures.confirmation import SignRow
from service.signatures.fingerprint import norm, token
from service.signatures.handlers import HOUR_S, LINK_HOURS, MailRequest, SigningDesk
from service.signatures.rows import load_pending, opened_pending, token_hash
from service.store.tables import mine
from service.store.tables import signature as signature_table
from service.vault.campaign_keys import campaign_keys
from service.vault.sealing import new_key, seal, wrap


@dataclass(frozen=True)
class OwnPage:
    """A link to a supporter's own page for one campaign."""

    campaign: str
    token: str


def request_own_link(email: str, language: str, now: datetime, desk: SigningDesk) -> None:
    """Store one request and one mail, whatever the address has signed: nothing is looked up here.

    :raises Busy: if too much waits.
    """
    link, code, row_id, data_key = secrets.token_urlsafe(32), new_code(), secrets.token_urlsafe(16), new_key()
    now_s = int(now.timestamp())
    expires_s = -(-(now_s + LINK_HOURS * HOUR_S) // HOUR_S) * HOUR_S
    kek, wrapped = wrap(desk.keys, data_key, row_id.encode())
    message = desk.mail(MailRequest(None, language, email, link, code))
    row = {
        "id": row_id, "kind": "mine", "campaign": "", "token_hash": token_hash(link),
        "code_prefix": code_prefix(code), "code_mac": code_mac(desk.keys.mac, code), "kek": kek, "wrapped_key": wrapped,
        "sealed": seal(data_key, {"norm": norm(email)}, row_id.encode()), "expires": expires_s,
    }  # fmt: skip
    desk.writer.run("sign", SignRow(row, message_row(row_id, data_key, message, now_s, now_s + LINK_HOURS * HOUR_S)))


def own_pages(row_id: str, now: datetime, desk: SigningDesk) -> list[OwnPage]:
    """Return a fresh link for each signature of the mailbox behind a request; none is a good answer, too.

    Tries the address under each unsealed campaign's key: the button is in the mailbox, so only its holder learns.

    :raises LinkUnknown: if the request has expired.
    """
    with desk.database.write() as connection:
        address = opened_pending(desk.keys, load_pending(connection, row_id, now))["norm"]
        found = []
        for campaign, key in campaign_keys(connection, desk.keys).items():
            signature = token(key, campaign, address)
            if _exists(connection, signature):
                found.append(OwnPage(campaign, _new_page(connection, signature, campaign)))
        return found


def _exists(connection: sa.Connection, signature: str) -> bool:
    chosen = sa.select(signature_table.c.id).where(signature_table.c.id == signature)
    return connection.execute(chosen).first() is not None


def _new_page(connection: sa.Connection, signature: str, campaign: str) -> str:
    fresh = secrets.token_urlsafe(32)
    connection.execute(sa.insert(mine).values(token_hash=token_hash(fresh), signature=signature, campaign=campaign))
    return fresh
