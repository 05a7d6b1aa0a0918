"""The scripted OpenXR runtime of the tests: built once a run, loaded by the real loader.

`runtime/` is C; `Script` mirrors `runtime/script.h` field by field. A test writes what the headset
does into the script and reads there what the program submitted:

    runtime.script.head.velocity[0] = 0.3
    runtime.tell(EVENT_STATE, STOPPING)
    assert runtime.script.violations == 0, runtime.first_violation
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from ctypes import c_char, c_float, c_int32, c_int64, c_uint32
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SOURCES: Final = Path(__file__).parent / "runtime"
FLAGS: Final = (
    "-O1",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fvisibility=hidden",
    "-shared",
    "-fPIC",
)
LIBRARIES: Final = ("-ldl", "-lm", "-lpthread", "-lEGL", "-lGL")
BUILD_SECONDS_MAX: Final = 60
MAGIC: Final = 0x4D565832

(
    EVENT_STATE,
    EVENT_RECENTRE,
    EVENT_INSTANCE_LOSS,
    EVENT_PROFILE,
    EVENT_EVENTS_LOST,
    EVENT_MASK,
    EVENT_RATE,
) = range(1, 8)
KINDS: Final = (
    "",
    "instance",
    "session",
    "space",
    "swapchain",
    "action set",
    "action",
    "tracker",
    "passthrough",
    "passthrough layer",
)


class Pose(ctypes.Structure):
    _fields_ = (("position", c_float * 3), ("orientation", c_float * 4))


class Body(ctypes.Structure):
    _fields_ = (
        ("at_start", Pose),
        ("velocity", c_float * 3),
        ("angular_velocity", c_float * 3),
        ("flags", c_uint32),
    )


class Hand(ctypes.Structure):
    _fields_ = (
        ("grip", Body),
        ("aim", Body),
        ("trigger", c_float),
        ("squeeze", c_float),
        ("stick", c_float * 2),
        ("select", c_int32),
        ("menu", c_int32),
        ("button", c_int32),
        ("is_active", c_int32),
        ("joints_flags", c_int32),
        ("joints_are_nan", c_int32),
        ("pinch_gap", c_float),
    )


class Fault(ctypes.Structure):
    _fields_ = (("call", c_char * 48), ("result", c_int32), ("after", c_int32), ("count", c_int32))


class Event(ctypes.Structure):
    _fields_ = (("kind", c_int32), ("value", c_int32))


class Layer(ctypes.Structure):
    _fields_ = (
        ("type", c_int32),
        ("space", c_int32),
        ("has_depth", c_int32),
        ("flags", c_uint32),
        ("rect", c_int32 * 4 * 2),
        ("texture", c_uint32 * 2),
        ("pose", Pose * 2),
        ("predicted", Pose * 2),
        ("fov", c_float * 4 * 2),
        ("size_m", c_float * 2),
    )


class Script(ctypes.Structure):
    _fields_ = (
        ("magic", c_uint32),
        ("size", c_uint32),
        ("eye_width", c_uint32),
        ("eye_height", c_uint32),
        ("images", c_uint32),
        ("eye_distance_m", c_float),
        ("eye_cant", c_float),
        ("fov", c_float * 4 * 2),
        ("head", Body),
        ("hands", Hand * 2),
        ("faults", Fault * 8),
        ("events", Event * 32),
        ("events_told", c_uint32),
        ("motion_start_ns", c_int64),
        ("period_ns", c_int64),
        ("has_headset", c_int32),
        ("may_render", c_int32),
        ("keeps_time", c_int32),
        ("tracks_hands", c_int32),
        ("has_stage", c_int32),
        ("profile", c_int32),
        ("blend_modes", c_int32 * 3),
        ("blend_mode_count", c_int32),
        ("formats", c_int32 * 4),
        ("format_count", c_int32),
        ("withheld", c_int32),
        ("captures", c_int32),
        ("fouls_context", c_int32),
        ("fouls_error", c_int32),
        ("time_runs_back", c_int32),
        ("knows_recentring", c_int32),
        ("state", c_int32),
        ("is_running", c_int32),
        ("events_taken", c_uint32),
        ("waits", c_uint32),
        ("begins", c_uint32),
        ("ends", c_uint32),
        ("discarded", c_uint32),
        ("haptics", c_uint32),
        ("layer_count", c_uint32),
        ("frames_with_layers", c_uint32),
        ("layers", Layer * 16),
        ("blend_mode", c_int32),
        ("display_time", c_int64),
        ("violations", c_uint32),
        ("first_violation", c_char * 160),
        ("alive", c_int32 * 10),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The runtime in this process: its manifest for the loader, its script, what it was given."""

    manifest: Path
    library: Any
    script: Script

    @property
    def first_violation(self) -> str:
        return bytes(self.script.first_violation).split(b"\0")[0].decode()

    def tell(self, kind: int, value: int = 0) -> None:
        """Let something happen at the program's next look for events."""
        event = self.script.events[self.script.events_told % 32]
        event.kind, event.value = kind, value
        self.script.events_told += 1

    def fail(self, call: str, result: int, *, after: int = 1, count: int = 1) -> None:
        """Let the `after`th use of a call, and the next ones up to `count`, give `result`."""
        fault = next(fault for fault in self.script.faults if not fault.call)
        fault.call, fault.result, fault.after, fault.count = call.encode(), result, after, count

    def heal(self) -> None:
        """Take back every fault."""
        for fault in self.script.faults:
            fault.call = b""

    def uses(self, call: str) -> int:
        """How often a call was made since the last reset."""
        return int(self.library.script_uses(call.encode()))

    def alive(self) -> dict[str, int]:
        """Objects that were made and not destroyed, by kind."""
        return {kind: count for kind, count in zip(KINDS, self.script.alive, strict=True) if count}

    def pixels(self, layer: int = 0, view: int = 0) -> NDArray[np.uint8]:
        """The part of an image that a view was submitted with: rows from the top, RGBA."""
        width, height = ctypes.c_int(), ctypes.c_int()
        octets = self.library.script_pixels(layer, view, width, height)
        assert octets, "no pixels were kept: set script.captures"
        whole = np.ctypeslib.as_array(octets, shape=(height.value, width.value, 4))
        x, y, columns, rows = self.script.layers[layer].rect[view]
        return whole[y : y + rows, x : x + columns][::-1].copy()

    def reset(self) -> None:
        """Begin anew: the script as it was, nothing counted."""
        self.library.script_reset()


def build_runtime(folder: Path) -> Runtime:
    """Compile the runtime into a folder and write the manifest that the loader reads.

    Raises
    ------
    RuntimeError
        Where there is no compiler or a header is missing: the tests of the headset need both.
    """
    library_file = folder / "libscripted_runtime.so"
    sources = sorted(str(file) for file in SOURCES.glob("*.c"))
    command = ["gcc", *FLAGS, "-o", str(library_file), *sources, *LIBRARIES]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=BUILD_SECONDS_MAX)
    except FileNotFoundError as exc:
        raise RuntimeError("no gcc: install what packages.apt lists under [test]") from exc
    except subprocess.CalledProcessError as exc:
        raise RuntimeError(f"the scripted runtime was not built:\n{exc.stderr.decode()}") from exc
    manifest = folder / "scripted_runtime.json"
    runtime = {"library_path": str(library_file), "name": "scripted runtime"}
    manifest.write_text(json.dumps({"file_format_version": "1.0.0", "runtime": runtime}))
    library = ctypes.CDLL(str(library_file), mode=os.RTLD_NOW)
    library.script.restype = ctypes.POINTER(Script)
    library.script_pixels.restype = ctypes.POINTER(ctypes.c_uint8)
    library.script_pixels.argtypes = (
        ctypes.c_int,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_int),
        ctypes.POINTER(ctypes.c_int),
    )
    script = library.script().contents
    assert script.magic == MAGIC, "scripted.py and script.h differ"
    assert script.size == ctypes.sizeof(Script), "scripted.py and script.h differ"
    return Runtime(manifest=manifest, library=library, script=script)
