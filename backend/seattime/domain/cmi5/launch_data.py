"""What an AU is told: its ids, the launch parameters' address, the LMS.LaunchData document (cmi5 8.1, 10).

The LMS names the AU, its blocks and the course anew (8.1.5, 9.4): the same for everybody who takes the course and for all its versions,
and never as the course structure does. The names lead nowhere, so that they outlive the address of the server.
"""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from seattime.domain.cmi5 import words
from seattime.domain.packages.model import Item

_NAMES: Final = uuid.UUID("1f0c3d5a-6f7e-5f60-9c1b-6f2d0a4c7e11")
"""Where our names come from: any UUID that nobody else uses."""


def made_id(course_key: str, kind: str, publisher_id: str) -> str:
    """An IRI of ours for a part of a course. `kind`: `au`, `block`, `course`; `publisher_id`: its id in the course structure."""
    return uuid.uuid5(_NAMES, f"{course_key}\n{kind}\n{publisher_id}").urn


def with_query(href: str, parameters: dict[str, str]) -> str:
    """The address with the launch parameters in its query, whatever query it had before (8.1, 13.1.4)."""
    before, mark, fragment = href.partition("#")
    joined = "&" if urlsplit(before).query else "" if before.endswith("?") else "?"
    return f"{before}{joined}{urlencode(parameters, quote_via=quote)}{mark}{fragment}"


def context_template(session_id: str, registration_id: str, publisher_id: str) -> dict[str, Any]:
    """10.2.1: the session, and the AU as its publisher calls it (9.6.2.3)."""
    return {
        "registration": registration_id,
        "contextActivities": {"grouping": [{"objectType": "Activity", "id": publisher_id}]},
        "extensions": {words.SESSION_ID: session_id},
    }


def launch_data(item: Item, template: dict[str, Any], mode: str, return_url: str) -> dict[str, Any]:
    """The document (10.2). `mode`: as in a launch of ours; `return_url`: where the AU goes when it is left (10.2.6)."""
    data: dict[str, Any] = {
        "contextTemplate": template,
        "launchMode": words.MODES[mode],
        "launchMethod": item.launch_method or "AnyWindow",
        "moveOn": item.move_on or "NotApplicable",
        "returnURL": return_url,
    }
    if item.launch_parameters:
        data["launchParameters"] = item.launch_parameters
    if item.mastery_score is not None:
        data["masteryScore"] = item.mastery_score
    if item.entitlement_key:
        data["entitlementKey"] = {"courseStructure": item.entitlement_key}
    return data
