"""Every refuted claim of the notes of this repository, and a way to run programs in a Python that has NumPy only."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from bptt_symbolic.api import understand
from bptt_symbolic.proving.evidence import Witness
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.review.settling import settled
from bptt_symbolic.reporting.report import Counterexample, Finding

ROOT = Path(__file__).parents[2]
NOTES = sorted(
    path
    for folder in ("derivations", "tests/notes")
    for path in (ROOT / folder).iterdir()
    if path.suffix in {".md", ".rst", ".tex", ".ipynb"}
)
SLOW = {
    "angle-brackets.md",
    "bptt-korean.md",
    "deltas.tex",
    "denominator.md",
    "einstein.md",
    "general-functions.rst",
    "gru.md",
    "huan.md",
    "huang-2019.tex",
    "indices.md",
    "last-state.ipynb",
    "lstm.md",
    "mittelwert.md",
    "nablas.tex",
    "profatxuanall.rst",
    "rnn-derivatives.ipynb",
    "row-vectors.md",
    "superscripts.md",
    "truncated.md",
}
"""Notes whose programs are written and run in a long run only."""
DRIVER = """
import contextlib, io, json, runpy, sys
printed = []
for path in sys.argv[1:]:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(path)
        status = None
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    printed.append([out.getvalue(), status])
assert not {name for name in sys.modules if name.split(".")[0] in {"bptt_symbolic", "flint", "sympy"}}
print(json.dumps(printed))
"""


@dataclass(frozen=True)
class Case:
    """A refuted claim."""

    finding: Finding
    example: Counterexample
    obligation: Obligation
    witness: Witness


@dataclass(frozen=True)
class Printed:
    """What a program printed, and its exit status."""

    left: float
    right: float
    difference: float
    status: int | None


@cache
def refuted_in(note: Path) -> tuple[Case, ...]:
    """The refuted claims of a note."""
    found = []
    for one in settled(understand(note)):
        finding, outcome = one.finding, one.outcome
        if finding.counterexample is not None:
            assert outcome is not None
            assert outcome.obligation is not None
            assert outcome.witness is not None
            found.append(Case(finding, finding.counterexample, outcome.obligation, outcome.witness))
    return tuple(found)


def marked(note: Path) -> object:
    marks = [pytest.mark.xdist_group(f"refuted in {note.name}"), *([pytest.mark.slow] if note.name in SLOW else [])]
    return pytest.param(note, id=note.name, marks=marks)


@pytest.fixture(params=[marked(note) for note in NOTES])
def cases(request: pytest.FixtureRequest) -> tuple[Case, ...]:
    """The refuted claims of each note in turn."""
    note: Path = request.param
    return refuted_in(note)


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Sequence[str]], list[Printed]]:
    """Run programs, all in one isolated process that never hears of this package."""

    def done(programs: Sequence[str]) -> list[Printed]:
        paths = []
        for number, program in enumerate(programs):
            path = tmp_path / f"{number}.py"
            path.write_text(program, encoding="utf-8")
            paths.append(str(path))
        call = [sys.executable, "-I", "-W", "error", "-c", DRIVER, *paths]
        result = subprocess.run(call, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return [Printed(*numbers(text), status) for text, status in json.loads(result.stdout)]

    return done


def numbers(text: str) -> tuple[float, float, float]:
    """The three numbers that a program prints, a line each after their names."""
    lines = [line.split() for line in text.splitlines()]
    assert [line[0] for line in lines] == ["left", "right", "difference"]
    left, right, difference = (float(line[1]) for line in lines)
    return left, right, difference


def ends(number: str) -> tuple[Fraction, Fraction]:
    """The ends of an interval as the report writes it; a fraction is both of its own."""
    if not number.startswith("["):
        return Fraction(number), Fraction(number)
    low, high = number[1:-1].split(", ")
    return Fraction(low), Fraction(high)


@pytest.fixture
def interval() -> Callable[[str], tuple[Fraction, Fraction]]:
    """`ends`, for tests: a folder of tests is no package."""
    return ends
