"""Wordings to begin from, one for each kind of letter and language, with gaps that somebody must fill.

A gap stands between braces, as a placeholder does: a wording in which one is left is refused, at import and when the
letter is composed. Nobody has reviewed these words: they are of state ``machine`` until somebody reads what was made of
them.
"""

from __future__ import annotations

from pathlib import Path

from service.errors import NotFound
from service.letters.wording import SECTIONS

FOLDER = Path(__file__).with_name("starters")


def languages() -> list[str]:
    """Return the languages that there are wordings in."""
    return sorted({path.name.split(".")[1] for path in FOLDER.glob("*.md")})


def starter(kind: str, language: str, original: str) -> str:
    """Return the wording of a kind of letter, as a translation if it is not in the appeal's original language.

    :raises NotFound: naming the kinds and languages that there are.
    """
    if kind not in SECTIONS or language not in languages():
        raise NotFound(f"kinds are {', '.join(SECTIONS)}; languages are {', '.join(languages())}")
    words = (FOLDER / f"{kind}.{language}.md").read_text(encoding="utf-8")
    if language == original:
        return words
    return words.replace('state = "machine"\n', f'state = "machine"\ntranslates = "{kind}.{original}.md"\n', 1)
