"""Writes the table of settings in docs/operations.md from the code: ``python -m tests.settings_table``."""

from __future__ import annotations

from pathlib import Path

from service.config import SETTINGS, Setting

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
HEAD = "| variable | default | meaning |\n| --- | --- | --- |\n"


def page(text: str) -> str:
    """Return the page with the table as the code has it."""
    before, _, after = text.partition(HEAD)
    rows = after.split("\n\n", 1)
    return before + HEAD + "\n".join(map(_row, SETTINGS)) + "\n\n" + rows[1]


def _row(each: Setting) -> str:
    default = "must be set" if each.default is None else f"`{each.default}`" if each.default else "–"
    return f"| `{each.name}` | {default} | {each.meaning}{' Secret.' if each.secret else ''} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
