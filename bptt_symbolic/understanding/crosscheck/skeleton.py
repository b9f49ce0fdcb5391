r"""Syntax -> skeletons: the arithmetic of a formula, once as a tree and once as LaTeX for another reader.

The tree follows the syntax tree. The text follows the page: it has the brackets that a person sees and no others, so
that whoever reads it must find the grouping again by the rules of arithmetic alone. Braces do not show: `{a + b} c` is
printed as `x_{1} + x_{2} \cdot x_{3}`. Only the argument of a function gets brackets that the page may lack.

    side    = sum
    sum     = [+-] term ([+-] term)*
    term    = factor (\cdot factor | / factor)*
    factor  = atom | number | (sum) | \frac{sum}{sum} | \log(sum) | \exp(sum) | \tanh(sum) | factor^{integer}
    atom    = x_{1}, x_{2}, ...          the same name with the same scripts is the same atom

An atom is everything that is no arithmetic: a name with its scripts, a derivative quotient, a function applied, a sum
or product sign with all it sums, a matrix, a list, a norm. What stands inside an atom is a skeleton of its own, unless
it is a time or an index.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction as Rational

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
    Script,
    Scripted,
    Stray,
    Styled,
    Sum,
    Symbol,
    Text,
    Token,
    leaves,
)
from bptt_symbolic.understanding.crosscheck.trees import Tree, atom, has_atom, heads, inverse, negative, normal, number
from bptt_symbolic.understanding.differentials import derivative_parts
from bptt_symbolic.understanding.notation import Notation, known_function
from bptt_symbolic.understanding.occurrences import BIG, PLAIN_STYLES, affine, bracket_in, occurrence, unwrap

SHOWN = {"log": r"\log", "exp": r"\exp", "tanh": r"\tanh"}
"""Functions that the second reader knows."""
QUOTIENTS = frozenset({"/", r"\div", r"\oslash"})
FRAMES = frozenset({"boxed", "underbrace", "overbrace", "cancel"})
"""Styles that hold together what they mark."""
COLOURS = frozenset({"color", "textcolor"})
PAIRS = frozenset({("(", ")"), ("[", "]"), (r"\{", r"\}")})
DECIMAL = re.compile(r"\d{1,30}(\.\d{1,30})?")
"""Longer ones are atoms."""
Items = Sequence[Node | Token]


@dataclass(frozen=True, slots=True)
class Part:
    """Text and tree of the same piece of a formula."""

    latex: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The arithmetic of one side of a relation, or of something inside an atom."""

    latex: str
    tree: Tree
    """In normal form."""
    span: Span
    inner: bool = False
    """Whether it stands inside an atom."""


def sides(tree: Node | None) -> Iterator[Node]:
    """The sides of every relation of a line."""
    match tree:
        case Relation(sides=found):
            yield from (side for side in found if side is not None)
        case List(items=items):
            for item in items:
                yield from sides(item)
        case Group(body=body):
            yield from sides(body)
        case _:
            return


def skeletons(side: Node, notation: Notation) -> Iterator[Skeleton]:
    """The skeleton of a side, and of everything inside its atoms that is more than an atom."""
    waiting = [side]
    while waiting:
        node = waiting.pop(0)
        writer = _Writer(notation)
        part = writer.write(node)
        if node is side or (part.tree.args and affine(node) is None):
            yield Skeleton(part.latex, normal(part.tree), node.span, inner=node is not side)
        waiting.extend(writer.inner)


@dataclass
class _Writer:
    """Writes one skeleton; numbers the atoms, and keeps what stands inside them."""

    notation: Notation
    places: dict[str, int] = field(default_factory=dict)
    inner: list[Node] = field(default_factory=list)

    def write(self, node: Node) -> Part:
        match node:
            case Number(token=token) if DECIMAL.fullmatch(token.text):
                return Part(token.text, number(Rational(token.text)))
            case Sum(items=items):
                return self._sum(node, items)
            case Product(items=items):
                return self._product(items)
            case Fraction():
                return self._fraction(node)
            case Group(body=body) if body is not None:
                return self.write(body)
            case Fenced(body=body) if body is not None:
                return self._fenced(node, body)
            case Styled():
                return self._styled(node)
            case Scripted():
                return self._scripted(node)
            case _:
                return self._atom(node)

    def _atom(self, head: Node | Token, *rest: Node | Token) -> Part:
        """Everything that is no arithmetic. What stands inside is kept for later: in the head, and behind it."""
        self.inner.extend(contents(head))
        if rest:
            first = rest[0]
            self.inner.append(Product(rest) if len(rest) > 1 or isinstance(first, Token) else first)
        key = " ".join(map(_key, (head, *rest)))
        place = self.places.setdefault(key, len(self.places) + 1)
        return Part(f"x_{{{place}}}", atom(place))

    # sums and products

    def _sum(self, node: Sum, items: Items) -> Part:
        if any(isinstance(i, Token) and i.text not in {"+", "-"} for i in items):
            return self._atom(node)
        texts: list[str] = []
        terms: list[Tree] = []
        minus = False
        for item in items:
            if isinstance(item, Token):
                texts.append(item.text)
                minus ^= item.text == "-"
                continue
            part = self.write(item)
            texts.append(part.latex)
            terms.append(negative(part.tree) if minus else part.tree)
            minus = False
        return Part(" ".join(texts), Tree("Add", tuple(terms)))

    def _product(self, items: Items) -> Part:
        kept = [i for i in items if not isinstance(i, Stray)]
        texts: list[str] = []
        factors: list[Tree] = []
        sign, place = "", 0
        while place < len(kept):
            item = kept[place]
            if isinstance(item, Token):
                sign, place = ("/" if item.text.strip() in QUOTIENTS else r"\cdot"), place + 1
                continue
            part, place = self._factor(kept, place)
            if texts:
                texts.append(sign or _unwritten(part.latex))
            texts.append(part.latex)
            factors.append(inverse(part.tree) if sign == "/" else part.tree)
            sign = ""
        if not factors:
            return self._atom(*items)
        return Part(" ".join(filter(None, texts)), factors[0] if len(factors) == 1 else Tree("Mul", tuple(factors)))

    def _factor(self, items: Items, place: int) -> tuple[Part, int]:
        """The factor that begins at a place, and where it ends."""
        node = items[place]
        assert not isinstance(node, Token)  # noqa: S101 - the caller has seen to it
        if _is_big(node):
            return self._atom(*items[place:]), len(items)
        bracket = _bracket_after(items, place)
        found = known_function(node, self.notation)
        if found is not None and (bracket is not None or found[0] not in self.notation.both):
            return self._application(found[0], node, items, place)
        if bracket is not None and self._is_argument(node, bracket):
            return self._raised(node, bracket, items[place + 1]), place + 2
        return self.write(node), place + 1

    def _is_argument(self, node: Node, bracket: Fenced) -> bool:
        """Whether a bracket behind a name is no factor: a time, a list, a condition, or what a word is applied to."""
        name = occurrence(node)
        if name is None:
            return False
        is_word = len(name.name) > 1 and name.name.isalpha()
        body = None if bracket.body is None else unwrap(bracket.body)
        return is_word or not _is_sum(body) or self.notation.time_of(name, bracket)[1]

    def _application(self, name: str, node: Node, items: Items, place: int) -> tuple[Part, int]:
        end = self._end_of_argument(items, place)
        bracket = _bracket_after(items, place)
        if bracket is None:
            argument = items[place + 1 : end]
            return self._applied(name, node, argument) or self._atom(node, *argument), end
        is_known = _is_sum(bracket.body) and _only_power_of(items[place + 1]) is not None
        applied = self._applied(name, node, (bracket,)) if is_known else None
        return self._raised(node, bracket, items[place + 1], applied), end

    def _applied(self, name: str, node: Node, argument: Items) -> Part | None:
        """A function that the second reader knows; None of any other, and of what it would evaluate."""
        power = _power_of_function(node)
        if name not in SHOWN or not argument or power is None:
            return None
        places, inner = dict(self.places), list(self.inner)
        first = argument[0]
        part = self.write(first.body) if isinstance(first, Fenced) and first.body else self._product(argument)
        if name == "exp" and _is_evaluated(part.tree):
            self.places, self.inner = places, inner
            return None
        return _power(Part(f"{SHOWN[name]}({part.latex})", Tree(name, (part.tree,))), power)

    def _raised(self, node: Node, bracket: Fenced, following: Node | Token, applied: Part | None = None) -> Part:
        r"""The scripts of a bracket belong to all that ends with it: `\tanh(x)^2` is the square of `\tanh(x)`."""
        power = _only_power_of(following)
        if power is None:
            return self._atom(node, following)
        return _power(applied or self._atom(node, bracket), power)

    def _end_of_argument(self, items: Items, place: int) -> int:
        """A function takes the bracket behind it, or all factors up to an operator or another function: see `build`."""
        if _bracket_after(items, place) is not None:
            return place + 2
        end = place + 1
        while end < len(items):
            here = items[end]
            if isinstance(here, Token) or (end > place + 1 and known_function(here, self.notation) is not None):
                break
            if _is_big(here):
                return len(items)
            end += 1
        return end

    # fractions, brackets, scripts

    def _fraction(self, node: Fraction) -> Part:
        if node.lower is None or node.command == "binom" or derivative_parts(node) is not None:
            return self._atom(node)
        upper, lower = self.write(node.upper), self.write(node.lower)
        return Part(rf"\frac{{{upper.latex}}}{{{lower.latex}}}", Tree("Mul", (upper.tree, inverse(lower.tree))))

    def _fenced(self, node: Fenced, body: Node) -> Part:
        if (node.left, node.right) not in PAIRS or not _is_sum(unwrap(body)):
            return self._atom(node)
        part = self.write(body)
        return Part(f"({part.latex})", part.tree)

    def _styled(self, node: Styled) -> Part:
        if node.command in FRAMES:
            part = self.write(node.body)
            return Part(f"({part.latex})", part.tree)
        if node.command in COLOURS or (occurrence(node) is None and node.command in PLAIN_STYLES):
            return self.write(node.body)
        return self._atom(node)

    def _scripted(self, node: Scripted) -> Part:
        if isinstance(node.base, Styled) and node.base.command in FRAMES:
            return self.write(node.base)  # what stands under a brace is said about it, not a part of it
        found = _split_power(node)
        if found is None:
            return self._atom(node)
        return _power(self.write(Scripted(node.base, found[0]) if found[0] else node.base), found[1])


def contents(node: Node | Token) -> Iterator[Node]:
    """What stands inside an atom and is a formula of its own; scripts are part of a name."""
    match node:
        case Fraction():
            yield from _contents_of_fraction(node)
        case Fenced(body=body) | Group(body=body):
            yield from () if body is None else _formulas(body)
        case Environment(rows=rows):
            kept = (
                row[:1] if node.name == "cases" else row for row in rows
            )  # the second cell of a case is its condition
            yield from (part for row in kept for cell in row if cell is not None for part in _formulas(cell))
        case Scripted(base=base) if not _is_big(node):
            yield from contents(base)
        case Styled(body=body) if occurrence(node) is None:
            yield from contents(body)
        case Product(items=items) | Sum(items=items):
            yield from (item for item in items if not isinstance(item, Token))
        case _:
            return


def _contents_of_fraction(node: Fraction) -> Iterator[Node]:
    split = derivative_parts(node)
    if split is None:
        yield node.upper
        if node.lower is not None:
            yield node.lower
    elif split[0] is not None:
        yield split[0]


def _formulas(node: Node) -> Iterator[Node]:
    """The parts of a list, the sides of a relation."""
    match node:
        case List(items=parts) | Relation(sides=parts):
            for part in parts:
                yield from () if part is None else _formulas(part)
        case Group(body=body) if body is not None:
            yield from _formulas(body)
        case Text():
            return
        case _:
            yield node


def _unwritten(latex: str) -> str:
    """The sign between two factors that have none: a sign at the head of the second one is seen as a sign."""
    return "" if latex.startswith(("+", "-")) else r"\cdot"


def _split_power(node: Scripted) -> tuple[tuple[Script, ...], int] | None:
    """The other scripts and the power; None when there is no integer power, or more than one."""
    powers = [(s, value) for s in node.scripts if s.mark == "^" and (value := _integer(s.body)) is not None]
    if len(powers) != 1:
        return None
    script, value = powers[0]
    return tuple(s for s in node.scripts if s is not script), value


def _only_power_of(node: Node | Token) -> int | None:
    """1 of a bracket without scripts, the power of one with nothing else; None of any other."""
    found = _split_power(node) if isinstance(node, Scripted) else ((), 1)
    return None if found is None or found[0] else found[1]


def _power(base: Part, value: int) -> Part:
    return base if value == 1 else Part(f"{base.latex}^{{{value}}}", Tree("Pow", (base.tree, number(Rational(value)))))


def _power_of_function(node: Node) -> int | None:
    r"""The power of a function: 1 of `\tanh`, 2 of `\tanh^2`; None of a function with any other script."""
    found = occurrence(node)
    if found is None or found.subs or found.primes or len(found.sups) > 1 or any(s.bracketed for s in found.sups):
        return None
    return 1 if not found.sups else _integer(found.sups[0].body)


def _integer(node: Node | None) -> int | None:
    value = None if node is None or isinstance(unwrap(node), Fenced) else affine(node)
    return None if value is None or value.parts else value.const


def _is_evaluated(tree: Tree) -> bool:
    r"""SymPy evaluates `\exp(\log x)` and `\exp(0)` whatever it is told."""
    return not has_atom(tree) or "log" in heads(tree)


def _is_sum(node: Node | None) -> bool:
    """Whether what stands in a bracket is one formula."""
    return node is not None and not isinstance(node, List | Relation | Text)


def _is_big(node: Node | Token) -> bool:
    base = node.base if isinstance(node, Scripted) else node
    return isinstance(base, Symbol) and base.name in BIG


def _bracket_after(items: Items, place: int) -> Fenced | None:
    """A bracket that follows, with scripts or without."""
    following = bracket_in(items[place + 1]) if place + 1 < len(items) else None
    return following if following is not None and (following.left, following.right) in PAIRS else None


def _key(node: Node | Token) -> str:
    """What makes two atoms the same: the name with its scripts, whatever they look like."""
    found = None if isinstance(node, Token) else occurrence(node)
    if found is None:
        return _text(node)
    subs = [f"_{_text(s)}" for s in found.subs]
    sups = [f"^{'()' if s.bracketed else ''}{_text(s.body)}" for s in found.sups]
    return " ".join([found.name + "'" * found.primes, *subs, *sups])


def _text(node: Node | Token) -> str:
    return " ".join(token.text.strip() for token in leaves(node) if token.text.strip() not in {"{", "}"})
