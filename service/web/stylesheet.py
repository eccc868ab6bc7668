"""Serves the one stylesheet under an address that names its content, and the mark."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response

if TYPE_CHECKING:
    from flask import Flask

STATIC = Path(__file__).parent.parent / "static"
PARTS = ("tokens.css", "base.css", "components.css", "print.css")
FOR_A_YEAR = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"


def stylesheet() -> bytes:
    """Return the stylesheet: the parts in their layers, comments and line ends taken out."""
    parts = "".join((STATIC / name).read_text(encoding="utf-8") for name in PARTS)
    without_comments = re.sub(r"/\*.*?\*/", "", parts, flags=re.DOTALL)
    return ("@layer tokens,base,components,print;" + _tight(without_comments)).encode()


def _tight(css: str) -> str:
    """Take out white space that means nothing; before a colon it means "inside of" and stays."""
    css = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", css))
    return re.sub(r":\s+", ":", css).replace(";}", "}").strip()


def register_stylesheet(app: Flask) -> None:
    """Serve the stylesheet and the mark, and tell templates where they are."""
    content, mark = stylesheet(), (STATIC / "mark.svg").read_bytes()
    name = hashlib.sha256(content).hexdigest()[:16]
    files = Blueprint("files", __name__)
    files.add_url_rule(f"/style-{name}.css", "style", lambda: _file(content, "text/css", FOR_A_YEAR))
    files.add_url_rule("/mark.svg", "mark", lambda: _file(mark, "image/svg+xml", FOR_A_DAY))
    app.register_blueprint(files)


def _file(content: bytes, media_type: str, cache_control: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = cache_control
    return response
