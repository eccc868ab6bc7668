"""The package of a letter as one ZIP file: the same members, times and bytes each time (LETTERS.md section 10)."""

from __future__ import annotations

import base64
import io
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import sqlalchemy as sa

from service.archive import documents
from service.errors import Busy, NotFound
from service.eventlog.canonical import document_hash
from service.letters.annex import file_list, read_file_list
from service.letters.composition import LetterInput
from service.letters.printing_annex import file_stem
from service.letters.queries import LetterView
from service.letters.sources import Sources

FIRST_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can say
UNIX, FILE_MODE = 3, 0o100644 << 16
WORDS = tomllib.loads((Path(__file__).parent / "package.toml").read_text(encoding="utf-8"))


ProofSince = Callable[[sa.Connection, int], tuple[str, list[bytes]] | None]
"""Returns the newest checkpoint shown and the proof from a size to it, or nothing while none covers that size."""


def public_package(connection: sa.Connection, view: LetterView, proof_since: ProofSince) -> bytes:
    """Return a letter's package as everybody may have it, without a name.

    :raises DocumentGone: if one of its documents was taken down.
    :raises NotFound: if its documents are not public yet.
    :raises Busy: while no published checkpoint covers the letter's log size.
    """
    if not view.public:
        raise NotFound("The documents of this letter are not public yet.")
    sources = sources_of(connection, view.hashes["input"])
    return zipped(letter_files(sources, view.hashes, proof_since(connection, view.at_size)), sources)


def letter_files(
    sources: Sources, hashes: Mapping[str, str], proof: tuple[str, list[bytes]] | None
) -> dict[str, bytes]:
    """Return the public files of a letter by name, with the proof that its log is the published one.

    `hashes`: of `pdf`, `plain`, `annex` and `input`.

    :raises DocumentGone: if one of its documents was taken down.
    :raises Busy: while no published checkpoint covers the letter's log size.
    """
    if proof is None:
        raise Busy("The checkpoint that covers this letter is published in a moment.")
    first = f"{file_stem(sources)}-{sources.letter.languages[0]}"
    files = {f"{first}.pdf": sources.find(hashes["pdf"]), f"{first}.txt": sources.find(hashes["plain"])}
    files |= {name: sources.find(found) for name, found in read_file_list(sources.find(hashes["annex"])).items()}
    note, path = proof
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in path)
    files |= {"letter.json": sources.find(hashes["input"]), "checkpoint": note.encode()}
    return files | {"consistency": f"old {sources.letter.at_size}\n{lines}".encode()}


def sources_of(connection: sa.Connection, input_hash: str) -> Sources:
    """Return a letter's documents without the rows of its annex; `input_hash`: of what it was typeset from."""

    def find(hash: str) -> bytes:
        return documents.get(connection, hash).bytes()

    return Sources(LetterInput.read(find(input_hash)), find, [])


def zipped(files: Mapping[str, bytes], sources: Sources, named: int = 0) -> bytes:
    """Return the ZIP of these files with a README in each language of the letter and the list of all hashes.

    `named`: how many annex B names, if it is among the files.
    """
    readmes = {f"README.{language}.txt": _readme(sources, language, named) for language in sources.letter.languages}
    all_files = {**files, **readmes}
    sums = file_list({name: document_hash(content) for name, content in all_files.items()})
    return stored({**all_files, "SHA256SUMS": sums})


def stored(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of these files: sorted, not compressed, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            member = zipfile.ZipInfo(name, FIRST_TIME)
            member.create_system, member.external_attr = UNIX, FILE_MODE  # the same on every system
            archive.writestr(member, content)
    return buffer.getvalue()


def stored_files(content: bytes) -> dict[str, bytes]:
    """Return the files of such a ZIP by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words_in(language: str) -> dict[str, str]:
    """Return the words of packages in a language, English where there are none."""
    found: dict[str, str] = WORDS.get(language, WORDS["en"])
    return found


def _readme(sources: Sources, language: str, named: int) -> bytes:
    words = words_in(language)
    values = {
        "reference": sources.template.reference,
        "stem": file_stem(sources),
        "size": sources.letter.at_size,
        "named": named,
        "log": sources.template.verify_url.removesuffix("verify/") + "log",
        "verify": sources.verify_url,
    }
    parts = [words["about"], words["files"], *([words["names"]] if named else []), words["check"]]
    return ("\n\n".join(part.format(**values) for part in parts) + "\n").encode()
