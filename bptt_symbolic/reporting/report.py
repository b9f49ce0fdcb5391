"""Report: everything the checker found out about one note, as data. Formats print it; they cannot compute.

`Report.to_json()` is the contract of the documentation (`docs/json.md`): keys may be added, never renamed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.reporting.shown import Shown

Kind = Literal["definition", "declaration", "claim", "other"]
Word = Literal["proved", "refuted", "ill-typed", "undecided", "unread"]


@dataclass(frozen=True, slots=True)
class Scope:
    """For which numbers of steps and sizes a verdict is shown: "all", or the ones tried."""

    steps: int | Literal["all"]
    sizes: Mapping[str, int] | Literal["all"]
    tried: tuple[tuple[int, Mapping[str, int]], ...] = field(default=(), repr=False)
    """Every number of steps and set of sizes at which a claim was computed that is not proved for all of them; the
    first is `steps` and `sizes`. Empty where there is a proof for all, or a counterexample."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An instance at which the two sides differ. Numbers are exact fractions as text ("-83/200"), or an enclosing
    interval as text ("[0.123456, 0.123457]") where a transcendental function enters."""

    steps: int
    sizes: Mapping[str, int]
    values: Mapping[str, Any]
    """What every parameter, input, target and initial state was set to: nested lists of fractions as text."""
    entry: tuple[int, ...]
    """Row and column (from 1) of the entry that differs; empty for scalars."""
    left: str
    right: str
    difference: str
    times: Mapping[str, int] = field(default_factory=dict)
    """Values of the free time and entry indices, as {"t": 3, "k": 1}."""
    functions: Mapping[str, str] = field(default_factory=dict)
    """What stood for each function that the note leaves open, as {"f(x)": "x^2 - 1/2 x"}."""


@dataclass(frozen=True, slots=True)
class Change:
    """New text for a place of the note; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Repair:
    """The smallest edit of the author's formula that is itself proved."""

    latex: str
    """The whole relation after the edit, in the author's notation."""
    edits: tuple[str, ...]
    """What was changed, in words, an edit each."""
    scope: Scope | None = None
    """For which steps and sizes the repaired relation is proved."""
    changes: tuple[Change, ...] = ()
    """The same edit as new text for places of the note."""
    standard: str | None = None
    """The repaired relation as in `Finding.standard`."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What kind of mistake it is, in the words of the field."""

    kind: str
    """One of a closed list: "missing transpose", "sign", ... (`docs/json.md`)."""
    message: str
    """One sentence."""
    culprit: Span | None = None
    """The part of the author's text that is wrong."""
    residual: str | None = None
    """Right minus left in normal form, in LaTeX, where it is short enough to be read."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a finding does not count, though it is not proved."""

    by: Literal["ignore", "expect", "configuration", "baseline", "since"]
    """A mark in the note, the configuration, or what was there before."""
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a verdict was reached, in steps that a person can read."""

    method: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding(Shown):
    """One relation of the note and what is settled about it."""

    id: str
    span: Span
    line: int
    column: int
    number: str | None
    section: str
    row: int
    part: int
    latex: str
    kind: Kind
    verdict: Word | None
    cell: int | None = None
    file: str | None = None
    """The file that the note puts in, where the relation stands in one."""
    label: str | None = None
    """Label of the equation, as `\\label` gives it."""
    inline: bool = False
    against_head: Word | None = None
    scope: Scope | None = None
    readings: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    """What the free steps are confined to, `k <= t`: said on the page, or because a side has no meaning elsewhere (then
    it stands among the hypotheses, too)."""
    message: str = ""
    help: str | None = None
    code: str | None = None
    """Code of the help page that explains this verdict (`bptt-symbolic explain CODE`)."""
    standard: str | None = None
    """The relation in LaTeX that needs no package but amsmath: macros of the note expanded. None where that fails."""
    culprit_in_standard: Span | None = None
    """Where the part that is wrong stands in `standard`."""
    understood: str | None = None
    """The relation as the checker read it, in LaTeX of the checker's own notation."""
    counterexample: Counterexample | None = None
    repair: Repair | None = None
    alternatives: tuple[Repair, ...] = ()
    """Other repairs that are as small, nearest to what the author meant first; at most two."""
    diagnosis: Diagnosis | None = None
    follows: str | None = None
    """The id of the earlier finding whose mistake this one only inherits."""
    evidence: Evidence | None = None
    culprit: Span | None = None
    """The part of the author's text that a message is about, where it is narrower than the relation."""
    assumptions: tuple[Fact, ...] = ()
    """What the verdict rests on that the note does not say; for an undecided claim, what it waits for."""
    question: Inquiry | None = None
    """What the author could say that would settle it."""
    silence: Silence | None = None
    """Who silenced it, and why; it does not count then for the exit status."""
    ask: Callable[[], Any] | None = field(default=None, compare=False, repr=False)
    """Makes the relation a function of arrays (`docs/numeric.md`); None where nothing can be evaluated."""

    @property
    def wrong_part(self) -> Span | None:
        """The part of the author's text that is wrong, by the diagnosis or else by the verdict."""
        by_diagnosis = None if self.diagnosis is None else self.diagnosis.culprit
        return self.culprit if by_diagnosis is None else by_diagnosis

    def function(self) -> Any:
        """The relation as a function of arrays, a `FormulaFunction`; raises LookupError if it is no claim."""
        if self.ask is None:
            message = f"{self.id or 'this relation'} is no claim that can be evaluated"
            raise LookupError(message)
        return self.ask()

    def evaluate(self, **values: Any) -> Any:
        """Both sides of the relation at chosen arrays; arguments and errors as in `FormulaFunction`."""
        return self.function()(**values)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named quantity of the network as understood, for people and for JSON."""

    name: str
    latex: str
    role: str
    """parameter, input, target, state, output, loss, intermediate, initial"""
    shape: tuple[str, ...]
    """Sizes by name; () for a scalar."""
    source: str
    """"stated", "inferred" or "declared"."""


@dataclass(frozen=True, slots=True)
class Node:
    """A computed or given quantity at one step of an unrolled network."""

    name: str
    """Its name in the network, in LaTeX."""
    step: int | None
    """None for what has no step, such as the total loss."""
    role: str
    """As in `Quantity`; `initial` for a state before the first step or behind the last one."""
    parameters: tuple[str, ...] = ()
    """The parameters that its definition reads, in LaTeX."""


Edge = tuple[int, int]
"""Places in `Picture.nodes`: the second is computed from the first."""


@dataclass(frozen=True, slots=True)
class Picture(Shown):
    """An unrolled network as a graph, with the way of a gradient through it."""

    nodes: tuple[Node, ...]
    """Within each step in an order in which they can be computed."""
    edges: tuple[Edge, ...]
    by: str | None = None
    """What the gradient is taken by, in LaTeX; None for the network alone."""
    flow: frozenset[Edge] = frozenset()
    """Every edge that carries a part of the gradient."""
    path: tuple[int, ...] = ()
    """One term of the gradient: nodes from the loss of a late step back to an early use of the variable."""


@dataclass(frozen=True, slots=True)
class NetworkView(Shown):
    """The network as it was understood, already printed: formats show it, they do not compute with it."""

    quantities: tuple[Quantity, ...]
    equations: tuple[str, ...]
    """The recurrence, outputs and losses in LaTeX, in an order in which they can be computed."""
    layout: str
    sections: tuple[str, ...] = ()
    """Sections in which this network holds; empty for the whole note."""
    notes: tuple[str, ...] = ()
    """What was inferred and what was declared, one sentence each."""
    picture: Picture | None = None
    """The network unrolled for a few steps, with the way of the gradient by one parameter."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question to the author, with the claims that wait for its answer."""

    inquiry: Inquiry
    reason: str
    """What is not known, in one clause."""
    waiting: tuple[str, ...]
    """Ids of the findings that the answer would settle."""
    span: Span | None = None
    """The place on the page that it is about, where there is one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the note was read so: a practice of authors, and where it was found."""

    convention: str
    """Its id, `place/below`."""
    says: str
    weight: float
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about what the note's signs mean, in words."""

    about: str
    """`the running step`, `\\sigma`."""
    answer: str
    second: str | None
    """What it would be else."""
    margin: float
    """Log odds between the two."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Report(Shown):
    """Everything found out about one note."""

    source: Source
    networks: tuple[NetworkView, ...]
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...]
    equations: int
    """Number of displayed equations found."""
    decisions: tuple[Decided, ...] = ()
    """What was decided about the note's signs, with reasons."""

    @property
    def questions(self) -> tuple[OpenQuestion, ...]:
        """What the author could say, the question that most claims wait for first."""
        waiting: dict[Inquiry, list[Finding]] = {}
        for finding in self.findings:
            if finding.question is not None and finding.verdict == "undecided":
                waiting.setdefault(finding.question, []).append(finding)
        found = [
            OpenQuestion(inquiry, _reason(claims[0]), tuple(f.id for f in claims), _place(claims[0]))
            for inquiry, claims in waiting.items()
        ]
        return tuple(sorted(found, key=lambda q: -len(q.waiting)))

    def __getitem__(self, key: str) -> Finding:
        """The finding with an id (`"eq:16.1"`), or the first claim, else relation, with a number (`"16"`)."""
        found = [f for f in self.findings if f.id == key] or [f for f in self.findings if f.number == key]
        if not found:
            raise KeyError(key)
        return next((f for f in found if f.kind == "claim"), found[0])


def _reason(finding: Finding) -> str:
    return finding.assumptions[0].what if finding.assumptions else finding.message


def _place(finding: Finding) -> Span | None:
    return finding.assumptions[0].span if finding.assumptions else finding.culprit
