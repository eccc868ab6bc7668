"""Metrics: totals over all processes, that name routes and passes and nothing of persons or appeals."""

from __future__ import annotations

import re
import threading
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.operations.doctor_live import examine_live
from service.operations.logging import log_requests
from service.operations.metrics import HELP, SLOT_BYTES, Board, Metrics, rendered, total, without_gauges
from service.operations.metrics_server import Exporter, measure_requests, web_gauges
from service.operations.work import Pass, follow
from service.store.database import Database
from tests.faults.server import Server
from tests.installation import REF, Installation, environ_for
from tests.operations.conftest import Installs
from tests.ports import free_port

MARKED = "marked-person@example.org"
LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+')


@pytest.fixture
def installation(database: Database, installs: Installs) -> Installation:
    """Return an installation whose app is measured, on each kind of database."""
    found = installs(database, METRICS_LISTEN=f"127.0.0.1:{free_port()}")
    log_requests(found.app)
    found.app.extensions["metrics"] = Metrics()
    measure_requests(found.app, found.app.extensions["metrics"])
    return found


def told(installation: Installation, board: Board | None = None) -> str:
    metrics = installation.app.extensions["metrics"]
    web_gauges(installation.app, metrics, installation.services.writer)()
    return Exporter(installation.services, metrics, board or Board(1), 0).text()


def value(text: str, series: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.rpartition(" ")[0] == series)


def test_they_say_what_waits_and_what_is_behind(installation: Installation) -> None:
    installation.signs("ada@example.org")
    assert value(told(installation), "undersigned_outbox_queued") == 1
    installation.confirms("ada@example.org")
    text = told(installation)
    assert value(text, "undersigned_recorder_waiting") == 1
    assert value(text, "undersigned_publisher_behind") > 0
    installation.records()
    text = told(installation)
    assert value(text, "undersigned_recorder_waiting") == 0
    assert value(text, "undersigned_projections_behind") == 0
    assert value(text, "undersigned_database_up") == 1


def test_nothing_is_told_of_what_waits_for_an_appeal_at_risk(installation: Installation) -> None:
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    with installation.services.database.write() as connection:
        connection.exec_driver_sql("UPDATE campaign SET risk = 'at-risk'")
    assert value(told(installation), "undersigned_recorder_waiting") == 0


def test_they_count_by_route_and_name_nobody(installation: Installation) -> None:
    installation.signs(MARKED, name="Marked Person", country="NZ")
    own_page = installation.confirms(MARKED)
    installation.client().get(own_page, headers={"User-Agent": MARKED, "Referer": f"https://{MARKED}/"})
    installation.client().get(f"/nowhere/{MARKED}?email={MARKED}")
    installation.client().open("/en/", method="MARKED")
    for _ in range(3):
        installation.client().get(f"/c/{REF}/count.json")
    text = told(installation)
    series = 'undersigned_requests_total{route="/confirm/<token>",method="POST",status="303"}'
    assert value(text, series) == 1
    assert value(text, "undersigned_pages_from_memory_total") == 2
    for secret in (MARKED, "Marked", "MARKED", own_page.rsplit("/", 1)[1], "127.0.0.1", REF, "NZ", '"en"', '"tr"'):
        assert secret not in text


def test_the_text_is_prometheus_format(installation: Installation) -> None:
    installation.signs("ada@example.org")
    for line in told(installation).splitlines():
        assert line.startswith("# ") or LINE.fullmatch(line), line
    count = re.findall(r'_bucket\{route="([^"]+)",le="\+Inf"\} (\d+)', told(installation))
    assert count
    for route, number in count:
        assert value(told(installation), f'undersigned_request_seconds_count{{route="{route}"}}') == float(number)


@pytest.mark.parametrize("label", ["campaign", "lang", "country", "ref", "path"])
def test_a_label_that_could_tell_more_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=label):
        Metrics().add("undersigned_requests_total", labels={label: "x"})


def test_processes_are_summed_and_one_that_ended_goes_on_counting() -> None:
    board = Board(2)
    for slot, number in ((0, 3), (1, 4)):
        metrics = Metrics()
        metrics.add("undersigned_pass_done_total", number, {"pass": "recorder"})
        metrics.set("undersigned_queue_units", number)
        board.write(slot, metrics.values)
    text = rendered(total(board.read_all()))
    assert 'undersigned_pass_done_total{pass="recorder"} 7' in text
    assert "undersigned_queue_units 7" in text
    assert list(without_gauges(board.read(0)).values()) == [3]


def test_what_does_not_fit_leaves_the_last_that_did() -> None:
    board, metrics = Board(1), Metrics()
    metrics.add("undersigned_requests_total", labels={"route": "/", "method": "GET", "status": "200"})
    board.write(0, metrics.values)
    board.write(0, {("undersigned_requests_total", (("route", "x" * SLOT_BYTES),)): 1.0})
    assert board.read(0) == metrics.values


@given(st.lists(st.floats(0, 100), max_size=20))
def test_a_histogram_never_goes_down(seconds: list[float]) -> None:
    metrics = Metrics()
    for each in seconds:
        metrics.observe("undersigned_request_seconds", each, {"route": "/"})
    limits = {dict(labels)["le"]: n for (name, labels), n in metrics.values.items() if name.endswith("_bucket")}
    found = [limits.get(limit, 0) for limit in sorted(limits, key=float)]
    assert found == sorted(found)
    assert not seconds or found[-1] == len(seconds)


def test_every_pass_of_the_worker_is_counted(sqlite_database: Database) -> None:
    stop, metrics, tries = threading.Event(), Metrics(), iter([ValueError, 5, None])

    def run() -> int:
        found = next(tries)
        if found is ValueError:
            raise ValueError
        if found is None:
            stop.set()
        return found or 0  # type: ignore[return-value]

    follow(sqlite_database, Pass("recorder", 0.001, run), stop, metrics)
    text = rendered(metrics.values)
    assert 'undersigned_pass_failed_total{pass="recorder"} 1' in text
    assert 'undersigned_pass_done_total{pass="recorder"} 5' in text


def test_every_metric_is_one_that_is_explained(installation: Installation) -> None:
    installation.signs("ada@example.org")
    names = {line.split("{")[0].split(" ")[0] for line in told(installation).splitlines() if line[0] != "#"}
    assert {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in names} <= set(HELP)


@pytest.mark.slow
def test_one_port_tells_of_all_web_processes_and_another_of_the_worker(
    installation: Installation, database: Database
) -> None:
    port = free_port()
    environ = environ_for(database, installation.mail_folder.parent) | {"METRICS_LISTEN": f"127.0.0.1:{port}"}
    server = Server(environ, installation.mail_folder.parent / "server")
    server.processes.start_web(server.address)
    try:
        for _ in range(40):
            assert server.visitor.get("/readyz").status == 200
        series = 'undersigned_requests_total{route="/readyz",method="GET",status="200"}'
        assert within_a_minute(lambda: value(scraped(port), series) == 40)
    finally:
        server.processes.stop()


def test_the_doctor_reads_them(installation: Installation) -> None:
    listen = installation.services.settings.metrics_listen
    assert listen is not None
    assert [finding.is_well for finding in examine_live(listen)] == [False]
    exporter = Exporter(installation.services, installation.app.extensions["metrics"], Board(1), 0)
    stop = threading.Event()
    thread = threading.Thread(target=exporter.run, args=(stop,))
    thread.start()
    try:
        assert within_a_minute(lambda: scraped(listen[1]))
        assert {finding.is_well for finding in examine_live(listen)} == {True}
        with installation.services.database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO outbox (id, pending, state, attempts, due, expires, error_class, sealed) "
                "VALUES ('m', 'p', 'dead', 3, 0, 9, 'refused', '')"
            )
        wrong = [finding.says for finding in examine_live(listen) if not finding.is_well]
        assert wrong == ["1 mails were given up. See `petition outbox list`, then `petition outbox retry`."]
    finally:
        stop.set()
        thread.join(10)


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        found: str = answer.read().decode()
        return found


def within_a_minute(condition: object) -> bool:
    pause = threading.Event()
    for _ in range(600):
        try:
            if condition():  # type: ignore[operator]
                return True
        except (OSError, StopIteration):
            pass
        pause.wait(0.1)
    return False
