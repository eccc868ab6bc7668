"""Whatever stands in a file from elsewhere, reading it ends in a value or in the refusal that is documented."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.audit.comparing import read_evidence
from service.audit.decoding import decode
from service.audit.merkle import BadProof
from service.audit.notes import BadNote, parse_note, parse_vkey
from service.audit.openings import BadOpening, read_opening
from service.audit.policy import read_policy
from service.audit.problems import Refused
from service.audit.promises import read_promise
from service.audit.published import read_checkpoint
from service.audit.reading import Unreadable, read_leaves
from service.audit.receipts import read_receipt
from service.audit.sources import SourceFailed
from service.audit.tiles import Damaged, bundle
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import signed_checkpoint, signed_promise
from tests.audit.lies import log_with_campaign
from tests.audit.test_openings import OPENING, written
from tests.audit.test_published import receipt
from tests.audit.witnesses import cosigned, mldsa_cosigned, mldsa_witness, witness

LINES = log_with_campaign(signers=8).lines()
NOTE = mldsa_cosigned(cosigned(signed_checkpoint(LINES), 1, 1), 1, 1)
POLICY = f"log {vkey(ORIGIN, 1)}\nwitness w {witness(1)}\nwitness p {mldsa_witness(1)}\ngroup g 1 w p\nquorum g\n"
KEYS = read_policy(POLICY).keys
BUNDLE = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in LINES)
VIEWS = b"".join(b"note %d\n" % len(NOTE) + NOTE for _ in range(2))


class One:
    """A source of one file."""

    workers = 1

    def __init__(self, content: bytes) -> None:
        self.content = content

    def get(self, path: str, most: int = 0) -> bytes | None:
        return self.content

    def close(self) -> None:
        """Nothing is held open."""


READERS: dict[str, tuple[bytes, Callable[[bytes], Any], tuple[type[Exception], ...]]] = {
    "note": (NOTE, parse_note, (BadNote,)),
    "checkpoint": (NOTE, lambda data: read_checkpoint(data, KEYS), (BadNote,)),
    "receipt": (receipt(LINES, 5), lambda data: read_receipt(data, KEYS), (BadNote, BadProof)),
    "promise": (
        signed_promise(LINES[5], 9),
        lambda data: read_promise(data, ORIGIN, [vkey(f"{ORIGIN}/promise", 3)]),
        (BadNote,),
    ),
    "policy": (POLICY.encode(), read_policy, (BadNote,)),
    "key": (vkey(ORIGIN, 1).encode(), lambda data: parse_vkey(data.decode("utf-8", "replace")), (BadNote,)),
    "split view": (
        b"petition-split-view/v1\n" + VIEWS,
        lambda data: read_evidence(data, read_policy(POLICY)),
        (BadNote,),
    ),
    "opening": (written(OPENING), read_opening, (BadOpening,)),
    "entry": (LINES[5], decode, (Refused,)),
    "bundle": (BUNDLE, lambda data: bundle(One(data), 0, len(LINES)), (Damaged, SourceFailed)),
}


def damaged(data: st.DataObject, right: bytes) -> bytes:
    """Return the right bytes with something cut out, put in or repeated, or bytes that never were right."""
    content = bytearray(right)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 40)))
        piece = data.draw(
            st.one_of(st.binary(max_size=8), st.text(max_size=4).map(str.encode), st.just(content[start:end] * 2))
        )
        content[start:end] = piece
    return bytes(content)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_damaged_file_ends_in_its_refusal(name: str, data: st.DataObject) -> None:
    right, read, refusals = READERS[name]
    with contextlib.suppress(*refusals):
        read(damaged(data, right))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), is_gzip=st.booleans())
def test_a_damaged_export_ends_in_its_refusal(tmp_path: Path, data: st.DataObject, is_gzip: bool) -> None:
    right = b"".join(leaf + b"\n" for leaf in LINES)
    (tmp_path / "log").write_bytes(damaged(data, gzip.compress(right) if is_gzip else right))
    with contextlib.suppress(Unreadable):
        for leaves in read_leaves(tmp_path / "log"):
            assert all(b"\n" not in leaf for leaf in leaves)
