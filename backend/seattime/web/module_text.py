"""What the browser gets of a JavaScript module: the same program without comments and indentation, packed beforehand.

There is no build step: this is done when a file is first asked for and kept until the file changes. Guarantees: what is served
parses to the same program as the source (a test compares the two, module by module; a linter forbids the one thing that rjsmin
does not know, a template in a template); names stay, so errors can be read. Does no I/O but reading the file. Imports nothing of ours.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import rjsmin

GZIP_LEVEL = 9


@dataclass(frozen=True, slots=True)
class ModuleText:
    """`digest`: of `plain`, for an ETag."""

    plain: bytes
    packed: bytes
    digest: str


def module_text(path: Path, *, readable: bool) -> ModuleText:
    """The file at `path` as it is served; `readable`: as it is written. Raises OSError where it cannot be read."""
    stat = path.stat()
    return _made(path, stat.st_mtime_ns, stat.st_size, readable)


@lru_cache(maxsize=512)
def _made(path: Path, _mtime_ns: int, _size: int, readable: bool) -> ModuleText:
    """Kept for as long as the file has this time and size."""
    source = path.read_text(encoding="utf-8")
    return as_served(source if readable else without_comments(source))


def as_served(program: str) -> ModuleText:
    """The program, packed."""
    plain = program.encode()
    # no time in the header: the same program gives the same bytes on every node
    return ModuleText(plain, gzip.compress(plain, GZIP_LEVEL, mtime=0), hashlib.sha256(plain).hexdigest()[:16])


def without_comments(source: str) -> str:
    """Without comments and needless white space; line breaks stay where one could end a statement."""
    return str(rjsmin.jsmin(source)) + "\n"
