"""What no linter can hold: each rule is a function from the tree to its faults.

Every rule is run twice: over the project, where it must find nothing, and over bad specimens, where
it must find something. A rule that cannot fail would be decoration.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT_SUFFIXES = {
    ".apt", ".cfg", ".comp", ".css", ".frag", ".glsl", ".in", ".json", ".md", ".py", ".sh", ".svg",
    ".toml", ".txt", ".vert", ".yaml", ".yml",
}  # fmt: skip
SHADER_SUFFIXES = (".vert", ".frag", ".comp")
MODULE_LINES_MAX = 400
FILE_BYTES_MAX = 5_000_000

# Names that say nothing. `data` and `info` do so as the noun a name ends in: `data_id` is fine.
EMPTY_WORDS = {
    "common", "handler", "helper", "helpers", "manager", "misc", "processor", "util", "utils",
}  # fmt: skip
EMPTY_NOUNS = {"data", "info"}
EMPTY_VERBS = {"do", "process"}

PARSERS = {
    "gdcm", "highdicom", "hl7", "ifcopenshell", "jpeg_ls", "nibabel", "nrrd", "openjpeg",
    "openpyxl", "pydicom", "pylibjpeg", "rdflib", "rle",
}  # fmt: skip
# Libraries that also compute on our own arrays: only their loaders are parsers.
LOADERS = {
    "trimesh": {"load", "load_mesh", "load_path", "load_remote", "load_scene", "exchange"},
    "SimpleITK": {"ReadImage", "ImageFileReader", "ImageSeriesReader", "ReadTransform"},
}
MESSAGES = {"google.protobuf", "hl7", "fhir"}
NETWORK = {
    "aiohttp", "gmqtt", "http", "httpx", "paho", "requests", "socket", "socketserver",
    "urllib.request", "websockets",
}  # fmt: skip
# The jail talks to its children over a socket pair, which no network reaches.
SOCKET_ROOMS = ("metaviewer/jail/",)

ROOMS_WITHOUT_PANDA3D = (
    "", ".errors", ".frames", ".units", ".jobs", ".resources", ".jail", ".medical", ".surface",
    ".building", ".twin", ".scene", ".interact",
)  # fmt: skip
HEAVY = {"panda3d", "direct", "vtkmodules", "vtk", "pyvista"}

Tree = dict[str, str]
"""Text files by their path from the root, with forward slashes."""

Rule = Callable[[Tree], list[str]]


# --- the tree -------------------------------------------------------------------------------------


@cache
def tree_files() -> tuple[Path, ...]:
    """Every file of the project that git holds or would hold; what it ignores is left out."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


@cache
def project() -> Tree:
    texts = (file for file in tree_files() if file.suffix in TEXT_SUFFIXES)
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in texts}


def modules_of(tree: Tree, folder: str = "metaviewer/") -> Iterator[tuple[str, ast.Module]]:
    for path, text in tree.items():
        if path.endswith(".py") and path.startswith(folder):
            yield path, parsed(text)


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def imports_of(path: str, module: ast.Module) -> Iterator[str]:
    """Full names of what a module imports, wherever in it, relative imports resolved."""
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def is_one_of(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def stem_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


# --- the rules ------------------------------------------------------------------------------------


def words_of(name: str) -> list[str]:
    """Words of a snake_case or CamelCase name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def says_nothing(name: str) -> bool:
    words = words_of(name)
    if not words:
        return False
    verb = len(words) > 1 and words[0] in EMPTY_VERBS
    return verb or words[-1] in EMPTY_NOUNS or not EMPTY_WORDS.isdisjoint(words)


def empty_names(tree: Tree) -> list[str]:
    """Modules, classes, functions and arguments are named for what they are."""
    faults = []
    for path, module in [*modules_of(tree), *modules_of(tree, "tools/")]:
        names = [stem_of(path)]
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.append(node.name)
            elif isinstance(node, ast.arg):
                names.append(node.arg)
        faults += [f"{path}: the name {name} says nothing" for name in names if says_nothing(name)]
    return faults


def parsers_outside_readers(tree: Tree) -> list[str]:
    """Bytes from outside are parsed in `read_*.py` alone, which run in the jail."""
    faults = []
    for path, module in modules_of(tree):
        if stem_of(path).startswith("read_"):
            continue
        names = set(imports_of(path, module))
        faults += [
            f"{path}: imports the parser {name}" for name in names if is_one_of(name, PARSERS)
        ]
        faults += [f"{path}: calls the loader {name}" for name in loaders_used(module)]
    return faults


def loaders_used(module: ast.Module) -> set[str]:
    """Loaders that are named in a module that imports their library, and every reader of VTK."""
    imported = {name.partition(".")[0] for name in imports_of("", module)}
    loaders = set().union(*(names for library, names in LOADERS.items() if library in imported))
    nodes = [*ast.walk(module)]
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
    return {name for name in used if name in loaders or re.fullmatch(r"vtk\w+Reader", name)}


def readers_imported(tree: Tree) -> list[str]:
    """A reader is named to the jail by string; only another reader, in there too, imports one."""
    return [
        f"{path}: imports the reader {name}"
        for path, module in modules_of(tree)
        if not stem_of(path).startswith("read_")
        for name in set(imports_of(path, module))
        if name.startswith("metaviewer.") and ".read_" in name and is_module(tree, name)
    ]


def is_module(tree: Tree, name: str) -> bool:
    """Whether a dotted name is a file of the tree, not a function in one."""
    return f"{name.replace('.', '/')}.py" in tree


def network_outside_feeds(tree: Tree) -> list[str]:
    """Sockets, broker clients and message formats stay in `twin/ingest_*.py`."""
    faults = []
    for path, module in modules_of(tree):
        if path.startswith("metaviewer/twin/ingest_"):
            continue
        banned = MESSAGES | NETWORK
        if path.startswith(SOCKET_ROOMS):
            banned = banned - {"socket"}
        names = {name for name in imports_of(path, module) if is_one_of(name, banned)}
        faults += [f"{path}: imports {name}" for name in sorted(names)]
    return faults


def glsl_without_twin(tree: Tree) -> list[str]:
    """The head of each shared shader part names its numpy twin and the test that compares them."""
    faults = []
    for path, text in tree.items():
        if not path.endswith(".glsl"):
            continue
        head = "\n".join(line for line in text.splitlines() if line.startswith("//"))
        for what, pattern in (
            ("CPU twin", r"CPU twin:\s*(metaviewer/\S+?\.py)"),
            ("test", r"Held together by\s*(?://\s*)?(tests/\S+?\.py)"),
        ):
            named = re.findall(pattern, head)
            if not named:
                faults.append(f"{path}: its head names no {what}")
            faults += [
                f"{path}: its {what} {file} does not exist" for file in named if file not in tree
            ]
    return faults


def shaders_without_test(tree: Tree) -> list[str]:
    """Each whole shader is loaded by render or drawn by a test."""
    loaded = "\n".join(text for path, text in tree.items() if path.startswith("metaviewer/render/"))
    tested = "\n".join(text for path, text in tree.items() if path.startswith("tests/"))
    shaders = [path for path in tree if path.endswith(SHADER_SUFFIXES)]
    return [
        f"{path}: neither render nor a test names {name}"
        for path in shaders
        for name in [path.removeprefix("shaders/").rpartition(".")[0]]
        if name not in loaded and name not in tested
    ]


def unsorted_all(tree: Tree) -> list[str]:
    """`__all__` of a room is in ruff's order: constants, types, then the rest; nothing twice."""
    faults = []
    for path, module in modules_of(tree):
        for node in module.body:
            if not isinstance(node, ast.Assign) or not path.endswith("/__init__.py"):
                continue
            if any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
                names = ast.literal_eval(node.value)
                if list(names) != sorted(set(names), key=place_in_all):
                    faults.append(f"{path}: __all__ is not sorted")
    return faults


def place_in_all(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


def open_ends(tree: Tree) -> list[str]:
    """What is left to do is an issue, and its number stands beside the word."""
    pattern = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!\(#\d+\))")
    return [
        f"{path}:{number}: an open end without an issue number"
        for path, text in tree.items()
        if path.endswith((".py", ".glsl", *SHADER_SUFFIXES, ".cfg", ".toml"))
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def long_modules(tree: Tree) -> list[str]:
    """Past this length a file has probably two subjects."""
    return [
        f"{path}: {count} lines, at most {MODULE_LINES_MAX}"
        for path, text in tree.items()
        if path.startswith("metaviewer/") and path.endswith(".py")
        for count in [len(text.splitlines())]
        if count > MODULE_LINES_MAX
    ]


def machine_paths(tree: Tree) -> list[str]:
    """No file speaks of the machine that it was written on, nor of where packages come from."""
    homes = (
        r"(?<![\w.])/(?:home|Users|root|wo" + r"rk)/\w|[A-Z]:\\\\?Users|/tm" + r"p/(?!\.X11-unix)\w"
    )
    hosts = r"py" + r"pi\.org|pythonhos" + r"ted\.org"
    pattern = re.compile(f"{homes}|{hosts}")
    return [
        f"{path}:{number}: {found[0]}"
        for path, text in tree.items()
        if not path.startswith("assets/")
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := pattern.search(line))
    ]


SPECIMENS: dict[Rule, list[Tree]] = {
    empty_names: [
        {"metaviewer/scene/utils.py": ""},
        {"metaviewer/scene/x.py": "class VolumeManager: ..."},
        {"metaviewer/scene/x.py": "def process_intents(): ..."},
        {"metaviewer/scene/x.py": "def load(data): ..."},
        {"tools/x.py": "def get_info(): ..."},
    ],
    parsers_outside_readers: [
        {"metaviewer/medical/series.py": "import pydicom"},
        {"metaviewer/medical/series.py": "def f():\n    from pydicom.uid import UID"},
        {"metaviewer/surface/files.py": "import trimesh\nm = trimesh.load('x')"},
        {"metaviewer/medical/smooth.py": "import SimpleITK as s\nimage = s.ReadImage('')"},
        {"metaviewer/medical/read_x.py": "", "metaviewer/medical/y.py": "v.vtkNIFTIImageReader()"},
    ],
    readers_imported: [
        {"metaviewer/medical/read_x.py": "", "metaviewer/medical/y.py": "from . import read_x"},
        {
            "metaviewer/medical/read_x.py": "",
            "metaviewer/app/y.py": "from metaviewer.medical.read_x import read",
        },
    ],
    network_outside_feeds: [
        {"metaviewer/app/x.py": "from urllib.request import urlopen"},
        {"metaviewer/jail/x.py": "import http.client"},
        {"metaviewer/twin/alarms.py": "import socket"},
        {"metaviewer/twin/alarms.py": "from google.protobuf import message"},
    ],
    glsl_without_twin: [
        {"shaders/a.glsl": "float a() { return 1.0; }"},
        {
            "shaders/a.glsl": "// CPU twin: metaviewer/gone.py. Held together by tests/test_a.py.",
            "tests/test_a.py": "",
        },
        {
            "shaders/a.glsl": "// CPU twin: metaviewer/a.py. Held together by tests/test_gone.py.",
            "metaviewer/a.py": "",
        },
    ],
    shaders_without_test: [{"shaders/volume/march.frag": "#version 330", "tests/test_x.py": "vol"}],
    unsorted_all: [
        {"metaviewer/scene/__init__.py": "__all__ = ['b', 'a']"},
        {"metaviewer/scene/__init__.py": "__all__ = ['a', 'a']"},
    ],
    open_ends: [{"metaviewer/x.py": "# TO" + "DO: later"}, {"shaders/a.frag": "// FIX" + "ME"}],
    long_modules: [{"metaviewer/x.py": "pass\n" * (MODULE_LINES_MAX + 1)}],
    machine_paths: [
        {"docs/x.md": "see /ho" + "me/ada/scans"},
        {"metaviewer/x.py": "open('/tm" + "p/scan')"},
        {"constraints.txt": "--index-url https://py" + "pi.org/simple"},
    ],
}


@pytest.mark.parametrize("rule", SPECIMENS, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule):
    assert rule(project()) == []


@pytest.mark.parametrize(
    ("rule", "specimen"),
    [(rule, specimen) for rule, specimens in SPECIMENS.items() for specimen in specimens],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_rule_finds_what_breaks_it(rule, specimen):
    assert rule(specimen) != []


def test_good_names_and_doors_pass():
    """A rule that shouts at good code is switched off sooner or later."""
    good: Tree = {
        "metaviewer/medical/read_x.py": "import pydicom\nfrom metaviewer.medical import read_y",
        "metaviewer/medical/read_y.py": "import nibabel",
        "metaviewer/medical/smooth.py": "import trimesh\ndef data_id_of(item): ...",
        "metaviewer/jail/wire.py": "import socket",
        "metaviewer/twin/ingest_mqtt.py": "import paho.mqtt.client",
        "metaviewer/scene/__init__.py": "__all__ = ['Camera', 'apply']  # TO" + "DO(#12): more",
    }
    assert [fault for rule in SPECIMENS for fault in rule(good)] == []


def files_over(files: list[Path] | tuple[Path, ...], limit_bytes: int) -> list[str]:
    return [file.name for file in files if file.stat().st_size > limit_bytes]


def test_no_file_is_too_large_to_clone(tmp_path):
    big = tmp_path / "big.bin"
    big.write_bytes(b"12")
    assert files_over([big], 1) == ["big.bin"]
    assert files_over(tree_files(), FILE_BYTES_MAX) == []


# --- what an import costs -------------------------------------------------------------------------


def loaded_by(statements: list[str]) -> list[list[str]]:
    """Heavy packages and parsers that are loaded after each statement, in a process of its own."""
    watched = sorted(HEAVY | PARSERS | {"SimpleITK", "trimesh"})
    program = f"import sys\nwatched = {watched}\n" + "\n".join(
        f"{statement}\nprint(*[name for name in watched if name in sys.modules])"
        for statement in statements
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [line.split() for line in done.stdout.splitlines()]


def test_importing_a_room_below_render_loads_no_parser_no_vtk_and_no_panda3d():
    """One careless import at the top of a room costs every user of any room seconds and memory."""
    rooms = [name for name in ROOMS_WITHOUT_PANDA3D if room_exists(name)]
    loaded = loaded_by([f"import metaviewer{name}" for name in rooms])
    assert dict(zip(rooms, loaded, strict=True)) == {name: [] for name in rooms}


def room_exists(name: str) -> bool:
    place = ROOT / "metaviewer" / name.removeprefix(".")
    return place.is_dir() or place.with_suffix(".py").is_file()


def test_loading_a_heavy_package_is_noticed():
    assert loaded_by(["import panda3d.core"]) == [["panda3d"]]
