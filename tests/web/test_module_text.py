"""The modules as they are served: the same programs, smaller."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

from seattime.web.adapter_files import adapter_folder
from seattime.web.module_text import module_text, without_comments

SAME_PROGRAM = Path(__file__).with_name("same_program.mjs")


def differing(pairs: list[dict[str, str]]) -> list[str]:
    """The names of those whose `source` and `served` are not the same program, by a parser that is not the one that made them."""
    done = subprocess.run(["node", SAME_PROGRAM], input=json.dumps(pairs), capture_output=True, text=True, check=True, timeout=60)
    names: list[str] = json.loads(done.stdout)
    return names


def test_every_module_is_served_as_the_same_program() -> None:
    folder = adapter_folder()
    modules = sorted(folder.rglob("*.js"))
    pairs = [
        {
            "name": str(path.relative_to(folder)),
            "source": path.read_text("utf-8"),
            "served": module_text(path, readable=False).plain.decode(),
        }
        for path in modules
    ]

    assert len(pairs) > 50
    assert differing(pairs) == []


# What a remover of comments gets wrong where it does not know the language.
TRICKS = {
    "a template with marks of comments": "export const a = `http://x /* no */ ${1 + /* yes */ 2} // no`;",
    "an expression after a bracket": "export const a = (b) => b.split(/[/*\"'`]\\/\\//g);",
    "an expression after return": "export function a(b) {\n  return /\\/\\*/.test(b); // here\n}",
    "two divisions": "export const a = (b, c) => b / c / 2; /* c / d */",
    "lines without semicolons": "let a = 1\nlet b = a\n++b\nexport { a, b }",
    "signs that must not grow together": "export const a = (b, c) => b - -c + +b;",
    "private fields": "export class A {\n  /** a */\n  #b = 1;\n  get b() {\n    return this.#b;\n  }\n}",
    "strings with quotes": 'export const a = "it\'s // no" + \'say "/* no */"\';',
}


@pytest.mark.parametrize("name", TRICKS)
def test_what_looks_like_a_comment_stays(name: str) -> None:
    assert differing([{"name": name, "source": TRICKS[name], "served": without_comments(TRICKS[name])}]) == []


def test_the_comparison_sees_a_difference() -> None:
    assert differing([{"name": "a", "source": "f(`a  b`);", "served": "f(`a b`);"}]) == ["a"]


def test_comments_go_and_names_stay() -> None:
    served = without_comments("/** Says why. */\nexport function readable(name) {\n  // here\n  return name;\n}\n")

    assert "Says" not in served
    assert "here" not in served
    assert "function readable(name)" in served


def test_a_module_is_packed_once_and_anew_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("export const a = 1; // one\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    first = module_text(path, readable=False)

    assert module_text(path, readable=False) is first
    assert gzip.decompress(first.packed) == first.plain
    assert module_text(path, readable=True).plain == b"export const a = 1; // one\n"
    path.write_text("export const a = 2; // two\n", encoding="utf-8")
    os.utime(path, ns=(2, 2))
    assert module_text(path, readable=False).plain == b"export const a=2;\n"
