"""100,000 elements in at most 150 batches: what a frame costs the processor, and recolouring all.

Run with ``GALLIUM_NOOP=1`` Mesa draws nothing and only the submitting is left: what a fast graphics
card would leave to the processor. Prints one JSON line.

    GALLIUM_NOOP=1 python bench/building_100k.py [--elements N] [--rounds N]
    python bench/building_100k.py --peer --elements 20000 --rounds 5
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from metaviewer.building import Batch, DrawList
from metaviewer.render.building_nodes import BuildingNodes
from metaviewer.render.building_shaders import load_building_shaders
from metaviewer.render.context import Context, open_context
from metaviewer.render.element_state import PAINTED, VISIBLE
from metaviewer.render.stage import Stage
from metaviewer.scene import Library, State, View, framing

STOREYS = 20
TILES = 7
STOREY_M = 4.0
SITE_M = (160.0, 80.0)
BOX_TRIANGLES = np.array(
    [
        *((0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4)),
        *((2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)),
    ],
    dtype=np.uint32,
)
CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float32)


def batch_of(first: int, count: int, storey: int, tile: int, rng: np.random.Generator) -> Batch:
    """Boxes of one tile of one storey."""
    width_m = SITE_M[0] / TILES
    low = rng.uniform((0, 0, 0), (width_m, SITE_M[1], 2.0), (count, 3)).astype(np.float32)
    size = rng.uniform(0.1, 2.0, (count, 3)).astype(np.float32)
    positions = (low[:, None] + CORNERS[None] * size[:, None]).reshape(-1, 3)
    triangles = BOX_TRIANGLES[None] + 8 * np.arange(count, dtype=np.uint32)[:, None, None]
    return Batch(
        storey=storey,
        translucent=False,
        is_space=False,
        origin_site_m=np.array([tile * width_m, 0.0, storey * STOREY_M]),
        positions_m_n3=positions,
        normals_n3=np.tile(np.float32([[0.0, 0.0, 1.0]]), (len(positions), 1)),
        element_ids=np.repeat(np.arange(first, first + count, dtype=np.uint32), 8),
        colours_rgba=np.full((len(positions), 4), 200, dtype=np.uint8),
        triangles_n3=triangles.reshape(-1, 3),
    )


def hospital(elements: int) -> DrawList:
    """A tower of boxes: storeys times tiles batches."""
    rng = np.random.default_rng(0)
    edges = np.linspace(0, elements, STOREYS * TILES + 1).astype(int)
    batches = tuple(
        batch_of(int(first), int(last - first), number // TILES, number % TILES, rng)
        for number, (first, last) in enumerate(pairwise(edges))
    )
    bounds = np.array([[0.0, 0.0, 0.0], [*SITE_M, STOREYS * STOREY_M]])
    return DrawList(batches=batches, instances=(), element_count=elements, bounds_site_m=bounds)


def cpu_ms(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Least and median processor time of `work`, milliseconds over all threads."""
    taken = []
    gc.disable()
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) * 1e3)
    gc.enable()
    return min(taken), float(np.median(taken))


def one_node_each(draw_list: DrawList) -> DrawList:
    """The same elements, each a batch of its own: how a scene graph is drawn by default."""
    batches = [
        Batch(
            storey=batch.storey,
            translucent=False,
            is_space=False,
            origin_site_m=batch.origin_site_m,
            positions_m_n3=batch.positions_m_n3[8 * n : 8 * n + 8],
            normals_n3=batch.normals_n3[8 * n : 8 * n + 8],
            element_ids=batch.element_ids[8 * n : 8 * n + 8],
            colours_rgba=batch.colours_rgba[8 * n : 8 * n + 8],
            triangles_n3=BOX_TRIANGLES,
        )
        for batch in draw_list.batches
        for n in range(len(batch.positions_m_n3) // 8)
    ]
    return DrawList(
        batches=tuple(batches),
        instances=(),
        element_count=draw_list.element_count,
        bounds_site_m=draw_list.bounds_site_m,
    )


class Drawn:
    """One way of drawing the hospital, on a stage of its own context."""

    def __init__(self, context: Context, draw_list: DrawList) -> None:
        self.context = context
        self.stage = Stage(context, size=(640, 360), makers={})
        self.nodes = BuildingNodes(
            self.stage.parts,
            draw_list,
            load_building_shaders(context),
            self.stage.parts.opaque_root.attach_new_node("unused"),
            classes=("IfcWall",) * draw_list.element_count,
            item_number=1,
        )
        self.nodes.place(np.eye(4))
        self.states = np.zeros((draw_list.element_count, 4), dtype=np.uint8)
        self.states[:, 3] = VISIBLE | PAINTED
        self.nodes.set_states(self.states)
        camera = framing(draw_list.bounds_site_m, direction=(0.55, -0.72, 0.42), aspect=16 / 9)
        self.state = State(views=(View(id="v", kind="space", camera=camera),))
        self.stage.sync(None, self.state, Library(), None)
        for _ in range(3):
            context.render_frame()

    def recolour(self) -> None:
        """Another colour for every element, and a frame."""
        self.states[:, :3] += 1
        self.nodes.set_states(self.states)
        self.context.render_frame()

    def close(self) -> None:
        """Free it all."""
        self.nodes.close()
        self.stage.close()


def measured(elements: int, rounds: int) -> dict[str, object]:
    """Submit, frame and recolouring of the batches."""
    draw_list = hospital(elements)
    with open_context((64, 64), on_screen=False) as context:
        drawn = Drawn(context, draw_list)
        frame = cpu_ms(context.render_frame, rounds)
        drawn.nodes.set_visible(is_visible=False)
        without = cpu_ms(context.render_frame, rounds)
        drawn.nodes.set_visible(is_visible=True)
        recoloured = cpu_ms(drawn.recolour, rounds)
        renderer = context.renderer
        drawn.close()
    return {
        "case": "building_100k",
        "elements": elements,
        "batches": len(draw_list.batches),
        "renderer": renderer,
        "machine": platform.processor() or platform.machine(),
        "submit_ms": round(frame[0] - without[0], 3),
        "frame_ms": round(frame[0], 3),
        "frame_median_ms": round(frame[1], 3),
        "recolour_and_frame_ms": round(recoloured[0], 3),
        "recolour_and_frame_median_ms": round(recoloured[1], 3),
    }


def compared(elements: int, rounds: int) -> dict[str, object]:
    """A frame of the batches and a frame of one node an element, by turns."""
    draw_list = hospital(elements)
    batched_ms, each_ms = [], []
    with open_context((64, 64), on_screen=False) as context:
        ways = {"batched": Drawn(context, draw_list)}
        ways["batched"].nodes.set_visible(is_visible=False)
        ways["each"] = Drawn(context, one_node_each(draw_list))
        for _ in range(rounds):
            for name, taken in (("batched", batched_ms), ("each", each_ms)):
                for other, drawn in ways.items():
                    drawn.nodes.set_visible(is_visible=other == name)
                context.render_frame()
                taken.append(cpu_ms(context.render_frame, 1)[0])
        renderer = context.renderer
        for drawn in ways.values():
            drawn.close()
    batched, each = float(np.median(batched_ms)), float(np.median(each_ms))
    return {
        "case": "building_one_node_each",
        "elements": elements,
        "renderer": renderer,
        "batched_ms": round(batched, 2),
        "one_node_each_ms": round(each, 2),
        "batched_all_ms": [round(ms, 2) for ms in batched_ms],
        "one_node_each_all_ms": [round(ms, 2) for ms in each_ms],
        "share": round(batched / each, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--peer", action="store_true", help="against one node an element")
    chosen = parser.parse_args()
    run = compared if chosen.peer else measured
    print(json.dumps(run(chosen.elements, chosen.rounds)))


if __name__ == "__main__":
    main()
