"""A receipt proves that an entry is in the published log, in one file, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.audit.__main__ import main
from service.audit.merkle import leaf_hash
from service.audit.notes import BadNote, parse_vkey
from service.audit.receipts import BadProof, event_of, read_receipt
from service.publishing.checkpoint import publish
from service.publishing.receipt import receipt_of
from tests.publishing.partners import alone
from tests.signatures.conftest import Signing

VECTORS = Path(__file__).parent.parent / "audit" / "vectors"
TLOG: dict[str, Any] = json.loads((VECTORS / "tlog.json").read_text())
LEAF: dict[str, Any] = json.loads((VECTORS / "leaf.json").read_text())


@pytest.mark.parametrize("vector", TLOG["receipts"], ids=lambda vector: vector["what"])
def test_the_receipts_of_the_vectors(vector: dict[str, Any]) -> None:
    keys, hashed = [parse_vkey(vector["vkey"])], leaf_hash(bytes.fromhex(vector["leaf_hex"]))
    if vector["valid"]:
        assert read_receipt(vector["proof"].encode(), keys, hashed).index >= 0
    else:
        with pytest.raises((BadNote, BadProof)):
            read_receipt(vector["proof"].encode(), keys, hashed)


def test_the_receipt_of_a_whole_signature() -> None:
    receipt = read_receipt(LEAF["receipt_of_leaf_1"].encode(), [parse_vkey(LEAF["log_vkey"])])
    assert receipt.leaf.decode() == LEAF["leaves"][1]
    assert type(event_of(receipt)).__name__ == "SignatureRecorded"


def test_every_entry_gets_a_receipt_at_every_size(signing: Signing) -> None:
    key = [parse_vkey(signing.keys.log_vkey)]
    for people in (1, 2, 5, 11):
        for _ in range(people):
            signing.joins()
        signing.records()
        publish(signing.database, signing.keys, alone(signing.keys))
        leaves = [entry.leaf for entry in signing.log.entries(0, 1000)]
        with signing.database.read() as connection:
            for index, leaf in enumerate(leaves):
                receipt = read_receipt(str(receipt_of(connection, index)).encode(), key)
                assert (receipt.leaf, receipt.index, receipt.checkpoint.size) == (leaf, index, len(leaves))
            assert receipt_of(connection, len(leaves)) is None


def test_no_receipt_before_a_checkpoint_covers_the_entry(signing: Signing) -> None:
    signing.joins()
    signing.records()
    with signing.database.read() as connection:
        assert receipt_of(connection, 0) is None


def test_the_command_says_what_the_receipt_proves(
    signing: Signing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signing.joins()
    signing.records()
    publish(signing.database, signing.keys, alone(signing.keys))
    with signing.database.read() as connection:
        text = str(receipt_of(connection, 3))
    pinned, file = tmp_path / "policy", tmp_path / "mine.tlog-proof"
    pinned.write_text(alone(signing.keys).text())
    file.write_text(text)
    assert main(["receipt", str(file), "--policy", str(pinned)]) == 0
    assert "entry 3 is in the log petition.example/log of size 4" in capsys.readouterr().out
    file.write_text(text.replace("index 3", "index 2"))
    assert main(["receipt", str(file), "--policy", str(pinned)]) == 1
    assert main(["receipt", str(tmp_path / "none"), "--policy", str(pinned)]) == 2
