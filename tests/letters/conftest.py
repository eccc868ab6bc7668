"""A log with the example appeal open for signatures, and verbs to let things happen in it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.archive import documents
from service.campaigns import projection as campaigns_projection
from service.campaigns.events import CampaignOpened, Rules, TallyPublished, TextReplaced
from service.clock import FixedClock
from service.eventlog.base import Event, Recorded
from service.eventlog.canonical import canonical
from service.eventlog.log import PetitionLog
from service.letters import projection as letters_projection
from service.letters.addressees import import_addressees
from service.letters.commands import ComposeLetter
from service.letters.events import LetterComposed
from service.letters.handlers import PublishTally, compose_letter
from service.publishing import leaves
from service.readmodel.runner import Runner
from service.signatures import projection as signatures_projection
from service.signatures.events import SignatureRecorded, SignatureWithdrawn
from service.store.database import Database
from service.store.tables import campaign, campaign_text
from tests.installation import Installation, install
from tests.letters.examples import APPEAL, appeal_of

CAMPAIGN, BASE_URL = "c_EXAMPLE123", "https://petitions.example.org"
TEXT_TYPE = "text/plain; charset=utf-8"


def append_no_tally(ref: str, now: datetime) -> None:
    """Leave tallies to the tests: nobody here has a record to count."""


@dataclass
class Appeal:
    """The example appeal in a database."""

    database: Database
    log: PetitionLog
    clock: FixedClock
    text: str = ""
    publish_tally: PublishTally = append_no_tally
    versions: dict[str, int] = field(default_factory=dict)

    def append(self, *events: Event) -> None:
        """Append events to their streams and let the read models follow."""
        for event in events:
            self.versions[event.stream] = self.versions.get(event.stream, 0) + 1
            with self.log.transaction():
                self.log.save(Recorded(event.stream, self.versions[event.stream], event))
        self.follow()

    def follow(self) -> None:
        """Let the read models catch up."""
        projections = (leaves.apply, campaigns_projection.apply, signatures_projection.apply, letters_projection.apply)
        Runner(self.log, projections).catch_up()

    def opens(self, *, demonstration: bool = True, **rules: Any) -> None:
        """Open the appeal."""
        made = Rules(
            **{
                "risk": "ordinary",
                "unique": "hmac/1",
                "batch_min": 1,
                "batch_max_s": 0,
                "retention": "close+30d",
                "tally_min": 5,
                **rules,
            }
        )
        with self.log.transaction() as connection:
            self.text, appeal = self._text(connection)
            settings = {
                "letters": appeal_letters(),
                "appeal": appeal,
                "demonstration": demonstration,
                "languages": ["en", "tr"],
            }
            row = {"id": CAMPAIGN, "ref": "istanbul-two", "state": "open", "text": self.text, "wording": "c" * 64}
            row |= {"opens": "2026-03-01", "closes": "2026-05-30", "risk": made.risk}
            row |= {"rules": canonical(made).decode(), "settings": json.dumps(settings)}
            connection.execute(sa.insert(campaign).values(row))
            self._wordings(connection)
        import_addressees(APPEAL / "addressees.toml", self.log, self.clock.now(), verified=demonstration)
        self.append(
            CampaignOpened(
                day="2026-03-02",
                campaign=CAMPAIGN,
                text=self.text,
                wording="c" * 64,
                language="en",
                opens="2026-03-01",
                closes="2026-05-30",
                addressees=["tr-anayasa-mahkemesi"],
                rules=made,
            )
        )

    def signed_by(self, *signatures: str) -> None:
        """Let supporters sign the current text."""
        self.append(
            *(
                SignatureRecorded(
                    day="2026-03-02",
                    campaign=CAMPAIGN,
                    signature=token(name),
                    commitment="A" * 43,
                    text=self.text,
                    wording="c" * 64,
                    method="email/1",
                )
                for name in signatures
            )
        )

    def withdrawn_by(self, signature: str) -> None:
        """Let a supporter withdraw."""
        self.append(SignatureWithdrawn(day="2026-03-02", campaign=CAMPAIGN, signature=token(signature)))

    def tally(self, **figures: Any) -> None:
        """Publish a tally."""
        zeros = {"outdated": 0, "withdrawn": 0, "invalidated": 0, "erased": 0}
        self.append(
            TallyPublished(**{"day": "2026-03-02", "campaign": CAMPAIGN, "text": self.text, **zeros, **figures})
        )

    def replaces_text(self) -> None:
        """Replace the text, in the log and in the campaign's row."""
        with self.log.transaction() as connection:
            new = documents.put(
                connection, b'+++\nformat = "undersigned-text/1"\n+++\n\nNew.\n', TEXT_TYPE, public=True
            )
            connection.execute(sa.update(campaign).values(text=new))
        self.append(TextReplaced(day="2026-03-02", campaign=CAMPAIGN, text=new, replaces=self.text))

    def composes(self, letter: str, again: str = "") -> str:
        """Compose a letter and return its id."""
        made = compose_letter(
            ComposeLetter("istanbul-two", letter, "example", self.clock.now(), again),
            self.log,
            BASE_URL,
            self.publish_tally,
        )
        self.follow()
        return made

    def composed(self, letter_id: str) -> LetterComposed:
        """Return the event of a letter as last composed."""
        found = self.log.stream(letter_id)[-1].event
        assert isinstance(found, LetterComposed)
        return found

    def document(self, hash: str) -> documents.Document:
        """Return a document of the archive."""
        with self.database.read() as connection:
            return documents.get(connection, hash)

    def _text(self, connection: sa.Connection) -> tuple[str, str]:
        organizer = {"name": "Demonstration Organizer (not a real organisation)", "address": [], "signed_by": ""}
        appeal = documents.put(
            connection, canonical({**appeal_of(), "organizer": organizer}), "application/json", public=True
        )
        head = f'format = "undersigned-text/1"\nref = "istanbul-two"\nappeal = "{appeal}"\nlanguage = "en"'
        text = f"+++\n{head}\n+++\n\nWe, the undersigned.\n"
        return documents.put(connection, text.encode(), TEXT_TYPE, public=True), appeal

    def _wordings(self, connection: sa.Connection) -> None:
        for path in sorted((APPEAL / "letters").glob("*.md")):
            kind, language = path.name.split(".")[:2]
            found = documents.put(connection, path.read_bytes(), TEXT_TYPE, public=False)
            row = {"campaign": CAMPAIGN, "kind": f"letter:{kind}", "language": language, "hash": found}
            row |= {
                "state": "machine" if language == "tr" else "draft",
                "translates": "" if language == "en" else "e" * 64,
            }
            connection.execute(sa.insert(campaign_text).values(row))


def changes(appeal: Appeal, **settings: Any) -> None:
    """Change what the appeal says of its letters."""
    with appeal.database.write() as connection:
        row = json.loads(connection.execute(sa.select(campaign.c.settings)).scalar_one())
        connection.execute(sa.update(campaign).values(settings=json.dumps(row | settings)))


def token(name: str) -> str:
    """Return a signature's id made of one letter."""
    return name * 21 + "A"


def appeal_letters() -> list[dict[str, Any]]:
    """Return the letters of the example appeal, and one with a register."""
    letters = tomllib.loads((APPEAL / "appeal.toml").read_text())["letters"]
    return [*letters, {**letters[0], "id": "L9", "annex": "register"}]


@pytest.fixture
def appeal(database: Database, clock: FixedClock) -> Appeal:
    """Return the example appeal, not opened yet."""
    return Appeal(database, PetitionLog(database), clock)


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return a prepared installation with the example appeal open."""
    made = install(database, tmp_path, clock)
    yield made
    made.services.database.dispose()
