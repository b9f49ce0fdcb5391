r"""Derivatives -> formulas that they may be, of which norms can be taken: each is a guess until it is proved equal.

\partial h_t / \partial h_{t-1}   ->   diag(f'(z_t)) W         by the chain rule, forward, through the definitions
\partial h_t / \partial h_k       ->   \prod_{i=k+1}^t \partial h_i / \partial h_{i-1}
\partial L / \partial W           ->   \sum_t \partial L_t / \partial W
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from bptt_symbolic.meaning.names import numbered
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Constant,
    Deriv,
    Diag,
    Divide,
    Hadamard,
    Inner,
    Mul,
    Neg,
    Num,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
    substitute,
)

MOST_STEPS = 3
"""Steps between which a derivative is written out by the chain rule."""


class Unknown(Exception):  # noqa: N818 - an honest "no guess" on its way
    """The chain rule is not known for this constructor."""


def guesses(derivative: Deriv, scope: Scope) -> Iterator[Term]:
    """Formulas that a derivative may be, of two quantities."""
    of, by = derivative.of, derivative.by
    if derivative.mode != "total" or not isinstance(of, Ref) or not isinstance(by, Ref):
        return
    total = _by_steps(of, derivative, scope.network)
    if total is not None:
        yield total
    if total is not None and by.time is not None and isinstance(total.body, Deriv):
        later = replace(by, time=by.time + 1)
        own = substitute(total.body, {total.var: by.time})
        yield Add((own, Mul(Deriv(of, later), Deriv(later, by))))
    if of.time is None or by.time is None:
        return
    gap = of.time - by.time
    if not gap.parts and 0 <= gap.const <= MOST_STEPS:
        found = _forward(of, by, scope)
        if found is not None:
            yield found
    if of.name == by.name and (gap.parts or gap.const > 1):
        var = numbered(800)
        here = Affine.of(var)
        axes = shape_of(of, scope).axes
        one = Deriv(Ref(of.name, here), Ref(of.name, here - 1))
        yield Prod(var, by.time + 1, of.time, one, size=axes[0] if axes else None)
    elif of.name != by.name and gap.parts:
        yield Mul(Deriv(of, Ref(by.name, of.time)), Deriv(Ref(by.name, of.time), by))


def _by_steps(of: Ref, derivative: Deriv, network: Network) -> Sum | None:
    """The derivative of a sum as the sum of the derivatives."""
    definition = network.definitions.get(of.name)
    body = None if definition is None else definition.body_at(of.time)
    return replace(body, body=replace(derivative, of=body.body)) if isinstance(body, Sum) else None


def _forward(of: Ref, by: Ref, scope: Scope) -> Term | None:
    try:
        return _Forward(by, scope).of(of)
    except (Unknown, IllTyped):
        return None


@dataclass(frozen=True)
class _Forward:
    """The chain rule, from what a formula reads to the formula."""

    by: Ref
    scope: Scope

    def of(self, term: Term) -> Term | None:
        """The derivative of a vector or a number by a quantity; None where it does not depend on it."""
        match term:
            case Ref():
                return self._quantity(term)
            case Num() | Constant():
                return None
            case Neg(body=body):
                inner = self.of(body)
                return None if inner is None else Neg(inner)
            case Add(items=items):
                return _sum([part for item in items if (part := self.of(item)) is not None])
            case Mul(left=left, right=right):
                return self._product(left, right)
            case Divide(left=left, right=right) if self.of(right) is None:
                inner = self.of(left)
                return None if inner is None else Divide(inner, right)
            case Inner(left=left, right=right) if left == right:
                inner = self.of(left)
                return None if inner is None else Mul(Num(Fraction(2)), Mul(Transpose(left), inner))
            case Hadamard(left=left, right=right):
                return _sum([*self._scaled(left, right), *self._scaled(right, left)])
            case Apply(function=function, args=(body,)) if function.kind in {"known", "generic"}:
                slope = replace(term, function=replace(function, order=function.order + 1))
                return next(iter(self._scaled(slope, body)), None)
            case _:
                raise Unknown

    def _quantity(self, term: Ref) -> Term | None:
        if term == self.by:
            axes = shape_of(term, self.scope).axes
            return Constant("identity", axes[0]) if axes else Num(Fraction(1))
        network = self.scope.network
        if term.time is None or self.by.time is None or term.name in network.backward:
            return None
        gap = term.time - self.by.time
        if gap.parts:
            raise Unknown
        definition = network.definitions.get(term.name)
        return None if gap.const < 0 or definition is None else self.of(definition.body_at(term.time))

    def _scaled(self, factor: Term, term: Term) -> Iterator[Term]:
        """`diag(factor)` times the derivative of a term."""
        inner = self.of(term)
        if inner is not None:
            yield _times(Diag(factor) if shape_of(factor, self.scope).axes else factor, inner)

    def _product(self, left: Term, right: Term) -> Term | None:
        before, behind = self.of(left), self.of(right)
        if before is None:
            return None if behind is None else _times(left, behind)
        if shape_of(left, self.scope).axes or shape_of(right, self.scope).axes:
            raise Unknown
        return _sum([_times(right, before), *([] if behind is None else [_times(left, behind)])])


def _times(left: Term, right: Term) -> Term:
    if isinstance(right, Constant) and right.kind == "identity":
        return left
    return left if right == Num(Fraction(1)) else Mul(left, right)


def _sum(parts: list[Term]) -> Term | None:
    return None if not parts else parts[0] if len(parts) == 1 else Add(tuple(parts))
