"""What is known where a claim is proved: its network, the domain of its letters, and what is supposed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from bptt_symbolic.meaning.shapes import Scope
from bptt_symbolic.meaning.terms import LAST, Affine, Apply, Condition, Constant, Num, Ref, Term, is_measure, walk
from bptt_symbolic.proving.methods.proposals import proofs
from bptt_symbolic.proving.methods.symbolic.domains import Closure, close, implies
from bptt_symbolic.proving.methods.symbolic.forms import Constraint
from bptt_symbolic.proving.obligation import Obligation

MOST_EQUALITIES = 40
"""Equalities between terms that are looked at for one inequality."""


@dataclass(frozen=True)
class Known:
    """The place of a proof."""

    obligation: Obligation
    equal: dict[tuple[Term, Term], bool] = field(default_factory=dict)
    """Equalities that were looked at."""

    @property
    def letters(self) -> frozenset[str]:
        """The letters by which a hypothesis bounds what is never negative."""
        bounds = self.obligation.assumptions.bounds
        return frozenset(b.high.name for b in bounds if isinstance(b.high, Ref) and is_measure(b.low))

    def speaks_of(self, function: str) -> bool:
        """Whether the larger side, or what is supposed, has a function: otherwise nothing leads back from it."""
        terms = (self.obligation.right, *(b.high for b in self.obligation.assumptions.bounds))
        return any(isinstance(x, Apply) and x.function.name == function for t in terms for x in walk(t))

    def said_of(self, quantity: Ref) -> list[tuple[Fraction | None, Fraction | None, bool]]:
        """The numbers between which a quantity is supposed to lie, and whether they are none of its values."""
        found: list[tuple[Fraction | None, Fraction | None, bool]] = []
        for bound in self.obligation.assumptions.bounds:
            if bound.high == quantity and isinstance(bound.low, Num):
                found.append((bound.low.value, None, bound.sign == "<"))
            if bound.low == quantity and isinstance(bound.high, Num):
                found.append((None, bound.high.value, bound.sign == "<"))
        return found

    @property
    def scope(self) -> Scope:
        """The network and the ranges of the letters."""
        return Scope(self.obligation.network, dict(self.obligation.variables))

    def inside(self, var: str, low: Affine, high: Affine) -> "Known":
        """The same with one more letter."""
        o = self.obligation
        return Known(replace(o, variables=(*o.variables, (var, (low, high)))))

    def starts_at_zero(self, name: str) -> bool:
        """Whether the initial value of a state is known to be zero."""
        network = self.obligation.network
        found = [d.body for d in network.initial if d.name == name]
        zeros = ((isinstance(b, Constant) and b.kind == "zero") or (isinstance(b, Num) and not b.value) for b in found)
        return all(zeros) if found else self.obligation.assumptions.zero_start

    @cached_property
    def _closure(self) -> Closure:
        o = self.obligation
        found = [
            c
            for name, (low, high) in o.variables
            for c in (_at_most(low, Affine.of(name)), _at_most(Affine.of(name), high))
        ]
        found += [_at_most(Affine(o.network.first), Affine.of(LAST))]
        for condition in o.conditions:
            found += _constraints(condition)
        return close([c for c in found if c is not None]) or {}

    def at_least(self, value: Affine, least: int = 0) -> bool:
        """Whether an integer expression is not below a number, for all values of the letters."""
        if not value.parts:
            return value.const >= least
        constraint = _at_most(Affine(least), value)
        return constraint is not None and implies(self._closure, constraint)

    def is_computed(self, quantity: Ref) -> bool:
        """Whether a quantity is given by its definition at every step that is meant."""
        network = self.obligation.network
        if quantity.name in network.backward:
            return False
        if quantity.name not in network.states:
            return True
        return quantity.time is not None and self.at_least(quantity.time - network.start)

    def equals(self, left: Term, right: Term) -> bool:
        """Whether two terms are proved to be equal for every number of steps and all sizes."""
        if left == right:
            return True
        if (left, right) not in self.equal and len(self.equal) < MOST_EQUALITIES:
            claim = replace(self.obligation, left=left, right=right, sign="=")
            found = next(iter(proofs(claim))).identity
            self.equal[left, right] = found is not None and found.all_steps and found.all_sizes
        return self.equal.get((left, right), False)


def _constraints(condition: Condition) -> Sequence[Constraint | None]:
    left, right = condition.left, condition.right
    match condition.relation:
        case "<=":
            return (_at_most(left, right),)
        case "<":
            return (_at_most(left + 1, right),)
        case "=":
            return (_at_most(left, right), _at_most(right, left))
        case "!=":
            return ()


def _at_most(low: Affine, high: Affine) -> Constraint | None:
    """`low <= high` as a difference constraint; None for what is none."""
    gap = low - high
    plus, minus = ([n for n, c in gap.parts if c == sign] for sign in (1, -1))
    if len(plus) + len(minus) != len(gap.parts) or len(plus) > 1 or len(minus) > 1:
        return None
    return ((plus or [""])[0], (minus or [""])[0], -gap.const)
