"""Relation -> whether it may be true: the quick look that weeds out almost every edit.

It takes the readings that the relation most likely has, and compares both sides of each in floating point at sizes
that are all different. What passes is proved afterwards; this only saves the work for the others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped, Scope
from bptt_symbolic.meaning.terms import LAST, Layout, Term, Unbound, free_names
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.proving.settle import (
    LAYOUTS,
    Breadth,
    Domain,
    Question,
    Reading,
    Relation,
    assumptions_of,
    in_modes,
    literally,
    place_of,
    readings,
    related,
    with_sigma,
)
from bptt_symbolic.reading.syntax import Node, Token
from bptt_symbolic.understanding import Builder, NoPattern, NotBuilt, Options

MOST_MODES = 6
"""Choices of total and immediate derivatives that are looked at."""
LIKELY = frozenset({"tight", "newest", "star", "inner"})
"""What is read otherwise than literally, on the right side alone."""


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
    layouts: list[Layout] = [layout for layout, count in seen.most_common() if count]
    either: tuple[Layout, ...] = ("numerator", "gradient")  # what is true in both shows no habit
    return Habits(tuple(dict.fromkeys((*layouts, *either))), modes, on_the_left)


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
            known = Remembering(**{f.name: getattr(builder, f.name) for f in fields(Builder) if f.init})
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
        question = replace(self.question, left=left, right=right)
        try:
            terms, keep = literally(question, self._builder)
            if terms[0] == terms[1] or self._certainly_differ(question, terms, keep):
                return False
            relation = related(question, terms, keep, self._network, self._builder)
            assumed = _strongest(assumptions_of(question.model, self._network, relation.domain, terms))
            return any(self._holds(one, a) for one in readings(relation, self._breadth) for a in assumed)
        except (NotBuilt, NoPattern, IllTyped, Unbound):
            return False

    def _certainly_differ(self, question: Question, terms: tuple[Term, Term], keep: frozenset[str]) -> bool:
        """Whether two sides differ, or have no shape, where steps are neither the first nor the last.

        The free names then have the ranges that they had in the wrong relation, so that nothing has to be found out
        about ranges anew.
        """
        if self._inside is None or not (free_names(terms[0]) | free_names(terms[1])) <= self._names:
            return False
        known, place = self._inside
        if known.network.shapes != self._network.shapes:
            return False  # the names have changed, and speak of another network
        domain = Domain(known.variables, known.conditions, {}, {}, 0)
        scope = Scope(self._network, dict(known.variables))
        relation = Relation((question.left, question.right), self._builder, terms, keep, domain, scope)
        for reading in readings(relation, self._breadth):
            for one in self._in_modes(reading):
                with suppress(Unsupported):
                    if not fixed.agrees_inside(replace(one.obligation, assumptions=known.assumptions), place):
                        continue
                return False
        return True

    def _in_modes(self, reading: Reading) -> Iterator[Reading]:
        """All derivatives total, then some of them immediate where that is a habit."""
        yield reading
        if self.habits.modes:
            yield from in_modes(reading, most=MOST_MODES)

    def _holds(self, reading: Reading, assumed: Assumptions) -> bool:
        try:
            return any(fixed.agrees(replace(one.obligation, assumptions=assumed)) for one in self._in_modes(reading))
        except Unsupported:
            return False

    @cached_property
    def _breadth(self) -> Breadth:
        return Breadth(self.habits.layouts, mixed=False, left=frozenset(), right=LIKELY)

    @cached_property
    def _inside(self) -> tuple[Obligation, fixed.Inside] | None:
        """The wrong relation, and instances of it at which its steps are all inside and all different."""
        known = self.obligation
        if known is None:
            return None
        terms = (known.left, known.right)
        try:
            domain = related(self.question, terms, frozenset(), self._network, self._builder).domain
        except IllTyped:
            return None
        if domain.largest > 1:
            return None  # it may be about one number of steps
        assumed = assumptions_of(self.question.model, self._network, domain, terms)
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


def _strongest(assumed: Sequence[Assumptions]) -> list[Assumptions]:
    """The hypotheses that take most for granted, for any number of steps and for a fixed one."""
    kinds = ([a for a in assumed if a.steps is None], [a for a in assumed if a.steps is not None])
    return [max(kind, key=_strength) for kind in kinds if kind]


def _strength(assumptions: Assumptions) -> int:
    return 2 * len(assumptions.one_hot) + len(assumptions.sum_to_one)
