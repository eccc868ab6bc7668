"""A question takes a few seconds at most, whatever the other side does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from service.publishing.asking import Silent, ask

BYTES_MAX = 1000  # that drip in before the test gives up
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"


@pytest.fixture
def answers() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Return a function that lets somebody answer one connection, and gives the address."""
    open_ones: list[tuple[socket.socket, threading.Thread]] = []

    def answer(how: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked = b""
                while not asked.endswith(b"question"):  # what is left unread would reset the connection
                    asked += connection.recv(65536)
                how(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        open_ones.append((listener, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/path"

    yield answer
    for listener, thread in open_ones:
        thread.join()
        listener.close()


def drips(connection: socket.socket) -> None:
    """Send a byte at a time."""
    pause = threading.Event()
    try:
        connection.sendall(HEAD + b"\r\n")
        for _ in range(BYTES_MAX):
            connection.sendall(b"x")
            pause.wait(0.01)
    except OSError:
        return


def test_an_answer_is_whole(answers: Callable[[object], str]) -> None:
    url = answers(lambda each: each.sendall(HEAD + b"Content-Length: 3\r\n\r\nyes"))  # type: ignore[attr-defined]
    found = ask(url, b"question")
    assert (found.status, found.content_type, found.body) == (200, "text/plain", b"yes")


@pytest.mark.parametrize(
    "how",
    [
        drips,
        lambda each: each.sendall(HEAD + b"Content-Length: 30\r\n\r\nno"),
        lambda each: each.sendall(b"nonsense\r\n\r\n"),
        lambda each: None,
        lambda each: each.recv(1),
    ],
    ids=["it drips", "it is cut off", "it is no HTTP", "it hangs up", "it says nothing"],
)
def test_what_is_no_whole_answer_in_time_is_silence(
    answers: Callable[[object], str], how: Callable[[socket.socket], None]
) -> None:
    with pytest.raises(Silent):
        ask(answers(how), b"question", max_s=0.3)


def test_nobody_there_is_silence() -> None:
    for url in ("http://127.0.0.1:1", "http://nowhere.invalid", "https://127.0.0.1:1/x"):
        with pytest.raises(Silent, match="could not be reached"):
            ask(url)
