"""STEP text is what a reader expects, and the same each time."""

from __future__ import annotations

import pytest
from step_text import DERIVED, Enum, Ref, Typed, global_id, text_of, write


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "$"),
        (DERIVED, "*"),
        (Ref(7), "#7"),
        (Enum("AREAUNIT"), ".AREAUNIT."),
        (True, ".T."),
        (3, "3"),
        (3.0, "3."),
        (-0.00000001, "0."),
        (0.125, "0.125"),
        ("it's", "'it''s'"),
        ("a\\b", "'a\\\\b'"),
        ("病房 1", "'\\X2\\75C5\\X0\\\\X2\\623F\\X0\\ 1'"),
        ((1.0, Ref(2), None), "(1.,#2,$)"),
        (Typed("IFCLABEL", "x"), "IFCLABEL('x')"),
    ],
)
def test_values(value, text):
    assert text_of(value) == text


def test_a_global_id_is_128_bits_and_belongs_to_its_words():
    """The first of 22 digits holds two bits: "4" and above is no GlobalId."""
    from ifcopenshell.guid import compress, expand

    ids = {global_id("a", str(number)) for number in range(2000)}
    assert len(ids) == 2000
    for one in ids:
        assert compress(expand(one)) == one
    assert global_id("a", "b") == global_id("a", "b") != global_id("b", "a")


def test_an_archive_made_again_is_the_same_bytes(tmp_path):
    """A zip that takes the clock differs each time, and with it every content id."""
    for name in ("one", "two"):
        write(tmp_path / name / "x.ifczip", "ISO-10303-21;")
    assert (tmp_path / "one/x.ifczip").read_bytes() == (tmp_path / "two/x.ifczip").read_bytes()
