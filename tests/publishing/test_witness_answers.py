"""Each answer of a witness means one thing: a cosignature, silence, or that this database was rolled back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.errors import LogRolledBack
from service.publishing.checkpoint import publish
from service.publishing.cosigning import TRIES_MAX
from service.publishing.signed import newest
from service.publishing.witnesses import ask_witnesses
from service.store.contradictions import contradictions
from tests.publishing.partners import Answers, Partner, impostor, policy_of
from tests.publishing.watching import NOW, grows, rows, shown_size, signers
from tests.signatures.conftest import Signing


def ask_one(signing: Signing, partners: list[Partner], answer: Answers) -> str:
    """Let the first witness answer so, and return the reason that is kept."""
    policy = policy_of(signing.keys, partners, least=1)
    grows(signing, policy)
    with impostor(answer) as url:
        one = replace(policy, witnesses=(replace(policy.witnesses[0], url=url),), groups=(), quorum="w2")
        ask_witnesses(signing.database, one, lambda: NOW)
    assert shown_size(signing) == 0
    return str(rows(signing)[partners[0].key.vkey].error)


def cosigned_by(signing: Signing, partner: Partner) -> bytes:
    """Return a valid cosignature of what is signed now."""
    with signing.database.read() as connection:
        return partner.key.cosign(newest(connection).text, NOW).encode()  # type: ignore[union-attr]


def test_cosignatures_of_others_are_dropped(signing: Signing, partners: list[Partner]) -> None:
    error = ask_one(signing, partners, lambda _: (200, "text/plain", cosigned_by(signing, partners[1])))
    assert "no valid cosignature" in error


def test_its_own_is_found_among_others(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=1)
    grows(signing, policy)
    lines = b"\xff\n" + cosigned_by(signing, partners[1]) + cosigned_by(signing, partners[0]) + b"noise\n"
    with impostor(lambda _: (200, "text/plain", lines)) as url:
        one = replace(policy, witnesses=(replace(policy.witnesses[0], url=url),), groups=(), quorum="w2")
        assert ask_witnesses(signing.database, one, lambda: NOW) == 1
    assert signers(signing, partners) == [signing.keys.origin, "witness.example/w2"]


def test_a_cosignature_of_something_else_is_not_used(signing: Signing, partners: list[Partner]) -> None:
    other = partners[0].key.cosign("petition.example/log\n9\nAAAA\n", NOW).encode()
    assert "no valid cosignature" in ask_one(signing, partners, lambda _: (200, "text/plain", other))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, "text/plain", b"sorry"), "answered 500"),
        ((404, "text/plain", b"unknown"), "answered 404"),
        ((403, "text/plain", b"unsigned"), "answered 403"),
        ((400, "text/plain", b"malformed"), "answered 400"),
        ((302, "text/plain", b""), "answered 302"),
        ((409, "text/plain", b"9\n"), "answered 409"),
        ((409, "text/x.tlog.size", b"nine\n"), "answered 409"),
        ((409, "text/x.tlog.size", b"9"), "answered 409"),
        ((409, "text/x.tlog.size", b"09\n"), "answered 409"),
        ((200, "text/plain", b""), "no valid cosignature"),
        ((200, "text/plain", b"x" * 70_000), "5 seconds and 65536 bytes"),
    ],
)
def test_what_cannot_be_used_proves_nothing(
    signing: Signing, partners: list[Partner], answer: tuple[int, str, bytes], says: str
) -> None:
    assert says in ask_one(signing, partners, lambda _: answer)
    with signing.database.read() as connection:
        assert contradictions(connection) == []


def test_one_that_names_another_size_each_time_is_left(signing: Signing, partners: list[Partner]) -> None:
    sizes = iter(range(TRIES_MAX))
    answers: Callable[[bytes], tuple[int, str, bytes]] = lambda _: (409, "text/x.tlog.size", b"%d\n" % next(sizes))  # noqa: E731
    assert "another size each time" in ask_one(signing, partners, answers)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((409, "text/x.tlog.size", b"5\n"), "cosigned size 5, and the log that is stored here has size 4"),
        ((409, "text/x.tlog.size", b"4\n"), "cosigned another root for size 4"),
        ((422, "text/plain", b"proof wrong\n"), "refuses that size 4 extends the size 0"),
    ],
)
def test_one_that_knows_more_or_other_stops_everything(
    signing: Signing, partners: list[Partner], answer: tuple[int, str, bytes], says: str
) -> None:
    with pytest.raises(LogRolledBack, match=says):
        ask_one(signing, partners, lambda _: answer)
    signing.joins()
    with pytest.raises(LogRolledBack, match="The witness w2 contradicts this database"):
        signing.records()
    with pytest.raises(LogRolledBack, match="restore the newest backup"):
        publish(signing.database, signing.keys, policy_of(signing.keys, partners, least=1))


def test_what_another_worker_published_meanwhile_is_no_contradiction(signing: Signing, partners: list[Partner]) -> None:
    """The witness speaks of a size that was signed after we began to ask."""
    policy = policy_of(signing.keys, partners, least=1)
    signing.joins()

    def published_meanwhile(_body: bytes) -> tuple[int, str, bytes]:
        grows(signing, policy)
        return 409, "text/x.tlog.size", b"6\n"

    assert "cosigned size 6" in ask_one(signing, partners, published_meanwhile)
    with signing.database.read() as connection:
        assert contradictions(connection) == []


def test_a_fork_is_caught(signing: Signing, partners: list[Partner]) -> None:
    """The log is signed anew with another entry in it: no witness takes that for the log it knows."""
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy, 4)
    ask_witnesses(signing.database, policy, lambda: NOW)
    with signing.database.write() as connection:  # a new history under the old origin
        connection.execute(sa.text("UPDATE read_leaf SET hash = :hash WHERE leaf_index = 5"), {"hash": b"f" * 32})
        connection.execute(sa.text("UPDATE checkpoint SET size = 1"))
    grows(signing, policy)
    with pytest.raises(LogRolledBack, match="contradicts this database"):
        ask_witnesses(signing.database, policy, lambda: NOW + 5)
    assert shown_size(signing) == 7
