r"""Network -> program: named symbols in an order in which they can be computed, each with a definition of one step.

Derivatives are taken by the chain rule over the named symbols, backwards from one of them:

    adjoint(v) = sum over the readers w of v: adjoint(w) * d body(w) / d v

where each local derivative is SymPy's `diff` of one short definition, written in the named values again
(`1 - tanh(z)^2` is `1 - s^2`). Nothing is ever substituted, so nothing grows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import sympy  # type: ignore[import-untyped]

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.printing import quantity_latex
from bptt_symbolic.meaning.terms import LAST, Affine
from bptt_symbolic.showing.unrolled.entries import Block, Entries, filled
from bptt_symbolic.showing.unrolled.sympy_functions import Expr
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

Node = tuple[str, int | None]
"""A quantity at a step; a quantity without time has None."""


@dataclass(slots=True)
class Program:
    """Everything computed at `steps` steps and these sizes; build it with `program`."""

    network: Network
    steps: int
    sizes: Mapping[str, int]
    functions: Mapping[str, str]
    blocks: dict[Node, Block] = field(default_factory=dict)
    """The symbols of every quantity, in the order of computation."""
    bodies: dict[Expr, Expr] = field(default_factory=dict)
    """Symbol -> its definition, in the order of computation; given symbols have none."""
    owner: dict[Expr, Node] = field(default_factory=dict)
    reads: dict[Expr, dict[Expr, tuple[Expr, ...]]] = field(default_factory=dict)
    """Symbol -> what its definition reads -> the terms that read it; filled as needed."""
    slopes: dict[tuple[Expr, Expr], Expr] = field(default_factory=dict)
    """Symbol, what it reads -> local derivative; filled as needed."""
    open: set[Node] = field(default_factory=set)

    def node(self, name: str, time: int | None) -> Block:
        """The symbols of a quantity, computed before if it is not yet there."""
        key = (name, time)
        if key not in self.blocks:
            if key in self.open:
                raise UnrollError(f"{name} is defined by itself", "a definition may read earlier steps only")
            self.open.add(key)
            entries = self._definition(name, time)
            self.open.discard(key)
            self._named(key, entries)
        return self.blocks[key]

    def _definition(self, name: str, time: int | None) -> list[Expr] | None:
        """The definitions of the entries; None for what is given."""
        if name not in self.network.shapes:
            raise UnrollError(f"{name} is never defined", "define it, or declare its shape")
        rule = self.network.rule(name, time, self.steps)
        if rule is None:
            return None
        body = rule.body_at(None if time is None else Affine(time))
        env = {**self.sizes, LAST: self.steps}
        write = Entries(self.node, self.functions)
        dims = self.dims(name)
        if rule.indices:
            return [write.of(body, {**env, **_from_one(rule.indices, place)}).flat[0] for place in _places(dims)]
        entries = write.of(body, env).flat
        return entries * (sympy.prod(dims) if len(entries) == 1 else 1)

    def _named(self, key: Node, entries: list[Expr] | None) -> None:
        name, time = key
        dims = self.dims(name)
        symbols = [sympy.Symbol(latex_name(name, time, place), real=True) for place in _places(dims)]
        if any(symbol in self.owner for symbol in symbols):
            symbols = [sympy.Dummy(symbol.name, real=True) for symbol in symbols]
        if entries is not None and len(entries) != len(symbols):
            raise UnrollError(f"the definition of {name} has another shape than {name}", "check its shape")
        self.owner.update(dict.fromkeys(symbols, key))
        self.blocks[key] = Block(filled(dims, symbols), len(self.network.shapes[name].up))
        if entries is not None:
            self.bodies.update(zip(symbols, entries, strict=True))

    def dims(self, name: str) -> tuple[int, ...]:
        """The sizes of a quantity."""
        return tuple(axis.at(self.sizes) for axis in self.network.shapes[name].axes)

    def local(self, symbol: Expr) -> dict[Expr, tuple[Expr, ...]]:
        """What a definition reads, and the terms of the definition that it occurs in."""
        if symbol not in self.reads:
            body = self.bodies[symbol]
            terms = body.args if body.is_Add else (body,)
            found: dict[Expr, tuple[Expr, ...]] = {}
            for term in terms:
                for read in sorted(term.free_symbols, key=lambda s: str(s.name)):
                    found[read] = (*found.get(read, ()), term)
            self.reads[symbol] = found
        return self.reads[symbol]

    def slope(self, symbol: Expr, read: Expr) -> Expr:
        """The derivative of one definition by something that it reads, in the named values."""
        if (symbol, read) not in self.slopes:
            body = self.bodies[symbol]
            powers = _softmax_of(body)
            if powers is None:
                back = {body: symbol} if body.is_Function else {}  # the value of `tanh(z)` is `s`
                slope = sympy.Add(*(sympy.diff(term, read) for term in self.local(symbol)[read]))
                self.slopes[symbol, read] = slope.xreplace(back)
            else:
                self.slopes[symbol, read] = self._of_softmax(symbol, read, powers)
        return self.slopes[symbol, read]

    def _of_softmax(self, symbol: Expr, read: Expr, powers: tuple[Expr, ...]) -> Expr:
        """`sum_j dp_i/dz_j dz_j/dread`, the first factor in the named entries `p`."""
        total = sympy.Add(*powers)
        entry = {self.bodies[p] * total: p for p in self.blocks[self.owner[symbol]].flat}
        names = [entry[power] for power in powers]
        atoms, slopes = _slopes_of_softmax(len(powers))
        put = dict(zip(atoms, names, strict=True))
        row = slopes[names.index(symbol)]
        inner = [sympy.diff(power.args[0], read) for power in powers]
        return sympy.Add(*(slope.xreplace(put) * d for slope, d in zip(row, inner, strict=True) if d != 0))

    def reached(self, by: Iterable[Expr], held: frozenset[Expr] = frozenset()) -> set[Expr]:
        """The computed symbols that depend on `by` when `held` is held fixed; `by` itself included."""
        found = set(by)
        for symbol, body in self.bodies.items():
            if symbol not in held and not found.isdisjoint(body.free_symbols):
                found.add(symbol)
        return found

    def gradient(
        self, of: Expr, by: Sequence[Expr], held: frozenset[Expr] = frozenset(), names: "Names | None" = None
    ) -> list[Expr]:
        """Derivative of one symbol by others, all other symbols of `by` and all of `held` held fixed."""
        wanted = set(by)
        reached = self.reached(by, held - {of})
        parts: dict[Expr, list[Expr]] = {of: [sympy.S.One]}
        adjoints: dict[Expr, Expr] = {}
        for symbol in reversed(self.bodies):
            if symbol not in parts or (symbol not in reached and symbol != of):
                continue
            adjoint = adjoints[symbol] = sympy.Add(*parts.pop(symbol))
            if symbol in wanted:
                continue
            adjoint = adjoint if names is None else names.named(adjoint)
            for read in self.local(symbol):
                if read in reached:
                    parts.setdefault(read, []).append(adjoint * self.slope(symbol, read))
        return [adjoints.get(s, sympy.Add(*parts.get(s, []))) for s in by]

    def written_out(self, expression: Expr) -> Expr:
        """The expression in what is given only: every definition put in, back to front."""
        full: dict[Expr, Expr] = {}
        for symbol, body in self.bodies.items():
            full[symbol] = body.xreplace(full)
        return expression.xreplace(full)


@dataclass(slots=True)
class Names:
    """Names for subexpressions as they come up, so that each is computed once."""

    found: dict[Expr, Expr] = field(default_factory=dict)

    def named(self, expression: Expr) -> Expr:
        """A new symbol for an expression; an atom names itself."""
        if expression.is_Atom or (expression.is_Mul and len(expression.args) == 2 and expression.args[0].is_Number):  # noqa: PLR2004
            return expression
        symbol = sympy.Dummy("a", real=True)
        self.found[symbol] = expression
        return symbol


def program(network: Network, steps: int, sizes: Mapping[str, int], functions: Mapping[str, str]) -> Program:
    """The network unrolled, every quantity at every step from the first to the last, then those without time."""
    made = Program(network, steps, sizes, functions)
    forward = [name for name in network.definitions if name not in network.adjoints]
    for time in range(network.first, steps + 1):
        for name in forward:
            if name in network.temporal:
                made.node(name, time)
    for name in forward:
        if name not in network.temporal:
            made.node(name, None)
    for name in network.shapes:
        if name not in network.temporal and name not in network.definitions:
            made.node(name, None)
    return made


def latex_name(name: str, time: int | None, place: tuple[int, ...]) -> str:
    r"""How a symbol is printed: `W_{1,2}`, `s^{(3)}_{1}`, `W_{xh;1,2}`."""
    entries = ",".join(str(i + 1) for i in place)
    return quantity_latex(name, [entries] if entries else [], [] if time is None else [f"({time})"], ";")


def _places(dims: tuple[int, ...]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for d in dims:
        places = [(*place, i) for place in places for i in range(d)]
    return places


def _from_one(names: tuple[str, ...], place: tuple[int, ...]) -> dict[str, int]:
    return {name: i + 1 for name, i in zip(names, place, strict=True)}


@cache
def _slopes_of_softmax(count: int) -> tuple[tuple[Expr, ...], list[list[Expr]]]:
    """Symbols `p_i`, and `dp_i/dz_j = dp_i/dE_j E_j` in them: with `E_j = exp(z_j) = p_j S`, the sum `S` cancels."""
    powers, entries = (sympy.symbols(f"{letter}:{count}", cls=sympy.Dummy) for letter in "Ep")
    total = sympy.Dummy("S")
    back = {sympy.Add(*powers): total, **{e: p * total for e, p in zip(powers, entries, strict=True)}}
    ratios = [e / sympy.Add(*powers) for e in powers]
    rows = [[(sympy.diff(ratio, e) * e).xreplace(back) for e in powers] for ratio in ratios]
    return entries, [[sympy.factor_terms(sympy.expand(slope)) for slope in row] for row in rows]


def _softmax_of(body: Expr) -> tuple[Expr, ...] | None:
    """The exponentials in the denominator of an entry of a softmax."""
    if not body.is_Mul or len(body.args) != 2:  # noqa: PLR2004 - exp(z_i) times 1 / sum
        return None
    for factor in body.args:
        if factor.is_Pow and factor.exp == -1 and factor.base.is_Add:
            terms = tuple(factor.base.args)
            return terms if all(isinstance(term, sympy.exp) for term in terms) else None
    return None
