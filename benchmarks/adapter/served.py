"""Reads paths of modules, one a line, and prints as JSON how many bytes the server sends of each: `[plain, packed]`, in order."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from seattime.web.module_text import module_text

texts = [module_text(Path(line), readable=False) for line in sys.stdin.read().splitlines()]
print(json.dumps([[len(text.plain), len(text.packed)] for text in texts]))
