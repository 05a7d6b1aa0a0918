"""How much work a picture may cost: what the governor turns, and what a still takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Gradients = Literal["exact", "half", "segments"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The rung of a picture.

    Parameters
    ----------
    scene_scale : float
        Edge of the picture of what is no volume as a share of the view's, above 0 to 1.
    volume_scale : float
        Edge of the volume picture as a share of the view's, above 0 to 1.
    step_voxels : float
        Distance of samples along a ray, in the smallest voxel edge.
    gradients : "exact", "half" or "segments"
        Per sample from the values; from the half-resolution normals; from the values. The last two
        are looked up once for 3 samples, where one volume is drawn.
    is_jittered : bool
        Whether rays start at blue noise, which turns rings into fine grain.
    jitter_shift : float
        Added to the noise, 0..1: another start for each frame of a still that is averaged.
    skips_empty : bool
        Off only for the test that skipping changes no pixel.
    stop_opacity : float
        A ray ends where this much light is gone.
    detail_px : float
        What is smaller than so many pixels may be drawn as one point; 0 for nothing.
    has_shade : bool
        Ambient occlusion and edges of what is opaque: half of a building's frame on software GL.
    """

    scene_scale: float = 1.0
    volume_scale: float = 1.0
    step_voxels: float = 0.6
    gradients: Gradients = "exact"
    is_jittered: bool = True
    skips_empty: bool = True
    jitter_shift: float = 0.0
    stop_opacity: float = 0.996
    detail_px: float = 0.0
    has_shade: bool = True
    is_head_lit: bool = False
    """One lamp at the eye in the place of the lit look: for comparisons with VTK."""


STILL: Final = Quality()
"""Exact: twice the time of `FINE`, whose flat bone shows grain (a chest CT: bone 35 dB from exact,
soft tissue 38). A still comes strip by strip, so nobody waits for it."""
FINE: Final = Quality(gradients="segments")
MOVING: Final = Quality(
    volume_scale=0.5, step_voxels=1.4, gradients="half", stop_opacity=0.97, detail_px=1.0
)
INTERACTIVE: Final = Quality(step_voxels=1.0, gradients="half", stop_opacity=0.97)
