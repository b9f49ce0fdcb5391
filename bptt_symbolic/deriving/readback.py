"""Document -> what the checker says about it: every relation is read back and settled like a stranger's claim."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bptt_symbolic.deriving import outputs
from bptt_symbolic.deriving.own_notation import Style
from bptt_symbolic.deriving.steps import Line
from bptt_symbolic.deriving.term_latex import Writer
from bptt_symbolic.deriving.written import Document, Equation
from bptt_symbolic.meaning.names import as_written, name_of
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Affine, Apply, Term, substitute
from bptt_symbolic.pipeline import findings
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.report import Finding
from bptt_symbolic.understanding import HYPOTHESIS, Declared, elaborate

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


def read_back(document: Document, output: str, write: Writer, *, columns: bool) -> Checked:
    """Check a document in the format in which it will be written, or in Markdown where nothing reads that format.

    The network that the reader finds in it has to be the one that was meant; then each claim has to be proved.
    """
    kind = outputs.load(output).KIND or "markdown"
    text = outputs.load(kind).render(document)
    source = readers.source_of(str(text), "derivation", kind)
    if isinstance(source, Fault):
        raise TypeError(f"the reader does not take what the writer wrote: {source.message}")
    note = elaborate(readers.read(source), Declared(), None)
    found = [f for f in findings(note, repair=False) if not f.inline and _is_counted(f)]
    checked = _matched(document, found, note.faults, columns=columns)
    wrong = misread(note.models[-1].network, write) if note.models else "no network"
    return (
        replace(checked, failed=(*checked.failed, (document.equations[0], f"the reader understands {wrong}")))
        if wrong
        else checked
    )


def misread(found: Network, write: Writer) -> str:
    """How the network that was read differs from the one that was written; empty if it does not.

    Both are printed in one notation: definitions have to be the same text, shapes the same sizes.
    """
    meant = write.network
    names = {n: canonical(write.names.get(n, n)) for n in meant.shapes}
    plain = Style("plain")
    ours, theirs = Writer(meant, plain, names), Writer(found, plain, {n: canonical(n) for n in found.shapes})
    known = {(ours.name(n), n in meant.temporal): n for n in meant.shapes}
    for name in found.shapes:
        own = known.get((theirs.name(name), name in found.temporal))
        if own is None and name in meant.sizes:
            continue  # a size used as a number
        if own is None:
            return f"a quantity {name} that is not meant"
        if found.shapes[name] != meant.shapes[own]:
            return f"{name} as {found.shapes[name]}, not {meant.shapes[own]}"
        one, two = found.definitions.get(name), meant.definitions.get(own)
        if (one is None) != (two is None):
            return f"{name} otherwise"
        if one is not None and two is not None and _differ(one, two, theirs, ours):
            return f"{name} as {theirs(_body(one))}, not {ours(_body(two))}"
    missing = set(names) - {known.get((theirs.name(n), n in found.temporal), "") for n in found.shapes}
    return f"nothing about {min(missing)}" if missing else ""


def canonical(name: str) -> str:
    """A name without fonts, its label in braces: what the reader calls it."""
    bare = re.sub(r"\\(?:mathbf|boldsymbol|mathrm)\{(\\?[A-Za-z]+)\}", r"\1", as_written(name))
    return str(name_of(bare))


def _body(definition: Definition) -> Term:
    """The body by the letter `t`, with entry indices by number."""
    env = {} if definition.var is None else {definition.var: Affine.of("t")}
    return substitute(definition.body, {**env, **{n: Affine.of(f"i{k}") for k, n in enumerate(definition.indices)}})


def _differ(one: Definition, two: Definition, theirs: Writer, ours: Writer) -> bool:
    """Whether two definitions say something else. A loss that is described, not defined, has a function whose name the
    reader chooses; what it is a function of has to be the same.
    """
    read, meant = _body(one), _body(two)
    loss = isinstance(meant, Apply) and meant.function.kind == "loss"
    if loss and isinstance(read, Apply) and isinstance(meant, Apply) and read.function.own:
        return [theirs(a) for a in read.args] != [ours(a) for a in meant.args]
    return theirs(read) != ours(meant)


def _matched(document: Document, found: Sequence[Finding], faults: Sequence[Fault], *, columns: bool) -> Checked:
    """The findings of each equation in turn."""
    proved: list[Finding] = []
    failed: list[tuple[Equation, str]] = []
    place = relations = 0
    for equation in document.equations:
        if not isinstance(equation.line, Line):
            own = found[place : place + equation.relations]
            place += equation.relations
            if any(f.kind == "definition" or f.verdict in {"refuted", "ill-typed"} for f in own):
                failed.append((equation, "an inequality is read as something else, or does not hold"))
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


def _is_counted(finding: Finding) -> bool:
    """Whether a finding is a relation that was written: all but what says what letters stand for."""
    return finding.kind != "declaration" or finding.message == HYPOTHESIS


def _numbered(finding: Finding, equation: Equation) -> Finding:
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
