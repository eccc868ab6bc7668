"""Tables of who wrote and who composed, for the rule of two people: vault data, never in the log."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.tables import metadata

text_writer = sa.Table(  # who wrote a version of a text or of a letter's wording: an account's random id
    "text_writer",
    metadata,
    sa.Column("document", sa.Text, primary_key=True),  # its hash
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, nullable=False, index=True),
)
letter_composer = sa.Table(  # who composed a letter: an account's random id
    "letter_composer",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, nullable=False, index=True),
)
