"""What holds for the whole package: import layers, walls, help pages for every code, documentation up to date."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bptt_symbolic.reporting import help_pages as explain

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bptt_symbolic"
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_every_stage_imports_only_stages_before_it() -> None:
    pytest.importorskip("importlinter")
    call = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_formats_import_only_the_report_and_what_it_is_made_of() -> None:
    reporting = "bptt_symbolic.reporting"
    allowed = {
        "bptt_symbolic.reading.source",
        reporting,
        *(f"{reporting}.{n}" for n in ("report", "grounds", "help_pages")),
    }
    files = list((PACKAGE / "reporting" / "formats").glob("*.py"))
    assert len(files) > 5
    for file in files:
        for name in imported(file):
            if name.startswith("bptt_symbolic"):
                inside = name.startswith(f"{reporting}.formats")
                assert name in allowed or inside, f"{file.name} imports {name}"


def test_nothing_evaluates_text() -> None:
    """A note is hostile: no `eval`, `exec`, `sympify` or `parse_expr` anywhere."""
    forbidden = {"eval", "exec", "sympify", "parse_expr", "parse_latex"}
    calls = [(file, node) for file, node in nodes(*forbidden) if isinstance(node, ast.Call)]
    found = [place(file, node) for file, node in calls if called(node) in forbidden]
    assert found == []


def test_no_handler_is_broad_but_that_of_the_guard() -> None:
    broad = [
        (file, node)
        for file, node in nodes("Exception", "except:")
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert [place(file, node) for file, node in broad if file != PACKAGE / "reporting" / "guard.py"] == []
    assert len(broad) == 1


def test_every_code_has_a_help_page() -> None:
    written = set(explain.codes())
    missing = {code: str(file.relative_to(PACKAGE)) for file in MODULES for code in codes(file) - written}
    assert missing == {}, "write bptt_symbolic/reporting/help/CODE.md for each"


@pytest.mark.parametrize("code", explain.codes())
def test_every_page_has_its_parts(code: str) -> None:
    page = explain.page(code)
    assert page.text.startswith(f"# {code}\n")
    assert page.summary.endswith(".")
    for heading in ("## Bad", "## Good", "## What to do"):
        assert f"\n{heading}\n\n" in page.text
    assert page.text.count("\n```") % 2 == 0


def test_the_list_of_codes_is_up_to_date() -> None:
    """If not: `python -m bptt_symbolic.reporting.help_pages > docs/codes.md`."""
    assert (ROOT / "docs" / "codes.md").read_text(encoding="utf-8") == explain.table()


@cache
def tree(file: Path) -> ast.Module:
    """The syntax of a module, read once."""
    return ast.parse(file.read_text(encoding="utf-8"))


def nodes(*words: str) -> Iterator[tuple[Path, ast.AST]]:
    """Every node of every module in whose text one of the words stands."""
    texts = ((file, file.read_text(encoding="utf-8")) for file in MODULES)
    found = (file for file, text in texts if any(word in text for word in words))
    return ((file, node) for file in found for node in ast.walk(tree(file)))


def place(file: Path, node: ast.expr | ast.ExceptHandler) -> str:
    """Where something stands, as `file:line`."""
    return f"{file.relative_to(PACKAGE)}:{node.lineno}"


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes any exception."""
    if handler.type is None:
        return True
    names = {found.id for found in ast.walk(handler.type) if isinstance(found, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def imported(file: Path) -> set[str]:
    """Modules that a file imports; of `from a import b` it is `a`, or `a.b` where `a` is the whole package."""
    names: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "bptt_symbolic":
            names |= {f"bptt_symbolic.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def codes(file: Path) -> set[str]:
    """Codes written in a file: `Fault("code", ...)`, `SomeFault("code", ...)` and `code="code"`."""
    found: set[str] = set()
    if not re.search(r"code=|[Ff]ault\(", file.read_text(encoding="utf-8")):
        return found
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if called(node).lower().endswith("fault") and called(node) != "setdefault":
                given += node.args[:1]
            found |= {
                value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


OPEN = {"readers", "formats", "outputs", "styles", "commands", "backends", "cells"}
"""Folders in which a file is called as people call what it does: `--format html`, `--as html`."""


def test_no_two_modules_share_a_name() -> None:
    files = [p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py" and p.parent.name not in OPEN]
    names = [p.name for p in files]
    assert {n for n in names if names.count(n) > 1} == set()
