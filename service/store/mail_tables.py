"""Tables of mail that is no answer to a form: who asked for news, and how many mails an address got lately."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.tables import BigId, kek, kek_index, metadata

subscriber = sa.Table(  # who asked for news of a campaign: no signature and no time; sealed under a key of their own
    "subscriber",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("finder", sa.Text, nullable=False, unique=True),  # keyed hash of the address, under the campaign's key
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),  # of the link that ends it
    sa.Column("waits", sa.Text, nullable=False),  # day of the press, until it is mixed with others; then ""
    sa.Column("told", BigId, nullable=False),  # index of the newest entry that was mailed, or told before
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="subscriber_kek"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    kek_index("subscriber"),
)
mailed = sa.Table(  # the flood limit: how many mails an address got lately, for all workers
    "mailed",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),  # keyed hash
    sa.Column("hours", sa.Text, nullable=False),  # of each mail, rounded up: POSIX hours, spaces between
    sa.Column("newest", BigId, nullable=False, index=True),  # the last of them
)
