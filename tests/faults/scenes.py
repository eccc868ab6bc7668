"""The scenes: one node on SQLite, the same with a mail server, two nodes on PostgreSQL with a place for a standby."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from service.clock import FixedClock, SystemClock
from service.store.database import open_database
from service.store.schema import prepare_schema
from tests.faults.load import Mailroom
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.faults.server import Server
from tests.faults.small_disk import small_disk
from tests.faults.standby import Pair
from tests.installation import REF, environ_for, install
from tests.letters.delivery.mail_server import ReportingMailbox, ReportingServer
from tests.ports import free_port


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Scene]:
    """One node on SQLite, each of its folders on a small disk of its own where that can be had."""
    with ExitStack() as stack:
        data = small_disk(folder / "data")
        if data is not None:
            stack.callback(data.remove)
        scene = stack.enter_context(_running(folder, [_prepared(f"sqlite:///{folder}/data/undersigned.db")]))
        if data is not None:
            scene.disks = scene.disks | {"data": data}
        yield scene


@contextmanager
def with_mail_server(folder: Path) -> Iterator[Scene]:
    """One node on SQLite that sends by SMTP, through a way that can be cut."""
    (folder / "data").mkdir()
    mailbox = ReportingMailbox()
    server = ReportingServer(mailbox)
    server.start()
    way = Proxy(free_port(), server.bound_port)
    way.start()
    url = _prepared(f"sqlite:///{folder}/data/undersigned.db")
    try:
        with _running(folder, [url], SMTP_URL=f"smtp://127.0.0.1:{way.port}") as scene:
            scene.mailroom.server = mailbox
            scene.proxies = [way]
            yield scene
    finally:
        way.stop()
        server.stop(no_assert=True)


@contextmanager
def on_postgresql(folder: Path) -> Iterator[Scene]:
    """Two nodes on PostgreSQL; the first reaches it through ways that can be cut, and both know two hosts."""
    pair = Pair()
    with ExitStack() as stack:
        stack.callback(pair.remove)
        ways = [Proxy(free_port(), port) for port in pair.ports]
        for way in ways:
            way.start()
            stack.callback(way.stop)
        name = pair.primary.create()
        through, directly = (
            f"postgresql://petition@127.0.0.1:{one},127.0.0.1:{two}/{name}?target_session_attrs=read-write"
            for one, two in ([way.port for way in ways], pair.ports)
        )
        scene = stack.enter_context(_running(folder, [through, _prepared(directly)]))
        scene.pair, scene.proxies = pair, ways
        yield scene


SCENES: dict[str, Callable[[Path], AbstractContextManager[Scene]]] = {
    "sqlite": on_sqlite,
    "smtp": with_mail_server,
    "postgresql": on_postgresql,
}


def _prepared(url: str) -> str:
    database = open_database(url)
    prepare_schema(database)
    database.dispose()
    return url


@contextmanager
def _running(folder: Path, urls: list[str], **changed: str) -> Iterator[Scene]:
    """Install, start a node for each address of the database, and stop them all at the end."""
    changed = {"CLOCK_FILE": str(folder / "clock"), "DATABASE_URL": urls[-1]} | changed
    database = open_database(urls[-1])
    installation = install(database, folder, FixedClock(SystemClock().now()), **changed)
    disks = {
        name: disk
        for name, path in (("mail", folder / "mail"), ("logs", folder / "logs"))
        if (disk := small_disk(path)) is not None
    }
    environ = environ_for(database, folder) | changed
    nodes = [
        Server(environ | {"DATABASE_URL": url}, folder / "logs" / f"node{number}")
        for number, url in enumerate(urls, start=1)
    ]
    try:
        for node in nodes:
            node.start()
        form = nodes[0].visitor.get(f"/en/c/{REF}/sign").form(with_field="full_name")
        yield Scene(folder, installation, nodes, Mailroom(folder / "mail"), form, disks=disks)
    finally:
        for node in nodes:
            node.processes.stop()
        installation.services.database.dispose()
        database.dispose()
        for disk in disks.values():
            disk.remove()
