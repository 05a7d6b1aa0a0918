"""Whose regions these are, as tokens: computed in the jail, so that no name leaves it."""

from __future__ import annotations

from typing import Protocol

from metaviewer.medical.tokens import frame_token, identity_token


class Attributes(Protocol):
    """What has attributes by keyword: a DICOM data set, a dict."""

    def get(self, keyword: str, default: object, /) -> object:
        """Value of the attribute, or `default`."""


def identity_facts(dataset: Attributes, *, salt: str) -> dict[str, str]:
    """Tokens of frame of reference, patient, study and series; "" for what the object lacks.

    Parameters
    ----------
    dataset : anything with `get(keyword)`
        The object's attributes.
    salt : str
        `installation_salt()` as hex, "" for no identity but the frame of reference.
    """

    def text(keyword: str) -> str:
        return str(dataset.get(keyword, "") or "")

    def token(keyword: str) -> str:
        return identity_token(text(keyword), salt=salt) if salt else ""

    return {
        "frame_of_reference": frame_token(text("FrameOfReferenceUID")),
        "patient": token("PatientID"),
        "study": token("StudyInstanceUID"),
        "series": token("SeriesInstanceUID"),
    }
