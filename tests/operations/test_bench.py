"""The measurement's own honesty: product and ceiling by the same routes, every answer checked, bad runs dropped."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path
from typing import Any

import pytest

from service.operations.bench_chart import bars
from service.operations.bench_fill import fill
from service.operations.bench_kinds import READ, SIGN, confirm_bench
from service.operations.bench_measure import Usage, children, parent, percentile
from service.operations.bench_record import measure_record
from service.operations.bench_runs import Plan, measure, summary
from service.operations.demo_home import Home
from service.operations.export import export_log
from service.operations.processes import TOP, Address
from service.store.database import Database
from service.store.tables import mine, record
from tests.installation import Installation
from tests.ports import free_port
from tests.postgres import Cluster

NAMED = {"bench": "sign", "store": "sqlite"}


def line(variant: str, rps: float, **changed: Any) -> dict[str, Any]:
    """Return a run's line as far as the summary reads it."""
    return {"variant": variant, "rps": rps, "seconds": 20, "errors": 0, "busy": 0, "other_share": 0.0,
            "web_cpu_ms": 100 / rps, "db_cpu_ms": 0.0} | changed  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_only_the_product_stores_what_is_signed(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = None
    if store == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        database = cluster.url(cluster.create())
    plan = Plan(seconds=0.5, runs=1, connections=4, database=database, address=Address("127.0.0.1", free_port()))
    home = Home(tmp_path / "bench")
    home.make(fresh=False)
    product, ceiling = measure(plan, home, SIGN)
    assert (product["variant"], ceiling["variant"]) == ("product", "ceiling")
    assert product["store"] == store
    for each in (product, ceiling):
        assert each["errors"] == 0
        assert each["rps"] > 0
        assert each["web_cpu_ms"] > 0
    assert product["rows"] >= product["rps"] * product["seconds"] * 0.99
    assert ceiling["rows"] == product["rows"]


@pytest.mark.slow
def test_pages_and_304s_are_measured_against_a_bare_page(tmp_path: Path) -> None:
    plan = Plan(seconds=0.3, runs=1, connections=4, database=None, address=Address("127.0.0.1", free_port()))
    home = Home(tmp_path / "bench")
    home.make(fresh=False)
    lines = list(measure(plan, home, READ))
    assert [each["variant"] for each in lines] == ["product", "bare", "product-304", "bare-304"]
    assert all(each["errors"] == 0 and each["rps"] > 0 for each in lines)
    assert summary([each | {"other_share": 0.0} for each in lines], READ.pairs).count(", ratio") == 2


@pytest.mark.slow
def test_only_the_product_confirms_and_all_of_it_counts(tmp_path: Path) -> None:
    plan = Plan(seconds=0.3, runs=1, connections=4, database=None, address=Address("127.0.0.1", free_port()), rows=50)
    home = Home(tmp_path / "bench")
    home.make(fresh=False)
    product, ceiling = measure(plan, home, confirm_bench(plan))
    assert (product["errors"], ceiling["errors"]) == (0, 0)
    assert ceiling["rps"] > 0
    assert product["rows"] == ceiling["rows"] >= 50 + product["rps"] * product["seconds"] * 0.99


def test_recording_is_measured_to_the_end(installation: Installation) -> None:
    product, ceiling = measure_record(installation.services, 60, 1)
    assert (product["variant"], ceiling["variant"]) == ("product", "ceiling")
    assert product["rps"] > 0 < ceiling["rps"]
    assert installation.count()["active"] == ceiling["rows"] == 2 * 60 + 500


def test_a_filled_database_is_one_that_a_service_could_have(installation: Installation, tmp_path: Path) -> None:
    fill(installation.services, 300)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    assert installation.count()["active"] == 301
    assert installation.rows(record) == installation.rows(mine) == 301
    with (tmp_path / "log.ndjson").open("wb") as file:
        export_log(installation.services.database, file, compress=False, progress=lambda _: None)
    command = [sys.executable, "-m", "service.audit", "replay", str(tmp_path / "log.ndjson")]
    assert subprocess.run(command, cwd=TOP, capture_output=True).returncode == 0


def test_a_drawing_holds_the_figures() -> None:
    drawn = bars("petition bench sign", [line("product", 80) | NAMED, line("ceiling", 100) | NAMED])
    assert xml.dom.minidom.parseString(drawn).documentElement.tagName == "svg"
    assert "80/s" in drawn
    assert "sign ceiling (sqlite)" in drawn


def test_the_ratio_is_of_medians() -> None:
    lines = [line("product", 80), line("ceiling", 100), line("product", 90), line("ceiling", 100)]
    assert "ratio 0.85" in summary(lines, SIGN.pairs)


@pytest.mark.parametrize("bad", [{"errors": 1}, {"busy": 20}, {"other_share": 0.2}])
def test_a_run_that_says_nothing_is_dropped(bad: dict[str, Any]) -> None:
    lines = [line("product", 80), line("ceiling", 100), line("product", 8, **bad)]
    assert "ratio 0.80;" in summary(lines, SIGN.pairs)
    assert "1 of 3 runs dropped" in summary(lines, SIGN.pairs)


def test_without_a_good_run_nothing_is_said_to_be_measured() -> None:
    assert "product not measured" in summary([line("product", 80, errors=3), line("ceiling", 100)], SIGN.pairs)


def test_only_the_databases_own_server_is_measured(postgresql_database: Database) -> None:
    with postgresql_database.read() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        server = parent(backend, "postgres")
        assert server is not None
        assert backend in children(server)
    assert parent(os.getpid(), "postgres") is None


def test_cpu_time_never_runs_backwards() -> None:
    before = Usage.now(os.getpid(), None)
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    used = Usage.now(os.getpid(), None).since(before)
    assert used.web_s > 0
    assert used.db_s == 0


def test_percentiles_of_few_values_exist() -> None:
    assert percentile([], 0.99) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
