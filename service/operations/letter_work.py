"""What the worker does for letters: hand over what is queued, read what servers report."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from service.app import Services, letter_sender
from service.letters.bounces import Mailroom, read_reports
from service.letters.delivery import Post, deliver_next
from service.letters.evidence_end import destroy_old_evidence
from service.letters.milestones import raise_due
from service.letters.naming import settle_names
from service.letters.overdue import say_overdue
from service.letters.packing import Packing, pack_due
from service.outbox.transport import transport_for
from service.publishing.proofs import proof_since
from service.store.roles import long_role

DELIVER_EVERY_S = 0.5
NAME_EVERY_S = 5.0  # annexes with names: a hand-over waits for this
READ_EVERY_S = 10.0
LOOK_EVERY_S = 30.0
DESTROY_EVERY_S = 3_600.0


def letter_work(services: Services) -> Iterator[tuple[str, float, Callable[[], int], bool]]:
    """Yield each kind of work: its name, how often it is looked for, what does it, whether that takes its own role."""
    transport = transport_for(services.settings.smtp_url)  # of its own: letters never share a connection
    post = Post(services.log, services.keys, transport, services.clock, letter_sender(services.settings))

    def deliver() -> int:
        with long_role(services.database, "letters") as is_ours:
            return deliver_next(post) if is_ours else 0

    packing = Packing(services.log, services.keys, proof_since)

    def name() -> int:
        with long_role(services.database, "names") as is_ours:  # many names take their time
            done = settle_names(services.log, services.keys, services.clock.now()) if is_ours else 0
            return done or (pack_due(packing) if is_ours else 0)

    yield "names", NAME_EVERY_S, name, True
    yield "letters", DELIVER_EVERY_S, deliver, True
    if services.settings.dsn_maildir is not None:
        mailroom = Mailroom(services.log, services.keys, services.settings.dsn_maildir)
        yield "reports", READ_EVERY_S, lambda: read_reports(mailroom, services.clock.now()), False
    yield "overdue", LOOK_EVERY_S, lambda: say_overdue(services.log, services.clock.now()), False
    yield "milestones", LOOK_EVERY_S, lambda: raise_due(services.log, services.clock.now()), False
    yield "old evidence", DESTROY_EVERY_S, lambda: destroy_old_evidence(services.log, services.clock.now()), False
