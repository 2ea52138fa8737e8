"""Modules put together in one file: the same programs, each once, and nothing guessed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from seattime.web import adapter_files
from seattime.web.module_bundle import CannotBundle, bundles, variable
from seattime.web.module_text import without_comments
from tests.web.conftest import PUBLIC, World

SAME_BUNDLE = Path(__file__).with_name("same_bundle.mjs")


def wrongs(folder: Path, texts: dict[str, str]) -> dict[str, list[str]]:
    """What a parser that is not the one that made them finds wrong with these files, by key."""
    asked = {"folder": str(folder), "bundles": [{"key": key, "text": text} for key, text in texts.items()]}
    done = subprocess.run(["node", SAME_BUNDLE], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def write(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def run(folder: Path, entry: str) -> str:
    """Puts together everything that begins with the entry, and runs it; what it printed."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    (out / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for key, bundle in bundles(folder, (entry,)).items():
        # node takes the address without what stands behind the question mark, and keeps modules apart by the whole of it
        (out / key.partition("?")[0]).write_text(without_comments(bundle.text()), encoding="utf-8")
    return subprocess.run(["node", out / entry], capture_output=True, text=True, check=True, timeout=60).stdout


def test_every_file_of_ours_is_the_modules_that_it_is_made_of() -> None:
    folder = adapter_files.adapter_folder()
    made = bundles(folder, adapter_files.ENTRIES)
    texts = {key: without_comments(bundle.text()) for key, bundle in made.items()}

    assert "adapter/dialect-scorm2004.js?of=player/player-page.js" in made
    assert "host/as-api.js?of=host/host.js,host/host-page.js" in made
    assert len(made["player/player-page.js"].modules) > 50
    assert wrongs(folder, texts) == {key: [] for key in texts}


def test_a_page_gets_the_tables_of_its_standard_only() -> None:
    made = bundles(adapter_files.adapter_folder(), adapter_files.ENTRIES)

    def tables(key: str) -> set[str]:
        return {module.name for module in made[key].modules if module.name.endswith("-table.js")}

    assert tables("player/player-page.js") == {"adapter/data-model-table.js"}
    assert tables("adapter/dialect-scorm12.js?of=player/player-page.js") == {"adapter/scorm12-table.js"}
    assert tables("adapter/dialect-scorm2004.js?of=player/player-page.js") == {"adapter/scorm2004-table.js"}


def test_the_comparison_sees_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, a='import { b } from "./b.js";\nexport const a = b + 1;\n', b="export const b = 2;\n")
    text = bundles(tmp_path, ("a.js",))["a.js"].text()

    def found(changed: str) -> list[str]:
        return wrongs(tmp_path, {"a.js": changed})["a.js"]

    assert found(text) == []
    assert found(text.replace("b + 1", "b + 2")) == ["a.js is another program"]
    assert found(text.replace("{ b }", "{ c: b }", 1)) != []
    assert found(text.replace("const $b = (() =>", "const $c = (() =>")) != []


def test_a_module_is_there_once_also_for_what_is_loaded_later(tmp_path: Path) -> None:
    write(
        tmp_path,
        page='import { count } from "./shared.js";\nconsole.log("page", count());\n'
        'void import("./later.js").then(({ more }) => console.log("later", more()));\n',
        later='import { count as next } from "./shared.js";\nimport { two } from "./own.js";\nexport const more = () => next() * two;\n',
        own="export const two = 2;\n",
        shared="let seen = 0;\nexport function count() {\n  seen += 1;\n  return seen;\n}\n",
    )

    assert run(tmp_path, "page.js") == "page 1\nlater 4\n"
    assert list(bundles(tmp_path, ("page.js",))) == ["page.js", "later.js?of=page.js"]


def test_names_of_one_module_are_not_those_of_another(tmp_path: Path) -> None:
    write(
        tmp_path,
        page='import { a } from "./a.js";\nimport { b as other } from "./b.js";\nconst b = 1;\nconsole.log(a(), other(), b);\n',
        a='const hidden = "of a";\nexport function a() {\n  return hidden;\n}\n',
        b='const hidden = "of b";\nexport async function unused() {}\nexport class B {}\nexport function b() {\n  return hidden;\n}\n',
    )

    assert run(tmp_path, "page.js") == "of a of b 1\n"


def test_a_module_is_told_its_own_address_and_the_first_one_the_address_it_was_loaded_by(tmp_path: Path) -> None:
    write(
        tmp_path,
        page='import { at } from "./at.js";\nconsole.log(at.split("/").pop(), import.meta.url.split("/").pop());\n',
        at="export const at = import.meta.url;\n",
    )

    assert run(tmp_path, "page.js") == "at.js page.js\n"


@pytest.mark.parametrize(
    "line",
    [
        'import a from "./b.js";',
        'import * as a from "./b.js";',
        'import { a } from "somewhere";',
        "export default 1;",
        "export let a = 1;",
        "export { a };",
        'export * from "./b.js";',
    ],
)
def test_a_form_that_is_not_known_is_refused_by_name(tmp_path: Path, line: str) -> None:
    write(tmp_path, a=f"const a = 1;\n{line}\n", b="export const a = 1;\n")

    with pytest.raises(CannotBundle, match=r"a\.js: '(import|export) "):
        bundles(tmp_path, ("a.js",))


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a='import { b } from "./b.js";\nexport const a = 1;\n', b='import { a } from "./a.js";\nexport const b = 1;\n')

    with pytest.raises(CannotBundle, match=r"a\.js imports itself by way of b\.js"):
        bundles(tmp_path, ("a.js",))


def test_a_variable_says_which_module_it_is() -> None:
    assert variable("delivery/live-session.js") == "delivery$live_session"


def test_the_page_gets_one_file_and_is_told_of_the_next(world: World) -> None:
    page = world.play.get(f"/player/{world.key}/?link={world.link()}", base_url=world.origin).get_data(as_text=True)
    script = world.play.get(f"{adapter_files.static_url()}/player/player-page.js", base_url=world.origin)
    [preload] = adapter_files.preloads("scorm12")

    assert f'<link rel="modulepreload" href="{preload}">' in page
    assert "delivery$live_session=" in script.get_data(as_text=True)
    assert 'from"' not in script.get_data(as_text=True), "it asks for nothing more before it runs"
    assert "scorm12_table" in world.play.get(preload, base_url=world.origin).get_data(as_text=True)
    assert adapter_files.preloads("xapi") == []


def test_a_file_that_no_page_asks_for_is_not_made(world: World) -> None:
    assert world.public.get(f"{adapter_files.ROOT}/adapter/runtime.js?of=player/player-page.js", base_url=PUBLIC).status_code == 404


def test_a_module_by_itself_is_still_there(world: World) -> None:
    answer = world.public.get(f"{adapter_files.ROOT}/adapter/create-adapter.js", base_url=PUBLIC)

    assert 'from"./' in answer.get_data(as_text=True)
