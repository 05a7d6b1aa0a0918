"""What is in files, folders and zips: headers only, grouped into series; runs in the jail.

The walk over the elements is our own: headers of five makers take 0.1 ms each, a parser's tree 0.7
(measured), and 200,000 nested sequences end neither.
"""

from __future__ import annotations

from collections import Counter
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
from metaviewer.medical.dicom_repeats import Repeats
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
    walk_data_set,
)
from metaviewer.medical.grid_header import grid_records, is_grid_name
from metaviewer.medical.records import Kept, blank, records_of, refused_record
from metaviewer.medical.registration import check_registration
from metaviewer.medical.sources import (
    Content,
    Source,
    is_dicom_head,
    opened,
    source_from,
    sources_of,
)

DICOM_SUFFIXES: Final = (".dcm", ".dicom", ".ima", ".dc3")
PACKED_SUFFIXES: Final = frozenset((".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz"))
MODEL_SUFFIXES: Final = frozenset(
    (".ifc", ".ifczip", ".ifcxml", ".stl", ".obj", ".ply", ".glb", ".gltf")
)
OTHER_SUFFIXES: Final = frozenset(
    f".{name}"
    for name in (
        *("txt", "md", "pdf", "json", "xml", "csv", "xlsx", "html", "htm", "db", "ini", "toml"),
        *("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "log", "py", "exe", "css", "js"),
        *("mtl", "vtk", "off", "doc", "docx", "mp4", "avi", "inf", "dll", "svg", "yaml", "yml"),
    )
)
LEFT_IN_ZIPS: Final = PACKED_SUFFIXES | MODEL_SUFFIXES | OTHER_SUFFIXES
"""These are not even inflated; of files in a folder the first bytes are looked at."""
SUFFIXES_SAID_MAX: Final = 6


@dataclass(slots=True, eq=False, kw_only=True)
class _Findings:
    """What the files of one call gave so far."""

    headers: Repeats = field(default_factory=lambda: Repeats(wanted=WANTED))
    objects: list[ObjectFacts] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    records: list[dict[str, Json]] = field(default_factory=list)
    directory: list[str] = field(default_factory=list)
    left: dict[Source, list[str]] = field(default_factory=dict)
    """Of each zip, the members that were not read."""


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
    sources = _expanded(places, only, findings)
    for number, source in enumerate(sources):
        _look_into(source, places, findings, is_alone=len(sources) == 1)
        door.progress((number + 1) / len(sources))
    found = records_of(findings.objects, findings.kept, places, salt=salt)
    records = findings.records + found
    records += _left_in_zips(findings.left, records)
    return {"records": records, "directory": findings.directory, "files": len(sources)}, {}


def _expanded(places: Sequence[Path], only: Json, findings: _Findings) -> list[Source]:
    """All files, and in place of a zip its members; a broken one hides no other file."""
    if isinstance(only, list):
        return [Source(place=0, below=str(below)) for below in only]
    sources: list[Source] = []
    for source in sources_of(places):
        if (source.name or places[source.place].name.lower()).endswith(".zip"):
            path = source.path(places)
            try:
                names = sorted(name for name in zip_names(path) if not _is_hidden(name))
            except Refused as refusal:
                findings.records.append(refused_record(source, refusal))
                continue
            sources += [Source(place=source.place, below=source.below, member=n) for n in names]
        else:
            sources.append(source)
    return sources


def _is_hidden(member: str) -> bool:
    """Whether a member is what a Mac packs beside each file."""
    return member.startswith("__MACOSX/") or member.rpartition("/")[2].startswith(".")


def _look_into(
    source: Source, places: Sequence[Path], findings: _Findings, *, is_alone: bool
) -> None:
    """Add what one file is to the findings; what is refused becomes a record with the reason."""
    name = source.name or places[source.place].name.lower()
    if source.member and Path(name).suffix in LEFT_IN_ZIPS and not is_grid_name(name):
        _leave(source, findings)
        return
    try:
        with opened(source, places) as content:
            if content.size == 0 and (is_alone or name.endswith(DICOM_SUFFIXES)):
                raise Refused("", "empty", "the file holds 0 bytes", remedy="copy it again")
            if is_grid_name(name):
                findings.records += grid_records(name, content, source, places)
            elif (
                is_alone or name.endswith(DICOM_SUFFIXES) or is_dicom_head(content.head, name=name)
            ):
                _keep(source, content, findings, is_alone=is_alone)
            elif source.member:
                _leave(source, findings)
    except OSError as error:
        findings.records.append(refused_record(source, _unopened(error)))
    except Refused as refusal:
        findings.records.append(refused_record(source, refusal))


def _unopened(error: OSError) -> Refused:
    if isinstance(error, PermissionError):
        remedy = "ask for the right to read it, or open a copy that you may read"
        return Refused("", "path", "cannot be read: permission denied", remedy=remedy)
    return Refused("", "path", f"the file cannot be opened ({type(error).__name__})")


def _leave(source: Source, findings: _Findings) -> None:
    archive = Source(place=source.place, below=source.below)
    suffix = Path(source.name).suffix
    # An ending that nobody knows stays in the jail: it may be a part of a name.
    findings.left.setdefault(archive, []).append(suffix if suffix in LEFT_IN_ZIPS else "others")


def _left_in_zips(
    left: Mapping[Source, Sequence[str]], told: Sequence[Mapping[str, Json]]
) -> list[dict[str, Json]]:
    """One record a zip for what stayed unread in it; refused where that is all it holds for us."""
    read = {tuple(source_from(record["source"]).row()[:2]) for record in told}
    records: list[dict[str, Json]] = []
    for archive, suffixes in left.items():
        wanted = [one for one in suffixes if one in PACKED_SUFFIXES | MODEL_SUFFIXES]
        is_read = tuple(archive.row()[:2]) in read
        if wanted:
            reason = f"{_counted(wanted)} inside the zip cannot be read there"
            remedy = "unpack the zip, and open the folder"
            refusal = refused_record(archive, Refused("", "format", reason, remedy=remedy))
            records.append({**refusal, "status": "degraded" if is_read else "refused"})
        others = [one for one in suffixes if one not in wanted]
        if others and is_read:
            were = "was" if len(others) == 1 else "were"
            reason = f"{_counted(others)} inside the zip {were} not read"
            records.append({**blank(archive), "word": "format", "reason": reason})
    return records


def _counted(suffixes: Sequence[str]) -> str:
    """``3 files (.ifc, .stl)``, the most frequent endings first."""
    names = [name for name, _ in Counter(suffixes).most_common(SUFFIXES_SAID_MAX)]
    count = "1 file" if len(suffixes) == 1 else f"{len(suffixes)} files"
    return f"{count} ({', '.join(names)})"


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
    walked = findings.headers.walk(octets, size=content.size)
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
