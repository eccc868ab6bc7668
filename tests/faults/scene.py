"""Where faults happen: an installation with its processes, people, and the account at the end of a round."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from service.clock import SteppedClock
from service.operations.demo_visitor import Form, Page
from service.operations.processes import TOP, Address
from service.outbox.queue import CLAIM_S, list_outbox
from service.publishing.folder import CHECKPOINT, write_folder
from service.publishing.shown import newest_shown
from service.signatures.fingerprint import token
from service.store.tables import event
from service.vault.campaign_keys import campaign_keys
from tests.faults.load import Load, Mailroom
from tests.faults.proxy import Proxy
from tests.faults.server import GONE, Server, is_settled, wait_until
from tests.faults.small_disk import SmallDisk
from tests.faults.standby import Pair
from tests.installation import Installation


@dataclass(frozen=True)
class Account:
    """What was acknowledged to people so far, against what the log and the count have."""

    acknowledged: int
    unanswered: int  # people who got no answer: whether they count is not known to them
    recorded: int
    counted: int
    lost: int
    doubled: int
    log_size: int
    log_verified: bool

    @property
    def is_well(self) -> bool:
        """Return whether everything that was acknowledged counts once, and the published log can be verified."""
        within = self.acknowledged <= self.recorded <= self.acknowledged + self.unanswered
        return within and self.counted == self.recorded and not self.lost and not self.doubled and self.log_verified


@dataclass
class Scene:
    """An installation under load; what the faults need to reach its parts."""

    folder: Path
    installation: Installation
    nodes: list[Server]
    mailroom: Mailroom
    form: Form  # for a stranger, got while all was well
    pair: Pair | None = None  # of PostgreSQL servers
    proxies: list[Proxy] = field(default_factory=list)  # from the first node to them, or to the mail server
    disks: dict[str, SmallDisk] = field(default_factory=dict)  # of data, mail and logs, where they can be mounted
    confirmed: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    @property
    def clock(self) -> SteppedClock:
        """Return the clock of all processes."""
        return SteppedClock(self.folder / "clock")

    def addresses(self) -> list[Address]:
        """Return where the web servers are that nobody killed."""
        return [node.address for node in self.nodes if "web" in node.processes.running]

    @contextmanager
    def load(self) -> Iterator[Load]:
        """Let people sign while the block runs, then let those finish who began."""
        load = Load(self.addresses, self.mailroom)
        try:
            with load:
                yield load
        finally:
            self.confirmed += load.confirmed
            self.unanswered += load.unanswered
        assert not load.troubles, load.troubles

    def clock_goes(self, seconds: float) -> None:
        """Move the clock of all processes forward or back."""
        clock = self.clock
        new = clock.path.with_suffix(".new")
        offset_s = float(clock.path.read_text()) if clock.path.exists() else 0.0
        new.write_text(str(offset_s + seconds))
        new.replace(clock.path)

    def claims_end(self) -> None:
        """Let more than ten minutes go by: mail that a worker claimed and could not send is due again."""
        self.clock_goes(CLAIM_S + 100)

    def wait_for_readiness(self, status: int, nodes: list[Server] | None = None) -> None:
        """Wait until nodes say that they are ready (200), or that they are not (503)."""
        for node in nodes or self.nodes:
            wait_until(lambda n=node: self._readiness(n) == status, f"/readyz to answer {status}")

    def tries_to_sign(self, node: Server) -> int:
        """Let a stranger send a form to one node, and return the status; no answer in half a minute is an error."""
        stranger = f"stranger{next(Load.numbers)}@example.org"
        values = self.form.filled(full_name="Made-up Stranger", email=stranger, consent="yes")
        page = Page(200, node.address.base_url, "")
        return node.visitor.send(page, self.form, values).status

    def refuses_to_sign(self, node: Server) -> None:
        """Check that a form is refused in words, and while the client still waits."""
        assert self.tries_to_sign(node) == 503

    def has_failed_mail(self) -> bool:
        """Return whether a mail waits after an attempt that failed, or was given back because the server is away."""
        now_s = int(self.clock.now().timestamp())
        with self.installation.services.database.read() as connection:
            return any(line.attempts or now_s < line.due < now_s + 500 for line in list_outbox(connection))

    def recorded(self) -> int:
        """Return how many signatures the log has."""
        chosen = sa.select(sa.func.count()).select_from(event).where(event.c.topic == "signature.recorded")
        with self.installation.services.database.read() as connection:
            return int(connection.execute(chosen).scalar_one())

    def account(self) -> Account:
        """Wait until all is recorded, counted and published, and compare; the auditor's program has a say, too."""
        services = self.installation.services
        wait_until(lambda: is_settled(self.installation), "the worker to append and count everything")
        entries = services.log.entries(0, 1_000_000)
        size = sum(entry.is_public for entry in entries)
        wait_until(lambda: self._is_published(size), "the worker to sign the log")
        with services.database.read() as connection:
            ((campaign, key),) = campaign_keys(connection, services.keys).items()
        in_log = Counter(entry.stream for entry in entries if entry.topic == "signature.recorded")
        return Account(
            acknowledged=len(self.confirmed),
            unanswered=len(self.unanswered),
            recorded=len(in_log),
            counted=self.installation.count()["active"],
            lost=len({token(key, campaign, email) for email in self.confirmed} - set(in_log)),
            doubled=sum(in_log.values()) - len(in_log),
            log_size=size,
            log_verified=self._is_verified(),
        )

    def _is_published(self, size: int) -> bool:
        with self.installation.services.database.read() as connection:
            shown = newest_shown(connection)
        return shown is not None and shown.size >= size

    def _is_verified(self) -> bool:
        """Let the auditor verify the published log, and that it extends what was published after the round before."""
        published, known = self.folder / "published", self.folder / "known"
        services = self.installation.services
        earlier = ["--known", str(known)] if known.exists() else []
        write_folder(services.database, services.policy, published, lambda _path: None)
        command = [sys.executable, "-m", "service.audit", "verify", str(published), "--quiet", *earlier]
        command += ["--policy", str(published / "keys")]
        finished = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=300)
        known.write_bytes((published / CHECKPOINT).read_bytes())
        if finished.returncode:
            print(finished.stdout, finished.stderr, file=sys.stderr)
        return finished.returncode == 0

    def _readiness(self, node: Server) -> int | None:
        try:
            return node.visitor.get("/readyz").status
        except GONE:
            return None
