"""What each view says: gathered from the State and the data, laid out by `overlay_layout`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaviewer.medical.presets import grey_window
from metaviewer.medical.slices import EDGE_LETTERS, slice_of
from metaviewer.medical.volume import Volume
from metaviewer.render.eye import Eye, picture_point
from metaviewer.render.overlay_layout import ViewWords
from metaviewer.render.overlay_marks import scale_bar, side_letters
from metaviewer.render.overlay_words import (
    NOT_FOR_DIAGNOSIS,
    badge_line,
    hidden_line,
    look_line,
    patient_lines,
    shortened,
    together_badges,
)
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.slice_view import mm_per_px
from metaviewer.render.written import slice_words_mm, window_words
from metaviewer.scene import Item, State, View, VolumeLook


def space_words(
    state: State,
    view: View,
    *,
    volumes: Sequence[ShownVolume],
    eye: Eye,
    size_px: tuple[int, int],
    extra_badges: Sequence[str],
) -> ViewWords:
    """Corners, scale bar and side letters of a 3D view."""
    language = state.language
    looks = [
        look_line(
            shown.transfer.name,
            region=shown.transfer.region,
            is_diagnostic=shown.is_diagnostic,
            language=language,
        )
        for shown in volumes
        if shown.transfer is not None
    ]
    letters = [
        letter
        for shown in volumes[:1]
        if shown.volume is not None
        for letter in side_letters(shown.volume, shown.item, eye=eye, size_px=size_px)
    ]
    # The bar holds at the distance of what the camera looks at, as a map's bar holds at its middle.
    _, _, depth_m = picture_point(eye, np.asarray(view.camera.target_m))
    span = eye.high[0] - eye.low[0]
    wide_m = span if eye.is_parallel else span * max(depth_m, 1e-9)
    return ViewWords(
        warning=NOT_FOR_DIAGNOSIS[language],
        heads=(
            shortened(state.title),
            *patient_lines(state.items, language=language),
            hidden_line(state.items, language=language),
        ),
        badges=badge_line(
            state.items, (*together_badges(state.items), *extra_badges), language=language
        ),
        look=tuple(looks),
        letters=tuple(letters),
        bar=scale_bar(wide_m * 1000.0 / size_px[0], width_px=size_px[0]),
        is_on_light=state.theme == "light" and not any(shown.is_diagnostic for shown in volumes),
    )


def slice_words(
    state: State, view: View, *, volume: Volume, item: Item, size_px: tuple[int, int]
) -> ViewWords:
    """Corners, edge letters and scale bar of a slice."""
    assert view.kind != "space"
    language = state.language
    look = item.look if isinstance(item.look, VolumeLook) else VolumeLook()
    preset = grey_window(volume)
    center = preset.center if look.window_center is None else look.window_center
    width = preset.width if look.window_width is None else look.window_width
    picture = slice_of(volume, plane=view.kind, at_mm=view.slice_mm)
    return ViewWords(
        warning=NOT_FOR_DIAGNOSIS[language],
        heads=patient_lines((item,), language=language),
        badges=badge_line((item,), together_badges(state.items), language=language),
        look=(
            window_words(center, width, unit=volume.unit or ""),
            slice_words_mm(view.slice_mm, plane=view.kind),
        ),
        edges=EDGE_LETTERS[view.kind],
        bar=scale_bar(mm_per_px(picture, view, size_px=size_px), width_px=size_px[0]),
    )
