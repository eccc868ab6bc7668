"""An installation with people who asked for news, and what is told to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import news_post
from service.campaigns.commands import PostUpdate, RecordOutcome
from service.campaigns.telling import post_update, record_outcome
from service.clock import FixedClock
from service.news.mixing import mix_due
from service.news.sending import mail_news
from service.store.database import Database
from service.store.mail_tables import subscriber
from tests.installation import REF, Installation, install

SUBJECT = "The hearing took place"
HEAD = {"format": "undersigned-news/1", "language": "en", "direction": "ltr", "title": SUBJECT}
BODY = "The court heard **both** sides.\n"


@dataclass
class Newsroom:
    """Verbs for those who ask for news and those who tell them."""

    at: Installation

    def joins(self, email: str, *, news: bool = True, lang: str = "en") -> str:
        """Sign and confirm; return the path of the supporter's own page."""
        before = self._links()
        self.at.signs(email, lang=lang, **({"news": "yes"} if news else {}))
        (link,) = self._links() - before
        answer = self.at.client().post(link, data={"action": "confirm"})
        assert answer.status_code == 303
        return answer.headers["Location"].partition("?")[0]

    def _links(self) -> set[str]:
        bodies = [body for _, _, body in self.at.mails()]
        return {link for body in bodies for link in re.findall(r"http://localhost(/confirm/[A-Za-z0-9_-]+)", body)}

    def tells(self, *translations: tuple[dict[str, str], str], **head: str) -> str:
        """Post an update, with heads and Markdown of its translations, and let the read models follow."""
        command = PostUpdate(REF, HEAD | head, BODY, "test", self.at.clock.now(), translations)
        document = post_update(command, self.at.services.log)
        self.at.records()
        return document

    def decides(self, outcome: str, **head: str) -> str:
        """Record what became of the matter."""
        command = RecordOutcome(REF, outcome, HEAD | head, BODY, "test", self.at.clock.now())
        document = record_outcome(command, self.at.services.log)
        self.at.records()
        return document

    def mixes(self) -> int:
        """Let a day pass and the worker mix."""
        self.at.clock.moment += timedelta(days=1)
        return mix_due(self.at.services.database, self.at.clock.now())

    def works(self) -> int:
        """Let the worker put what is due into the outbox, until nothing is."""
        made = 0
        while done := mail_news(news_post(self.at.services), self.at.clock.now()):
            made += done
        return made

    def news(self, email: str) -> list[EmailMessage]:
        """Return the mails of news that an address got."""
        self.at.mails()
        read = [message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
                for path in sorted(self.at.mail_folder.glob("*.eml"))]  # fmt: skip
        return [one for one in read if one["To"] == email and "List-Unsubscribe" in one]

    def leaving(self, email: str) -> str:
        """Return the path in the head of the newest news of an address."""
        found = re.fullmatch(r"<http://localhost(/unsubscribe/\S+)>", self.news(email)[-1]["List-Unsubscribe"])
        assert found
        return found[1]

    def rows(self) -> list[sa.RowMapping]:
        """Return the list of those who asked."""
        with self.at.services.database.read() as connection:
            return list(connection.execute(sa.select(subscriber)).mappings())


def make_newsroom(database: Database, folder: Path, clock: FixedClock, **changed: Any) -> Newsroom:
    """Return an installation for news."""
    return Newsroom(install(database, folder, clock, **changed))


@pytest.fixture
def room(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Newsroom]:
    """Return an ordinary appeal, on each kind of database."""
    found = make_newsroom(database, tmp_path, clock)
    yield found
    found.at.services.database.dispose()
