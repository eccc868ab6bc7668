"""Mail that must not go twice: the last moment comes before the content, and stopping there sends nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outbox.delivery import Deferred, OnceTransport, Refused, Uncertain, Undelivered, Unreachable
from service.outbox.envelope import Envelope, xtext
from service.outbox.transport import transport_for
from tests.outbox.conftest import Mailbox, MailServer, a_message

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class TurnedBack(Exception):
    """Another worker has it."""


def envelope(to: str = "registry@office.example") -> Envelope:
    return Envelope("letters+token@petition.example", to, a_message(to).as_mail(NOW), "token")


@pytest.fixture
def once(server: MailServer) -> OnceTransport:
    """Return the way to the running mail server."""
    return transport_for(f"smtp://127.0.0.1:{server.bound_port}")


def test_the_last_moment_comes_before_the_content(once: OnceTransport, mailbox: Mailbox) -> None:
    taken: list[int] = []
    assert once.hand_over(envelope(), lambda: taken.append(len(mailbox.taken))) == "OK"
    once.close()
    assert taken == [0]
    assert mailbox.recipients == ["registry@office.example"]


def test_turning_back_there_sends_nothing(once: OnceTransport, mailbox: Mailbox) -> None:
    def turn_back() -> None:
        raise TurnedBack

    with pytest.raises(TurnedBack):
        once.hand_over(envelope(), turn_back)
    assert mailbox.taken == []
    once.hand_over(envelope(), lambda: None)
    once.close()
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize(
    ("says", "kind", "is_late"),
    [
        ({"mail": "550 not you"}, Unreachable, False),
        ({"rcpt": "550 nobody"}, Refused, False),
        ({"rcpt": "451 later"}, Deferred, False),
        ({"data": "554 no"}, Refused, True),
        ({"data": "451 later"}, Deferred, True),
        ({"data": "421 closing"}, Unreachable, True),
    ],
)
def test_a_refusal_says_what_is_known(
    once: OnceTransport, mailbox: Mailbox, says: dict[str, str], kind: type[Undelivered], is_late: bool
) -> None:
    mailbox.says, passed = says, []
    with pytest.raises(kind) as raised:
        once.hand_over(envelope(), lambda: passed.append(1))
    assert not isinstance(raised.value, Uncertain)
    assert bool(passed) == is_late


@pytest.mark.parametrize(("after", "kind"), [("rcpt", Unreachable), ("data", Uncertain)])
def test_a_lost_connection_is_uncertain_only_after_the_content(
    once: OnceTransport, mailbox: Mailbox, after: str, kind: type[Undelivered]
) -> None:
    mailbox.hangs_up = after
    with pytest.raises(kind) as raised:
        once.hand_over(envelope(), lambda: None)
    assert type(raised.value) is kind


def test_a_server_without_reports_is_not_asked_for_them(once: OnceTransport, mailbox: Mailbox) -> None:
    once.hand_over(envelope(), lambda: None)  # the plain server refuses parameters that it does not know
    once.close()
    assert mailbox.senders == ["letters+token@petition.example"]


def test_a_folder_gets_one_file_for_one_message(tmp_path: Path) -> None:
    folder, one = transport_for(f"folder://{tmp_path}/mail"), envelope()
    for _ in range(2):
        said = folder.hand_over(one, lambda: None)
    (path,) = (tmp_path / "mail").glob("*.eml")
    assert said == f"written to {path.name}"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_what_a_command_cannot_hold_is_written_in_hex(text: str) -> None:
    written = xtext(text)
    assert re.fullmatch(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*", written)
    assert re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), written) == text
