"""The list of sabotages stays true to the code and to docs/protocol.md. That each turns its test red is `make sabotage`."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest

from tests.sabotage.run import ROOT, Sabotage, entries
from tests.sabotage.table import PAGE, written

RULES = ["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.rule}: {entry.file}"[:80])
def test_a_sabotage_changes_one_line_of_code_and_names_a_test_that_exists(entry: Sabotage) -> None:
    code = (ROOT / entry.file).read_text(encoding="utf-8")

    assert code.count(entry.find) == 1
    assert entry.find != entry.replace
    # lines around it may be named to tell it from others like it
    before, after = entry.find.strip().splitlines(), entry.replace.strip().splitlines()
    kept = sum(block.size for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks())
    assert max(len(before), len(after)) - kept <= 3
    tests = [word.partition("::")[0] for word in entry.test.split() if word.startswith("tests/")]
    assert tests
    assert all((ROOT / test).exists() for test in tests)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_design_has_a_sabotage(rule: str) -> None:
    assert any(entry.rule.startswith(rule) for entry in entries())


def test_the_protocol_names_rule_test_and_sabotage() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == written(page), "run python -m tests.sabotage.table"
