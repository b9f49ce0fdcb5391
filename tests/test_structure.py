"""What holds for the whole package: import layers, walls, help pages for every code, documentation up to date."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bptt_symbolic import explain

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bptt_symbolic"
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_every_stage_imports_only_stages_before_it() -> None:
    pytest.importorskip("importlinter")
    call = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_formats_import_only_the_report_and_what_it_is_made_of() -> None:
    parts = {"report", "grounds", "source", "explain", "formats"}
    allowed = {f"bptt_symbolic.{name}" for name in parts}
    for file in (PACKAGE / "formats").glob("*.py"):
        for name in imported(file):
            if name.startswith("bptt_symbolic"):
                assert name in allowed or name.startswith("bptt_symbolic.formats."), f"{file.name} imports {name}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_evaluates_text(file: Path) -> None:
    """A note is hostile: no `eval`, `exec`, `sympify` or `parse_expr` anywhere."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            assert called(node) not in {"eval", "exec", "sympify", "parse_expr", "parse_latex"}, f"line {node.lineno}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_handler_is_broad_but_that_of_the_guard(file: Path) -> None:
    broad = 0
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
            names = {found.id for found in ast.walk(node.type) if isinstance(found, ast.Name)}
            broad += bool(names & {"Exception", "BaseException"})
    assert broad == (file == PACKAGE / "guard.py")


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_code_has_a_help_page(file: Path) -> None:
    missing = codes(file) - set(explain.codes())
    assert not missing, f"write bptt_symbolic/help/{min(missing)}.md"


@pytest.mark.parametrize("code", explain.codes())
def test_every_page_has_its_parts(code: str) -> None:
    page = explain.page(code)
    assert page.text.startswith(f"# {code}\n")
    assert page.summary.endswith(".")
    for heading in ("## Bad", "## Good", "## What to do"):
        assert f"\n{heading}\n\n" in page.text
    assert page.text.count("\n```") % 2 == 0


def test_the_list_of_codes_is_up_to_date() -> None:
    """If not: `python -m bptt_symbolic.explain > docs/codes.md`."""
    assert (ROOT / "docs" / "codes.md").read_text(encoding="utf-8") == explain.table()


def imported(file: Path) -> set[str]:
    """Modules that a file imports; of `from a import b` it is `a`, or `a.b` where `a` is the whole package."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
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
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if called(node).lower().lstrip("_").endswith("fault") and called(node) != "setdefault":
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
