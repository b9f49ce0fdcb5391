"""Lines -> corpus: every name that occurs, where it stands and what stands around it. Nothing is decided."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import (
    Fenced,
    Fraction,
    List,
    Node,
    Product,
    Relation,
    Scripted,
    Symbol,
    Token,
    leaves,
)
from bptt_symbolic.understanding.differentials import derivative_parts, is_operator
from bptt_symbolic.understanding.lines import Lines
from bptt_symbolic.understanding.occurrences import (
    BIG,
    Occurrence,
    Use,
    affine,
    bracket_in,
    inside,
    listed,
    occurrence,
    uses,
)
from bptt_symbolic.understanding.sum_bounds import is_dots

Slot = Literal["sub0", "sub1", "bracket", "sup", "argument", "left out"]
SLOTS: Mapping[Slot, str] = {
    "sub0": "as the first subscript",
    "bracket": "in brackets above",
    "argument": "in brackets behind",
    "sub1": "as the second subscript",
    "sup": "above",
    "left out": "nowhere, and is understood",
}
"""Places where a step may stand, most usual first."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One occurrence of a name."""

    use: Use
    span: Span | None
    """Its place in the note; None for a name of the cell that the note uses, or of a declaration."""

    @property
    def name(self) -> str:
        """The name without its scripts."""
        return self.use.occurrence.name

    def candidates(self) -> Iterator[tuple[Slot, Affine]]:
        """The places of it that hold an integer expression of one letter at most."""
        for slot in SLOTS:
            if slot == "left out":
                continue
            node, _ = slot_node(self.use.occurrence, self.use.bracket, slot)
            value = None if node is None else affine(node)
            if value is not None and len(value.parts) <= 1:
                yield slot, value


@dataclass(frozen=True)
class Corpus:
    """A note as the occurrences of its names."""

    lines: Lines
    spots: tuple[Spot, ...]
    convention: bool = False
    """The note says that it leaves out the sums over repeated indices."""

    @cached_property
    def trees(self) -> tuple[Node, ...]:
        """The formulas that could be read."""
        return tuple(line.tree for line in self.lines.lines if line.tree is not None)

    @cached_property
    def heads(self) -> tuple[tuple[Use, Relation], ...]:
        """The relations whose left side is a quantity, `s_n = ...`, each with that."""
        items = (item for tree in self.trees for item in listed(tree) if isinstance(item, Relation))
        return tuple((head, item) for item in items if (head := given(item.sides[0])) is not None)

    @cached_property
    def alone(self) -> tuple[Node, ...]:
        """The formulas in running text."""
        return tuple(line.tree for line in self.lines.lines if line.inline and line.tree is not None)

    @cached_property
    def called(self) -> frozenset[Span]:
        """Where a name without scripts is a formula by itself in running text: the words speak of it."""
        inline = (occurrence(tree) for tree in self.alone)
        return frozenset(x.span for x in inline if x is not None and not (x.subs or x.sups or x.primes))

    @cached_property
    def below(self) -> tuple[Use, ...]:
        """The names that stand below the bar of a derivative, or below a nabla."""
        return tuple(use for tree in self.trees for use in differentiated_by(tree))

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """What stands side by side, wherever it does."""
        return tuple(node for tree in self.trees for node in nodes(tree) if isinstance(node, Product))

    @cached_property
    def words(self) -> str:
        """Everything in words, formulas left in as `$...$`."""
        return " ".join(text for _, text in self.lines.words)

    @cached_property
    def values(self) -> Mapping[tuple[str, Slot], Mapping[Affine, Spot]]:
        """Name and place -> the integer expressions that stand there, each with its first occurrence."""
        seen: dict[tuple[str, Slot], dict[Affine, Spot]] = defaultdict(dict)
        for spot in self.spots:
            for slot, value in spot.candidates():
                seen[spot.name, slot].setdefault(value, spot)
        return seen

    @cached_property
    def bound(self) -> frozenset[str]:
        """Letters that some sum or product binds."""
        return frozenset(n for tree in self.trees for n in bound_in(tree))

    @cached_property
    def tops(self) -> bool:
        """Whether transposes are written by a sign of their own somewhere."""
        return any(t.text.strip() in {r"\top", r"\intercal"} for tree in self.trees for t in leaves(tree))


def corpus_of(lines: Lines, *, convention: bool = False) -> Corpus:
    """The corpus of a note, its cell and its declarations."""
    spots = tuple(
        Spot(use, use.occurrence.span if line.text is None and line.span.end else None)
        for line in lines.lines
        for use in uses(line.tree)
    )
    return Corpus(lines, spots, convention)


def slot_node(found: Occurrence, bracket: Fenced | None, slot: Slot) -> tuple[Node | None, bool]:
    """What stands in a slot of an occurrence, and whether that is the bracket behind it."""
    if slot in {"sub0", "left out"}:
        return (found.subs[0] if found.subs else None), False
    if slot == "sub1":
        return (found.subs[1] if len(found.subs) > 1 else None), False
    if slot == "argument":
        ok = bracket is not None and bracket.left in {"(", "["}
        return (bracket.body if ok and bracket is not None else None), ok
    wanted = slot == "bracket"
    return next((s.body for s in found.sups if s.bracketed == wanted), None), False


def given(side: Node | None) -> Use | None:
    """The quantity that a left side is: `s_n`, `h(n)`."""
    items = side.items if isinstance(side, Product) else (side,)
    name = None if items[0] is None or isinstance(items[0], Token) else occurrence(items[0])
    bracket = bracket_in(items[1]) if len(items) == 2 else None  # noqa: PLR2004
    return None if name is None or (len(items) > 1 and bracket is None) else Use(name, bracket)


def names_of(node: Node | None) -> frozenset[str]:
    """The letters of an integer expression."""
    value = affine(node)
    return frozenset() if value is None else value.names()


def rest(found: Occurrence, slots: Mapping[str, Slot]) -> tuple[Node, ...]:
    """The subscripts of an occurrence that are not its time."""
    slot = slots.get(found.name)
    if slot == "sub1":
        return found.subs[:1]
    if slot == "sub0" or (slot == "left out" and found.subs and is_number(found.subs[0])):
        return found.subs[1:]
    return found.subs


def is_number(node: Node) -> bool:
    """Whether a script is a number: one of a name whose step is left out elsewhere is its step, `E_4` beside `E`."""
    value = affine(node)
    return value is not None and not value.parts


def ends(node: Node, main: str, *, both: bool = False) -> set[str]:
    """The letters at the upper end of ranges of the running time, or at `both` ends."""
    names: set[str] = set()
    if isinstance(node, Scripted) and isinstance(node.base, Symbol) and node.base.name in BIG:
        lower = [s.body for s in node.scripts if s.mark == "_" and s.body is not None]
        upper = [s.body for s in node.scripts if s.mark == "^" and s.body is not None]
        if any(isinstance(i, Relation) and main in names_of(i.sides[0]) for b in lower for i in listed(b)):
            names |= {n for u in upper for n in names_of(u)}
            below = [i.sides[-1] for b in lower for i in listed(b) if isinstance(i, Relation)]
            names |= {n for b in below for n in names_of(b)} if both else set()
    if isinstance(node, Relation) and node.names[0] in {"=", r"\in"} and names_of(node.sides[0]) == {main}:
        right = node.sides[1]
        if isinstance(right, Fenced) and isinstance(right.body, List):
            names |= {n for i in right.body.items for n in names_of(i)}
    if isinstance(node, List):
        names |= _end_of_list(node, main)
    for child in inside(node):
        names |= ends(child, main, both=both)
    return names - {main}


def _end_of_list(node: List, main: str) -> frozenset[str]:
    r"""The letters at the end of `t = 1, \dots, n`."""
    first, *others = node.items
    ranges = isinstance(first, Relation) and first.names[0] == "=" and names_of(first.sides[0]) == {main}
    dots = any(i is not None and is_dots(i) for i in others[:-1])
    return names_of(others[-1]) if ranges and dots else frozenset()


def differentiated_by(tree: Node | None) -> Iterator[Use]:
    """The names that stand below the bar of a derivative, or below a nabla."""
    for node in () if tree is None else nodes(tree):
        if isinstance(node, Fraction) and (parts := derivative_parts(node)) is not None:
            yield from uses(parts[1])
        elif not isinstance(node, Fraction) and is_operator(node) and (found := occurrence(node)) is not None:
            yield from uses(found.subs[0])


def applied_to_itself(node: Node) -> Iterable[str]:
    """`u = u(x)`: the name is a quantity and the function that gives it."""
    if isinstance(node, Relation) and len(node.sides) == 2 and node.names == ("=",):  # noqa: PLR2004
        left, right = node.sides
        name = None if left is None else occurrence(left)
        if name is not None and isinstance(right, Product) and len(right.items) == 2:  # noqa: PLR2004
            first, second = right.items
            again = None if isinstance(first, Token) else occurrence(first)
            if again is not None and again.name == name.name and isinstance(second, Fenced) and not again.subs:
                yield name.name
    if isinstance(node, List):
        for item in node.items:
            if item is not None:
                yield from applied_to_itself(item)


def nodes(node: Node) -> Iterator[Node]:
    """A node and all those under it."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(inside(top)))


def bound_in(node: Node) -> Iterator[str]:
    """The letters that the sums and products of a formula bind."""
    for letter, _ in _bound(node):
        yield from letter


def bound_up_to(node: Node, last: Collection[str]) -> Iterator[str]:
    """The letters that the sums and products of a formula bind in ranges with one of some letters at an end."""
    for letter, ends_at in _bound(node):
        if ends_at & frozenset(last):
            yield from letter


def from_zero_in(node: Node) -> Iterator[str]:
    """Those that begin at zero."""
    for item in _below_signs(node):
        if isinstance(item, Relation) and item.names[0] == "=" and affine(item.sides[1]) == Affine(0):
            yield from names_of(item.sides[0])


def _below_signs(node: Node) -> Iterator[Node]:
    """What stands below the signs of sums and products, each by itself."""
    for part in nodes(node):
        if isinstance(part, Scripted) and isinstance(part.base, Symbol) and part.base.name in BIG:
            for script in part.scripts:
                if script.mark == "_" and script.body is not None:
                    yield from listed(script.body)


def _bound(node: Node) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """What a sum or product binds, and the other letters of its range."""
    for part in nodes(node):
        if isinstance(part, Scripted) and isinstance(part.base, Symbol) and part.base.name in BIG:
            above = {n for s in part.scripts if s.mark == "^" for n in names_of(s.body)}
            for script in part.scripts:
                for item in listed(script.body) if script.mark == "_" and script.body is not None else ():
                    first, *rest = item.sides if isinstance(item, Relation) else (item,)
                    yield names_of(first), frozenset(above).union(*map(names_of, rest))
