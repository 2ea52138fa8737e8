"""Which authoring tool made a package, told by the files that it leaves behind and by what it writes at their start.

Guarantees: a guess costs a handful of small reads whatever the package's size; what is not known is None, never a wrong
name: a marker is either a name that only this tool uses, or text that names the tool. Pure; imports siblings only.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from seattime.domain.packages.files import PackageFiles
from seattime.domain.packages.model import AuthoringTool

_HEAD = 8_192
"""Bytes; enough for the comments and meta elements in which tools sign their work."""


@dataclass(slots=True)
class Evidence:
    """What the rules look at. `manifest`: the manifest's text, or "". `pages`: the pages that are started."""

    files: PackageFiles
    root: str
    manifest: str
    pages: Sequence[str]
    _by_lower: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_lower = {n.removeprefix(self.root).lower(): n for n in self.files.names if n.startswith(self.root)}

    def has(self, *names: str) -> bool:
        """There is a file of one of these names (lower case, relative to the package's root)."""
        return any(name in self._by_lower for name in names)

    def has_under(self, folder: str) -> bool:
        """There is a file somewhere in this folder (lower case, with a slash at its end)."""
        return any(name.startswith(folder) for name in self._by_lower)

    def matching(self, pattern: str) -> str | None:
        """The first file whose name (lower case, relative to the root) matches as a whole."""
        compiled = re.compile(pattern)
        return next((name for name in self._by_lower if compiled.fullmatch(name)), None)

    def text(self, name: str | None, size: int = _HEAD) -> str:
        """The start of a file by its lower-case name; "" where there is none."""
        actual = None if name is None else self._by_lower.get(name)
        return "" if actual is None else self.files.head(actual, size).decode("utf-8", errors="replace")

    def page_texts(self) -> str:
        """The starts of the pages that are started and of the well-known ones beside them."""
        names = [p.removeprefix(self.root).lower() for p in self.pages[:3]]
        names += [n for n in ("index.html", "story.html", "index_lms.html", "res/index.html") if n not in names]
        return "\n".join(self.text(name) for name in names)


Rule = Callable[[Evidence], AuthoringTool | None]


def detect_tool(files: PackageFiles, root: str, manifest: str, pages: Sequence[str]) -> AuthoringTool | None:
    """The tool that made the package, or None. `pages`: names of the files that are started, without their queries."""
    evidence = Evidence(files, root, manifest, pages)
    return next((tool for rule in _RULES if (tool := rule(evidence)) is not None), None)


def _first(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.IGNORECASE)
    return match[1] if match else None


def _articulate_meta(evidence: Evidence) -> AuthoringTool | None:
    """`meta.xml` of Articulate's desktop tools: `<application name="Articulate Storyline" version="3.89.32618.0"/>`."""
    meta = evidence.text("meta.xml", 65_536)
    name = _first(r"<application\b[^>]*\bname=\"([\w .]+)\"", meta)
    if name is None or not name.lower().startswith("articulate"):
        return None
    return AuthoringTool(name, _first(r"<application\b[^>]*\bversion=\"([\w.]+)\"", meta))


def _rise(evidence: Evidence) -> AuthoringTool | None:
    for base in ("scormcontent/", ""):
        bundle = evidence.has(f"{base}lib/main.bundle.js") and evidence.has(f"{base}lib/icomoon.css", "tc-config.js")
        if bundle or evidence.has_under(f"{base}lib/rise/"):
            return AuthoringTool("Articulate Rise")
    if "articulate_rise" in evidence.manifest or "urn:articulate:rise" in evidence.manifest.lower():
        return AuthoringTool("Articulate Rise")
    return None


def _storyline(evidence: Evidence) -> AuthoringTool | None:
    edition = _first(r"created using storyline ([0-9]+)", evidence.page_texts())
    if edition is not None or evidence.has_under("story_content/"):
        return AuthoringTool("Articulate Storyline", edition)
    return None


def _presenter(evidence: Evidence) -> AuthoringTool | None:
    name = _first(
        r"created (?:using|with|by) (articulate (?:presenter|quizmaker|engage|studio))\b", evidence.page_texts()
    )
    if name is not None:
        return AuthoringTool(name.title())
    if evidence.has("presentation.html") and evidence.has_under("presentation_content/"):
        return AuthoringTool("Articulate Presenter")
    return None


def _captivate(evidence: Evidence) -> AuthoringTool | None:
    project = evidence.text("project.txt")
    if _first(r"\"generator\"\s*:\s*\"(captivate)\"", project):
        return AuthoringTool("Adobe Captivate", _first(r"\"generatorVersion\"\s*:\s*\"([0-9.]+)\"", project))
    # The Flash era left no project.txt; its style sheet and skins carry the name.
    signature = r"(generator[^>]*|(?:created|published) (?:using|with|by) )adobe captivate"
    if evidence.has("assets/js/cpm.js", "captivate.css") or _first(signature, evidence.page_texts()) is not None:
        return AuthoringTool("Adobe Captivate")
    return None


def _lectora(evidence: Evidence) -> AuthoringTool | None:
    signature = r"GENERATED BY:\s*(Lectora(?: Online| Inspire| Publisher)?)\s*v\.?\s*([0-9.]+)"
    for text in (evidence.manifest[:_HEAD], evidence.page_texts(), evidence.text("trivantis-strings.js")):
        match = re.search(signature, text, re.IGNORECASE)
        if match:
            return AuthoringTool(match[1], match[2].rstrip("."))
    return AuthoringTool("Lectora") if evidence.has("trivantis.js", "a001index.html") else None


def _ispring(evidence: Evidence) -> AuthoringTool | None:
    texts = evidence.page_texts()
    if not re.search(r"(created|generated|powered) (with|by|using) ispring|<meta[^>]+ispring", texts, re.IGNORECASE):
        return None
    return AuthoringTool("iSpring", _first(r"<!--\s*version ([0-9.]+)", texts))


def _adapt(evidence: Evidence) -> AuthoringTool | None:
    if not evidence.has("adapt/js/adapt.min.js", "adapt/js/build.min.js", "adapt/js/scripts.min.js"):
        return None
    version = _first(
        r"\"adapt_framework\",\s*\"version\":\s*\"([0-9.]+)", evidence.text("adapt/js/build.min.js", 65_536)
    )
    return AuthoringTool("Adapt", version)


def _camtasia(evidence: Evidence) -> AuthoringTool | None:
    config = evidence.text("scripts/config_xml.js", 65_536) or evidence.text(evidence.matching(r"[^/]*_config\.xml"))
    match = re.search(r"dc:source=\\?[\"']Camtasia[^,\"']*,([0-9.]+)", config)
    if match:
        return AuthoringTool("TechSmith Camtasia", match[1])
    named = re.search(r"Camtasia (?:Studio )?([0-9][0-9.]*)? ?Video Course", evidence.manifest)
    if named or evidence.matching(r"(.*/)?techsmith-smart-player[^/]*\.js"):
        return AuthoringTool("TechSmith Camtasia", named[1] if named else None)
    return None


def _active_presenter(evidence: Evidence) -> AuthoringTool | None:
    version = _first(r"content=\"ActivePresenter ([0-9.]+)", evidence.page_texts())
    if version is not None or evidence.matching(r"(.*/)?rlprez\.js"):
        return AuthoringTool("ActivePresenter", version)
    return None


def _h5p(evidence: Evidence) -> AuthoringTool | None:
    if evidence.has("h5p-adaptor.js"):
        return AuthoringTool("H5P (Lumi)")
    if evidence.has("h5p.json") or "H5PIntegration" in evidence.page_texts():
        return AuthoringTool("H5P")
    return None


def _exelearning(evidence: Evidence) -> AuthoringTool | None:
    signature = r"<meta[^>]+generator[^>]+?exelearning[^>0-9]*([0-9]+(?:\.[0-9]+)+)?"
    match = re.search(signature, evidence.page_texts(), re.IGNORECASE)
    if match or evidence.has("contentv3.xml"):
        return AuthoringTool("eXeLearning", match[1] if match else None)
    return None


def _xerte(evidence: Evidence) -> AuthoringTool | None:
    return AuthoringTool("Xerte") if evidence.has("xttoolkit.js", "common_html5/js/xenith.js") else None


def _rise_by_layout(evidence: Evidence) -> AuthoringTool | None:
    """Rise renames its scripts every year or two, but keeps the layout of the driver that it is wrapped in.

    Others who use that layout by hand keep the template's identifier.
    """
    layout = evidence.has("scormdriver/indexapi.html") and evidence.has("scormcontent/index.html")
    return AuthoringTool("Articulate Rise") if layout and "SCORMDriverTemplate" not in evidence.manifest else None


def _golf_example(evidence: Evidence) -> AuthoringTool | None:
    if "com.scorm.golfsamples" in evidence.manifest or "Provided by Rustici Software" in evidence.manifest[:_HEAD]:
        return AuthoringTool("Rustici golf example")
    return None


def _wrapper(evidence: Evidence) -> AuthoringTool | None:
    """No tool signed it, but a well-known piece of script does its talking; that is worth showing."""
    for name in ("scormdriver/scormdriver.js", "lms/scormdriver.js", "scormdriver.js"):
        head = evidence.text(name)
        if "Rustici Software" in head or "PREFERENCE_DEFAULT" in head:
            return AuthoringTool("Rustici SCORM Driver", _first(r"VERSION\s*=\s*[\"']([0-9.]+)", head))
    wrapper = evidence.matching(r"(.*/)?scorm_?api_?wrapper[^/]*\.js")
    if "pipwerks" in evidence.text(wrapper):
        return AuthoringTool("pipwerks SCORM wrapper")
    return None


# The order matters only where one tool embeds another's pieces: those who sign their work come first.
_RULES: tuple[Rule, ...] = (
    _articulate_meta, _lectora, _captivate, _ispring, _active_presenter, _camtasia, _adapt, _rise, _storyline,
    _presenter, _exelearning, _h5p, _xerte, _golf_example, _rise_by_layout, _wrapper,
)  # fmt: skip
