"""From a found series or file to a Volume, and the facts that `check --json` gives of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError, Refused
from metaviewer.jail import Answer, Jail, Json
from metaviewer.medical.found import Found
from metaviewer.medical.series_parts import part_count, read_parts
from metaviewer.medical.volume import GreyWindow, Volume

ROOM: Final = "metaviewer.medical"
SAMPLE_COUNT: Final = 256
SAMPLE_VALUES: Final = 1024
TOKEN_BYTES: Final = 16


def open_volume(
    jail: Jail,
    found: Found,
    *,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Volume:
    """Modality values of what a scan found, in place in the patient.

    Raises
    ------
    Refused
        If it is none to be opened, or its pixels cannot be read.
    Cancelled
        If `cancelled` said so.
    """
    if found.status == "refused" or found.plan is None:
        word = found.word or "format"
        raise Refused(found.path, word, found.reason or "no volume", remedy=found.remedy)
    plan = dict(found.plan)
    places = list(found.places)
    octets: Any = plan.get("data")
    if octets and octets[0] == -1:
        # The header was named alone; the values lie in a file of a bare name beside it.
        places.append(found.file.with_name(str(octets[1])))
        plan["data"] = [len(places) - 1, "", ""]
    reader = f"{ROOM}.{found.reader}:{found.reader}"
    listeners: dict[str, Any] = {"on_progress": on_progress, "cancelled": cancelled}
    count = part_count(plan) if found.reader == "read_series" else 1

    def answered() -> Answer:
        if count > 1:
            return read_parts(jail, places, plan, count=count, place=found.path, **listeners)
        return jail.call(reader, places, plan, place=found.path, **listeners)

    answer = answered()
    if answer.header.get("fits") is False:
        plan["dtype"] = "float32"
        answer = answered()
    return _volume(found, answer)


def volume_facts(found: Found, volume: Volume) -> dict[str, Json]:
    """The `volume` object of `check --json` (DESIGN section 7); what is unknown is None."""
    lengths = volume.spacing_mm
    directions = volume.lps_from_ijk[:3, :3] / lengths
    spacing: list[float | None] = [float(mm) for mm in lengths]
    if "single_slice" in volume.badges:
        spacing[2] = None
    lowest, highest, mean = statistics(volume)
    return {
        "modality": volume.modality or None,
        "shape_ijk": list(volume.shape_ijk),
        "spacing_mm": spacing,
        "origin_lps_mm": [float(mm) for mm in volume.lps_from_ijk[:3, 3]],
        "direction_lps": [float(cosine) for cosine in directions.T.ravel()],
        "unit": volume.unit,
        "min": lowest,
        "max": highest,
        "mean": mean,
        "transfer_syntax": found.transfer_syntax or None,
        "frame_of_reference": volume.frame_of_reference or None,
        "files": found.files,
        "frames": found.frames,
    }


def statistics(volume: Volume) -> tuple[float | None, float | None, float | None]:
    """Lowest, highest and mean value without padding; None where nothing was measured."""
    lows, highs, total, count = [], [], 0.0, 0
    for k in range(len(volume.values)):
        measured: NDArray[Any] = volume.values[k]
        if volume.padding_kji is not None:
            measured = measured[~volume.padding_kji[k]]
        if measured.size:
            lows.append(float(measured.min()))
            highs.append(float(measured.max()))
            total += float(measured.sum(dtype=np.float64))
            count += measured.size
    return (min(lows), max(highs), total / count) if count else (None, None, None)


def _volume(found: Found, answer: Answer) -> Volume:
    assert found.plan is not None
    values = answer.arrays.get("values")
    padding = answer.arrays.get("padding")
    matrix = np.array(found.plan["lps_from_ijk"], dtype=np.float64)
    is_sound = (
        values is not None
        and values.ndim == 3
        and matrix.size == 16
        and (padding is None or (padding.dtype == bool and padding.shape == values.shape))
    )
    if not is_sound or values is None:
        raise Refused(found.path, "answer", "the parser gave an answer that makes no sense")
    badges = dict.fromkeys(found.badges)
    if answer.header.get("unreadable") or answer.header.get("not_finite"):
        badges["incomplete"] = None
    if answer.missing_layers:
        badges["jail_layer_missing"] = None
    try:
        return Volume(
            values=values,
            lps_from_ijk=matrix.reshape(4, 4),
            modality=found.modality,
            unit=found.unit,
            padding_kji=padding,
            windows=tuple(
                GreyWindow(name=f"file {number}", center=center, width=width)
                for number, (center, width) in enumerate(found.windows, start=1)
            ),
            frame_of_reference=found.frame_of_reference,
            identity=found.identity,
            badges=tuple(badges),
            content_id=_content_id(found, values),
        )
    except GeometryError as exc:
        raise Refused(found.path, "geometry", str(exc), remedy="export the series again") from exc


def _content_id(found: Found, values: NDArray[Any]) -> str:
    """Name of these voxels: their plan (files, sizes, geometry) and 256 runs of their values.

    Hashing all of 300 x 512 x 512 takes longer than reading them; two series with equal plans do
    not agree in a quarter of a million values unless they are the same.
    """
    digest = hashlib.blake2b(digest_size=TOKEN_BYTES)
    digest.update(json.dumps(found.plan, sort_keys=True).encode())
    digest.update(found.identity.series.encode())
    flat = values.reshape(-1)
    for start in np.linspace(0, max(flat.size - SAMPLE_VALUES, 0), SAMPLE_COUNT).astype(np.int64):
        digest.update(flat[start : start + SAMPLE_VALUES].tobytes())
    return digest.hexdigest()
