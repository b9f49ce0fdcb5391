r"""Terms -> terms: products, sums, transposes, without the trivial cases: `1 A`, `A + 0`, `--A`, `2^\top`."""

from dataclasses import dataclass
from fractions import Fraction

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped, Range, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Deriv,
    Diag,
    Divide,
    Hadamard,
    Mul,
    Neg,
    Num,
    Power,
    Shape,
    Sum,
    Term,
    Transpose,
    rebuild,
)

ONE = Num(Fraction(1))
ZERO = Num(Fraction(0))


def number(value: int | Fraction) -> Num:
    """A rational constant."""
    return Num(Fraction(value))


def add(*items: Term) -> Term:
    """A sum, flat and without zeros."""
    flat: list[Term] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Add) else (item,))
    kept = tuple(i for i in flat if i != ZERO)
    return ZERO if not kept else kept[0] if len(kept) == 1 else Add(kept)


def minus(left: Term, right: Term) -> Term:
    """A difference."""
    return add(left, neg(right))


def _folded(term: Term) -> Term:
    """A quotient of numbers as a number."""
    if isinstance(term, Divide) and isinstance(term.left, Num) and isinstance(term.right, Num) and term.right.value:
        return Num(term.left.value / term.right.value)
    return term


def neg(term: Term) -> Term:
    """A negative; two of them are none."""
    return term.body if isinstance(term, Neg) else Neg(term)


def product(left: Term, right: Term) -> Term:
    """A product; its sign comes first, and a number before a vector."""
    if isinstance(left, Neg):
        return neg(product(left.body, right))
    if isinstance(right, Neg):
        return neg(product(left, right.body))
    left, right = _folded(left), _folded(right)
    if ONE in (left, right):
        return right if left == ONE else left
    if isinstance(right, Num):
        left, right = right, left
    if isinstance(left, Num):
        return _scaled(left, right)
    return Mul(left, right)


def _scaled(factor: Num, term: Term) -> Term:
    r"""A number times a term: `2 \cdot \frac{1}{2 N} x` is `\frac1N x`."""
    match term:
        case Num(value=value):
            return Num(factor.value * value)
        case Divide(left=Num(value=above), right=Mul(left=Num(value=below), right=rest)):
            return _scaled(Num(factor.value / below), Divide(Num(above), rest))
        case Divide(left=Num(value=above), right=rest):
            return Divide(Num(factor.value * above), rest)
        case Divide(left=rest, right=Num(value=below)) if below:
            return product(Num(factor.value / below), rest)
        case Mul(left=left, right=right) if isinstance(_folded(left), Num) or _has_number(left):
            return product(_scaled(factor, _folded(left)), right)
        case _:
            return Mul(factor, term)


def _has_number(term: Term) -> bool:
    return isinstance(term, Divide) and (isinstance(term.left, Num) or isinstance(term.right, Num))


@dataclass(frozen=True)
class Algebra:
    """The same for operations that depend on shapes."""

    network: Network
    ranges: tuple[tuple[str, Range], ...] = ()
    """The index letters that may stand free in a term."""

    def shape(self, term: Term) -> Shape:
        """Shape of a term; raises IllTyped."""
        return shape_of(term, Scope(self.network, dict(self.ranges)))

    def scalar(self, term: Term) -> bool:
        """Whether a term is a number."""
        return not self.shape(term).axes

    def row(self, term: Term) -> bool:
        """Whether a term is a row; one with free index letters is taken for none."""
        try:
            shape = self.shape(term)
        except IllTyped:
            return False
        return bool(shape.down) and not shape.up

    def mul(self, left: Term, right: Term) -> Term:
        """A product; its sign comes first, and a number before a vector."""
        return product(left, right)

    def div(self, left: Term, right: Term) -> Term:
        """A quotient, by a number or entry by entry; its sign comes first."""
        return neg(self.div(left.body, right)) if isinstance(left, Neg) else Divide(left, right)

    def scaled(self, scalar: Term, term: Term) -> Term:
        """A number times anything; between two numbers a derivative comes first."""
        if self.scalar(term) and isinstance(term, Deriv):
            return self.mul(term, scalar)
        return self.mul(scalar, term)

    def had(self, left: Term, right: Term) -> Term:
        """An entrywise product."""
        if isinstance(left, Neg):
            return neg(self.had(left.body, right))
        if isinstance(right, Neg):
            return neg(self.had(left, right.body))
        if ONE in (left, right):
            return right if left == ONE else left
        if isinstance(right, Hadamard):
            return self.had(self.had(left, right.left), right.right)
        return self.mul(left, right) if self.scalar(left) or self.scalar(right) else Hadamard(left, right)

    def square(self, term: Term) -> Term:
        """The square of each entry; of a matrix as an entrywise product, for a power would be a product of matrices."""
        return Hadamard(term, term) if len(self.shape(term).axes) > 1 else Power(term, Affine(2), entrywise=True)

    def diag(self, term: Term) -> Term:
        """A diagonal matrix."""
        return term if self.scalar(term) else Diag(term)

    def transpose(self, term: Term) -> Term:
        """A transpose, carried inside as far as it is shorter there."""
        match term:
            case Transpose(body=body):
                return body
            case Neg(body=body):
                return neg(self.transpose(body))
            case Add(items=items) if any(isinstance(i, Transpose | Mul) for i in items):
                return add(*(self.transpose(i) for i in items))
            case Mul(left=left, right=right) if self.scalar(left):
                return self.mul(left, self.transpose(right))
            case Mul(left=left, right=right):
                return self.mul(self.transpose(right), self.transpose(left))
            case Diag():
                return term
            case _:
                return term if self.scalar(term) else Transpose(term)

    def rows(self, term: Term) -> Term:
        r"""A column in which gradients are columns -> the row that it is when gradients are rows.

        `W^\top g` becomes `g W`, and `g \odot v` becomes `g \operatorname{diag}(v)`.
        """
        if self.scalar(term):
            return self.untransposed(term)
        match term:
            case Deriv(layout="denominator"):
                return Transpose(_numerator(term)) if self._shaped(term) else _numerator(term)
            case Add(items=items) if has_gradient(term):
                return add(*(self.rows(i) for i in items))
            case Neg(body=body):
                return neg(self.rows(body))
            case Mul(left=left, right=right) if self.scalar(left):
                return self.mul(self.untransposed(left), self.rows(right))
            case Mul(left=left, right=right):
                return self.mul(self.rows(right), self.rows(left))
            case Hadamard() | Divide() if has_gradient(term):
                return self._scaled_rows(term)
            case Transpose(body=body):
                return self.untransposed(body)
            case Sum(body=body):
                return Sum(term.var, term.low, term.high, self.rows(body), term.where)
            case _:
                return self.transpose(self.untransposed(term))

    def _scaled_rows(self, term: Term) -> Term:
        r"""`(g \odot v) \odot w` -> `g diag(v \odot w)`."""
        scales: list[Term] = []
        while isinstance(term, Hadamard | Divide):
            inner, other = (term.left, term.right) if has_gradient(term.left) else (term.right, term.left)
            scales.insert(0, Divide(ONE, other) if isinstance(term, Divide) else other)
            term = inner
        scale = scales[0]
        for more in scales[1:]:
            scale = self.had(scale, more)
        return self.mul(self.rows(term), self.diag(scale))

    def untransposed(self, term: Term) -> Term:
        """The same term with every gradient that is a column written as the transpose of one that is a row."""
        match term:
            case Deriv(layout="denominator"):
                return _numerator(term) if self._shaped(term) else Transpose(_numerator(term))
            case Transpose(body=Deriv(layout="denominator") as inner):
                return Transpose(_numerator(inner)) if self._shaped(inner) else _numerator(inner)
            case _:
                return rebuild(term, self.untransposed)

    def _shaped(self, term: Deriv) -> bool:
        """A derivative that has the same shape in both layouts: by a number, or of a number by a matrix."""
        return len(self.shape(term.by).axes) != 1 and self.scalar(term.of)


def has_gradient(term: Term) -> bool:
    """Whether a derivative that is a column stands in a term, outside of transposes of Jacobians."""
    if isinstance(term, Deriv):
        return term.layout == "denominator"
    if isinstance(term, Mul | Hadamard):
        return has_gradient(term.left) or has_gradient(term.right)
    if isinstance(term, Neg):
        return has_gradient(term.body)
    if isinstance(term, Divide):
        return has_gradient(term.left)
    return isinstance(term, Add) and any(has_gradient(i) for i in term.items)


def _numerator(term: Deriv) -> Deriv:
    return Deriv(term.of, term.by, term.mode, "numerator")
