"""Volumes against VTK on the same OpenGL: processor time by turns, and how far pictures differ.

VTK draws in a process of its own (two GL users black each other out). Camera, step, table and lamp
are the same: 1 mm steps from one step inside, one lamp at the eye, no specular light, no jitter,
colours blended as they are displayed. Prints one JSON line a case.

    python bench/volume_vs_vtk.py [--size 128 | 512] [--rounds N] [--cases soft_plain,...]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

SHAPES_KJI = {128: (128, 128, 128), 256: (256, 256, 256), 512: (300, 512, 512)}
FIELD_MM = 360.0
PICTURE_PX = {128: (400, 300), 256: (400, 300), 512: (800, 600)}
DISTANCE_MM = 900.0
FOV_DEG = 30.0
STEP_MM = 1.0
MIP_WINDOW = (-200.0, 1200.0)


@dataclass(frozen=True)
class Case:
    """One comparison: our preset and gradients, and VTK's mapper."""

    preset: str
    shaded: bool
    gradients: str
    mapper: str


# Control points of the measurements that the goals were set by: value, red, green, blue, opacity.
BENCH_SOFT = (
    (-1024, 0.0, 0.0, 0.0, 0.0), (-160, 0.6, 0.2, 0.1, 0.0), (-90, 0.85, 0.60, 0.40, 0.008),
    (0, 0.80, 0.35, 0.25, 0.03), (60, 0.75, 0.22, 0.18, 0.09), (180, 0.95, 0.55, 0.40, 0.25),
    (400, 1.0, 0.95, 0.85, 0.6), (3071, 1.0, 1.0, 1.0, 0.9),
)  # fmt: skip
BENCH_BONE = (
    (-1024, 0.0, 0.0, 0.0, 0.0), (150, 0.5, 0.1, 0.05, 0.0), (230, 0.80, 0.35, 0.22, 0.15),
    (330, 0.95, 0.82, 0.62, 0.6), (700, 1.0, 0.97, 0.90, 0.9), (3071, 1.0, 1.0, 1.0, 1.0),
)  # fmt: skip

CASES = {
    "soft_plain": Case("bench_soft", False, "exact", "gpu"),
    "soft_exact": Case("bench_soft", True, "exact", "gpu"),
    "soft_half": Case("bench_soft", True, "half", "gpu"),
    "soft_segments": Case("bench_soft", True, "segments", "gpu"),
    "bone_exact": Case("bench_bone", True, "exact", "gpu"),
    "bone_segments": Case("bench_bone", True, "segments", "gpu"),
    "bone_half": Case("bench_bone", True, "half", "gpu"),
    "mip": Case("mip", False, "exact", "gpu"),
    "soft_half_cpu": Case("bench_soft", True, "half", "cpu"),
    "bone_half_cpu": Case("bench_bone", True, "half", "cpu"),
    "soft_plain_cpu": Case("bench_soft", False, "exact", "cpu"),
    "mip_cpu": Case("mip", False, "exact", "cpu"),
}


def spacing_mm(shape_kji: tuple[int, ...]) -> np.ndarray:
    """Voxel edges along i, j, k that fill the field."""
    return FIELD_MM / np.array(shape_kji[::-1], dtype=float)


def phantom_values(size: int) -> np.ndarray:
    """The chest phantom of `tools/make_phantom.py` at this size."""
    import make_phantom

    shape = SHAPES_KJI[size]
    grid = make_phantom.grid_of(shape[::-1], tuple(spacing_mm(shape)))
    return make_phantom.phantom(grid).values_hu_kji


def eye_mm() -> tuple[np.ndarray, np.ndarray]:
    """Eye and target relative to the middle of the volume, LPS mm."""
    turn, rise = np.radians(25.0), np.radians(12.0)
    toward = np.array([np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)])
    return DISTANCE_MM * toward, np.zeros(3)


class Ours:
    """Our stage with one volume."""

    def __init__(self, values: np.ndarray, size_px: tuple[int, int]) -> None:
        from metaviewer.frames import WORLD_FROM_LPS
        from metaviewer.medical import presets
        from metaviewer.medical.volume import Volume
        from metaviewer.render.context import open_context
        from metaviewer.render.overlay_view import OverlayView
        from metaviewer.render.shown_volume import ShownVolume
        from metaviewer.render.stage import Stage
        from metaviewer.scene import Camera, Item, Library, View, vector

        OverlayView.show = lambda *_, **__: None  # VTK writes no words over its picture
        # Both draw the same voxels: no table is hidden.
        presets.CT_PRESETS["mip"] = replace(presets.MIP, region="all")
        presets.CT_PRESETS["bench_soft"] = presets.Preset(rows=BENCH_SOFT, region="all")
        presets.CT_PRESETS["bench_bone"] = presets.Preset(rows=BENCH_BONE, region="all")
        spacing = spacing_mm(values.shape)
        lps_from_ijk = np.diag([*spacing, 1.0])
        lps_from_ijk[:3, 3] = -spacing * (np.array(values.shape[::-1]) - 1.0) / 2.0
        self.library = Library(
            {"v": Volume(values=values, lps_from_ijk=lps_from_ijk, modality="CT", unit="HU")}
        )
        self.stage = Stage(
            open_context((16, 16), on_screen=False), size=size_px, makers={"volume": ShownVolume}
        )
        eye, target = eye_mm()
        camera = Camera(
            eye_m=vector(eye / 1000.0), target_m=vector(target / 1000.0), fov_deg=FOV_DEG
        )
        self.views = (View(id="view", kind="space", camera=camera),)
        self.item = Item(
            id="v", kind="volume", data_id="v", look=None, world_from_item=WORLD_FROM_LPS
        )
        self.voxel_mm = float(spacing.min())

    def show(self, case: Case) -> None:
        """Prepare a case and draw it once."""
        from metaviewer.render.quality import Quality
        from metaviewer.scene import State, VolumeLook

        self.stage.quality = Quality(
            step_voxels=STEP_MM / self.voxel_mm,
            gradients=case.gradients,
            is_jittered=False,
            stop_opacity=0.97 if case.gradients == "half" else 0.996,
            is_head_lit=case.shaded,
        )
        item = replace(self.item, look=VolumeLook(preset=case.preset, shading="diagnostic"))
        self.stage.sync(None, State(items=(item,), views=self.views), self.library, None)
        self.stage.draw()

    def frame_ms(self) -> float:
        """Processor time of one frame, all threads."""
        before = time.process_time()
        self.stage.draw()
        self.stage.picture()  # nothing is left to be drawn later
        return (time.process_time() - before) * 1e3

    def picture(self) -> np.ndarray:
        """The last frame."""
        return self.stage.picture()


def vtk_process(values_file: str, size_px: tuple[int, int]) -> None:
    """Draw what standard input asks for; answer milliseconds, or write the picture."""
    values = np.load(values_file)
    window = None
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "show":
            window = _vtk_window(values, CASES[rest[0]], size_px)
            window.Render()
            print("ready", flush=True)
        elif word == "frame":
            before = time.process_time()
            window.Render()
            window.WaitForCompletion()
            print((time.process_time() - before) * 1e3, flush=True)
        elif word == "picture":
            np.save(rest[0], _vtk_picture(window, size_px))
            print("ready", flush=True)


def _vtk_window(values: np.ndarray, case: Case, size_px: tuple[int, int]) -> Any:  # noqa: ANN401  vtk has no types
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    spacing = spacing_mm(values.shape)
    image = vtk.vtkImageData()
    image.SetDimensions(*values.shape[::-1])
    image.SetSpacing(*spacing)
    image.SetOrigin(*(-spacing * (np.array(values.shape[::-1]) - 1.0) / 2.0))
    image.GetPointData().SetScalars(
        numpy_to_vtk(values.ravel(), deep=False, array_type=vtk.VTK_SHORT)
    )
    if case.mapper == "gpu":
        mapper = vtk.vtkOpenGLGPUVolumeRayCastMapper()
        mapper.SetUseJittering(False)
        mapper.SetLockSampleDistanceToInputSpacing(False)
    else:
        mapper = vtk.vtkFixedPointVolumeRayCastMapper()
        mapper.SetInteractiveSampleDistance(STEP_MM)
        mapper.SetIntermixIntersectingGeometry(False)
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetSampleDistance(STEP_MM)
    mapper.SetInputData(image)
    if case.preset == "mip":
        mapper.SetBlendModeToMaximumIntensity()
    volume = vtk.vtkVolume()
    volume.SetMapper(mapper)
    volume.SetProperty(_vtk_property(vtk, case))
    renderer = vtk.vtkRenderer()
    renderer.AddVolume(volume)
    renderer.SetBackground(0, 0, 0)
    camera = renderer.GetActiveCamera()
    eye, target = eye_mm()
    camera.SetPosition(*eye)
    camera.SetFocalPoint(*target)
    camera.SetViewUp(0, 0, 1)
    camera.SetViewAngle(FOV_DEG)
    renderer.ResetCameraClippingRange()
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(*size_px)
    window.AddRenderer(renderer)
    return window


def _vtk_property(vtk: Any, case: Case) -> Any:  # noqa: ANN401  vtk has no types
    colours, opacities = vtk.vtkColorTransferFunction(), vtk.vtkPiecewiseFunction()
    if case.preset == "mip":
        for value, grey in zip(MIP_WINDOW, (0.0, 1.0), strict=True):
            colours.AddRGBPoint(value, grey, grey, grey)
        opacities.AddPoint(-1024, 1.0)
        opacities.AddPoint(3071, 1.0)
    else:
        rows = {"bench_soft": BENCH_SOFT, "bench_bone": BENCH_BONE}[case.preset]
        for value, red, green, blue, opacity in rows:
            colours.AddRGBPoint(value, red, green, blue)
            opacities.AddPoint(value, opacity)
    look = vtk.vtkVolumeProperty()
    look.SetColor(colours)
    look.SetScalarOpacity(opacities)
    look.SetInterpolationTypeToLinear()
    look.SetScalarOpacityUnitDistance(1.0)
    if case.shaded:
        look.ShadeOn()
        look.SetAmbient(0.3)
        look.SetDiffuse(0.7)
        look.SetSpecular(0.0)
    return look


def _vtk_picture(window: Any, size_px: tuple[int, int]) -> np.ndarray:  # noqa: ANN401
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    shot = vtk.vtkWindowToImageFilter()
    shot.SetInput(window)
    shot.ReadFrontBufferOff()
    shot.ShouldRerenderOff()
    shot.Update()
    flat = vtk_to_numpy(shot.GetOutput().GetPointData().GetScalars())
    return flat.reshape(size_px[1], size_px[0], 3)[::-1]


def psnr_db(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal to noise of two 8 bit pictures."""
    error = ((a.astype(float) - b.astype(float)) ** 2).mean()
    return float(10.0 * np.log10(255.0**2 / max(error, 1e-9)))


def main() -> None:
    """Compare, or be the process that VTK draws in."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, choices=sorted(SHAPES_KJI), default=128)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--cases", default=",".join(CASES))
    arguments.add_argument("--keep", help="folder for the pictures")
    arguments.add_argument("--vtk", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    size_px = PICTURE_PX[chosen.size]
    if chosen.vtk:
        vtk_process(chosen.vtk, size_px)
        return
    with tempfile.TemporaryDirectory() as folder:
        _compare(chosen, Path(folder), size_px)


def _compare(chosen: argparse.Namespace, folder: Path, size_px: tuple[int, int]) -> None:
    values = phantom_values(chosen.size)
    np.save(folder / "values.npy", values)
    command = [sys.executable, __file__, "--size", str(chosen.size), "--vtk", folder / "values.npy"]
    environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
    peer = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )

    def ask(line: str) -> str:
        peer.stdin.write(line + "\n")
        peer.stdin.flush()
        return peer.stdout.readline().strip()

    ours = Ours(values, size_px)
    exact: dict[str, np.ndarray] = {}
    for name in chosen.cases.split(","):
        case = CASES[name]
        ours.show(case)
        assert ask(f"show {name}") == "ready"
        times = [(ours.frame_ms(), float(ask("frame"))) for _ in range(chosen.rounds)]
        assert ask(f"picture {folder / 'peer.npy'}") == "ready"
        pictures = ours.picture(), np.load(folder / "peer.npy")
        mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
        spread = max(abs(t[0] - mine) for t in times) / mine
        if case.gradients == "exact" and case.shaded:
            exact[case.preset] = pictures[0]
        own_exact = exact.get(case.preset) if case.gradients != "exact" else None
        print(
            json.dumps(
                {
                    "case": name,
                    "volume": chosen.size,
                    "picture_px": size_px,
                    "ours_cpu_ms": round(mine, 1),
                    "vtk_cpu_ms": round(theirs, 1),
                    "times_faster": round(theirs / mine, 2),
                    "psnr_db": round(psnr_db(*pictures), 1),
                    "psnr_own_exact_db": None
                    if own_exact is None
                    else round(psnr_db(pictures[0], own_exact), 1),
                    "spread": round(spread, 2),
                    "rounds_cpu_ms": [[round(ms, 1) for ms in pair] for pair in times],
                    "renderer": ours.stage.context.renderer,
                    "machine": platform.processor() or platform.machine(),
                }
            ),
            flush=True,
        )
        if chosen.keep:
            from PIL import Image

            Image.fromarray(np.concatenate(pictures, axis=1)).save(
                Path(chosen.keep) / f"{name}.png"
            )
    peer.stdin.close()
    peer.wait()


if __name__ == "__main__":
    main()
