"""Numbers of the kernel -> text: the counterexample of a refutation, as the report holds it.

A rational number is written as a fraction. A ball becomes an interval of two decimals, rounded outwards, so that every
digit is guaranteed: as many as it takes to read the value, and to tell the two sides apart.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

import flint

from bptt_symbolic.proving.evidence import Point
from bptt_symbolic.proving.kernel.balls import Number, ball, coefficients, form
from bptt_symbolic.proving.kernel.tables import Instance, Table, Tables
from bptt_symbolic.reporting.report import Counterexample

DIGITS = 6
"""Digits of the ends of an interval; more where the two sides need them to differ."""
MOST_DIGITS = 30
MOST_BITS = 3000
"""Numbers with a larger exponent are not written out as fractions on their way to decimals."""
SHORT = 20
"""A ball without an error is written as a fraction if that takes no more letters than this."""


def example(
    point: Point, env: Mapping[str, int], tables: Tables, found: tuple[tuple[int, ...], Number, Number]
) -> Counterexample:
    """The counterexample that both sides differ at an entry: the entry, left and right as `found` has them."""
    entry, left, right = found
    used = sorted(tables.used.items(), key=lambda item: (item[0][0], item[0][1] or 0))
    values = {name if time is None else f"{name}_{time}": _nested(table) for (name, time), table in used}
    difference = left - right
    digits = _telling(left, right, difference)
    return Counterexample(
        point.steps,
        dict(point.sizes),
        values,
        entry,
        number(left, digits),
        number(right, digits),
        number(difference),
        {name: value for name, value in env.items() if name not in point.sizes},
        dict(_function(instance) for instance in tables.functions),
    )


def number(x: Number, digits: int = DIGITS) -> str:
    """An exact fraction, or an interval `[low, high]` of decimals that encloses the number."""
    if not isinstance(x, flint.arb):
        return str(x)
    if x.is_exact() and abs(x.man_exp()[1]) <= MOST_BITS and len(exact := str(_fraction(x))) <= SHORT:
        return exact
    low, high = _ends(x, digits)
    return f"[{low}, {high}]"


def _telling(left: Number, right: Number, difference: Number) -> int:
    """How many digits it takes until the intervals of the two sides do not meet."""
    size = max(abs(ball(left)).abs_upper(), abs(ball(right)).abs_upper())
    ratio = size / abs(ball(difference)).abs_lower()
    return min(MOST_DIGITS, max(DIGITS, len(str(int(ratio.upper().floor().unique_fmpz() or 0))) + 2))


def _fraction(x: flint.arb) -> flint.fmpq:
    mantissa, exponent = x.man_exp()
    power = flint.fmpz(2) ** abs(int(exponent))
    return flint.fmpq(mantissa * power) if exponent >= 0 else flint.fmpq(mantissa, power)


def _ends(x: flint.arb, digits: int) -> tuple[Decimal, Decimal]:
    """Decimals below and above every number of a ball."""
    if abs(x.mid().man_exp()[1]) > MOST_BITS:
        middle, radius, exponent = map(int, x.mid_rad_10exp(digits))
        return Decimal(middle - radius).scaleb(exponent), Decimal(middle + radius).scaleb(exponent)
    return _rounded(x.lower(), digits, ROUND_FLOOR), _rounded(x.upper(), digits, ROUND_CEILING)


def _rounded(end: flint.arb, digits: int, rounding: str) -> Decimal:
    fraction = _fraction(end)
    return Context(prec=digits, rounding=rounding).divide(Decimal(int(fraction.p)), Decimal(int(fraction.q)))


def _nested(table: Table) -> object:
    cells: list[object] = [str(c.value) for c in table.cells]
    for d in reversed(table.dims[1:]):
        cells = [cells[i : i + d] for i in range(0, len(cells), d)]
    return cells if table.dims else cells[0]


def _function(instance: Instance) -> tuple[str, str]:
    r"""`f_1(x)` and its polynomial; `loss_2(a_1, a_2)` and its quadratic form."""
    name = instance.name + ("" if instance.step is None else f"_{instance.step}")
    if not instance.arguments:
        part = "" if instance.component is None else f"_{instance.component}"
        powers = zip(coefficients(instance.name, instance.component), ("", " x", " x^2"), strict=True)
        return f"{name}{part}(x)", _added([(c, letters) for c, letters in powers])
    names = [f"a_{i + 1}" for i in range(instance.arguments)]
    linear, square = form(instance.name, instance.step, (instance.component or 1) - 1, instance.arguments)
    terms = [(c, f" {a}") for c, a in zip(linear, names, strict=True)]
    for i, a in enumerate(names):
        terms.append((square[i][i], f" {a}^2"))
        terms += [(square[i][j] + square[j][i], f" {a} {b}") for j, b in enumerate(names) if j > i]
    part = "" if instance.component == 1 else f"_{instance.component}"
    return f"{name}{part}({', '.join(names)})", _added(terms)


def _added(terms: list[tuple[flint.fmpq, str]]) -> str:
    """`2 x^2 - 1/3 x + 1`, the highest power first."""
    text = ""
    for c, letters in reversed(terms):
        size = str(abs(c))
        size = letters.strip() if size == "1" and letters else size + letters
        if c != 0:
            text += (" - " if c < 0 else " + ") + size
    return text.removeprefix(" + ").replace(" - ", "-", 1) if text.startswith(" - ") else text.removeprefix(" + ")
