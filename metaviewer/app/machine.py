"""`doctor`: what this machine has, and what is missing."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from metaviewer import jail, resources
from metaviewer.app.clock import clock_name, now_s
from metaviewer.app.terminal import write
from metaviewer.errors import RenderError, XrUnavailable
from metaviewer.xr.results import XrFailed

DECODERS: Final[Mapping[str, str]] = {
    "rle": "rle",
    "jpeg_ls": "jpeg_ls",
    "jpeg_2000_and_htj2k": "openjpeg",
    "jpeg_and_jpeg_lossless": "gdcm",
}
"""What is decoded, and the module that does it."""
PACKAGES: Final = ("panda3d", "ifcopenshell", "pydicom", "vtk", "imgui-bundle", "pyopenxr")

BLEND_MODES: Final[Mapping[int, str]] = {1: "opaque", 2: "additive", 3: "alpha_blend"}
"""`XrEnvironmentBlendMode`."""


def doctor() -> dict[str, Any]:
    """Facts of this machine, one entry a subject; an entry with "missing" says what to do."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: _package(name) for name in PACKAGES},
        "gl": _checked(_gl),
        "fonts": {"file": str(_font()), "present": _font().is_file()},
        "headset": _headset(),
        "decoders": {name: find_spec(module) is not None for name, module in DECODERS.items()},
        "jail": dict(jail.layers()),
        "clock": {"name": clock_name(), "now_s": now_s()},
        "cache": str(resources.cache_dir()),
        "state": str(resources.state_dir()),
    }


def print_doctor(*, as_json: bool) -> int:
    """Print the facts; 0 where the program can draw, 2 where it cannot."""
    facts = doctor()
    if as_json:
        write(json.dumps(facts) + "\n", sys.stdout)
    else:
        lines = (f"{subject:10} {_words(fact)}\n" for subject, fact in facts.items())
        write("".join(lines), sys.stdout)
    return 2 if "missing" in facts["gl"] else 0


def _gl() -> dict[str, Any]:
    from metaviewer.render import open_context

    with open_context((64, 64), on_screen=False) as context:
        return {
            "renderer": context.renderer,
            "picture_edge_px": context.edge_max_px,
            "volume_edge": context.volume_edge_max,
        }


def _checked(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except RenderError as error:
        return {"missing": str(error)}


def _headset() -> dict[str, Any]:
    """The active OpenXR runtime and the headset behind it, or why there is none."""
    from metaviewer.xr import find_headset, open_runtime

    present = find_spec("xr") is not None
    try:
        runtime = open_runtime()
    except XrUnavailable as reason:
        return {"loader": present, "missing": str(reason)}
    facts: dict[str, Any] = {
        "loader": present,
        "runtime": f"{runtime.name} {runtime.version}",
        "extensions": sorted(runtime.extensions),
    }
    try:
        headset = find_headset(runtime)
    except (XrUnavailable, XrFailed) as reason:
        return {**facts, "missing": str(reason)}
    finally:
        runtime.close()
    return {
        **facts,
        "system": headset.name,
        "eye_px": list(headset.eye_size_px),
        "blend_modes": [BLEND_MODES.get(mode, str(mode)) for mode in headset.blend_modes],
    }


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _font() -> Path:
    return resources.assets_dir() / "fonts" / "metaviewer_sans.otf"


def _words(fact: object) -> str:
    if isinstance(fact, Mapping):
        return ", ".join(f"{key} {_word(value)}" for key, value in fact.items())
    return str(fact)


def _word(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "missing" if value is None else str(value)
