"""The desk's tables. They are the vault's: who somebody is stands there sealed, all else names random ids."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.tables import BigId, kek, metadata

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # random, names nobody
    sa.Column("name", sa.Text, nullable=False, unique=True),  # the short handle one signs in with
    sa.Column("roles", sa.Text, nullable=False, server_default=""),  # sorted, one space between
    sa.Column("state", sa.Text, nullable=False),  # active disabled closed
    sa.Column("password", sa.Text, nullable=False),  # argon2id; "" once it is closed
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="account_kek"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # name, address, secret of the second factor
    sa.Column("used_step", BigId, nullable=False, server_default="0"),  # of RFC 6238: the last one that was accepted
    sa.Column("failed", sa.Integer, nullable=False, server_default="0"),  # tries since the last that succeeded
    sa.Column("locked_until", BigId, nullable=False, server_default="0"),  # POSIX seconds
    sa.Column("closed", sa.Text, nullable=False, server_default=""),  # the day
)
recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),  # SHA-256, hex
)
founder = sa.Table(  # the two administrators with whom the desk began; the key lets each be made once
    "founder",
    metadata,
    sa.Column("number", sa.Integer, sa.CheckConstraint("number IN (1, 2)"), primary_key=True, autoincrement=False),
    sa.Column("account", sa.Text, nullable=False, unique=True),
)
request = sa.Table(
    "request",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("params", sa.Text, nullable=False),  # canonical JSON
    sa.Column("says", sa.Text, nullable=False),  # what will happen, line by line
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", BigId, nullable=False),  # POSIX seconds
    sa.Column("expires", BigId, nullable=False, index=True),  # POSIX seconds
    sa.Column("state", sa.Text, nullable=False),  # open refused expired done
    sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),  # what was done
    sa.CheckConstraint("state <> 'done' OR (decided_by <> '' AND decided_by <> asked_by)", name="request_two_people"),
)
access_record = sa.Table(  # PRIVACY.md section 2: account, action, number, day
    "access_record",
    metadata,
    sa.Column("sequence", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False, server_default=""),
    sa.Column("number", sa.Integer, nullable=False),  # of records, documents or approvals that it was about
    sa.Column("day", sa.Text, nullable=False, index=True),
    sqlite_autoincrement=True,
)
