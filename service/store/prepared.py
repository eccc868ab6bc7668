"""Questions of a fixed text, given to the driver as they are: for what every request asks.

Around a joined row of many columns SQLAlchemy takes longer than the database takes to find it: key of the compiled
text, context, names and types of the answer. Here the text is made once, and rows come as the driver reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class _Text:
    written: str
    order: tuple[str, ...]  # of the parameters on SQLite, by place; empty: by name
    fixed: dict[str, Any]  # what the question itself says


class Prepared:
    """A question whose rows need no conversion: columns of text, integers and bytes, and conditions on them."""

    def __init__(self, question: sa.Select[Any]) -> None:
        self._question = question
        self._texts: dict[str, _Text] = {}

    def rows(self, connection: sa.Connection, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these parameters, in the order of the columns.

        :raises sqlalchemy.exc.DBAPIError: whatever the driver raises, wrapped as a statement of SQLAlchemy's is.
        """
        text = self._text(connection.dialect)
        values = text.fixed | given
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text.written, tuple(values[name] for name in text.order) if text.order else values)
            return list(cursor.fetchall())
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text.written, error, cursor) from error
        finally:
            cursor.close()

    def _text(self, dialect: sa.Dialect) -> _Text:
        found = self._texts.get(dialect.name)
        if found is None:
            compiled = self._question.compile(dialect=dialect)
            order = tuple(getattr(compiled, "positiontup", None) or ())
            found = self._texts[dialect.name] = _Text(str(compiled), order, dict(compiled.params))
        return found


def _wrapped(connection: sa.Connection, text: str, error: Exception, cursor: Any) -> BaseException:
    """Return an error as SQLAlchemy would raise it; a connection that is lost is not lent again."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    return sa.exc.DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error,
        hide_parameters=True, connection_invalidated=lost, dialect=dialect,
    )  # fmt: skip
