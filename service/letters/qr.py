"""The QR code that leads from paper to the page on which a letter can be checked."""

from __future__ import annotations

import io

import segno


def qr_svg(address: str) -> str:
    """Return the code of an address as SVG, the same text every time."""
    output = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(output, kind="svg", border=2, xmldecl=False, svgns=True, nl=False, omitsize=True)
    return output.getvalue().decode()
