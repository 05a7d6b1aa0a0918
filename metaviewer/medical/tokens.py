"""Names that reveal nobody: hashes in place of patients, series and frames of reference."""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path
from typing import Final

from metaviewer import resources

SALT_NAME: Final = "salt"
SALT_BYTES: Final = 32
TOKEN_DIGITS: Final = 8


def frame_token(uid: str) -> str:
    """Comparable name of a frame of reference, "sha256:..."; "" where there is none.

    Unsalted, so that a volume, its segments and its contours compare equal on every machine.
    """
    trimmed = uid.strip(" \0")
    return f"sha256:{hashlib.sha256(trimmed.encode()).hexdigest()}" if trimmed else ""


def identity_token(text: str, *, salt: str) -> str:
    """Eight hex digits that stand for `text` on this installation; "" where there is none.

    Parameters
    ----------
    text : str
        An identity from the file: patient, study or series.
    salt : str
        `installation_salt()`. An unsalted hash of a seven-digit number is a table look-up.
    """
    trimmed = text.strip(" \0")
    if not trimmed:
        return ""
    key = bytes.fromhex(salt)
    return hashlib.blake2b(trimmed.encode(), key=key, digest_size=TOKEN_DIGITS // 2).hexdigest()


def installation_salt() -> str:
    """The secret of this installation as hex; made at first use, readable by its owner only.

    Where it cannot be kept, on a full disk or in a home that is closed, one for this run stands in.
    """
    try:
        return _kept_salt()
    except OSError:
        return _salt_of_this_run()


@cache
def _salt_of_this_run() -> str:
    return secrets.token_hex(SALT_BYTES)


def _kept_salt() -> str:
    path = resources.state_dir() / SALT_NAME
    known = _salt_at(path)
    if known:
        return known
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_hex(SALT_BYTES)
    # Written whole under another name, then linked: two programs that start together agree on
    # whichever came first, and nobody reads half a salt.
    fresh = path.with_name(f"{resources.DRAFT_PREFIX}{SALT_NAME}-{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(made)
        if path.exists():  # it holds no salt: a torn write of another program
            os.replace(fresh, path)
        else:
            try:
                os.link(fresh, path)
            except FileExistsError:
                return _salt_at(path) or made
    finally:
        fresh.unlink(missing_ok=True)
    return made


def _salt_at(path: Path) -> str:
    try:
        text = path.read_text()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    return text if len(text) == 2 * SALT_BYTES and set(text) <= set("0123456789abcdef") else ""
