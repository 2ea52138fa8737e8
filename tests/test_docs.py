"""The documentation says what there is: every setting, every command, every address that is not a page."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

from seattime.cli import main
from seattime.config import Settings

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [item.name for item in fields(Settings)])
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `SEATTIME_{name.upper()}` |" in CONFIGURATION


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `SEATTIME_([A-Z_]+)` \|", CONFIGURATION, re.MULTILINE))

    assert documented == {item.name.upper() for item in fields(Settings)}


def _commands(group: click.Group, prefix: str = "seattime") -> list[str]:
    found = []
    for name, command in group.commands.items():
        here = f"{prefix} {name}"
        found += _commands(command, here) if isinstance(command, click.Group) else [here]
    return found


@pytest.mark.parametrize("command", _commands(main))
def test_every_command_is_documented(command: str) -> None:
    assert f"| `{command}" in CONFIGURATION


def test_every_runtime_address_is_in_the_protocol(sqlite_app: Flask) -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    rules = [rule.rule for rule in sqlite_app.url_map.iter_rules() if rule.endpoint.startswith("runtime.")]

    assert rules
    assert [rule for rule in rules if rule not in text] == []


def test_every_health_address_is_in_operations(sqlite_app: Flask) -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rules = [rule.rule for rule in sqlite_app.url_map.iter_rules() if rule.endpoint.startswith("health.")]

    assert rules
    assert [rule for rule in rules if rule not in text] == []


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md"], ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_guarantee_names_a_test_that_exists() -> None:
    text = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
    named = re.findall(r"`((?:tests|e2e)/[\w/.-]+)(?:::(\w+))?`", "\n".join(rows))

    assert rows
    assert all(re.search(r"`(tests|e2e)/", row) for row in rows)
    for file, test in named:
        assert (ROOT / file).exists(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"
