"""Relation -> whether it may be true: the quick look that weeds out almost every edit.

It takes the readings that the relation most likely has, builds both sides, and compares them in floating point at
sizes that are all different. What passes is proved afterwards; this only saves the work for the others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from itertools import islice

from bptt_symbolic.elaborate.bounds import NotBuilt
from bptt_symbolic.elaborate.build import HADAMARD, Builder, Options
from bptt_symbolic.elaborate.coerce import products, whole_ranges
from bptt_symbolic.elaborate.convention import letters_of_left, summed
from bptt_symbolic.elaborate.dots import NoPattern
from bptt_symbolic.methods import fixed
from bptt_symbolic.methods.tensor import Unsupported
from bptt_symbolic.obligation import Assumptions, Obligation
from bptt_symbolic.settle.claims import Question, assumptions_of, bridge_of, nothing_free, obligation_of, place_of
from bptt_symbolic.settle.ranges import Domain, domain_of
from bptt_symbolic.settle.readings import LAYOUTS, counts, laid_out, modes
from bptt_symbolic.shapes import IllTyped, Scope
from bptt_symbolic.syntax import Node, leaves
from bptt_symbolic.terms import Deriv, Layout, Term, Transpose, Unbound, walk

MOST_MODES = 6
"""Choices of total and immediate derivatives that are looked at."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the other claims of a note needed to be read: the readings that an edit is looked at in first."""

    layouts: tuple[Layout, ...] = ("numerator",)
    modes: bool = False
    """Some derivative is an immediate one."""


EVERYTHING = Habits(("numerator", "gradient", "denominator"), modes=True)
"""All readings that are looked at."""


def habits_of(readings: Iterable[tuple[str, ...]]) -> Habits:
    """The habits that the readings of a note's true claims show, the commonest layout first."""
    seen: Counter[Layout] = Counter()
    modes = False
    for words in readings:
        for layout, name in LAYOUTS.items():
            seen[layout] += any(w == f"layout: {name}" for w in words)
        seen["numerator"] += not any(w.startswith("layout") for w in words)
        modes = modes or any(w.startswith(("immediate", "direct")) for w in words)
    layouts = tuple(layout for layout, count in seen.most_common() if count)
    return Habits(layouts or ("numerator", "gradient"), modes)


@dataclass
class Looking:
    """Looks at relations about one question, in the readings of the note's habits."""

    question: Question
    habits: Habits = EVERYTHING
    looks: int = 0

    def __post_init__(self) -> None:
        """The network that the question is about, and a builder that remembers."""
        self._network, builder = place_of(self.question)
        parts = {f.name: getattr(builder, f.name) for f in fields(Builder)}
        self._builder = Remembering(**parts)

    def may_hold(self, left: Node, right: Node) -> bool:
        """Whether two sides agree in some likely reading."""
        self.looks += 1
        try:
            one = self._builder.build(left)
        except (NotBuilt, NoPattern):
            return False
        for options in _options(right):
            try:
                two = replace(self._builder, options=options).build(right)
                if self._agree(one, two):
                    return True
            except (NotBuilt, NoPattern, IllTyped, Unbound):
                continue
        return False

    def _agree(self, left: Term, right: Term) -> bool:
        if self._builder.convention:
            keep = letters_of_left(left)
            left, right = summed(left, keep), summed(right, keep)
        if left == right:
            return False
        domain = domain_of(left, right, self._network, self.question.beside)
        scope = Scope(self._network, dict(domain.variables))
        one, two = whole_ranges(left, scope), whole_ranges(right, scope)
        strongest: Assumptions | None = None
        for obligation in _typed(one, two, scope, domain, self.habits.layouts):
            if strongest is None:
                assumed = assumptions_of(self.question.model, self._network, domain, (one, two))
                strongest = max((a for a in assumed if a.steps is None), key=_strength)
            if _holds(replace(obligation, assumptions=strongest), modes_too=self.habits.modes):
                return True
        return False


@dataclass(frozen=True)
class Remembering(Builder):
    """A builder for many formulas that share most of their nodes: fractions and brackets are built once."""

    seen: dict[tuple[int, Options, frozenset[str]], tuple[Node, Term]] = field(default_factory=dict, compare=False)

    def _atom(self, node: Node) -> Term:
        """A factor that is no name, remembered."""
        key = (id(node), self.options, self.bound)
        if key not in self.seen:
            self.seen[key] = (node, super()._atom(node))
        return self.seen[key][1]


def _typed(left: Term, right: Term, scope: Scope, domain: Domain, layouts: tuple[Layout, ...]) -> Iterator[Obligation]:
    """The obligations that have shapes, in every layout; an inner product where the plain one does not exist."""
    seen: set[tuple[Term, Term]] = set()
    for a, b in _layouts(left, right, layouts):
        for one, two, _ in counts(a, b):
            if (one, two) in seen:
                continue
            seen.add((one, two))
            found = _obligation(one, two, scope, domain)
            if found is None:
                inner = products(two, scope, inner=True, outer=False)
                found = None if inner == two else _obligation(one, inner, scope, domain)
            if found is not None:
                yield found


def _obligation(left: Term, right: Term, scope: Scope, domain: Domain) -> Obligation | None:
    try:
        nothing_free(left, right, scope)
        bridge = bridge_of(left, right, scope)
    except IllTyped:
        return None
    return obligation_of(left, Transpose(right, right.span) if bridge else right, scope.network, domain)


def _options(node: Node) -> Iterator[Options]:
    """The likely readings of a side, the literal one first."""
    yield Options()
    marks = {t.text.strip() for t in leaves(node)}
    if marks & HADAMARD:
        yield Options(tight=True)
    if r"\prod" in marks:
        yield Options(newest=False)
    if "*" in marks:
        yield Options(star="hadamard")


def _layouts(left: Term, right: Term, layouts: tuple[Layout, ...]) -> Iterator[tuple[Term, Term]]:
    if not any(isinstance(x, Deriv) for t in (left, right) for x in walk(t)):
        yield left, right
        return
    for layout in layouts:
        yield laid_out(left, layout), laid_out(right, layout)


def _strength(assumptions: Assumptions) -> int:
    return 2 * len(assumptions.one_hot) + len(assumptions.sum_to_one)


def _holds(obligation: Obligation, *, modes_too: bool) -> bool:
    try:
        if fixed.agrees(obligation):
            return True
        if not modes_too:
            return False
        for left, right, words in islice(modes(obligation.left, obligation.right, obligation.network), MOST_MODES):
            if words and fixed.agrees(replace(obligation, left=left, right=right)):
                return True
    except Unsupported:
        return False
    return False
