"""What is signed is shown once a quorum of the witnesses cosigned it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.errors import LogDamaged, Refused
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.policy import Policy
from service.publishing.receipt import receipt_of
from service.publishing.shown import newest_shown
from service.publishing.signed import newest
from service.publishing.witnesses import BACKOFF_MAX_S, FRESH_S, LEASE_S, ask_witnesses
from service.store.contradictions import contradictions
from service.store.database import Database
from service.store.tables import witness
from tests.publishing.partners import Partner, impostor, policy_of
from tests.publishing.watching import NOW, grows, rows, shown_size, signers
from tests.signatures.conftest import Signing


def test_it_is_shown_once_a_quorum_cosigned_it(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    assert shown_size(signing) == 0
    assert ask_witnesses(signing.database, policy, lambda: NOW) == 3
    assert shown_size(signing) == 4
    assert signers(signing, partners) == [signing.keys.origin, *(each.key.name for each in partners)]
    assert [each.cosigned() for each in partners] == [4, 4, 4]


def test_without_a_quorum_the_older_one_stays(signing: Signing, partners: list[Partner], tmp_path: Path) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    ask_witnesses(signing.database, policy, lambda: NOW)
    for each in partners[1:]:
        each.stops()
    grows(signing, policy)
    assert ask_witnesses(signing.database, policy, lambda: NOW + 5) == 1
    assert shown_size(signing) == 4
    with signing.database.read() as connection:
        assert newest(connection).size == 5  # type: ignore[union-attr]
        assert receipt_of(connection, 4) is None
        assert receipt_of(connection, 3) is not None
    assert write_folder(signing.database, policy, tmp_path / "copy", lambda path: None) == 4


def test_before_a_quorum_nothing_is_published(signing: Signing, partners: list[Partner], tmp_path: Path) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    with pytest.raises(Refused, match="asks the witnesses"):
        write_folder(signing.database, policy, tmp_path / "copy", lambda path: None)


def test_a_late_cosignature_joins_what_is_shown(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=1)
    partners[1].stops()
    grows(signing, policy)
    assert ask_witnesses(signing.database, policy, lambda: NOW) == 2
    assert len(signers(signing, partners)) == 3
    partners[1].starts()
    back = policy_of(signing.keys, partners, least=1)
    assert ask_witnesses(signing.database, back, lambda: NOW + 1) == 0  # it failed: it is asked later
    assert ask_witnesses(signing.database, back, lambda: NOW + 10) == 1
    assert len(signers(signing, partners)) == 4


def test_a_witness_that_fails_is_asked_ever_more_seldom(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=3)
    grows(signing, policy)
    partners[0].stops()
    key, now, waits = partners[0].key.vkey, NOW, []
    for _ in range(10):
        ask_witnesses(signing.database, policy, lambda n=now: n)  # type: ignore[misc]
        waits.append(rows(signing)[key].not_before - now)
        now = rows(signing)[key].not_before
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, BACKOFF_MAX_S, BACKOFF_MAX_S]
    assert "could not be reached" in rows(signing)[key].error


def test_a_fresh_cosignature_is_asked_for_though_nothing_grew(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    for each in partners:
        each.witness.clock = lambda: NOW
    assert ask_witnesses(signing.database, policy, lambda: NOW) == 3
    assert ask_witnesses(signing.database, policy, lambda: NOW + FRESH_S - 1) == 0
    for each in partners:
        each.witness.clock = lambda: NOW + FRESH_S
    with signing.database.read() as connection:
        before = newest_shown(connection)
    assert ask_witnesses(signing.database, policy, lambda: NOW + FRESH_S) == 3
    with signing.database.read() as connection:
        after = newest_shown(connection)
    assert (after.size, after.root) == (before.size, before.root)  # type: ignore[union-attr]
    assert after.note != before.note  # type: ignore[union-attr]
    assert len(signers(signing, partners)) == 4


def test_with_quorum_none_it_is_shown_at_once_and_cosigned_later(signing: Signing, partners: list[Partner]) -> None:
    policy = replace(policy_of(signing.keys, partners, least=2), quorum="none")
    grows(signing, policy)
    assert shown_size(signing) == 4
    ask_witnesses(signing.database, policy, lambda: NOW)
    assert len(signers(signing, partners)) == 4


def test_a_policy_that_became_milder_shows_what_was_signed(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    assert shown_size(signing) == 0
    assert publish(signing.database, signing.keys, replace(policy, quorum="none")) == 0
    assert shown_size(signing) == 4


def test_it_proves_from_where_the_witness_is(signing: Signing, partners: list[Partner]) -> None:
    """What is known of the witness is older than what it cosigned: it says its size, and gets the proof from there."""
    policy = policy_of(signing.keys, partners, least=3)
    grows(signing, policy)
    ask_witnesses(signing.database, policy, lambda: NOW)
    grows(signing, policy, 3)
    with signing.database.write() as connection:
        connection.execute(sa.update(witness).values(size=0, line=""))
    assert ask_witnesses(signing.database, policy, lambda: NOW + 5) == 3
    assert shown_size(signing) == 7


def test_a_claimed_witness_is_left_to_who_claimed_it(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    asked = threading.Event()
    release = threading.Event()
    requests: list[bytes] = []

    def slow(body: bytes) -> tuple[int, str, bytes]:
        requests.append(body)
        asked.set()
        release.wait(30)
        return 500, "text/plain", b""

    with impostor(slow) as url:
        held = replace(policy, witnesses=(replace(policy.witnesses[0], url=url), *policy.witnesses[1:]))
        first = threading.Thread(target=ask_witnesses, args=(signing.database, held, lambda: NOW))
        first.start()
        assert asked.wait(30)
        assert ask_witnesses(signing.database, held, lambda: NOW + LEASE_S - 1) == 0
        release.set()
        first.join()
    assert len(requests) == 1


def test_no_transaction_waits_for_a_witness(signing: Signing, partners: list[Partner]) -> None:
    """While a witness keeps us waiting, the database can be written and holds no other transaction of ours open."""
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    seen: list[int] = []

    def look(_body: bytes) -> tuple[int, str, bytes]:
        with signing.database.write() as connection:
            connection.execute(sa.text("UPDATE log_head SET newest_day = newest_day"))
        seen.append(open_transactions(signing.database))
        return 500, "text/plain", b""

    with impostor(look) as url:
        one = replace(policy, witnesses=(replace(policy.witnesses[0], url=url),), groups=(), quorum="w2")
        ask_witnesses(signing.database, one, lambda: NOW)
    assert seen == [0]


def open_transactions(database: Database) -> int:
    """Return how many other transactions are open (SQLite: none could be, as a write went through)."""
    if database.dialect == "sqlite":
        return database.engine.pool.checkedout()  # type: ignore[attr-defined, no-any-return]
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname = current_database()"
    with database.read() as connection:
        return int(connection.execute(sa.text(idle)).scalar_one())


def test_two_workers_at_once_make_one_history(
    signing: Signing, partners: list[Partner], another_connection: Callable[[], Database]
) -> None:
    """Both sign and ask at the same moments: each witness ends at the newest size, and none contradicts."""
    policy = policy_of(signing.keys, partners, least=3)
    databases = [signing.database, another_connection()]
    now = NOW
    for _ in range(4):
        signing.joins()
        signing.records()
        now += 5
        workers = [threading.Thread(target=works, args=(each, signing, policy, now)) for each in databases]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert shown_size(signing) == 7
    assert [each.cosigned() for each in partners] == [7, 7, 7]
    assert len(signers(signing, partners)) == 4
    with signing.database.read() as connection:
        assert contradictions(connection) == []


def works(database: Database, signing: Signing, policy: Policy, now: int) -> None:
    """Do what a worker does, until there is nothing more to do; two may meet, and one of them tries again."""
    for moment in range(now, now + 4):
        with suppress(LogDamaged, sa.exc.IntegrityError):
            publish(database, signing.keys, policy)
        ask_witnesses(database, policy, lambda m=moment: m)  # type: ignore[misc]
