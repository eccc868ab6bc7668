"""The link by which an addressee fetches annex B: two people decide on it, and its token is stored nowhere.

The token is made from a random value in the row and the server key, so that the covering mail and the slip can be
written later; the database holds its SHA-256.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from service.errors import NotFound, Refused
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters.aggregate import APPROVALS_MIN, Letter
from service.letters.approval import load_letter, made_of
from service.vault.keys import Keys
from service.vault.tables import letter_package

NONCE_BYTES = 32
LINKED_IN = ("approved", "failed", "handed_over", "accepted", "acknowledged", "overdue")
LOCKED_AFTER_DAYS = 30  # after it was first fetched: PRIVACY.md section 2
_ROW = sa.select(
    *(column for column in letter_package.c if column is not letter_package.c.sealed),
    letter_package.c.sealed.is_not(None).label("has_file"),
)


@dataclass(frozen=True)
class LinkPackage:
    """Let the addressee of a letter fetch annex B as it was approved."""

    letter: str
    names: str  # the commitment that two people saw
    approvals: int


def describe_link(connection: sa.Connection, log: PetitionLog, command: LinkPackage) -> list[str]:
    """Return what the link would mean. :raises Refused: if the letter is not approved, names nobody, or has a link."""
    letter = load_letter(log, command.letter)
    _demand_linkable(connection, letter, command.names)
    made = made_of(letter)
    return [
        f"A link is made by which {made.addressee} fetches annex B of {letter.id}.",
        f"It was approved with {made.named} names, commitment {made.names}; whoever left it since is left out.",
        "The link goes into the covering mail, or on a slip: who holds it gets the names.",
        f"Each access is recorded. Once the addressee says that it arrived, or {LOCKED_AFTER_DAYS} days after the "
        "first access, it is locked, and annex B is destroyed here.",
    ]


def make_link(connection: sa.Connection, log: PetitionLog, keys: Keys, command: LinkPackage) -> None:
    """Make the link, inside a running `log.transaction()`.

    :raises Refused: if fewer than two people decided, or it could not be described.
    """
    if command.approvals < APPROVALS_MIN:
        raise Refused("two people decide on the link to annex B")
    letter = load_letter(log, command.letter)
    _demand_linkable(connection, letter, command.names)
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    row = {"letter": letter.id, "campaign": made_of(letter).campaign, "nonce": nonce, "version": 0, "named": 0}
    row |= {"token_hash": document_hash(_token(keys, nonce).encode()), "opened": 0, "opened_at": 0, "locked": False}
    connection.execute(sa.insert(letter_package).values(row))


def demand_link(connection: sa.Connection, letter: Letter) -> None:
    """Check that a letter with names has the link that they are fetched by. :raises Refused: if it has none."""
    if letter.names.named and _row(connection, letter.id) is None:
        raise Refused(
            f"{letter.id} names {letter.names.named} signers, whom its addressee gets by a link: ask for it first "
            f"(`petition letter link {letter.id}`)"
        )


def link_of(connection: sa.Connection, keys: Keys, letter_id: str, base_url: str) -> str:
    """Return the address by which a letter's names are fetched, or "" if it has none."""
    row = _row(connection, letter_id)
    return "" if row is None or row["locked"] else f"{base_url.rstrip('/')}/package/{_token(keys, row['nonce'])}"


def has_link(connection: sa.Connection, letter_id: str) -> bool:
    """Return whether a letter's package waits behind a link that still opens it."""
    row = _row(connection, letter_id)
    return row is not None and not row["locked"]


def row_of_token(connection: sa.Connection, token: str, *, lock: bool = False) -> sa.RowMapping:
    """Return the row behind a link, without the file, which may be large. :raises NotFound: if there is none."""
    chosen = _ROW.where(letter_package.c.token_hash == document_hash(token.encode()))
    row = connection.execute(chosen.with_for_update() if lock else chosen).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no package at this address.")
    return row


def _demand_linkable(connection: sa.Connection, letter: Letter, names: str) -> None:
    made = made_of(letter)
    if letter.state not in LINKED_IN:
        raise Refused(f"the letter {letter.id} is {letter.state.replace('_', ' ')}: it has to be approved first")
    if not made.named or made.names != names:
        raise Refused(f"the letter {letter.id} names nobody, or was composed again: see `petition letter list`")
    if _row(connection, letter.id) is not None:
        raise Refused(f"{letter.id} has a link already: `petition letter slip {letter.id}` shows it")


def _row(connection: sa.Connection, letter_id: str) -> sa.RowMapping | None:
    return connection.execute(_ROW.where(letter_package.c.letter == letter_id)).mappings().one_or_none()


def _token(keys: Keys, nonce: str) -> str:
    return keys.mac("package-token", nonce.encode()).hex()
