"""Tokens for the frame and the patient of a mesh that came in DICOM.

The same words as `metaviewer.medical.tokens`, which this room may not import; a test holds both
together.
"""

from __future__ import annotations

import hashlib
from typing import Final

TOKEN_BYTES: Final = 4


def frame_token(uid: str) -> str:
    """Comparable name of a frame of reference; "" where there is none."""
    trimmed = uid.strip(" \0")
    return f"sha256:{hashlib.sha256(trimmed.encode()).hexdigest()}" if trimmed else ""


def patient_token(text: str, *, salt: str) -> str:
    """Eight hex digits for a patient on this installation; "" where either is missing."""
    trimmed = text.strip(" \0")
    if not trimmed or not salt:
        return ""
    key = bytes.fromhex(salt)
    return hashlib.blake2b(trimmed.encode(), key=key, digest_size=TOKEN_BYTES).hexdigest()
