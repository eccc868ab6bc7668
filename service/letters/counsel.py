"""What counsel says of a letter: that they read a court's, that signers at risk may be named (LETTERS.md 1.2, 5).

It holds for the words that counsel read: with another text or wording it has to be asked for again.
"""

from __future__ import annotations

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.queries import campaign_by_id
from service.errors import Refused
from service.eventlog.log import PetitionLog
from service.letters.aggregate import APPROVALS_MIN, Letter
from service.letters.approval import load_letter, made_of, rests_on
from service.letters.commands import AllowNames, RecordCounsel
from service.letters.composition import COURT_KIND, LetterInput
from service.letters.events import CounselOn, LetterComposed, LetterCounselRecorded, LetterNamesAllowed
from service.letters.evidence import Kept, keep_record
from service.letters.rests_on import Campaign, words_of
from service.vault.keys import Keys


def record_counsel(command: RecordCounsel, log: PetitionLog, keys: Keys) -> None:
    """Append that counsel said yes to a letter as composed, with who that is sealed as evidence.

    :raises Refused: if nobody is named, the letter is not composed, its text changed, or it does not need this.
    :raises NotFound: if there is no such letter.
    """
    if not command.who.strip():
        raise Refused("say who counsel is: it is kept sealed")
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        made = made_of(letter)
        _refuse_unready(letter, rests_on(connection, made).campaign)
        _refuse_unneeded(made, command.about, rests_on(connection, made).campaign)
        record = {"about": command.about, "counsel": command.who, "entered_by": command.actor}
        record |= command.scan.as_fields() if command.scan else {}
        evidence = keep_record(connection, keys, Kept(letter.id, "counsel", day), record)
        event = LetterCounselRecorded(
            day=day, letter=letter.id, about=command.about, words=_words(connection, made), evidence=evidence
        )
        log.append(event, letter.version + 1)


def describe_names(command: AllowNames, log: PetitionLog, connection: sa.Connection) -> list[str]:
    """Return what it would mean to name signers at risk.

    :raises Refused: if counsel has not consented to it with these words, the letter is not composed, or its text
        changed.
    """
    letter, made, words = _allowed(command, log, connection, APPROVALS_MIN)
    return [
        f"Letter {letter.id} of {campaign_by_id(connection, made.campaign).ref} to {made.addressee} may name signers, "
        "although they may be at risk.",
        "Only those who let the addressee know their name are named, and in annex B alone, which nobody else gets.",
        f"Counsel consents to it; `petition letter evidence {letter.id}` shows who. Words that counsel read: {words}.",
        "Then it is composed again with --names, and two people approve that.",
    ]


def allow_names(command: AllowNames, log: PetitionLog, connection: sa.Connection) -> None:
    """Append that two people let a letter name signers at risk, inside a running `log.transaction()`.

    :raises Refused: if fewer than two did, or it could not be described.
    """
    day = log.day(connection, command.now)
    letter, _, words = _allowed(command, log, connection, command.approvals)
    event = LetterNamesAllowed(day=day, letter=letter.id, words=words, approvals=command.approvals)
    log.append(event, letter.version + 1)


def composed_words(log: PetitionLog, connection: sa.Connection, letter_id: str) -> str:
    """Return the hash of the words of a letter as last composed. :raises NotFound: if there is none."""
    return _words(connection, made_of(load_letter(log, letter_id)))


def _allowed(
    command: AllowNames, log: PetitionLog, connection: sa.Connection, approvals: int
) -> tuple[Letter, LetterComposed, str]:
    letter = load_letter(log, command.letter)
    made = made_of(letter)
    campaign, words = rests_on(connection, made).campaign, _words(connection, made)
    _refuse_unready(letter, campaign)
    _refuse_unneeded(made, "names", campaign)
    if approvals < APPROVALS_MIN:
        raise Refused("two people let a letter name signers at risk")
    if command.words != words:
        raise Refused(f"the letter {letter.id} was composed again with other words: ask for them")
    if letter.counsel.get("names") != words:
        raise Refused(
            f"counsel has not consented to names in {letter.id} with these words: enter it once they have "
            f"(`petition letter counsel {letter.id} --about names --who … --as ACCOUNT`)"
        )
    return letter, made, words


def _words(connection: sa.Connection, made: LetterComposed) -> str:
    return words_of(made.text, LetterInput.read(documents.get(connection, made.input).bytes()).wordings)


def _refuse_unready(letter: Letter, campaign: Campaign) -> None:
    if letter.state != "composed" or letter.composed is None:
        raise Refused(f"the letter {letter.id} is {letter.state.replace('_', ' ')}: this needs one that is composed")
    if letter.composed.text != campaign.text:
        raise Refused("the appeal's text changed since: compose the letter again, so that counsel reads what will go")


def _refuse_unneeded(made: LetterComposed, about: CounselOn, campaign: Campaign) -> None:
    if about == "review" and made.kind != COURT_KIND:
        raise Refused(f"counsel's review is asked for of a {COURT_KIND}, and {made.letter} is a {made.kind}")
    if about == "names" and not campaign.is_at_risk:
        raise Refused("the signers of this appeal are not at risk: whoever let the addressee know can be named")
