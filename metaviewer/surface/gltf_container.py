"""glTF 2.0 files as JSON and buffers: sizes, references and names checked, nothing followed."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from metaviewer.errors import Refused
from metaviewer.surface.parts import AGAIN

MAGIC: Final = b"glTF"
VERSION: Final = 2
HEADER_BYTES: Final = 12
CHUNK_HEADER_BYTES: Final = 8
JSON_CHUNK: Final = 0x4E4F534A
BINARY_CHUNK: Final = 0x004E4942
JSON_BYTES_MAX: Final = 128 << 20
DATA_ADDRESS: Final = "data:"
BASE64_MARK: Final = ";base64,"

Gltf = dict[str, Any]
"""The JSON of the file. Every value that is used is checked where it is used."""


def gltf_container(content: bytes, *, companions: Mapping[str, bytes]) -> tuple[Gltf, list[bytes]]:
    """JSON and buffers of a GLB or glTF file.

    Parameters
    ----------
    companions : mapping of bare name to bytes
        Files that lie beside it; a buffer of another place is refused.

    Raises
    ------
    Refused
        "format" for a broken container, "size" for lengths that lie, "path" for a buffer that lies
        elsewhere, "empty" for no bytes.

    References
    ----------
    glTF 2.0 section 4 (GLB file format), 3.6.1 (buffers).
    """
    if not content:
        raise Refused("", "empty", "holds 0 bytes", remedy=AGAIN)
    if content[:4] == MAGIC:
        text, binary = _chunks(content)
    else:
        text, binary = content, None
    if len(text) > JSON_BYTES_MAX:
        raise Refused("", "size", f"{len(text)} bytes of JSON, the limit is {JSON_BYTES_MAX}")
    try:
        gltf = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        is_text = content[:4] == MAGIC or content.lstrip()[:1] == b"{"
        what = "its JSON is broken" if is_text else "it does not begin as a glTF file does"
        raise Refused("", "format", what, remedy=AGAIN) from error
    if not isinstance(gltf, dict):
        raise Refused("", "format", "its JSON is no object", remedy=AGAIN)
    return gltf, _buffers(gltf, binary, companions)


def items(gltf: Gltf, key: str) -> list[Gltf]:
    """The list of objects under `key`; empty where there is none."""
    found = gltf.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Refused("", "format", f"its {key} are no list of objects", remedy=AGAIN)
    return found


def reference(value: object, count: int, what: str) -> int:
    """An index into a list of `count`."""
    if type(value) is not int or not 0 <= value < count:
        raise Refused("", "format", f"names {what} that is not there", remedy=AGAIN)
    return value


def whole(item: Gltf, key: str, *, default: int | None = None) -> int:
    """A count from 0 up."""
    value = item.get(key, default)
    if type(value) is not int or not 0 <= value < 1 << 48:
        raise Refused("", "format", f"a {key} that is no count", remedy=AGAIN)
    return value


def _chunks(content: bytes) -> tuple[bytes, bytes | None]:
    """JSON and binary chunk; chunks of other kinds behind them are passed over."""
    if len(content) < HEADER_BYTES:
        raise Refused("", "size", "breaks off in its header", remedy=AGAIN)
    version, length = struct.unpack_from("<II", content, 4)
    if version != VERSION:
        raise Refused("", "format", f"glTF version {version}", remedy="export it as glTF 2")
    if length != len(content):
        raise Refused("", "size", f"says {length} bytes, {len(content)} are there", remedy=AGAIN)
    found: list[tuple[int, bytes]] = []
    at = HEADER_BYTES
    while at < length:
        if at + CHUNK_HEADER_BYTES > length:
            raise Refused("", "size", "breaks off in a chunk", remedy=AGAIN)
        chunk_bytes, kind = struct.unpack_from("<II", content, at)
        at += CHUNK_HEADER_BYTES
        if chunk_bytes > length - at or chunk_bytes % 4:
            raise Refused("", "size", f"a chunk of {chunk_bytes} bytes", remedy=AGAIN)
        found.append((kind, content[at : at + chunk_bytes]))
        at += chunk_bytes
    kinds = [kind for kind, _ in found]
    if kinds[:1] != [JSON_CHUNK] or JSON_CHUNK in kinds[1:] or BINARY_CHUNK in kinds[2:]:
        raise Refused("", "format", "its chunks are not JSON, then binary", remedy=AGAIN)
    has_binary = kinds[1:2] == [BINARY_CHUNK]
    return found[0][1], found[1][1] if has_binary else None


def _buffers(gltf: Gltf, binary: bytes | None, companions: Mapping[str, bytes]) -> list[bytes]:
    buffers = []
    for index, item in enumerate(items(gltf, "buffers")):
        address = item.get("uri")
        if address is None:
            if index or binary is None:
                raise Refused("", "format", "a buffer without bytes", remedy=AGAIN)
            content = binary
        else:
            content = _addressed(address, companions)
        length = whole(item, "byteLength")
        if length > len(content):
            raise Refused(
                "", "size", f"a buffer says {length} bytes, {len(content)} are there", remedy=AGAIN
            )
        buffers.append(content[:length])
    return buffers


def _addressed(address: object, companions: Mapping[str, bytes]) -> bytes:
    """Bytes written into the address, or those of a file that lies beside."""
    if not isinstance(address, str):
        raise Refused("", "format", "a buffer address that is no text", remedy=AGAIN)
    if address.startswith(DATA_ADDRESS):
        _, mark, code = address.partition(BASE64_MARK)
        try:
            return base64.b64decode(code, validate=True) if mark else unquote(code).encode()
        except (ValueError, binascii.Error) as error:
            raise Refused("", "format", "a buffer whose code is broken", remedy=AGAIN) from error
    name = unquote(address)
    if PurePosixPath(name).name != name or ":" in name or "\\" in name:
        raise Refused(
            "", "path", "a buffer lies outside its folder", remedy="export it as one GLB file"
        )
    if name not in companions:
        raise Refused(
            "", "path", "its buffer file does not lie beside it", remedy="copy both files"
        )
    return companions[name]


def _no_constant(name: str) -> float:
    raise ValueError(name)
