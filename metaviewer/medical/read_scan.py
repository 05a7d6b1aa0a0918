"""What is in files, folders and zips: headers only, grouped into series; runs in the jail.

The walk over the elements is our own: headers of five makers take 0.1 ms each, a parser's tree 0.7
(measured), and 200,000 nested sequences end neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from metaviewer.errors import Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.jail.sizes import inflate_capped, zip_names
from metaviewer.medical.codestreams import check_codestream, fragments_of, frames_of_fragments
from metaviewer.medical.dicom_facts import Layout, ObjectFacts, layout_of, object_facts
from metaviewer.medical.dicom_frames import frames_of, unit_of, windows_of_file
from metaviewer.medical.dicom_tags import (
    DECODED_SYNTAXES,
    NATIVE_SYNTAXES,
    WANTED,
    Tag,
)
from metaviewer.medical.dicom_walk import (
    DEFLATED,
    UNDEFINED,
    Bytes,
    Overrun,
    Walked,
    elements,
    items,
    walk,
    walk_data_set,
)
from metaviewer.medical.grid_header import grid_records, is_grid_name
from metaviewer.medical.records import Kept, merged, records_of, refused_record
from metaviewer.medical.registration import check_registration
from metaviewer.medical.sources import Content, Source, opened, sources_of

DICOM_SUFFIXES: Final = (".dcm", ".dicom", ".ima", ".dc3")
OTHER_SUFFIXES: Final = frozenset(
    f".{name}"
    for name in (
        *("txt", "md", "pdf", "json", "xml", "csv", "xlsx", "html", "htm", "db", "ini", "toml"),
        *("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "log", "py", "exe", "css", "js"),
        *("stl", "obj", "mtl", "ply", "glb", "gltf", "vtk", "off", "ifc", "ifczip"),
    )
)
"""In a folder these are stepped over without a word; named alone they are looked into."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Findings:
    """What the files of one call gave so far."""

    objects: list[ObjectFacts] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    records: list[dict[str, Json]] = field(default_factory=list)
    directory: list[str] = field(default_factory=list)


def read_scan(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Records of all series and files found at the places, in their order.

    Parameters
    ----------
    arguments : mapping
        "salt" hashes identities before they leave the jail; "only" (a list of paths below the first
        place) restricts the walk to what a DICOMDIR names.
    """
    only = arguments.get("only")
    salt = arguments.get("salt")
    assert isinstance(salt, str)
    findings = _Findings()
    sources = list(_expanded(places, only))
    for number, source in enumerate(sources):
        _look_into(source, places, findings, is_alone=len(sources) == 1)
        door.progress((number + 1) / len(sources))
    records = merged(findings.records) + records_of(findings.objects, findings.kept, salt=salt)
    return {"records": records, "directory": findings.directory, "files": len(sources)}, {}


def _expanded(places: Sequence[Path], only: Json) -> list[Source]:
    if isinstance(only, list):
        return [Source(place=0, below=str(below)) for below in only]
    sources: list[Source] = []
    for source in sources_of(places):
        path = source.path(places)
        if path.suffix.lower() == ".zip":
            names = sorted(name for name in zip_names(path) if not name.endswith("/"))
            sources += [Source(place=source.place, below=source.below, member=n) for n in names]
        else:
            sources.append(source)
    return sources


def _look_into(
    source: Source, places: Sequence[Path], findings: _Findings, *, is_alone: bool
) -> None:
    """Add what one file is to the findings; what is refused becomes a record with the reason."""
    name = source.name or places[source.place].name.lower()
    if not is_alone and Path(name).suffix in OTHER_SUFFIXES:
        return
    try:
        with opened(source, places) as content:
            if content.size == 0 and (is_alone or name.endswith(DICOM_SUFFIXES)):
                raise Refused("", "empty", "the file holds 0 bytes", remedy="copy it again")
            if is_grid_name(name):
                findings.records += grid_records(name, content, source, places)
            elif is_alone or name.endswith(DICOM_SUFFIXES) or _is_dicom(content.head, name):
                _keep(source, content, findings, is_alone=is_alone)
    except OSError as error:
        reason = f"the file cannot be opened ({type(error).__name__})"
        findings.records.append(refused_record(source, Refused("", "path", reason)))
    except Refused as refusal:
        findings.records.append(refused_record(source, refusal))


def _is_dicom(head: bytes, name: str) -> bool:
    """A file without a known suffix: by the mark, or by how a data set without meta starts."""
    if head[128:132] == b"DICM":
        return True
    return "." not in name and head[:2] == b"\x08\x00" and head[3:4] == b"\x00"


def _keep(source: Source, content: Content, findings: _Findings, *, is_alone: bool) -> None:
    """Facts of one DICOM file, from its beginning or, where that ends too soon, from all of it."""
    try:
        facts, walked = _facts(content.head, content, findings, is_alone=is_alone)
    except Overrun:
        try:
            facts, walked = _facts(content.whole(), content, findings, is_alone=is_alone)
        except Overrun:
            raise Refused(
                "", "size", "the file ends inside an element", remedy="copy or export it again"
            ) from None
    if facts is None or walked is None:
        return
    pixels = walked.pixels
    findings.objects.append(facts)
    findings.kept.append(
        Kept(
            source=source,
            size=content.size,
            start=pixels.start if pixels is not None else 0,
            length=pixels.length if pixels is not None else 0,
            syntax=walked.syntax,
        )
    )


def _facts(
    octets: Bytes, content: Content, findings: _Findings, *, is_alone: bool
) -> tuple[ObjectFacts | None, Walked | None]:
    walked = walk(octets, size=content.size, wanted=WANTED)
    if walked.syntax == DEFLATED:
        octets = inflate_capped(bytes(content.whole()[walked.data_start :]), wrapping="raw")
        walked.data_start = 0
        walked = walk_data_set(octets, walked, size=len(octets), wanted=WANTED)
    facts = object_facts(walked, beginning=bytes(content.head[:4]))
    if not walked.has_meta and facts.kind in ("recognised", "registration", "directory"):
        raise Refused("", "format", "this is no DICOM file", remedy="open the exported series")
    if facts.kind == "directory":
        if is_alone:
            findings.directory += _listed(walked, octets)
        return None, None
    if facts.kind == "registration":
        check_registration(walked, octets)
    if facts.kind == "image":
        _add_image(facts, walked, octets, content)
    return facts, walked


def _add_image(facts: ObjectFacts, walked: Walked, octets: Bytes, content: Content) -> None:
    """Pixels and geometry; what is wrong with them is kept, so that the series can count it."""
    try:
        facts.layout = layout_of(walked)
        facts.frames = frames_of(walked, octets, facts, facts.layout)
        facts.unit = unit_of(walked, facts, octets)
        facts.windows = windows_of_file(walked, octets)
        _check_pixels(facts, facts.layout, walked, content, octets)
    except Refused as refusal:
        facts.refused = (refusal.word, refusal.reason, refusal.remedy)


def _check_pixels(
    facts: ObjectFacts, layout: Layout, walked: Walked, content: Content, octets: Bytes
) -> None:
    """Compare the declared size with the bytes that are there; no pixel is read."""
    pixels = walked.pixels
    assert pixels is not None
    if layout.syntax in DECODED_SYNTAXES:
        if pixels.length != UNDEFINED:
            raise Refused(
                "", "format", "the pixels are not compressed as declared", remedy="export again"
            )
        table, fragments = fragments_of(content.whole(), pixels, size=content.size)
        frames = frames_of_fragments(table, fragments, frame_count=layout.frame_count)
        if facts.is_flat:  # nobody decodes it, so this is the only look at its code
            code = b"".join(bytes(content.whole()[s : s + n]) for s, n in frames[-1])
            check_codestream(code, layout)
        return
    if layout.syntax not in NATIVE_SYNTAXES:
        raise Refused(
            "",
            "format",
            "the images are stored in a form that is not supported (video, or rare)",
            remedy="export them uncompressed",
        )
    if pixels.length == UNDEFINED:
        raise Refused("", "format", "uncompressed pixels without a length", remedy="export again")
    if pixels.length == 0:
        raise Refused("", "empty", "the image has no pixels", remedy="export the series again")
    samples = 1 if layout.photometric.startswith(("MONO", "PALETTE")) else 3
    if layout.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        samples = 2
    bits = layout.rows * layout.columns * samples * layout.bits_allocated * layout.frame_count
    needed = (bits + 7) // 8
    size = len(octets) if layout.syntax == DEFLATED else content.size
    present = min(pixels.length, size - pixels.start)
    if present < needed:
        raise Refused(
            "",
            "size",
            f"{needed} bytes of pixels are declared and {present} are there",
            remedy="copy or export the file again",
        )
    if pixels.length > needed + 1:
        facts.warnings.append(("size", f"{pixels.length - needed} bytes follow the pixels"))


def _listed(walked: Walked, octets: Bytes) -> list[str]:
    """Files that a DICOMDIR names; a component holds letters, digits and underscores only."""
    if Tag.DIRECTORY_RECORDS not in walked.sequences:
        raise Refused("", "empty", "the DICOMDIR lists no files", remedy="open its folder instead")
    sequence = walked.sequences[Tag.DIRECTORY_RECORDS]
    names = []
    for item in items(octets, sequence, coding=walked.coding, stop=len(octets)):
        stop = item.start + item.length
        for tag, _, start, length in elements(
            octets, coding=walked.coding, start=item.start, stop=stop
        ):
            if tag == Tag.FILE_ID:
                parts = bytes(octets[start : start + length]).decode("latin-1").split("\\")
                names.append("/".join(_component(part.strip(" \0")) for part in parts))
    if not names:
        raise Refused("", "empty", "the DICOMDIR lists no files", remedy="open its folder instead")
    return sorted(set(names))


def _component(part: str) -> str:
    """PS3.10 section 8.2 allows eight capitals; makers write more, but never a path."""
    if part in ("", ".", "..") or any(sign in part for sign in "/\\:") or not part.isprintable():
        raise Refused(
            "", "path", "the DICOMDIR names a file outside its folder", remedy="open the folder"
        )
    return part
