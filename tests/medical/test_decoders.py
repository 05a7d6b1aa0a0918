"""Every syntax that is promised has its decoder, in an environment of pinned packages alone."""

from __future__ import annotations

import pytest
from pydicom.pixels import get_decoder

SYNTAXES = {
    "1.2.840.10008.1.2.5": "pylibjpeg",
    "1.2.840.10008.1.2.4.50": "gdcm",
    "1.2.840.10008.1.2.4.57": "gdcm",
    "1.2.840.10008.1.2.4.70": "gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
}


@pytest.mark.parametrize(("syntax", "plugin"), sorted(SYNTAXES.items()))
def test_the_decoder_we_name_is_there(syntax, plugin):
    """A plug-in whose base package is not pinned is silently absent (pylibjpeg itself was)."""
    assert plugin in get_decoder(syntax).available_plugins
