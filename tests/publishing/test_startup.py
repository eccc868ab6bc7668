"""Before anything is recorded: stored events, published copy and witnesses are asked about this database."""

from __future__ import annotations

import functools
import http.server
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.policy import Policy
from service.publishing.startup import Published, Said, ask_all, check_at_start
from service.publishing.witnesses import ask_witnesses
from service.readmodel.tables import live
from service.store.contradictions import contradictions
from service.store.tables import checkpoint, event, witness
from tests.publishing.partners import Partner, alone, policy_of
from tests.signatures.conftest import Signing

NOW = 1_790_000_000


@pytest.fixture
def partners(partners: list[Partner]) -> list[Partner]:
    """Return two of the partners."""
    return partners[:2]


def grows(signing: Signing, policy: Policy, people: int = 1) -> None:
    """Let people sign, sign the log, and let the witnesses cosign it."""
    for _ in range(people):
        signing.joins()
    signing.records()
    publish(signing.database, signing.keys, policy)
    ask_witnesses(signing.database, policy, lambda: NOW)


def is_restored_to(signing: Signing, size: int) -> None:
    """Put the database back to what it was when the log had this size: an old backup was restored."""
    with signing.database.write() as connection:
        last = connection.execute(sa.select(live.leaf.c.position).where(live.leaf.c.leaf_index == size - 1)).scalar()
        connection.execute(sa.delete(event).where(event.c.id > last))
        connection.execute(sa.delete(live.leaf).where(live.leaf.c.leaf_index >= size))
        connection.execute(sa.update(live.progress).values(position=last, log_size=size))
        connection.execute(sa.delete(checkpoint))
        connection.execute(sa.text("DELETE FROM shown"))
        connection.execute(sa.delete(witness))
    publish(signing.database, signing.keys, alone(signing.keys))


def asked(signing: Signing, policy: Policy, copy: str = "") -> dict[str, Said]:
    """Return what each source says."""
    return {each.source: each for each in ask_all(Published(signing.database, signing.keys, policy, copy))}


def noted(signing: Signing, policy: Policy, copy: str = "") -> list[str]:
    """Do the check of a worker's start, and return what is kept of it."""
    check_at_start(Published(signing.database, signing.keys, policy, copy))
    with signing.database.read() as connection:
        return contradictions(connection)


def test_all_agree_where_nothing_was_lost(signing: Signing, partners: list[Partner], tmp_path: Path) -> None:
    policy, copy = policy_of(signing.keys, partners, least=2), tmp_path / "copy"
    grows(signing, policy)
    write_folder(signing.database, policy, copy, lambda path: None)
    said = asked(signing, policy, str(copy))
    assert list(said) == ["log", "copy", "witness w2", "witness w3"]
    assert not any(each.contradiction or each.is_silent for each in said.values())
    assert noted(signing, policy, str(copy)) == []


def test_a_new_log_contradicts_nobody(signing: Signing, partners: list[Partner], tmp_path: Path) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    assert noted(signing, policy, str(tmp_path / "no copy yet")) == []
    grows(signing, policy)
    assert [each.cosigned() for each in partners] == [4, 4]


def test_a_restored_old_database_is_contradicted_by_all(
    signing: Signing, partners: list[Partner], tmp_path: Path
) -> None:
    policy, copy = policy_of(signing.keys, partners, least=2), tmp_path / "copy"
    grows(signing, policy, 5)
    write_folder(signing.database, policy, copy, lambda path: None)
    is_restored_to(signing, 6)
    assert asked(signing, policy)["log"] == Said("log")
    assert noted(signing, policy, str(copy)) == [
        f"{copy} has the log up to size 8, this database only to 6",
        "The witness w2 contradicts this database: it cosigned size 8, and the log that is stored here has size 6",
        "The witness w3 contradicts this database: it cosigned size 8, and the log that is stored here has size 6",
    ]


def test_an_empty_database_under_an_old_origin_is_contradicted(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    with signing.database.write() as connection:
        connection.execute(sa.delete(checkpoint))
    assert "it cosigned size 4" in asked(signing, policy)["witness w2"].contradiction


def test_one_witness_that_answers_is_enough(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy, 5)
    partners[0].stops()
    is_restored_to(signing, 6)
    assert [says[:14] for says in noted(signing, policy)] == ["The witness w3"]


def test_a_silent_witness_is_no_contradiction(signing: Signing, partners: list[Partner]) -> None:
    policy = policy_of(signing.keys, partners, least=2)
    grows(signing, policy)
    for each in partners:
        each.stops()
    assert asked(signing, policy)["witness w2"].is_silent
    assert noted(signing, policy) == []


def test_the_mark_is_lifted_only_by_who_set_it(signing: Signing, partners: list[Partner]) -> None:
    """A witness that contradicted and is silent now still stands, until it agrees or is no longer one of ours."""
    policy = policy_of(signing.keys, partners, least=1)
    grows(signing, policy, 5)
    is_restored_to(signing, 6)
    assert [says[:14] for says in noted(signing, policy)] == ["The witness w2", "The witness w3"]
    partners[0].stops()
    with sqlite3.connect(partners[1].witness.state.path) as state:  # it agrees again, whatever the reason
        state.execute("DELETE FROM cosigned")
    state.close()
    assert [says[:14] for says in noted(signing, policy)] == ["The witness w2"]
    only = replace(policy, witnesses=policy.witnesses[1:], groups=(), quorum="w3")
    assert noted(signing, only) == []


def test_changed_events_are_found_though_the_hashes_stayed(signing: Signing) -> None:
    grows(signing, alone(signing.keys), 3)
    with signing.database.write() as connection:
        connection.execute(sa.update(event).where(event.c.id == 5).values(state=b'{"v":1}'))
    assert "do not give the root" in asked(signing, alone(signing.keys))["log"].contradiction


# ---- the published copy


@pytest.fixture
def copy(signing: Signing, tmp_path: Path) -> Path:
    """Return a copy of a log of size 6."""
    grows(signing, alone(signing.keys), 3)
    write_folder(signing.database, alone(signing.keys), tmp_path / "copy", lambda path: None)
    return tmp_path / "copy"


def of_copy(signing: Signing, copy: object) -> Said:
    """Return what a copy says."""
    return asked(signing, alone(signing.keys), str(copy))["copy"]


def test_a_copy_may_lag_behind(signing: Signing, copy: Path) -> None:
    grows(signing, alone(signing.keys), 3)
    assert of_copy(signing, copy) == Said("copy")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n6\n", "\n5\n"),
        ("\n6\n", "\n" + "9" * 5000 + "\n"),
        ("petition.", "petitiom."),
        ("\N{EM DASH}", "-"),
        ("\n6\n", ""),
    ],
)
def test_a_copy_that_we_did_not_sign_is_a_contradiction(signing: Signing, copy: Path, old: str, new: str) -> None:
    path = copy / "checkpoint"
    path.write_text(path.read_text().replace(old, new))
    assert "is not of this log" in of_copy(signing, copy).contradiction


def test_a_copy_of_another_history_that_we_signed_is_a_contradiction(signing: Signing, copy: Path) -> None:
    forked = signing.keys.sign_log_note(f"{signing.keys.origin}\n5\n{'A' * 43}=\n")
    (copy / "checkpoint").write_text(forked)
    assert "another history of size 5" in of_copy(signing, copy).contradiction


def test_a_copy_is_asked_at_its_address(signing: Signing, copy: Path) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(copy)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        assert of_copy(signing, address) == Said("copy")
        assert of_copy(signing, f"{address}/elsewhere") == Said("copy")  # there is none yet
        is_restored_to(signing, 5)
        assert f"{address} has the log up to size 6" in of_copy(signing, address).contradiction
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert of_copy(signing, address).is_silent
