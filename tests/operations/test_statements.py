"""What a signature costs the database: every statement of a journey, the same with many signatures as with few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from service.operations.bench_fill import fill
from service.store.database import Database
from service.store.prepared import Prepared
from tests.installation import CONSENTED, REF, Installation
from tests.operations.conftest import Installs

SENT = f"/en/c/{REF}/sent"


@pytest.fixture
def installation(database: Database, installs: Installs, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Return an installation for whose pages no time passes: a busy one serves hundreds within a second."""
    for module in ("fresh", "standing", "kept"):
        monkeypatch.setattr(f"service.web.{module}.time", SimpleNamespace(monotonic=lambda: 100.0))
    return installs(database, PAGE_AGE_SECONDS="1")


@contextmanager
def statements(installation: Installation) -> Iterator[list[str]]:
    """Note what the database is asked, and each transaction that begins."""
    said: list[str] = []

    def note(*given: object) -> None:
        said.append(str(given[2]).split("(")[0].split(" WHERE")[0].strip())

    def rows(prepared: Prepared, connection: sa.Connection, **given: object) -> list[tuple[object, ...]]:
        note(None, None, "SELECT prepared")  # what is handed to the driver as it is has no event
        return asked(prepared, connection, **given)

    engine, asked = installation.services.database.engine, Prepared.rows
    sa.event.listen(engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prepared, "rows", rows)
        yield said
    sa.event.remove(engine, "before_cursor_execute", note)


def of_a_batch(installation: Installation, said: list[str]) -> list[str]:
    """Return what a batch says without what one database needs more than the other: gate and notification."""
    begin = "BEGIN" if installation.services.database.dialect == "postgresql" else "BEGIN IMMEDIATE"
    start = said.index(begin) if begin in said else len(said)
    batch = [one for one in said[start + 1 :] if not one.startswith("SELECT pg_")]
    del said[start:]
    return [" ".join(one.split()[:3]) for one in batch]


def test_the_statements_of_a_journey_are_counted(installation: Installation) -> None:
    visitor, fields = installation.client(), CONSENTED | {"full_name": "Ada Example"}
    found = []
    for name, others in (("first", 0), ("second", 0), ("third", 300)):  # the first one's pages are asked for
        fill(installation.services, others)
        form = installation.form() | fields | {"email": f"{name}@example.org"}
        with statements(installation) as signing:
            assert installation.posts(form).status_code == 303
            assert visitor.get(SENT).status_code == 200
        link = installation.link_for(f"{name}@example.org")
        with statements(installation) as showing:
            assert visitor.get(link).status_code == 200
        with statements(installation) as confirming:
            answer = visitor.post(link, data={"action": "confirm"})
        with statements(installation) as own_page:
            assert visitor.get(answer.headers["Location"]).status_code == 200
        batches = of_a_batch(installation, signing), of_a_batch(installation, confirming)
        found.append((batches, signing, len(showing), len(confirming), len(own_page)))
    assert found[1] == found[2]
    assert found[1] == (
        (
            ["INSERT INTO pending", "INSERT INTO outbox"],
            ["SELECT pending.id FROM", "SELECT signature.id, signature.version", "SELECT campaign.id, campaign.state,",
             "INSERT INTO signature", "INSERT INTO waiting", "INSERT INTO mine", "UPDATE pending SET",
             "DELETE FROM outbox", "INSERT INTO record"],
        ),
        [], 1, 1, 1,
    )  # fmt: skip


def test_who_confirms_a_second_form_is_looked_up_once_and_the_batch_is_decided_anew(installation: Installation) -> None:
    installation.signs("ada@example.org")
    first = installation.confirms("ada@example.org")
    before = installation.mails()
    installation.signs("ada@example.org")
    ((_, _, words),) = (mail for mail in installation.mails() if mail not in before)
    (link,) = re.findall(r"/confirm/[\w-]{43}", words)
    with statements(installation) as confirming:
        answer = installation.client().post(link, data={"action": "confirm"})
    begun = [one for one in confirming if one.startswith("BEGIN")]
    assert len(begun) == 2
    assert answer.headers["Location"] != first
    installation.records()
    assert installation.count()["active"] == 1
