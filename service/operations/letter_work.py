"""What the worker does for letters: hand over what is queued, read what servers report."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from service.app import Services, letter_sender
from service.letters.bounces import Mailroom, read_reports
from service.letters.delivery import Post, deliver_next
from service.letters.milestones import raise_due
from service.letters.overdue import say_overdue
from service.outbox.transport import transport_for

DELIVER_EVERY_S = 0.5
READ_EVERY_S = 10.0
LOOK_EVERY_S = 30.0


def letter_work(services: Services) -> Iterator[tuple[str, float, Callable[[], int]]]:
    """Yield each kind of work as its name, how often it is looked for, and what does it."""
    transport = transport_for(services.settings.smtp_url)  # of its own: letters never share a connection
    post = Post(services.log, services.keys, transport, services.clock, letter_sender(services.settings))
    yield "letters", DELIVER_EVERY_S, lambda: deliver_next(post)
    if services.settings.dsn_maildir is not None:
        mailroom = Mailroom(services.log, services.keys, services.settings.dsn_maildir)
        yield "reports", READ_EVERY_S, lambda: read_reports(mailroom, services.clock.now())
    yield "overdue", LOOK_EVERY_S, lambda: say_overdue(services.log, services.clock.now())
    yield "milestones", LOOK_EVERY_S, lambda: raise_due(services.log, services.clock.now())
