"""The run-time standards that an activity can be played under.

Pure: imports nothing of ours. The same four names are used in the browser (`static/scorm_api/types.d.ts`), in the
database and in `tests/data/durations.json`.
"""

from enum import StrEnum


class Standard(StrEnum):
    """Which API the content speaks. `NONE`: it has no API (HTML5), or speaks over HTTP (xAPI, cmi5)."""

    SCORM11 = "scorm11"
    SCORM12 = "scorm12"
    SCORM2004 = "scorm2004"
    NONE = "none"
