r"""Sums of products -> sums of products: the index form of one entry of a term.

    form     = sum of  coefficient * monomial
    monomial = sum over bound times in a domain, over bound indices,  of a product of atoms with integer exponents
    atom     = kind, times, indices                  for example W_{ij}, s_{t-1,i}, P(t,k)_{ij}, delta_{ij}

A time is `name + constant`; the empty name is zero. An index is a record: a variable with the size that it runs over,
that variable moved on by an offset, or a literal. Sizes are never numbers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from itertools import count
from typing import NamedTuple

Time = tuple[str, int]
"""A name and a constant. Names of times that a note has begin with a letter, those that are made here with a sign."""
Constraint = tuple[str, str, int]
"""`(x, y, c)`: x - y <= c, where the empty name is zero."""


class Unprovable(Exception):  # noqa: N818 - an honest "no proof" on its way
    """Something that the calculus does not reach; the message is a reason that a person can read."""


LITERAL, HEAD, ENTRY, FRESH, NAMED, RESULT, PARAMETER, COLUMN, DISTANT, ROW, SOURCE, INSIDE, BOUND = range(13)
"""What an index variable is for: none at all, an index of a head, the entry that a function of a vector runs over, a
new variable, a name of the claim, an entry of its result, a parameter of a pattern, a column, the far end of a
transfer, a row, an entry of what a lemma differentiates by, an index of a definition that is put in, a bound variable
in normal form."""


class Index(NamedTuple):
    """An entry of an axis: a variable, that variable moved on by an offset, or the literal `offset`.

    Two indices are one exactly when all their parts are, whatever letters the sizes and names of a note have.
    """

    sort: str
    """The size that the variable runs over, from 1; empty for a literal. Sizes are as `Affine` writes them."""
    role: int
    which: int | str
    """The one meant of those with this sort and role: a number, or the name in the claim."""
    offset: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is a variable that is not moved."""
        return not self.offset


class Atom(NamedTuple):
    """One factor: what it is (an interned number), its times, its indices."""

    kind: int
    times: tuple[Time, ...]
    idx: tuple[Index, ...]


class Mono(NamedTuple):
    """A product of atoms, summed over bound indices and over bound times where the constraints hold."""

    factors: tuple[tuple[Atom, int], ...] = ()
    idx: tuple[Index, ...] = ()
    times: tuple[str, ...] = ()
    cons: tuple[Constraint, ...] = ()


Form = list[tuple[Fraction, Mono]]

ONE = Fraction(1)
UNIT: Form = [(ONE, Mono())]
IMPOSSIBLE: Constraint = ("", "", -1)

MOST_TERMS = 20_000
"""Terms of one product of sums."""

_NUMBERS: ContextVar[Iterator[int]] = ContextVar("numbers", default=count())  # noqa: B039 - for single calls in tests


@contextmanager
def numbering() -> Iterator[None]:
    """New names are counted anew, so that a proof is the same whatever was proved before it.

    What is kept from one proof to the next is in normal form, where bound names have names of another kind.
    """
    token = _NUMBERS.set(count())
    try:
        yield
    finally:
        _NUMBERS.reset(token)


def fresh(sort: str) -> Index:
    """A new index variable that runs over 1..sort."""
    return Index(sort, FRESH, next(_NUMBERS.get()))


def literal(offset: str) -> Index:
    """The entry at a fixed place."""
    return Index("", LITERAL, 0, offset)


def moved(offset: str, variable: Index) -> Index:
    """A variable moved on."""
    return Index(variable.sort, variable.role, variable.which, offset)


def over(sizes: Iterable[object], role: int) -> tuple[Index, ...]:
    """One variable for each size, numbered in one role."""
    return tuple(Index(str(size), role, n) for n, size in enumerate(sizes))


def fresh_time() -> str:
    """A new time variable."""
    return f"%{next(_NUMBERS.get())}"


def parameter_time(place: int) -> str:
    """The time variable that stands for a parameter of a pattern."""
    return f"?{place}"


def number(value: Fraction | int) -> Form:
    """A constant."""
    return [(Fraction(value), Mono())] if value else []


def single(atom: Atom, exponent: int = 1) -> Form:
    """One atom."""
    return [(ONE, Mono(((atom, exponent),)))]


def guarded(constraints: Iterable[Constraint]) -> Form:
    """One where the constraints hold, else zero."""
    return [(ONE, Mono(cons=tuple(constraints)))]


def not_after(a: Time, b: Time) -> Constraint:
    """`a <= b`."""
    return (a[0], b[0], b[1] - a[1])


def before(a: Time, b: Time) -> Constraint:
    """`a < b`."""
    return (a[0], b[0], b[1] - a[1] - 1)


def equal(a: Time, b: Time) -> tuple[Constraint, Constraint]:
    """`a = b`."""
    return not_after(a, b), not_after(b, a)


def product(a: Mono, b: Mono) -> Mono:
    """Product of monomials whose bound names are different."""
    if not b.factors:
        factors = a.factors
    elif not a.factors:
        factors = b.factors
    else:
        total = dict(a.factors)
        for atom, exponent in b.factors:
            total[atom] = total.get(atom, 0) + exponent
        factors = tuple((atom, e) for atom, e in total.items() if e)
    return Mono(factors, a.idx + b.idx, a.times + b.times, a.cons + b.cons)


def times(a: Form, b: Form) -> Form:
    """Product of forms whose bound names are different."""
    if len(a) * len(b) > MOST_TERMS:
        raise Unprovable(f"a product of sums with more than {MOST_TERMS} terms")
    return [(c * d, product(m, n)) for c, m in a for d, n in b]


def replaced(mono: Mono, atom: Atom, form: Form) -> Form:
    """A monomial with a form in place of one of its atoms, whatever its exponent."""
    rest = Mono(tuple(f for f in mono.factors if f[0] != atom), mono.idx, mono.times, mono.cons)
    return [(c, product(rest, m)) for c, m in form]


def scaled(a: Form, factor: Fraction | int) -> Form:
    """A form times a number."""
    return [(c * factor, m) for c, m in a] if factor else []


def bound(
    a: Form, idx: tuple[Index, ...] = (), stamps: tuple[str, ...] = (), cons: tuple[Constraint, ...] = ()
) -> Form:
    """Sum of a form over more indices and times, under more constraints."""
    return [(c, Mono(m.factors, m.idx + idx, m.times + stamps, m.cons + cons)) for c, m in a]


def variable_of(index: Index) -> Index | None:
    """The variable of an index, not moved; a literal has none."""
    if not index.offset:
        return index
    return Index(index.sort, index.role, index.which) if index.role else None


def split(index: Index) -> tuple[str, Index | None]:
    """Offset and variable of an index; the offset of a plain variable is empty."""
    return index.offset, variable_of(index)


def variables_of(factors: Iterable[tuple[Atom, int]]) -> set[Index]:
    """The index variables that stand in a product."""
    return {v for atom, _ in factors for i in atom.idx if (v := variable_of(i)) is not None}


def placeholders(idx: Sequence[Index], role: int) -> tuple[Index, ...]:
    """Variables of one role in place of those of some indices, at the same offsets; literals stay."""
    return tuple(Index(i.sort, role, n, i.offset) if i.role else i for n, i in enumerate(idx))


def filling(places: Sequence[Index], idx: Sequence[Index]) -> dict[Index, Index]:
    """What to put in for the variables of placeholders, so that they become the indices they were made for."""
    pairs = ((variable_of(p), variable_of(i)) for p, i in zip(places, idx, strict=True))
    return {p: i for p, i in pairs if p is not None and i is not None}


def put_index(index: Index, env: Mapping[Index, Index]) -> Index:
    """Replace the variable of an index."""
    if index in env:
        return env[index]
    if not index.offset or not index.role:
        return index
    new = env.get(Index(index.sort, index.role, index.which))
    if new is None:
        return index
    if new.offset and new.offset != "0":
        raise Unprovable("an index that is moved twice")
    return Index(new.sort, new.role, new.which, index.offset)


def put_time(time: Time, env: Mapping[str, Time]) -> Time:
    """Replace the name of a time."""
    new = env.get(time[0])
    return time if new is None else (new[0], new[1] + time[1])


def put_constraint(constraint: Constraint, env: Mapping[str, Time]) -> Constraint:
    """Replace the names in a constraint."""
    x, y, c = constraint
    (a, p), (b, q) = env.get(x, (x, 0)), env.get(y, (y, 0))
    if a == b:
        return ("", "", 0) if c - p + q >= 0 else IMPOSSIBLE
    return (a, b, c - p + q)


def put_atom(atom: Atom, indices: Mapping[Index, Index], stamps: Mapping[str, Time]) -> Atom:
    """Replace names in an atom."""
    idx = tuple(put_index(i, indices) for i in atom.idx) if indices else atom.idx
    return Atom(atom.kind, tuple(put_time(t, stamps) for t in atom.times) if stamps else atom.times, idx)


def put_factors(
    factors: tuple[tuple[Atom, int], ...], indices: Mapping[Index, Index], stamps: Mapping[str, Time]
) -> tuple[tuple[Atom, int], ...]:
    """Replace names in a product; atoms that become equal are merged."""
    total: dict[Atom, int] = {}
    for atom, exponent in factors:
        new = put_atom(atom, indices, stamps)
        total[new] = total.get(new, 0) + exponent
    return tuple((atom, e) for atom, e in total.items() if e)


def put(mono: Mono, indices: Mapping[Index, Index], stamps: Mapping[str, Time]) -> Mono:
    """Replace names in a monomial; a bound name that is replaced is bound no more."""
    return Mono(
        put_factors(mono.factors, indices, stamps),
        tuple(i for i in mono.idx if i not in indices),
        tuple(t for t in mono.times if t not in stamps),
        tuple(put_constraint(c, stamps) for c in mono.cons) if stamps else mono.cons,
    )


def instance(form: Form, indices: Mapping[Index, Index], stamps: Mapping[str, Time]) -> Form:
    """A form with other names for its free variables and new ones for its bound variables."""
    return [(c, _instance(m, indices, stamps)) for c, m in form]


def _instance(mono: Mono, indices: Mapping[Index, Index], stamps: Mapping[str, Time]) -> Mono:
    new_idx = {i: fresh(i.sort) for i in mono.idx}
    new_times = {t: fresh_time() for t in mono.times}
    inside = put(mono, {**indices, **new_idx}, {**stamps, **{t: (n, 0) for t, n in new_times.items()}})
    return Mono(inside.factors, tuple(new_idx.values()), tuple(new_times.values()), inside.cons)
