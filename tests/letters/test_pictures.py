"""Letters drawn as pictures: every glyph is there, and nothing leaves the margins or the sheet."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from service.letters.package import make_package
from tests.letters.examples import Example
from tests.letters.made_up import LANGUAGES, MadeUp
from tests.letters.render import draw

WIDTH = 595.28  # points; A4
MARGIN = 25 / 25.4 * 72 - 1.5  # points; 25 mm (LETTERS.md section 6), less what a glyph's box may stand out
EDGE = 8  # points in which nothing may be drawn: no printer reaches there
DPI = 72  # a point is a pixel
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>')
FIRST_VERSIONS = {
    "tr": Example(kind="ministry_petition", addressee="tr-goc-idaresi", stamp=""),
    "en": Example(kind="embassy_copy", addressee="unhcr-turkiye", languages=("en",), stamp=""),
    **{language: MadeUp(languages=(language,), kind="court_open_letter", stamp="") for language in ("ug", "ar", "fr")},
}


def run(pdf: bytes, *command: str) -> bytes:
    """Run one of the programs of poppler-utils on a PDF."""
    return subprocess.run([*command], input=pdf, capture_output=True, check=True).stdout


def pages(pdf: bytes) -> list[list[bytes]]:
    """Return the rows of grey pixels of each page, one pixel to a point."""
    rest, found = run(pdf, "pdftoppm", "-gray", "-r", str(DPI), "-"), []
    while rest:
        head = re.match(rb"P5\s(\d+) (\d+)\s255\s", rest)
        assert head is not None
        width, height = int(head[1]), int(head[2])
        pixels, rest = rest[head.end() : head.end() + width * height], rest[head.end() + width * height :]
        found.append([pixels[row * width : (row + 1) * width] for row in range(height)])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_and_nothing_runs_over(language: str) -> None:
    package = make_package(FIRST_VERSIONS[language].sources())
    for pdf in (package.pdf, package.others[f"istanbul-two-L1-annex-a-{language}.pdf"]):
        words = WORD.findall(run(pdf, "pdftotext", "-bbox", "-", "-").decode())
        assert len(words) > 40
        assert [word for left, right, word in words if float(left) < MARGIN or float(right) > WIDTH - MARGIN] == []
        assert not [word for _, _, word in words if "\ufffd" in word]  # what stands for a glyph that no font has
        for rows in pages(pdf):
            assert (len(rows[0]), len(rows)) == (596, 842)  # A4 at a pixel to a point
            assert sum(pixel < 128 for row in rows for pixel in row) > 500  # the page is not empty
            border = rows[:EDGE] + rows[-EDGE:] + [row[:EDGE] + row[-EDGE:] for row in rows]
            assert {pixel for row in border for pixel in row} == {255}


def test_a_picture_is_written_for_each_page(tmp_path: Path) -> None:
    [first, *_] = draw(make_package(FIRST_VERSIONS["ar"].sources()).pdf, "ar", tmp_path)
    assert first.read_bytes().startswith(b"\x89PNG")
