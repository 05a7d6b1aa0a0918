"""Slices into stacks: what belongs together by place and owner; tags only name the parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from metaviewer.errors import Refused, Word
from metaviewer.medical.dicom_facts import GREY, FrameFacts, ObjectFacts
from metaviewer.medical.dicom_values import decimal
from metaviewer.medical.geometry import SAME_PLACE_MM, normal_of

COSINE_TOLERANCE: Final = 1e-3  # 0.06 degrees: a quarter of a pixel at the edge of 512
SPACING_TOLERANCE: Final = 1e-3
CLUSTER_COUNT_MAX: Final = 500
SPLIT_DEPTH_MAX: Final = 4

Slice = tuple[int, FrameFacts]
"""Index of the file, and one frame of it."""


@dataclass(slots=True, eq=False, kw_only=True)
class Stack:
    """Slices that make one volume, or the reason why they make none."""

    slices: list[Slice]
    label: str = ""
    notes: list[tuple[Word, str]] = field(default_factory=list)
    unreadable: int = 0
    refused: tuple[Word, str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """What slices of one stack have in common, besides owner and series."""

    rows: int
    columns: int
    frame_of_reference: str
    orientation: int
    spacing: int
    is_grey: bool
    is_float: bool


def stacks_of(objects: Sequence[ObjectFacts], members: Sequence[int]) -> list[Stack]:
    """Stacks of one series of images.

    Parameters
    ----------
    objects : sequence of ObjectFacts
        All files of the place.
    members : sequence of int
        Those of this series.
    """
    if len({objects[file].patient for file in members}) > 1:
        return [_refused(objects, members, "identity", _TWO_PATIENTS, "export each patient alone")]
    sound, notes = _without_copies(objects, [f for f in members if not objects[f].refused])
    broken = [file for file in members if objects[file].refused]
    if not sound:
        first = Counter(objects[file].refused for file in broken).most_common(1)[0][0]
        assert first is not None
        reason = first[1] if len(broken) == 1 else f"in {len(broken)} images: {first[1]}"
        return [_refused(objects, broken, first[0], reason, first[2])]
    stacks = [stack for part in _parts(objects, sound) for stack in _one_place_each(objects, part)]
    largest = max(stacks, key=lambda stack: len(stack.slices))
    largest.unreadable = len(broken)
    largest.notes += notes
    return stacks


def series_of(
    objects: Sequence[ObjectFacts], files: Iterable[int], *, folders: Sequence[Hashable]
) -> list[list[int]]:
    """Files by study, series and modality; blanked series stay together by what is left.

    Parameters
    ----------
    folders : sequence
        Where each file lies. It tells series apart where their identifier does not: one that two
        patients share names nothing.
    """
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for file in files:
        one = objects[file]
        owner = "" if one.series else one.patient  # the id of a series must have one patient
        groups[one.study, one.series, one.modality, one.sop_class, owner].append(file)
    series: list[list[int]] = []
    for group in groups.values():
        is_shared = len({objects[file].patient for file in group}) > 1
        series += _by_folder(group, folders) if is_shared else [group]
    return series


def _by_folder(files: Iterable[int], folders: Sequence[Hashable]) -> list[list[int]]:
    parts: dict[Hashable, list[int]] = defaultdict(list)
    for file in files:
        parts[folders[file]].append(file)
    return list(parts.values())


_TWO_PATIENTS: Final = "one series holds images of two patients"


def _refused(
    objects: Sequence[ObjectFacts], files: Iterable[int], word: Word, reason: str, remedy: str
) -> Stack:
    slices = [(file, FrameFacts(number=0)) for file in files]
    return Stack(slices=slices, refused=(word, reason, remedy))


def _without_copies(
    objects: Sequence[ObjectFacts], files: list[int]
) -> tuple[list[int], list[tuple[Word, str]]]:
    """One file of each image: a copy beside the original is no second time point."""
    kept: dict[str, int] = {}
    for file in files:
        kept.setdefault(objects[file].sop_instance or f"file {file}", file)
    copies = len(files) - len(kept)
    if not copies:
        return files, []
    return list(kept.values()), [
        ("identity", f"{copies} images are there twice: the first of each is shown")
    ]


def _parts(objects: Sequence[ObjectFacts], files: Iterable[int]) -> list[list[Slice]]:
    """Split by matrix, frame of reference, orientation, pixel spacing and colour."""
    orientations, spacings = _Clusters(COSINE_TOLERANCE), _Clusters(SPACING_TOLERANCE)
    parts: dict[_Key, list[Slice]] = defaultdict(list)
    for file in files:
        one = objects[file]
        assert one.layout is not None
        for frame in one.frames:
            key = _Key(
                rows=one.layout.rows,
                columns=one.layout.columns,
                frame_of_reference=one.frame_of_reference,
                orientation=orientations.index_of(frame.orientation),
                spacing=spacings.index_of(frame.spacing_rc),
                is_grey=one.layout.photometric in GREY,
                is_float=one.layout.number == "float",
            )
            parts[key].append((file, frame))
    return list(parts.values())


class _Clusters:
    """Numbers that differ by rounding only count as one; the first seen stands for all."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.known: dict[tuple[float, ...], int] = {}
        self.centres: list[tuple[float, ...]] = []

    def index_of(self, numbers: tuple[float, ...]) -> int:
        """Number of the cluster to which `numbers` belong."""
        if numbers not in self.known:
            self.known[numbers] = self._nearest(numbers)
        return self.known[numbers]

    def _nearest(self, numbers: tuple[float, ...]) -> int:
        for index, centre in enumerate(self.centres[:CLUSTER_COUNT_MAX]):
            if len(centre) == len(numbers) and all(
                abs(a - b) <= self.tolerance for a, b in zip(centre, numbers, strict=True)
            ):
                return index
        self.centres.append(numbers)
        return len(self.centres) - 1


def _one_place_each(objects: Sequence[ObjectFacts], slices: list[Slice]) -> list[Stack]:
    """Stacks in which no two slices lie at one place."""
    if not slices[0][1].position or not slices[0][1].orientation:
        return [Stack(slices=slices)]
    ordered = sorted(slices, key=lambda one: (objects[one[0]].instance_number, one[1].number))
    names = sorted(
        {name for _, frame in ordered for name in frame.tags},
        key=lambda name: (
            list(ordered[0][1].tags).index(name)
            if name in ordered[0][1].tags
            else len(ordered[0][1].tags)
        ),
    )
    parts = _split(ordered, names, SPLIT_DEPTH_MAX)
    stacks = []
    for part, label in parts:
        stacks += _resolved(objects, part, label)
    return stacks


def _split(slices: list[Slice], names: list[str], depth: int) -> list[tuple[list[Slice], str]]:
    """Parts by the first tag that brings slices of one place apart, again where that is not all."""
    places = _places(slices)
    crowd = max(Counter(places).values())
    if crowd == 1 or depth == 0:
        return [(slices, "")]
    least = max(len(set(places)) / 2, 2 if len(set(places)) > 1 else 1)
    for name in names:
        groups: dict[str, list[Slice]] = defaultdict(list)
        for one in slices:
            groups[one[1].tags.get(name, "")].append(one)
        if len(groups) < 2 or min(map(len, groups.values())) < least:
            continue
        if max(max(Counter(_places(group)).values()) for group in groups.values()) >= crowd:
            continue
        label = name.split(" ")[0] if name.startswith("dimension") else name
        return [
            (part, f"{label} {number} of {len(groups)}{', ' + inner if inner else ''}")
            for number, group in enumerate(_in_order(groups), start=1)
            for part, inner in _split(group, names, depth - 1)
        ]
    return [(slices, "")]


def _in_order(groups: dict[str, list[Slice]]) -> list[list[Slice]]:
    """Parts by the number that their tag holds; where it is no number, as they came."""

    def number_of(tag: str) -> float:
        try:
            return decimal(bytes.fromhex(tag), name="") or 0.0
        except Refused:
            return 0.0

    return [groups[tag] for tag in sorted(groups, key=number_of)]


def _resolved(objects: Sequence[ObjectFacts], slices: list[Slice], label: str) -> list[Stack]:
    """A part as one stack; as several where each place is taken equally often; newest otherwise."""
    places = _places(slices)
    counts = Counter(places)
    crowd = max(counts.values())
    if crowd == 1:
        return [Stack(slices=slices, label=label)]
    by_place: dict[int, list[Slice]] = defaultdict(list)
    for place, one in zip(places, slices, strict=True):
        by_place[place].append(one)
    if min(counts.values()) == crowd:
        lead = f"{label}, " if label else ""
        return [
            Stack(
                slices=[group[number] for group in by_place.values()],
                label=f"{lead}repeat {number + 1} of {crowd}",
            )
            for number in range(crowd)
        ]
    newest = [max(group, key=lambda one: _age_key(objects, one)) for group in by_place.values()]
    dropped = len(slices) - len(newest)
    lie = "lies" if dropped == 1 else "lie"
    note: tuple[Word, str] = (
        "geometry",
        f"{dropped} of {len(slices)} slices {lie} where another does: the newest is shown",
    )
    return [Stack(slices=newest, label=label, notes=[note])]


def _age_key(objects: Sequence[ObjectFacts], one: Slice) -> tuple[str, int, int]:
    file, frame = one
    return objects[file].created, objects[file].instance_number, frame.number


def _places(slices: Sequence[Slice]) -> list[int]:
    """Number of each slice's place along the normal; equal where two lie at one place."""
    normal = normal_of(slices[0][1].orientation)
    heights_mm = np.array([frame.position for _, frame in slices]) @ normal
    order = np.argsort(heights_mm, kind="stable")
    is_new = np.diff(heights_mm[order], prepend=-np.inf) > SAME_PLACE_MM
    places = np.zeros(len(slices), dtype=np.int64)
    places[order] = np.cumsum(is_new)
    return [int(place) for place in places]
