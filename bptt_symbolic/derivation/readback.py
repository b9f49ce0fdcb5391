"""Document -> what the checker says about it: every printed relation is read back and settled like a stranger's claim."""

from collections.abc import Sequence
from dataclasses import dataclass

from bptt_symbolic import readers
from bptt_symbolic.derivation import outputs
from bptt_symbolic.derivation.document import Document, Equation
from bptt_symbolic.derivation.steps import Line
from bptt_symbolic.elaborate import Declared, elaborate
from bptt_symbolic.report import Finding
from bptt_symbolic.settle.whole import findings
from bptt_symbolic.source import Fault

ALLOWED = ("layout: gradients shaped like their variable", "layout: denominator")
"""Readings that say nothing but the layout, which the document itself names."""
OLDEST = "product: in the order of the index, oldest first"
"""How a product of transposed Jacobians is meant, and what a document in denominator layout says."""


@dataclass(frozen=True)
class Checked:
    """What was found out about one document."""

    proved: tuple[Finding, ...]
    """The claims that are proved as they were meant."""
    failed: tuple[tuple[Equation, str], ...]
    """Equations with the reason why they must not be written."""
    relations: int
    """Claims in all."""
    faults: tuple[Fault, ...]

    def of(self, number: int) -> list[Finding]:
        """The findings about one equation."""
        return [f for f in self.proved if f.number == str(number)]


def read_back(document: Document, output: str, *, columns: bool) -> Checked:
    """Check a document in the format in which it will be written, or in Markdown where nothing reads that format."""
    kind = outputs.load(output).KIND or "markdown"
    text = outputs.load(kind).render(document)
    source = readers.source_of(str(text), "derivation", kind)
    if isinstance(source, Fault):
        raise TypeError(f"the reader does not take what the writer wrote: {source.message}")
    note = elaborate(readers.read(source), Declared(), None)
    found = [f for f in findings(note) if not f.inline and f.kind in {"claim", "definition", "other"}]
    return _matched(document, found, note.faults, columns=columns)


def _matched(document: Document, found: Sequence[Finding], faults: Sequence[Fault], *, columns: bool) -> Checked:
    """The findings of each equation in turn."""
    proved: list[Finding] = []
    failed: list[tuple[Equation, str]] = []
    place = relations = 0
    for equation in document.equations:
        if not isinstance(equation.line, Line):
            place += sum(1 for f in found[place : place + 1] if f.kind == "other" or f.verdict is None)
            continue
        own = [_numbered(f, equation) for f in found[place : place + equation.relations]]
        place += equation.relations
        if equation.line.kind == "claim":
            relations += equation.relations
        problem = _problem(equation, own, columns=columns)
        if problem:
            failed.append((equation, problem))
        elif equation.line.kind == "claim":
            proved.extend(own)
    if place != len(found):
        last = document.equations[-1]
        failed.append((last, f"the reader finds {len(found)} relations where {place} were written"))
    return Checked(tuple(proved), tuple(failed), relations, tuple(faults))


def _numbered(finding: Finding, equation: Equation) -> Finding:
    from dataclasses import replace

    return replace(finding, number=str(equation.number))


def _problem(equation: Equation, own: Sequence[Finding], *, columns: bool) -> str:
    """Why an equation must not be written; empty if it may."""
    if len(own) != equation.relations:
        return "the reader does not find it"
    for finding in own:
        if finding.kind != equation.line.kind if isinstance(equation.line, Line) else False:
            return f"it is read as a {finding.kind}: {finding.message}"
        if finding.kind != "claim":
            continue
        if finding.verdict != "proved":
            return f"it is {finding.verdict}: {finding.message}"
        if finding.against_head not in {None, "proved"}:
            return f"against the head of its chain it is {finding.against_head}"
        odd = [r for r in finding.readings if r not in ALLOWED and not (columns and r == OLDEST)]
        if odd:
            return f"it is proved in another reading: {'; '.join(odd)}"
    return ""
