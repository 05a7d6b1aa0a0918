"""Whether a spatial registration object describes what it says: checked now, applied later."""

from __future__ import annotations

from typing import Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.medical.dicom_tags import Tag
from metaviewer.medical.dicom_values import decimals, text
from metaviewer.medical.dicom_walk import Bytes, Element, Walked, elements, items

RIGID_TOLERANCE: Final = 1e-3
SEQUENCES: Final = (Tag.REGISTRATIONS, Tag.MATRIX_REGISTRATIONS, Tag.MATRICES)


def check_registration(walked: Walked, octets: Bytes) -> None:
    """Raise Refused where a matrix is no transform, or not of the type it is said to be.

    References
    ----------
    DICOM PS3.3 C.20.2.
    """
    sequence = walked.sequences.get(Tag.REGISTRATIONS)
    if sequence is None:
        raise Refused("", "empty", "a registration without a transform")
    _check_level(walked, octets, sequence, SEQUENCES[1:])


def _check_level(walked: Walked, octets: Bytes, sequence: Element, below: tuple[Tag, ...]) -> None:
    for item in items(octets, sequence, coding=walked.coding, stop=len(octets)):
        stop = item.start + item.length
        found = {
            element.tag: element
            for element in elements(octets, coding=walked.coding, start=item.start, stop=stop)
        }
        if below and below[0] in found:
            _check_level(walked, octets, found[below[0]], below[1:])
        elif not below and Tag.MATRIX in found:
            raw = {
                tag: bytes(octets[e.start : e.start + e.length])
                for tag, e in found.items()
                if tag in (Tag.MATRIX, Tag.MATRIX_TYPE)
            }
            _check_matrix(raw)


def _check_matrix(raw: dict[int, bytes]) -> None:
    numbers = decimals(raw[Tag.MATRIX], name="the transform", count=16)
    matrix = np.array(numbers).reshape(4, 4)
    if not np.allclose(matrix[3], (0, 0, 0, 1), atol=RIGID_TOLERANCE):
        raise Refused("", "numbers", "the last row of the transform is not 0 0 0 1")
    linear = matrix[:3, :3]
    if np.linalg.det(linear) <= 0.0:
        raise Refused("", "geometry", "the transform mirrors left and right, or is flat")
    is_rigid = np.allclose(linear @ linear.T, np.eye(3), atol=RIGID_TOLERANCE)
    if text(raw.get(Tag.MATRIX_TYPE)) == "RIGID" and not is_rigid:
        raise Refused("", "geometry", "a transform that is said to be rigid scales or shears")
