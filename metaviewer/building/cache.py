"""Buildings on disk: raw arrays behind a JSON header, memory-mapped, checked, replaced whole.

A file of the cache is named by what it was made from (SHA-256 of the bytes, the settings, the
version of this format), so a stale one is never found. It is written beside its place and renamed:
a full disk or a kill leaves what was there before (reliability, F30).
"""

from __future__ import annotations

import hashlib
import json
import mmap
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer import resources
from metaviewer.building.model import Building, ElementTable, Shapes, Storey, Substituted
from metaviewer.errors import Refused
from metaviewer.frames import frozen

MAGIC: Final = b"mvbuild\x01"
CONVERSION_VERSION: Final = 5
"""Raised with every change to what a conversion yields."""
ALIGNMENT: Final = 64
PREFIX_BYTES: Final = len(MAGIC) + 8 + 8
HEADER_BYTES_MAX: Final = 1 << 30
HASH_CHUNK_BYTES: Final = 1 << 20
DTYPES: Final = frozenset(("|b1", "|i1", "<i4", "<i8", "<f4", "<f8"))
TABLE_ARRAYS: Final = ("step_ids", "storey", "parent", "is_space", "bounds_site_m")
TABLE_TEXTS: Final = ("global_ids", "classes", "names", "long_names", "systems")
SHAPE_ARRAYS: Final = tuple(
    field.name for field in fields(Shapes) if field.name != "material_names"
)
PLAIN_FIELDS: Final = tuple(
    [
        "schema",
        "length_unit",
        "elements_with_representation",
        "elements_built",
        "map_conversion",
        "not_drawn",
        "badges",
        "report",
        "content_id",
        "model_name",
    ]
)

_Arrays = dict[str, NDArray[Any]]


def content_id(places: tuple[Path, ...], *, unit: str | None) -> str:
    """Name of what these files become: a hash of their bytes, the unit and our version."""
    digest = hashlib.sha256(f"{CONVERSION_VERSION} {unit}".encode())
    for place in places:
        with place.open("rb") as file:
            while chunk := file.read(HASH_CHUNK_BYTES):
                digest.update(chunk)
        digest.update(b"\0next file\0")
    return digest.hexdigest()


def cached_place(key: str) -> Path:
    """Where the building called `key` is kept."""
    return resources.cache_dir() / "building" / f"{key}.mvb"


def store(building: Building) -> None:
    """Keep `building` under its `content_id`.

    Raises
    ------
    Refused
        size: the disk is full or the folder cannot be written; what was kept before is intact.
    """
    place = cached_place(building.content_id)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with resources.whole_file(place) as file:
            file.writelines(_pieces(building))
    except OSError as exc:
        reason = f"the cache folder {place.parent} cannot be written ({exc.strerror})"
        raise Refused("cache", "size", reason, remedy="free some space") from exc


def sweep() -> None:
    """Remove what a killed program left half-written in the cache."""
    resources.sweep_drafts(cached_place("").parent)


def load(key: str) -> Building | None:
    """The building kept under `key`; None where there is none. A damaged one is removed."""
    place = cached_place(key)
    try:
        with place.open("rb") as file:
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    try:
        return _building(pages)
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        place.unlink(missing_ok=True)
        return None


def _pieces(building: Building) -> list[bytes | memoryview]:
    """What the file holds, in order."""
    arrays = _arrays_of(building)
    table, offset, checksum = [], 0, 0
    body: list[bytes | memoryview] = []
    for name, array in arrays.items():
        table.append([name, array.dtype.str, list(array.shape), offset])
        padding = bytes(-array.nbytes % ALIGNMENT)
        body += [array.reshape(-1).view(np.uint8).data, padding]
        checksum = zlib.crc32(padding, zlib.crc32(body[-2], checksum))
        offset += array.nbytes + len(padding)
    content = {**_texts_of(building), "arrays": table, "bytes": offset, "checksum": checksum}
    header = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    header += b" " * (-(PREFIX_BYTES + len(header)) % ALIGNMENT)
    prefix = MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little")
    return [prefix, header, *body]


def _building(pages: mmap.mmap) -> Building:
    """The building in a file's pages; ValueError, KeyError or TypeError where it is damaged."""
    if pages[: len(MAGIC)] != MAGIC:
        raise ValueError("another format")
    header_bytes = int.from_bytes(pages[len(MAGIC) : len(MAGIC) + 8], "little")
    start = PREFIX_BYTES + header_bytes
    header = pages[PREFIX_BYTES:start]
    if header_bytes > HEADER_BYTES_MAX or len(header) != header_bytes:
        raise ValueError("cut short")
    if zlib.crc32(header) != int.from_bytes(pages[len(MAGIC) + 8 : PREFIX_BYTES], "little"):
        raise ValueError("damaged header")
    content = json.loads(header.decode("utf-8", "surrogatepass"))
    if len(pages) != start + content["bytes"]:
        raise ValueError("cut short")
    body = memoryview(pages)[start:]
    if zlib.crc32(body) != content["checksum"]:
        raise ValueError("damaged arrays")
    arrays: _Arrays = {}
    for name, dtype, shape, offset in content["arrays"]:
        if dtype not in DTYPES:
            raise ValueError("an unknown type")
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(body, dtype, count, offset).reshape(shape)
    return _restored(content, arrays)


def _arrays_of(building: Building) -> _Arrays:
    elements, shapes = building.elements, building.shapes
    found: _Arrays = {name: getattr(elements, name) for name in TABLE_ARRAYS}
    found |= {name: getattr(shapes, name) for name in SHAPE_ARRAYS}
    found["origin_site_m"] = building.origin_site_m
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def _texts_of(building: Building) -> dict[str, Any]:
    content: dict[str, Any] = {name: getattr(building, name) for name in PLAIN_FIELDS}
    content |= {name: getattr(building.elements, name) for name in TABLE_TEXTS}
    content["material_names"] = building.shapes.material_names
    content["storeys"] = [
        [storey.name, storey.global_id, storey.elevation_m, storey.base_m]
        for storey in building.storeys
    ]
    content["substituted"] = [[found.element, found.reason] for found in building.substituted]
    return content


def _restored(content: dict[str, Any], arrays: _Arrays) -> Building:
    plain: dict[str, Any] = {
        name: tuple(content[name]) if isinstance(content[name], list) else content[name]
        for name in PLAIN_FIELDS
    }
    table: dict[str, Any] = {name: arrays[name] for name in TABLE_ARRAYS}
    table |= {name: tuple(content[name]) for name in TABLE_TEXTS}
    shapes: dict[str, Any] = {name: arrays[name] for name in SHAPE_ARRAYS}
    shapes["material_names"] = tuple(content["material_names"])
    return Building(
        **plain,
        elements=ElementTable(**table),
        shapes=Shapes(**shapes),
        storeys=tuple(
            Storey(name=name, global_id=global_id, elevation_m=elevation_m, base_m=base_m)
            for name, global_id, elevation_m, base_m in content["storeys"]
        ),
        origin_site_m=frozen(arrays["origin_site_m"]),
        substituted=tuple(
            Substituted(element=element, reason=reason)
            for element, reason in content["substituted"]
        ),
    )
