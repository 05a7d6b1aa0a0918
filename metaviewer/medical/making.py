"""What a volume's picture needs beside its values, as functions that the workshop can run.

Each takes arrays and JSON arguments and gives a header and arrays (see `jail.door`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from metaviewer.frames import Float64Array
from metaviewer.jail import AnyArray, Arrays, Door, Header, Json
from metaviewer.medical.blocks import block_bounds
from metaviewer.medical.body import drawn_values
from metaviewer.medical.coarse import block_means
from metaviewer.medical.light import extinction, light_samples, openness
from metaviewer.medical.normals import half_normals, half_shape
from metaviewer.medical.transfer import Region
from metaviewer.medical.volume import Volume


def make_coarse(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], _door: Door | None = None
) -> tuple[Header, Arrays]:
    """Means of blocks of the values.

    Parameters
    ----------
    arrays : {"values": the volume's, [k, j, i]}, and "padding" where it has any
    arguments : {"strides_kji": 3 counts}
    """
    strides_kji = _three(arguments["strides_kji"])
    means = block_means(
        arrays["values"], strides_kji=strides_kji, padding_kji=arrays.get("padding")
    )
    return {}, {"values": means}


def make_drawn(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], door: Door | None = None
) -> tuple[Header, Arrays]:
    """Values to draw, and what is found in them.

    Parameters
    ----------
    arrays : {"values": the volume's, [k, j, i]}, and "opacities_per_mm" where light is wanted too
    arguments : {"lps_from_ijk": 16 numbers, row by row, "region": of the transfer function}, and
        those of `make_light` where that is wanted

    Returns
    -------
    arrays : {"drawn", "low", "high"}; "drawn" is absent where it is "values" itself, "low" and
        "high" are of each block. With "extinction", "openness" and the "opacities_per_mm" that
        they are for, where light was wanted.
    """
    volume = _volume(arrays, arguments)
    region = cast(Region, arguments["region"])
    room = None
    if door is not None and region != "all":
        room = door.allocate("drawn", volume.values.shape, volume.values.dtype)
    drawn = drawn_values(volume, region=region, out=room)
    low, high = block_bounds(drawn)
    made: Arrays = {"low": low, "high": high}
    if "opacities_per_mm" in arrays:
        opacities = arrays["opacities_per_mm"]
        samples = light_samples(drawn, cell_ijk=_three(arguments["cell_ijk"]))
        made |= make_light({"samples": samples, "opacities_per_mm": opacities}, arguments)[1]
        made["opacities_per_mm"] = opacities
    return {}, made if drawn is volume.values else made | {"drawn": drawn}


def make_normals(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], door: Door | None = None
) -> tuple[Header, Arrays]:
    """Half-resolution normals.

    Parameters
    ----------
    arrays : {"drawn": values as drawn, [k, j, i]}
    arguments : {"lps_from_ijk", "gradient_full": gradient per mm that is stored as 255}
    """
    full = float(str(arguments["gradient_full"]))
    drawn, lps_from_ijk = arrays["drawn"], _lps_from_ijk(arguments)
    shape = half_shape(drawn.shape)
    room = np.zeros(shape, np.uint8) if door is None else door.allocate("normals", shape, np.uint8)
    half_normals(drawn, lps_from_ijk=lps_from_ijk, gradient_full=full, out=room)
    return {}, {"normals": room}


def make_light(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], _door: Door | None = None
) -> tuple[Header, Arrays]:
    """Optical thickness of the cells and how open each lies.

    Parameters
    ----------
    arrays : {"samples": of `light_samples`, "opacities_per_mm": evenly over "domain"}
    arguments : {"domain": 2 numbers, "cell_ijk": 3 counts, "cell_mm_ijk": 3 numbers}
    """
    given: Mapping[str, Any] = arguments
    low, high = given["domain"]
    cells = extinction(
        arrays["samples"],
        opacities_per_mm=arrays["opacities_per_mm"],
        domain=(float(low), float(high)),
        cell_ijk=_three(arguments["cell_ijk"]),
    )
    cell_mm = np.array(given["cell_mm_ijk"], dtype=np.float64)
    return {}, {"extinction": cells, "openness": openness(cells, cell_mm_ijk=cell_mm)}


def _volume(arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json]) -> Volume:
    """The volume as far as arithmetic on it goes."""
    return Volume(
        values=arrays["values"], lps_from_ijk=_lps_from_ijk(arguments), modality="", unit=None
    )


def _lps_from_ijk(arguments: Mapping[str, Json]) -> Float64Array:
    return np.array(arguments["lps_from_ijk"], dtype=np.float64).reshape(4, 4)


def _three(given: Any) -> tuple[int, int, int]:  # noqa: ANN401 - JSON
    one, two, three = given
    return int(one), int(two), int(three)
