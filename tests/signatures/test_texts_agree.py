"""Whatever becomes of a text, the service, its rebuild and the auditor say the same of who stands for the current one.

Texts are corrected and replaced, also by ones that stood before, while people sign, renew, withdraw and are asked, and
signatures are found false and reinstated. No count ever falls without an event that says why.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from service.audit.replay import replay
from service.campaigns.queries import history
from service.clock import FixedClock
from service.errors import LinkUnknown, TextChanged
from service.eventlog.catalogue import encode
from service.readmodel.rebuild import rebuild
from service.readmodel.standing import corrected_into
from service.readmodel.tables import live
from service.signatures.commands import RenewSignature
from service.signatures.renewal import ask_due, renewal_by_button
from service.signatures.renewing import renew_signature
from service.signatures.rows import find_mine, load_signature
from service.store.database import Database, open_database
from service.store.tables import renewal
from service.vault.keys import Keys
from tests.postgres import Cluster
from tests.signatures.conftest import CAMPAIGN, ORDINARY, PROJECTIONS, TEXT, Signing, make_signing
from tests.signatures.judging import accuses, decided, decides, entry_of, takes_back

TEXTS = [TEXT, *(letter * 64 for letter in "ef0")]
FIRST = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LAST = FIRST + timedelta(days=2)
FIGURES = ("active", "outdated", "withdrawn", "invalidated")
PEOPLE = st.integers(0, 4)


class Texts(RuleBasedStateMachine):
    """One campaign, four texts, five people."""

    fresh: Callable[[], tuple[Database, Path]]

    def __init__(self) -> None:
        super().__init__()
        self.database, self.folder = type(self).fresh()
        clock = FixedClock(FIRST)
        self.signing = make_signing(
            self.database, clock, Keys.create(self.folder / "keys", "petition.example/log"), ORDINARY
        )
        self.pages: dict[int, str] = {}
        self.forms: list[tuple[int, str, str]] = []  # person, text, link

    @rule(text=st.sampled_from(TEXTS), how=st.sampled_from(["correct", "replace"]))
    def the_text_changes(self, text: str, how: str) -> None:
        """Correct or replace the text, also by an earlier one."""
        if text != self.signing.campaign.text:
            self.signing.becomes(text, how)

    @rule(person=PEOPLE)
    def somebody_sends_the_form(self, person: int) -> None:
        """Send the form; it is confirmed later, or never."""
        text = self.signing.campaign.text
        self.forms.append((person, text, self.signing.signs(f"p{person}@example.org", text=text)))

    @precondition(lambda self: self.forms)
    @rule(data=st.data())
    def somebody_confirms(self, data: st.DataObject) -> None:
        """Press a mailed button: it works exactly if the form's text stands for the current one."""
        person, text, link = self.forms.pop(data.draw(st.integers(0, len(self.forms) - 1)))
        if self.signing.campaign.stands(text):
            self.pages[person] = self.signing.confirms(link)[1]
        else:
            with pytest.raises(TextChanged):
                self.signing.confirms(link)

    @precondition(lambda self: self.pages)
    @rule(data=st.data())
    def somebody_renews(self, data: st.DataObject) -> None:
        """Press the button of the own page."""
        person = data.draw(st.sampled_from(sorted(self.pages)))
        if self.state_of(person) != "active":
            with pytest.raises(LinkUnknown):
                renewal_by_button(self.signing.desk, self.pages[person], self.signing.clock.now())
            return
        row_id = renewal_by_button(self.signing.desk, self.pages[person], self.signing.clock.now())
        campaign = self.signing.campaign
        command = RenewSignature(row_id, self.pages[person], campaign.text, campaign.wording, self.signing.clock.now())
        assert renew_signature(command, self.signing.desk) in ("renewed", "already")

    @precondition(lambda self: self.pages)
    @rule(data=st.data())
    def somebody_withdraws(self, data: st.DataObject) -> None:
        """Withdraw."""
        person = data.draw(st.sampled_from(sorted(self.pages)))
        self.signing.leaves(self.pages.pop(person))

    def state_of(self, person: int) -> str:
        """Return the exact state of a person's signature."""
        with self.database.read() as connection:
            return load_signature(connection, find_mine(connection, self.pages[person])["signature"]).state

    @precondition(lambda self: self.pages)
    @rule(data=st.data())
    def two_people_find_some_false(self, data: st.DataObject) -> None:
        """Invalidate some of those whose links are known: active or not, current or not."""
        people = data.draw(st.sets(st.sampled_from(sorted(self.pages)), min_size=1))
        entries = [entry_of(self.signing, self.pages[person]) for person in sorted(people)]
        if any(self.state_of(person) == "active" for person in people):
            command = accuses(self.signing, entries, data.draw(st.sampled_from(["automated", "forged"])))
            active = sum(self.state_of(person) == "active" for person in people)
            assert decides(self.signing, command) == active

    @rule(data=st.data())
    def two_people_take_a_decision_back(self, data: st.DataObject) -> None:
        """Reinstate whatever a decision still holds."""
        held = [one for one in decided(self.signing) if one.stands]
        if held:
            one = data.draw(st.sampled_from(held))
            assert decides(self.signing, takes_back(self.signing, one.batch)) == one.stands

    @precondition(lambda self: self.signing.clock.moment < LAST)
    @rule()
    def a_day_passes(self) -> None:
        """Let the next day begin; mailed links are good for three."""
        self.signing.clock.moment += timedelta(days=1)

    @rule()
    def the_worker_asks(self) -> None:
        """Make the mails: at most one for each person and replacement, which the table's key says."""
        ask_due(self.signing.desk, self.signing.clock.now())

    @invariant()
    def all_agree(self) -> None:
        """Compare the counts of the service, of a rebuild, and of the auditor, and who stands."""
        self.signing.records()
        lines = [encode(entry.event) for entry in self.signing.log.entries(0, 10_000) if entry.is_public]
        report = replay(lines)
        assert report.errors == []
        found = report.campaigns[CAMPAIGN]
        told = {name: getattr(found, name) for name in FIGURES}
        assert self.signing.counts() == told
        assert sum(one.stands for one in decided(self.signing)) == told["invalidated"]
        campaign = self.signing.campaign
        with self.database.read() as connection:
            assert corrected_into(connection, live, CAMPAIGN, campaign.text) == campaign.carried
        assert found.text == campaign.text

    def every_day_agrees(self) -> None:
        """Compare each day's figures with a replay up to its log size; who ever signed only grows."""
        lines = [encode(entry.event) for entry in self.signing.log.entries(0, 10_000) if entry.is_public]
        with self.database.read() as connection:
            days = history(connection, CAMPAIGN)
        for row in days:
            found = replay(lines[: row.log_size]).campaigns[CAMPAIGN]
            assert {name: getattr(row, name) for name in FIGURES} == {name: getattr(found, name) for name in FIGURES}
        recorded = [row.recorded for row in days]
        assert recorded == sorted(recorded)
        assert [row.day for row in days] == sorted({row.day for row in days})

    def shown(self) -> tuple[object, ...]:
        """Return what pages show."""
        with self.database.read() as connection:
            return self.signing.counts(), history(connection, CAMPAIGN), decided(self.signing)

    def teardown(self) -> None:
        """Rebuild once at the end, and leave nothing behind."""
        self.every_day_agrees()
        before = self.shown()
        rebuild(self.signing.log, PROJECTIONS, lambda done, of: None)
        assert self.shown() == before
        with self.database.read() as connection:
            asked = connection.execute(sa.select(renewal.c.signature, renewal.c.replaced, renewal.c.way)).all()
        assert len(asked) == len(set(asked))
        self.database.dispose()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize(("dialect", "examples"), [("sqlite", 25), ("postgresql", 6)])
def test_service_rebuild_and_auditor_agree(
    dialect: str, examples: int, sqlite_template: Path, request: pytest.FixtureRequest
) -> None:
    def fresh() -> tuple[Database, Path]:
        folder = Path(tempfile.mkdtemp())
        if dialect == "sqlite":
            shutil.copy(sqlite_template, folder / "undersigned.db")
            return open_database(f"sqlite:///{folder}/undersigned.db"), folder
        cluster: Cluster = request.getfixturevalue("cluster")
        return open_database(cluster.url(cluster.create(request.getfixturevalue("postgresql_template")))), folder

    machine: Any = type("Fresh", (Texts,), {"fresh": staticmethod(fresh)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_text_that_comes_back_has_its_signers_again(signing: Signing) -> None:
    signing.joins()
    for text, counts in ((TEXTS[1], (0, 1)), (TEXT, (1, 0)), (TEXTS[1], (0, 1))):
        signing.becomes(text, "replace")
        signing.records()
        assert (signing.counts()["active"], signing.counts()["outdated"]) == counts
    signing.becomes(TEXT, "correct")  # from now on, who signs the other text stands for this one, too
    signing.becomes(TEXTS[2], "replace")
    signing.becomes(TEXT, "replace")
    assert signing.campaign.carried == {TEXTS[1]}
