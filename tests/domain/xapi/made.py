"""Statements for tests, each a fresh copy."""

from __future__ import annotations

import copy
from typing import Any

AGENT = {"objectType": "Agent", "mbox": "mailto:ana@example.org", "name": "Ana"}
GROUP = {"objectType": "Group", "member": [{"mbox": "mailto:b@example.org"}, {"mbox": "mailto:a@example.org"}]}
REF = {"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}
PLAIN: dict[str, Any] = {"actor": AGENT, "verb": {"id": "http://example.org/did"}, "object": {"id": "http://example.org/a"}}
SUB: dict[str, Any] = {"objectType": "SubStatement", **PLAIN}
ATTACHMENT: dict[str, Any] = {
    "usageType": "http://example.org/usage",
    "display": {"en": "A picture"},
    "contentType": "image/png",
    "length": 3,
    "sha2": "a" * 64,
    "fileUrl": "http://example.org/picture.png",
}


def made(**changes: Any) -> dict[str, Any]:
    """A plain statement with these properties; a name with `__` leads into an object."""
    statement: dict[str, Any] = copy.deepcopy(PLAIN)
    for path, value in changes.items():
        *way, last = path.split("__")
        at = statement
        for step in way:
            at = at.setdefault(step, {})
        at[last] = copy.deepcopy(value)
    return statement
