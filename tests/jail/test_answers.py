"""What an honest reader gives is what the viewer gets."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from metaviewer.errors import Refused
from metaviewer.jail import Jail, here
from metaviewer.jail.limits import Limits
from metaviewer.jobs import Cancelled

HOSTILE = Path(__file__).parent / "hostile_readers.py"


def check_good(answer, progress):
    assert answer.header["heads"] == [b"scan".hex()]
    assert answer.header["arguments"] == {"a": [1, 2.5, None]}
    voxels = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    np.testing.assert_array_equal(answer.arrays["voxels"], voxels)
    np.testing.assert_array_equal(answer.arrays["middle"], voxels[1])
    np.testing.assert_array_equal(answer.arrays["transposed"], [[0, 3], [1, 4], [2, 5]])
    assert answer.arrays["transposed"].dtype.str == "<f8"
    np.testing.assert_array_equal(answer.arrays["truth"], [True, False])
    assert answer.arrays["nothing"].shape == (0, 3)
    assert answer.arrays["number"] == 7
    assert np.isnan(answer.arrays["gaps"][1])
    assert progress == [0.5]
    assert answer.missing_layers == ()
    for array in answer.arrays.values():
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        with pytest.raises(ValueError, match=r"cannot set WRITEABLE"):
            array.setflags(write=True)


def test_arrays_and_header_cross_as_they_were(shared_jail, file):
    """Bug: a transposed, big-endian, empty or single value crosses with wrong strides or bytes."""
    progress = []
    answer = shared_jail.call(
        "hostile_readers:good", [file], {"a": [1, 2.5, None]}, on_progress=progress.append
    )
    check_good(answer, progress)


def test_a_spawned_worker_gives_the_same(file):
    """Bug (F23): without fork, the answer through the pipe differs from that in shared memory."""
    progress = []
    with Jail("test", extra_readers=[HOSTILE], can_fork=False) as jail:
        answer = jail.call(
            "hostile_readers:good", [file], {"a": [1, 2.5, None]}, on_progress=progress.append
        )
        check_good(answer, progress)
        with pytest.raises(Refused, match="SIGSEGV"):
            jail.call("hostile_readers:segv", [file])


def test_part_of_an_allocated_array_is_not_copied(shared_jail, file):
    """Bug: a reader that returns a view of its allocated array pays for a second copy."""
    arrays = shared_jail.call("hostile_readers:good", [file], {}).arrays
    start = arrays["voxels"].ctypes.data
    assert arrays["middle"].ctypes.data == start + arrays["voxels"][0].nbytes


def test_the_answer_outlives_the_jail(file):
    """Bug: arrays point into memory that closing the jail gives back."""
    with Jail("test", extra_readers=[HOSTILE]) as jail:
        arrays = jail.call("hostile_readers:good", [file], {}).arrays
    assert arrays["voxels"].sum() == sum(range(60))


def test_thousands_of_places_and_a_large_header_cross(shared_jail, file):
    """Bug: a request or a header longer than one socket message (about 200 kB) is lost."""
    answer = shared_jail.call(
        "hostile_readers:many_places", [file] * 20_000, {"header_bytes": 5_000_000}
    )
    assert answer.header["count"] == 20_000
    assert len(answer.header["text"]) == 5_000_000


def test_a_folder_is_readable_with_what_lies_below_it_and_nothing_above(shared_jail, tmp_path):
    """Bug: a folder among the places opens its parent, or opens no sub-folder."""
    below = tmp_path / "study" / "series"
    below.mkdir(parents=True)
    (below / "slice").write_text("here")
    (tmp_path / "beside").write_text("there")
    answer = shared_jail.call(
        "hostile_readers:read_first", [tmp_path / "study"], {"below": "series/slice"}
    )
    assert answer.header["text"] == "here"
    with pytest.raises(Refused, match="PermissionError"):
        shared_jail.call("hostile_readers:read_first", [tmp_path / "study"], {"below": "../beside"})


def test_a_link_in_a_folder_opens_nothing_outside(shared_jail, tmp_path):
    """Bug: a symbolic link in the user's folder gives a parser any file of the user."""
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "link").symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="PermissionError"):
        shared_jail.call("hostile_readers:read_first", [tmp_path / "study"], {"below": "link"})


def test_calls_of_several_threads_run_at_the_same_time(shared_jail, tmp_path):
    """Bug: one lock around the call lets a slow file hold up all others, for ever here."""
    first, second = tmp_path / "first", tmp_path / "second"
    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(shared_jail.call("hostile_readers:wait", [first]))
    )
    slow.start()
    second.write_bytes(b"")
    answers.append(shared_jail.call("hostile_readers:wait", [second]))
    first.write_bytes(b"")
    slow.join(20)
    assert len({answer.header["pid"] for answer in answers}) == 2


def test_a_cancelled_call_ends_its_child(shared_jail, file, children, all_children_end):
    """Bug: the viewer walks away and the child goes on."""
    asked = []

    def cancelled():
        asked.append(children(shared_jail.zygote_pid))
        return len(asked) > 2

    with pytest.raises(Cancelled):
        shared_jail.call("hostile_readers:loop", [file], cancelled=cancelled)
    assert all_children_end(shared_jail.zygote_pid, 5)


def test_a_child_holds_its_own_sockets_only(shared_jail, file, tmp_path):
    """Bug: a child inherits the reply sockets of other calls and answers in their name."""
    other = threading.Thread(
        target=lambda: shared_jail.call("hostile_readers:wait", [tmp_path / "go"])
    )
    other.start()
    held = shared_jail.call("hostile_readers:descriptors", [file]).header
    (tmp_path / "go").write_bytes(b"")
    other.join(20)
    assert list(held.values()).count("socket") == 1
    assert len(held) == 6  # standard input, output, error, reply, request, answer


def test_nothing_of_the_environment_passes(shared_jail, file, monkeypatch):
    """Bug: a token in the viewer's environment is there for every parser to read."""
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with Jail("test", extra_readers=[HOSTILE]) as jail:
        names = set(jail.call("hostile_readers:environment", [file]).header)
    assert "SECRET_TOKEN" not in names
    assert "HOME" not in names
    assert not names & set(os.environ) - {"PATH", "LC_ALL", "LC_CTYPE", "OMP_NUM_THREADS"}


def test_only_readers_of_the_room_can_be_named(shared_jail, file):
    """Bug: any function of any module can be run by name."""
    for name in ("os:system", "metaviewer.medical.read_series:read_series", "hostile_readers"):
        with pytest.raises(AssertionError):
            shared_jail.call(name, [file])


def test_here_gives_what_the_jail_gives(file, monkeypatch):
    """Bug: a reader passes its tests in this process and is refused behind the jail."""
    monkeypatch.syspath_prepend(str(HOSTILE.parent))
    answer = here("hostile_readers:good", [file], {"a": [1, 2.5, None]})
    np.testing.assert_array_equal(answer.arrays["transposed"], [[0, 3], [1, 4], [2, 5]])
    assert answer.arrays["transposed"].flags.c_contiguous
    assert not answer.arrays["voxels"].flags.writeable
    assert answer.arrays["number"].shape == ()
    for name, word in (("nan", "numbers"), ("header_nan", "numbers")):
        with pytest.raises(Refused) as caught:
            here(f"hostile_readers:{name}", [file])
        assert caught.value.word == word


def test_limits_that_mean_none_are_refused():
    """Bug: zero seconds or an infinite wait switch a limit off."""
    for wrong in ({"cpu_s": 0}, {"wall_s": float("inf")}, {"memory_bytes": 0}):
        with pytest.raises(AssertionError):
            Limits(**wrong)
