"""The second reader itself, latex2sympy2 or its successor; skipped where neither is installed."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import understand
from bptt_symbolic.reporting import help_pages as explain
from bptt_symbolic.understanding import crosscheck
from bptt_symbolic.understanding.crosscheck.second_reader import SecondReader, Unread
from bptt_symbolic.understanding.crosscheck.skeleton import Skeleton

pytestmark = pytest.mark.skipif(
    not crosscheck.is_installed(),
    reason="the second reader is not installed: pip install 'bptt-symbolic[cross-check]'",
)

Parsed = Callable[[str], tuple[Skeleton, ...]]
ROOT = Path(__file__).parents[2]
SUFFIXES = {".md", ".tex", ".rst", ".ipynb"}
NOTES = sorted(p for f in ("derivations", "tests/notes") for p in (ROOT / f).iterdir() if p.suffix in SUFFIXES)


def table() -> ModuleType:
    """The tables of `test_skeletons.py`, loaded by path: folders of tests are no packages."""
    spec = spec_from_file_location("bptt_symbolic_tests_skeletons", Path(__file__).with_name("test_skeletons.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLE = table()


@pytest.fixture(scope="module")
def reader() -> Iterator[SecondReader]:
    with SecondReader() as found:
        yield found


@pytest.mark.parametrize("latex", [form[0] for form in TABLE.FORMS])
def test_both_read_the_forms_alike(parsed: Parsed, reader: SecondReader, latex: str) -> None:
    for found in parsed(latex):
        assert str(reader.read(found.latex)) == str(found.tree)


@pytest.mark.parametrize(("latex", "seen"), [(form[0], form[3]) for form in TABLE.SEEN_OTHERWISE])
def test_grouping_that_does_not_show_is_read_otherwise(
    parsed: Parsed, reader: SecondReader, latex: str, seen: str
) -> None:
    assert str(reader.read(parsed(latex)[0].latex)) == seen


@pytest.mark.parametrize("text", ["x_{1", r"\frac{x_{1}}{", "x_{1} +", r"\foo"])
def test_what_it_cannot_read_is_unread_and_it_goes_on(reader: SecondReader, text: str) -> None:
    assert reader.read(text) == Unread("it fails on it")
    assert str(reader.read("x_{1} + x_{2}")) == "Add(x1, x2)"


@pytest.mark.slow
def test_it_reads_every_note_as_we_do(reader: SecondReader) -> None:
    skeletons = {note.name: tuple(crosscheck.skeletons_of(understand(note))) for note in NOTES}
    found = {name: crosscheck.compare(parts, reader) for name, parts in skeletons.items()}
    assert {name: result.faults for name, result in found.items() if result.faults} == {}
    results = [found[note.name] for note in NOTES if note.parent.name == "derivations"]
    sides, inner = sum(r.sides for r in results), sum(r.inner for r in results)
    print(f"derivations: {sides} sides and {inner} formulas inside them, all agreed")  # noqa: T201 - shown by pytest -s
    assert sides > 150
    assert sum(r.agreed for r in results) == sides + inner
    of_derivations = [skeletons[note.name] for note in NOTES if note.parent.name == "derivations"]
    assert sum(bool(part.tree.args) for parts in of_derivations for part in parts) > 150, "most are more than an atom"


def test_a_corrupted_skeleton_is_a_warning(reader: SecondReader) -> None:
    note = understand(ROOT / "derivations" / "huang-2019.tex")
    found = [replace(s, latex=s.latex.replace("+", "-")) for s in crosscheck.skeletons_of(note) if "+" in s.latex]
    result = crosscheck.compare(found, reader)
    assert len(result.faults) == len(found) > 5
    assert {fault.code for fault in result.faults} == {"second-reader"}
    assert result.agreed == 0


def test_the_help_page_tells_the_truth() -> None:
    page = explain.page("second-reader").text
    bad, good = (told(found) for found in re.findall(r"```latex\n(.*?)```", page, re.DOTALL))
    assert bad == [
        r"two readers disagree about `x_{1} + x_{2} \cdot x_{3}`: Mul(Add(x1, x2), x3) here, Add(x1, Mul(x2, x3)) there"
    ]
    assert good == []


def told(text: str) -> list[str]:
    """What the second reader says about a note."""
    report = check(text, kind="latex", cross_check=True)
    return [fault.message for fault in report.faults if fault.code == "second-reader"]


def test_it_is_never_imported_here() -> None:
    assert not {"latex2sympy2", "latex2sympy2_extended", "antlr4", "gen"} & set(sys.modules)
