r"""Sums of products -> sums of products: the index form of one entry of a term.

    form     = sum of  coefficient * monomial
    monomial = sum over bound times in a domain, over bound indices,  of a product of atoms with integer exponents
    atom     = kind, times, indices                  for example W_{ij}, s_{t-1,i}, P(t,k)_{ij}, delta_{ij}

A time is `name + constant`; the empty name is zero. An index variable carries the size that it runs over in its name,
`D:7` runs over 1..D; `d_in|D:7` is that index moved on by `d_in`, and `2|` is the literal 2. Sizes are never numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from itertools import count
from typing import NamedTuple

Time = tuple[str, int]
Index = str
Constraint = tuple[str, str, int]
"""`(x, y, c)`: x - y <= c, where the empty name is zero."""


class Unprovable(Exception):  # noqa: N818 - an honest "no proof" on its way
    """Something that the calculus does not reach; the message is a reason that a person can read."""


class Atom(NamedTuple):
    """One factor: what it is (an interned number), its times, its indices."""

    kind: int
    times: tuple[Time, ...]
    idx: tuple[Index, ...]


class Mono(NamedTuple):
    """A product of atoms, summed over bound indices and over bound times where the constraints hold."""

    factors: tuple[tuple[Atom, int], ...] = ()
    idx: tuple[str, ...] = ()
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


def fresh(sort: str) -> str:
    """A new index variable that runs over 1..sort."""
    return f"{sort}:{next(_NUMBERS.get())}"


def fresh_time() -> str:
    """A new time variable."""
    return f"%{next(_NUMBERS.get())}"


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


def bound(a: Form, idx: tuple[str, ...] = (), over: tuple[str, ...] = (), cons: tuple[Constraint, ...] = ()) -> Form:
    """Sum of a form over more indices and times, under more constraints."""
    return [(c, Mono(m.factors, m.idx + idx, m.times + over, m.cons + cons)) for c, m in a]


def split(index: Index) -> tuple[str, str]:
    """Offset and variable of an index; either may be empty."""
    head, bar, tail = index.rpartition("|")
    return (head, tail) if bar else ("", index)


def sort_of(variable: str) -> str:
    """The size that an index variable runs over."""
    return variable.partition(":")[0]


def put_index(index: Index, env: Mapping[str, Index]) -> Index:
    """Replace the variable of an index."""
    if index in env:
        return env[index]
    offset, variable = split(index)
    if not offset or not variable or variable not in env:
        return index
    other, inner = split(env[variable])
    if other and other != "0":
        raise Unprovable("an index that is moved twice")
    return f"{offset}|{inner}"


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


def put_atom(atom: Atom, indices: Mapping[str, Index], stamps: Mapping[str, Time]) -> Atom:
    """Replace names in an atom."""
    idx = tuple(put_index(i, indices) for i in atom.idx) if indices else atom.idx
    return Atom(atom.kind, tuple(put_time(t, stamps) for t in atom.times) if stamps else atom.times, idx)


def put_factors(
    factors: tuple[tuple[Atom, int], ...], indices: Mapping[str, Index], stamps: Mapping[str, Time]
) -> tuple[tuple[Atom, int], ...]:
    """Replace names in a product; atoms that become equal are merged."""
    total: dict[Atom, int] = {}
    for atom, exponent in factors:
        new = put_atom(atom, indices, stamps)
        total[new] = total.get(new, 0) + exponent
    return tuple((atom, e) for atom, e in total.items() if e)


def put(mono: Mono, indices: Mapping[str, Index], stamps: Mapping[str, Time]) -> Mono:
    """Replace names in a monomial; a bound name that is replaced is bound no more."""
    return Mono(
        put_factors(mono.factors, indices, stamps),
        tuple(i for i in mono.idx if i not in indices),
        tuple(t for t in mono.times if t not in stamps),
        tuple(put_constraint(c, stamps) for c in mono.cons) if stamps else mono.cons,
    )


def instance(form: Form, indices: Mapping[str, Index], stamps: Mapping[str, Time]) -> Form:
    """A form with other names for its free variables and new ones for its bound variables."""
    return [(c, _instance(m, indices, stamps)) for c, m in form]


def _instance(mono: Mono, indices: Mapping[str, Index], stamps: Mapping[str, Time]) -> Mono:
    new_idx = {i: fresh(sort_of(i)) for i in mono.idx}
    new_times = {t: fresh_time() for t in mono.times}
    inside = put(mono, {**indices, **new_idx}, {**stamps, **{t: (n, 0) for t, n in new_times.items()}})
    return Mono(inside.factors, tuple(new_idx.values()), tuple(new_times.values()), inside.cons)
