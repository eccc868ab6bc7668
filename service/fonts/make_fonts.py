"""Makes the font set of the letters from static TrueType Noto fonts (SIL OFL 1.1): the same bytes every time.

Usage: ``python service/fonts/make_fonts.py SOURCE OUTPUT`` where SOURCE holds the unpacked packages noto-serif 0.4.2,
noto-naskh-arabic 0.4.5, noto-sans-thai 0.4.2 and noto-serif-sc 0.4.3 of ``@expo-google-fonts``. Needs fonttools; run
once, and commit what it writes: the fonts, their licences, ``coverage.json`` and ``SHA256SUMS``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = (  # static TrueType only: CFF outlines fail a rule of PDF/A-3a
    "NotoSerif_400Regular",
    "NotoSerif_400Regular_Italic",
    "NotoSerif_700Bold",
    "NotoSerif_700Bold_Italic",
    "NotoNaskhArabic_400Regular",
    "NotoNaskhArabic_700Bold",
    "NotoSansThai_400Regular",
    "NotoSerifSC_400Regular",
)
CJK_BLOCKS = (
    (0x2E80, 0x3400),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),
    (0xFF00, 0xFFF0),
    (0xB7, 0xB8),
    (0x2022, 0x2023),
)
CJK_REPERTOIRES = ("gb2312", "big5", "shift_jis")  # names in simplified and traditional Chinese and in Japanese


def make(source: Path, output: Path) -> None:
    """Write the fonts, their licences, their coverage and their hashes to a folder."""
    output.mkdir(exist_ok=True)
    covered: set[int] = set()
    for name in FONTS:
        found = next(source.rglob(name + ".ttf"))
        covered |= cut(found, output / found.name)
        family = name.split("_")[0]
        licence = found.parents[1] / "LICENSE_FONT"
        (output / f"OFL-{family}.txt").write_bytes(licence.read_bytes())
    (output / "coverage.json").write_text(json.dumps(ranges(covered), separators=(",", ":")) + "\n")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(output.glob("*.ttf"))]
    (output / "SHA256SUMS").write_text("".join(lines))


def cut(source: Path, target: Path) -> set[int]:
    """Write one font without hinting, cut down if it is the Chinese one, and return the code points that it draws."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        layout_features=["*"],
        name_IDs=["*"],
        notdef_outline=True,
        glyph_names=False,
        hinting=False,
        recalc_timestamp=False,
    )
    keep = set(font.getBestCmap())
    if "SC" in source.name:
        keep &= cjk_characters()
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=keep)
    subsetter.subset(font)
    font.save(target)
    return set(font.getBestCmap())


def cjk_characters() -> set[int]:
    """Return the code points of the repertoires that names are written in."""
    return {code for low, high in CJK_BLOCKS for code in range(low, high) if _is_encodable(chr(code))}


def ranges(codes: set[int]) -> list[list[int]]:
    """Return code points as sorted pairs of first and last."""
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def _is_encodable(character: str) -> bool:
    for encoding in CJK_REPERTOIRES:
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return False


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
