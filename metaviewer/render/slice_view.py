"""One slice view: a quad through the grey window, and where a point of it lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from panda3d.core import Camera, DisplayRegion, NodePath, OrthographicLens, SamplerState, Texture

from metaviewer.frames import Float64Array
from metaviewer.medical.presets import grey_window
from metaviewer.medical.slices import SlicePicture, slice_of, value_at
from metaviewer.medical.volume import Volume
from metaviewer.render.context import Context
from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.passes import quad_node
from metaviewer.render.targets import Targets
from metaviewer.scene import Vector, View, VolumeLook, vector
from metaviewer.scene.state import Rect

FIT_MARGIN: Final = 1.04
"""Room around a slice that fits its view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceValue:
    """What lies under the pointer: the voxel's value (None outside), and the place in LPS mm."""

    value: float | None
    point_lps_mm: Vector


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SliceInputs:
    """Uniforms of ``medical/slice.frag``."""

    t_slice: Texture
    u_pixel_from_uv: tuple[float, float, float, float]
    u_center: float
    u_width: float


def load_slice_shader(context: Context) -> LoadedShader:
    """The shader of all slice views."""
    return load_shader(
        context,
        vertex="common/fullscreen.vert",
        fragment="medical/slice.frag",
        inputs=(SliceInputs,),
    )


class SliceView:
    """The quad of one slice view; lives until `close` or a resize."""

    def __init__(self, targets: Targets, shader: LoadedShader, *, rect: Rect) -> None:
        self.rect = rect
        self._shader = shader
        self._quad: NodePath[Any] = quad_node("slice")
        self._region: DisplayRegion = targets.picture.region(rect)
        self._region.set_camera(self._quad.attach_new_node(Camera("slice", OrthographicLens())))
        self._texture: Texture | None = None
        self._picture: SlicePicture | None = None
        self._made_of: tuple[object, ...] = ()

    def place(
        self, view: View, *, volume: Volume, look: VolumeLook, size_px: tuple[int, int]
    ) -> None:
        """Show the slice that the view asks for."""
        assert view.kind != "space"
        made_of = (volume, view.kind, view.slice_mm)
        if self._picture is None or made_of != self._made_of:
            self._picture = slice_of(volume, plane=view.kind, at_mm=view.slice_mm)
            self._release()
            self._texture = _texture_of(self._picture)
            self._made_of = made_of
        assert self._texture is not None
        preset = grey_window(volume)
        center = preset.center if look.window_center is None else look.window_center
        width = preset.width if look.window_width is None else look.window_width
        inputs = SliceInputs(
            t_slice=self._texture,
            u_pixel_from_uv=pixel_from_uv(self._picture, view, size_px=size_px),
            u_center=center,
            u_width=max(width, 1.0),
        )
        bind(self._quad, self._shader, inputs)
        self._region.set_active(True)

    @property
    def picture(self) -> SlicePicture:
        """The slice that is shown; only after `place`."""
        assert self._picture is not None
        return self._picture

    def clear(self) -> None:
        """Show nothing: the volume is gone."""
        self._region.set_active(False)

    def close(self) -> None:
        """Remove quad, region and texture."""
        self._quad.remove_node()
        self._region.get_window().remove_display_region(self._region)
        self._release()

    def _release(self) -> None:
        if self._texture is not None:
            self._texture.release_all()
            self._texture = None


def mm_per_px(picture: SlicePicture, view: View, *, size_px: tuple[int, int]) -> float:
    """Length that one pixel of the view shows."""
    rows, columns = picture.values_rc.shape
    wide_mm, high_mm = columns * picture.pixel_mm[0], rows * picture.pixel_mm[1]
    fit = max(wide_mm / size_px[0], high_mm / size_px[1]) * FIT_MARGIN
    return float(fit / view.slice_zoom)


def pixel_from_uv(
    picture: SlicePicture, view: View, *, size_px: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Offset and slope from places in the view (0..1, top left first) to places in the slice.

    `slice_pan_mm` says how far right and up of the slice's middle the middle of the view lies.
    """
    rows, columns = picture.values_rc.shape
    scale = mm_per_px(picture, view, size_px=size_px)
    extent_mm = np.array([columns * picture.pixel_mm[0], rows * picture.pixel_mm[1]])
    shown_mm = np.asarray(size_px) * scale
    middle_mm = extent_mm / 2.0 + np.array([view.slice_pan_mm[0], -view.slice_pan_mm[1]])
    offset, slope = (middle_mm - shown_mm / 2.0) / extent_mm, shown_mm / extent_mm
    return float(offset[0]), float(offset[1]), float(slope[0]), float(slope[1])


def point_lps_mm(
    picture: SlicePicture, view: View, *, size_px: tuple[int, int], x: float, y: float
) -> Float64Array:
    """Where a place of the view ((0, 0) lower left) lies in the patient, shape (3,)."""
    left, top, wide, high = pixel_from_uv(picture, view, size_px=size_px)
    rows, columns = picture.values_rc.shape
    column = (left + wide * x) * columns - 0.5
    row = (top + high * (1.0 - y)) * rows - 0.5
    return np.asarray((picture.lps_from_rc @ [column, row, 0.0, 1.0])[:3])


def slice_value(
    volume: Volume, view: View, *, size_px: tuple[int, int], x: float, y: float
) -> SliceValue:
    """The exact value under a place of a slice view, from the array, not from the picture."""
    assert view.kind != "space"
    picture = slice_of(volume, plane=view.kind, at_mm=view.slice_mm)
    point = point_lps_mm(picture, view, size_px=size_px, x=x, y=y)
    return SliceValue(value=value_at(volume, point), point_lps_mm=vector(point))


def _texture_of(picture: SlicePicture) -> Texture:
    rows, columns = picture.values_rc.shape
    texture = Texture("slice")
    texture.setup_2d_texture(columns, rows, Texture.T_float, Texture.F_r32)
    texture.set_ram_image(np.ascontiguousarray(picture.values_rc, dtype=np.float32))
    texture.set_minfilter(SamplerState.FT_linear)
    texture.set_magfilter(SamplerState.FT_linear)
    texture.set_wrap_u(SamplerState.WM_clamp)
    texture.set_wrap_v(SamplerState.WM_clamp)
    return texture
