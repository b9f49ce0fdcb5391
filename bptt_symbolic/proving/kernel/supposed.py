r"""Supposed inequalities -> numbers that meet them, and whether numbers do.

A letter that bounds something, `\|W\| \le \gamma`, becomes as small as the numbers allow; where a number bounds it,
`\|W\| < 1`, what is given is made smaller or larger until it holds.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TypeGuard

import flint

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Ref, Term
from bptt_symbolic.proving.evidence import Entries, Point
from bptt_symbolic.proving.kernel.balls import BITS, Number, Unsettled, ball, fraction
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.obligation import Bound, Sign, assigned

FACTORS = tuple(Fraction(2) ** n for n in (0, -1, -2, -3, -4, -5, -6, 1, 2, 3))
"""What the given numbers are multiplied by, in turn."""
ROOM = Fraction(1, 1000)
"""How much larger a letter is made where it bounds something strictly."""
BITS_KEPT = 40
"""Digits behind the point of a letter, in bits."""


def fails(sign: Sign, left: Number, right: Number) -> bool:
    """Whether a relation between two numbers certainly does not hold."""
    if not isinstance(left, flint.arb) and not isinstance(right, flint.arb):
        return bool({"=": left != right, "<=": left > right, "<": left >= right}[sign])
    a, b = ball(left), ball(right)
    if sign == "=":
        return not (a - b).contains(0)
    return bool(a > b) if sign == "<=" else bool(a >= b)


def holds(sign: Sign, left: Number, right: Number) -> bool:
    """Whether an inequality between two numbers certainly holds."""
    a, b = (ball(left), ball(right)) if isinstance(left, flint.arb) or isinstance(right, flint.arb) else (left, right)
    return bool(a <= b) if sign == "<=" else bool(a < b)


def met(bounds: tuple[Bound, ...], tables: Tables) -> bool:
    """Whether the numbers at a point certainly satisfy every hypothesis."""
    return all(holds(bound.sign, low, high) for bound in bounds for low, high in _instances(bound, tables))


def _instances(bound: Bound, tables: Tables) -> Iterator[tuple[Number, Number]]:
    """Both sides of a hypothesis, entry by entry, at every assignment."""
    for env in assigned(bound, tables.base):
        low, high = ([c.value for c in tables.table(side, env).cells] for side in (bound.low, bound.high))
        count = max(len(low), len(high))
        yield from zip(*(side if len(side) == count else side * count for side in (low, high)), strict=True)


def meeting(bounds: tuple[Bound, ...], network: Network, point: Point) -> Point | None:
    """The point with numbers changed so that it meets the hypotheses; None where that is not found."""
    if not bounds:
        return point
    for factor in FACTORS:
        with flint.ctx.workprec(BITS), suppress(Unsettled):
            found = _with_letters(bounds, network, _scaled(bounds, network, point, factor))
            if met(bounds, Tables(network, found)):
                return found
    return None


def _scaled(bounds: tuple[Bound, ...], network: Network, point: Point, factor: Fraction) -> Point:
    """The point with everything that the hypotheses are computed from multiplied by a factor."""
    tables = Tables(network, point)
    for bound in bounds:
        for _ in _instances(bound, tables):
            pass
    fixed = point.sum_to_one | set(point.labels)
    drawn = {
        key: tuple(fraction(c.value) * factor for c in table.cells)
        for key, table in tables.used.items()
        if key[0] not in fixed
    }
    return replace(point, values={**point.values, **drawn})


def _with_letters(bounds: tuple[Bound, ...], network: Network, point: Point) -> Point:
    """The point with every letter that bounds something as near to it as it may be."""
    tables = Tables(network, point)
    values: dict[str, Fraction] = {}
    for bound in bounds:
        for letter, side, choose, sign in ((bound.high, 0, max, 1), (bound.low, 1, min, -1)):
            if not _is_letter(letter, network):
                continue
            ends = [_end(pair[side], sign, strict=bound.sign == "<") for pair in _instances(bound, tables)]
            known = [values[letter.name]] if letter.name in values else []
            values[letter.name] = choose([*ends, *known])
    entries: Mapping[tuple[str, int | None], Entries] = {(name, None): (value,) for name, value in values.items()}
    return replace(point, values={**point.values, **entries})


def _is_letter(term: Term, network: Network) -> TypeGuard[Ref]:
    """A number that nothing computes, and that computes nothing."""
    return isinstance(term, Ref) and term.time is None and term.name not in network.definitions


def _end(x: Number, sign: int, *, strict: bool) -> Fraction:
    """A fraction at or beyond a number, above it or below."""
    room = ROOM * sign if strict else Fraction(0)
    if not isinstance(x, flint.arb):
        return fraction(x) + room
    scaled = x * flint.arb(2) ** BITS_KEPT
    whole = scaled.upper().ceil() if sign > 0 else scaled.lower().floor()
    return Fraction(int(whole.unique_fmpz() or 0), 2**BITS_KEPT) + room
