"""F20: a child that was taken over answers what it likes, and the viewer believes none of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import Refused
from metaviewer.jail import Limits
from metaviewer.jail.answer import Lie, NotFinite, parse_header, refused_by_child, take_bytes

QUICK = Limits(memory_bytes=1 << 30, cpu_s=2, wall_s=20)


def content(*rows, header="{}"):
    return f'{{"header": {header}, "arrays": {json.dumps(rows)}}}'


LIES = {
    "shape beyond the memory": {"content": content(["v", "<i2", [1 << 40], 0])},
    "shape beyond 64 bits": {"content": content(["v", "<i2", [1 << 62, 1 << 62], 0])},
    "shape that overflows to nothing": {"content": content(["v", "<i2", [1 << 62, 1 << 62, 0], 0])},
    "negative shape": {"content": content(["v", "<i2", [-4, -4], 0])},
    "truth value as shape": {"content": content(["v", "<i2", [True], 0])},
    "fraction as shape": {"content": content(["v", "<i2", [1.5], 0])},
    "shape is text": {"content": content(["v", "<i2", "12", 0])},
    "nine axes": {"content": content(["v", "<i2", [1] * 9, 0])},
    "objects": {"content": content(["v", "|O", [4], 0])},
    "structure": {"content": content(["v", [["a", "<i2"]], [4], 0])},
    "text array": {"content": content(["v", "<U4", [4], 0])},
    "big-endian": {"content": content(["v", ">i2", [4], 0])},
    "offset beyond": {"content": content(["v", "<i2", [4], 1 << 40])},
    "negative offset": {"content": content(["v", "<i2", [4], -8])},
    "odd offset": {"content": content(["v", "<i2", [4], 1])},
    "truth values of 123": {"content": content(["v", "|b1", [4], 4096])},
    "name with a line break": {"content": content(["v\n", "<i2", [4], 0])},
    "name is a number": {"content": content([1, "<i2", [4], 0])},
    "two of one name": {"content": content(["v", "<i2", [4], 0], ["v", "<i2", [4], 0])},
    "row too short": {"content": content(["v", "<i2", [4]])},
    "not sealed": {"content": content(), "seals": 0},
    "not sealed against shrinking": {"content": content(), "seals": 0b1101},
    "not sealed against writing": {"content": content(), "seals": 0b0111},
    "shrunk late": {"content": content(["v", "<i2", [8], 0]), "seals": 0, "shrink": True},
    "a device": {"content": content(), "device": True},
    "no memory": {"content": content(), "no_memory": True},
    "header is a list": {"content": "[1, 2]"},
    "header is no JSON": {"content": "{"},
    "header of 10 MB that is no JSON": {"content": "x", "times": 10_000_000},
    "header of 70 MB": {"content": "x" * 1000, "times": 70_000},
    "header of ten million lists": {"content": "[]," * 1000, "times": 10_000},
    "header of brackets": {"content": "[" * 1000, "times": 100},
    "half a surrogate pair": {"content": content(header='{"name": "\\ud800"}')},
    "message is a list": {"content": "", "message": [1, 2]},
    "message is no JSON": {"content": "", "message": "{"},
    "message is empty": {"content": "", "message": {}},
    "message nests": {"content": "", "message": "[" * 9000},
    "header place is text": {"message": {"header_offset": "0", "header_bytes": 1}},
    "header beyond": {"message": {"header_offset": 0, "header_bytes": 1 << 40}},
    "refusal is a list": {"message": {"refused": [1]}},
    "refusal with another word": {"message": {"refused": {"word": "hacked", "reason": "x"}}},
    "refusal with a list as word": {"message": {"refused": {"word": [], "reason": "x"}}},
}


@pytest.mark.parametrize("name", LIES)
def test_f20_a_lie_is_refused(shared_jail, file, name):
    """Bug: the viewer maps, allocates or believes what a child says about itself."""
    with pytest.raises(Refused) as caught:
        shared_jail.call("hostile_readers:lie", [file], LIES[name], limits=QUICK)
    assert caught.value.word == "answer", caught.value.reason


@pytest.mark.parametrize(
    "ended", [{"ended": {"signal": "x", "cpu_s": [], "exit": 1e308}}, {"ended": 1}]
)
def test_a_child_that_plays_the_zygote_is_a_crash(shared_jail, file, ended):
    """Bug: odd types in a message that only the zygote should send raise in the viewer."""
    with pytest.raises(Refused) as caught:
        shared_jail.call("hostile_readers:lie", [file], {"message": ended}, limits=QUICK)
    assert caught.value.word == "crash"


@pytest.mark.parametrize("header", ['{"a": NaN}', '{"a": [1e999]}', '{"a": {"b": -Infinity}}'])
def test_numbers_of_the_header_are_finite(shared_jail, file, header):
    """Bug: json.loads takes NaN and 1e999, and a camera flies to infinity."""
    with pytest.raises(Refused) as caught:
        shared_jail.call(
            "hostile_readers:lie", [file], {"content": content(header=header)}, limits=QUICK
        )
    assert caught.value.word == "numbers"


@pytest.mark.parametrize("name", ["flood", "flood_of_descriptors"])
def test_a_flood_of_messages_is_cut_off(shared_jail, file, name):
    """Bug: the viewer follows a child's messages, or keeps their descriptors, without end."""
    with pytest.raises(Refused) as caught:
        shared_jail.call(f"hostile_readers:{name}", [file], limits=QUICK)
    assert caught.value.word in ("answer", "time", "parser")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_header_is_an_object_or_a_lie(found):
    """Bug: another exception than ours leaves the check."""
    try:
        assert isinstance(parse_header(found), dict)
    except (Lie, NotFinite):
        return


@given(JSON, JSON, st.binary(max_size=64))
def test_any_table_is_arrays_or_a_lie(header, table, values):
    """Bug: a table of the wrong form raises KeyError, TypeError or a crash in numpy."""
    text = json.dumps({"header": header, "arrays": table}).encode()
    message = {"header_offset": len(values), "header_bytes": len(text)}
    try:
        take_bytes(values + text, message)
    except (Lie, NotFinite):
        return


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["<f4", "|b1", "<i8", "|u1"]),
            st.lists(st.integers(-1, 5) | st.just(1 << 61), max_size=4),
            st.integers(-1, 80),
        ),
        max_size=3,
    )
)
def test_near_misses_of_a_table_are_arrays_or_a_lie(rows):
    """Bug: a shape that just fits, or just does not, is off by one."""
    text = json.dumps({"header": {"may_be_nan": ["a", "b", "c"]}, "arrays": rows}).encode()
    values = bytes(64)
    try:
        _, arrays = take_bytes(values + text, {"header_offset": 64, "header_bytes": len(text)})
    except Lie:
        return
    for name, dtype, shape, _ in rows:
        assert arrays[name].shape == tuple(shape)
        assert arrays[name].dtype.str == dtype


@given(JSON)
def test_any_refusal_of_a_child_is_one_of_ours(message):
    """Bug: what a child sends as refusal raises, or brings a word that is not in the list."""
    refusal = refused_by_child(message, place="scan")
    assert refusal.place == "scan"
    assert refusal.word == "answer"
