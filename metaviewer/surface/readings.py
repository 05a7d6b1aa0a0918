"""Readings of one structure: the outlines of several readers, or of one on several scans.

They nearly coincide. Drawn together in space they cut through each other everywhere, and nobody can
tell which is which; so one is drawn, and the picture says how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from metaviewer.surface.mesh import Mesh

READER_WORDS: Final = re.compile(
    r"[\s,_:;/()\-]*\b(reader|rater|observer|annotator|annotation|radiologist|expert|reading)\b.*$",
    re.IGNORECASE,
)
"""From here on a name says who outlined the structure: "Nodule 1, reader 2" (LIDC-IDRI)."""
SCAN_WORDS: Final = re.compile(
    r"([\s_\-]+(ct|pt|pet|mr|mri|t1|t2|flair|stir|adc|dwi))+$", re.IGNORECASE
)
"""The scan it was outlined on: "GTV_Mass_MR_T1" (Soft-tissue-Sarcoma)."""
SHARED_MIN: Final = 0.3
"""Of the box around both: readers of one nodule share half of it, two nodules nothing."""


def structure_name(name: str) -> str:
    """What a region's name says it is, without who outlined it and on what."""
    plain = SCAN_WORDS.sub("", READER_WORDS.sub("", name.strip()))
    return plain or name.strip()


def readings(meshes: Sequence[Mesh]) -> tuple[tuple[int, ...], ...]:
    """Groups of two and more indices of meshes that are readings of one structure, in order.

    They lie in one frame of reference, are called the same but for their reader, and lie where the
    group's first one lies.
    """
    groups: list[list[int]] = []
    for index, mesh in enumerate(meshes):
        own = next((group for group in groups if _is_same(meshes[group[0]], mesh)), None)
        if own is None:
            groups.append([index])
        else:
            own.append(index)
    return tuple(tuple(group) for group in groups if len(group) > 1)


def _is_same(one: Mesh, other: Mesh) -> bool:
    return (
        bool(one.frame_of_reference)
        and one.frame_of_reference == other.frame_of_reference
        and structure_name(one.name).lower() == structure_name(other.name).lower()
        and _shared(one, other) >= SHARED_MIN
    )


def _shared(one: Mesh, other: Mesh) -> float:
    """Volume of what two boxes share, as a share of what they cover together."""
    if not len(one.points_mm_n3) or not len(other.points_mm_n3):
        return 0.0
    a, b = one.bounds_mm, other.bounds_mm
    common = np.maximum(np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]), 0.0).prod()
    both = (a[1] - a[0]).prod() + (b[1] - b[0]).prod() - common
    return float(common / both) if both > 0.0 else 0.0
