"""Relation -> whether it may be true: the quick look that weeds out almost every edit.

It takes the readings that the relation most likely has, builds both sides, and compares them in floating point at
sizes that are all different. What passes is proved afterwards; this only saves the work for the others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import islice

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped, Scope
from bptt_symbolic.meaning.terms import LAST, Deriv, Layout, Term, Transpose, Unbound, free_names, walk
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.proving.settle.claims import assumptions_of, bridge_of, nothing_free, obligation_of, place_of
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.ranges import Domain, domain_of
from bptt_symbolic.proving.settle.readings import LAYOUTS, counts, laid_out, modes
from bptt_symbolic.proving.settle.special import with_sigma
from bptt_symbolic.reading.syntax import Node, Token, leaves
from bptt_symbolic.understanding.bounds import NotBuilt
from bptt_symbolic.understanding.build import HADAMARD, Builder, Options
from bptt_symbolic.understanding.coerce import products, whole_ranges
from bptt_symbolic.understanding.convention import letters_of_left, summed
from bptt_symbolic.understanding.dots import NoPattern

MOST_MODES = 6
"""Choices of total and immediate derivatives that are looked at."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the other claims of a note needed to be read: the readings that an edit is looked at in first."""

    layouts: tuple[Layout, ...] = ("numerator",)
    modes: bool = False
    """Some derivative is an immediate one."""
    on_the_left: bool = False
    """Some left side is an immediate derivative."""

    def usual(self, word: str) -> bool:
        """Whether other claims of the note are read in this way too."""
        if word.startswith("layout"):
            return any(word == f"layout: {LAYOUTS[layout]}" for layout in self.layouts if layout in LAYOUTS)
        return self.modes and word.startswith(("immediate", "direct"))


EVERYTHING = Habits(("numerator", "gradient", "denominator"), modes=True)
"""All readings that are looked at."""


def habits_of(readings: Iterable[tuple[str, ...]]) -> Habits:
    """The habits that the readings of a note's true claims show, the commonest layout first."""
    seen: Counter[Layout] = Counter()
    modes = on_the_left = False
    for words in readings:
        for layout, name in LAYOUTS.items():
            seen[layout] += any(w == f"layout: {name}" for w in words)
        seen["numerator"] += not any(w.startswith("layout") for w in words)
        modes = modes or any(w.startswith(("immediate", "direct")) for w in words)
        on_the_left = on_the_left or any(w.endswith("on the left") for w in words)
    layouts = tuple(layout for layout, count in seen.most_common() if count)
    return Habits(layouts or ("numerator", "gradient"), modes, on_the_left)


@dataclass
class Looking:
    """Looks at relations about one question, in the readings of the note's habits."""

    question: Question
    habits: Habits = EVERYTHING
    obligation: Obligation | None = None
    """What the wrong relation was understood to say, where it has a meaning."""
    _builders: list[tuple[Network, "Remembering"]] = field(default_factory=list, init=False)
    """One for each of the networks that a question may be about."""

    def __post_init__(self) -> None:
        """The network that the question is about, and a builder that remembers."""
        logistic = with_sigma(self.question.model, "sigmoid")
        if logistic is not None:  # what holds for any `\sigma` holds for this one
            self.question = replace(self.question, model=logistic)
        self._enter(self.question)

    def _enter(self, question: Question) -> None:
        """Take the network that a question is about."""
        self._network, builder = place_of(question)
        known = next((own for network, own in self._builders if network is self._network), None)
        if known is None:
            known = Remembering(**{f.name: getattr(builder, f.name) for f in fields(Builder)})
            self._builders.append((self._network, known))
        self._builder = known

    def may_hold(self, left: Node, right: Node) -> bool:
        """Whether two sides agree in some likely reading."""
        if self._may_hold_here(left, right):
            return True
        if self.question.model.timeless is None or not self._is_elsewhere(left, right):
            return False
        found = self._may_hold_here(left, right)
        self._enter(self.question)
        return found

    def _is_elsewhere(self, left: Node, right: Node) -> bool:
        """Whether the names of these sides speak of another network, which is then taken."""
        here = self._network
        self._enter(replace(self.question, left=left, right=right))
        return self._network is not here

    def _may_hold_here(self, left: Node, right: Node) -> bool:
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
            keep = letters_of_left(left, right)
            left, right = summed(left, keep), summed(right, keep)
        if left == right or self._certainly_differ(left, right):
            return False
        domain = domain_of(left, right, self._network, self.question.beside, last=self._builder.at_last)
        scope = Scope(self._network, dict(domain.variables))
        one, two = whole_ranges(left, scope), whole_ranges(right, scope)
        assumed: list[Assumptions] = []
        for obligation in _typed(one, two, scope, domain, self.habits.layouts):
            assumed = assumed or _strongest(assumptions_of(self.question.model, self._network, domain, (one, two)))
            if any(_holds(replace(obligation, assumptions=a), self.habits) for a in assumed):
                return True
        return False

    def _certainly_differ(self, left: Term, right: Term) -> bool:
        """Whether two sides differ, or have no shape, where steps are neither the first nor the last.

        The free names then have the ranges that they had in the wrong relation, so that nothing has to be found out
        about ranges anew.
        """
        if self._inside is None or not (free_names(left) | free_names(right)) <= self._names:
            return False
        known, place = self._inside
        if known.network.shapes != self._network.shapes:
            return False  # the names have changed, and speak of another network
        domain = Domain(known.variables, known.conditions, {}, {}, 0)
        scope = Scope(self._network, dict(known.variables))
        one, two = whole_ranges(left, scope), whole_ranges(right, scope)
        for obligation in _typed(one, two, scope, domain, self.habits.layouts):
            for reading in _in_modes(replace(obligation, assumptions=known.assumptions), self.habits):
                with suppress(Unsupported):
                    if not fixed.agrees_inside(reading, place):
                        continue
                return False
        return True

    @cached_property
    def _inside(self) -> tuple[Obligation, fixed.Inside] | None:
        """The wrong relation, and instances of it at which its steps are all inside and all different."""
        known = self.obligation
        if known is None:
            return None
        try:
            domain = domain_of(known.left, known.right, self._network, self.question.beside, last=self._builder.at_last)
        except IllTyped:
            return None
        if domain.largest > 1:
            return None  # it may be about one number of steps
        assumed = assumptions_of(self.question.model, self._network, domain, (known.left, known.right))
        known = replace(known, assumptions=_strongest(assumed)[0])
        place = fixed.inside(known)
        return (known, place) if place.instances else None

    @cached_property
    def _names(self) -> frozenset[str]:
        known = () if self.obligation is None else self.obligation.variables
        return frozenset(n for n, _ in known) | frozenset(self._network.sizes) | {LAST}


@dataclass(frozen=True)
class Remembering(Builder):
    """A builder for many formulas that share most of their nodes: each is built once."""

    seen: dict[tuple[tuple[int, ...], Options, frozenset[str]], tuple[object, Term, int]] = field(
        default_factory=dict, compare=False
    )
    """What has been built, with the nodes themselves, so that their ids stay their own."""

    def build(self, node: Node | None) -> Term:
        """Meaning of a formula, remembered; raises NotBuilt."""
        if node is None:
            return super().build(node)
        key = ((0, id(node)), self.options, self.bound)
        if key not in self.seen:
            self.seen[key] = ((node,), super().build(node), 0)
        return self.seen[key][1]

    def factor(self, items: Sequence[Node | Token], place: int) -> tuple[Term, int]:
        """The factor that begins at a place, and where it ends; remembered unless it reaches far."""
        near = tuple(items[place : place + AHEAD])
        key = ((len(near), *map(id, near)), self.options, self.bound)
        if key in self.seen:
            _, term, length = self.seen[key]
            return term, place + length
        term, end = super().factor(items, place)
        if end - place < AHEAD:
            self.seen[key] = (near, term, end - place)
        return term, end


AHEAD = 3
"""Nodes of a product that decide where a short factor ends."""


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
                inner = products(two, scope, "inner")
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


def _strongest(assumed: Sequence[Assumptions]) -> list[Assumptions]:
    """The hypotheses that take most for granted, for any number of steps and for a fixed one."""
    kinds = ([a for a in assumed if a.steps is None], [a for a in assumed if a.steps is not None])
    return [max(kind, key=_strength) for kind in kinds if kind]


def _strength(assumptions: Assumptions) -> int:
    return 2 * len(assumptions.one_hot) + len(assumptions.sum_to_one)


def _holds(obligation: Obligation, habits: Habits) -> bool:
    try:
        return any(fixed.agrees(reading) for reading in _in_modes(obligation, habits))
    except Unsupported:
        return False


def _in_modes(obligation: Obligation, habits: Habits) -> Iterator[Obligation]:
    """All derivatives total, then some of them immediate where that is a habit."""
    yield obligation
    if habits.modes:
        for left, right, words in islice(modes(obligation.left, obligation.right, obligation.network), MOST_MODES):
            if words:
                yield replace(obligation, left=left, right=right)
