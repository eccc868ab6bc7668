"""A letter's documents are compared with the log: input, root, annex A (docs/log_format.md sections 7.6 and 8)."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from service.audit.reading import Unreadable
from service.audit.replay import replay
from service.audit.report import Report
from tests.audit.builder import ORDINARY, Builder, hashed, token
from tests.audit.lies import STEPS, TEXT, C, L, invalidates, log_with_campaign, tally
from tests.audit.test_tree import naive

FROM_EVENT = ("letter", "campaign", "addressee", "record", "kind", "day", "at_size", "text", "template")


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Archive:
    """A folder of documents by hash, and a letter whose documents are all in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.log = log_with_campaign(ORDINARY)
        for word in (TEXT, "wording", "some-court", f"{L} template", f"{L} fonts", f"{L} pdf", f"{L} plain"):
            self.put(word.encode())

    def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        (self.folder / name).write_bytes(data)
        return name

    def letter(self, listed: tuple[str, list[Any]], **changed: Any) -> None:
        """Compose and approve a letter; `changed` are fields of its input that lie."""
        size, kind, rows = len(self.log.events), *listed
        index = self.log.letter(L, C, 10, language="tr")
        event = self.log.events[index]
        header = ["what", "count"] if kind == "tally" else ["entry", "signature", "day"]
        csv = "".join(",".join(map(str, row)) + "\n" for row in [header, *rows]).encode()
        files = {"a.csv": self.put(csv), "a.json": self.put(canonical(rows)), "b.pdf": hashed("courtesy")}
        event["annex"] = self.put("".join(f"{files[name]}  {name}\n" for name in sorted(files)).encode())
        made = {name: event[name] for name in FROM_EVENT} | {
            "v": 1, "active": 10, "named": 0, "annex": kind, "languages": ["tr", "en"],
            "wordings": {"tr": hashed("w1"), "en": hashed("w2")},
            "root": base64.b64encode(naive(self.log.lines()[:size])).decode(),
        }  # fmt: skip
        made = {name: value for name, value in (made | changed).items() if value is not None}
        event["input"] = self.put(canonical(made))
        STEPS["approved"](self.log)

    def replay(self) -> Report:
        return replay(self.log.lines(), self.folder)


def register(log: Builder) -> tuple[str, list[Any]]:
    """Return annex A as register: who was recorded first stands first."""
    rows = [[i, e["signature"], e["day"]] for i, e in enumerate(log.events) if e["type"] == "signature.recorded"]
    return "register", rows


COUNTS = (
    "tally",
    [["at_size", 14], ["active", 10], ["outdated", 0], ["withdrawn", 0], ["invalidated", 0], ["merged", 10]],
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Return an archive without a letter."""
    return Archive(tmp_path / "documents")


def test_a_letter_with_a_register_is_right(archive: Archive) -> None:
    archive.letter(register(archive.log))
    report = archive.replay()
    assert (report.errors, report.findings) == ([], [])
    assert report.documents is not None
    assert (report.documents.inputs_checked, report.documents.missing) == (1, 0)


def test_a_letter_with_counts_is_right(archive: Archive) -> None:
    archive.letter(COUNTS)
    report = archive.replay()
    assert (report.errors, report.findings) == ([], [])


def test_the_register_holds_who_stands_for_the_text_and_their_last_entry(archive: Archive) -> None:
    log = archive.log
    log.withdraws(C, 0)
    invalidates(log, 1)
    renewed = log.signs(C, 2, "renewed")
    log.signs(C, 10)
    log.signs(C, 11)
    kind, rows = register(log)
    rows = [row for row in rows if row[1] not in {token(n, C) for n in range(3)}]
    rows = sorted([*rows, [renewed, token(2, C), log.day]])
    archive.letter((kind, rows))
    assert archive.replay().errors == []


def test_the_counts_are_those_of_the_last_tally(archive: Archive) -> None:
    index = tally(archive.log, by_country={"CZ": 5}, merged=5)
    rows = [
        ["at_size", 14],
        ["active", 10],
        ["outdated", 0],
        ["withdrawn", 0],
        ["invalidated", 0],
        ["CZ", 5],
        ["merged", 5],
    ]
    archive.letter(("tally", rows), tally=index)
    assert archive.replay().errors == []


LIES: dict[str, dict[str, Any]] = {
    "input.active": {"active": 9}, "input.named": {"named": 5}, "input.at_size": {"at_size": 13},
    "input.day": {"day": "2026-01-06"}, "input.text": {"text": hashed("x")}, "input.record": {"record": hashed("x")},
    "input.template": {"template": hashed("x")}, "input.kind": {"kind": "parliament"},
    "input.campaign": {"campaign": "c_Another001"}, "input.letter": {"letter": "l_Another001"},
    "input.addressee": {"addressee": "another"}, "input.languages": {"languages": ["en", "tr"]},
    "input.wordings": {"wordings": {"tr": hashed("w1")}}, "input.root": {"root": base64.b64encode(bytes(32)).decode()},
    "input.tally": {"tally": 3}, "input.carries": {"carries": {"letter": "l_Another001", "pdf": hashed("x")}},
    "input": {"root": None}, "annex.csv": {"annex": "tally"},
}  # fmt: skip


@pytest.mark.parametrize("field", LIES)
def test_an_input_that_says_something_else_is_an_error_of_that_field(archive: Archive, field: str) -> None:
    archive.letter(register(archive.log), **LIES[field])
    report = archive.replay()
    assert report.errors[0].field == field
    assert {error.index for error in report.errors} == {14}


def test_an_input_that_is_not_canonical_is_an_error(archive: Archive) -> None:
    archive.letter(register(archive.log))
    event = archive.log.events[14]
    made = json.loads((archive.folder / event["input"]).read_bytes())
    event["input"] = archive.put(json.dumps(made).encode())
    assert [error.field for error in archive.replay().errors] == ["input"]


@pytest.mark.parametrize("change", [lambda rows: rows[:-1], lambda rows: rows[::-1], lambda rows: [*rows, rows[0]]])
def test_a_register_that_drops_or_adds_anybody_is_an_error(archive: Archive, change: Any) -> None:
    kind, rows = register(archive.log)
    archive.letter((kind, change(rows)))
    assert [error.field for error in archive.replay().errors] == ["annex.csv", "annex.json"]


def test_counts_that_are_not_the_replays_are_an_error(archive: Archive) -> None:
    archive.letter(("tally", [*COUNTS[1][:-1], ["merged", 11]]))
    assert [error.field for error in archive.replay().errors] == ["annex.csv", "annex.json"]


@pytest.mark.parametrize("text", ["", "no list", f"{'a' * 64}  b.csv\n{'a' * 64}  a.csv\n", f"{'a' * 64}  ../a.csv\n"])
def test_an_annex_that_is_no_list_is_an_error(archive: Archive, text: str) -> None:
    archive.letter(register(archive.log))
    archive.log.events[14]["annex"] = archive.put(text.encode())
    fields = {error.field for error in archive.replay().errors}
    assert fields == {"annex.csv", "annex.json"} | ({"annex"} if text else set())


def test_a_document_that_is_not_what_its_name_says_is_an_error(archive: Archive) -> None:
    archive.letter(register(archive.log))
    (archive.folder / hashed(TEXT)).write_bytes(b"another text")
    report = archive.replay()
    assert [(error.index, error.field) for error in report.errors] == [(3, "text")]


def test_a_missing_document_is_a_finding_unless_it_was_removed(archive: Archive) -> None:
    archive.letter(register(archive.log))
    (archive.folder / hashed(TEXT)).unlink()
    (archive.folder / hashed(f"{L} plain")).unlink()
    report = archive.replay()
    assert [(finding.index, finding.field) for finding in report.findings] == [(3, "text"), (15, "plain")]
    assert report.exit_code == 3
    for word in (TEXT, f"{L} plain"):
        archive.log.add("document.removed", document=hashed(word), reason="rights", approvals=2)
    report = archive.replay()
    assert (report.findings, report.errors) == ([], [])
    assert report.documents is not None
    assert report.documents.removed == 2


def test_documents_of_a_letter_that_was_never_approved_need_not_be_there(archive: Archive) -> None:
    archive.log.letter(L, C, 10, input=hashed("nowhere"), pdf=hashed("nowhere too"))
    report = archive.replay()
    assert (report.findings, report.errors) == ([], [])
    assert report.documents is not None
    assert report.documents.inputs_missing == 1


def test_a_letter_may_carry_one_that_was_composed_before(archive: Archive) -> None:
    other = archive.log.letter("l_Another001", C, 10)
    carried = {"letter": "l_Another001", "pdf": archive.log.events[other]["pdf"]}
    rows = [["at_size", 15], *COUNTS[1][1:]]
    archive.letter(("tally", rows), carries=carried)
    assert archive.replay().errors == []


def test_a_document_that_cannot_be_read_says_so(archive: Archive) -> None:
    (archive.folder / hashed(TEXT)).unlink()
    (archive.folder / hashed(TEXT)).mkdir()
    with pytest.raises(Unreadable, match="Give a folder"):
        archive.replay()
