"""A chest and upper belly as numbers: organs as simple solids, each with its value in HU.

The body lies in patient axes (LPS, mm) about its own middle. Every organ is painted in an order,
later ones over earlier ones, and a label array remembers who came last: true volumes are counted
from the labels, before blur and noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Triple = tuple[float, float, float]

AIR_HU: Final = -1000.0
BODY_MM: Final = (340.0, 230.0, 400.0)
"""Width, depth and height that the organs below are drawn for; a phantom is scaled to its grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipsoid:
    """An ellipsoid along the axes; a half-axis of infinity makes a cylinder."""

    centre_mm: Triple
    half_mm: Triple

    @property
    def low_mm(self) -> NDArray[np.float64]:
        """Lowest corner of its box."""
        return np.subtract(self.centre_mm, self.half_mm)

    @property
    def high_mm(self) -> NDArray[np.float64]:
        """Highest corner of its box."""
        return np.add(self.centre_mm, self.half_mm)

    def inside(
        self, x: NDArray[np.float32], y: NDArray[np.float32], z: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Which points are inside; the three broadcast."""
        (cx, cy, cz), (ax, ay, az) = self.centre_mm, self.half_mm
        away: NDArray[np.float32] = (
            ((x - cx) / ax) ** 2 + ((y - cy) / ay) ** 2 + ((z - cz) / az) ** 2
        )
        return np.less(away, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsule:
    """A round rod between two points, its radius changing evenly."""

    start_mm: Triple
    end_mm: Triple
    radius_mm: float
    end_radius_mm: float

    @property
    def low_mm(self) -> NDArray[np.float64]:
        """Lowest corner of its box."""
        return np.minimum(self.start_mm, self.end_mm) - max(self.radius_mm, self.end_radius_mm)

    @property
    def high_mm(self) -> NDArray[np.float64]:
        """Highest corner of its box."""
        return np.maximum(self.start_mm, self.end_mm) + max(self.radius_mm, self.end_radius_mm)

    def inside(
        self, x: NDArray[np.float32], y: NDArray[np.float32], z: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Which points are inside; the three broadcast."""
        (px, py, pz), (dx, dy, dz) = self.start_mm, np.subtract(self.end_mm, self.start_mm)
        length2 = max(dx * dx + dy * dy + dz * dz, 1e-9)
        t = np.clip(((x - px) * dx + (y - py) * dy + (z - pz) * dz) / length2, 0.0, 1.0)
        away2: NDArray[np.float32] = (
            (x - px - t * dx) ** 2 + (y - py - t * dy) ** 2 + (z - pz - t * dz) ** 2
        )
        within: NDArray[np.bool_] = np.less(
            away2, (self.radius_mm + t * (self.end_radius_mm - self.radius_mm)) ** 2
        )
        return within


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some solids of one organ with one value; `within` keeps it to what other organs hold."""

    organ: str
    value_hu: float
    solids: tuple[Ellipsoid | Capsule, ...]
    within: tuple[str, ...] = ()


def body(*, seed: int) -> list[Part]:
    """All parts in the order they are painted; only the vessels of the lungs use the seed."""
    everywhere = float("inf")
    return [
        _part("skin", 30, _ellipse((0, 0), (168, 113))),
        _part("fat", -95, _ellipse((0, 0), (166, 111))),
        _part("muscle", 50, _ellipse((0, 0), (154, 100))),
        _part("fat", -95, Ellipsoid(centre_mm=(0, -5, -175), half_mm=(130, 78, 90))),
        *_lungs(seed),
        *_belly(),
        *_heart(),
        *_bones(),
        _part("spinal cord", 35, _ellipse((0, 76), (7, 6)), within=("vertebrae", "muscle")),
        _part("table", 120, Ellipsoid(centre_mm=(0, 150, 0), half_mm=(190, 12, everywhere))),
        _part("table foam", -960, Ellipsoid(centre_mm=(0, 150, 0), half_mm=(184, 7, everywhere))),
    ]


def _part(
    organ: str, value_hu: float, *solids: Ellipsoid | Capsule, within: tuple[str, ...] = ()
) -> Part:
    return Part(organ=organ, value_hu=value_hu, solids=solids, within=within)


def _ellipse(centre_mm: tuple[float, float], half_mm: tuple[float, float]) -> Ellipsoid:
    """An elliptic cylinder through the whole height."""
    return Ellipsoid(centre_mm=(*centre_mm, 0.0), half_mm=(*half_mm, float("inf")))


# Chest


def _lungs(seed: int) -> Iterator[Part]:
    rng = np.random.default_rng(seed)
    for organ, side in (("right lung", -1.0), ("left lung", 1.0)):
        wide = 61.0 if side < 0 else 57.0
        yield _part(organ, -860, Ellipsoid(centre_mm=(side * 76, 2, 42), half_mm=(wide, 82, 138)))
    for organ, side in (("right lung", -1.0), ("left lung", 1.0)):
        tree = [*_vessel_tree(np.array([side * 22, 8, 40]), side, rng)]
        yield _part("lung vessels", 60, *tree, within=("right lung", "left lung"))
        airways = _airway(side)
        yield _part(
            "airway wall", -20, *airways, within=("right lung", "left lung", "fat", "muscle")
        )
        yield _part(
            "airways", -990,
            *(
                Capsule(
                    start_mm=rod.start_mm, end_mm=rod.end_mm,
                    radius_mm=rod.radius_mm - 1.6, end_radius_mm=rod.end_radius_mm - 1.4,
                )
                for rod in airways
            ),
        )  # fmt: skip
        del organ
    yield _part("nodule", 40, Ellipsoid(centre_mm=(98, -12, 58), half_mm=(9, 9, 9)))
    yield _part(
        "nodule", 40,
        *(
            Capsule(start_mm=(98, -12, 58), end_mm=end, radius_mm=2.2, end_radius_mm=0.6)
            for end in ((112, -22, 66), (85, -20, 48), (104, 2, 47), (92, -2, 71), (107, -26, 50))
        ),
        within=("left lung",),
    )  # fmt: skip


def _airway(side: float) -> tuple[Capsule, ...]:
    """Trachea, the main bronchus of a side and its three branches."""
    carina, hilum = (0.0, 16.0, 75.0), (side * 34, 18.0, 48.0)
    ends = ((side * 60, -8.0, 92.0), (side * 72, 6.0, 30.0), (side * 62, 34.0, -10.0))
    return (
        Capsule(start_mm=(0, 2, 200), end_mm=carina, radius_mm=10.5, end_radius_mm=10.5),
        Capsule(start_mm=carina, end_mm=hilum, radius_mm=8.5, end_radius_mm=7.0),
        *(Capsule(start_mm=hilum, end_mm=end, radius_mm=5.2, end_radius_mm=3.2) for end in ends),
    )


def _vessel_tree(
    root_mm: NDArray[np.float64], side: float, rng: np.random.Generator
) -> Iterator[Capsule]:
    """Branches that fork and thin by the cube law (Murray 1926) from a hilum into its lung."""
    starts = [
        ((side, -0.3, 0.7), 6.0),
        ((side, -0.2, -0.2), 6.5),
        ((side, 0.55, -0.7), 6.5),
        ((side, 0.6, 0.4), 5.5),
    ]
    stems = [(root_mm, np.array(way), radius, 6) for way, radius in starts]
    while stems:
        start, way, radius, depth = stems.pop()
        way = way / np.linalg.norm(way)
        length = radius * rng.uniform(4.5, 6.5) + 4.0
        end = start + way * length
        yield Capsule(
            start_mm=_triple(start), end_mm=_triple(end),
            radius_mm=radius, end_radius_mm=radius * 0.86,
        )  # fmt: skip
        if depth:
            share = rng.uniform(0.35, 0.65)
            for part in (share, 1.0 - share):
                turned = way + rng.normal(0.0, 0.42, 3)
                stems.append((end, turned, radius * 0.95 * part ** (1 / 3), depth - 1))


def _triple(point: NDArray[np.float64]) -> Triple:
    x, y, z = point.tolist()
    return x, y, z


def _heart() -> Iterator[Part]:
    yield _part("heart", 95, Ellipsoid(centre_mm=(22, -32, -5), half_mm=(52, 44, 58)))
    yield _part(
        "heart blood", 330,
        Ellipsoid(centre_mm=(42, -30, -14), half_mm=(21, 20, 36)),
        Ellipsoid(centre_mm=(4, -44, -8), half_mm=(22, 18, 34)),
        Ellipsoid(centre_mm=(28, -2, 22), half_mm=(24, 13, 18)),
        Ellipsoid(centre_mm=(-14, -22, 18), half_mm=(17, 19, 24)),
    )  # fmt: skip
    yield _part(
        "great vessels",
        320,
        *_rods(
            [
                (14, -24, 24),
                (8, -30, 70),
                (16, -12, 88),
                (24, 28, 84),
                (26, 44, 60),
                (25, 46, -60),
                (14, 44, -210),
            ],
            12.5,
        ),
    )
    yield _part("great vessels", 300, *_rods([(6, -40, 22), (14, -22, 52), (-26, 2, 46)], 11.0))
    yield _part("great vessels", 300, *_rods([(14, -22, 52), (34, 6, 48)], 10.0))
    yield _part(
        "great vessels", 240, *_rods([(-24, -22, 20), (-24, -20, 120), (-20, -8, 200)], 9.0)
    )
    yield _part(
        "great vessels", 180, *_rods([(-18, -16, -40), (-20, 20, -90), (-18, 34, -210)], 11.0)
    )


def _rods(points_mm: Sequence[Triple], radius_mm: float) -> list[Capsule]:
    return [
        Capsule(start_mm=one, end_mm=two, radius_mm=radius_mm, end_radius_mm=radius_mm)
        for one, two in pairwise(points_mm)
    ]


# Belly


def _belly() -> Iterator[Part]:
    inside = ("fat", "muscle", "right lung", "left lung")
    yield _part(
        "liver", 105, Ellipsoid(centre_mm=(-62, -4, -112), half_mm=(82, 82, 66)), within=inside
    )
    yield _part(
        "liver", 105, Ellipsoid(centre_mm=(18, -46, -92), half_mm=(64, 38, 36)), within=inside
    )
    portal = [
        *_rods([(-14, 8, -120), (-44, 4, -112), (-76, -12, -104), (-100, -20, -98)], 6.5),
        *_rods([(-44, 4, -112), (-60, 28, -126), (-78, 46, -132)], 5.0),
    ]
    yield _part("liver vessels", 175, *portal, within=("liver",))
    yield _part("liver tumour rim", 150, Ellipsoid(centre_mm=(-92, 22, -128), half_mm=(20, 18, 19)))
    yield _part("liver tumour", 62, Ellipsoid(centre_mm=(-92, 22, -128), half_mm=(17, 15, 16)))
    yield _part(
        "spleen", 125, Ellipsoid(centre_mm=(98, 38, -104), half_mm=(30, 44, 50)), within=inside
    )
    yield _part(
        "stomach",
        35,
        Ellipsoid(centre_mm=(58, -28, -118), half_mm=(42, 40, 48)),
        within=("fat", "muscle", "left lung"),
    )
    yield _part(
        "stomach gas",
        -980,
        Ellipsoid(centre_mm=(58, -48, -112), half_mm=(26, 14, 28)),
        within=("stomach",),
    )
    for organ, side, low in (("right kidney", -1.0, -172.0), ("left kidney", 1.0, -160.0)):
        yield _part(
            organ,
            190,
            Ellipsoid(centre_mm=(side * 60, 52, low), half_mm=(27, 24, 50)),
            within=("fat", "muscle", "liver", "spleen"),
        )
        yield _part(
            "kidney pelvis",
            60,
            Ellipsoid(centre_mm=(side * 47, 48, low), half_mm=(15, 11, 26)),
            within=(organ, "fat"),
        )


# Bones


def _bones() -> Iterator[Part]:
    for number in range(14):
        z = 182.0 - 29.0 * number
        centre = Ellipsoid(centre_mm=(0, 52, z), half_mm=(21, 17, 14))
        yield _part("vertebrae", 520, centre)
        yield _part("vertebrae", 210, Ellipsoid(centre_mm=(0, 52, z), half_mm=(18.5, 14.5, 11.5)))
        spine = _rods([(0, 84, z - 2), (0, 100, z - 12)], 4.5)
        ways = [
            rod
            for side in (-1.0, 1.0)
            for rod in _rods([(side * 12, 66, z), (side * 14, 80, z), (0, 86, z - 2)], 4.0)
        ]
        wings = [
            rod
            for side in (-1.0, 1.0)
            for rod in _rods([(side * 14, 76, z), (side * 34, 82, z + 2)], 4.5)
        ]
        yield _part("vertebrae", 420, *spine, *ways, *wings)
    for number in range(12):
        yield from _rib_pair(number)
    yield _part(
        "sternum",
        430,
        Ellipsoid(centre_mm=(0, -97, 96), half_mm=(24, 7, 30)),
        Ellipsoid(centre_mm=(0, -98, 26), half_mm=(15, 6, 62)),
    )
    yield _part(
        "sternum",
        180,
        Ellipsoid(centre_mm=(0, -97, 96), half_mm=(20, 4, 26)),
        Ellipsoid(centre_mm=(0, -98, 26), half_mm=(11, 3.5, 56)),
    )
    for side in (-1.0, 1.0):
        collar = [
            (side * 20, -90, 134),
            (side * 62, -84, 150),
            (side * 104, -50, 158),
            (side * 132, -16, 152),
        ]
        yield _part("collar bones", 520, *_rods(collar, 6.0))
        yield _part("collar bones", 200, *_rods(collar, 3.6))
        blade = [(side * 104, 70, 130), (side * 112, 82, 80), (side * 96, 88, 30)]
        yield _part("shoulder blades", 480, *_rods(blade, 5.0))


def _rib_pair(number: int) -> Iterator[Part]:
    """A pair of ribs from the spine to the front, falling as they go; the last two are short."""
    z, drop = 176.0 - 24.0 * number, 34.0 + 3.0 * number
    shrink = min(1.0, 0.62 + 0.10 * number)
    end = 2.75 if number < 10 else 1.7
    for side in (-1.0, 1.0):
        turn = np.linspace(0.22, end, 22)
        x = side * 144.0 * shrink * np.sin(turn)
        y = 8.0 + 92.0 * min(1.0, shrink + 0.12) * np.cos(turn)
        fall = z - drop * (turn - turn[0]) / 2.5
        points = [_triple(point) for point in np.stack([x, y, fall], axis=1)]
        yield _part("ribs", 560, *_rods(points, 5.2))
        yield _part("ribs", 230, *_rods(points, 3.0), within=("ribs",))
        if number < 7:
            front = [points[-1], (side * 14.0, -98.0, points[-1][2] + 6.0)]
            yield _part(
                "cartilage",
                140,
                *_rods(front, 5.0),
                within=("fat", "muscle", "right lung", "left lung"),
            )
