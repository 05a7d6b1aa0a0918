"""The runtime has moved its own middle: the person keeps their place in the world. Pure.

References
----------
OpenXR 1.1, section 7.3 (XrEventDataReferenceSpaceChangePending): poses from `changeTime` on count
from the new origin, whose pose in the space as it was is told where the runtime knows it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaviewer.frames import Float64Array
from metaviewer.interact import Standing
from metaviewer.interact.standing import kept_head, recentred
from metaviewer.xr.events import XrEvent
from metaviewer.xr.eyes import floor_from_space
from metaviewer.xr.views import XrSpace, stage_from_pose


def changes_of(events: Sequence[XrEvent], space: XrSpace) -> tuple[XrEvent, ...]:
    """Those of the events that move the middle of this space, as they came."""
    return tuple(e for e in events if e.kind == "recentre" and e.space == space.name)


def followed(
    standing: Standing,
    changes: Sequence[XrEvent],
    *,
    space: XrSpace,
    head_before: Float64Array,
    head_now: Float64Array,
) -> Standing:
    """Where the person stands after changes that hold by now, in the order they came.

    Parameters
    ----------
    head_before, head_now : array of shape (4, 4)
        Head in the stage before the first change and after the last: where a runtime does not know
        how far it went, the head stays where it was in the world.
    """
    if any(change.old_from_new is None for change in changes):
        return kept_head(standing, stage_from_head=head_before, new_stage_from_head=head_now)
    floor = floor_from_space(space)
    for change in changes:
        assert change.old_from_new is not None
        old_from_new = floor @ stage_from_pose(change.old_from_new) @ np.linalg.inv(floor)
        standing = recentred(standing, old_stage_from_new=old_from_new)
    return standing
