r"""Claim -> what is true of it, by numbers: unrolled networks and complex steps at several lengths, sizes and points.

A claim is judged where it has a meaning: every step inside the sequence, later letters not before earlier ones
(`k <= t`), and, where some of that is left for two letters that differ, no derivative of what cannot depend on it.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from attack_claims import Claim
from attack_formulas import (
    LAYOUTS,
    ONE,
    ZERO,
    Derivative,
    Neutral,
    Node,
    Over,
    Power,
    Quantity,
    Undefined,
    free,
    places,
)
from attack_networks import Network, Unrolled

Value = Any
Word = Literal["true", "false", "ill", "outside", "odd"]
"""`ill`: a shape or a derivative has no meaning; `outside`: a step lies outside wherever one looks;
`odd`: nobody has said what the formula means."""

SEEN_FIRST: tuple[Word, ...] = ("odd", "false", "ill", "outside")

LENGTHS = ((3, 0), (5, 1), (4, 2), (1, 3))
"""Steps, and which sizes and numbers go with them."""
SIZES = ({"n": 3, "m": 2, "c": 4, "d": 2}, {"n": 2, "m": 4, "c": 3, "d": 3}, {"n": 4, "m": 3, "c": 2, "d": 5})
ORDER = ("k", r"\tau", "t")
"""Letters of steps, none later than the next."""
CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a claim; for a false one, where and with what numbers."""

    word: Word
    layout: tuple[str, str] | None = None
    """The layouts of the two sides in which a true claim is true; the same where one will do."""
    shown: str = ""
    elsewhere: bool = True
    """Whether it also holds where a derivative is of what cannot depend, a range is empty by more than one."""


@dataclass(frozen=True, slots=True)
class Point:
    """Both sides of a claim at some steps; `proper`: no two letters of steps are equal there."""

    where: str
    proper: bool
    ordered: bool
    left: Value
    right: Value


class Oracle:
    """The oracle of one network: its unrolled networks are made once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.unrolled = [Unrolled(network, steps, SIZES[n % len(SIZES)], 7 + n) for steps, n in LENGTHS]

    def judge(self, claim: Claim) -> Truth:
        """True in one layout, or in one a side, wherever it has a meaning; else what is seen first."""
        found: list[Truth] = []
        layouts = LAYOUTS if _has_layout(claim) else LAYOUTS[:1]
        for pair in [(a, a) for a in layouts] + [(a, b) for a in layouts for b in layouts if a != b]:
            truth = self._judge(claim, pair)
            if truth.word == "true":
                return truth
            if pair[0] == pair[1]:
                found.append(truth)
        return min(found, key=lambda truth: SEEN_FIRST.index(truth.word))

    def _judge(self, claim: Claim, layouts: tuple[str, str]) -> Truth:
        try:
            usual, rest, cut = self._points(claim, layouts)
            wrong = next((p for p in usual if _differ(p.left, p.right)), None)
            if wrong is not None:
                return Truth("false", layouts, f"{wrong.where}: {_differ(wrong.left, wrong.right)}")
            if cut or not usual:
                return Truth("outside", layouts)
            strange = next((p for p in rest if _differ(p.left, p.right)), None)
        except Undefined as reason:
            return Truth("odd" if reason.odd else "ill", layouts, str(reason))
        if strange is None:
            return Truth("true", layouts)
        said = f"{strange.where}: {_differ(strange.left, strange.right)}"
        return Truth("true", layouts, said, elsewhere=False)

    def _points(self, claim: Claim, layouts: tuple[str, str]) -> tuple[list[Point], list[Point], bool]:
        """Both sides at every point of the domain, and at what the usual conventions leave out of it.

        The last says whether some sum runs out of the sequence somewhere.
        """
        cut = False
        usual: list[Point] = []
        rest: list[Point] = []
        letters_of_steps = claim.letters & set(ORDER)
        for place in self.unrolled:
            for letters in _letters(claim, place):
                sides = _sides(claim, place, letters, layouts)
                cut |= sides is True
                if not isinstance(sides, bool):
                    where = f"T = {place.steps}, {_said(letters)}"
                    proper = len({letters[a] for a in letters_of_steps}) == len(letters_of_steps)
                    meant, ordered = self._is_usual(claim, place, letters), _in_order(letters)
                    if not meant and not ordered:
                        continue  # nobody means a range that runs backward, or the later state below
                    target = usual if meant and ordered else rest
                    target.append(Point(where, proper, ordered, *sides))
        if any(p.proper for p in usual):
            return usual, rest, cut
        return usual + [p for p in rest if p.ordered], [p for p in rest if not p.ordered], cut

    def _is_usual(self, claim: Claim, place: Unrolled, letters: Mapping[str, int]) -> bool:
        """Ranges are empty by one at most, and what is differentiated can depend on what it is differentiated by."""
        for side in (claim.left, claim.right):
            for _, part in places(side):
                if isinstance(part, Over) and part.kind != "entries":
                    ends = free(Over(part.kind, part.letter, part.low, part.high, Quantity("")))
                    if ends <= set(letters) and part.high.at(letters) < part.low.at(letters) - 1:
                        return False
                if isinstance(part, Derivative) and _between_letters(part) and free(part) <= set(letters):
                    over, under = part.over.key(letters), part.under.key(letters)
                    if not np.any(place.jacobian(over, under, direct=part.direct)) and self._sometimes(part, place):
                        return False
        return True

    def _sometimes(self, part: Derivative, place: Unrolled) -> bool:
        """Whether there are steps at which the one depends on the other, however far they are apart."""
        steps = range(place.steps + 2)
        letters = sorted(free(part) & set(ORDER))
        fixed = dict.fromkeys((*part.over.entry, *part.under.entry), 1)
        for chosen in itertools.product(steps, repeat=len(letters)):
            at = {"T": place.steps, **fixed, **dict(zip(letters, chosen, strict=True))}
            try:
                if np.any(place.jacobian(part.over.key(at), part.under.key(at), direct=part.direct)):
                    return True
            except Undefined:
                continue
        return False


def _sides(
    claim: Claim, place: Unrolled, letters: Mapping[str, int], layouts: tuple[str, str]
) -> tuple[Value, Value] | bool:
    """Both sides at some letters; no numbers where a step lies outside, true if that is within a sum."""
    sides: list[Value] = []
    for layout, side in zip(layouts, (claim.left, claim.right), strict=True):
        place.layout = layout
        try:
            sides.append(side.at(place, letters))
        except Undefined as reason:
            if reason.outside:
                return reason.bound
            raise
    return sides[0], sides[1]


def _in_order(letters: Mapping[str, int]) -> bool:
    """Whether no earlier letter is a later step."""
    steps = [letters[letter] for letter in ORDER if letter in letters]
    return steps == sorted(steps)


def _between_letters(part: Derivative) -> bool:
    """Whether both steps have letters, and not the same."""
    above, below = (side.step.letter if side.step else "" for side in (part.over, part.under))
    return above in ORDER and below in ORDER and above != below


def _has_layout(claim: Claim) -> bool:
    """Whether a derivative of it is no number, or it names one."""
    return any(
        isinstance(p, Derivative) or (isinstance(p, Quantity) and p.name.startswith("\\"))
        for side in (claim.left, claim.right)
        for _, p in places(side)
    )


def _letters(claim: Claim, place: Unrolled) -> Iterator[dict[str, int]]:
    """Values of the free letters: of steps, of entries within the axes where they stand."""
    steps = [letter for letter in ORDER if letter in claim.letters]
    axes = _axes(claim, place)
    entries = sorted(claim.letters - set(steps))
    if set(entries) - set(axes):
        raise Undefined("a letter that nothing bounds")
    for chosen in itertools.product(range(1, place.steps + 1), repeat=len(steps)):
        for entry in itertools.product(*(range(1, axes[e] + 1) for e in entries)):
            yield {
                "T": place.steps,
                **dict(zip(steps, chosen, strict=True)),
                **dict(zip(entries, entry, strict=True)),
            }


def _axes(claim: Claim, place: Unrolled) -> dict[str, int]:
    """How far letters of entries go; Undefined where one stands at axes of different sizes."""
    network = place.network
    found: dict[str, set[str]] = {}
    for side in (claim.left, claim.right):
        for _, part in places(side):
            if isinstance(part, Quantity) and part.entry:
                shape = _shape(network, part.name)
                if len(shape) != len(part.entry):
                    raise Undefined("there is no such entry")
                for letter, size in zip(part.entry, shape, strict=True):
                    found.setdefault(letter, set()).add(size)
    if any(len(sizes) > 1 for sizes in found.values()):
        raise Undefined("a letter at axes of different sizes")
    return {letter: place.sizes[min(sizes)] for letter, sizes in found.items()}


def _shape(network: Network, name: str) -> tuple[str, ...]:
    if name in network.matrices:
        return network.matrices[name]
    if name in network.once:
        return (network.once[name] or "",)
    column = network.columns.get(network.adjoints.get(name, name))
    return (column.size,) if column is not None and column.size else ()


def _differ(left: Value, right: Value) -> str | None:
    """None if both sides are equal; else what they are."""
    if left is right:
        return None
    if isinstance(left, Neutral) and isinstance(right, Neutral):
        return "0 is no identity"
    return _unequal(_beside(left, right), _beside(right, left))


def _beside(value: Value, other: Value) -> Value:
    """Zero and the identity in the shape of the other side."""
    if value is ZERO:
        return np.zeros(other.shape)
    if value is ONE:
        return np.eye(other.shape[0]) if other.ndim else np.ones(())
    return value


def _unequal(left: Value, right: Value) -> str | None:
    if left.shape != right.shape:
        raise Undefined("the sides have different shapes")
    if np.allclose(left, right, rtol=CLOSE, atol=CLOSE):
        return None
    with np.printoptions(precision=5, suppress=True):
        return f"{np.real(left).tolist()} is not {np.real(right).tolist()}"


def _said(letters: Mapping[str, int]) -> str:
    return ", ".join(f"{letter} = {value}" for letter, value in letters.items() if letter != "T")


__all__ = ["Node", "Oracle", "Power", "Truth", "Word"]
