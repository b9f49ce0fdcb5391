r"""Terms -> entries: the entry `i` of a column, `i, j` of a matrix, written out as sums over indices.

(A x)_i = \sum_n A_{in} x_n,   (a b^\top)_{ij} = a_i b_j,   (u \odot v)_i = u_i v_i,   diag(v)_{ij} = v_i 1(i = j)
"""

from dataclasses import dataclass, replace

from bptt_symbolic.deriving.algebra import Algebra, add, neg
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.meaning.names import words_of
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Condition,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Power,
    Ref,
    Stack,
    Sum,
    Term,
    Transpose,
    walk,
)
from bptt_symbolic.scalars.rows import OF_VECTORS

Index = tuple[str, ...]
LETTERS = ("i", "j", "m", "n", "p", "q", "r", "l")
FIRST = Affine(1)


@dataclass(frozen=True)
class Entries:
    """Writes entries with letters that are free in a network."""

    algebra: Algebra

    @property
    def letters(self) -> tuple[str, ...]:
        """Index letters that name no quantity and no size of the network, and no label of one."""
        taken = {part for name in self.algebra.network.shapes for part in _letters_in(name)}
        return tuple(letter for letter in LETTERS if letter not in taken)

    def at(self, term: Term, index: Index) -> Term:  # noqa: C901, PLR0912 - one case a constructor
        """The entry of a term; raises Open for a term without a rule."""
        if self.algebra.scalar(term):
            return self._number(term, index)
        match term:
            case Ref():
                return Entry(term, tuple(Affine.of(i) for i in index))
            case Deriv():
                return self._derivative(term, index)
            case Add(items=items):
                return add(*(self.at(i, index) for i in items))
            case Neg(body=body):
                return neg(self.at(body, index))
            case Mul(left=left, right=right):
                return self._product(left, right, index)
            case Hadamard(left=left, right=right):
                return _times(self.at(left, index), self.at(right, index))
            case Divide(left=left, right=right):
                return Divide(self.at(left, index), self.at(right, index))
            case Power(body=body):
                return replace(term, body=self.at(body, index), entrywise=False)
            case Apply(function=function, args=(argument,)) if (
                not function.mixes(1) and function.name not in OF_VECTORS
            ):
                return replace(term, args=(self.at(argument, index),))
            case Transpose(body=body):
                return self.at(body, tuple(reversed(index)))
            case Diag(body=body) if len(index) == 2:  # noqa: PLR2004 - a matrix
                same = Condition(Affine.of(index[0]), "=", Affine.of(index[1]))
                return Mul(self.at(body, index[:1]), Indicator((same,)))
            case Sum():
                return replace(term, body=self.at(term.body, index))
            case Stack():
                return Entry(term, tuple(Affine.of(i) for i in index))
            case _:
                raise Open(type(term).__name__)

    def _number(self, term: Term, index: Index) -> Term:
        """A scalar: inner products in it are written as sums."""
        match term:
            case Num() | Count() | Ref() | Deriv() | Indicator() | Entry():
                return term
            case Mul(left=left, right=right) if not self.algebra.scalar(left):
                return self._contracted(left, right, (), (), index)
            case Inner(left=left, right=right) if not self.algebra.row(left):
                return self._contracted(Transpose(left), right, (), (), index)
            case Divide(left=left, right=right):
                return Divide(self._number(left, index), self._number(right, index))
            case Mul(left=left, right=right):
                return _times(self._number(left, index), self._number(right, index))
            case Add(items=items):
                return add(*(self._number(i, index) for i in items))
            case Neg(body=body):
                return neg(self._number(body, index))
            case _:
                return term

    def _product(self, left: Term, right: Term, index: Index) -> Term:
        if self.algebra.scalar(left):
            return _times(self._number(left, index), self.at(right, index))
        if self.algebra.scalar(right):
            return _times(self._number(right, index), self.at(left, index))
        rows = len(self.algebra.shape(left).up)
        return self._contracted(left, right, index[:rows], index[rows:], index)

    def _contracted(self, left: Term, right: Term, rows: Index, columns: Index, taken: Index) -> Term:
        axes = self.algebra.shape(left).down
        if not axes:
            return _times(self.at(left, rows), self.at(right, columns))
        if len(axes) > 1:
            raise Open("a tensor")
        used = {*taken, *(x.var for t in (left, right) for x in walk(t) if isinstance(x, Sum))}
        var = next((x for x in self.letters if x not in used), None)
        if var is None:
            raise Open("no index letter is free")
        body = _times(self.at(left, (*rows, var)), self.at(right, (var, *columns)))
        return Sum(var, FIRST, axes[0], body)

    def _derivative(self, term: Deriv, index: Index) -> Term:
        of_axes = len(self.algebra.shape(term.of).axes)
        if term.layout == "denominator":
            by_index, of_index = index[: len(index) - of_axes], index[len(index) - of_axes :]
        else:
            of_index, by_index = index[:of_axes], index[of_axes:]
        of = term.of if not of_index else Entry(term.of, tuple(Affine.of(i) for i in of_index))
        by = term.by if not by_index else Entry(term.by, tuple(Affine.of(i) for i in by_index))
        return Deriv(of, by, term.mode, "numerator")


def _times(left: Term, right: Term) -> Term:
    """A product of numbers, its sign first."""
    if isinstance(left, Neg):
        return neg(_times(left.body, right))
    return neg(_times(left, right.body)) if isinstance(right, Neg) else Mul(left, right)


def _letters_in(name: str) -> set[str]:
    """The single letters of a name and of its label."""
    return {letter for word in words_of(name) if len(letter := word.rstrip("'")) == 1}
