"""Whatever happens in a campaign's life, service, rebuild, auditor and a plain model agree, and no promise is broken.

The short form is the same in each run; `MODEL_EXAMPLES=2000 ./petition test tests/life` is the long one, and random.
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from service.audit.merkle import Tree
from service.audit.replay import replay
from service.campaigns.news import news_of
from service.campaigns.queries import history
from service.clock import FixedClock
from service.eventlog.merkle import leaf_hash
from service.readmodel.rebuild import rebuild
from service.readmodel.standing import corrected_into
from service.readmodel.tables import live
from service.store.database import Database, open_database
from service.store.tables import erased_count, record, signature, waiting
from service.vault.keys import Keys
from tests.life.people import PEOPLE
from tests.life.steps import STEPS
from tests.life.world import World
from tests.postgres import Cluster
from tests.signatures.conftest import AT_RISK, CAMPAIGN, ORDINARY, PROJECTIONS, Signing, make_signing
from tests.signatures.judging import decided
from tests.signatures.tallying import KEPT_AT_RISK

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))
RULES = {"ordinary": ORDINARY, "at risk": AT_RISK, "at risk, records kept": KEPT_AT_RISK}
ORIGIN = "petition.example/log"
Fresh = Callable[[], tuple[Database, Callable[[], None]]]


class Life(RuleBasedStateMachine):
    """One campaign from its opening on, to which things of the table happen."""

    fresh: Fresh
    world: World | None = None

    @initialize(kind=st.sampled_from(sorted(RULES)), early=st.sampled_from([PEOPLE, 3, 0]))
    def opens(self, kind: str, early: int) -> None:
        """Open a campaign, which some sign on its first day: a life without people shows nothing."""
        self.database, self.leave = type(self).fresh()
        self.folder = Path(tempfile.mkdtemp())
        clock = FixedClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
        keys = Keys.create(self.folder / "keys", ORIGIN)
        self.world = World.begin(make_signing(self.database, clock, keys, RULES[kind]))
        for person in range(early):
            self.world.sends(person)
            self.world.confirms(self.world.model.forms[-1])

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """Draw one of the steps that make sense now."""
        assert self.world is not None
        possible = [step for step in STEPS if step.when(self.world)]
        named = [step.do.__name__ for step in possible for _ in range(step.often)]
        name = data.draw(st.sampled_from(named), "what happens")
        next(step for step in possible if step.do.__name__ == name).do(self.world, data)

    @invariant()
    def all_agree(self) -> None:
        """Compare everything with the model, the tables with their rebuild, and the log with its rules."""
        if self.world is None:
            return
        world, model = self.world, self.world.model
        world.works()
        assert world.signing.counts() == model.counts()
        assert exact_state(world) == {
            "waiting": model.waits,
            "records": len(model.kept),
            "erased": model.erased,
            "people": {} if model.state == "sealed" else Counter(one.state for one in model.pressed.values()),
            "campaign": (model.state, model.text, model.closes),
        }
        leaves = public_leaves(world.signing)
        report = replay(leaves)
        assert (report.errors, report.findings) == ([], [])
        found = report.campaigns[CAMPAIGN]
        assert {name: getattr(found, name) for name in model.counts()} == model.counts()
        assert (found.state, found.text) == (model.state, model.text)
        what_is_told_agrees(world)
        before = tables(self.database)
        rebuild(world.signing.log, PROJECTIONS, lambda done, of: None)
        assert tables(self.database) == before
        no_promise_is_broken(world, leaves)

    def teardown(self) -> None:
        """Count the days and the letters again, and leave nothing behind."""
        if self.world is None:
            return
        leaves = public_leaves(self.world.signing)
        every_day_agrees(self.world, leaves)
        for size, active, root in set(self.world.letters):
            assert replay(leaves[:size]).campaigns[CAMPAIGN].active == active
            tree = Tree()
            tree.extend(leaves[:size])
            assert base64.b64encode(tree.root()).decode() == root
        self.database.dispose()
        shutil.rmtree(self.folder)
        self.leave()


def no_promise_is_broken(world: World, leaves: list[bytes]) -> None:
    """Let the auditor judge every promise, and check that each promised leaf waits or is in the log."""
    index = {leaf_hash(leaf): i for i, leaf in enumerate(leaves)}
    with world.database.read() as connection:
        waits = {leaf_hash(bytes(leaf)) for leaf in connection.scalars(sa.select(waiting.c.leaf))}
    for promise in world.promises:
        place = index.get(promise.leaf_hash)
        assert place is not None or promise.leaf_hash in waits
        assert promise.verdict(place, [], int(world.now.timestamp())) != "broken"


def what_is_told_agrees(world: World) -> None:
    """Compare what pages show of decisions, news and texts with the model."""
    model, campaign = world.model, world.signing.campaign
    told = decided(world.signing)
    with world.database.read() as connection:
        news = [(one.kind, one.outcome) for one in news_of(connection, campaign)]
        assert corrected_into(connection, live, CAMPAIGN, campaign.text) == campaign.carried
    assert campaign.carried == model.standing - {model.text}
    assert news == ([] if model.is_silenced else model.news[::-1])
    assert {one.batch: one.stands for one in told if one.stands} == model.found_false()
    assert {one.batch: one.withdrawn for one in told if one.withdrawn} == model.found_false("withdrawn")
    assert all(one.reason == model.decisions[one.batch] for one in told)


def every_day_agrees(world: World, leaves: list[bytes]) -> None:
    """Compare each day's figures with a replay up to its log size; who ever signed only grows."""
    with world.database.read() as connection:
        days = history(connection, CAMPAIGN)
    figures = world.model.counts().keys()
    for row in days:
        found = replay(leaves[: row.log_size]).campaigns[CAMPAIGN]
        assert {name: getattr(row, name) for name in figures} == {name: getattr(found, name) for name in figures}
    recorded = [row.recorded for row in days]
    assert recorded == sorted(recorded)
    assert [row.day for row in days] == sorted({row.day for row in days})


def public_leaves(signing: Signing) -> list[bytes]:
    return [entry.leaf for entry in signing.log.entries(0, 100_000) if entry.is_public]


def exact_state(world: World) -> dict[str, Any]:
    """Return what commands decide by, in numbers."""
    with world.database.read() as connection:

        def rows(table: sa.Table) -> int:
            return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()

        campaign = world.signing.campaign
        return {
            "waiting": rows(waiting),
            "records": rows(record),
            "erased": connection.scalar(sa.select(erased_count.c.erased)) or 0,
            "people": Counter(connection.scalars(sa.select(signature.c.state))),
            "campaign": (campaign.state, campaign.text, campaign.closes),
        }


def tables(database: Database) -> dict[str, list[Any]]:
    with database.read() as connection:
        return {table.name: sorted(map(tuple, connection.execute(sa.select(table)))) for table in live.all()}


def lives(fresh: Fresh, examples: int, steps: int) -> None:
    """Live so many lives of so many steps; the short form is derandomized, so that it is the same everywhere."""
    machine: Any = type("Lives", (Life,), {"fresh": staticmethod(fresh)})
    chosen = settings(
        max_examples=EXAMPLES or examples, stateful_step_count=steps, deadline=None, derandomize=not EXAMPLES,
        database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]


@pytest.mark.slow
def test_everything_agrees_on_sqlite(sqlite_template: Path) -> None:
    def fresh() -> tuple[Database, Callable[[], None]]:
        folder = Path(tempfile.mkdtemp())
        shutil.copy(sqlite_template, folder / "undersigned.db")
        return open_database(f"sqlite:///{folder}/undersigned.db"), lambda: shutil.rmtree(folder)

    lives(fresh, 14, 20)


@pytest.mark.slow
def test_everything_agrees_on_postgresql(cluster: Cluster, postgresql_template: str) -> None:
    def fresh() -> tuple[Database, Callable[[], None]]:
        name = cluster.create(postgresql_template)
        return open_database(cluster.url(name)), lambda: cluster.drop(name)

    lives(fresh, 4, 20)
