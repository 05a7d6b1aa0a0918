"""Volumes as a person sees them: in the right place, whole, and behind what is in front."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.frames import WORLD_FROM_LPS
from metaviewer.medical.volume import Volume
from metaviewer.render import stage_views
from metaviewer.render.quality import Quality
from metaviewer.render.shown_surface import ShownSurface
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.stage import Stage
from metaviewer.scene import Camera, Item, Library, Ray, State, SurfaceLook, VolumeLook
from metaviewer.surface import Mesh
from tests.render.gl import (
    AIR_HU,
    BONE_HU,
    ball_volume,
    front_view,
    state_of,
    volume_item,
    volume_of,
)

SIZE = (120, 120)
STEADY = Quality(is_jittered=False)
MAKERS = {"volume": ShownVolume, "surface": ShownSurface}


@pytest.fixture
def stage(gl_context, monkeypatch):
    # No words over what is measured: in a view as small as this they fill most of it.
    monkeypatch.setattr(stage_views, "laid_out", lambda said, **how: ((), ()))
    with Stage(gl_context, size=SIZE, makers=MAKERS) as stage:
        stage.quality = STEADY
        yield stage


def drawn(stage: Stage, state: State, quality: Quality | None = None, **more) -> np.ndarray:
    """The picture less that of the same State without items."""
    stage.quality = quality or STEADY
    library = Library(more)
    stage.sync(None, replace(state, items=()), library, None)
    stage.draw()
    empty = stage.picture().astype(int)
    stage.sync(None, state, library, None)
    stage.draw()
    picture = stage.picture().astype(int)
    return picture - empty


def seen(difference: np.ndarray) -> np.ndarray:
    return np.abs(difference).max(axis=2) > 12


def middle_of(mask: np.ndarray) -> tuple[float, float]:
    """Row and column of a mask's centre, from the picture's middle; up and right count positive."""
    rows, columns = np.nonzero(mask)
    assert len(rows) > 20
    height, width = mask.shape
    return (height - 1) / 2.0 - rows.mean(), columns.mean() - (width - 1) / 2.0


def sphere_mesh(radius_mm: float, center_mm=(0.0, 0.0, 0.0), **fields) -> Mesh:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 33), np.linspace(0.0, np.pi, 17))
    points = np.stack([np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v)], axis=-1)
    at = np.arange(16)[:, None] * 33 + np.arange(32)
    faces = np.stack([at, at + 33, at + 1, at + 1, at + 33, at + 34], axis=-1)
    return Mesh(
        name="ball",
        points_mm_n3=(points.reshape(-1, 3) * radius_mm + center_mm).astype(np.float32),
        triangles_n3=faces.reshape(-1, 3).astype(np.int32),
        **fields,
    )


def surface_item(item_id: str, *, opacity: float = 1.0, rgb=(0.1, 0.9, 0.2)) -> Item:
    return Item(
        id=item_id,
        kind="surface",
        data_id=item_id,
        look=SurfaceLook(opacity=opacity, colour_rgb=rgb),
        world_from_item=WORLD_FROM_LPS,
    )


@pytest.mark.parametrize(
    ("center_kji", "wanted"),
    [((0, 0, 10), "right"), ((0, 0, -10), "left"), ((10, 0, 0), "up"), ((-10, 0, 0), "down")],
)
def test_left_of_the_patient_is_right_in_the_picture_and_head_is_up(stage, center_kji, wanted):
    """A mirror (i or k flipped) swaps a kidney; picture and patient face each other."""
    volume = ball_volume(radius=6.0, center_kji=center_kji)
    up, right = middle_of(seen(drawn(stage, state_of(volume_item()), volume=volume)))
    assert {"right": right, "left": -right, "up": up, "down": -up}[wanted] > 10
    assert abs(up if wanted in {"left", "right"} else right) < 2


def test_what_is_in_front_is_larger(stage):
    """Anterior (towards -P) is nearer to an eye that stands before the patient."""
    near = ball_volume(radius=6.0, center_kji=(0, -12, 0))
    far = ball_volume(radius=6.0, center_kji=(0, 12, 0))
    areas = [
        seen(drawn(stage, state_of(volume_item()), volume=volume)).sum() for volume in (near, far)
    ]
    assert areas[0] > 1.2 * areas[1]


@pytest.mark.parametrize("preset", ["bone", "lung", "mip", "soft"])
@pytest.mark.parametrize("gradients", ["exact", "half", "segments"])
def test_skipping_changes_no_pixel(stage, preset, gradients):
    """A leap one step too long loses the rim of thin bones; groups begun anywhere light it anew."""
    generator = np.random.default_rng(5)
    values = np.full((48, 40, 44), AIR_HU, dtype=np.int16)
    values[20:26, 12:30, 10:34] = generator.integers(-200, 900, (6, 18, 24))
    values[5, 5, 5] = values[40, 33, 2] = 1200
    volume = volume_of(values)
    state = state_of(volume_item(look=VolumeLook(preset=preset)))
    quality = Quality(gradients=gradients)
    with_leaps = drawn(stage, state, quality, volume=volume)
    without = drawn(stage, state, replace(quality, skips_empty=False), volume=volume)
    np.testing.assert_array_equal(with_leaps, without)
    assert preset == "lung" or seen(with_leaps).any()


def analytic_ball(lps_from_ijk: np.ndarray, shape_ijk: tuple[int, int, int]) -> Volume:
    """A soft-edged ball of 13 mm about the origin, sampled on any grid."""
    k, j, i = np.indices(shape_ijk[::-1])
    places = np.stack([i, j, k, np.ones_like(i)]).reshape(4, -1)
    away = np.linalg.norm((lps_from_ijk @ places)[:3], axis=0).reshape(shape_ijk[::-1])
    share = np.clip((13.0 - away) / 4.0 + 0.5, 0.0, 1.0)
    values = (AIR_HU + (BONE_HU - AIR_HU) * share).astype(np.int16)
    return Volume(values=values, lps_from_ijk=lps_from_ijk, modality="CT", unit="HU")


def centred(linear: np.ndarray, shape_ijk: tuple[int, int, int]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = -linear @ ((np.array(shape_ijk) - 1.0) / 2.0)
    return matrix


GRIDS = {
    "anisotropic": (np.diag([1.0, 0.8, 2.0]), (44, 54, 22)),
    "sheared": (np.array([[1, 0, 0], [0, 1, 0.45], [0, 0, 1.0]]), (44, 70, 44)),
    "turned": (np.array([[0, 0, 1.0], [1.0, 0, 0], [0, 1.0, 0]]), (44, 44, 44)),
    "flipped": (np.diag([-1.0, -1.0, 1.0]), (44, 44, 44)),
}


@pytest.mark.parametrize("gradients", ["exact", "half"])
@pytest.mark.parametrize("name", GRIDS)
def test_a_ball_looks_the_same_on_every_grid(stage, name, gradients):
    """Normals carried like points, not by the inverse transpose, light a sheared ball askew."""
    state = state_of(volume_item(), view=front_view(height_m=0.05))
    quality = Quality(gradients=gradients, is_jittered=False, step_voxels=0.5)
    plain = analytic_ball(centred(np.eye(3), (44, 44, 44)), (44, 44, 44))
    other = analytic_ball(centred(*GRIDS[name]), GRIDS[name][1])
    wanted = drawn(stage, state, quality, volume=plain)
    actual = drawn(stage, state, quality, volume=other)
    assert np.abs(seen(wanted).astype(int) - seen(actual).astype(int)).mean() < 0.02
    inner = seen(wanted) & seen(actual)
    assert np.abs(wanted - actual)[inner].mean() < 9.0


def test_a_parallel_eye_measures_true(stage):
    """A ball of 12 mm radius in a view 50 mm high is 24/50 of its height."""
    state = state_of(volume_item(), view=front_view(height_m=0.05))
    mask = seen(drawn(stage, state, volume=ball_volume(radius=12.0)))
    assert np.sqrt(mask.sum() / np.pi) == pytest.approx(12.0 / 50.0 * SIZE[1], rel=0.06)


def test_an_eye_inside_the_volume_sees_what_is_before_it(stage):
    """Front faces of the box are behind the eye there: drawn by them, the picture is empty."""
    values = np.full((40, 40, 40), AIR_HU, dtype=np.int16)
    values[:, 34:, :] = BONE_HU
    camera = Camera(eye_m=(0.0, 0.0, 0.0), target_m=(0.0, 0.01, 0.0))
    state = state_of(volume_item(), view=replace(front_view(), camera=camera))
    assert seen(drawn(stage, state, volume=volume_of(values)))[40:80].mean() > 0.95


def test_a_cut_takes_one_side_and_leaves_the_other_alone(stage):
    """A lattice that starts at the cut shimmers while the plane moves: the far side is equal."""
    volume = ball_volume(radius=12.0)
    state = state_of(volume_item(look=VolumeLook(preset="mip")), view=front_view(height_m=0.05))
    whole = drawn(stage, state, volume=volume)
    cut = drawn(stage, replace(state, clip=((1.0, 0.0, 0.0, 0.0),)), volume=volume)
    left, right = np.s_[:, :55], np.s_[:, 65:]
    assert not seen(cut)[left].any()
    np.testing.assert_array_equal(cut[right], whole[right])


def test_a_solid_surface_hides_and_is_hidden(stage):
    """The march stops at the opaque distance; without it the ball shines through the bone."""
    volume = ball_volume(radius=10.0)
    items = volume_item(look=VolumeLook(preset="skin")), surface_item("ball")
    green = {}
    for name, center in {"front": (0, -14, 0), "inside": (0, 0, 0)}.items():
        picture = drawn(
            stage, state_of(*items), volume=volume, ball=sphere_mesh(4.0, center_mm=center)
        )
        red, up, blue = picture[60, 60]
        green[name] = up > red + 30 and up > blue + 30
    assert green == {"front": True, "inside": False}


@pytest.mark.parametrize(("near_rgb", "wanted"), [((0.9, 0.1, 0.1), 0), ((0.1, 0.1, 0.9), 2)])
def test_two_shells_are_peeled_in_their_order_whoever_came_first(stage, near_rgb, wanted):
    """Blended in the order of the scene, the far shell covers the near one for one of the two."""
    far_rgb = near_rgb[::-1]
    items = (
        surface_item("a", opacity=0.8, rgb=near_rgb),
        surface_item("b", opacity=0.8, rgb=far_rgb),
    )
    meshes = {"a": sphere_mesh(5.0, (0, -10, 0)), "b": sphere_mesh(5.0, (0, 10, 0))}
    for order in (items, items[::-1]):
        picture = drawn(stage, state_of(*order), **meshes)
        assert picture[60, 60].argmax() == wanted


def test_a_shell_inside_a_volume_stands_at_its_place(stage):
    """Before the bone it tints it, behind the bone it is not seen."""
    volume = ball_volume(radius=8.0)
    item = volume_item(look=VolumeLook(preset="skin"))
    alone = drawn(stage, state_of(item), volume=volume)[60, 60]
    shades = []
    for depth_mm in (-14, 14):
        mesh = sphere_mesh(3.0, (0, depth_mm, 0))
        both = state_of(item, surface_item("shell", opacity=0.6))
        shades.append(drawn(stage, both, volume=volume, shell=mesh)[60, 60])
    assert shades[0][1] - shades[0][0] > alone[1] - alone[0] + 20
    np.testing.assert_allclose(shades[1], alone, atol=3)


def test_two_volumes_are_both_there(stage):
    """PET on CT: one pass, both looked up; the second one lost is the likely slip."""
    left = ball_volume(radius=6.0, center_kji=(0, 0, -9))
    right = ball_volume(radius=6.0, center_kji=(0, 0, 9))
    other = replace(volume_item(), id="other", data_id="other")
    difference = drawn(stage, state_of(volume_item(), other), volume=left, other=right)
    mask = seen(difference)[40:80]  # two looks are said in two lines
    assert mask[:, :60].sum() == pytest.approx(mask[:, 60:].sum(), rel=0.1)
    assert mask[:, :60].sum() > 140


def test_padding_is_not_drawn(stage):
    """Padding holds the lowest value of the volume, and no preset makes that visible."""
    values = np.full((30, 30, 30), -1024, dtype=np.int16)
    padded = replace(volume_of(values), padding_kji=np.ones(values.shape, dtype=np.bool_))
    for preset in ("bone", "lung", "skin", "soft", "mip"):
        state = state_of(volume_item(look=VolumeLook(preset=preset)))
        assert not seen(drawn(stage, state, volume=padded))[40:80].any()


def test_the_diagnostic_projection_is_the_window_and_nothing_else(stage):
    """A tone curve or a light moves grey: 0.5 becomes 0.62. Window -200..1200, value 500."""
    values = np.full((30, 30, 30), -1024, dtype=np.int16)
    values[8:22, 8:22, 8:22] = 500
    look = VolumeLook(preset="mip", shading="diagnostic")
    stage.quality = STEADY
    stage.sync(None, state_of(volume_item(look=look)), Library({"volume": volume_of(values)}), None)
    stage.draw()
    # Grey g has opacity g here (a projection adds light), on black.
    np.testing.assert_allclose(stage.picture()[60, 60], 255.0 * 0.5, atol=1.5)


def test_float_values_look_like_whole_ones(stage):
    volume = ball_volume(radius=10.0)
    floats = replace(volume, values=volume.values.astype(np.float32))
    state = state_of(volume_item())
    np.testing.assert_allclose(
        drawn(stage, state, volume=volume), drawn(stage, state, volume=floats), atol=1
    )


def test_the_moving_rung_shows_the_same_thing_and_says_that_it_is_reduced(stage):
    state = state_of(volume_item(), view=front_view(height_m=0.05))
    volume = ball_volume(radius=12.0)
    still = drawn(stage, state, volume=volume)
    moving = drawn(stage, state, Quality(volume_scale=0.5, gradients="half"), volume=volume)
    assert (seen(still) ^ seen(moving)).mean() < 0.03


def test_segments_look_like_exact_shading(stage):
    state = state_of(volume_item(), view=front_view(height_m=0.05))
    volume = analytic_ball(centred(np.eye(3), (44, 44, 44)), (44, 44, 44))
    exact = drawn(stage, state, volume=volume)
    segments = drawn(stage, state, Quality(gradients="segments", is_jittered=False), volume=volume)
    error = ((exact - segments) ** 2).mean()
    assert 10.0 * np.log10(255.0**2 / max(error, 1e-9)) > 30.0


def test_a_volume_is_picked_where_it_looks_solid(stage):
    volume = ball_volume(radius=12.0)
    view = front_view()
    drawn(stage, state_of(volume_item(), view=view), volume=volume)
    hit = stage.pick(stage.ray(view, x=0.5, y=0.5))
    assert hit is not None
    assert hit.value == BONE_HU
    np.testing.assert_allclose(hit.point_world_m, (0.0, -0.012, 0.0), atol=0.0015)
    assert stage.pick(Ray(origin_m=(0.5, -1.0, 0.0), direction=(0.0, 1.0, 0.0))) is None


def test_a_surface_is_picked_before_what_lies_behind_it(stage):
    state = state_of(volume_item(), surface_item("ball"))
    drawn(stage, state, volume=ball_volume(radius=8.0), ball=sphere_mesh(3.0, (0, -14, 0)))
    hit = stage.pick(Ray(origin_m=(0.0, -1.0, 0.0), direction=(0.0, 1.0, 0.0)))
    assert hit is not None
    assert hit.item == "ball"
    assert hit.distance_m == pytest.approx(1.0 - 0.017, abs=2e-4)
