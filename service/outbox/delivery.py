"""What handing a message over means, and the ways in which it can fail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from service.outbox.envelope import Envelope
from service.outbox.message import Message


class Undelivered(Exception):
    """A message was not handed over. It says a class only, never the server's words: they may name people."""

    error_class: ClassVar[str] = "temporary"


class Deferred(Undelivered):
    """The server asks to try this message again later (4xx)."""


class Refused(Undelivered):
    """The server will never take this message (5xx about the recipient or the content)."""

    error_class = "permanent"


class Unreachable(Undelivered):
    """The server cannot be reached or will not talk to us: the message is not at fault."""

    error_class = "unreachable"


class Uncertain(Unreachable):
    """The server went away after it was given the message: it may have taken it."""

    error_class = "uncertain"


class Transport(ABC):
    """Hands messages over, one at a time."""

    @abstractmethod
    def deliver(self, message: Message, now: datetime) -> None:
        """Hand a message over; when it returns, the other side has taken it.

        :raises Undelivered: which kind says what to do next.
        :raises MessageMalformed: if the message cannot become mail.
        """

    def close(self) -> None:  # noqa: B027  (not all have a connection)
        """Let go of a connection, if there is one."""


class OnceTransport(Transport):
    """Also hands over mail that must never go twice: it says when the last moment to turn back has come."""

    @abstractmethod
    def hand_over(self, envelope: Envelope, before_data: Callable[[], None]) -> str:
        """Hand a mail over and return the server's words, which may name people: they are for sealed evidence.

        `before_data` is called when everything but the content was taken; whatever it raises stops the hand-over.

        :raises Uncertain: if the content was on its way and no answer came: the mail may have been taken.
        :raises Undelivered: if it is known not to have been taken.
        """
