"""Copies of a PostgreSQL database with the server's own programs: pg_dump, pg_restore, psql."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from service.errors import ConfigError, Refused
from service.store.database import Database
from service.store.postgresql import libpq_address
from service.store.pulse import PULSE
from service.store.sqlite_dump import DumpBroken

COPY = re.compile(rb"COPY (\S+ \(.*\)) FROM stdin;\n")
TABLES = (
    "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"
)
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def dump_postgresql(database: Database, connection: sa.Connection, target: Path) -> None:
    """Write what a read transaction sees into a new file (mode 0600) in pg_dump's custom format.

    :raises ConfigError: if pg_dump is not installed.
    :raises DumpBroken: with its words if it fails.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
    options = ("--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={target}")
    address = f"--dbname={_address(database)}"
    with PULSE.of(connection), _running("pg_dump", *options, address, password=_password(database)):
        pass  # the transaction is idle meanwhile, for longer than the server suffers in silence


def check_postgresql(connection: sa.Connection, dump: Path) -> None:
    """Read a whole dump back and compare every row with what the transaction it was made from sees.

    :raises DumpBroken: naming the table that differs.
    """
    tables = set(connection.execute(sa.text(TABLES)).scalars())
    connection.execute(sa.text("SET LOCAL synchronize_seqscans = off"))  # rows in one order, as pg_dump reads them
    with PULSE.of(connection):
        found = dict(_tables_in(dump))
    if missing := tables - {name.split(" ", 1)[0] for name in found}:
        raise DumpBroken(f"{dump} lacks {min(missing)}")
    for name, digest in found.items():
        if _digest_of(connection, name) != digest:
            raise DumpBroken(f"{dump} differs from the database in {name.split(' ', 1)[0]}")


def load_postgresql(database: Database, dump: Path) -> None:
    """Make the database what the dump holds, in one transaction: all or nothing.

    :raises Refused: if another connection is open.
    :raises DumpBroken: if the dump cannot be read to its end; nothing was changed.
    """
    with database.read() as connection:
        tables = sorted(connection.execute(sa.text(TABLES)).scalars())
        others = connection.execute(sa.text(OTHERS)).scalar_one()
    database.dispose()
    if others:
        raise Refused(f"{others} other connections use the database: stop web and worker first")
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={_address(database)}")
    with _running("psql", *options, password=_password(database), reads=True) as psql:
        assert psql.stdin is not None
        dropped = "".join(f"DROP TABLE {name} CASCADE;\n" for name in tables)
        psql.stdin.write(f"BEGIN;\n{dropped}".encode())
        with _running("pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--file=-", str(dump)) as restored:
            assert restored.stdout is not None
            shutil.copyfileobj(restored.stdout, psql.stdin, 1 << 20)
        psql.stdin.write(b"COMMIT;\n")  # only here: a dump that breaks off leaves the transaction without an end


def is_empty(database: Database) -> bool:
    """Return whether the database has no table."""
    with database.read() as connection:
        return not connection.execute(sa.text(TABLES)).first()


def _tables_in(dump: Path) -> Iterator[tuple[str, str]]:
    """Yield each table with its columns, and the SHA-256 of its rows as COPY writes them."""
    with _running("pg_restore", "--data-only", "--file=-", str(dump)) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if match := COPY.fullmatch(line):
                yield match[1].decode(), _digest_of_rows(process.stdout)


def _digest_of_rows(lines: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        if line == b"\\.\n":
            return digest.hexdigest()
        digest.update(line)
    raise DumpBroken("the dump ends within a table")


def _digest_of(connection: sa.Connection, name: str) -> str:
    digest = hashlib.sha256()
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} TO STDOUT") as rows:
        for chunk in rows:
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _running(program: str, *options: str, password: str = "", reads: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program and wait for its end. :raises PetitionError: with its words if it fails."""
    found = shutil.which(program)
    if found is None:
        raise ConfigError(f"{program} is not installed: it comes with PostgreSQL's client programs")
    environ = {"PATH": os.defpath, "PGPASSWORD": password}  # a password in an argument could be read by others
    process = subprocess.Popen(
        [found, *options],
        env=environ,
        stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if reads else subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    except BrokenPipeError:  # it ended early: what it says follows
        pass
    except BaseException:
        process.kill()
        process.communicate()
        raise
    said = process.communicate()[1].decode("utf-8", "replace").strip()
    if process.returncode:
        raise DumpBroken(f"{program} failed: {said.splitlines()[-1][:300] if said else process.returncode}")


def _address(database: Database) -> str:
    """Return the address of the database without its password."""
    return libpq_address(database.engine.url, with_password=False)


def _password(database: Database) -> str:
    return str(database.engine.url.password or "")
