"""Rooms of a COBie workbook: name, storey, category, GlobalId and box, and nothing else.

Two of its sheets are read, Space and Coordinate. The others are not opened: Contact holds people.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHEET: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Row = dict[str, str]
"""Cells by the name in the first row."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Room:
    """A room as the workbook has it.

    Parameters
    ----------
    number, title : str
        "1D09", "INTERACTION STATION".
    category : str
        OmniClass number and name.
    net_area_m2 : float
        NaN where none is stated.
    box_site_m : float64 array (2, 3)
        Lowest and highest corner, in the frame of the building's models.
    """

    number: str
    title: str
    storey: str
    category: str
    global_id: str
    net_area_m2: float
    box_site_m: NDArray[np.float64]


def rooms_of(workbook: Path) -> list[Room]:
    """Every room that has a box, in the order of the sheet Space."""
    with zipfile.ZipFile(workbook) as archive:
        texts = _shared_texts(archive)
        spaces = [*_rows(archive, "Space", texts)]
        boxes = _boxes(_rows(archive, "Coordinate", texts))
    return [
        Room(
            number=row["Name"],
            title=row["Description"],
            storey=row["FloorName"],
            category=row["Category"],
            global_id=row["ExtIdentifier"],
            net_area_m2=_number(row.get("NetArea", "")),
            box_site_m=boxes[row["Name"]],
        )
        for row in spaces
        if row["Name"] in boxes
    ]


def _boxes(rows: Iterator[Row]) -> dict[str, NDArray[np.float64]]:
    corners: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if row["SheetName"] == "Space":
            at = [float(row[f"Coordinate{axis}Axis"]) for axis in "XYZ"]
            corners.setdefault(row["RowName"], {})[row["Category"]] = at
    return {
        number: np.array([pair["box-lowerleft"], pair["box-upperright"]])
        for number, pair in corners.items()
    }


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # "n/a"
        return float("nan")


# The workbook itself: Office Open XML, ECMA-376 part 1 section 18


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    root = ET.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314 - our own sample
    return ["".join(part.text or "" for part in item.iter(f"{SHEET}t")) for item in root]


def _rows(archive: zipfile.ZipFile, sheet: str, texts: list[str]) -> Iterator[Row]:
    root = ET.fromstring(archive.read(_sheet_path(archive, sheet)))  # noqa: S314 - our own sample
    titles: Row | None = None
    for row in root.iter(f"{SHEET}row"):
        cells = dict(_cells(row, texts))
        if titles is None:
            titles = cells
        else:
            yield {titles[column]: text for column, text in cells.items() if column in titles}


def _cells(row: ET.Element, texts: list[str]) -> Iterator[tuple[str, str]]:
    for cell in row.iter(f"{SHEET}c"):
        value = cell.findtext(f"{SHEET}v")
        if value is not None:
            column = re.sub(r"\d", "", cell.attrib["r"])
            yield column, texts[int(value)] if cell.get("t") == "s" else value


def _sheet_path(archive: zipfile.ZipFile, sheet: str) -> str:
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - our own sample
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - our own sample
    ids = {item.attrib["name"]: item.attrib[RELATION] for item in book.iter(f"{SHEET}sheet")}
    paths = {link.attrib["Id"]: link.attrib["Target"] for link in links}
    return f"xl/{paths[ids[sheet]]}"
