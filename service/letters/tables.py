"""The tables of letters under way: vault data, never in the log."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.tables import BigId, kek, metadata

letter_delivery = sa.Table(  # one row per letter and approval that was queued: the message that it is
    "letter_delivery",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("approval", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("addressee", sa.Text, nullable=False, index=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),  # random: the envelope's id, by which reports are matched
    sa.Column("message_id", sa.Text, nullable=False, unique=True),  # the same for every attempt
    sa.Column("mark", sa.Text, nullable=False, index=True),  # queued claimed transferring done
    sa.Column("claim", sa.Text, nullable=False, server_default=""),  # random: whose hands it is in
    sa.Column("queued_by", sa.Text, nullable=False),  # an account's random id
    sa.Column("queued_at", BigId, nullable=False),  # POSIX seconds
    sa.Column("due", BigId, nullable=False),  # POSIX seconds
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),  # that failed for a while
    sa.Column("went_at", BigId, nullable=False, server_default="0"),  # POSIX seconds; 0: it did not go
)
letter_evidence = sa.Table(  # what shows a hand-over, a receipt or an answer, sealed; its hash stands in the log
    "letter_evidence",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("letter", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # handover resolved report acknowledgement answer counsel
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="letter_evidence_kek"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
letter_draft = sa.Table(  # what raised a draft: the key lets nothing raise it twice
    "letter_draft",
    metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("milestone", sa.Text, primary_key=True),  # the appeal's id for it, or "overdue"
    sa.Column("slot", sa.Text, primary_key=True),  # the letter's id in appeal.toml
    sa.Column("occasion", sa.Text, primary_key=True),  # which time, of a milestone that comes again; else ""
    sa.Column("letter", sa.Text, nullable=False, unique=True),
    sa.Column("at_size", BigId, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
)
report_count = sa.Table(  # mail that came back to us, by what was made of it; nothing of its words
    "report_count",
    metadata,
    sa.Column("outcome", sa.Text, primary_key=True),  # a Fate of bounces.py
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)
