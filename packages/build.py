"""Zips the sample packages.

The sources lie unpacked beside this file, one folder for each package, described in ``samples.json``. A package is its
folder plus the files of ``common/`` that it names, put where it wants them. The zips are build products: they are
written to a folder of the caller's choice and are the same bytes every time (names in order, one fixed date), so that
a changed zip means a changed source.

Uses the standard library only and imports nothing of ``seattime``: ``make run`` calls it before anything else exists.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

# The earliest date that a zip can hold (APPNOTE 4.4.6): any fixed one would do.
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


class UnknownSampleError(KeyError):
    """No sample of this name is described in samples.json."""


@dataclass(frozen=True)
class Sample:
    """One sample package as ``samples.json`` describes it; ``facts`` holds its whole entry."""

    name: str
    folder: Path
    course_id: str
    kind: str
    fixture: bool
    common_into: str
    common_files: tuple[str, ...]
    facts: dict[str, Any]


def samples() -> list[Sample]:
    """Every sample, in the order of ``samples.json``, test fixtures included."""
    entries: list[dict[str, Any]] = json.loads((HERE / "samples.json").read_text(encoding="utf-8"))["samples"]
    return [
        Sample(
            name=entry["name"],
            folder=HERE / entry["folder"],
            course_id=entry["courseId"],
            kind=entry["kind"],
            fixture=entry["fixture"],
            common_into=entry["common"]["into"],
            common_files=tuple(entry["common"]["files"]),
            facts=entry,
        )
        for entry in entries
    ]


def contents(sample: Sample) -> dict[str, Path]:
    """What goes into the package: the name inside the zip (with ``/``) and the file that it comes from."""
    files = {path.relative_to(sample.folder).as_posix(): path for path in sample.folder.rglob("*") if path.is_file()}
    for name in sample.common_files:
        files[f"{sample.common_into}/{name}"] = HERE / "common" / name
    return dict(sorted(files.items()))


def build(name: str, target_dir: Path) -> Path:
    """Write ``<target_dir>/<name>.zip`` and return its path.

    Raises UnknownSampleError where ``samples.json`` has no such name.
    """
    for sample in samples():
        if sample.name == name:
            return _write(sample, target_dir)
    raise UnknownSampleError(name)


def build_all(target_dir: Path, *, fixtures: bool = False) -> list[Path]:
    """Write every sample package, and the test fixtures too where asked; the paths in the order of ``samples.json``."""
    return [_write(sample, target_dir) for sample in samples() if fixtures or not sample.fixture]


def _write(sample: Sample, target_dir: Path) -> Path:
    target_dir.mkdir(parents=True, exist_ok=True)
    target = target_dir / f"{sample.name}.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, path in contents(sample).items():
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Unix, rw-r--r--, whatever system and umask this runs under.
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes())
    return target


def main() -> None:
    """The command line: ``python packages/build.py TARGET_DIR [NAME ...] [--fixtures]``."""
    parser = argparse.ArgumentParser(description="Zip SeatTime's sample packages.")
    parser.add_argument("target_dir", type=Path, help="folder that receives the zips")
    parser.add_argument("name", nargs="*", help="which samples; all where none is named")
    parser.add_argument("--fixtures", action="store_true", help="the test fixtures too")
    arguments = parser.parse_args()
    target_dir: Path = arguments.target_dir
    paths = [build(name, target_dir) for name in arguments.name] if arguments.name else build_all(target_dir, fixtures=arguments.fixtures)
    for path in paths:
        print(path)


if __name__ == "__main__":
    main()
