"""What pages and other rooms ask about letters and addressees."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from service.archive import documents
from service.errors import NotFound, Refused
from service.letters.annex import read_file_list
from service.letters.composition import LetterInput
from service.letters.office_hours import answer_due
from service.letters.template import Template
from service.readmodel.tables import live
from service.store.tables import document
from service.vault.tables import letter_name, letter_package

T = TypeVar("T")


@dataclass(frozen=True)
class FileView:
    """A file of a letter: its name, its hash, and whether everybody may have it."""

    name: str
    hash: str
    public: bool


@dataclass(frozen=True)
class LetterView:
    """A letter as last composed, with its state."""

    id: str
    reference: str  # such as istanbul-two/L1
    campaign: str
    addressee: str
    addressee_name: dict[str, str]  # by language
    kind: str
    language: str  # of the authoritative version
    languages: list[str]
    state: str
    at_size: int
    active: int
    day: str
    entry: int
    text: str
    root: str
    hashes: dict[str, str]  # input template record pdf plain annex
    pdf_bytes: int
    stamped: bool
    public: bool  # whether its documents may be downloaded
    verify_code: str


@dataclass(frozen=True)
class LetterLine:
    """One event of a letter: its entry in the log, and its fields."""

    entry: int
    type: str
    day: str
    fields: dict[str, Any]
    letter: str = ""


@dataclass(frozen=True)
class Printed:
    """A letter, one of its compositions, and whether it was not made anew since."""

    letter: LetterView
    composed: LetterLine
    is_latest: bool


@dataclass(frozen=True)
class AddresseeView:
    """An office of the register."""

    id: str
    name: dict[str, str]
    kind: str
    status: str
    hash: str


def letters_of(connection: sa.Connection, campaign_id: str) -> list[LetterView]:
    """Return a campaign's letters, the newest first."""
    chosen = sa.select(live.letter).where(live.letter.c.campaign == campaign_id).order_by(live.letter.c.entry.desc())
    return [_view(connection, row) for row in connection.execute(chosen).mappings().all()]


def letter(connection: sa.Connection, letter_id: str) -> LetterView:
    """Return a letter. :raises NotFound: if there is none."""
    row = connection.execute(sa.select(live.letter).where(live.letter.c.id == letter_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such letter here.")
    return _view(connection, row)


def letter_of(connection: sa.Connection, campaign_id: str, letter_id: str) -> LetterView:
    """Return a letter of a campaign. :raises NotFound: if it is of another one, or there is none."""
    found = letter(connection, letter_id)
    if found.campaign != campaign_id:
        raise NotFound("This appeal has no such letter.")
    return found


def letter_by_code(connection: sa.Connection, code: str) -> Printed:
    """Return the letter that a printed code names: the ten characters of its id, a hyphen, and the log size.

    :raises NotFound: if no composition has this code, or its documents are not public.
    """
    name, _, size = code.partition("-")
    lines = letter_lines(connection, f"l_{name}")
    made = [line for line in lines if line.type == "letter.composed"]
    named = [line for line in made if str(line.fields["at_size"]) == size]
    if not named or not documents.get(connection, named[-1].fields["pdf"]).public:
        raise NotFound("No letter has this code. Compare it with the one on the paper, letter by letter.")
    return Printed(letter(connection, f"l_{name}"), named[-1], named[-1] is made[-1])


def letter_lines(connection: sa.Connection, letter_id: str) -> list[LetterLine]:
    """Return what happened to a letter, oldest first."""
    return _lines(connection, [letter_id])


def lines_of(connection: sa.Connection, views: list[LetterView]) -> list[LetterLine]:
    """Return what happened to several letters, newest first."""
    return _lines(connection, [view.id for view in views])[::-1]


def released(connection: sa.Connection, lines: list[LetterLine]) -> set[str]:
    """Return the hashes of those answers that everybody can read."""
    answers = [line.fields["document"] for line in lines if line.type == "letter.answered"]
    public = sa.select(document.c.hash).where(document.c.public, document.c.hash.in_(answers))
    return set(connection.execute(public).scalars())


def recipients_of(connection: sa.Connection, signature: str) -> list[dict[str, str]]:
    """Return the names, by language, of the offices that fetched a package in which this signature is named."""
    fetched = letter_name.join(letter_package, letter_package.c.letter == letter_name.c.letter)
    this = (letter_name.c.signature == signature) & (letter_package.c.opened > 0)
    chosen = sa.select(letter_name.c.letter).select_from(fetched).where(this).order_by(letter_name.c.letter)
    offices = {found.addressee: found.addressee_name for found in _known(connection, connection.scalars(chosen).all())}
    return list(offices.values())


def _known(connection: sa.Connection, letters: Sequence[str]) -> list[LetterView]:
    rows = connection.execute(sa.select(live.letter).where(live.letter.c.id.in_(letters))).mappings().all()
    return [_view(connection, row) for row in rows]


def due_day(connection: sa.Connection, view: LetterView, lines: list[LetterLine]) -> str | None:
    """Return the day by which an answer is due, or nothing where none is, or one came."""
    days = {line.type: line.day for line in lines}
    since = days.get("letter.acknowledged") or days.get("letter.handed_over")
    if since is None or view.state not in ("handed_over", "accepted", "acknowledged"):
        return None
    record = _kept(connection, view.hashes["record"], json.loads)
    try:
        return answer_due(record, view.kind, since) if record else None
    except Refused:  # its hours or time zone cannot be read: nobody can say
        return None


def _lines(connection: sa.Connection, letters: list[str]) -> list[LetterLine]:
    line = live.letter_event
    rows = connection.execute(sa.select(line).where(line.c.letter.in_(letters)).order_by(line.c.entry)).mappings()
    return [LetterLine(row["entry"], row["type"], row["day"], json.loads(row["fields"]), row["letter"]) for row in rows]


def letter_files(connection: sa.Connection, view: LetterView) -> list[FileView]:
    """Return the letter's files in the order in which one reads them: the letter, its text, then the others by name."""
    stem = view.reference.replace("/", "-")
    annex = documents.get(connection, view.hashes["annex"]).content
    listed = read_file_list(annex) if annex is not None else {}
    first = {f"{stem}-{view.language}.pdf": view.hashes["pdf"], f"{stem}-{view.language}.txt": view.hashes["plain"]}
    return [FileView(name, found, view.public) for name, found in {**first, **listed}.items()]


def letter_pdf(connection: sa.Connection, view: LetterView) -> tuple[str, bytes]:
    """Return the file name and the bytes of a letter's PDF. :raises NotFound: unless its documents are public."""
    if not view.public:
        raise NotFound("The documents of this letter are not public yet.")
    name = f"{view.reference.replace('/', '-')}-{view.language}.pdf"
    return name, documents.get(connection, view.hashes["pdf"]).bytes()


def addressees(connection: sa.Connection) -> list[AddresseeView]:
    """Return the register, by id."""
    rows = connection.execute(sa.select(live.addressee).order_by(live.addressee.c.id)).mappings().all()
    found = [(row, _record(connection, row["hash"], row["id"])) for row in rows]
    return [
        AddresseeView(row["id"], record["name"], record["kind"], row["status"], row["hash"]) for row, record in found
    ]


def _view(connection: sa.Connection, row: sa.RowMapping) -> LetterView:
    """Return a letter; what was taken down is left out, and the rest of it stays to be seen."""
    made = _kept(connection, row["input"], LetterInput.read)
    template = _kept(connection, made.template, Template.read) if made else None
    return LetterView(
        id=row["id"],
        reference=template.reference if template else row["id"],
        campaign=row["campaign"],
        addressee=row["addressee"],
        addressee_name=_record(connection, row["record"], row["addressee"])["name"],
        kind=row["kind"],
        language=row["language"],
        languages=made.languages if made else [row["language"]],
        state=row["state"],
        at_size=row["at_size"],
        active=row["active"],
        day=row["day"],
        entry=row["entry"],
        text=row["text"],
        root=made.root if made else "",
        hashes={
            "template": made.template if made else "",
            **{name: row[name] for name in ("input", "record", "pdf", "plain", "annex")},
        },
        pdf_bytes=row["pdf_bytes"],
        stamped=bool(template and template.stamps),
        public=documents.get(connection, row["pdf"]).public,
        verify_code=f"{row['id'].removeprefix('l_')}-{row['at_size']}",
    )


def _record(connection: sa.Connection, hash: str, addressee: str) -> dict[str, Any]:
    """Return an office's record; of one that was taken down, what the log says: its id."""
    return _kept(connection, hash, json.loads) or {"name": {"en": addressee}, "kind": ""}


def _kept(connection: sa.Connection, hash: str, read: Callable[[bytes], T]) -> T | None:
    content = documents.get(connection, hash).content
    return None if content is None else read(content)
