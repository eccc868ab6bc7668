"""PostgreSQL's side of the store: its address, one engine, and what is done about a server that says nothing more."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Generator
from typing import Any
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa

APPLICATION = "undersigned"
CONNECT_MAX_S = 3  # for each host: for a server that does not refuse but is silent
# Both sides give up a peer from which no packet came (tcp(7)): here the client's, in seconds and milliseconds, and
# the server's, which gives back the locks of a machine that is gone.
CLIENT_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
SERVER_KEEPALIVE = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=25000"
)
# A process that stands still in a write transaction holds up all others; its transaction is undone by the server.
IDLE_MAX = "-c idle_in_transaction_session_timeout=60s"
_SEVERAL_HOSTS = re.compile(r"(postgresql(?:\+psycopg)?://(?:[^@/?]*@)?)([^@/?]*,[^@/?]*)(/[^?]*)?(?:\?(.*))?")


class Impatient(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed if the server says nothing for too long, and then counts as lost.

    The statement is never cancelled: a COMMIT that is cancelled while it waits for the synchronous standby is reported
    as done (PostgreSQL manual, 27.2.8 "Synchronous Replication"), and would be acknowledged without being safe.
    """

    silent_max_s = 0.0

    def wait(self, gen: Generator[Any, Any, Any], *arguments: Any, **options: Any) -> Any:
        """Wait for an answer. :raises psycopg.OperationalError: if none comes."""
        return super().wait(self._hurried(gen), *arguments, **options)

    def _hurried(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        since = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    since = time.monotonic()
                elif time.monotonic() - since > self.silent_max_s:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"the server said nothing for {self.silent_max_s:.0f} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def parsed(url: str) -> sa.URL:
    """Return an address as SQLAlchemy takes it.

    Several hosts may be written as libpq has them: ``postgresql://user@a:5432,b:5432/name``.

    :raises sqlalchemy.exc.ArgumentError: if it is no address.
    """
    found = _SEVERAL_HOSTS.fullmatch(url)
    if found is None:
        return sa.engine.make_url(url)
    hosts = urlencode([("host", host) for host in found[2].split(",")], safe=":")
    return sa.engine.make_url(f"{found[1]}{found[3] or '/'}?{hosts}{'&' if found[4] else ''}{found[4] or ''}")


def libpq_address(url: sa.URL, *, with_password: bool = True) -> str:
    """Return an address as libpq and its programs take it."""
    hosts = url.query.get("host", ())
    url = url.set(drivername="postgresql")
    if not with_password:
        url = url._replace(password=None)  # `set` takes None for "as it was"
    if isinstance(hosts, str) or not hosts:
        return url.render_as_string(hide_password=False)
    written = url.difference_update_query(["host"]).set(host="hosts.invalid").render_as_string(hide_password=False)
    return written.replace("hosts.invalid", ",".join(hosts), 1)


def open_engine(url: sa.URL, pool_size: int, silent_max_s: float | None) -> sa.Engine:
    """Return an engine; with a limit its connections are given up after so much silence."""
    limits = f"{SERVER_KEEPALIVE} {IDLE_MAX}"
    defaults: dict[str, Any] = {"connect_timeout": CONNECT_MAX_S, "options": limits, **CLIENT_KEEPALIVE}
    arguments = {name: value for name, value in defaults.items() if name not in url.query}
    engine = sa.create_engine(
        url, connect_args=arguments | {"autocommit": True}, pool_timeout=5, pool_use_lifo=True,
        pool_size=pool_size, max_overflow=0,  # what flows over is closed after each use: 2 ms for the next one
    )  # fmt: skip
    sa.event.listen(engine, "checkout", _refuse_closed)
    kind: Any = type("Impatient", (Impatient,), {"silent_max_s": silent_max_s}) if silent_max_s else psycopg.Connection

    @sa.event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, positional: list[Any], parameters: dict[str, Any]) -> Any:
        # after the fork, so that each process has a name of its own: the doctor counts them
        parameters.setdefault("application_name", f"{APPLICATION}-{os.uname().nodename}-{os.getpid()}"[:63])
        return kind.connect(*positional, **parameters)

    return engine


def _refuse_closed(connection: psycopg.Connection[Any], _record: Any, _proxy: Any) -> None:
    """Have the pool open a connection anew that its server closed: seen in the socket, without asking the server."""
    try:
        for _ in range(2):  # the server's last words, then the end
            connection.pgconn.consume_input()
    except psycopg.OperationalError as error:
        raise sa.exc.DisconnectionError("the server closed this connection") from error
