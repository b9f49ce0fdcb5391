"""Notes derived again in their own notation, beside the original: the differences are the mistakes of the original."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bptt_symbolic import derive, prove
from bptt_symbolic.deriving import Derivation
from bptt_symbolic.reporting.report import Finding, Report

ROOT = Path(__file__).parents[2] / "derivations"
SHARED = 8
"""Left sides that a note and its derivation have in common, at least, for the comparison to say something."""


def sides(finding: Finding) -> tuple[str, str]:
    """Both sides of a relation in the notation of the checker, in which the two documents can be compared."""
    assert finding.understood is not None
    depth = 0
    for place, letter in enumerate(finding.understood):
        depth += (letter in "{(") - (letter in "})")
        if letter == "=" and not depth:
            return finding.understood[:place].strip(), finding.understood[place + 1 :].strip()
    raise AssertionError(finding.understood)


def shared(report: Report, derivation: Derivation) -> Iterator[tuple[Finding, Finding]]:
    """Claims of the note, each with a line of the derivation that has the same left side."""
    ours: dict[str, Finding] = {}
    for finding in derivation.checked.proved:
        ours.setdefault(sides(finding)[0], finding)
    for finding in report.findings:
        if finding.kind == "claim" and finding.understood is not None and sides(finding)[0] in ours:
            yield finding, ours[sides(finding)[0]]


def right_side(latex: str) -> str:
    """What stands behind the first sign of equality, outside of all brackets."""
    depth = 0
    for place, letter in enumerate(latex):
        depth += (letter in "{(") - (letter in "})")
        if letter == "=" and not depth:
            return latex[place + 1 :].lstrip("& ").rstrip()
    raise AssertionError(latex)


def case(name: str, layout: str, wrong: set[str], apart: set[str]) -> object:
    marks = [pytest.mark.slow, pytest.mark.xdist_group(name)]
    return pytest.param(name, layout, wrong, apart, marks=marks, id=Path(name).stem)


@pytest.mark.parametrize(
    ("name", "layout", "wrong", "apart"),
    [
        case("huang-2019.tex", "numerator", {"31", "67"}, {"70"}),
        case("bptt-korean.md", "denominator", {"56"}, set()),
    ],
)
def test_the_differences_are_the_mistakes(
    name: str, layout: str, wrong: set[str], apart: set[str], reported: Callable[[Path], Report]
) -> None:
    """`apart` is a lemma about other quantities of the same names."""
    note = ROOT / name
    found = derive(note, style=("recursion", "sum-of-products"), layout=layout, format="markdown")  # type: ignore[arg-type]
    different: set[str] = set()
    same: set[str] = set()
    for original, derived in shared(reported(note), found):
        place = original.number or str(original.line)
        if place in apart:
            continue
        ours = right_side(derived.latex.replace("\\\\", " ").replace("&", " "))
        claim = f"{right_side(original.latex)} = {ours}"
        verdicts = {f.verdict for f in prove(claim, note).findings}
        (same if verdicts == {"proved"} else different).add(place)
        assert (verdicts == {"proved"}) == (original.verdict == "proved"), (place, claim, verdicts)
    assert different == wrong
    assert len(found.checked.proved) == found.checked.relations > 5
    assert len(same) + len(different) >= (SHARED if name.endswith(".tex") else 1)


@pytest.mark.slow
@pytest.mark.parametrize("file", ["huan.md", "profatxuanall.rst", "rnn-derivatives.ipynb"])
def test_every_other_note_can_be_derived_in_its_own_notation(file: str) -> None:
    found = derive(ROOT / file, format="markdown")
    assert len(found.checked.proved) == found.checked.relations > 5
