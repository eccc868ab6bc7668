"""Composing a letter: its numbers are the log's, its documents are archived, and its bytes can be made again."""

from __future__ import annotations

import base64
import json

import pytest
import sqlalchemy as sa

from service.errors import Busy, NotFound, Refused
from service.eventlog.canonical import document_hash
from service.eventlog.merkle import leaf_hash, root_of
from service.letters.annex import read_file_list
from service.letters.coverage import font_sums
from service.letters.queries import letter, letter_files, letter_lines, letter_of, letter_pdf, letters_of
from service.letters.rebuilding import rebuild_letter
from service.letters.template import Template
from service.store.tables import campaign as campaign_table
from service.store.tables import document
from tests.letters.conftest import CAMPAIGN, Appeal, token
from tests.letters.validation import faults


def test_it_states_the_counts_and_the_root_at_the_size_of_the_log(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a", "b", "c")
    appeal.withdrawn_by("b")
    leaves = [entry.leaf for entry in appeal.log.entries(0, 100)]
    event = appeal.composed(appeal.composes("L1"))
    assert (event.at_size, event.active, event.text, event.named) == (len(leaves), 2, appeal.text, 0)
    made = json.loads(appeal.document(event.input).bytes())
    assert made["root"] == base64.b64encode(root_of(map(leaf_hash, leaves))).decode()
    assert set(made) == {
        *("v", "letter", "campaign", "addressee", "record", "kind", "day", "at_size", "root", "text", "wordings"),
        *("languages", "template", "active", "named", "annex"),
    }
    same = (
        "letter",
        "campaign",
        "addressee",
        "record",
        "kind",
        "day",
        "at_size",
        "text",
        "template",
        "active",
        "named",
    )
    assert [made[name] for name in same] == [getattr(event, name) for name in same]
    assert (made["languages"], event.language, made["annex"]) == (["tr", "en"], "tr", "tally")


def test_its_documents_are_in_the_archive_under_the_hashes_of_its_event(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a")
    event = appeal.composed(appeal.composes("L1"))
    assert len(appeal.document(event.pdf).bytes()) == event.pdf_bytes
    assert faults(appeal.document(event.pdf).bytes()) == []
    assert "ANAYASA MAHKEMESİ BAŞKANLIĞINA" in appeal.document(event.plain).bytes().decode()
    assert appeal.document(event.fonts).bytes() == font_sums()
    files = read_file_list(appeal.document(event.annex).bytes())
    assert set(files) == {
        *(
            "istanbul-two-L1-en.pdf",
            "istanbul-two-L1-en.txt",
            "istanbul-two-L1-annex-a.csv",
            "istanbul-two-L1-annex-a.json",
        ),
        *("istanbul-two-L1-annex-a-tr.pdf", "istanbul-two-L1-annex-a-en.pdf"),
    }
    tally = f"what,count\nat_size,{event.at_size}\nactive,1\noutdated,0\nwithdrawn,0\ninvalidated,0\nmerged,1\n"
    assert appeal.document(files["istanbul-two-L1-annex-a.csv"]).bytes().decode() == tally
    assert all(document_hash(appeal.document(found).bytes()) == found for found in files.values())


def test_a_register_lists_each_counted_signature_by_entry(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a", "b", "c")
    appeal.withdrawn_by("b")
    event = appeal.composed(appeal.composes("L9"))
    files = read_file_list(appeal.document(event.annex).bytes())
    rows = json.loads(appeal.document(files["istanbul-two-L9-annex-a.json"]).bytes())
    first = event.at_size - 4
    assert rows == [[first, token("a"), "2026-03-02"], [first + 2, token("c"), "2026-03-02"]]


def test_an_annex_takes_its_figures_from_the_last_tally(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by(*"abcdefghijkl")
    appeal.tally(at_size=21, active=12, by_country={"DE": 6}, merged=6)
    appeal.signed_by("m")
    event = appeal.composed(appeal.composes("L1"))
    made = json.loads(appeal.document(event.input).bytes())
    assert (event.active, made["tally"]) == (13, event.at_size - 2)
    files = read_file_list(appeal.document(event.annex).bytes())
    rows = json.loads(appeal.document(files["istanbul-two-L1-annex-a.json"]).bytes())
    assert rows == [
        ["at_size", 21],
        ["active", 12],
        ["outdated", 0],
        ["withdrawn", 0],
        ["invalidated", 0],
        ["DE", 6],
        ["merged", 6],
    ]


def test_its_bytes_can_be_made_again_and_a_changed_document_shows(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a")
    made = appeal.composes("L1")
    appeal.signed_by("b")
    assert rebuild_letter(made, appeal.log) == []
    changed = json.loads(appeal.document(appeal.composed(made).input).bytes()) | {"active": 1_000}
    with appeal.database.write() as connection:
        content = json.dumps(changed, sort_keys=True, separators=(",", ":")).encode()
        here = document.c.hash == appeal.composed(made).input
        connection.execute(sa.update(document).where(here).values(content=content))
    assert [one.part for one in rebuild_letter(made, appeal.log)] == ["input", "pdf", "plain", "annex"]


def test_a_letter_may_be_composed_again_in_its_own_stream(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a")
    made = appeal.composes("L1")
    appeal.signed_by("b")
    assert appeal.composes("L1", again=made) == made
    assert [line.fields["active"] for line in _lines(appeal, made)] == [1, 2]
    with pytest.raises(Refused, match="to compose again"):
        appeal.composes("L1", again="l_UNKNOWN123")


def test_the_demonstration_s_documents_are_public_and_stamped(appeal: Appeal) -> None:
    appeal.opens()
    view = _view(appeal, appeal.composes("L1"))
    assert (view.public, view.stamped) == (True, True)
    assert Template.read(appeal.document(view.hashes["template"]).bytes()).stamps == {
        "tr": "demonstration",
        "en": "demonstration",
    }
    with appeal.database.read() as connection:
        name, content = letter_pdf(connection, view)
        names = [file.name for file in letter_files(connection, view)]
    assert (name, content[:5]) == ("istanbul-two-L1-tr.pdf", b"%PDF-")
    assert names[:2] == ["istanbul-two-L1-tr.pdf", "istanbul-two-L1-tr.txt"]


def test_outside_the_demonstration_nothing_is_public_and_a_draft_says_so(appeal: Appeal) -> None:
    appeal.opens(demonstration=False)
    view = _view(appeal, appeal.composes("L1"))
    assert view.public is False
    assert Template.read(appeal.document(view.hashes["template"]).bytes()).stamps == {"tr": "unreviewed", "en": "draft"}
    with appeal.database.read() as connection, pytest.raises(NotFound, match="not public"):
        letter_pdf(connection, view)


def test_an_embassy_copy_carries_a_letter_that_was_composed_before(appeal: Appeal) -> None:
    appeal.opens()
    with pytest.raises(Refused, match="approved first"):
        appeal.composes("L7")
    carried = appeal.composes("L2")
    event = appeal.composed(appeal.composes("L7"))
    assert json.loads(appeal.document(event.input).bytes())["carries"] == {
        "letter": carried,
        "pdf": appeal.composed(carried).pdf,
    }
    assert "istanbul-two/L2 of 2 March 2026" in " ".join(appeal.document(event.plain).bytes().decode().split())


def test_letters_are_listed_with_the_newest_first_and_belong_to_their_appeal(appeal: Appeal) -> None:
    appeal.opens()
    made = [appeal.composes("L1"), appeal.composes("L2")]
    with appeal.database.read() as connection:
        assert [view.id for view in letters_of(connection, CAMPAIGN)] == made[::-1]
        with pytest.raises(NotFound):
            letter_of(connection, "c_OTHER12345", made[0])


def test_it_refuses_letters_that_it_does_not_know_or_that_lack_something(appeal: Appeal) -> None:
    appeal.opens()
    with pytest.raises(NotFound, match="there are L1, L2"):
        appeal.composes("L77")
    with pytest.raises(Refused, match="chamber, case_number"):
        appeal.composes("L5")


def test_it_refuses_a_register_for_an_appeal_at_risk(appeal: Appeal) -> None:
    appeal.opens(risk="at-risk", batch_min=8, batch_max_s=86400, retention="forget", tally_min=0)
    with pytest.raises(Refused, match="annex `tally`"):
        appeal.composes("L9")


def test_at_risk_its_size_is_the_end_of_a_batch(appeal: Appeal) -> None:
    appeal.opens(risk="at-risk", batch_min=8, batch_max_s=86400, retention="forget", tally_min=0)
    appeal.follow = lambda: None  # type: ignore[method-assign]
    appeal.signed_by(*"abcdefgh")
    with pytest.raises(Busy, match="following the log"):
        appeal.composes("L1")


def test_nothing_is_composed_after_withdrawing(appeal: Appeal) -> None:
    appeal.opens()
    with appeal.log.transaction() as connection:
        connection.execute(sa.update(campaign_table).values(state="withdrawn"))
    with pytest.raises(Refused, match="withdrawn"):
        appeal.composes("L1")
    with appeal.database.read() as connection:
        assert letters_of(connection, CAMPAIGN) == []


def _view(appeal: Appeal, letter_id: str):  # type: ignore[no-untyped-def]
    with appeal.database.read() as connection:
        return letter(connection, letter_id)


def _lines(appeal: Appeal, letter_id: str):  # type: ignore[no-untyped-def]
    with appeal.database.read() as connection:
        return letter_lines(connection, letter_id)
