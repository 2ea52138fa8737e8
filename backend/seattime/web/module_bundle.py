"""Several JavaScript modules as one file: what a page needs comes in one answer instead of sixty.

There is no build step: a page's first script is put together when it is first asked for. Guarantees: each module keeps a scope
of its own, and its code is that of the file but for its `import` and `export` (a test compares them by a parser); each is there
once in a page, also where another file is loaded later (`of`); what this does not understand is refused, not guessed. The forms
that it knows are those that our modules have: named imports and exports at the beginning of a line. Does no I/O but reading the
files. Imports nothing of ours.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

IMPORT = re.compile(r'^import (?:\{([^{}]*)\} from )?"(\.[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) ([\w$]+))", re.MULTILINE)
UNKNOWN = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
OWN_ADDRESS = "import.meta.url"
SHARED = "modules$"
"""What a file exports of its modules for those that are loaded later."""


class CannotBundle(ValueError):
    """A module has a form that is not known here; the message says which and where."""


@dataclass(frozen=True, slots=True)
class Module:
    """A source as read. `imports`: of each, the text between the braces and the module's name; `later`: what it may load while it runs."""

    name: str
    body: str
    imports: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]
    later: tuple[str, ...]


@dataclass(frozen=True)
class Bundle:
    """One file: `entry` with everything that it imports but what `before` have already, the files by which a page comes here."""

    entry: str
    before: tuple[Bundle, ...]
    read: Callable[[str], Module]

    @property
    def key(self) -> str:
        """Its address below the folder of the modules."""
        return self.entry + "?of=" + ",".join(bundle.entry for bundle in self.before) if self.before else self.entry

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """In the order of their dependencies, the entry last. Raises CannotBundle where they import each other in a circle."""
        there = {module.name for bundle in self.before for module in bundle.modules}
        ordered: dict[str, Module] = {}

        def take(name: str, above: tuple[str, ...]) -> None:
            if name in above:
                raise CannotBundle(f"{name} imports itself by way of {above[-1]}.")
            if name in there or name in ordered:
                return
            module = self.read(name)
            for _, imported in module.imports:
                take(imported, (*above, name))
            ordered[name] = module

        take(self.entry, ())
        return tuple(ordered.values())

    def followers(self) -> Iterator[Bundle]:
        """The files that may be loaded while this one runs, and those that may be loaded after them."""
        for module in self.modules:
            for name in module.later:
                follower = Bundle(name, (*self.before, self), self.read)
                yield follower
                yield from follower.followers()

    def text(self) -> str:
        """The program."""
        parts = [self._import_from(bundle) for bundle in self.before]
        parts += [self._scope(module) for module in self.modules]
        names = ", ".join(variable(module.name) for module in self.modules)
        parts.append(f"export const {SHARED} = {{ {names} }};")
        *_, entry = self.modules
        if entry.exports:
            parts.append(f"export const {{ {', '.join(entry.exports)} }} = {variable(entry.name)};")
        return "\n".join(part for part in parts if part) + "\n"

    def _import_from(self, bundle: Bundle) -> str:
        wanted = {imported for module in self.modules for _, imported in module.imports}
        names = [variable(module.name) for module in bundle.modules if module.name in wanted]
        if not names:
            return ""
        place = f"{SHARED}{len(bundle.before)}"
        address = self._from_here(bundle.key)
        return f'import {{ {SHARED} as {place} }} from "{address}";\nconst {{ {", ".join(names)} }} = {place};'

    def _scope(self, module: Module) -> str:
        lines = [f"const {variable(module.name)} = (() => {{"]
        lines += [f"const {{{names.replace(' as ', ': ')}}} = {variable(imported)};" for names, imported in module.imports if names]
        lines.append(LATER.sub(lambda found: f'import("{self._later(module, found[1])}")', self._with_address(module)))
        lines.append(f"return {{ {', '.join(module.exports)} }};\n}})();")
        return "\n".join(lines)

    def _later(self, module: Module, address: str) -> str:
        return self._from_here(Bundle(resolved(module.name, address), (*self.before, self), self.read).key)

    def _with_address(self, module: Module) -> str:
        """A module that asks for its own address is told that of its file; the entry, which stands there, the one that it was loaded by."""
        if module.name == self.entry:
            return module.body
        return module.body.replace(OWN_ADDRESS, f'new URL("{self._from_here(module.name)}", {OWN_ADDRESS}).href')

    def _from_here(self, key: str) -> str:
        name, question, rest = key.partition("?")
        path = posixpath.relpath(name, posixpath.dirname(self.entry) or ".")
        return (path if path.startswith(".") else f"./{path}") + question + rest


def variable(name: str) -> str:
    """What a module is called among the others: `delivery/live-session.js` is `delivery$live_session`. No name of ours has a `$`."""
    folder, _, file = name.removesuffix(".js").rpartition("/")
    return "$".join(re.sub(r"\W", "_", part) for part in (folder, file))


def resolved(importer: str, address: str) -> str:
    """The name of the module that `importer` means."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), address))


def read_module(folder: Path, name: str) -> Module:
    """Raises CannotBundle, or OSError where there is no such file."""
    source = (folder / name).read_text(encoding="utf-8")
    imports = tuple((found[1] or "", resolved(name, found[2])) for found in IMPORT.finditer(source))
    exports = tuple(found[1] for found in EXPORT.finditer(source))
    body = EXPORT.sub("", IMPORT.sub("", source))
    unknown = UNKNOWN.search(LATER.sub("", body))
    if unknown:
        raise CannotBundle(f"{name}: {unknown[0]!r} is no form of import or export that can be put together.")
    return Module(name, body.strip(), imports, exports, tuple(resolved(name, found[1]) for found in LATER.finditer(without_types(source))))


def without_types(source: str) -> str:
    """Without the comments that name types by `import("./x.js")`."""
    return re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)


def bundles(folder: Path, entries: tuple[str, ...]) -> dict[str, Bundle]:
    """All files that the pages of these entries load, by key. Raises CannotBundle, or OSError."""
    known: dict[str, Module] = {}

    def read(name: str) -> Module:
        if name not in known:
            known[name] = read_module(folder, name)
        return known[name]

    first = [Bundle(entry, (), read) for entry in entries]
    return {bundle.key: bundle for one in first for bundle in (one, *one.followers())}
