"""Approving a letter: what two people are shown, who is barred, and what happens (LETTERS.md section 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.queries import campaign_by_id
from service.errors import NotFound
from service.eventlog.base import Recorded
from service.eventlog.log import PetitionLog
from service.letters.administrative_way import way_is_untried
from service.letters.aggregate import Letter
from service.letters.annex import read_file_list
from service.letters.authors import authors_of
from service.letters.commands import ApproveLetter
from service.letters.composition import LetterInput
from service.letters.events import LetterComposed, LetterEvent
from service.letters.rests_on import Campaign, RestsOn, words_of
from service.letters.template import Template
from service.store.gates import hold_gate
from service.store.tables import addressee

ANY_TWO = frozenset({"who asks", "who approves"})  # stand for those who will: no account has such an id


def composed_letter(log: PetitionLog, letter_id: str) -> LetterComposed:
    """Return a letter as last composed. :raises NotFound: if there is none."""
    return made_of(load_letter(log, letter_id))


def barred(connection: sa.Connection, log: PetitionLog, letter_id: str) -> set[str]:
    """Return who wrote or composed a letter: they may ask for it to be approved, another person decides."""
    return set(authors_of(connection, composed_letter(log, letter_id)).all)


def describe_approval(connection: sa.Connection, log: PetitionLog, letter_id: str, pdf: str, today: str) -> list[str]:
    """Return what an approval would mean, with every figure and hash.

    :raises Refused: if the letter could not be approved now.
    :raises NotFound: if there is no such letter.
    """
    letter = load_letter(log, letter_id)
    made = made_of(letter)
    letter.approve(pdf, ANY_TWO, _approval_rests_on(connection, log, made, today), today)
    campaign = campaign_by_id(connection, made.campaign)
    authors = authors_of(connection, made)
    stamps = _stamps(connection, made)
    return [
        f"Letter {letter_id} of {campaign.ref} ({made.kind}, {made.language}) to {made.addressee} will be approved.",
        f"It claims {made.active} signatures at log size {made.at_size} and names {made.named} of them.",
        *_said_of_names(made),
        f"Appeal's text {made.text}, addressee's record {made.record}.",
        f"PDF {made.pdf}, {made.pdf_bytes} bytes; plain text {made.plain}; annex {made.annex}; made from {made.input}.",
        *(f"Stamped on every page ({language}): {stamp}" for language, stamp in sorted(stamps.items())),
        f"Composed on {made.day} by {_named(authors.composed)}.",
        f"Its text and wordings were written by {_named(authors.wrote)}.",
        "Its documents become public for good.",
    ]


def _named(accounts: frozenset[str]) -> str:
    return ", ".join(sorted(accounts)) or "nobody who is known"


def _said_of_names(made: LetterComposed) -> list[str]:
    if not made.named:
        return []
    return [
        f"Annex B, the names and countries of these {made.named}, commitment {made.names}: whoever leaves it until the "
        "hand-over is left out, nobody is added. Its addressee alone gets it, by a link that two people decide on."
    ]


def approve_letter(command: ApproveLetter, log: PetitionLog, connection: sa.Connection) -> None:
    """Append the approval and show the letter's documents to everybody, inside a running `log.transaction()`.

    :raises Refused: if fewer than two people did, each of the two wrote or composed it, something that the letter rests
        on changed, a version of it is not reviewed, or it goes to the Turkish parliament too early.
    :raises DocumentGone: if its list of files was taken down.
    """
    campaign = campaign_by_id(connection, composed_letter(log, command.letter).campaign)
    hold_gate(connection, campaign.number)
    day = log.day(connection, command.now)  # from here nobody else changes the letter or its record
    letter = load_letter(log, command.letter)
    made = made_of(letter)
    event = letter.approve(command.pdf, command.approvers, _approval_rests_on(connection, log, made, day), day)
    log.save(Recorded(event.stream, letter.version + 1, event))
    documents.make_public(connection, _documents(connection, made))


def load_letter(log: PetitionLog, letter_id: str) -> Letter:
    """Return a letter as its events left it; inside a transaction, as of that transaction."""
    return Letter.load(letter_id, (cast(LetterEvent, one.event) for one in log.stream(letter_id)))


def made_of(letter: Letter) -> LetterComposed:
    """Return a letter as last composed. :raises NotFound: if it never was."""
    if letter.composed is None:
        raise NotFound(f"There is no letter {letter.id}: `petition letter list` shows those there are.")
    return letter.composed


def rests_on(connection: sa.Connection, made: LetterComposed) -> RestsOn:
    """Return what an approval rests on beside the letter itself, as the exact rows have it."""
    campaign = campaign_by_id(connection, made.campaign)
    row = connection.execute(sa.select(addressee).where(addressee.c.id == made.addressee)).mappings().one()
    return RestsOn(Campaign(campaign.state, campaign.text, campaign.is_at_risk), row["hash"], row["status"])


def _approval_rests_on(connection: sa.Connection, log: PetitionLog, made: LetterComposed, day: str) -> RestsOn:
    """Return also what only an approval asks for: texts that were read, by whom they were written, what was tried."""
    is_shown = campaign_by_id(connection, made.campaign).settings.get("demonstration")
    stamps = {} if is_shown else _stamps(connection, made)
    return replace(
        rests_on(connection, made),
        stamps=tuple(f"{language} ({stamp})" for language, stamp in sorted(stamps.items())),
        way_is_untried=way_is_untried(connection, log, made, day),
        authors=authors_of(connection, made).all,
        words=words_of(made.text, LetterInput.read(documents.get(connection, made.input).bytes()).wordings),
    )


def _stamps(connection: sa.Connection, made: LetterComposed) -> dict[str, str]:
    return Template.read(documents.get(connection, made.template).bytes()).stamps


def _documents(connection: sa.Connection, made: LetterComposed) -> set[str]:
    """Return all that a letter consists of and was made from: docs/log_format.md section 7.6."""
    listed = read_file_list(documents.get(connection, made.annex).bytes()).values()
    wordings = LetterInput.read(documents.get(connection, made.input).bytes()).wordings.values()
    return {made.pdf, made.plain, made.annex, made.input, made.template, made.fonts, *listed, *wordings}
