"""What is written as a function and is none: diagonal matrices, traces, products and columns by their names."""

from collections.abc import Sequence
from functools import reduce

from bptt_symbolic.meaning.names import end_of
from bptt_symbolic.meaning.terms import Affine, Deriv, Diag, Entry, Mul, Ref, Sum, Term, free_names, walk
from bptt_symbolic.reading.source import Span
from bptt_symbolic.understanding import dots
from bptt_symbolic.understanding.sum_bounds import NotBuilt


def made_of(name: str, args: Sequence[Term | None], span: Span) -> Term | None:
    r"""`\mathrm{diag}(a)`, `\mathrm{tr}(A)`, `\mathrm{matmul}(A, b)`, `\mathrm{concat}(a, b)`, and a product of
    derivatives by the chain rule, `\mathrm{prod}(a, b)`; None for a function. Raises NotBuilt for a product of anything
    else."""
    several = [a for a in args if a is not None]
    if name == "diag":
        return Diag((args[0] if len(args) == 1 else None) or dots.row_of(args, span), span)
    if name == "trace" and len(args) == 1 and args[0] is not None:
        return _trace(args[0], span)
    chain = name == "product of derivatives"
    if chain and not all(isinstance(a, Deriv) for a in args):
        raise NotBuilt("not-settled", "the function prod", span)
    if (chain or name == "product") and len(several) == len(args) > 1:
        return reduce(lambda a, b: Mul(a, b, span), several)
    return dots.row_of(args, span) if name == "concatenation" and len(args) > 1 else None


def _trace(matrix: Term, span: Span) -> Term:
    r"""`tr(A)`: the sum of the entries on the diagonal, `\sum_i A_{ii}`."""
    taken = free_names(matrix) | {x.name for x in walk(matrix) if isinstance(x, Ref)}
    letter = next(n for n in (*"ijklmnpq", *(f"i_{n}" for n in range(len(taken) + 1))) if n not in taken)
    index = Affine.of(letter)
    return Sum(letter, Affine(1), Affine.of(end_of(letter)), Entry(matrix, (index, index), span), (), span)
