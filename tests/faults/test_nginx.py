"""The documented nginx in front: one request a second and page reaches the service, and nothing private is kept."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.clock import FixedClock, SystemClock
from service.operations.demo_visitor import Visitor
from service.store.database import Database
from tests.faults.nginx import Nginx, start_nginx
from tests.faults.server import Crowd, Server, wait_until
from tests.installation import REF, Installation, environ_for, install

pytestmark = pytest.mark.slow
APPEAL = f"/en/c/{REF}"


@dataclass
class Front:
    """nginx, the server behind it, and its installation."""

    nginx: Nginx
    server: Server
    installation: Installation

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of a GET through nginx."""
        connection = http.client.HTTPConnection(self.nginx.address.host, self.nginx.address.port, timeout=30)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found


@pytest.fixture
def front(sqlite_database: Database, tmp_path: Path) -> Iterator[Front]:
    """Return a server with nginx in front."""
    installation = install(sqlite_database, tmp_path, FixedClock(SystemClock().now()))
    server = Server(environ_for(sqlite_database, tmp_path) | {"FORWARDED_HOPS": "1"}, tmp_path)
    server.start()
    nginx = start_nginx(server.address, tmp_path / "nginx")
    yield Front(nginx, server, installation)
    nginx.stop()
    server.processes.stop()
    installation.services.database.dispose()


def test_public_pages_are_kept_for_all_and_stay_when_the_service_is_away(front: Front) -> None:
    states = [front.ask(APPEAL)[1]["X-Cache-Status"] for _ in range(50)]
    assert states[0] == "MISS"
    assert {"HIT", "STALE", "UPDATING"} >= set(states[1:])
    status, headers, body = front.ask(APPEAL)
    again, _, nothing = front.ask(APPEAL, If_None_Match=headers["ETag"])
    assert (again, nothing) == (304, b"")
    front.server.kill()
    assert front.ask(APPEAL)[::2] == (status, body)


def test_each_reader_gets_their_language_and_what_they_can_unpack(front: Front) -> None:
    for _ in range(2):
        for code in ("en", "tr"):
            assert f'<html lang="{code}"'.encode() in front.ask("/privacy", Accept_Language=code)[2]
        plain, packed = front.ask("/en/"), front.ask("/en/", Accept_Encoding="br, gzip;q=0.9")
        assert "Content-Encoding" not in plain[1]
        assert packed[1]["Content-Encoding"] == "gzip"
        assert plain[1]["ETag"] != packed[1]["ETag"]


def test_people_sign_through_it_and_their_pages_are_kept_nowhere(front: Front, tmp_path: Path) -> None:
    crowd = Crowd(front.server, front.installation.mail_folder)
    front.server.address, behind = front.nginx.address, front.server.address
    crowd.sign("ada@example.org")
    wait_until(lambda: "ada@example.org" in crowd.links(), "the mail")
    link = crowd.links()["ada@example.org"]
    crowd.confirm("ada@example.org", link)
    assert crowd.confirmed == ["ada@example.org"]
    for _ in range(2):
        assert front.ask(link)[1]["X-Cache-Status"] == "MISS"
    assert Visitor(behind.base_url).get("/healthz").status == 200
    kept = b"".join(path.read_bytes() for path in (tmp_path / "nginx" / "cache").rglob("*") if path.is_file())
    assert b"/confirm/" not in kept
    assert b"/mine/" not in kept
    assert (tmp_path / "nginx" / "error.log").read_bytes() == b""
    front.server.address = behind
