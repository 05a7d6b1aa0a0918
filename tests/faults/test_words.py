"""Each refusal says what to do, even where the one who refuses knows nothing better."""

from __future__ import annotations

import pytest

from metaviewer.errors import REMEDIES, WORDS, Refused


@pytest.mark.parametrize("word", sorted(WORDS))
def test_each_word_has_a_remedy(word):
    """Bug: a new word without a remedy ends a line after what is wrong."""
    refused = Refused("chest", word, "slice 3 of 40 is cut off")
    assert str(refused) == f"chest: slice 3 of 40 is cut off: {REMEDIES[word]}"
    own = Refused("chest", word, "slice 3 of 40 is cut off", remedy="send it again")
    assert own.remedy == "send it again"
