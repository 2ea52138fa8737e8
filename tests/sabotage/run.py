"""Takes away one rule at a time and expects its test to turn red: `make sabotage`.

Every entry of the JSON files beside this one names a rule of the design, one line of code, what to put in its place, and the
test that must fail then. The work is done on a copy of the tree; the checkout is never touched.

    python -m tests.sabotage.run            all
    python -m tests.sabotage.run ledger     only entries with this word in rule, file or test
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
WITHIN_S = 300
COPIES = 2


@dataclass(frozen=True)
class Sabotage:
    """One rule, and how to break it."""

    rule: str
    file: str
    find: str
    replace: str
    test: str


def entries() -> list[Sabotage]:
    """Every entry, in order of rules."""
    found = [
        Sabotage(**entry) for path in sorted(HERE.glob("*.json")) for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
    return sorted(found, key=lambda entry: (entry.rule, entry.file))


def copy_tree(target: Path) -> Path:
    """What git knows of the tree, with the environment linked in."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    for name in (".venv", "node_modules"):
        (target / name).symlink_to(ROOT / name)
    return target


def turns_red(tree: Path, entry: Sabotage) -> tuple[bool, str]:
    """Whether the test fails once the line is gone. The test must be green before, or red would mean nothing."""
    file = tree / entry.file
    original = file.read_text(encoding="utf-8")
    if original.count(entry.find) != 1:
        return False, f"the line stands {original.count(entry.find)} times in {entry.file}"
    if not _passes(tree, entry.test):
        return False, "the test fails without any sabotage"
    file.write_text(original.replace(entry.find, entry.replace), encoding="utf-8")
    try:
        return (False, "the test stays green") if _passes(tree, entry.test) else (True, "red, as it should be")
    finally:
        file.write_text(original, encoding="utf-8")


def _passes(tree: Path, test: str) -> bool:
    words = shlex.split(test)
    if words[0] == "pytest":
        words = [str(tree / ".venv/bin/python"), "-m", *words, "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(tree / "backend"), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        words, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        process.communicate(timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        # what the test itself had started, too: a rule that is taken away may leave an endless loop
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return False
    return process.returncode == 0


def main(wanted: str = "") -> int:
    chosen = [entry for entry in entries() if wanted in f"{entry.rule} {entry.file} {entry.test}"]
    with tempfile.TemporaryDirectory(prefix="seattime-sabotage-") as folder, ThreadPoolExecutor(COPIES) as pool:
        trees = [copy_tree(Path(folder) / str(number)) for number in range(COPIES)]
        shares = [chosen[number::COPIES] for number in range(COPIES)]
        done = pool.map(lambda pair: [(entry, *turns_red(pair[0], entry)) for entry in pair[1]], zip(trees, shares, strict=True))
        results = [result for share in done for result in share]
    green = 0
    for entry, red, why in sorted(results, key=lambda result: (result[0].rule, result[0].file)):
        green += not red
        print(f"{'ok    ' if red else 'FAILED'} {entry.rule} | {entry.file} | {why}")
    print(f"{len(results) - green} passed, {green} failed")
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
