"""Addresses of databases: one host or several, as SQLAlchemy and as libpq take them."""

from __future__ import annotations

import psycopg
import pytest

from service.config import Settings
from service.store.database import open_database
from service.store.postgresql import libpq_address, parsed
from tests.installation import environ_for
from tests.postgres import Cluster

TWO = "postgresql://petition:a%40b@one:5001,two:5002/name?target_session_attrs=read-write"


@pytest.mark.parametrize(
    "url", [TWO, "postgresql://petition@one/name", "postgresql://petition@one:5001/name?sslmode=require"]
)
def test_what_libpq_takes_comes_back_as_it_was(url: str) -> None:
    assert psycopg.conninfo.conninfo_to_dict(libpq_address(parsed(url))) == psycopg.conninfo.conninfo_to_dict(url)


def test_a_password_is_left_out_where_it_would_be_seen() -> None:
    assert libpq_address(parsed(TWO), with_password=False) == TWO.replace(":a%40b", "")


def test_the_server_that_can_be_written_is_found_among_several(cluster: Cluster) -> None:
    name = cluster.create()
    nobody = 1  # a port on which nothing listens
    database = open_database(
        f"postgresql://petition@127.0.0.1:{nobody},127.0.0.1:{cluster.port}/{name}?target_session_attrs=read-write"
    )
    with database.write() as connection:
        assert connection.exec_driver_sql("SHOW port").scalar_one() == str(cluster.port)
    database.dispose()


def test_the_setting_takes_several_hosts(tmp_path: object) -> None:
    environ = environ_for(open_database("sqlite:////nowhere.db"), tmp_path)  # type: ignore[arg-type]
    assert Settings.from_environment(environ | {"DATABASE_URL": TWO}).database_url == TWO
