"""The threat model names controls and tests that are there."""

import ast
import re

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "threats.md"
TABLE = PAGE.read_text("utf-8").partition("## Threats\n")[2].partition("\n## ")[0]
ROWS = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("| ")][2:]


def functions(path: str) -> set[str]:
    tree = ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_is_a_table():
    assert len(ROWS) > 30
    assert {len(row) for row in ROWS} == {3}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_threat_has_a_control_and_a_test_that_are_there(row):
    _, control, seen = row
    files = re.findall(r"`([\w./-]+/[\w./-]+|Dockerfile|compose\.yaml)`", control)
    assert files or "others keep" in control
    assert [name for name in files if not (ROOT / name).exists()] == []
    tests = re.findall(r"`(tests/[\w./]+\.py)(?:::(\w+))?`", seen)
    assert tests
    assert [name for path, name in tests if name and name not in functions(path)] == []
