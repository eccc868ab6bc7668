"""Draws the pages of letters as pictures, to be looked at: `python -m tests.letters.render FOLDER`.

Needs pdftoppm (poppler-utils). Drawn are the letters of the example appeal, and made-up ones of every kind in every
language.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from service.letters.package import make_package
from tests.letters.examples import Example
from tests.letters.made_up import KINDS, LANGUAGES, MadeUp

DPI = "90"


def letters() -> Iterator[tuple[str, bytes]]:
    """Yield a name and a PDF for each letter and one annex."""
    examples = {
        "example-court": Example(),
        "example-petition": Example(kind="ministry_petition", addressee="tr-goc-idaresi", copies=("unhcr-turkiye",)),
        "example-embassy": Example(kind="embassy_copy", addressee="unhcr-turkiye", languages=("en",)),
    }
    made_up = {f"made-up-{kind}": MadeUp(kind=kind, stamp="unreviewed") for kind in KINDS}
    for name, example in {**examples, **made_up}.items():
        package = make_package(example.sources())
        yield f"{name}-{example.languages[0]}", package.pdf
        for language in LANGUAGES:
            if version := package.others.get(f"istanbul-two-L1-{language}.pdf"):
                yield f"{name}-{language}", version
            if annex := package.others.get(f"istanbul-two-L1-annex-a-{language}.pdf"):
                yield f"{name}-annex-{language}", annex


def draw(pdf: bytes, name: str, folder: Path) -> list[Path]:
    """Write the pages of a PDF as PNG files, and return them."""
    command = ["pdftoppm", "-png", "-r", DPI, "-", str(folder / name)]
    subprocess.run(command, input=pdf, check=True)
    return sorted(folder.glob(f"{name}-*.png"))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for one, content in letters():
        print(*draw(content, one, target), sep="\n")
