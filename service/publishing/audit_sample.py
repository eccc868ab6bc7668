"""The sample audit: what is drawn, what is told of it, and handing it out (PRIVACY.md section 11)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, campaign_by_id
from service.errors import Refused
from service.eventlog.canonical import canonical, document_hash
from service.eventlog.events import LOG_STREAM, ExportMade
from service.eventlog.log import PetitionLog
from service.publishing.beacon import CHAINS
from service.publishing.own_checkpoint import OwnCheckpoint, own_checkpoint
from service.publishing.sampling import draw, population
from service.store.database import Database
from service.vault.audit_samples import Waiting, keep
from service.vault.handing_over import check_recipient, seal_for
from service.vault.keys import Keys
from service.vault.records import record_bytes

FORMAT = "petition-audit-sample/v1"  # docs/log_format.md section 10
APPROVALS_MIN = 2  # DESIGN.md invariant 11
SIZE_MAX = 1_000  # signatures: they exclude 0.3 % of fakes at 95 %; more would be names without need
AFTER_S = 600  # from the newest cosignature to the round: nobody could still choose the entries; PRIVACY.md section 11
NOTHING_OPENS = (
    "Nothing can be opened: of these signatures no name or address is kept here. Supporters must come forward with the "
    "openings that they saved; what they show is reported with `petition audit report`."
)
_RANDOMNESS = re.compile("[0-9a-f]{64}")

Openings = Callable[[sa.Connection, Keys, Sequence[int]], dict[int, dict[str, Any]]]


@dataclass(frozen=True)
class Sample:
    """What is to be opened, for whom, and what it was drawn by."""

    campaign: str
    checkpoint: str  # the signed note
    chain: str
    round: int
    randomness: str  # hex
    recipient: str  # X25519, base64
    size: int  # how many are drawn
    population: int = 0  # of how many: worked out from the log, as are
    entries: tuple[int, ...] = ()  # those drawn, in the order in which they were


@dataclass(frozen=True)
class HandOut:
    """Hand a sample out to who asked for it."""

    sample: Sample
    asked_by: str
    approvals: int
    now: datetime


def draw_sample(database: Database, keys: Keys, asked: Sample) -> Sample:
    """Return a sample with what is drawn: a function of log, checkpoint and randomness alone.

    :raises Refused: if nothing can be opened, the checkpoint is not this log's, or there are fewer than would be drawn.
    """
    if not _RANDOMNESS.fullmatch(asked.randomness):
        raise Refused("The randomness of a round is 64 lower-case hex digits: copy it from a relay of drand.")
    with database.read() as connection:
        _openable(connection, asked.campaign)
        own = own_checkpoint(connection, keys, asked.checkpoint)
        found = population(connection, asked.campaign, own.size)
    if not 1 <= asked.size <= min(SIZE_MAX, len(found)):
        raise Refused(f"{len(found)} signatures were active at size {own.size}: draw no more, and 1 to {SIZE_MAX}.")
    places = draw(own.text, bytes.fromhex(asked.randomness), len(found), asked.size)
    drawn = {"population": len(found), "entries": tuple(found[place] for place in places)}
    return Sample(**vars(asked) | drawn)


def describe_sample(connection: sa.Connection, keys: Keys, sample: Sample, now: datetime) -> list[str]:
    """Return what handing the sample out would mean.

    :raises Refused: if nothing can be opened, or the round was not after the checkpoint, or the recipient has no key.
    """
    campaign = _openable(connection, sample.campaign)
    own = own_checkpoint(connection, keys, sample.checkpoint)
    check_recipient(sample.recipient)
    drawn_at, proof = _check_round(sample, own, now)
    return [
        f"Names, countries and addresses of {sample.size} of the {sample.population} signatures of {campaign.ref} "
        f"({campaign.id}) that were active at size {own.size} are opened for an auditor.",
        f"Checkpoint: size {own.size}, SHA-256 of its three lines {document_hash(own.text.encode())}.",
        f"Drawn by drand {sample.chain} ({CHAINS[sample.chain].hash}), round {sample.round} of {_moment(drawn_at)}: "
        f"{sample.randomness}. Compare it with a relay.",
        proof,
        f"Entries drawn: SHA-256 of their list {document_hash(canonical(list(sample.entries)))}.",
        f"Sealed for the key {sample.recipient}. The log will say that a sample was handed out.",
    ]


def hand_out(command: HandOut, log: PetitionLog, connection: sa.Connection, keys: Keys, openings: Openings) -> str:
    """Open the entries drawn, seal them for the auditor, keep that for a week, and append `export.made`; return its id.

    Runs inside a running `log.transaction()`.

    :raises Refused: if fewer than two people approved, or nothing can be opened.
    """
    if command.approvals < APPROVALS_MIN:
        raise Refused("a sample is handed out by two people")
    sample = command.sample
    opened = openings(connection, keys, sample.entries)
    if not opened:
        raise Refused(NOTHING_OPENS)
    own = own_checkpoint(connection, keys, sample.checkpoint)
    waiting = Waiting(sample_file(sample, opened, keys.origin), sample.campaign, command.asked_by)
    sample_id = keep(connection, keys, waiting, command.now)
    event = ExportMade(
        day=log.day(connection, command.now), campaign=sample.campaign, scope="audit-sample", recipient="auditor",
        at_size=own.size, approvals=command.approvals,
    )  # fmt: skip
    log.append(event, len(log.stream(LOG_STREAM)) + 1)
    return sample_id


def sample_file(sample: Sample, opened: dict[int, dict[str, Any]], origin: str) -> str:
    """Return the file that the auditor fetches: two lines that say what it is, and one that its key alone opens."""
    answers = [{"entry": e} | ({"opening": opened[e]} if e in opened else {}) for e in sample.entries]
    said = {name: getattr(sample, name) for name in ("campaign", "chain", "checkpoint", "population", "randomness")}
    content = record_bytes({"v": 1, "answers": answers, "round": sample.round, **said})
    head = f"{FORMAT}\n{origin}\n"
    return f"{head}{base64.b64encode(seal_for(sample.recipient, content, head.encode())).decode()}\n"


def _openable(connection: sa.Connection, campaign_id: str) -> CampaignView:
    campaign = campaign_by_id(connection, campaign_id)
    if campaign.forgets or campaign.state == "sealed":
        raise Refused(NOTHING_OPENS)
    return campaign


def _check_round(sample: Sample, own: OwnCheckpoint, now: datetime) -> tuple[int, str]:
    """Return when the round was, and what proves that nobody knew it before."""
    if sample.chain not in CHAINS or sample.round < 1:
        raise Refused(f"Give a round, 1 or more, of one of drand's chains: {', '.join(CHAINS)}.")
    drawn_at = CHAINS[sample.chain].time_of(sample.round)
    if drawn_at > now.timestamp():
        raise Refused(f"Round {sample.round} is of {_moment(drawn_at)}: its randomness is not known yet.")
    if own.cosigned is None:
        return drawn_at, "No witness cosigned the checkpoint: that it is older than the round is not proven."
    if drawn_at < own.cosigned + AFTER_S:
        raise Refused(
            f"Round {sample.round} is of {_moment(drawn_at)}, the newest cosignature of {_moment(own.cosigned)}: take "
            f"a round at least {AFTER_S // 60} minutes later: nobody knew it who could still choose the entries."
        )
    return drawn_at, f"Its newest cosignature is of {_moment(own.cosigned)}; the auditor's program verifies it."


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError) as error:
        raise Refused(
            f"{seconds} s after 1970 is no time: check round and cosignatures."
        ) from error
