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
from seattime.services import metrics
from seattime.services.parts import parts
from seattime.storage.spool_state import LAST_RECOVERY
from seattime.web.prometheus import Everything

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


def test_every_metric_is_in_operations_and_no_other(sqlite_app: Flask) -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| `seattime_"))
    documented = set(re.findall(r"`(seattime_\w+)`", rows))
    parts().spool.note(LAST_RECOVERY, {"at_ms": 1})
    families = list(Everything().collect())

    assert documented == {f"{family.name}_total" if family.type == "counter" else family.name for family in families}


def test_every_label_of_a_metric_is_in_operations() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")

    assert [name for name in (*metrics.OUTCOMES, *metrics.BREAKER_STATES, *metrics.FAULTS[:-1]) if f"`{name}`" not in text] == []


def test_every_alert_speaks_of_a_metric_that_exists(sqlite_app: Flask) -> None:
    rules = re.findall(r"^    expr: (.+)$", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    known = {sample.name for family in Everything().collect() for sample in family.samples}
    labels = {value for counted in metrics.CATALOGUE for value in counted.values}

    assert rules
    assert {name for rule in rules for name in re.findall(r"seattime_\w+", rule)} <= known
    assert {value for rule in rules for value in re.findall(r'(?:outcome|kind|fault)="([^"]+)"', rule)} <= labels


def test_every_log_event_is_in_operations() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "backend/seattime").rglob("*.py"))
    events = set(re.findall(r'"event": "(\w+)"', code))

    assert events
    assert [event for event in sorted(events) if f"`{event}`" not in text] == []


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md"], ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    text = re.sub(r"(`+).+?\1", "", page.read_text(encoding="utf-8"))  # code may look like a link
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)

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
