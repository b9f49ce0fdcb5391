"""Network -> world: what the calculus knows about one network under one set of assumptions.

A *kind* says what an atom is: an entry of a quantity, a value or slope of a function, a delta, a transfer. A
*pattern* is a form with its free names taken out, so that two applications of a function are one atom exactly when
their arguments have one normal form. A *chain* is a family of transfers `X(t, k)` with `X(k, k) = 1` and `X(t, k) =
M_t X(t-1, k)`.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.proving.methods.symbolic.forms import (
    ENTRY,
    PARAMETER,
    Atom,
    Constraint,
    Form,
    Index,
    Time,
    instance,
    parameter_time,
    variables_of,
)
from bptt_symbolic.proving.obligation import Assumptions

Kind = tuple[Hashable, ...]
STAMP = "%"
"""The free time of a template."""
FAR = "%%"
"""The other free time of a rule: the one at the far end of a transfer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern -> result`: the leading monomial of a relation between transfers, and what it equals.

    The first factor of the pattern is the transfer. Indices of the roles ROW, COLUMN (of the result) and DISTANT (of
    the far end) and the times STAMP and FAR are free; other indices are bound, and must be bound and used nowhere
    else where it applies.
    """

    pattern: tuple[tuple[Atom, int], ...]
    bound: frozenset[Index]
    result: Form
    needs: Constraint | None = None
    """What must be known about the times STAMP and FAR."""
    parts: bool = False
    """Where that is not known, the two cases are told apart."""


@dataclass(slots=True)
class Chain:
    """Transfers between blocks of states; a chain of one block has the empty name."""

    number: int
    blocks: dict[str, tuple[str, ...]]
    """Block -> the sizes of its axes."""
    steps: dict[tuple[str, str], Form]
    """Rows and columns of `M` at the time STAMP, with indices of the roles ROW and COLUMN."""
    start: int
    """Earliest time `k` of `X(t, k)`."""
    text: str = ""
    """What stands for a transfer in a written proof."""
    still: bool = False
    """Whether `M` is the same at every time; then only `t - k` counts."""
    runs: tuple[tuple[int, int], ...] | None = None
    """Kinds and exponents of running products, when the step is one product of scalars."""
    rules: list[Rule] = field(default_factory=list)
    """From `X(t, k) = M_t X(t-1, k)` and from `X(t, k-1) = X(t, k) M_k`, leading monomials first."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A function value that is the value of a state: `tanh(z_t)` is `s_t`."""

    state: str
    shift: int
    places: tuple[int, ...]
    """Where the indices of the state stand among those of the pattern."""


@dataclass
class World:
    """Interned kinds, patterns and chains, with the assumptions that the rules ask for."""

    network: Network
    assumptions: Assumptions = field(default_factory=Assumptions)
    names: list[Kind] = field(default_factory=list)
    patterns: list[Form] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    folds: dict[int, Fold] = field(default_factory=dict)
    """Kind of a function value -> the state that it is."""
    values: dict[str, tuple[str, int, tuple[int, ...], int]] = field(default_factory=dict)
    """State -> function, pattern, places of its indices and shift, when it is the value of a known function."""
    opaque: frozenset[str] = frozenset()
    """Functions of which nothing is used but that equal arguments have equal values."""
    exponentials: set[int] = field(default_factory=set)
    """Patterns that some softmax is taken of."""
    partitions: dict[Affine, tuple[tuple[Affine, Affine], ...]] = field(default_factory=dict)
    """Size of a stack -> offset and size of its parts."""
    forward: frozenset[str] = frozenset()
    """The states and all that they are computed from: each at its own step or the one before, as has been checked."""
    zero_states: frozenset[str] = frozenset()
    """States whose initial value is zero."""
    labels: dict[str, tuple[Time, Index, bool]] = field(default_factory=dict)
    """Target -> at which time it marks which class (True), or does not (False)."""
    used: dict[str, None] = field(default_factory=dict)
    """Rules that have been applied, in order."""
    left_long: bool = False
    """Whether a transfer over very many steps was left as it is."""
    spent: int = 0
    """Monomials that were looked at for the proof that is under way."""
    known_chains: dict[object, int] = field(default_factory=dict)
    """Steps -> chain."""
    _kinds: dict[Kind, int] = field(default_factory=dict)
    _patterns: dict[Hashable, int] = field(default_factory=dict)

    def kind(self, *parts: Hashable) -> int:
        """Number of a kind."""
        number = self._kinds.get(parts)
        if number is None:
            number = self._kinds[parts] = len(self.names)
            self.names.append(parts)
        return number

    def pattern(self, key: Hashable, form: Form) -> int:
        """Number of a pattern."""
        number = self._patterns.get(key)
        if number is None:
            number = self._patterns[key] = len(self.patterns)
            self.patterns.append(form)
        return number

    def applied(self, pattern: int, stamps: tuple[Time, ...], idx: tuple[Index, ...], place: Index | None) -> Form:
        """The form of a pattern at given parameters."""
        form = self.patterns[pattern]
        env: dict[Index, Index] = {}
        for v in {v for _, m in form for v in variables_of(m.factors) if v not in m.idx}:
            if v.role == ENTRY and place is not None:
                env[v] = place
            elif v.role == PARAMETER:
                env[v] = idx[int(v.which)]
        return instance(form, env, {parameter_time(n): t for n, t in enumerate(stamps)})

    def delta(self, i: Index, j: Index) -> Atom:
        """`delta_{ij}`."""
        return Atom(self.kind("delta"), (), (i, j) if i <= j else (j, i))

    def chain_names(self, size: str) -> tuple[str, ...]:
        """Names of the single blocks of chains of square matrices of a size."""
        names = [n for c in self.chains if len(c.blocks) == 1 for n, axes in c.blocks.items() if axes == (size,)]
        return tuple(dict.fromkeys(("", *names)))

    def note(self, rule: str) -> None:
        """Remember that a rule was applied."""
        self.used.setdefault(rule)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about the free times and indices of a claim."""

    cons: tuple[Constraint, ...] = ()
    unequal: frozenset[tuple[Index, Index]] = frozenset()
    opened: bool = False
    """Whether initial states are replaced by their values: in a claim, not in templates and arguments of functions."""
