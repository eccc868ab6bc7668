"""Makes the packages that wait behind links: typesets annex B and seals the whole file, in the worker alone.

An annex of many volumes is made some volumes at a time. What is made so far is kept where the package will be, so that
a worker that takes over goes on from there, and whoever leaves the annex takes it away with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.errors import Busy
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters.annex import Row
from service.letters.approval import load_letter, made_of
from service.letters.naming import Naming, naming_of
from service.letters.printing_annex import Volume, file_stem, print_names, volumes
from service.letters.sources import Sources
from service.letters.typesetting import typeset
from service.letters.zipped import ProofSince, letter_files, sources_of, stored, stored_files, zipped
from service.vault.annexes import Annex, annex_of, package_associated
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal_bytes, unseal_bytes, unwrap, wrap
from service.vault.tables import letter_annex, letter_package

NAMES_FILE = "openings.json"
PARTS = ("pdf", "plain", "annex", "input")
VOLUMES_AT_ONCE = 10  # about ten seconds of typesetting: then another letter has its turn


@dataclass(frozen=True)
class Packing:
    """What making packages needs."""

    log: PetitionLog
    keys: Keys
    proof_since: ProofSince


@dataclass(frozen=True)
class Sheets:
    """The pages of a volume of annex B in one language, as a file."""

    name: str
    language: str
    volume: Volume


@dataclass(frozen=True)
class Turn:
    """One time at a package: what it may be kept for. `version`: that the package's row had; `named`: how many."""

    annex: Annex
    version: int
    named: int
    is_as_stated: bool  # the letter's events state what the annex names now


@dataclass(frozen=True)
class Parts:
    """What a package is made from, read in one moment: without the records, which would fill the memory."""

    sources: Sources
    files: dict[str, bytes]  # of the letter, and what opens the names
    sheets: list[Sheets]
    said: dict[str, str]
    made: dict[str, bytes]  # volumes that were typeset before


def pack_due(packing: Packing) -> int:
    """Go on with each package that is not made, or whose annex somebody left since; return with how many."""
    settled = letter_annex.c.version == letter_annex.c.settled
    outdated = letter_package.c.sealed.is_(None) | (letter_package.c.version != letter_annex.c.version)
    joined = letter_package.join(letter_annex, letter_annex.c.letter == letter_package.c.letter)
    chosen = sa.select(letter_package.c.letter).select_from(joined).where(settled, outdated, ~letter_package.c.locked)
    with packing.log.database.read() as connection:
        letters = connection.scalars(chosen.order_by(letter_package.c.letter)).all()
    return sum(_pack(packing, letter) for letter in letters)


def annex_b(sources: Sources, naming: Naming, pdf: str) -> dict[str, bytes]:
    """Return the files of annex B: its PDFs in each of the letter's languages, and what opens the names."""
    said = _said(naming, pdf)
    made = {sheets.name: _typeset(sources, sheets, said) for sheets in all_sheets(sources, naming)}
    return {NAMES_FILE: naming.file, **made}


def all_sheets(sources: Sources, naming: Naming) -> list[Sheets]:
    """Return what is to be typeset of annex B, volume by volume in each of the letter's languages."""
    rows: list[Row] = [
        (one.member.entry, one.opening["person"]["name"], one.opening["person"].get("country", ""))
        for one in naming.signers
    ]
    found = []
    for language in sources.letter.languages:
        for volume in volumes(rows):
            part = f"-{volume.number}" if volume.of > 1 else ""
            found.append(Sheets(f"{file_stem(sources)}-annex-b-{language}{part}.pdf", language, volume))
    return found


def _said(naming: Naming, pdf: str) -> dict[str, str]:
    return {"named": str(len(naming.signers)), "pdf": pdf, "names": document_hash(naming.file)}


def _typeset(sources: Sources, sheets: Sheets, said: dict[str, str]) -> bytes:
    return typeset(print_names(sources, sheets.language, sheets.volume, said), sources.template.letter_typ)


def _pack(packing: Packing, letter_id: str) -> bool:
    with packing.log.database.read() as connection:
        annex = annex_of(connection, packing.keys, letter_id)
        if annex is None or not annex.is_settled:
            return False
        try:
            turn, parts = _begun(connection, packing, annex)
        except Busy:
            return False  # no published checkpoint covers the letter yet
    if not turn.is_as_stated:
        return _unsettle(packing, annex)
    content, is_whole = _further(parts, turn.named)
    del parts  # sealing and storing need room for copies of the content
    return _keep(packing, turn, content, is_whole=is_whole)


def _further(parts: Parts, named: int) -> tuple[bytes, bool]:
    """Typeset some of the missing volumes; return the package and whether it is whole, or only its volumes so far."""
    missing = [sheets for sheets in parts.sheets if sheets.name not in parts.made]
    for sheets in missing[:VOLUMES_AT_ONCE]:
        parts.made[sheets.name] = _typeset(parts.sources, sheets, parts.said)
    if len(missing) > VOLUMES_AT_ONCE:
        return stored(parts.made), False
    return zipped(parts.files | parts.made, parts.sources, named), True


def _begun(connection: sa.Connection, packing: Packing, annex: Annex) -> tuple[Turn, Parts]:
    letter = load_letter(packing.log, annex.letter)
    made = made_of(letter)
    sources, hashes = sources_of(connection, made.input).held(), {name: getattr(made, name) for name in PARTS}
    files = letter_files(sources, hashes, packing.proof_since(connection, made.at_size))
    version, before = _made_before(connection, packing.keys, annex)
    if not letter.names.named:  # too few are left to be named: the package is the public one
        return Turn(annex, version, 0, is_as_stated=True), Parts(sources, files, [], {}, {})
    naming = naming_of(connection, packing.keys, made, annex)
    turn = Turn(annex, version, len(naming.signers), naming.commitment == letter.names.commitment)
    files |= {NAMES_FILE: naming.file}
    return turn, Parts(sources, files, all_sheets(sources, naming), _said(naming, made.pdf), before)


def _made_before(connection: sa.Connection, keys: Keys, annex: Annex) -> tuple[int, dict[str, bytes]]:
    """Return the version of the package's row, and the volumes of this version of the annex that it holds."""
    chosen = sa.select(letter_package).where(letter_package.c.letter == annex.letter)
    row = connection.execute(chosen).mappings().one()
    if row["sealed"] is None or row["version"] != -annex.version:
        return row["version"], {}
    associated = package_associated(annex.letter)
    key = unwrap(keys, row["kek"], row["wrapped_key"], associated)
    return row["version"], stored_files(unseal_bytes(key, row["sealed"], associated))


def _unsettle(packing: Packing, annex: Annex) -> bool:
    """Have annex B looked at again: a record is not as it was when the letter's events said what it holds."""
    this = (letter_annex.c.letter == annex.letter) & (letter_annex.c.version == annex.version)
    with packing.log.database.write() as connection:
        raised = sa.update(letter_annex).where(this).values(version=annex.version + 1)
        return connection.execute(raised).rowcount > 0


def _keep(packing: Packing, turn: Turn, content: bytes, *, is_whole: bool) -> bool:
    annex = turn.annex
    data_key, associated = new_key(), package_associated(annex.letter)
    kek, wrapped = wrap(packing.keys, data_key, associated)
    sealed = seal_bytes(data_key, content, associated)
    still = (letter_annex.c.letter == annex.letter) & (letter_annex.c.version == annex.version)
    this = (letter_package.c.letter == annex.letter) & ~letter_package.c.locked
    this &= letter_package.c.version == turn.version  # nobody else went on with it meanwhile
    version = annex.version if is_whole else -annex.version  # fetching takes no package of another version
    values = {"version": version, "named": turn.named, "kek": kek, "wrapped_key": wrapped, "sealed": sealed}
    with packing.log.database.write() as connection:
        if connection.execute(sa.select(letter_annex.c.letter).where(still).with_for_update()).first() is None:
            return False  # somebody left while it was typeset: it is made anew
        return connection.execute(sa.update(letter_package).where(this).values(values)).rowcount > 0
