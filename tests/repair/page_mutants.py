"""True claim -> claims with one mistake in them, made on the page, letter by letter.

The mistakes are those that people make when they write derivations down. Nothing of the repairs is used: a mutant is
the author's text with a few characters changed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.mending.repair.page import Page
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Node, Number, Product, Relation, Scripted, Styled, Sum, Symbol, Token
from bptt_symbolic.understanding.occurrences import inside, unwrap

TRANSPOSES = frozenset({"T", r"\top", "Tr"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """New text for one place of a formula, and the kind of mistake."""

    kind: str
    span: Span
    text: str


def mutants(side: Node, page: Page, network: Network) -> list[Mutant]:
    """Every mistake that can be made on one side."""
    if any(_is_dots(node) for node in _all(side)):
        return []  # a mistake among terms with dots leaves nothing that could be read
    found = [m for node in _all(side) for m in _of(node, page, network)]
    return [m for m in dict.fromkeys(found) if page.source.slice(m.span) != m.text]


def sample(found: list[Mutant], count: int, draw: random.Random) -> list[Mutant]:
    """A few of them, every kind with the same chance."""
    kinds: dict[str, list[Mutant]] = {}
    for mutant in found:
        kinds.setdefault(mutant.kind, []).append(mutant)
    taken: list[Mutant] = []
    names = sorted(kinds)
    while names and len(taken) < count:
        name = draw.choice(names)
        rows = kinds[name]
        taken.append(rows.pop(draw.randrange(len(rows))))
        if not rows:
            names.remove(name)
    return taken


def _all(node: Node) -> Iterator[Node]:
    """Every node but those in scripts: what stands there is changed with what carries it."""
    yield node
    if isinstance(node, Styled) and isinstance(unwrap(node.body), Number):
        return  # `\mathbf{1}` is a name
    for child in [node.base] if isinstance(node, Scripted) else inside(node):
        yield from _all(child)


def _of(node: Node, page: Page, network: Network) -> Iterator[Mutant]:
    match node:
        case Sum(items=items):
            yield from _of_sum(items, page)
        case Product(items=items):
            yield from _of_product(items, page)
        case Scripted():
            yield from _of_scripts(node, page)
        case Symbol(name=name):
            yield from _of_symbol(node, name, page, network)
        case Number(token=token) if token.text.isdigit() and page.span(node) is not None:
            yield Mutant("number", node.span, str(int(token.text) + 1))
        case _:
            return


def _of_sum(items: tuple[Node | Token, ...], page: Page) -> Iterator[Mutant]:
    if _is_affine(items) or (isinstance(items[0], Product) and _is_differential(items[0].items[0])):
        return
    for n, item in enumerate(items):
        span = page.span(item)
        if span is None:
            continue
        if isinstance(item, Token) and item.text.strip() in "+-":
            yield Mutant("sign", span, "-" if item.text.strip() == "+" else "+")
        elif n > 1 and isinstance(items[n - 1], Token) and not isinstance(item, Token):
            yield Mutant("summand dropped", items[n - 1].span.to(span), "")


def _is_affine(items: tuple[Node | Token, ...]) -> bool:
    """`t - 1`: a step, no sum of terms."""
    return all(isinstance(i, Token | Symbol | Number) for i in items)


def _of_product(items: tuple[Node | Token, ...], page: Page) -> Iterator[Mutant]:
    if _is_differential(items[0]) or any(_is_dots(i) for i in items):
        return
    spans = [page.span(i) for i in items]
    for n, item in enumerate(items):
        span = spans[n]
        if span is None or isinstance(item, Token) or _is_sign(item) or _is_name(items, n):
            if isinstance(item, Token) and span is not None and item.text.strip() == r"\odot":
                yield Mutant("matrix for entrywise product", span, "")
            continue
        if _factors(items) > 1 and not (n + 1 < len(items) and isinstance(items[n + 1], Token)):
            before = items[n - 1] if n else None
            yield Mutant("factor dropped", before.span.to(span) if isinstance(before, Token) else span, "")
        if n + 1 < len(items) and not isinstance(items[n + 1], Token) and not _is_name(items, n + 1):
            after = spans[n + 1]
            if after is not None and not _is_sign(items[n + 1]):
                yield Mutant(
                    "factors exchanged", span.to(after), f"{page.source.slice(after)} {page.source.slice(span)}"
                )
                yield Mutant("entrywise for matrix product", Span(after.start, after.start), r"\odot ")


def _factors(items: tuple[Node | Token, ...]) -> int:
    """How many factors there are besides signs: where one is dropped, a formula has to be left."""
    return sum(not isinstance(i, Token) and not _is_sign(i) and not _names_function(i) for i in items)


def _is_differential(item: Node | Token) -> bool:
    inner = item if isinstance(item, Token) else unwrap(item)
    return isinstance(inner, Symbol) and inner.name in {r"\partial", "d", r"\delta"}


def _is_dots(item: Node | Token) -> bool:
    return isinstance(item, Symbol) and item.name == r"\cdots"


def _is_sign(item: Node | Token) -> bool:
    base = item.base if isinstance(item, Scripted) else item
    return isinstance(base, Symbol) and base.name in {r"\sum", r"\prod", r"\cdots"}


def _is_name(items: tuple[Node | Token, ...], n: int) -> bool:
    """A name before its bracket, or the bracket behind it."""
    before = items[n - 1] if n else None
    operator = before.base if isinstance(before, Scripted) else before
    if isinstance(operator, Symbol) and operator.name in {r"\nabla", "log", "exp"}:
        return True
    return _has_bracket(items, n) or (n > 0 and _has_bracket(items, n - 1)) or _names_function(items[n])


def _has_bracket(items: tuple[Node | Token, ...], n: int) -> bool:
    following = items[n + 1] if n + 1 < len(items) else None
    inner = following.base if isinstance(following, Scripted) else following
    return not isinstance(items[n], Token | Fenced) and isinstance(inner, Fenced)


def _names_function(item: Node | Token) -> bool:
    base = item.base if isinstance(item, Scripted) else item
    if isinstance(base, Token):
        return False
    inner = unwrap(base)
    return isinstance(inner, Symbol) and (
        (len(inner.name) > 2 and inner.name.strip("\\").isalpha()) or inner.name in "fg"
    )


def _of_scripts(node: Scripted, page: Page) -> Iterator[Mutant]:
    is_sign = _is_sign(node)
    for script in node.scripts:
        if script.body is None:
            if page.span(script.token) is not None:
                yield Mutant("prime dropped", script.token.span, "")
            continue
        body = unwrap(script.body)
        whole = page.span(script.body)
        if whole is None:
            continue
        if script.mark == "^" and isinstance(body, Symbol) and body.name in TRANSPOSES:
            yield Mutant("transpose dropped", script.token.span.to(whole), "")
            continue
        if script.mark == "^" and isinstance(body, Number) and not is_sign:
            yield Mutant("power dropped", script.token.span.to(whole), "")
            continue
        ends = [body] if script.mark == "^" or not is_sign else _ends(body)
        for end in ends:
            yield from _shifted(end, page, "bound" if is_sign else "step")
    if not is_sign and isinstance(node.base, Symbol) and node.base.name.isupper() and _bare(node):
        own = page.span(node)
        if own is not None:
            yield Mutant("transpose added", Span(own.end, own.end), r"^{\top}")


def _bare(node: Scripted) -> bool:
    return all(s.mark == "_" for s in node.scripts)


def _ends(body: Node) -> list[Node]:
    if isinstance(body, Relation):
        return [unwrap(s) for s in body.sides[1:] if s is not None]
    return []


def _shifted(end: Node, page: Page, kind: str) -> Iterator[Mutant]:
    span = page.span(end)
    if span is None:
        return
    text = page.source.slice(span)
    braces = page.source.text[span.start - 1] in "_^"
    if isinstance(end, Symbol) and end.name in {"t", "k", "i", "j", r"\tau"}:
        for shift in ("-1", "+1"):
            yield Mutant(f"{kind} shifted", span, f"{{{text}{shift}}}" if braces else f"{text}{shift}")
    elif isinstance(end, Number) and kind == "bound":
        yield Mutant("bound shifted", span, str(int(text) + 1))
    elif isinstance(end, Sum) and len(end.items) == 3 and isinstance(end.items[2], Number):
        first = page.span(end.items[0])
        if first is not None:
            yield Mutant(f"{kind} shifted", span, page.source.slice(first))


def _of_symbol(node: Symbol, name: str, page: Page, network: Network) -> Iterator[Mutant]:
    own = page.span(node)
    if own is None or not name.isalpha() or len(name) != 1:
        return
    shape = network.shapes.get(name)
    if shape is None:
        return
    if len(shape.axes) == 2:
        yield Mutant("transpose added", Span(own.end, own.end), r"^{\top}")
    for other, its in network.shapes.items():
        same = len(its.axes) == len(shape.axes) and (other in network.temporal) == (name in network.temporal)
        if same and other != name and len(other) == 1 and other.isalpha():
            yield Mutant("symbol", own, other)
