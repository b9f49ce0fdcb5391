"""Entries -> how large they are: absolute values and norms, in exact or ball arithmetic.

The spectral norm is found from traces: `M = A^T A` over its trace has its largest eigenvalue between `1/n` and 1, and
squaring it again and again brings these bounds together; the traces on the way give the largest eigenvalue of `M`.
"""

from collections.abc import Sequence

import flint

from bptt_symbolic.proving.kernel.balls import ONE, ZERO, Number, Unsettled, ball

SQUARINGS = 64
"""The spectral norm of an n x n matrix is found up to a factor of `n` to the power of `2 ** -SQUARINGS`."""


def magnitude(x: Number) -> Number:
    """The absolute value of a number."""
    return x if x >= 0 else -x if x <= 0 else ball(x).union(-ball(x)).nonnegative_part()


def norm(kind: str, rows: int, columns: int, cells: Sequence[Number]) -> Number:
    """The norm of a matrix, or of a vector as a matrix with one row or column: `2`, `F`, `1`, `inf`."""
    if all(isinstance(c, flint.fmpq) and c == 0 for c in cells):
        return ZERO
    lines = [[magnitude(cells[i * columns + j]) for j in range(columns)] for i in range(rows)]
    match kind:
        case "inf":
            return _largest([sum(row, ZERO) for row in lines])
        case "1":
            return _largest([sum(column, ZERO) for column in zip(*lines, strict=True)])
        case "F":
            return _root(sum((c * c for c in cells), ZERO))
        case "2":
            return _root(sum((c * c for c in cells), ZERO)) if 1 in {rows, columns} else _spectral(rows, columns, cells)
        case _:
            raise Unsettled(f"a norm that the note does not name ({kind})")


def _largest(numbers: Sequence[Number]) -> Number:
    if not any(isinstance(x, flint.arb) for x in numbers):
        return max(numbers)
    found = ball(numbers[0])
    for x in numbers[1:]:
        found = found.max(ball(x))
    return found


def _root(square: Number) -> Number:
    """The root of a sum of squares; of the square of a rational, that rational."""
    if not isinstance(square, flint.arb):
        over, under = square.p.isqrt(), square.q.isqrt()
        if over * over == square.p and under * under == square.q:
            return flint.fmpq(over, under)
    return ball(square).nonnegative_part().sqrt()


def _spectral(rows: int, columns: int, cells: Sequence[Number]) -> Number:
    matrix = flint.arb_mat(rows, columns, [ball(c) for c in cells])
    square = matrix.transpose() * matrix if columns <= rows else matrix * matrix.transpose()
    size = min(rows, columns)
    logarithm, weight = flint.arb(0), flint.arb(1)
    for _ in range(SQUARINGS):
        trace = sum((square[i, i] for i in range(size)), flint.arb(0))
        if not trace > 0:
            raise Unsettled("the spectral norm of what may be zero")
        logarithm += weight * trace.log()
        square = square * (ONE_BALL / trace)
        square, weight = square * square, weight / 2
    least = -2 * weight * flint.arb(size).log()
    return ((logarithm + least.union(flint.arb(0))) / 2).exp()


ONE_BALL = ball(ONE)
