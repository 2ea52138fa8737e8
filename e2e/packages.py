"""The packages that the suite plays: our samples and fixtures, and every real package that can be found.

Real packages are read in place (design, section 8). What made them is told by file names, without the product's help.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "packages" / "build.py"
SHARED = ROOT.parent / "shared" / "packages"
CACHE = Path.home() / ".cache" / "seattime" / "real-packages"
VARIABLE = "SEATTIME_REAL_PACKAGES"


@dataclass(frozen=True)
class RealPackage:
    """A published package. `tool`: a word for the driver; `standard`: as far as its manifest's name tells."""

    path: Path
    tool: str
    standard: str

    @property
    def name(self) -> str:
        return self.path.stem


@cache
def build_module() -> ModuleType:
    """packages/build.py, which belongs to no Python package."""
    spec = importlib.util.spec_from_file_location("seattime_e2e_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def samples() -> list[Any]:
    """The entries of samples.json that are no fixtures."""
    return [sample for sample in build_module().samples() if not sample.fixture]


def build_all(folder: Path) -> dict[str, Path]:
    """Zips of all samples and fixtures, by name."""
    return {path.stem: path for path in build_module().build_all(folder, fixtures=True)}


def folders() -> list[Path]:
    """Where real packages may lie."""
    named = os.environ.get(VARIABLE)
    return [SHARED, CACHE, *([Path(part).expanduser() for part in named.split(os.pathsep)] if named else [])]


@cache
def real_packages() -> tuple[RealPackage, ...]:
    """Every zip that is there, each content once, in the order of names."""
    found: dict[str, RealPackage] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.zip")) if folder.is_dir() else []:
            key = hashlib.sha256(path.read_bytes()).hexdigest()
            found.setdefault(key, _describe(path))
    return tuple(sorted(found.values(), key=lambda each: each.name))


def _describe(path: Path) -> RealPackage:
    with zipfile.ZipFile(path) as archive:
        names = {name.lower() for name in archive.namelist()}
        return RealPackage(path, _tool(names), _standard(names))


def _standard(names: set[str]) -> str:
    ends = {name.rpartition("/")[2] for name in names}
    for manifest, standard in (("imsmanifest.xml", "scorm"), ("cmi5.xml", "cmi5"), ("tincan.xml", "xapi")):
        if manifest in ends:
            return standard
    return "html5"


MARKS = (
    ("story_content/", "storyline"),
    ("scormcontent/lib/", "rise"),
    ("lib/main.bundle.js", "rise"),
    ("assets/js/cpm.js", "captivate"),
    ("dr/loading.gif", "captivate"),
    ("captivate.css", "captivate"),
    ("trivantis.js", "lectora"),
    ("res/lms.js", "ispring"),
    ("adapt/js/", "adapt"),
    ("techsmith", "camtasia"),
    ("rlplayer.js", "activepresenter"),
    ("h5p-adaptor.js", "h5p"),
    ("common_i18n.js", "exelearning"),
    ("course_cmi5.js", "catapult"),
    ("shared/launchpage.html", "golf"),
)
"""Parts of file names that tell the tool; the first that fits counts."""


def _tool(names: set[str]) -> str:
    for mark, tool in MARKS:
        if any(mark in name for name in names):
            return tool
    return "other"
