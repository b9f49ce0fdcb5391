"""Norms of the kernel beside those of NumPy."""

import random
from fractions import Fraction
from typing import Literal

import flint
import numpy as np
import pytest

from bptt_symbolic.proving.kernel.balls import BITS, ball
from bptt_symbolic.proving.kernel.norms import magnitude, norm

ORDERS: dict[str, float | Literal["fro"]] = {"2": 2, "F": "fro", "1": 1, "inf": np.inf}


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 2), (2, 5), (4, 4)])
def test_a_norm_encloses_that_of_numpy(kind: str, shape: tuple[int, int]) -> None:
    draw = random.Random(repr((kind, shape)))  # noqa: S311 - reproducible
    entries = [Fraction(draw.randint(-9, 9), draw.randint(1, 5)) for _ in range(shape[0] * shape[1])]
    expected = np.linalg.norm(np.array(entries, float).reshape(shape), ORDERS[kind])
    with flint.ctx.workprec(BITS):
        found = ball(norm(kind, *shape, [flint.fmpq(e.numerator, e.denominator) for e in entries]))
    assert float(abs(found - flint.arb(float(expected)))) < 1e-12 * max(1, float(expected))


def test_the_largest_singular_value_may_come_twice() -> None:
    with flint.ctx.workprec(BITS):
        found = ball(norm("2", 2, 2, [flint.fmpq(x) for x in (0, 3, -3, 0)]))
    assert abs(found - 3) < flint.arb(2) ** -50
    assert norm("2", 2, 2, [flint.fmpq(0)] * 4) == 0


def test_absolute_values_of_balls_enclose_all_that_they_may_be() -> None:
    assert magnitude(flint.fmpq(-1, 2)) == flint.fmpq(1, 2)
    around = ball(magnitude(flint.arb(0, 1)))
    assert around.contains(0)
    assert around.contains(flint.arb(0.75))
