"""Makes all files of a composed letter: its PDFs and texts in each language, and annex A."""

from __future__ import annotations

from dataclasses import dataclass

from service.eventlog.canonical import document_hash
from service.letters.annex import CSV_TYPE, JSON_TYPE, as_csv, as_json, file_list
from service.letters.plain_text import plain_text
from service.letters.printing import print_letter
from service.letters.printing_annex import file_stem, print_annex, volumes
from service.letters.sources import Sources
from service.letters.typesetting import typeset

PDF_TYPE, TEXT_TYPE = "application/pdf", "text/plain; charset=utf-8"
TYPES = {"pdf": PDF_TYPE, "txt": TEXT_TYPE, "csv": CSV_TYPE, "json": JSON_TYPE}


@dataclass(frozen=True)
class Package:
    """What was made: the authoritative letter, and annex A with the courtesy versions by file name."""

    pdf: bytes
    plain: bytes
    others: dict[str, bytes]

    @property
    def annex(self) -> bytes:
        """Return the list of the other files, as `annex` of `letter.composed` names it."""
        return file_list({name: document_hash(content) for name, content in self.others.items()})

    def documents(self) -> list[tuple[bytes, str]]:
        """Return every file with its media type, the list included."""
        files = [(content, TYPES[name.rsplit(".", 1)[1]]) for name, content in sorted(self.others.items())]
        return [(self.pdf, PDF_TYPE), (self.plain, TEXT_TYPE), (self.annex, TEXT_TYPE), *files]


def make_package(sources: Sources) -> Package:
    """Return all files of a letter; a pure function of its sources but for the child processes that typeset.

    :raises TypesettingFailed: if a file cannot be typeset.
    """
    first, *courtesy = sources.letter.languages
    stem = file_stem(sources)
    pdf, plain = _version(sources, first, "")
    others: dict[str, bytes] = {}
    for language in courtesy:
        version = _version(sources, language, document_hash(pdf))
        others[f"{stem}-{language}.pdf"], others[f"{stem}-{language}.txt"] = version
    others |= _annex_data(sources, stem)
    for language in sources.letter.languages:
        others |= _annex_pdfs(sources, stem, language, pdf, others[f"{stem}-annex-a.csv"])
    return Package(pdf, plain, others)


def _version(sources: Sources, language: str, authoritative_pdf: str) -> tuple[bytes, bytes]:
    printed = print_letter(sources, language, authoritative_pdf)
    return typeset(printed, sources.template.letter_typ), plain_text(printed)


def _annex_data(sources: Sources, stem: str) -> dict[str, bytes]:
    csv = as_csv(sources.letter.annex, sources.rows)
    return {f"{stem}-annex-a.csv": csv, f"{stem}-annex-a.json": as_json(sources.rows)}


def _annex_pdfs(sources: Sources, stem: str, language: str, pdf: bytes, csv: bytes) -> dict[str, bytes]:
    hashes = {"pdf": document_hash(pdf), "csv": document_hash(csv)}
    made: dict[str, bytes] = {}
    for volume in volumes(sources.rows):
        part = f"-{volume.number}" if volume.of > 1 else ""
        printed = print_annex(sources, language, volume, hashes)
        attached = csv if volume.number == 1 else None
        made[f"{stem}-annex-a-{language}{part}.pdf"] = typeset(printed, sources.template.letter_typ, attached)
    return made
