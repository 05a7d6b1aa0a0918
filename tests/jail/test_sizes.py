"""Lids on what a file may grow to."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import Refused
from metaviewer.jail.sizes import (
    MIB,
    array_bytes,
    bare_name,
    check_declared,
    check_limit,
    file_bytes,
    inflate_capped,
    zip_contents,
    zip_names,
)


def word_of(work):
    """The word of the refusal; empty where there is none."""
    try:
        work()
    except Refused as refused:
        return refused.word
    return ""


def deflated_zeros(byte_count, window_bits=15):
    engine = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    parts = [engine.compress(bytes(MIB)) for _ in range(byte_count // MIB)]
    return b"".join([*parts, engine.flush()])


@given(st.binary(max_size=3000), st.sampled_from([("gzip", 31), ("zlib", 15), ("raw", -15)]))
def test_what_was_deflated_comes_back(content, how):
    """Bug: the last part is lost, or a stream of one wrapping is read as another."""
    wrapping, window_bits = how
    engine = zlib.compressobj(6, zlib.DEFLATED, window_bits)
    packed = engine.compress(content) + engine.flush()
    assert inflate_capped(packed, wrapping=wrapping) == content


def test_two_gzip_streams_and_their_padding_are_one_file():
    """Bug: `cat a.gz b.gz` loses b."""
    packed = gzip.compress(b"one") + gzip.compress(b"two") + b"\0" * 9
    assert inflate_capped(packed, wrapping="gzip") == b"onetwo"


@given(st.binary(max_size=200), st.sampled_from(["gzip", "zlib", "raw"]))
def test_bytes_that_are_no_stream_are_refused(content, wrapping):
    """Bug: zlib.error, or an endless loop on a stream that ends early."""
    assert word_of(lambda: inflate_capped(content, wrapping=wrapping)) in ("format", "")


def test_a_stream_cut_off_is_refused():
    """Bug: the first half of a scan is taken for the whole."""
    packed = zlib.compress(bytes(range(256)) * 100)
    with pytest.raises(Refused, match="cut off") as caught:
        inflate_capped(packed[:-10], wrapping="zlib")
    assert caught.value.word == "format"


@pytest.mark.parametrize("limit", [{"bytes_max": 8 * MIB}, {}])
def test_f11_a_bomb_is_refused_before_it_grows(limit):
    """Bug: 130 kB become 128 MB before anyone looks; promised: at most 64 MB."""
    packed = deflated_zeros(128 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as caught:
            inflate_capped(packed, wrapping="zlib", **limit)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.word == "size"
    assert peak < limit.get("bytes_max", 64 * MIB) + 4 * MIB


def test_a_blank_mask_is_no_bomb():
    """Bug: honest zeros, 1000 times smaller when packed, are refused by their ratio."""
    assert inflate_capped(deflated_zeros(32 * MIB), wrapping="zlib") == bytes(32 * MIB)


def write_zip(path, members, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_members_come_in_order_and_folders_do_not(tmp_path):
    """Bug: a folder's entry is given as an empty file, or a wanted member is left out."""
    members = {"a/": b"", "a/one.dcm": b"1", "../two": b"22"}
    path = write_zip(tmp_path / "z.zip", members)
    assert zip_names(path) == ("a/one.dcm", "../two")
    assert list(zip_contents(path)) == [("a/one.dcm", b"1"), ("../two", b"22")]
    assert list(zip_contents(path, ("../two",))) == [("../two", b"22")]
    assert sorted(p.name for p in tmp_path.parent.rglob("two")) == []


def test_the_lid_is_on_all_members_together(tmp_path):
    """Bug: a thousand members, each just under the limit."""
    path = write_zip(tmp_path / "z.zip", {str(n): bytes(MIB) for n in range(4)})
    with pytest.raises(Refused) as caught:
        list(zip_contents(path, bytes_max=3 * MIB))
    assert caught.value.word == "size"


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    """Bug: the size in the directory is believed, and the stream goes on."""
    path = write_zip(tmp_path / "z.zip", {"a": bytes(4 * MIB)})
    content = path.read_bytes()
    path.write_bytes(content.replace((4 * MIB).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with pytest.raises(Refused):
        list(zip_contents(path, bytes_max=MIB))


@pytest.mark.parametrize("packed_bytes", [None, 1 << 30], ids=["honest", "lying"])
def test_f11_a_bomb_in_a_zip_is_refused_before_any_of_it_is_unpacked(tmp_path, packed_bytes):
    """Bug: 64 MB are unpacked first (100 MB of memory), or a larger packed size is believed."""
    path = write_zip(tmp_path / "z.zip", {"a": bytes(100 * MIB)}, compresslevel=9)
    with zipfile.ZipFile(path) as archive:
        stated = archive.getinfo("a").compress_size
    if packed_bytes is not None:
        lie = packed_bytes.to_bytes(4, "little")
        path.write_bytes(path.read_bytes().replace(stated.to_bytes(4, "little"), lie))
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="grow more than") as caught:
            list(zip_contents(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.word == "size"
    assert peak < 2 * MIB


@given(st.binary(max_size=300), st.integers(0, 200))
def test_a_damaged_zip_is_refused_or_read(tmp_path_factory, noise, at):
    """Bug: anything but `Refused` leaves a broken archive."""
    buffer = io.BytesIO()
    write_zip(buffer, {"a": b"content" * 30, "b": b"more"})
    content = bytearray(buffer.getvalue())
    content[at : at + len(noise)] = noise
    path = tmp_path_factory.mktemp("zip") / "z.zip"
    path.write_bytes(content)
    assert word_of(lambda: list(zip_contents(path, bytes_max=MIB))) in ("format", "size", "")


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x",
        "a/b",
        "..",
        ".",
        "",
        "C:x",
        "a\\b",
        "a\0b",
        "x\n",
        "y" * 300,
        "file:x",
    ],
)
def test_f09_a_path_inside_a_file_is_refused(name):
    """Bug: a header names /etc/passwd as its voxels."""
    with pytest.raises(Refused) as caught:
        bare_name(name)
    assert caught.value.word == "path"
    assert name == "" or name not in caught.value.reason or name == "."


def test_a_bare_name_is_kept():
    """Bug: a name with dots and spaces, which is fine, is refused."""
    assert bare_name("head & neck..raw.gz") == "head & neck..raw.gz"


def test_declared_and_present_bytes_are_compared():
    """Bug: 65535 x 65535 x 1e6 wraps around in 32 bits and fits."""
    need = array_bytes(65535, 65535, 1_000_000, value_bytes=2)
    assert need == 65535 * 65535 * 2_000_000
    with pytest.raises(Refused, match=f"declares {need} bytes"):
        check_declared(declared_bytes=need, present_bytes=512)
    check_declared(declared_bytes=512, present_bytes=512)
    with pytest.raises(Refused, match="GiB"):
        check_limit(need_bytes=need, limit_bytes=1 << 30)
    with pytest.raises(Refused, match="negative"):
        array_bytes(-7, 16, value_bytes=2)


def test_a_file_is_read_up_to_its_limit(tmp_path):
    """Bug: the limit is off by one, or the whole file is read before it is looked at."""
    (tmp_path / "f").write_bytes(b"12345")
    assert file_bytes(tmp_path / "f", bytes_max=5) == b"12345"
    with pytest.raises(Refused):
        file_bytes(tmp_path / "f", bytes_max=4)
