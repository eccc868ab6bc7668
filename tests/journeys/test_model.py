"""Any sequence of what people and organizers do keeps the counts equal to a plain model: live, rebuilt and audited."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from service.audit.replay import replay
from service.campaigns.commands import CloseCampaign
from service.campaigns.handlers import close_campaign
from service.clock import FixedClock
from service.errors import CampaignNotOpen, LinkUnknown, Refused
from service.publishing.leaves import leaves
from service.readmodel.rebuild import rebuild
from service.store.database import Database, open_database
from service.store.schema import prepare_schema
from service.vault.keys import Keys
from tests.postgres import Cluster
from tests.signatures.conftest import CAMPAIGN, ORDINARY, PROJECTIONS, Signing, make_signing

PEOPLE = st.integers(0, 5)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Life(RuleBasedStateMachine):
    """A campaign and six people; `model` is what the count must be."""

    make_database: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database: Database = type(self).make_database(Path(self.folder.name))
        keys = Keys.create(Path(self.folder.name) / "keys", "petition.example/log")
        self.signing: Signing = make_signing(self.database, FixedClock(NOON), keys, ORDINARY)
        self.model: dict[int, str] = {}  # person -> active | withdrawn
        self.links: list[tuple[int, str]] = []
        self.pages: dict[str, int] = {}
        self.is_open = True

    def teardown(self) -> None:
        self.database.dispose()
        self.folder.cleanup()

    @rule(person=PEOPLE)
    def sign(self, person: int) -> None:
        if not self.is_open:
            with pytest.raises(CampaignNotOpen):
                self.signing.signs(f"p{person}@example.org")
            return
        self.links.append((person, self.signing.signs(f"p{person}@example.org")))

    @precondition(lambda self: self.links)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        person, link = data.draw(st.sampled_from(self.links))
        try:
            outcome, page = self.signing.confirms(link)
        except (LinkUnknown, CampaignNotOpen):
            return
        self.pages[page] = person
        if outcome in ("recorded", "renewed") and (person, link) not in self.used:
            self.model[person] = "active"
        self.used.add((person, link))

    @property
    def used(self) -> set[tuple[int, str]]:
        self.__dict__.setdefault("_used", set())
        return self.__dict__["_used"]

    @precondition(lambda self: self.pages)
    @rule(data=st.data(), withdraw=st.booleans(), erase=st.booleans())
    def leave(self, data: st.DataObject, withdraw: bool, erase: bool) -> None:
        page = data.draw(st.sampled_from(sorted(self.pages)))
        person = self.pages[page]
        try:
            self.signing.leaves(page, withdraw=withdraw, erase=erase)
        except (LinkUnknown, Refused):
            return
        if withdraw:
            self.model[person] = "withdrawn"

    @rule()
    def record(self) -> None:
        self.signing.records()

    @precondition(lambda self: self.is_open and len(self.model) > 2)
    @rule()
    def close(self) -> None:
        close_campaign(CloseCampaign("test", "organizer", "test", NOON), self.signing.log)
        self.is_open = False

    @rule()
    def rebuild(self) -> None:
        self.signing.records()
        rebuild(self.signing.log, PROJECTIONS, lambda done, of: None)

    @invariant()
    def counts_agree(self) -> None:
        self.signing.records()
        states = list(self.model.values())
        wanted = {
            "active": states.count("active"),
            "withdrawn": states.count("withdrawn"),
            "outdated": 0,
            "invalidated": 0,
        }
        assert self.signing.counts() == wanted
        report = replay(line for line in leaves(self.database))
        found = report.campaigns[CAMPAIGN]
        assert not report.errors, report.errors
        assert {name: getattr(found, name) for name in wanted} == wanted


def short(steps: int, examples: int) -> Any:
    """Return hypothesis settings without its own time limits: databases are slow on busy machines."""
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )


@pytest.mark.slow
def test_counts_equal_a_plain_model_on_sqlite() -> None:
    def make(folder: Path) -> Database:
        database = open_database(f"sqlite:///{folder}/model.db")
        prepare_schema(database)
        return database

    machine = type("LifeOnSqlite", (Life,), {"make_database": staticmethod(make)})
    run_state_machine_as_test(machine, settings=short(15, 15))  # type: ignore[no-untyped-call]


@pytest.mark.slow
def test_counts_equal_a_plain_model_on_postgresql(cluster: Cluster, postgresql_template: str) -> None:
    def make(folder: Path) -> Database:
        return open_database(cluster.url(cluster.create(postgresql_template)))

    machine = type("LifeOnPostgresql", (Life,), {"make_database": staticmethod(make)})
    run_state_machine_as_test(machine, settings=short(12, 10))  # type: ignore[no-untyped-call]
