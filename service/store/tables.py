"""Every table of the database, declared once for SQLite and PostgreSQL.

Read models have a table under ``read_`` each; they are rebuilt from the log, never migrated by hand.
No table but those of the vault and the outbox holds personal data, and there only sealed.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# ---- event log

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("stream", "version", name="event_stream_version"),
    sqlite_autoincrement=True,  # ids are never used twice
)
log_head = sa.Table(  # one row: the newest day among events that are not of signatures
    "log_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("newest_day", sa.Text, nullable=False),
)
waiting = sa.Table(  # finished leaves that the recorder appends; no time, so that no row tells when
    "waiting",
    metadata,
    sa.Column("signature", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
)

recorder_tick = sa.Table(  # the fixed tick at which an at-risk campaign was last looked at; says nothing of arrivals
    "recorder_tick",
    metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("tick", BigId, nullable=False),  # POSIX seconds
)
tally_tick = sa.Table(  # the fixed moment at which a campaign's tally was last due
    "tally_tick",
    metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("tick", BigId, nullable=False),  # POSIX seconds
)

checkpoint = sa.Table(  # one row: the newest size and root that were signed, and the note that says so
    "checkpoint",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", BigId, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
shown = sa.Table(  # one row: the newest checkpoint that has the quorum's cosignatures; what is served
    "shown",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", BigId, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
witness = sa.Table(  # what each witness cosigned last, as far as we know, and when to ask again
    "witness",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # its verifier key
    sa.Column("size", BigId, nullable=False, server_default="0"),
    sa.Column("line", sa.Text, nullable=False, server_default=""),  # its signature line for that size
    sa.Column("time", BigId, nullable=False, server_default="0"),  # POSIX seconds, as the witness says
    sa.Column("again", BigId, nullable=False, server_default="0"),  # POSIX seconds: then a fresh one is asked for
    sa.Column("not_before", BigId, nullable=False, server_default="0"),  # POSIX seconds: claimed, or after a failure
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),  # why it failed last
)
contradiction = sa.Table(  # who knows more of this log than this database: while there is a row, nothing is appended
    "contradiction",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),  # log, copy, or a witness
    sa.Column("says", sa.Text, nullable=False),
)

# ---- archive

document = sa.Table(
    "document",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),  # lower-case hex SHA-256 of the content
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=True),  # none once it was taken down
    sa.Column("removed", sa.Text, nullable=True),  # reason class of document.removed
    sa.Column("public", sa.Boolean, nullable=False),
)

# ---- campaigns: the exact state that commands decide by, written with the campaign's events

campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),  # the gate's number
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("ref", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),  # draft open closed withdrawn sealed
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # hash of the current text
    sa.Column("carried", sa.Text, nullable=False, server_default="[]"),  # JSON: what leads to it by corrections alone
    sa.Column("replaced", sa.Integer, nullable=False, server_default="0"),  # stream version of the last replacement
    sa.Column("wording", sa.Text, nullable=False, server_default=""),
    sa.Column("opens", sa.Text, nullable=False, server_default=""),
    sa.Column("closes", sa.Text, nullable=False, server_default=""),
    sa.Column("ended", sa.Text, nullable=False, server_default=""),  # day on which it closed or was withdrawn
    sa.Column("end_reason", sa.Text, nullable=False, server_default=""),  # of the newest closing or withdrawal
    sa.Column("risk", sa.Text, nullable=False, server_default=""),
    sa.Column("rules", sa.Text, nullable=False, server_default="{}"),  # canonical JSON of `rules`
    sa.Column("settings", sa.Text, nullable=False, server_default="{}"),  # JSON: languages, disclosures, …
)
draft = sa.Table(  # an imported appeal before it opens
    "draft",
    metadata,
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # JSON: the appeal as read, texts and letters included
)
campaign_text = sa.Table(  # texts, translations and letter wordings of a campaign, with their review state
    "campaign_text",
    metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # text | letter:<kind> | sheet
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("translates", sa.Text, nullable=False, server_default=""),  # hash of what it translates; "" original
    sa.Column("state", sa.Text, nullable=False),  # machine draft reviewed counsel
    sa.Column("notice", sa.Text, nullable=False, server_default=""),
    sa.Column("reviewed", sa.Integer, nullable=False, server_default="0"),
)
pause = sa.Table(  # what an operator stopped for an appeal, when and who, and the same of the end; no public event
    "pause",
    metadata,
    sa.Column("number", BigId, primary_key=True, autoincrement=True),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),  # signing mail
    sa.Column("since", sa.Text, nullable=False),  # day
    sa.Column("paused_by", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False, server_default=""),  # day; "" it lasts
    sa.Column("resumed_by", sa.Text, nullable=False, server_default=""),
    sa.Index("pause_lasting", "campaign", "what", unique=True,
             sqlite_where=sa.text("until = ''"), postgresql_where=sa.text("until = ''")),
)  # fmt: skip
addressee = sa.Table(  # current record of each addressee, written with its events
    "addressee",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # unverified verified retired
)

# ---- signatures

signature = sa.Table(  # as each is once what waits is appended
    "signature",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # active withdrawn invalidated
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("invalidation", sa.Text, nullable=False, server_default=""),  # the batch that stands, if any
)

# ---- vault

kek = sa.Table(  # the key-encryption keys that may be in use: none is given up while a row is wrapped under it
    "kek",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("since", BigId, nullable=False),  # POSIX seconds; 0: before this was kept
)


def kek_index(table: str) -> sa.Index:
    """Return the index by which SQLite finds what is wrapped under an older key, and checks that nothing is."""
    return sa.Index(f"ix_{table}_kek", "kek", info={"only": "sqlite"})


campaign_key = sa.Table(  # K, sealed under a key-encryption key, until the campaign is sealed
    "campaign_key",
    metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="campaign_key_kek"), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
pending = sa.Table(
    "pending",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # sign | renew | mine
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("reminder_hash", sa.Text, nullable=True, unique=True, index=True),  # of the reminder's link, once sent
    sa.Column("code_prefix", sa.Text, nullable=False, index=True),
    sa.Column("code_mac", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="pending_kek"), nullable=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True),  # none once it was used
    sa.Column("sealed", sa.LargeBinary, nullable=True),
    sa.Column("signature", sa.Text, nullable=True, index=True),  # once it was used
    sa.Column("promise_by", BigId, nullable=True),  # POSIX seconds, full hours
    sa.Column("promise_leaf", sa.LargeBinary, nullable=True),  # the leaf that was promised; none: no event
    sa.Column("outcome", sa.Text, nullable=True),  # recorded renewed already invalidated
    sa.Column("expires", BigId, nullable=False, index=True),  # POSIX seconds, rounded up
    kek_index("pending"),
)
mine = sa.Table(
    "mine",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, nullable=False, index=True),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("kept_opening", sa.LargeBinary, nullable=True),  # `forget`, box ticked: 24 hours at most
    sa.Column("kept_until", BigId, nullable=True),
)
record = sa.Table(  # who signed, sealed under a key of their own; only close+30d
    "record",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, nullable=False, unique=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("commitment", sa.Text, nullable=False),  # associated data of the seal
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="record_kek"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    kek_index("record"),
)
renewal = sa.Table(  # who was asked to renew after a replacement: once by mail, once by the button of their own page
    "renewal",
    metadata,
    sa.Column("signature", sa.Text, primary_key=True),
    sa.Column("replaced", sa.Integer, primary_key=True, autoincrement=False),  # as in `campaign`
    sa.Column("way", sa.Text, primary_key=True),  # mail | button
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("pending", sa.Text, nullable=False, unique=True),
)
erasure = sa.Table(  # the journal of erasures: applied again after a restore
    "erasure",
    metadata,
    sa.Column("sequence", BigId, primary_key=True, autoincrement=True),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
audit_sample = sa.Table(  # openings sealed for an auditor's key, and under a key of their own; fetched once
    "audit_sample",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("account", sa.Text, nullable=False),  # random id: who asked, and alone may fetch it
    sa.Column("kek", sa.Integer, sa.ForeignKey(kek.c.number, name="audit_sample_kek"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("expires", BigId, nullable=False, index=True),  # POSIX seconds
)
erased_count = sa.Table(  # how many were erased, for tallies
    "erased_count",
    metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("erased", sa.Integer, nullable=False),
)

# ---- outbox

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("pending", sa.Text, nullable=False, index=True),  # whose key seals it: or a subscriber's id
    sa.Column("state", sa.Text, nullable=False),  # queued dead, and of news: sending, in their one try
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due", BigId, nullable=False, index=True),  # POSIX seconds
    sa.Column("expires", BigId, nullable=False),
    sa.Column("error_class", sa.Text, nullable=False, server_default=""),  # no server's words: they may name people
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
