"""Make the font that ships: Noto Sans CJK SC, reduced to what the program can say.

One CFF font for Latin and Chinese that both FreeType (Panda3D's text) and stb_truetype (Dear ImGui)
load. Layout tables and hints are left out: neither of the two uses them. The same input gives the
same bytes.

    apt-get install fonts-noto-cjk
    python tools/make_font.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fontTools.subset import (  # type: ignore[import-untyped]  # ships no types
    Options,
    Subsetter,
)
from fontTools.ttLib import (  # type: ignore[import-untyped]  # ships no types
    TTCollection,
    TTFont,
)

SOURCE: Final = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TARGET: Final = Path(__file__).parents[1] / "assets" / "fonts" / "metaviewer_sans.otf"
SOURCE_FAMILY: Final = "Noto Sans CJK SC"
FAMILY: Final = "Metaviewer Sans"

GB2312_SYMBOL_ROWS: Final = range(1, 4)
GB2312_LEVEL_1_ROWS: Final = range(16, 56)
GB2312_CELLS: Final = range(1, 95)

LATIN: Final = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100))))
"""ASCII and Latin-1; the source holds no Latin Extended-A."""
GREEK: Final = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψω"
PUNCTUATION: Final = "‐–—‘’“”†•…‰′″‹›€™ℓ№"  # noqa: RUF001 - the glyphs are meant
MATHEMATICS: Final = "¹²³⁴−×÷±≈≠≤≥√∞∠⊥∥Δ∑µΩ℃℉㎜㎝㎡㎥"  # noqa: RUF001 - the glyphs are meant
MARKS: Final = "←↑→↓↔↕↖↗↘↙■□▲△▶▷▼▽◀◁◆◇○◎●★☆✓⚠♥"
MEDICAL: Final = (
    "胰髋胫腓髂骶肱桡踝颌腭瘤胱囊腋腘臀跖趾椎颞颧眶睑瞳虹巩喉咽扁桃甲状旁腺窦鼻骼髓膈肋胛锁骨"
)
"""Words of anatomy that GB 2312 counts to level 2, beside some of level 1."""


def characters() -> frozenset[str]:
    """Every character the font shall show."""
    written = LATIN + GREEK + PUNCTUATION + MATHEMATICS + MARKS + MEDICAL
    return frozenset(written).union(_gb2312(GB2312_SYMBOL_ROWS), _gb2312(GB2312_LEVEL_1_ROWS))


def _gb2312(rows: range) -> Iterator[str]:
    for row in rows:
        for cell in GB2312_CELLS:
            # EUC-CN writes row and cell as bytes from 0xA1; the last cells of row 55 are empty.
            yield from bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", errors="ignore")


def reduced(source: Path) -> TTFont:
    """The Simplified Chinese face of `source` with the glyphs of `characters` alone."""
    font = _face(source, SOURCE_FAMILY)
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters())))
    subsetter.subset(font)
    _rename(font)
    return font


def _face(source: Path, family: str) -> TTFont:
    for font in TTCollection(source).fonts:
        if font["name"].getDebugName(1) == family:
            font.recalcTimestamp = False
            return font
    raise SystemExit(f"make_font: {source}: no face is called {family}: install fonts-noto-cjk")


def _rename(font: TTFont) -> None:
    """Give the derivative its own name (SIL OFL 1.1, condition 3, asks it of reserved names)."""
    plain = FAMILY.replace(" ", "")
    for name_id, text in {
        1: FAMILY,
        3: f"{plain}-Regular",
        4: f"{FAMILY} Regular",
        6: f"{plain}-Regular",
    }.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [f"{plain}-Regular"]
    cff[0].FullName = f"{FAMILY} Regular"
    cff[0].FamilyName = FAMILY


def main() -> None:
    """Write the font and say its size."""
    parser = argparse.ArgumentParser(description="make the font that ships")
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    chosen = parser.parse_args()
    font = reduced(chosen.source)
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    font.save(chosen.output)
    kib = chosen.output.stat().st_size / 1024
    print(f"{chosen.output}: {len(font.getGlyphOrder())} glyphs, {kib:.0f} KiB")


if __name__ == "__main__":
    main()
