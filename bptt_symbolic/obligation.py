"""Claim -> obligation: two closed terms that must be equal in a network, for which values of their free names.

An obligation says *what* has to hold, and nothing about how it is shown. It is what methods work on and what the
kernel confirms. Its assignments at fixed steps and sizes are enumerated here; none at all means that the obligation
is vacuous.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from bptt_symbolic.network import Network
from bptt_symbolic.shapes import Range
from bptt_symbolic.terms import LAST, Affine, Condition, Term


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Hypotheses under which a claim is to hold, beyond the definitions."""

    sum_to_one: frozenset[str] = frozenset()
    """Targets whose entries add to one."""
    one_hot: frozenset[str] = frozenset()
    """Targets that are unit vectors; every class is tried."""
    label: Mapping[str, Affine] | None = None
    """Target -> the class it marks, in the free names of the claim ("if y = j")."""
    other: Mapping[str, Affine] | None = None
    """Target -> a class that it does not mark ("if y != j")."""
    zero_start: bool = False
    """Every initial state is zero."""
    steps: int | None = None
    """The number of steps is this one."""

    def described(self) -> tuple[str, ...]:
        """The hypotheses in words, as a verdict shows them."""
        words = [f"sum({name}_t) = 1" for name in sorted(self.sum_to_one)]
        words += [f"{name}_t is one-hot" for name in sorted(self.one_hot)]
        words += [f"{name}_t marks the class {place}" for name, place in sorted((self.label or {}).items())]
        words += [f"{name}_t does not mark the class {place}" for name, place in sorted((self.other or {}).items())]
        words += ["the initial state is zero"] if self.zero_start else []
        words += [f"T = {self.steps}"] if self.steps is not None else []
        return tuple(words)


@dataclass(frozen=True, slots=True)
class Obligation:
    """`left = right` for every assignment of the free names."""

    left: Term
    right: Term
    network: Network
    variables: tuple[tuple[str, Range], ...] = ()
    """Free times and entry indices with their ranges; a range may mention earlier variables and sizes."""
    conditions: tuple[Condition, ...] = ()
    assumptions: Assumptions = Assumptions()
    least_steps: int = 3
    """Fewer steps than this leave no room for everything that the claim mentions."""

    def assignments(self, steps: int, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Every assignment of the free names at fixed steps and sizes."""
        base = {**sizes, LAST: steps}
        yield from self._extend({}, base, 0)

    def _extend(self, env: dict[str, int], base: Mapping[str, int], depth: int) -> Iterator[dict[str, int]]:
        if depth == len(self.variables):
            if all(c.holds({**base, **env}) for c in self.conditions):
                yield env
            return
        name, (low, high) = self.variables[depth]
        known = {**base, **env}
        for value in range(low.at(known), high.at(known) + 1):
            yield from self._extend({**env, name: value}, base, depth + 1)


def labelings(obligation: Obligation, sizes: Mapping[str, int], env: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Every class (from 0) that the one-hot targets may mark, under "marks j" and "does not mark j"."""
    assumptions = obligation.assumptions
    names = sorted(assumptions.one_hot)
    classes = [obligation.network.shapes[n].axes[0].at(sizes) for n in names]
    for choice in product(*(range(c) for c in classes)):
        labels = dict(zip(names, choice, strict=True))
        if assumptions.label and any(labels[n] != p.at(env) - 1 for n, p in assumptions.label.items()):
            continue
        if assumptions.other and any(labels[n] == p.at(env) - 1 for n, p in assumptions.other.items()):
            continue
        yield labels
