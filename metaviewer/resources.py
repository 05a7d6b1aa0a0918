"""Where files are: shipped with the program, the user's own, and the sample data of tests.

And how those that we write come there: whole, or not at all.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import IO, Final

from platformdirs import user_cache_path, user_state_path

APP_NAME: Final = "metaviewer"
CACHE_VARIABLE: Final = "METAVIEWER_CACHE"
STATE_VARIABLE: Final = "METAVIEWER_STATE"
SAMPLES_VARIABLE: Final = "METAVIEWER_SAMPLES"
DRAFT_PREFIX: Final = ".metaviewer-"
"""Of every file that is being written, and has not got its name yet."""
DRAFT_AGE_S: Final = 60.0
"""Younger drafts are left alone: between its making and its lock a draft is anybody's."""


def shaders_dir() -> Path:
    """Folder of the GLSL files."""
    return Path(str(files("metaviewer.shaders")))


def assets_dir() -> Path:
    """Folder of fonts, demonstration data and credits."""
    return Path(str(files("metaviewer.assets")))


def scenes_dir() -> Path:
    """Folder of the shipped scene files."""
    return Path(str(files("metaviewer.scenes")))


def cache_dir() -> Path:
    """Folder for what can be made again; `METAVIEWER_CACHE` moves it. Not created here."""
    return _moved_by(CACHE_VARIABLE) or user_cache_path(APP_NAME)


def state_dir() -> Path:
    """Folder for the journal, the salt and recent places; `METAVIEWER_STATE` moves it."""
    return _moved_by(STATE_VARIABLE) or user_state_path(APP_NAME)


def samples_dir() -> Path:
    """Folder of real sample files for tests: beside the checkout, or `METAVIEWER_SAMPLES`."""
    return _moved_by(SAMPLES_VARIABLE) or Path(__file__).parents[1].parent / "shared" / "data"


@contextmanager
def whole_file(place: Path, *, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A draft beside `place`, which gets its name when the block ends well.

    When it does not, Ctrl-C included, the draft is removed. What a kill left behind goes with the
    next file that is written into the folder.

    Parameters
    ----------
    mode : int
        Rights of the file, before the umask.

    Raises
    ------
    OSError
        Where it cannot be written; what stood there stands there still.
    """
    sweep_drafts(place.parent)
    draft = place.with_name(f"{DRAFT_PREFIX}{secrets.token_hex(8)}")
    try:
        # The system applies the umask. To ask for it is to change it, for every thread at once.
        with open(draft, "x+b", opener=partial(os.open, mode=mode)) as stream:
            _is_locked(stream)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(place)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def sweep_drafts(folder: Path) -> None:
    """Remove drafts that a killed program left in `folder`; one that is being written is locked."""
    with suppress(OSError):
        # The clock of the disk: that of a server may differ from ours.
        with tempfile.TemporaryFile(dir=folder) as now:
            made_before_s = os.fstat(now.fileno()).st_mtime - DRAFT_AGE_S
        for draft in folder.glob(f"{DRAFT_PREFIX}*"):
            # Where files cannot be locked, one that is open cannot be removed either.
            with suppress(OSError), draft.open("rb") as stream:
                if os.fstat(stream.fileno()).st_mtime < made_before_s and _is_locked(stream):
                    draft.unlink()


def _is_locked(stream: IO[bytes]) -> bool:
    """Lock a draft as ours, until it is closed; False where another program has it."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _moved_by(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    return Path(value) if value else None
