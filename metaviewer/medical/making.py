"""What a volume's picture needs beside its values, as functions that the workshop can run.

Each takes arrays and JSON arguments and gives a header and arrays (see `jail.door`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from metaviewer.jail import AnyArray, Arrays, Door, Header, Json
from metaviewer.medical.blocks import block_bounds
from metaviewer.medical.body import drawn_values
from metaviewer.medical.light import extinction, openness
from metaviewer.medical.normals import half_normals
from metaviewer.medical.transfer import Region
from metaviewer.medical.volume import Volume


def make_drawn(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], _door: Door | None = None
) -> tuple[Header, Arrays]:
    """Values to draw, and the lowest and highest of each of their blocks.

    Parameters
    ----------
    arrays : {"values": the volume's, [k, j, i]}
    arguments : {"lps_from_ijk": 16 numbers, row by row, "region": of the transfer function}

    Returns
    -------
    arrays : {"drawn", "low", "high"}; "drawn" is absent where it is "values" itself
    """
    volume = _volume(arrays, arguments)
    drawn = drawn_values(volume, region=cast(Region, arguments["region"]))
    low, high = block_bounds(drawn)
    made: Arrays = {"low": low, "high": high}
    return {}, made if drawn is volume.values else made | {"drawn": drawn}


def make_normals(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], _door: Door | None = None
) -> tuple[Header, Arrays]:
    """Half-resolution normals; arguments have "gradient_full" beside "lps_from_ijk"."""
    full = float(str(arguments["gradient_full"]))
    return {}, {"normals": half_normals(_volume(arrays, arguments), gradient_full=full)}


def make_light(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], _door: Door | None = None
) -> tuple[Header, Arrays]:
    """Optical thickness of the cells and how open each lies.

    Parameters
    ----------
    arrays : {"drawn": values as drawn, "opacities_per_mm": evenly over "domain"}
    arguments : {"domain": 2 numbers, "cell_ijk": 3 counts, "cell_mm_ijk": 3 numbers}
    """
    given: Mapping[str, Any] = arguments
    low, high = given["domain"]
    i, j, k = given["cell_ijk"]
    cells = extinction(
        arrays["drawn"],
        opacities_per_mm=arrays["opacities_per_mm"],
        domain=(float(low), float(high)),
        cell_ijk=(int(i), int(j), int(k)),
    )
    cell_mm = np.array(given["cell_mm_ijk"], dtype=np.float64)
    return {}, {"extinction": cells, "openness": openness(cells, cell_mm_ijk=cell_mm)}


def _volume(arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json]) -> Volume:
    """The volume as far as arithmetic on it goes."""
    lps_from_ijk = np.array(arguments["lps_from_ijk"], dtype=np.float64).reshape(4, 4)
    return Volume(values=arrays["values"], lps_from_ijk=lps_from_ijk, modality="", unit=None)
