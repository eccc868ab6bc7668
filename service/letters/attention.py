"""Letters that wait for people: what the worker cannot do more for, and what to run."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from service.letters.tables import letter_delivery
from service.readmodel.tables import live
from service.vault.tables import letter_erased

NEXT = {  # what a person does about a letter in this state
    "uncertain": "find out whether it went, then `petition letter resolve {id}`",
    "bounced": "correct the office's record, then compose it again, or `petition letter drop {id}`",
    "failed": "`petition letter send {id}` again, or `petition letter bundle {id}` for another way",
}

TELL = "somebody named in it was erased: tell its recipient (GDPR, Article 19), `petition letter erased`"


def waiting_for_people(connection: sa.Connection) -> list[str]:
    """Return a sentence for each letter that nobody but a person can help on its way."""
    letter = live.letter
    queued = sa.select(letter_delivery.c.letter).where(letter_delivery.c.mark != "done")
    chosen = sa.select(letter.c.id, letter.c.state).where(letter.c.state.in_(NEXT), letter.c.id.not_in(queued))
    rows = connection.execute(chosen.order_by(letter.c.entry)).all()
    waiting = [f"{row.id} is {row.state}: {NEXT[row.state].format(id=row.id)}" for row in rows]
    erased = sa.select(letter_erased.c.letter).distinct().order_by(letter_erased.c.letter)
    return waiting + [f"{letter_id}: {TELL}" for letter_id in connection.scalars(erased)]


def check_maildir(path: Path | None) -> str:
    """Return a sentence on where reports arrive. :raises FileNotFoundError: if that is no Maildir."""
    if path is None:
        return "reports on letters are not read (DSN_MAILDIR)"
    if not (path / "new").is_dir():
        raise FileNotFoundError(f"DSN_MAILDIR: {path} is no Maildir, it has no folder `new`")
    return f"reports on letters are read from {path}"
