"""Commands of an audit by sample: asked for by an auditor's account, allowed by another person."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.archive import documents
from service.campaigns.queries import campaign_by_ref
from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import demand_role, roles_now
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.sign_in import Credentials
from service.desk.two_people import ask
from service.errors import Refused
from service.operations.incident import REPORT_TYPE, check_report
from service.operations.progress import progress_display
from service.publishing.beacon import CHAINS
from service.publishing.own_checkpoint import FILE_MAX_BYTES
from service.vault.audit_samples import take

AUDITORS = frozenset({"auditor"})
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
NUMBER = click.IntRange(min=0)
Shown = Callable[[], Credentials]


class Seed(click.ParamType[tuple[int, str]]):
    """A round of the beacon and what it gave, as ROUND:HEX."""

    name = "ROUND:HEX"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        """Return round and randomness."""
        if (found := re.fullmatch("([1-9][0-9]{0,40}):([0-9a-f]{64})", value, re.ASCII)) is None:
            self.fail("write ROUND:HEX, a round's number and its 64 lower-case hex digits, as a relay gave them", param)
        return int(found[1]), found[2]


@click.group()
def audit() -> None:
    """An audit of signatures drawn by lot. Example: petition audit fetch s_AbCdEfGhIj --out sample --as anna"""


@audit.command()
@click.argument("ref")
@click.option("--checkpoint", type=EXISTING, required=True, help="A checkpoint of this log, cosigned before the round.")
@click.option("--seed", type=Seed(), required=True, help="A round of the beacon, and the randomness it gave.")
@click.option("--chain", type=click.Choice(list(CHAINS)), default="quicknet", show_default=True, help="Of drand.love.")
@click.option("--size", type=click.IntRange(min=1), required=True, help="How many signatures to draw.")
@click.option("--to", "recipient", metavar="KEY", required=True, help="The auditor's key: sample --new-key printed it.")
@as_account()
@click.pass_obj
def sample(services: Any, /, ref: str, checkpoint: Path, seed: tuple[int, str], shown: Shown, **drawn: Any) -> None:
    """Ask that signatures of the appeal REF, drawn by lot, shall be opened for an auditor; an administrator decides.

    Example: petition audit sample istanbul-two --checkpoint checkpoint --seed 28000000:8b32… --size 300 --to mWnG…
    --as anna
    """
    actor = signed_in(services, shown)
    demand_role(actor.roles, AUDITORS)
    with services.database.read() as connection:
        campaign = campaign_by_ref(connection, ref).id
    params = {"campaign": campaign, "checkpoint": _note(checkpoint), "round": seed[0], "randomness": seed[1], **drawn}
    with progress_display() as progress:
        progress.add_task("signatures: reading the log and drawing", total=None)
        asked = ask(services.desk, actor, "audit-sample", params, services.clock.now())
    tell_asked(services, asked)


@audit.command()
@click.argument("sample_id", metavar="ID")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A new file.")
@as_account()
@click.pass_obj
def fetch(services: Any, sample_id: str, out: Path, shown: Shown) -> None:
    """Write the sample ID (s_…), which only the auditor's key opens, to a new file; it is deleted here with that.

    Example: petition audit fetch s_AbCdEfGhIj --out sample --as anna
    """
    actor, now = signed_in(services, shown), services.clock.now()
    with services.database.write() as connection:
        demand_role(roles_now(connection, actor.account), AUDITORS)
        file = take(connection, services.keys, sample_id, actor.account, now)
        note(connection, actor.account, "audit-sample fetched", day_of(now))
        _write(out, file.encode())  # before the commit: a crash in between leaves both, never neither
    click.echo(f"written to {out}; here it is gone. Open it with: python -m service.audit sample {out} --key …")


@audit.command()
@click.argument("ref")
@click.option("--at-size", type=NUMBER, required=True, help="Of the checkpoint that was drawn from.")
@click.option("--sampled", type=NUMBER, required=True)
@click.option("--opened", type=NUMBER, required=True)
@click.option("--unanswered", type=NUMBER, required=True)
@click.option("--failed", type=NUMBER, required=True)
@click.argument("file", type=EXISTING)
@as_account()
@click.pass_obj
def report(services: Any, /, ref: str, file: Path, shown: Shown, **figures: int) -> None:
    """Ask that the result of an audit shall stand in the log; FILE, a plain text without names, becomes public.

    Example: petition audit report istanbul-two --at-size 5000 --sampled 300 --opened 298 --unanswered 2 --failed 0
    report.txt --as anna
    """
    actor, content = signed_in(services, shown), file.read_bytes()
    demand_role(actor.roles, AUDITORS)
    check_report(content)
    with services.database.write() as connection:
        campaign = campaign_by_ref(connection, ref).id
        document = documents.put(connection, content, REPORT_TYPE, public=False)
    params = {"campaign": campaign, "document": document, **figures}
    tell_asked(services, ask(services.desk, actor, "audit-report", params, services.clock.now()))


def _note(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(FILE_MAX_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is no checkpoint: give the file as it stood under /log/checkpoint") from error


def _write(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refused(f"{path} is there already: name a new file") from error
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise
