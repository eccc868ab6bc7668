"""A log that has an ML-DSA-44 key signs with it beside Ed25519; readers who do not know it read on."""

from __future__ import annotations

from pathlib import Path

from service.audit.notes import parse_note, parse_vkey, verify
from service.audit.verifying import verify_log
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.policy import load_policy
from service.publishing.shown import newest_shown
from service.publishing.signed import read_signed
from service.vault.keys import Keys
from tests.signatures.conftest import Signing


def test_both_signatures_hold_and_either_alone_is_enough_to_read_it(signing: Signing, tmp_path: Path) -> None:
    signing.keys.make_mldsa()
    keys = Keys.load(tmp_path / "keys", signing.keys.origin)
    assert keys.mldsa is not None
    policy = load_policy(None, keys.published_vkeys)
    signing.joins()
    signing.records()
    publish(signing.database, keys, policy, signing.clock)
    with signing.database.read() as connection:
        shown = newest_shown(connection)
    assert shown is not None
    note = parse_note(shown.note.encode())
    known = [parse_vkey(vkey) for vkey in keys.published_vkeys]
    assert [key.algorithm for key in verify(note, known)] == [1, 6]
    assert [key.algorithm for key in verify(note, known[:1])] == [1]
    assert read_signed(keys, shown.note).size == shown.size
    for _ in range(2):
        write_folder(signing.database, policy, tmp_path / "copy", lambda _: None)
    report = verify_log(str(tmp_path / "copy"), tmp_path / "copy" / "keys", lambda done, total: None)
    assert (report.errors, report.size) == ([], shown.size)


def test_there_is_one_such_key(signing: Signing) -> None:
    made = signing.keys.make_mldsa()
    try:
        signing.keys.make_mldsa()
    except FileExistsError:
        assert made.vkey.startswith(f"{signing.keys.origin}+{made.id.hex()}+")
    else:
        raise AssertionError("a key was replaced")
