"""True claim -> the same with one mistake, of which numbers show that it is wrong; and how far two sides are apart."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from random import Random

import numpy as np
from dress_formulas import (
    Call,
    Derivative,
    Entrywise,
    Minus,
    Node,
    OutsideError,
    Over,
    Plus,
    Product,
    Squared,
    Step,
    Transposed,
    Var,
    put,
    walk,
)
from dress_networks import Claim, Network, Setting, Unrolled

SETTINGS = (Setting(), Setting(one_hot=True, seed=1), Setting(zero_start=True, one_hot=True, seed=2))
"""A mistake has to show in each: what a note leaves open may be so or so."""
APART = 1e-6


def planted(claim: Claim, network: Network, draw: Random) -> tuple[str, Claim] | None:
    """The claim with one mistake, and its kind; None where none of them would show."""
    places = [_unrolled(network, setting) for setting in SETTINGS]
    kinds = draw.sample([*KINDS], len(KINDS))
    for kind in kinds:
        found = [*KINDS[kind](claim.right)]
        for right in draw.sample(found, min(3, len(found))):
            wrong = replace(claim, right=right)
            if all(shows(wrong, place) for place in places):
                return kind, wrong
    return None


@lru_cache(maxsize=12)
def _unrolled(network: Network, setting: Setting) -> Unrolled:
    return Unrolled(network, setting)


def differences(claim: Claim, place: Unrolled) -> Iterator[tuple[Mapping[str, int], float]]:
    """How far the sides are apart at each choice of the free steps where both have a meaning."""
    for letters in _choices(claim, place.steps):
        try:
            left, right = claim.left.at(place, letters), claim.right.at(place, letters)
        except OutsideError:
            continue
        if left.shape != right.shape:
            raise ValueError((left.shape, right.shape))
        yield letters, float(np.max(np.abs(left - right)))


def shows(claim: Claim, place: Unrolled) -> bool:
    """Whether a claim is wrong at steps inside of the sequence, Jacobians laid out either way."""
    turned = replace(claim, left=Transposed(claim.left))
    try:
        return _apart(claim, place) and (not _is_jacobian(claim, place) or _apart(turned, place))
    except ValueError:  # the shapes do not fit: not the mistake that is meant
        return False


def _is_jacobian(claim: Claim, place: Unrolled) -> bool:
    return isinstance(claim.left, Derivative) and place.shape(claim.left.over.name) != (1, 1)


def _apart(claim: Claim, place: Unrolled) -> bool:
    inside = [apart for letters, apart in differences(claim, place) if _inner(letters, place.steps)]
    return bool(inside) and min(inside) > APART


def _inner(letters: Mapping[str, int], last: int) -> bool:
    """A running step that is neither the first nor one of the last, and an earlier one that is not its neighbour."""
    now = letters.get("t", 3)
    return 1 < now < last and letters.get("k", now - 2) < now - 1


def _choices(claim: Claim, last: int) -> Iterator[dict[str, int]]:
    letters = sorted(_free(claim.left) | _free(claim.right))
    for chosen in itertools.product(range(1, last + 1), repeat=len(letters)):
        found = dict(zip(letters, chosen, strict=True))
        if found.get("k", 0) < found.get("t", last + 1):
            yield {"T": last, "1": 1, **found}


def _free(node: Node) -> set[str]:
    """The letters of steps that nothing binds."""
    bound = {n.letter for _, n in walk(node) if isinstance(n, Over)}
    steps = [getattr(n, one.name) for _, n in walk(node) for one in fields(n)]
    return {s.letter for s in steps if isinstance(s, Step)} - bound - {"T", "1"}


def _changed(node: Node, change: Callable[[Node], Iterator[Node]]) -> Iterator[Node]:
    """The formula with one part changed."""
    for path, part in walk(node):
        yield from (put(node, path, new) for new in change(part))


def _signs(part: Node) -> Iterator[Node]:
    if isinstance(part, Plus):
        yield Plus(part.left, part.right.body if isinstance(part.right, Minus) else Minus(part.right))


def _transposes(part: Node) -> Iterator[Node]:
    if isinstance(part, Transposed) and isinstance(part.body, Var) and part.body.step is None:
        yield part.body
    if isinstance(part, Product) and isinstance(part.right, Var) and part.right.step is None:
        yield Product(part.left, Transposed(part.right))


def _steps(part: Node) -> Iterator[Node]:
    if isinstance(part, Var) and part.step is not None and part.step.letter != "1":
        yield from (Var(part.name, Step(part.step.letter, part.step.shift + by)) for by in (-1, 1))


def _factors(part: Node) -> Iterator[Node]:
    if isinstance(part, Entrywise):
        yield from (part.left, part.right)


def _summands(part: Node) -> Iterator[Node]:
    if isinstance(part, Plus):
        yield part.left
        yield part.right.body if isinstance(part.right, Minus) else part.right


def _ranges(part: Node) -> Iterator[Node]:
    if isinstance(part, Over):
        yield replace(part, low=Step(part.low.letter, part.low.shift + 1))
        yield replace(part, high=Step(part.high.letter, part.high.shift - 1))


def _slopes(part: Node) -> Iterator[Node]:
    if isinstance(part, Squared):
        yield part.body
    if isinstance(part, Call) and part.slope:
        yield replace(part, slope=False)
    if isinstance(part, Entrywise) and isinstance(part.right, Plus) and isinstance(part.right.right, Minus):
        yield Entrywise(part.left, Plus(part.right.left, Minus(Squared(part.right.right.body))))


KINDS: Mapping[str, Callable[[Node], Iterator[Node]]] = {
    "sign": lambda node: _changed(node, _signs),
    "transpose": lambda node: _changed(node, _transposes),
    "step": lambda node: _changed(node, _steps),
    "missing factor": lambda node: _changed(node, _factors),
    "missing summand": lambda node: _changed(node, _summands),
    "range": lambda node: _changed(node, _ranges),
    "slope": lambda node: _changed(node, _slopes),
}
"""Kind of mistake -> the formulas with one."""


def with_mistake(claims: Sequence[Claim], network: Network, draw: Random) -> tuple[str, int, Claim] | None:
    """A kind of mistake, the claim of a note that gets it, and what it is then."""
    for place in draw.sample(range(len(claims)), len(claims)):
        found = planted(claims[place], network, draw)
        if found is not None:
            return found[0], place, found[1]
    return None
