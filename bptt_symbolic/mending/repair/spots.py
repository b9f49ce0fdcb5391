"""Side -> spots: the places of a formula at which an author can have gone wrong.

A side is cut the way the builder reads it: chains of factors, sums, signs of sums and products over a range, and
quantities, those inside derivatives included.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import Affine, Deriv, Entry, Ref, Shape, Term, walk
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import (
    Environment,
    Fenced,
    Fraction,
    Group,
    List,
    Node,
    Number,
    Product,
    Relation,
    Scripted,
    Styled,
    Sum,
    Symbol,
    Token,
)
from bptt_symbolic.understanding import Builder, NoPattern, NotBuilt, derivative_parts, is_differential, known_function
from bptt_symbolic.understanding.occurrences import affine, occurrence
from bptt_symbolic.understanding.sum_bounds import big, is_dots, ranges_of


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a chain: `items[start:end]` of it."""

    start: int
    end: int
    term: Term | None
    """None where it has no meaning by itself: dots, a sign of a sum."""
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Chain:
    """A product, or a node that stands where a product could."""

    owner: Node
    factors: tuple[Factor, ...]
    bound: tuple[str, ...]
    """The letters bound around it, outermost first."""
    deep: bool = False
    """It stands inside of something: the argument of a function, a power, a bracket that holds a sum."""

    @property
    def items(self) -> tuple[Node | Token, ...]:
        """Factors and operators in the order of the page."""
        return self.owner.items if isinstance(self.owner, Product) else (self.owner,)

    def nodes(self, factor: Factor) -> tuple[Node | Token, ...]:
        """What a factor consists of on the page."""
        return self.items[factor.start : factor.end]

    def span(self, factor: Factor) -> Span:
        """Where a factor stands."""
        nodes = self.nodes(factor)
        return nodes[0].span.to(nodes[-1].span)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity at its place, with the bracket that holds its time or its arguments."""

    chain: Chain
    start: int
    end: int
    term: Term
    """A reference, or entries of one."""
    ref: Ref
    inside: str = ""
    """"of" or "by" inside a derivative."""
    plain: bool = True
    """It carries neither a transpose nor a power."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A sum or product sign with a range."""

    chain: Chain
    place: int
    node: Scripted
    name: str


@dataclass
class Spots:
    """Every place of one side."""

    chains: list[Chain] = field(default_factory=list)
    sums: list[tuple[Sum, tuple[str, ...]]] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    scripts: list[Scripted] = field(default_factory=list)
    """Nodes with a superscript that is a power."""
    functions: list[tuple[Chain, int]] = field(default_factory=list)
    """Names of functions that are applied."""
    numbers: list[tuple[Chain, int]] = field(default_factory=list)
    strangers: list[tuple[Chain, int]] = field(default_factory=list)
    """Names that mean nothing in the network."""

    def factors(self) -> Iterator[tuple[Chain, Factor]]:
        """Every factor that has a meaning by itself."""
        return ((chain, factor) for chain in self.chains for factor in chain.factors if factor.term is not None)


def spots_of(side: Node, builder: Builder, scope: Scope) -> Spots:
    """The spots of a side; parts that have no meaning have few."""
    found = Spots()
    _Walk(builder, scope, found).side(side, ())
    return found


@dataclass
class _Walk:
    builder: Builder
    scope: Scope
    found: Spots
    deep: bool = False

    def side(self, node: Node, bound: tuple[str, ...]) -> None:
        """A sum, or a product."""
        match node:
            case Sum(items=items):
                self.found.sums.append((node, bound))
                for item in items:
                    if not isinstance(item, Token):
                        self.chain(item, bound)
            case List(items=parts):
                for part in parts:
                    if part is not None:
                        self.side(part, bound)
            case _:
                self.chain(node, bound)

    def chain(self, owner: Node, bound: tuple[str, ...], first: int = 0, inside: str = "") -> None:
        """A product from its factor `first` on, and what is inside its factors."""
        if isinstance(owner, Group) and owner.body is not None:
            self.side(owner.body, bound)
            return
        builder = replace(self.builder, bound=self.builder.bound | frozenset(bound))
        factors, inner = self._factors(Chain(owner, (), bound).items, builder, bound, first)
        chain = Chain(owner, tuple(factors), inner, self.deep)
        if not inside or len(factors) > 1 or (inside == "of" and self._is_parameter(factors)):
            self.found.chains.append(chain)
        for factor in factors:
            self._inside(chain, factor, builder, inside)

    def _is_parameter(self, factors: Sequence[Factor]) -> bool:
        """Whether a single parameter stands in the place of what would be differentiated by it."""
        refs = [None if f.term is None else base_of(f.term) for f in factors]
        return all(r is not None and self.scope.network.role.get(r.name) == "parameter" for r in refs)

    def _factors(
        self, items: Sequence[Node | Token], builder: Builder, bound: tuple[str, ...], place: int
    ) -> tuple[list[Factor], tuple[str, ...]]:
        factors: list[Factor] = []
        scope = self.scope
        while place < len(items):
            item = items[place]
            if isinstance(item, Token):
                place += 1
                continue
            sign = big(item)
            if sign is not None or is_dots(item):
                factors.append(Factor(place, place + 1, None, None))
                for var, low, high, _ in _ranges(sign):
                    bound, scope = (*bound, var), scope.inside(var, low, high)
                    builder = replace(builder, bound=builder.bound | {var})
                place += 1
                continue
            term, end = _one(builder, items, place)
            factors.append(Factor(place, end, term, _shape(term, scope)))
            place = end
        return factors, bound

    def _inside(self, chain: Chain, factor: Factor, builder: Builder, inside: str) -> None:
        first = chain.items[factor.start]
        assert not isinstance(first, Token)  # noqa: S101 - an operator is no factor
        sign = big(first)
        if sign is not None:
            if isinstance(first, Scripted):
                self.found.signs.append(Sign(chain, factor.start, first, sign[0]))
            return
        if isinstance(first, Number):
            self.found.numbers.append((chain, factor.start))
        if isinstance(first, Scripted):
            self.found.scripts.append(first)
        nodes = chain.nodes(factor)
        if known_function(first, builder.notation) is not None:
            self.found.functions.append((chain, factor.start))
        elif occurrence(first) is not None:
            self._name(chain, factor, inside)
            nodes = tuple(n for n in nodes[1:] if not isinstance(n, Token) and affine(n) is None)
        for node in nodes:
            if not isinstance(node, Token) and occurrence(node) is None:
                outside, self.deep = self.deep, True
                self._below(node, chain.bound)
                self.deep = outside

    def _name(self, chain: Chain, factor: Factor, inside: str) -> None:
        if factor.term is None:
            self.found.strangers.append((chain, factor.start))
        else:
            self._quantity(chain, factor, inside)

    def _quantity(self, chain: Chain, factor: Factor, inside: str) -> None:
        term, plain = factor.term, isinstance(factor.term, Ref | Entry)
        while term is not None and hasattr(term, "body") and base_of(term) is None:
            term = term.body  # a transpose, a power
        ref = None if term is None else base_of(term)
        if term is not None and ref is not None:
            self.found.quantities.append(Quantity(chain, factor.start, factor.end, term, ref, inside, plain))

    def _below(self, node: Node, bound: tuple[str, ...]) -> None:
        match node:
            case Group(body=body) | Fenced(body=body):
                self._sides((body,), bound)
            case Styled(body=body):
                self._below(body, bound)
            case Scripted(base=base):
                self._below(base, bound)
            case Fraction(upper=upper, lower=lower) if lower is not None and derivative_parts(node) is not None:
                self._derivative(upper, bound, "of")
                self._derivative(lower, bound, "by")
            case Fraction(upper=upper, lower=lower):
                self._sides((upper, lower), bound)
            case Environment(rows=rows):
                self._sides(tuple(cell for row in rows for cell in row), bound)
            case _:
                return

    def _sides(self, nodes: tuple[Node | None, ...], bound: tuple[str, ...]) -> None:
        for node in nodes:
            if node is not None and not isinstance(node, Relation):
                self.side(node, bound)

    def _derivative(self, node: Node, bound: tuple[str, ...], inside: str) -> None:
        r"""`\partial s_t`: what stands behind the differential."""
        body = node.body if isinstance(node, Group) else node
        if isinstance(body, Sum) and inside == "of" and _is_differential_of_sum(body):
            self.found.sums.append((body, bound))
            for item in body.items[1:]:
                if not isinstance(item, Token):
                    self.chain(item, bound)
            return
        if isinstance(body, Product) and len(body.items) > 1 and is_differential(body.items[0]) is not None:
            rest = body.items[1]
            if len(body.items) == 2 and isinstance(rest, Group) and rest.body is not None:  # noqa: PLR2004
                self.chain(rest.body, bound, 0, inside)
            else:
                self.chain(body, bound, 1, inside)


def _is_differential_of_sum(node: Sum) -> bool:
    r"""`\partial -a + b`: a differential without brackets before a sum."""
    return not isinstance(node.items[0], Token) and is_differential(node.items[0]) is not None


def _one(builder: Builder, items: Sequence[Node | Token], place: int) -> tuple[Term | None, int]:
    try:
        return builder.factor(items, place)
    except (NotBuilt, NoPattern):
        return None, place + 1


def _ranges(sign: tuple[str, tuple[tuple[str, Node], ...]] | None) -> Iterator[tuple[str, Affine, Affine, object]]:
    try:
        yield from ranges_of(sign[1]) if sign is not None else ()
    except NotBuilt:
        return


def _shape(term: Term | None, scope: Scope) -> Shape | None:
    try:
        return None if term is None else shape_of(term, scope)
    except IllTyped:
        return None


def fixed_shape(term: Term | None, scope: Scope) -> Shape | None:
    """The shape of what has it in every layout of derivatives; None for everything else."""
    if term is None or any(isinstance(x, Deriv) for x in walk(term)):
        return None
    return _shape(term, scope)


def is_named(node: Node | Token, name: str) -> bool:
    """Whether a node is a symbol of that name."""
    return isinstance(node, Symbol) and node.name == name
