"""What a request claims about where the site stands is believed by nobody, not even from this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.http.wsgi import create

from service.operations import gunicorn as settings
from service.store.database import Database
from service.web.kept import KeptPages
from tests.installation import REF, Installation, install

PAGE = f"/en/c/{REF}"
PEERS = (("127.0.0.1", 40_000), ("203.0.113.5", 40_000), "")  # an onion service or proxy, anybody, a Unix socket


class NoSocket:
    """Stands for the connection: nothing is sent on it."""

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", 8000)


def environ_of(head: str, peer: object) -> dict[str, Any]:
    """Return what the web server, as it is set up here, hands to the application for a request from a peer."""
    config = Config()
    for name in config.settings:
        if hasattr(settings, name):
            config.set(name, getattr(settings, name))
    request = next(get_parser(config, [head.replace("\n", "\r\n").encode()], peer))
    environ: dict[str, Any] = create(request, NoSocket(), peer, ("127.0.0.1", 8000), config)[1]
    return environ


@pytest.mark.parametrize("peer", PEERS)
def test_the_server_lets_no_header_move_the_site(peer: object) -> None:
    head = f"GET //evil.example{PAGE} HTTP/1.1\nHost: x\nSCRIPT_NAME: //evil.example\nX-Forwarded-Proto: https\n\n"
    environ = environ_of(head, peer)
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"] == f"//evil.example{PAGE}"
    assert environ["wsgi.url_scheme"] == "http"


@pytest.fixture
def installed(sqlite_database: Database, tmp_path: Path, clock: Any) -> Installation:
    """Return an installation whose public pages are kept for as long as they are true."""
    return install(sqlite_database, tmp_path, clock, PAGE_AGE_SECONDS="1")


HOSTILE = {
    "HTTP_HOST": "evil.example",
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PREFIX": "//evil.example",
    "HTTP_X_ORIGINAL_URL": "//evil.example",
    "HTTP_FORWARDED": "host=evil.example;for=evil.example",
    "HTTP_REFERER": "https://evil.example/",
    "HTTP_ORIGIN": "https://evil.example",
}


def test_no_page_is_kept_that_another_request_shaped(installed: Installation) -> None:
    clean, kept = installed.client().get(f"{PAGE}/updates").get_data(), installed.app.extensions["kept_pages"]
    assert isinstance(kept, KeptPages)
    for environ in ({"SCRIPT_NAME": "//evil.example"}, HOSTILE):
        for path in (PAGE, f"{PAGE}/letters", f"{PAGE}/sign", "/en/", "/privacy"):
            installed.client().get(path, environ_overrides=environ)
            assert b"evil" not in installed.client().get(path).get_data()
    assert installed.client().get(f"{PAGE}/updates", environ_overrides=HOSTILE).get_data() == clean
    assert kept.from_memory > 3


def test_a_redirect_names_no_host(installed: Installation) -> None:
    for path in ("/en", "//en", f"/en/c//{REF}"):
        answer = installed.client().get("/", environ_overrides=HOSTILE | {"PATH_INFO": path})
        assert answer.status_code == 308
        assert answer.headers["Location"].startswith("/en/")
        assert b"//evil" not in answer.get_data()
