"""What stands on the pages of annex A, and of annex B with its names, in one language."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass

from service.letters.annex import Row
from service.letters.printing import Printed, labels_for, page_frame
from service.letters.sources import Sources

VOLUME_ROWS = 5_000  # rows of one volume, which is a PDF of its own; docs on letters, section 6
TABLE_ROWS = 1_000  # more are printed as a list in two columns: tables cost more time and memory


@dataclass(frozen=True)
class Volume:
    """A part of an annex: its number from 1, how many there are, and its rows."""

    number: int
    of: int
    rows: list[Row]


def volumes(rows: list[Row], most: int = VOLUME_ROWS) -> list[Volume]:
    """Return the rows in volumes of at most so many; there is always at least one."""
    parts = [rows[start : start + most] for start in range(0, len(rows), most)] or [[]]
    return [Volume(number, len(parts), part) for number, part in enumerate(parts, 1)]


def print_annex(sources: Sources, language: str, volume: Volume, hashes: dict[str, str]) -> Printed:
    """Return the data of a volume's pages. `hashes`: of the letter's PDF (`pdf`) and of the CSV (`csv`)."""
    letter, annex = sources.letter, labels_for(sources, language)["annex"]
    size = sources.number(letter.at_size, language)
    title = annex[f"title_{letter.annex}"]
    return {
        **page_frame(sources, language),
        "part": "annex",
        "title": title if volume.of == 1 else f"{title} ({volume.number}/{volume.of})",
        "intro": annex["intro"].format(reference=sources.template.reference, size=size),
        "note": annex[f"note_{letter.annex}"],
        "facts": [
            {"label": annex["active"], "value": sources.number(letter.active, language), "mono": False},
            {"label": annex["size"], "value": size, "mono": False},
            {"label": annex["root"], "value": base64.b64decode(letter.root).hex(), "mono": True},
            {"label": annex["text"], "value": letter.text, "mono": True},
            {"label": annex["letter_pdf"], "value": hashes["pdf"], "mono": True},
            {"label": annex["data"], "value": hashes["csv"], "mono": True},
            {"label": annex["verify"], "value": sources.verify_url, "mono": True},
        ],
        "columns": annex[f"columns_{letter.annex}"],
        "numbers": letter.annex == "tally",
        "table": len(volume.rows) <= TABLE_ROWS,
        "rows": [_cells(sources, language, row) for row in volume.rows],
        "attachment": {"name": f"{file_stem(sources)}-annex-a.csv", "description": annex["attachment"]},
    }


def print_names(sources: Sources, language: str, volume: Volume, said: dict[str, str]) -> Printed:
    """Return the data of a volume of annex B, whose rows are entry, name, country.

    `said`: how many it names in all (`named`), the hash of the letter's PDF (`pdf`) and of what opens them (`names`).
    """
    letter, annex = sources.letter, labels_for(sources, language)["annex"]
    size, named = sources.number(letter.at_size, language), sources.number(int(said["named"]), language)
    title = annex["title_names"]
    return {
        **page_frame(sources, language),
        "part": "annex",
        "names": True,
        "title": title if volume.of == 1 else f"{title} ({volume.number}/{volume.of})",
        "intro": annex["intro_names"].format(reference=sources.template.reference, size=size, named=named),
        "note": annex["note_names"],
        "facts": [
            {"label": annex["named"], "value": named, "mono": False},
            {"label": annex["size"], "value": size, "mono": False},
            {"label": annex["root"], "value": base64.b64decode(letter.root).hex(), "mono": True},
            {"label": annex["letter_pdf"], "value": said["pdf"], "mono": True},
            {"label": annex["data_names"], "value": said["names"], "mono": True},
            {"label": annex["verify"], "value": sources.verify_url, "mono": True},
        ],
        "columns": annex["columns_names"],
        "numbers": False,
        "table": len(volume.rows) <= TABLE_ROWS,
        "rows": [[str(cell) for cell in row] for row in volume.rows],
        "rtl_names": [is_rtl(str(name)) for _, name, _ in volume.rows],
    }


def is_rtl(name: str) -> bool:
    """Return whether a name runs from right to left: its first letter says so."""
    first = next(filter(str.isalpha, name), "")
    return bool(first) and unicodedata.bidirectional(first) in ("R", "AL")


def file_stem(sources: Sources) -> str:
    """Return the beginning of all the letter's file names: ASCII and neutral."""
    return sources.template.reference.replace("/", "-")


def _cells(sources: Sources, language: str, row: Row) -> list[str]:
    if sources.letter.annex == "register":
        return [str(cell) for cell in row]
    names = labels_for(sources, language)["annex"]["rows"]
    return [names.get(str(row[0]), str(row[0])), sources.number(int(row[1]), language)]
