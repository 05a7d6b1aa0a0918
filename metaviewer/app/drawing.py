"""What the window draws in a frame: the scene where it is another one, else panels, or nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

from metaviewer import twin
from metaviewer.app.clock import now_s as clock_s
from metaviewer.app.effects import Effects
from metaviewer.app.governor import Governor, choose, learned, moving, strip_count
from metaviewer.desktop import Polled, WindowSeat
from metaviewer.render import Eye, Quality, Stage, Strip
from metaviewer.scene import State, ViewId
from metaviewer.twin import Columns

FRAME_S: Final = 1.0 / 60.0
LIVE_STEP_S: Final = 0.5
"""How often live values are read."""
AGE_STEP_S: Final = 5.0
"""How often values that do not change are drawn anew, because they grow old."""
LIVE_SHARE: Final = 4.0
"""Live values redraw a standing picture no more often than this many times its cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What one frame is drawn of."""

    state: State
    polled: Polled
    now_s: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawn:
    """What the window shows now: of which State and values, since when, at what cost.

    Parameters
    ----------
    strip : Strip or None
        The next strip of the picture that is under way.
    cost_s : float
        Seconds of the last picture, all its strips together.
    """

    governor: Governor = field(default_factory=Governor)
    state: State | None = None
    live: Columns | None = None
    read_s: float = -1.0
    shown_s: float = -1.0
    cost_s: float = 0.0
    strip: Strip | None = None
    is_moving: bool = False


def drawn_next(
    seat: WindowSeat, stage: Stage, effects: Effects, frame: Frame, drawn: Drawn
) -> Drawn:
    """Draw what the frame needs; return what the window shows then."""
    is_new = frame.state is not drawn.state or frame.polled.has_new_size
    has_news = seat.is_seen and effects.bench.news()
    is_new = has_news or is_new
    if drawn.strip is not None and not is_new and seat.is_seen:
        return _with_strip(seat, stage, effects, drawn, drawn.strip)
    if drawn.strip is None and seat.is_seen and not has_news and _only_slices(drawn.state, frame):
        stage.sync(drawn.state, frame.state, effects.library, drawn.live, now_s=frame.now_s)
        seat.draw_slices(stage)
        return replace(drawn, state=frame.state)
    governor, quality = choose(drawn.governor, now_s=frame.now_s, is_new=is_new)
    drawn = replace(drawn, governor=governor, strip=None)
    drawn, is_due = _read(effects, frame.now_s, frame.state, drawn, is_new=is_new)
    if quality is None and is_due:
        quality = stage.quality  # values alone make no picture coarser than it is
    if quality is not None and seat.is_seen:
        return _with_scene(seat, stage, effects, frame, replace(drawn, is_moving=is_new), quality)
    if governor.drawn_fine and stage.is_settled:
        effects.save_pictures(stage)
    if frame.polled.has_new_panels and seat.is_seen:
        seat.draw_panels(stage)
    else:
        time.sleep(FRAME_S)
    return drawn


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EyesFrame:
    """What one frame is drawn of for a headset.

    Parameters
    ----------
    state : State
        With the views of both eyes.
    target_s : float
        What a frame may cost, so that the next one is in time.
    """

    state: State
    eyes: Mapping[ViewId, Eye]
    now_s: float
    target_s: float


def drawn_for_eyes(
    seat: WindowSeat, stage: Stage, effects: Effects, frame: EyesFrame, drawn: Drawn
) -> Drawn:
    """Draw the scene for a headset's eyes, in one go: they wait for no strips."""
    drawn, _ = _read(effects, frame.now_s, frame.state, drawn, is_new=False)
    stage.quality = moving(drawn.governor, target_s=frame.target_s)
    stage.sync(
        drawn.state,
        frame.state,
        effects.library,
        drawn.live,
        now_s=frame.now_s,
        eyes=frame.eyes,
    )
    is_known = _holds_the_same(drawn.state, frame.state)
    drawn = replace(drawn, state=frame.state, shown_s=frame.now_s, strip=None, is_moving=True)
    started_s = clock_s()
    seat.draw(stage)
    drawn = replace(drawn, cost_s=clock_s() - started_s)
    effects.save_pictures(stage)
    if not is_known:
        return drawn
    governor = learned(
        drawn.governor, quality=stage.quality, cost_s=drawn.cost_s, target_s=frame.target_s
    )
    return replace(drawn, governor=governor)


def _read(
    effects: Effects, now_s: float, state: State, drawn: Drawn, *, is_new: bool
) -> tuple[Drawn, bool]:
    """With the live values of now, and whether they should be drawn."""
    if not is_new and now_s - drawn.read_s <= max(LIVE_STEP_S, LIVE_SHARE * drawn.cost_s):
        return drawn, False
    live = twin.read(effects.feeds, at=state.time_s, now_s=now_s)
    is_due = live is not drawn.live or now_s - drawn.shown_s > AGE_STEP_S
    return replace(drawn, live=live, read_s=now_s), is_due and bool(effects.feeds)


def _with_scene(
    seat: WindowSeat, stage: Stage, effects: Effects, frame: Frame, drawn: Drawn, quality: Quality
) -> Drawn:
    """With the scene drawn, or with its first strip."""
    stage.quality = quality
    stage.sync(drawn.state, frame.state, effects.library, drawn.live, now_s=frame.now_s)
    is_known = _holds_the_same(drawn.state, frame.state)
    drawn = replace(drawn, state=frame.state, shown_s=frame.now_s, cost_s=0.0)
    count = 1 if drawn.is_moving else strip_count(drawn.governor, quality)
    if count > 1:
        return _with_strip(seat, stage, effects, drawn, Strip(number=0, count=count))
    started_s = clock_s()
    seat.draw(stage)
    drawn = replace(drawn, cost_s=clock_s() - started_s)
    # The first frame of a thing pays for its uploads and new shaders too: nothing to learn from.
    return _finished(stage, effects, drawn) if is_known else drawn


def _with_strip(
    seat: WindowSeat, stage: Stage, effects: Effects, drawn: Drawn, strip: Strip
) -> Drawn:
    """With one strip more."""
    started_s = clock_s()
    seat.draw_strip(stage, strip)
    drawn = replace(drawn, cost_s=drawn.cost_s + clock_s() - started_s)
    if not strip.is_last:
        return replace(drawn, strip=replace(strip, number=strip.number + 1))
    return _finished(stage, effects, replace(drawn, strip=None))


def _finished(stage: Stage, effects: Effects, drawn: Drawn) -> Drawn:
    """After a whole picture: what it cost is learnt; a fine one is saved where that was asked."""
    governor = learned(drawn.governor, quality=stage.quality, cost_s=drawn.cost_s)
    if governor.drawn_fine and stage.is_settled:
        effects.save_pictures(stage)
    return replace(drawn, governor=governor)


def _only_slices(before: State | None, frame: Frame) -> bool:
    """Whether nothing but the place in slices is another: scrolling through them must be quick."""
    after = frame.state
    if before is None or before is after or frame.polled.has_new_size:
        return False
    same = all(
        getattr(before, field.name) is getattr(after, field.name)
        for field in fields(State)
        if field.name not in ("views", "past", "future", "last_gesture")
    )
    if not same or len(before.views) != len(after.views):
        return False
    pairs = zip(before.views, after.views, strict=True)
    return all(a is b or (a.id == b.id and "space" not in (a.kind, b.kind)) for a, b in pairs)


def _holds_the_same(before: State | None, after: State) -> bool:
    """Whether two States hold the same things, whatever their looks."""
    return before is not None and [one.id for one in before.items] == [
        one.id for one in after.items
    ]
