"""The tables of annexes with names: who is in one, what its commitment is opened with, and how it is handed out.

No name stands here in the clear, and none stands here twice: an annex is made from the sealed records each time, but
for the package that waits for its addressee, which is sealed under a key of its own.
"""

from __future__ import annotations

import sqlalchemy as sa

from service.store.tables import BigId, kek, metadata

letter_annex = sa.Table(  # annex B of a letter as last composed; without a seal it is to be made anew, or it is over
    "letter_annex",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),  # one more each time that somebody leaves it
    sa.Column("settled", sa.Integer, nullable=False),  # the version that the letter's events state
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="letter_annex_kek"), nullable=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),  # the 64 random bytes beside its commitment
)
letter_name = sa.Table(  # who was named when the letter was composed; kept until the appeal is sealed, so that
    "letter_name",  # recipients can be told of an erasure
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("entry", BigId, nullable=False),
    sa.Column("commitment", sa.Text, nullable=False),  # of that entry: a record sealed for another does not count
    sa.Column("is_named", sa.Boolean, nullable=False),  # false: left since, for good
    sa.Index("letter_name_signature", "signature"),
)
letter_package = sa.Table(  # the link by which one addressee fetches annex B, and what waits behind it
    "letter_package",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("nonce", sa.Text, nullable=False),  # random: the link's token is made from it and the server key
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),  # of the annex that the package holds
    sa.Column("named", sa.Integer, nullable=False),
    sa.Column("opened", sa.Integer, nullable=False),  # how often it was fetched
    sa.Column("opened_at", BigId, nullable=False),  # POSIX seconds, of the first time; 0: never
    sa.Column("locked", sa.Boolean, nullable=False),
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="letter_package_kek"), nullable=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),  # the file; none while it is made, and once it is locked
)
letter_erased = sa.Table(  # who was erased after a recipient had fetched the name: to be told (GDPR art. 19)
    "letter_erased",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("entry", BigId, primary_key=True, autoincrement=False),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("day", sa.Text, nullable=False),
)
