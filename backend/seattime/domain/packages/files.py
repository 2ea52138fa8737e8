"""The files of a package as the recognizer sees them: names, the first bytes of some, and what a manifest's href means.

Guarantees: `FileIndex.resolve` never raises and never yields a path outside the package. Pure: whoever calls hands in
an object that reads; nothing is opened here. Imports nothing of ours.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
# Everything that may stand unescaped in the path of a URL (RFC 3986, pchar) but `%`, which is data in a file's name.
_PATH_SAFE = "/!$&'()*+,;=:@~"
_QUERY_SAFE = _PATH_SAFE + "?%"


class PackageFiles(Protocol):
    """What the recognizer needs of an unpacked package."""

    @property
    def names(self) -> Sequence[str]:
        """Every file, relative to the package, with forward slashes."""

    def head(self, name: str, size: int) -> bytes:
        """At most `size` bytes from the start of the file `name`, which is one of `names`."""


@dataclass(slots=True)
class Warnings:
    """Collects sentences for the person who imports: each once, and not thousands."""

    limit: int = 50
    _sentences: dict[str, None] = field(default_factory=dict)
    _left_out: int = 0

    def add(self, sentence: str) -> None:
        """Note one sentence."""
        if sentence in self._sentences:
            return
        if len(self._sentences) < self.limit:
            self._sentences[sentence] = None
        else:
            self._left_out += 1

    def sentences(self) -> tuple[str, ...]:
        """What was noted, in its order."""
        rest = (f"{self._left_out} further warnings are not shown.",) if self._left_out else ()
        return (*self._sentences, *rest)


@dataclass(frozen=True, slots=True)
class Target:
    """What an href means. `url`: relative to the package and percent-encoded, or absolute where `external`.

    `file`: the file it names; None if it is external or missing. `remark`: a phrase on what had to be mended, or on why
    nothing was found; None where the href is right as it stands.
    """

    url: str | None
    file: str | None
    external: bool = False
    remark: str | None = None


def fold(name: str) -> str:
    """The form in which two names are the same name on a Windows or Mac disk: no case, one Unicode normal form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class FileIndex:
    """Finds a package's files by the hrefs that sloppy manifests contain."""

    def __init__(self, names: Iterable[str], root: str = "") -> None:
        """`root`: the folder that an href with a slash at its start means, with a slash at its end, or ""."""
        self._root = root
        self._names = frozenset(names)
        self._by_folded = {fold(name): name for name in self._names}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def find(self, name: str) -> str | None:
        """The file of this name, or the one that differs from it in case or normal form only; None if there is none."""
        return name if name in self._names else self._by_folded.get(fold(name))

    def resolve(self, base: str, href: str) -> Target:
        """What `href` means where `base` is the `xml:base` in force, itself relative to the package, or absolute."""
        href = href.strip()
        if not href:
            return Target(None, None, remark="is empty")
        slashed = href.replace("\\", "/")
        if slashed.startswith("//") or _SCHEME.match(slashed):
            return _outside(slashed)
        if base.startswith("//") or _SCHEME.match(base):
            return _outside(base.rstrip("/") + "/" + slashed.lstrip("/"))
        mended = "has backslashes" if "\\" in href else None
        if slashed.startswith("/"):
            base, mended = self._root, "starts with a slash"
        for path, suffix in _readings(slashed):
            full = _normalize(base.replace("\\", "/"), path)
            if full is None:
                return Target(None, None, remark="points outside the package")
            found = self.find(full)
            if found is not None:
                remark = mended if found == full else f"differs in case from {found}"
                return Target(quote(found, safe=_PATH_SAFE) + suffix, found, remark=remark)
        return Target(None, None, remark="is not in the package")


def _readings(href: str) -> Iterable[tuple[str, str]]:
    """The ways to read an href as (path, what follows it), the proper one first, then files with `%`, `?` or `#` in
    their names that somebody forgot to encode."""
    path, mark, rest = _split_off(href)
    suffix = mark + quote(rest, safe=_QUERY_SAFE + "#")
    yield unquote(path), suffix
    yield path, suffix
    yield href, ""
    yield unquote(href), ""


def _split_off(href: str) -> tuple[str, str, str]:
    for position, character in enumerate(href):
        if character in "?#":
            return href[:position], character, href[position + 1 :]
    return href, "", ""


def _normalize(base: str, path: str) -> str | None:
    parts: list[str] = []
    for part in f"{base}/{path}".split("/") if base else path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _outside(url: str) -> Target:
    if url.startswith("//"):
        url = f"https:{url}"
    if url.lower().startswith(("http://", "https://")):
        return Target(url, None, external=True)
    return Target(None, None, remark="is neither a file of the package nor a web address")
