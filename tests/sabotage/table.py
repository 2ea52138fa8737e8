"""Writes the table of rules, tests and sabotages into docs/protocol.md: `python -m tests.sabotage.table`."""

from __future__ import annotations

from tests.sabotage.run import ROOT, Sabotage, entries

PAGE = ROOT / "docs/protocol.md"
BEGIN, END = "<!-- rules: written by tests/sabotage/table.py -->", "<!-- end of rules -->"


def table(rows: list[Sabotage]) -> str:
    """Markdown, a row for each sabotage, in order of rules."""
    lines = ["| rule | code | the line | sabotaged | test that turns red |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        test = row.test.removesuffix(" -q").replace(" -q ", " ")
        lines.append(f"| {row.rule} | `{row.file}` | {_code(row.find)} | {_code(row.replace)} | `{test}` |")
    return "\n".join(lines)


def _code(line: str) -> str:
    text = " ⏎ ".join(part.strip() for part in line.strip().splitlines()).replace("|", "\\|")
    fence = "``" if "`" in text else "`"
    return f"{fence} {text or '(nothing)'} {fence}" if "`" in text else f"`{text or '(nothing)'}`"


def written(page: str) -> str:
    """The page with today's table between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(entries())}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
