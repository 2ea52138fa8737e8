"""Reads names of modules, one a line: files that a page loads one after the other, each without what came before (`web/module_bundle.py`).

Prints as JSON what the server sends of each: `[plain bytes, packed bytes, modules]`, in order.
"""

from __future__ import annotations

import json
import sys

from seattime.web.adapter_files import adapter_folder
from seattime.web.module_bundle import Bundle, read_module
from seattime.web.module_text import as_served, without_comments


def main() -> None:
    before: tuple[Bundle, ...] = ()
    sizes: list[list[int]] = []
    for name in sys.stdin.read().splitlines():
        bundle = Bundle(name, before, lambda wanted: read_module(adapter_folder(), wanted))
        text = as_served(without_comments(bundle.text()))
        sizes.append([len(text.plain), len(text.packed), len(bundle.modules)])
        before = (*before, bundle)
    print(json.dumps(sizes))


main()
