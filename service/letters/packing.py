"""Makes the packages that wait behind links: typesets annex B and seals the whole file, in the worker alone."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.errors import Busy
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters.annex import Row
from service.letters.approval import load_letter, made_of
from service.letters.events import LetterComposed
from service.letters.naming import Naming, naming_of
from service.letters.printing_annex import file_stem, print_names, volumes
from service.letters.sources import Sources
from service.letters.typesetting import typeset
from service.letters.zipped import ProofSince, letter_files, sources_of, zipped
from service.vault.annexes import Annex, annex_of, package_associated
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal_bytes, wrap
from service.vault.tables import letter_annex, letter_package

NAMES_FILE = "openings.json"
PARTS = ("pdf", "plain", "annex", "input")


@dataclass(frozen=True)
class Packing:
    """What making packages needs."""

    log: PetitionLog
    keys: Keys
    proof_since: ProofSince


def pack_due(packing: Packing) -> int:
    """Make each package that is not made, or whose annex somebody left since; return how many were."""
    settled = letter_annex.c.version == letter_annex.c.settled
    outdated = letter_package.c.sealed.is_(None) | (letter_package.c.version != letter_annex.c.version)
    joined = letter_package.join(letter_annex, letter_annex.c.letter == letter_package.c.letter)
    chosen = sa.select(letter_package.c.letter).select_from(joined).where(settled, outdated, ~letter_package.c.locked)
    with packing.log.database.read() as connection:
        letters = connection.scalars(chosen.order_by(letter_package.c.letter)).all()
    return sum(_pack(packing, letter) for letter in letters)


def annex_b(sources: Sources, naming: Naming, pdf: str) -> dict[str, bytes]:
    """Return the files of annex B: its PDFs in each of the letter's languages, and what opens the names."""
    rows: list[Row] = [
        (one.member.entry, one.opening["person"]["name"], one.opening["person"].get("country", ""))
        for one in naming.signers
    ]
    said = {"named": str(len(rows)), "pdf": pdf, "names": document_hash(naming.file)}
    files = {NAMES_FILE: naming.file}
    for language in sources.letter.languages:
        for volume in volumes(rows):
            part = f"-{volume.number}" if volume.of > 1 else ""
            printed = print_names(sources, language, volume, said)
            name = f"{file_stem(sources)}-annex-b-{language}{part}.pdf"
            files[name] = typeset(printed, sources.template.letter_typ)
    return files


def _pack(packing: Packing, letter_id: str) -> bool:
    with packing.log.database.read() as connection:
        annex = annex_of(connection, packing.keys, letter_id)
        letter = load_letter(packing.log, letter_id)
        if annex is None or not annex.is_settled:
            return False
        made = made_of(letter)
        naming = naming_of(connection, packing.keys, made, annex) if letter.names.named else None
        if naming is not None and naming.commitment != letter.names.commitment:
            return _unsettle(packing, annex)
        try:
            content = _package(connection, packing, made, naming)
        except Busy:
            return False  # no published checkpoint covers the letter yet
    return _keep(packing, annex, content, len(naming.signers) if naming else 0)


def _package(connection: sa.Connection, packing: Packing, made: LetterComposed, naming: Naming | None) -> bytes:
    sources, hashes = sources_of(connection, made.input), {name: getattr(made, name) for name in PARTS}
    files = letter_files(sources, hashes, packing.proof_since(connection, made.at_size))
    if naming is None:  # too few are left to be named: the package is the public one
        return zipped(files, sources)
    return zipped(files | annex_b(sources, naming, made.pdf), sources, len(naming.signers))


def _unsettle(packing: Packing, annex: Annex) -> bool:
    """Have annex B looked at again: a record is not as it was when the letter's events said what it holds."""
    this = (letter_annex.c.letter == annex.letter) & (letter_annex.c.version == annex.version)
    with packing.log.database.write() as connection:
        raised = sa.update(letter_annex).where(this).values(version=annex.version + 1)
        return connection.execute(raised).rowcount > 0


def _keep(packing: Packing, annex: Annex, content: bytes, named: int) -> bool:
    data_key, associated = new_key(), package_associated(annex.letter)
    kek, wrapped = wrap(packing.keys, data_key, associated)
    sealed = seal_bytes(data_key, content, associated)
    still = (letter_annex.c.letter == annex.letter) & (letter_annex.c.version == annex.version)
    this = (letter_package.c.letter == annex.letter) & ~letter_package.c.locked
    values = {"version": annex.version, "named": named, "kek": kek, "wrapped_key": wrapped, "sealed": sealed}
    with packing.log.database.write() as connection:
        if connection.execute(sa.select(letter_annex.c.letter).where(still).with_for_update()).first() is None:
            return False  # somebody left while it was typeset: it is made anew
        return connection.execute(sa.update(letter_package).where(this).values(values)).rowcount > 0
