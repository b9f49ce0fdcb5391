"""Finding -> words: the sentences that every format for people shares.

`rows` is the order in which a person asks: what was understood, in which reading, for which sizes, why not, what to do.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bptt_symbolic.report import Counterexample, Finding, NetworkView, Quantity, Report, Scope, Word

VERDICTS: tuple[Word, ...] = ("proved", "refuted", "ill-typed", "undecided", "unread")
"""In the order of summaries."""

_ROLES = (
    ("parameter", "parameters"),
    ("input", "inputs"),
    ("target", "targets"),
    ("state", "states"),
    ("initial", "initial states"),
    ("intermediate", "intermediate"),
    ("output", "outputs"),
    ("loss", "losses"),
)


def counts(report: Report) -> dict[Word, int]:
    """How many relations have each verdict."""
    return {word: sum(finding.verdict == word for finding in report.findings) for word in VERDICTS}


def number(finding: Finding) -> str:
    """Number of the equation as it stands on the page."""
    return f"({finding.number})" if finding.number else ""


def place(finding: Finding) -> str:
    """Where the relation begins: `57:1`, in a notebook `cell 4, 2:1`."""
    inside = f"{finding.line}:{finding.column}"
    return inside if finding.cell is None else f"cell {finding.cell}, {inside}"


def squeezed(latex: str) -> str:
    """The same LaTeX on one line."""
    return " ".join(latex.split())


def differs(finding: Finding) -> bool:
    """Whether what was understood says more than what was written."""
    if finding.understood is None:
        return False
    return _bare(finding.understood) != _bare(finding.latex)


def scope(found: Scope) -> str:
    """For which steps and sizes: `every T and all sizes`, `T = 4; C = 4, D = 3`."""
    steps = "every T" if found.steps == "all" else f"T = {found.steps}"
    sizes = "all sizes" if found.sizes == "all" else assignments(found.sizes)
    return f"{steps}, {sizes}" if sizes else steps


def assignments(values: Mapping[str, Any]) -> str:
    """`C = 4, D = 3`."""
    return ", ".join(f"{name} = {compact(value)}" for name, value in values.items())


def compact(value: Any) -> str:
    """A value as one line: `[[1, 1/2], [0, -1]]`."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return str(value)
    return "[" + ", ".join(compact(item) for item in value) + "]"


def instance(example: Counterexample) -> str:
    """What was set besides values: `T = 2, D = 3; t = 1, k = 1`."""
    parts = [scope(Scope(example.steps, example.sizes))]
    if example.times:
        parts.append(assignments(example.times))
    return "; ".join(parts)


def numbers(example: Counterexample) -> Iterator[tuple[str, str]]:
    """(name, value) of everything that was chosen: the given quantities, then functions that the note leaves open."""
    yield from ((name, compact(value)) for name, value in example.values.items())
    yield from example.functions.items()


def sides(example: Counterexample) -> str:
    """The two sides where they differ."""
    where = f"entry {compact(example.entry)}: " if example.entry else ""
    return f"{where}left {example.left}, right {example.right}, difference {example.difference}"


def rows(finding: Finding) -> Iterator[tuple[str, str]]:
    """(label, sentence) for each thing to say about a finding, most wanted first."""
    if differs(finding):
        yield "read as", squeezed(finding.understood or "")
    if finding.readings:
        yield "reading", "; ".join(finding.readings)
    if finding.hypotheses:
        yield "given", "; ".join(finding.hypotheses)
    if finding.scope is not None:
        yield "scope", scope(finding.scope)
    if finding.message:
        yield "why", finding.message
    if finding.counterexample is not None:
        yield "take", instance(finding.counterexample)
        yield "then", sides(finding.counterexample)
    if finding.against_head not in {None, finding.verdict}:
        yield "chain", f"this step is {finding.verdict}; against the head of its chain it is {finding.against_head}"
    if finding.repair is not None:
        edits = f"  ({'; '.join(finding.repair.edits)})" if finding.repair.edits else ""
        yield "repair", squeezed(finding.repair.latex) + edits
    if finding.help is not None:
        yield "help", finding.help


def groups(view: NetworkView) -> Iterator[tuple[str, tuple[Quantity, ...]]]:
    """(title, quantities) for every role that the network has; roles nobody planned come last under their own name."""
    for role, title in _ROLES:
        members = tuple(quantity for quantity in view.quantities if quantity.role == role)
        if members:
            yield title, members
    known = {role for role, _ in _ROLES}
    for role in sorted({quantity.role for quantity in view.quantities} - known):
        yield role, tuple(quantity for quantity in view.quantities if quantity.role == role)


def shape(quantity: Quantity) -> str:
    """`D×M`; empty for a scalar."""
    return "×".join(quantity.shape)


def plural(count: int, noun: str) -> str:
    """`1 claim`, `2 claims`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _bare(latex: str) -> str:
    return "".join(character for character in latex if not character.isspace() and character not in "{}")
