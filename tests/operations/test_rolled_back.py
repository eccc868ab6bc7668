"""An old copy of the database refuses to work: nothing is recorded or accepted, pages stay readable, and it is said."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.app import create_app
from service.errors import LogRolledBack
from service.operations.doctor import examine
from service.operations.work import passes, refuse_rolled_back, work
from service.store.database import Database
from service.store.tables import waiting
from tests.installation import REF, Installation, environ_for
from tests.operations.conftest import Installs
from tests.publishing.partners import Partner, policy_of


@dataclass
class Watched:
    """An installation whose log a partner's witness watches over."""

    installation: Installation
    partner: Partner
    environ: dict[str, str]

    def does(self, name: str) -> int:
        """Let the worker do one pass."""
        return {each.name: each for each in passes(self.installation.services)}[name].run()

    def publishes(self) -> None:
        """Let one person sign, and publish the log."""
        number = len(self.installation.services.log.entries(0, 1000))
        self.installation.signs(f"person{number}@example.org")
        self.installation.confirms(f"person{number}@example.org")
        self.installation.records()
        self.does("publisher")
        self.does("witnesses")

    def partner_saw(self, more: int) -> None:
        """Let the witness have cosigned so many entries more than it did, or fewer: the database is older than that."""
        with closing(sqlite3.connect(self.partner.witness.state.path)) as state:
            state.execute("UPDATE cosigned SET size = size + ?", (more,))
            state.commit()

    def starts(self) -> None:
        """Do what a worker does first."""
        refuse_rolled_back(self.installation.services)

    def wrong(self) -> dict[str, str]:
        """Return what the doctor finds wrong, by check."""
        return {finding.check: finding.says for finding in examine(self.environ) if not finding.is_well}


@pytest.fixture
def watched(database: Database, installs: Installs, tmp_path: Path) -> Iterator[Watched]:
    """Return a watched installation whose log was published."""
    made = installs(database)
    partner = Partner(tmp_path, 2, made.services.keys.log_vkey)
    policy = policy_of(made.services.keys, [partner], least=1)
    (tmp_path / "policy").write_text(policy.text())
    services = replace(made.services, policy=policy)
    environ = environ_for(database, tmp_path) | {"WITNESS_POLICY": str(tmp_path / "policy")}
    found = Watched(Installation(services, create_app(services), made.clock, made.mail_folder), partner, environ)
    found.publishes()
    yield found
    partner.stops()


def test_what_a_witness_cosigned_is_served(watched: Watched) -> None:
    client = watched.installation.client()
    note = client.get("/log/checkpoint").get_data(as_text=True)
    assert note.split("\n")[1] == str(watched.partner.cosigned())
    assert "\N{EM DASH} witness.example/w2 " in note
    assert watched.partner.key.vkey in client.get("/log/keys").get_data(as_text=True)


def test_a_page_says_whether_witnesses_cosign(watched: Watched) -> None:
    services = watched.installation.services
    assert "Independent witnesses cosign" in watched.installation.client().get("/how-it-works").get_data(as_text=True)
    alone = create_app(replace(services, policy=replace(services.policy, quorum="none")))
    assert "No independent witness" in alone.test_client().get("/how-it-works").get_data(as_text=True)


def test_what_no_witness_cosigned_is_not_served(watched: Watched) -> None:
    client = watched.installation.client()
    before = client.get("/log/checkpoint").get_data(as_text=True)
    watched.partner.stops()
    watched.publishes()
    assert client.get("/log/checkpoint").get_data(as_text=True) == before
    assert client.get(f"/log/tile/0/000.p/{watched.partner.cosigned() + 1}").status_code == 404


def test_a_receipt_waits_for_the_quorum(watched: Watched) -> None:
    installation = watched.installation
    watched.partner.stops()
    installation.signs("late@example.org")
    page = installation.confirms("late@example.org")
    installation.records()
    watched.does("publisher")
    watched.does("witnesses")
    assert "promise" in installation.client().get(f"{page}/receipt").headers["Content-Disposition"]
    watched.partner.starts()
    policy = policy_of(installation.services.keys, [watched.partner], least=1)
    watched.installation.services = replace(installation.services, policy=policy)
    watched.installation.clock.moment += timedelta(seconds=30)
    watched.does("witnesses")
    answer = installation.client().get(f"{page}/receipt")
    assert "receipt" in answer.headers["Content-Disposition"]
    assert "\N{EM DASH} witness.example/w2 " in answer.get_data(as_text=True)


def test_it_refuses_to_start(watched: Watched) -> None:
    watched.starts()
    watched.partner_saw(5)
    with pytest.raises(LogRolledBack, match="The witness w2 contradicts this database: it cosigned size"):
        work(watched.installation.services, threading.Event())


def test_nothing_is_accepted_and_pages_stay_readable(watched: Watched) -> None:
    installation = watched.installation
    form, link = installation.form(), installation_link(watched)
    watched.partner_saw(5)
    with pytest.raises(LogRolledBack):
        watched.starts()
    client = installation.client()
    posts = [
        (f"/en/c/{REF}/sign", form),
        (link, {"action": "confirm"}),
        ("/confirm", {"code": "x"}),
        ("/mine", {"email": "ada@example.org"}),
    ]
    for path, fields in posts:
        answer = client.post(path, data=fields)
        assert answer.status_code == 503, path
        assert "Signing is paused" in answer.get_data(as_text=True)
    answer = client.post(f"/en/c/{REF}/sign", data=form, headers={"Accept": "application/json"})
    assert answer.get_json()["code"] == "rolled-back"
    for path in ("/en/", f"/en/c/{REF}", f"/en/c/{REF}/sign", link, "/log/checkpoint", f"/c/{REF}/count.json"):
        assert client.get(path).status_code == 200, path


def installation_link(watched: Watched) -> str:
    """Return the mailed link of somebody who has not confirmed yet."""
    watched.installation.signs("waits@example.org")
    return watched.installation.link_for("waits@example.org")


def test_the_log_itself_refuses_to_be_appended_to(watched: Watched) -> None:
    installation = watched.installation
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    watched.partner_saw(5)
    with pytest.raises(LogRolledBack):
        watched.starts()
    size = len(installation.services.log.entries(0, 1000))
    for name in ("recorder", "publisher", "witnesses"):
        with pytest.raises(LogRolledBack):
            watched.does(name)
    assert len(installation.services.log.entries(0, 1000)) == size
    assert installation.rows(waiting) == 1


def test_it_goes_on_once_all_agree_again(watched: Watched) -> None:
    watched.partner_saw(5)
    with pytest.raises(LogRolledBack):
        watched.starts()
    watched.partner.stops()
    with pytest.raises(LogRolledBack):
        watched.starts()  # silence lifts nothing
    watched.partner_saw(-5)
    watched.partner.starts()
    policy = policy_of(watched.installation.services.keys, [watched.partner], least=1)
    watched.installation.services = replace(watched.installation.services, policy=policy)
    watched.starts()
    assert watched.installation.signs("ada@example.org").status_code == 303


def test_a_running_worker_stops_when_a_witness_contradicts(watched: Watched) -> None:
    """The witness saw more than it said when the worker started; it is asked as soon as the log grows."""
    installation = watched.installation
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.clock.moment += timedelta(seconds=30)
    ended: list[BaseException] = []
    stop = threading.Event()

    def works() -> None:
        try:
            work(installation.services, stop)
        except LogRolledBack as error:
            ended.append(error)

    rolled_back = watched.partner.witness.add_checkpoint
    started = threading.Event()

    def says_more(body: bytes) -> object:
        answer = rolled_back(body)
        if not started.is_set():
            started.set()  # asked at the start; from now on it knows more
            watched.partner_saw(5)
        return answer

    watched.partner.witness.add_checkpoint = says_more  # type: ignore[method-assign, assignment]
    worker = threading.Thread(target=works)
    worker.start()
    worker.join(30)
    stop.set()
    worker.join()
    assert "it cosigned size" in str(ended[0])


# ---- the doctor


def test_the_doctor_is_content_where_all_agree(watched: Watched, database: Database) -> None:
    if database.path is not None:
        database.path.chmod(0o600)
    found = {finding.check: finding for finding in examine(watched.environ)}
    assert found["history"].says == "Nothing contradicts this database (asked: log, witness w2)."
    assert found["witnesses"].says == "1 of 1 witnesses cosigned what is shown."


def test_the_doctor_says_what_differs_and_what_to_do(watched: Watched) -> None:
    watched.partner_saw(5)
    says = watched.wrong()["history"]
    assert "The witness w2 contradicts this database: it cosigned size" in says
    assert "restore the newest backup" in says
    with pytest.raises(LogRolledBack):
        watched.starts()
    watched.partner.stops()
    assert "The witness w2 contradicts" in watched.wrong()["history"]  # as it was noted


def test_the_doctor_names_witnesses_that_fail(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.partner.stops()
    watched.installation.clock.moment += timedelta(seconds=30)
    watched.publishes()
    assert "witnesses" not in watched.wrong()  # what is shown was cosigned within the hour
    monkeypatch.setattr("service.operations.history_check.STALE_S", -1)
    says = watched.wrong()["witnesses"]
    assert "No quorum cosigned the log within the last hour: w2 (it could not be reached" in says
