"""Public pages in memory: made once however many ask, compressed, bounded, old only while the database is away."""

from __future__ import annotations

import gzip
import itertools
import threading
import time
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, make_response, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from hypothesis import given
from hypothesis import strategies as st

from service.errors import StoreUnavailable
from service.web import kept as module
from service.web.kept import KeptPages, keep_pages
from service.web.kept_answer import takes_gzip
from service.web.standing import STALE_MAX_S, Standing, Version
from tests.web.sample_app import sample_app, sample_settings

PATH = "/en/sample/index"


class Store:
    """Stands for the database: a version that tests change, and whether it answers."""

    def __init__(self) -> None:
        self.version = 0
        self.is_away = False
        self.asked = itertools.count()

    def ask(self) -> Hashable:
        """Return the version. :raises StoreUnavailable: while the store is away."""
        next(self.asked)
        if self.is_away:
            raise StoreUnavailable
        return self.version


@pytest.fixture
def store() -> Store:
    """Return a store that answers."""
    return Store()


@pytest.fixture
def app(store: Store) -> Flask:
    """Return an app of samples with a page that counts how often it was made, behind the memory."""
    made = sample_app(sample_settings())
    numbers = itertools.count(1)

    def counted(lang: str) -> ResponseReturnValue:
        return f"<header>site</header> {lang} made {next(numbers)} {'x' * 600}"

    def with_cookie(lang: str) -> ResponseReturnValue:
        answer = make_response(f"{lang} {next(numbers)}")
        answer.set_cookie("person", "somebody")
        return answer

    made.add_url_rule("/<lang:lang>/counted", "counted", counted)
    made.add_url_rule("/<lang:lang>/cookie", "with_cookie", with_cookie)
    made.add_url_rule("/desk/<lang>", "private", counted)
    made.extensions["kept"] = keep_pages(made, store.ask, 0)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a visitor without cookies."""
    return app.test_client(use_cookies=False)


def test_a_page_is_made_once_a_change_and_language(client: FlaskClient, store: Store) -> None:
    assert "made 1" in client.get("/en/counted").text
    assert "made 1" in client.get("/en/counted").text
    assert "tr made 2" in client.get("/tr/counted").text
    store.version += 1
    assert "made 3" in client.get("/en/counted").text


def test_what_changes_without_a_version_is_made_anew_in_seconds(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_S", 0.0)
    assert "made 1" in client.get("/en/counted").text
    assert "made 2" in client.get("/en/counted").text


def test_a_herd_makes_a_page_once(app: Flask) -> None:
    herd, arrived, go, made = 20, threading.Semaphore(0), threading.Event(), itertools.count()

    @app.before_request
    def hold() -> None:
        next(made)
        go.wait(10)

    def now() -> Version:
        arrived.release()
        return Version(0, time.monotonic(), False)

    app.extensions["kept"].standing.now = now
    with ThreadPoolExecutor(herd) as pool:
        answers = [pool.submit(app.test_client().get, "/en/counted") for _ in range(herd)]
        for _ in range(herd):
            assert arrived.acquire(timeout=10)
        go.set()
        texts = {answer.result().text for answer in answers}
    assert next(made) == 1
    assert len(texts) == 1


def test_it_is_the_same_answer_from_memory(client: FlaskClient) -> None:
    made, kept = client.get(PATH), client.get(PATH)
    assert (kept.status_code, kept.data) == (made.status_code, made.data)
    assert list(kept.headers) == list(made.headers)
    assert kept.headers["Content-Security-Policy"]


def test_a_compressed_page_is_the_same_page_with_an_etag_of_its_own(client: FlaskClient) -> None:
    plain, packed = client.get(PATH), client.get(PATH, headers={"Accept-Encoding": "br, gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert packed.content_length == len(packed.data)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_what_did_not_change_is_not_sent_again(client: FlaskClient, store: Store, encoding: str) -> None:
    etag = client.get("/en/counted", headers={"Accept-Encoding": encoding}).headers["ETag"]
    asked = {"Accept-Encoding": encoding, "If-None-Match": f'"other", {etag}'}
    again = client.get("/en/counted", headers=asked)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert "Vary" in again.headers
    store.version += 1
    assert client.get("/en/counted", headers=asked).status_code == 200


def test_the_first_request_may_be_conditional_or_a_head(client: FlaskClient) -> None:
    assert client.get("/en/counted", headers={"If-None-Match": "*"}).status_code in (200, 304)
    head = client.head("/tr/counted")
    assert (head.status_code, head.data) == (200, b"")
    assert len(client.get("/tr/counted").data) == head.content_length
    missing = client.head("/en/nothing")
    assert (missing.status_code, missing.data) == (404, b"")


def test_pages_without_a_language_in_their_address_are_kept_for_each(client: FlaskClient) -> None:
    for code in ("en", "tr", "en", "tr"):
        answer = client.get("/privacy", headers={"Accept-Language": f"{code}, *;q=0.1"})
        assert f'<html lang="{code}"' in answer.text
        assert "Accept-Language" in answer.headers["Vary"]
        assert f'<html lang="{code}"' in client.get(f"/privacy?lang={code}").text


@pytest.mark.parametrize("path", ["/en/cookie", "/desk/en", "/en/counted?lang=en&x=1"])
def test_what_is_not_for_everybody_is_not_kept(client: FlaskClient, path: str) -> None:
    assert client.get(path).text != client.get(path).text


def test_errors_are_not_kept(app: Flask, client: FlaskClient) -> None:
    assert client.get("/en/nothing").headers["Cache-Control"] == "no-store"
    kept: KeptPages = app.extensions["kept"]
    assert kept._kept == {}
    assert kept._flights == {}


def test_the_memory_is_bounded(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_MAX_BYTES", 3_000)
    app.add_url_rule("/<lang:lang>/many/<number>", "many", lambda lang, number: number + "y" * 900)
    for number in range(9):
        client.get(f"/en/many/{number}")
    kept: KeptPages = app.extensions["kept"]
    assert 1 <= len(kept._kept) <= 3
    assert kept._size_bytes == sum(each.answer.size_bytes for each in kept._kept.values()) <= 3_000


def test_while_the_store_is_away_the_page_says_so(client: FlaskClient, store: Store) -> None:
    fresh = client.get("/tr/counted")
    store.is_away = True
    old = client.get("/tr/counted")
    assert old.status_code == 200
    assert "tr made 1" in old.text
    assert "Veri tabanına" in old.text
    assert old.headers["ETag"] != fresh.headers["ETag"]
    assert old.headers["Cache-Control"] == "public, max-age=5"
    assert client.get("/tr/counted", headers={"If-None-Match": old.headers["ETag"]}).status_code == 304
    store.is_away = False
    assert client.get("/tr/counted").text == fresh.text


def test_a_failure_lets_the_others_go_on(app: Flask, client: FlaskClient) -> None:
    @app.before_request
    def fail_once() -> None:
        if request.headers.get("X-Fail"):
            raise StoreUnavailable

    assert client.get("/en/counted", headers={"X-Fail": "1"}).status_code == 503
    assert client.get("/en/counted").status_code == 200
    assert app.extensions["kept"]._flights == {}


@given(st.lists(st.sampled_from(["gzip", "br", "identity", "*", "deflate"]), max_size=4, unique=True))
def test_gzip_is_sent_only_to_who_names_it(names: list[str]) -> None:
    assert takes_gzip(", ".join(names)) is ("gzip" in names)
    assert not takes_gzip(", ".join(f"{name};q=0" for name in names))


def test_the_version_is_asked_by_one_and_never_known_to_be_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [100.0], itertools.count()
    monkeypatch.setattr("service.web.standing.time.monotonic", lambda: now[0])
    standing = Standing(lambda: next(asked), 1.0)
    assert [standing.now().name for _ in range(3)] == [0, 0, 0]
    now[0] += 1.0
    assert standing.now().name == 1
    standing._turn.acquire()  # somebody asks
    now[0] += STALE_MAX_S
    assert standing.now().name == 1
    monkeypatch.setattr("service.web.standing.WAIT_MAX_S", 0.01)
    now[0] += 0.1
    assert standing.now().is_away
