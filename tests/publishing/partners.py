"""Partners who run a witness each, over real HTTP, and the policies that name them."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.audit.notes import parse_vkey
from service.audit.witness_key import WitnessKey
from service.audit.witness_rules import Witness
from service.audit.witness_server import WitnessServer
from service.audit.witness_state import WitnessState
from service.publishing.cosignatures import read_cosigner_key
from service.publishing.policy import Group, Policy
from service.publishing.policy import Witness as Named
from service.vault.keys import Keys

POLL_S = 0.01  # how soon a server notices that it is to stop


def alone(keys: Keys) -> Policy:
    """Return the policy for which the log's own signature is enough."""
    return Policy((keys.log_vkey,))


class Partner:
    """A witness of its own: a key, a state and a server that can be stopped and started again."""

    def __init__(self, folder: Path, number: int, log_vkey: str) -> None:
        self.key = WitnessKey(f"witness.example/w{number}", bytes([number]) * 32)
        state = WitnessState(folder / f"witness{number}.db")
        self.witness = Witness(self.key, [parse_vkey(log_vkey)], state, lambda: int(time.time()))
        self.name = f"w{number}"
        self._server: WitnessServer | None = None
        self.url = "http://127.0.0.1:1"
        self.starts()

    def starts(self) -> None:
        """Listen on a free port."""
        self._server = WitnessServer(("127.0.0.1", 0), self.witness)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,))
        self._thread.start()

    def stops(self) -> None:
        """Go away; who asks is refused."""
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def cosigned(self) -> int:
        """Return the size that it cosigned last."""
        last = self.witness.state.last(next(iter(self.witness.logs)))
        return last.size if last else 0

    def named(self) -> Named:
        """Return it as a policy names it."""
        return Named(self.name, read_cosigner_key(self.key.vkey), self.url)


def policy_of(keys: Keys, partners: list[Partner], least: int) -> Policy:
    """Return the policy under which so many of the partners are a quorum."""
    names = tuple(each.name for each in partners)
    return Policy((keys.log_vkey,), tuple(each.named() for each in partners), (Group("q", least, names),), "q")


Answers = Callable[[bytes], tuple[int, str, bytes]]


@contextmanager
def impostor(answer: Answers) -> Iterator[str]:
    """Serve at an address whatever `answer` makes of a request's body; give the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, content = answer(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.headers["Content-Length"] = "0"
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
