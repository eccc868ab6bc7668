"""Annex B: the names of those who let the addressee know them, as one file that the log commits to.

Format: docs/log_format.md section 11. It is never kept: it is made from the sealed records each time, so that whoever
is erased is in none that is made later.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, campaign_by_id
from service.errors import Refused
from service.eventlog.log import PetitionLog
from service.letters.aggregate import Letter
from service.letters.approval import load_letter, made_of
from service.letters.events import LetterComposed
from service.letters.rests_on import Campaign
from service.readmodel.tables import live
from service.signatures.queries import NamedSigner, signers_still_named, signers_to_name
from service.vault.annexes import Annex, annex_of, settle_annex
from service.vault.commitments import names_commitment, new_opening_value
from service.vault.keys import Keys
from service.vault.records import record_bytes
from service.vault.tables import letter_annex, letter_name, letter_package

LEAST = 5  # names, if any: docs/log_format.md section 7.6
SETTLED_IN = ("approved", "handed_over", "failed", "uncertain", "accepted", "acknowledged", "overdue", "answered")


@dataclass(frozen=True)
class Naming:
    """An annex B as made: who is in it, its opening value, its file, and the commitment to that."""

    signers: list[NamedSigner]
    r: str  # base64url
    file: bytes

    @property
    def commitment(self) -> str:
        """Return what the log says of it: nothing, if it names nobody."""
        return names_commitment(_unpacked(self.r), self.file) if self.signers else ""


def least_named(campaign: CampaignView) -> int:
    """Return how many an annex B names at least, if it names anybody: few would stand out."""
    return max(campaign.rules.tally_min, LEAST)


def name_signers(
    connection: sa.Connection, keys: Keys, campaign: CampaignView, letter: Letter, of: tuple[int, str]
) -> Naming:
    """Return annex B of a letter that is composed now; `of`: the log size, and the hash of what counsel reads of it.

    :raises Refused: if nobody may be named, at risk because counsel or two people did not say so, or too few chose it.
    """
    if campaign.forgets:
        raise Refused("this appeal forgets names when they confirm: nobody can be named")
    at_size, words = of
    letter.refuse_names(Campaign(campaign.state, campaign.text, campaign.is_at_risk), words)
    made = make_naming((letter.id, campaign.id, at_size), signers_to_name(connection, keys, campaign, campaign.text))
    if len(made.signers) < (least := least_named(campaign)):
        raise Refused(
            f"{len(made.signers)} signers let the addressee know their name: fewer than {least} would stand out"
        )
    return made


def make_naming(of: tuple[str, str, int], signers: Iterable[NamedSigner], r: str = "") -> Naming:
    """Return an annex B; `of`: letter, campaign and log size. With another opening value unless one is given."""
    found, r = list(signers), r or base64.urlsafe_b64encode(new_opening_value()).rstrip(b"=").decode()
    openings = [{"entry": one.member.entry, **one.opening} for one in found]
    letter, campaign, at_size = of
    said = {"at_size": at_size, "campaign": campaign, "letter": letter, "openings": openings, "r": r, "v": 1}
    return Naming(found, r, record_bytes(said))


def naming_of(connection: sa.Connection, keys: Keys, made: LetterComposed, annex: Annex) -> Naming:
    """Return a letter's annex B as it can be made now, with the opening value that it has."""
    signers = signers_still_named(connection, keys, made.letter)
    return make_naming((made.letter, made.campaign, made.at_size), signers, annex.r)


def settle_names(log: PetitionLog, keys: Keys, now: datetime) -> int:
    """Make annex B anew wherever somebody left it, or it was not looked at since; return how many were settled.

    A letter is handed over only after that. Of one that would name too few, nobody is named any more.
    """
    unsettled = letter_annex.c.version != letter_annex.c.settled
    joined = letter_annex.join(live.letter, live.letter.c.id == letter_annex.c.letter)
    locked = sa.select(letter_package.c.letter).where(letter_package.c.locked)  # its annex is over
    waits = unsettled & live.letter.c.state.in_(SETTLED_IN) & letter_annex.c.letter.not_in(locked)
    chosen = sa.select(letter_annex.c.letter).select_from(joined).where(waits)
    with log.database.read() as connection:
        letters = connection.scalars(chosen.order_by(letter_annex.c.letter)).all()
    return sum(_settle(log, keys, letter, now) for letter in letters)


def _settle(log: PetitionLog, keys: Keys, letter_id: str, now: datetime) -> bool:
    with log.database.read() as connection:
        annex = annex_of(connection, keys, letter_id)
        made = made_of(load_letter(log, letter_id))
        if annex is None:
            return False
        found = naming_of(connection, keys, made, annex)
        if len(found.signers) < least_named(campaign_by_id(connection, made.campaign)):
            found = make_naming((made.letter, made.campaign, made.at_size), [])
        leaves = _members(connection, letter_id) - {one.member.signature for one in found.signers}
        if leaves:  # under another opening value: who holds one list cannot test guesses about an earlier one
            found = make_naming((made.letter, made.campaign, made.at_size), found.signers)
    with log.transaction() as connection:
        day = log.day(connection, now)
        letter = load_letter(log, letter_id)
        if not settle_annex(connection, keys, annex, found.r if found.signers else "", sorted(leaves)):
            return False  # somebody left meanwhile: the next pass looks again
        if (letter.names.commitment or "") != found.commitment:
            event = letter.reduce_names(len(found.signers), found.commitment, day)
            log.append(event, letter.version + 1)
    return True


def _members(connection: sa.Connection, letter_id: str) -> set[str]:
    named = (letter_name.c.letter == letter_id) & letter_name.c.is_named
    return set(connection.scalars(sa.select(letter_name.c.signature).where(named)))


def _unpacked(r: str) -> bytes:
    return base64.urlsafe_b64decode(r + "==")
