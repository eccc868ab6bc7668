"""The schema's version: made and moved by `petition prepare` alone, checked by everything else."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.errors import SchemaUnknown
from service.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def prepare_schema(database: Database, revision: str = "head") -> None:
    """Create the database file if need be (mode 0600), and move the schema to a version, this one. Forward only."""
    if database.path is not None and not database.path.exists():
        os.close(os.open(database.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with database.write() as connection:
        if database.dialect == "postgresql":  # two that prepare at once must not meet
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7567, 0)"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def check_schema(database: Database) -> None:
    """Refuse a database that this version does not know.

    :raises SchemaUnknown: with what to run.
    """
    if database.path is not None and not database.path.exists():
        raise SchemaUnknown(f"There is no database at {database.path}. Run `petition prepare`.")
    with database.read() as connection:
        found = schema_of(connection)
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found != wanted:
        raise SchemaUnknown(
            f"The database has schema {found or 'none'}, this version needs {wanted}. "
            "Run `petition prepare`, or start the version that made it."
        )


def schema_of(connection: sa.Connection) -> str:
    """Return the schema's version; empty where there is none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def is_known_schema(revision: str) -> bool:
    """Return whether this version can use a schema, or move it to its own."""
    return revision in {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
