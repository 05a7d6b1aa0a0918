"""Whether the names of a scene file fit together: what each key alone cannot say.

Works on the TOML document as it was read, not on checked entries: a slip in one key does not keep
back what is wrong between others. Values of a wrong type are passed over, they are told by key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

WITH_ID: Final = ("building", "volume", "surface")
WITH_FILES: Final = (*((kind, "files") for kind in WITH_ID), ("volume", "regions"))


def name_faults(document: Mapping[str, object]) -> Iterator[str]:
    """Yield ``key: what is wrong`` for names that stand twice or name nothing."""
    ids = [
        name
        for kind in WITH_ID
        for _, entry in _tables(document, kind)
        for name in _word(entry, "id")
    ]
    yield from (f"scene: the id {name!r} stands {n} times" for name, n in _repeated(ids))
    views = [name for _, entry in _tables(document, "view") for name in _word(entry, "id")]
    yield from (f"view: the id {name!r} stands {n} times" for name, n in _repeated(views))
    volumes = {
        name
        for _, entry in _tables(document, "volume")
        for owner in (entry, *(part for _, part in _tables(entry, "part")))
        for name in _word(owner, "id")
    }
    absent = "names a volume that is not in the scene"
    for index, view in _tables(document, "view"):
        if view.get("kind") != "space" and view.get("volume") is None:
            yield f"view[{index}].volume: it is missing"
    for kind in ("view", "surface"):
        for index, entry in _tables(document, kind):
            is_space = kind == "view" and entry.get("kind") == "space"
            if not is_space and not volumes.issuperset(_word(entry, "volume")):
                yield f"{kind}[{index}].volume: {absent}"
    cameras = [name for _, entry in _tables(document, "camera") for name in _word(entry, "name")]
    yield from (f"camera: the name {name!r} stands {n} times" for name, n in _repeated(cameras))
    head = document.get("scene")
    for name in _word(head, "camera") if isinstance(head, dict) else ():
        if name not in cameras:
            yield f"scene.camera: there is no camera {name!r} in the scene"


def files_named(document: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the key and the name of each file, in the order of the kinds."""
    for kind, key in WITH_FILES:
        for index, entry in _tables(document, kind):
            names = entry.get(key)
            for name in names if isinstance(names, list) else ():
                if isinstance(name, str) and name:
                    yield f"{kind}[{index}].{key}", name


def _tables(owner: Mapping[str, object], kind: str) -> list[tuple[int, dict[str, object]]]:
    entries = owner.get(kind)
    found = enumerate(entries if isinstance(entries, list) else ())
    return [(index, entry) for index, entry in found if isinstance(entry, dict)]


def _word(entry: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = entry.get(key)
    return (value,) if isinstance(value, str) else ()


def _repeated(names: list[str]) -> list[tuple[str, int]]:
    return sorted((name, count) for name, count in Counter(names).items() if count > 1)
