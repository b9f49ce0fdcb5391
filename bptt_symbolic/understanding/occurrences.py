r"""Syntax -> occurrences: a symbol with its scripts taken apart, nothing decided about what they mean.

`\hat{y}^{(t)}_{j}` is the name `\hat{y}` with the superscript `(t)` in brackets and the subscript `j`. Bold, italic and
upright are no part of a name; hats, tildes, primes and script capitals are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bptt_symbolic.meaning.names import labelled, letter
from bptt_symbolic.meaning.terms import Affine
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
)

PLAIN_STYLES = frozenset(
    {"mathbf", "mathrm", "mathit", "mathsf", "mathtt", "mathnormal", "color", "textcolor", "boxed", "pmb"}
)
"""Styles that are no part of a name."""
ERRORS = frozenset({r"\delta", r"\Delta", r"\epsilon", r"\varepsilon"})
"""Signs that make the name of an error out of a number or a name behind them."""
DIFFERENTIAL = r"\mathrm d"
"""The sign in the name of a gradient that is written `dh_t`."""
BIG = frozenset({r"\sum", r"\prod"})
NO_LETTERS = frozenset({r"\cdots", r"\top", r"\intercal"})
"""Signs that no integer expression is made of: dots, and transposes."""
DERIVING = frozenset({r"\nabla", r"\partial"})
"""Signs whose subscript is what is differentiated by: a quantity, and no script of a name."""


@dataclass(frozen=True, slots=True)
class Sup:
    r"""One superscript; `bracketed` when it stands in `( )`, `[ ]` or `\langle \rangle`."""

    body: Node
    bracketed: bool


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name as it occurs once."""

    name: str
    subs: tuple[Node, ...]
    sups: tuple[Sup, ...]
    primes: int
    span: Span
    bold: bool = False


def unwrap(node: Node) -> Node:
    """The node without braces and styles that are no part of a name."""
    while True:
        match node:
            case Group(body=body) if body is not None:
                node = body
            case Styled(command=command, body=body) if command in PLAIN_STYLES:
                node = body
            case _:
                return node


def word_of(node: Node) -> str | None:
    r"""The letters of a word in roman: `new` of `\mathrm{new}`, `in` of `\text{in}`."""
    match node:
        case Text(content=content):
            return content.strip()
        case Symbol(name=name) if len(name) > 1 and name.isalpha():
            return name
        case Styled(command="mathrm" | "mathsf" | "mathtt" | "mathit", body=body):
            inner = unwrap(body)
            parts = inner.items if isinstance(inner, Product) else (inner,)
            if all(isinstance(p, Symbol) and p.name.isalpha() for p in parts):
                return "".join(p.name for p in parts if isinstance(p, Symbol))
            return None
        case Group(body=body) if body is not None:
            return word_of(body)
        case _:
            return None


def occurrence(node: Node) -> Occurrence | None:
    """A node taken apart into a name and its scripts; None when it is not a name."""
    match node:
        case Symbol(name=name) if name.isalpha() or name.startswith("\\"):
            return Occurrence(name, (), (), 0, node.span)
        case Styled(command=command, body=body):
            return _styled(node, command, body)
        case Group(body=body) if body is not None:
            return occurrence(body)
        case Scripted(base=base, scripts=scripts):
            inner = occurrence(base)
            return None if inner is None else _scripted(inner, scripts, node.span)
        case _:
            return None


def _styled(node: Styled, command: str, body: Node) -> Occurrence | None:
    word = word_of(node)
    if word is not None and len(word) > 1:
        return Occurrence(word, (), (), 0, node.span)
    if command in {"underbrace", "overbrace"}:
        return None
    inner = occurrence(body)
    if inner is None:
        number = unwrap(body)
        if isinstance(number, Number) and command in {"mathbf", "mathbb", "vec", "boldsymbol", "bm"}:
            return Occurrence(f"\\mathbf{{{number.token.text}}}", (), (), 0, node.span, bold=True)
        if isinstance(number, Number) and f"\\{command}" in ERRORS:  # `\delta 3`
            return Occurrence(f"\\{command}{{{number.token.text}}}", (), (), 0, node.span)
        return None
    if command in PLAIN_STYLES:
        return Occurrence(
            inner.name, inner.subs, inner.sups, inner.primes, node.span, bold=command == "mathbf" or inner.bold
        )
    name = f"\\{command}{{{inner.name}}}"
    return Occurrence(name, inner.subs, inner.sups, inner.primes, node.span, inner.bold)


def _scripted(inner: Occurrence, scripts: tuple[Script, ...], span: Span) -> Occurrence:
    subs, sups, primes = list(inner.subs), list(inner.sups), inner.primes
    for script in scripts:
        if script.mark == "'" or script.body is None:
            primes += 1
        elif script.mark == "_":
            whole = inner.name in DERIVING  # what stands below `\nabla` is one thing
            subs.extend(part for item in listed(script.body) for part in ((item,) if whole else _hanging(item)))
        elif _prime_count(script.body):
            primes += _prime_count(script.body)
        else:
            sups.extend((inner.name != "e" and _with_step_behind(script.body)) or _sup(script.body))
    return Occurrence(inner.name, tuple(subs), tuple(sups), primes, span, inner.bold)


def _hanging(node: Node) -> tuple[Node, ...]:
    """`y_{t_i}`, `y_{{k-1}_i}`: an index that hangs on the step stands beside it; `h_{t_1}` is a step of its own."""
    inner = unwrap(node)
    hung = hung_on(inner)
    if hung is not None and (hung[0] == Affine.of("t") or (hung[0].parts and hung[0].const)):
        return hung[1], hung[2]
    if isinstance(inner, Product) and len(inner.items) == 2:  # noqa: PLR2004 - `W_{f[i,j]}`
        name, entries = inner.items
        digit = isinstance(entries, Number) and isinstance(name, Symbol) and name.name == "t"  # `h_{t1}`
        if not isinstance(name, Token) and (is_entries(entries) or digit):
            return name, entries  # type: ignore[return-value]  # a bracket, or a digit
    if isinstance(inner, Sum) and not isinstance(inner.items[-1], Token):  # `h_{t-1[j]}`
        *last, entries = _hanging(inner.items[-1])
        if last and is_entries(entries):
            return replace(inner, items=(*inner.items[:-1], *last)), entries
    return (node,)


def hung_on(node: Node) -> tuple[Affine, Node, Node] | None:
    """An integer expression with another letter hung on it, as a value and as it stands, and that letter."""
    inner = unwrap(node)
    if not isinstance(inner, Scripted) or len(inner.scripts) != 1 or inner.scripts[0].mark != "_":
        return None
    below = None if inner.scripts[0].body is None else unwrap(inner.scripts[0].body)
    value = affine(inner.base)
    if not isinstance(below, Symbol) or value is None or not value.parts or below.name in value.names():
        return None
    return value, inner.base, below


def is_entries(node: "Node | Token") -> bool:
    """Whether a script is entries in square brackets: `h_{[i]}`."""
    return isinstance(node, Fenced) and node.left == "[" and node.body is not None


def _prime_count(node: Node) -> int:
    inner = unwrap(node)
    parts = inner.items if isinstance(inner, Product) else (inner,)
    return len(parts) if all(isinstance(p, Symbol) and p.name == r"\prime" for p in parts) else 0


def _sup(node: Node) -> list[Sup]:
    r"""The superscripts in one script: `(t)\top` is a time and a transpose."""
    inner = unwrap(node)
    bracket = _in_brackets(inner)
    if bracket is not None:
        return [Sup(bracket, bracketed=True)]
    if isinstance(inner, Scripted) and (bracket := _in_brackets(unwrap(inner.base))) is not None:
        above = [s.body for s in inner.scripts]
        if all(s.mark == "^" for s in inner.scripts) and None not in above:  # `h^{(t)^\top}`
            return [Sup(bracket, bracketed=True), *(Sup(b, bracketed=False) for b in above if b is not None)]
    if isinstance(inner, Product):
        kept = tuple(i for i in inner.items if not isinstance(i, Stray | Token))
        first = _in_brackets(kept[0]) if kept else None
        if first is not None and len(kept) == 2:  # noqa: PLR2004 - a bracket and one thing behind it
            return [Sup(first, bracketed=True), Sup(kept[1], bracketed=False)]
        if len(kept) == 1 and len(kept) < len(inner.items):
            return [Sup(kept[0], bracketed=True)]  # `J^{T)}`: half of the brackets is lost
    taken = _before_transpose(inner)
    return [Sup(part, bracketed=False) for part in ((node,) if taken is None else taken)]


def _before_transpose(script: Node) -> tuple[Node, Node] | None:
    r"""`t-1 \top` taken apart; None where no transpose stands behind something."""
    if not isinstance(script, Product | Sum):
        return None
    last = script.items[-1]
    if isinstance(last, Token):
        return None
    if isinstance(script, Sum):
        taken = _before_transpose(last)
        return None if taken is None else (replace(script, items=(*script.items[:-1], taken[0])), taken[1])
    first = script.items[0]
    if len(script.items) != 2 or isinstance(first, Token):  # noqa: PLR2004 - something and the sign behind it
        return None
    return (first, last) if is_transpose_sign(last) else None


def is_transpose_sign(node: Node) -> bool:
    r"""A sign that is nothing but a transpose: `\top`, an upright T; an italic one may be the last step."""
    inner = unwrap(node)
    if isinstance(node, Styled) and isinstance(inner, Symbol) and inner.name == "T":
        return node.command in {"mathsf", "mathrm"}
    return isinstance(inner, Symbol) and inner.name in {r"\top", r"\intercal"}


def _with_step_behind(node: Node) -> list[Sup]:
    """`a^{l(t)}`, `a^{l-1(t)}`: a layer and a step."""
    inner = unwrap(node)
    if isinstance(inner, Product) and len(inner.items) == 2:  # noqa: PLR2004 - a letter and a bracket behind it
        first, last = inner.items
        step = None if isinstance(first, Token) or isinstance(last, Token) else _in_brackets(last)
        if step is not None and not isinstance(first, Token) and affine(first) is not None and affine(step) is not None:
            return [Sup(first, bracketed=False), Sup(step, bracketed=True)]
    if isinstance(inner, Sum) and not isinstance(inner.items[-1], Token):
        found = _with_step_behind(inner.items[-1])
        if found:
            return [Sup(replace(inner, items=(*inner.items[:-1], found[0].body)), bracketed=False), found[1]]
    return []


def _in_brackets(node: Node) -> Node | None:
    """What stands in `( )`, `[ ]` or angle brackets."""
    if isinstance(node, Fenced) and node.left in {"(", "[", r"\langle", "<"}:
        return node.body
    if isinstance(node, Relation) and node.names == ("<", ">"):
        return node.sides[1]
    return None


def listed(node: Node) -> tuple[Node, ...]:
    """The parts of a script: `t,i` has two."""
    inner = unwrap(node)
    if isinstance(inner, List):
        return tuple(i for i in inner.items if i is not None)
    return (inner if isinstance(node, Group) else node,)


def affine(node: Node | None) -> Affine | None:
    """An integer expression: letters, numbers, sums, and integer multiples of letters."""
    if node is None:
        return None
    match unwrap(node):
        case Number(token=token) if token.text.isdigit() and len(token.text) < 10:  # noqa: PLR2004 - no step, no size
            return Affine(int(token.text))
        case Symbol(name=name) if len(name) == 1 or name.startswith("\\"):
            return None if name in BIG | NO_LETTERS else Affine.of(letter(name))
        case Styled() | Scripted() as inner:
            return _named(inner)
        case Fenced(left="(" | "[", body=body):
            return affine(body)
        case Sum(items=items):
            return _affine_sum(items)
        case Product(items=items):
            return _affine_product(items)
        case _:
            return None


def _named(node: Node) -> Affine | None:
    found = occurrence(node)
    if found is None or found.sups or len(found.subs) > 1 or (found.primes and (found.subs or len(found.name) > 1)):
        return None
    if found.primes:
        return Affine.of(found.name + "'" * found.primes)  # `\\sum_{t'} L_{t'}`
    if not found.subs:
        return Affine.of(found.name)
    label = label_text(found.subs[0])
    return None if label is None else Affine.of(labelled(found.name, label))


def label_text(node: Node) -> str | None:
    """The text of a label script: letters and digits together, as `xh`, `in`, `0`."""
    word = word_of(node)
    if word is not None:
        return re.sub(r"(?<!\\)_", r"\\_", word)  # what hangs on a letter hangs on it by a bare `_`
    match unwrap(node):
        case Symbol(name=name):
            return name
        case Number(token=token):
            return token.text
        case Product(items=items) if all(isinstance(i, Symbol | Number) for i in items):
            return _run_together(
                i.name if isinstance(i, Symbol) else i.token.text for i in items if isinstance(i, Symbol | Number)
            )
        case Scripted() | Styled() as inner:
            found = occurrence(inner)
            if found is None or found.sups:
                return None
            tails = [label_text(s) for s in found.subs]
            return None if None in tails else "_".join([found.name + "'" * found.primes, *(t for t in tails if t)])
        case _:
            return None


def label_above(node: Node) -> str | None:
    r"""The text of a label that stands above a name: of `\delta^{h,\text{next}}_t` two with a comma."""
    match unwrap(node):
        case List(items=items):
            texts = [None if item is None else label_text(item) for item in items]
            return None if None in texts else ",".join(text for text in texts if text)
        case Number():
            return None
        case _:
            return label_text(node)


def _run_together(parts: Iterable[str]) -> str:
    r"""`xh`, and `\alpha x` with a space: the command `\alphax` is another one."""
    text = ""
    for part in parts:
        text += " " * (part[:1].isalpha() and re.search(r"\\[A-Za-z]+$", text) is not None) + part
    return text


def _affine_sum(items: "tuple[Node | Token, ...]") -> Affine | None:
    total, sign = Affine(), 1
    for item in items:
        if isinstance(item, Token):
            if item.text not in {"+", "-"}:
                return None
            sign = 1 if item.text == "+" else -1
        else:
            part = affine(item)
            if part is None:
                return None
            total, sign = total + part.times(sign), 1
    return total


def _affine_product(items: "tuple[Node | Token, ...]") -> Affine | None:
    factor, name = 1, None
    for item in items:
        if isinstance(item, Token):
            if item.text not in {r"\cdot", "*", r"\times"}:
                return None
            continue
        part = affine(item)
        if part is None:
            return None
        if not part.parts:
            factor *= part.const
        elif name is None:
            name = part
        else:
            return None
    return Affine(factor) if name is None else name.times(factor)


def letters_of(node: Node) -> tuple[str, ...] | None:
    """The single letters of a juxtaposition, `ij` -> ("i", "j"); None when it is something else."""
    inner = unwrap(node)
    if isinstance(inner, Product) and all(
        isinstance(i, Symbol) and (len(i.name) == 1 or i.name == r"\ell") for i in inner.items
    ):
        return tuple(letter(i.name) for i in inner.items if isinstance(i, Symbol))
    return None


@dataclass(frozen=True, slots=True)
class Use:
    """An occurrence and the bracket that follows it, if one does."""

    occurrence: Occurrence
    bracket: Fenced | None


def uses(node: Node | None) -> Iterator[Use]:
    """Every name in a formula with the bracket behind it, scripts included, outermost first."""
    if node is None:
        return
    if isinstance(node, Product):
        for here, following in zip(node.items, (*node.items[1:], None), strict=True):
            if not isinstance(here, Token):
                yield from _uses_of(here, bracket_in(following))
        return
    yield from _uses_of(node, None)


def bracket_in(node: "Node | Token | None") -> Fenced | None:
    """A bracket, or the bracket that carries scripts: the `(t)` of `h(t)^2`."""
    if isinstance(node, Scripted):
        node = node.base
    return node if isinstance(node, Fenced) else None


def _uses_of(node: Node, bracket: Fenced | None) -> Iterator[Use]:
    found = occurrence(node)
    if found is not None and found.name not in BIG:
        yield Use(found, bracket)
        for part in (*found.subs, *(s.body for s in found.sups)):
            if affine(part) is None or found.name in DERIVING:
                yield from uses(part)
        return
    for child in inside(node):
        yield from uses(child)


def inside(node: Node) -> tuple[Node, ...]:
    """The nodes directly under a node, the bodies of its scripts included."""
    found = _INSIDE.get(type(node))
    return () if found is None else found(node)


def _present(*parts: "Node | Token | None") -> tuple[Node, ...]:
    return tuple(part for part in parts if part is not None and not isinstance(part, Token))


_INSIDE: Mapping[type, Callable[[Any], tuple[Node, ...]]] = {
    Styled: lambda node: (node.body,),
    Scripted: lambda node: _present(node.base, *(s.body for s in node.scripts)),
    Fraction: lambda node: _present(node.upper, node.lower),
    Group: lambda node: _present(node.body),
    Fenced: lambda node: _present(node.body),
    Environment: lambda node: _present(*(cell for row in node.rows for cell in row)),
    Product: lambda node: _present(*node.items),
    Sum: lambda node: _present(*node.items),
    Relation: lambda node: _present(*node.sides),
    List: lambda node: _present(*node.items),
}
