"""True claim -> the same claim in an unusual dress, made on the page: none of them may ever be refuted.

Each dress changes how a right formula is written and not what it says: bound letters, brackets, order of a sum, a sum
split in two, a term added and taken away, both sides exchanged, a transpose taken twice.
"""

import random
import re
from collections.abc import Callable, Iterator

from bptt_symbolic.mending.repair.page import Page
from bptt_symbolic.reading.syntax import Fenced, Node, Product, Relation, Scripted, Sum, Symbol, Token
from bptt_symbolic.understanding.occurrences import inside

Sides = tuple[str, str]
"""Text of the left and of the right side."""
Dress = Callable[[Node, Sides, Page, random.Random], str | None]
"""Right side, texts of both sides, page -> new text of the right side; None where it does not fit."""


def dressed(right: Node, sides: Sides, page: Page, draw: random.Random) -> Sides | None:
    """One to three dresses one over the other; None where nothing fits."""
    left, text = sides
    node: Node | None = right
    done = 0
    for dress in draw.sample(DRESSES, len(DRESSES)):
        if node is None or done == draw.randint(1, 3):
            break
        new = dress(node, (left, text), page, draw)
        again = None if new is None else page.read(new)
        if new is not None and again is not None and "stray" not in str(again):
            text, node, done = new, again, done + 1
    if not done:
        return None
    return (text, left) if draw.random() < 0.1 else (left, text)


def in_brackets(_: Node, sides: Sides, _page: Page, _draw: random.Random) -> str:
    """`(X)`."""
    return rf"\left( {sides[1]} \right)"


def minus_twice(_: Node, sides: Sides, _page: Page, _draw: random.Random) -> str:
    """`-(-(X))`."""
    return rf"-\left( -\left( {sides[1]} \right) \right)"


def halves(_: Node, sides: Sides, _page: Page, _draw: random.Random) -> str:
    """`1/2 X + 1/2 X`."""
    half = rf"\frac{{1}}{{2}} \left( {sides[1]} \right)"
    return f"{half} + {half}"


def added_and_taken(_: Node, sides: Sides, _page: Page, _draw: random.Random) -> str:
    """`X + X - X`."""
    one = rf"\left( {sides[1]} \right)"
    return f"{one} + {one} - {one}"


def double_less_one(_: Node, sides: Sides, _page: Page, _draw: random.Random) -> str:
    """`2 X - X`."""
    return rf"2 \left( {sides[1]} \right) - \left( {sides[1]} \right)"


def transposed_twice(_: Node, sides: Sides, _page: Page, _draw: random.Random) -> str:
    r"""`((X)^\top)^\top`."""
    return rf"\left( \left( {sides[1]} \right)^{{\top}} \right)^{{\top}}"


def other_letter(node: Node, sides: Sides, page: Page, draw: random.Random) -> str | None:
    r"""`\sum_k a_k` as `\sum_m a_m`."""
    found = [(s, letter) for s in _signs(node) if (letter := _bound(s)) is not None]
    free = [x for x in "mnqr" if re.search(rf"(?<![A-Za-z\\]){x}(?![A-Za-z])", "".join(sides)) is None]
    if not found or not free or page.text(node) != sides[1]:
        return None
    _, letter = draw.choice(found)
    pattern = rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])"
    written = len(re.findall(pattern, sides[1]))
    read = sum(isinstance(n, Symbol) and n.name == letter for n in _all(node))
    if sum(_bound(s) == letter for s in _signs(node)) != 1 or written != read:
        return None  # bound twice, or hidden in a macro
    return re.sub(pattern, free[0], sides[1])


def split_sum(node: Node, sides: Sides, page: Page, _draw: random.Random) -> str | None:
    r"""`\sum_{k=1}^t a_k` as `\sum_{k=1}^{t-1} a_k + a_t`, where the sum is the whole side."""
    if not isinstance(node, Product) or isinstance(node.items[0], Token) or not isinstance(node.items[0], Scripted):
        return None
    sign = node.items[0]
    letter, upper = _bound(sign), [s.body for s in sign.scripts if s.mark == "^" and s.body is not None]
    if letter is None or not upper or not _is_sum(sign) or any(_is_big(i) for i in node.items[1:]):
        return None
    high = page.text(upper[0]).strip("{}")
    body = " ".join(page.text(i) for i in node.items[1:])
    if not re.fullmatch(r"[A-Za-z]", high) or letter not in "".join(sides):
        return None
    lower = "".join(s.token.text + page.text(s.body) for s in sign.scripts if s.mark == "_" and s.body is not None)
    last = re.sub(rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])", high, body)
    return rf"\sum{lower}^{{{high}-1}} {body} + {last}"


def terms_turned(node: Node, _sides: Sides, page: Page, _draw: random.Random) -> str | None:
    """`a + b` as `b + a`."""
    if not isinstance(node, Sum) or any(_reaches(i) for i in node.items):
        return None
    terms, sign = [], "+"
    for item in node.items:
        if isinstance(item, Token):
            sign = item.text.strip()
            continue
        terms.append(f"{sign} {page.text(item)}")
        sign = "+"
    if any(t[0] not in "+-" for t in terms):
        return None
    return " ".join(reversed(terms)).removeprefix("+ ")


def multiplied_out(node: Node, _sides: Sides, page: Page, _draw: random.Random) -> str | None:
    """`A (b + c)` as `A b + A c`, where the bracket is a factor at the end or the beginning."""
    if not isinstance(node, Product) or any(isinstance(i, Token) or _is_big(i) for i in node.items):
        return None
    items = [i for i in node.items if not isinstance(i, Token)]
    for at in (0, len(items) - 1):
        bracket = items[at]
        if not isinstance(bracket, Fenced) or bracket.left not in {"(", "["} or not isinstance(bracket.body, Sum):
            continue
        if at and not _is_factor(items[at - 1]):
            continue
        before = " ".join(page.text(i) for i in items[:at])
        after = " ".join(page.text(i) for i in items[at + 1 :])
        if any(_reaches(i) for i in bracket.body.items):
            return None
        return _spread(bracket.body, before, after, page)
    return None


def _spread(body: Sum, before: str, after: str, page: Page) -> str:
    text, sign = "", ""
    for item in body.items:
        if isinstance(item, Token):
            sign = item.text.strip()
            continue
        term = f"{before} {page.text(item)} {after}".strip()
        text += f" {sign or ('+' if text else '')} {term}"
        sign = ""
    return text.strip()


def _is_factor(node: Node) -> bool:
    """Surely no function whose argument the bracket is, nor a name whose step it holds."""
    base = node.base if isinstance(node, Scripted) else node
    return not isinstance(base, Symbol) or base.name.isupper()


def _reaches(item: Node | Token) -> bool:
    """Whether a term goes on to the right as far as it can: a sum sign does."""
    return not isinstance(item, Token) and any(_is_big(n) for n in _all(item))


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in inside(node):
        yield from _all(child)


def _signs(node: Node) -> list[Scripted]:
    return [n for n in _all(node) if isinstance(n, Scripted) and _is_big(n)]


def _is_big(node: Node | Token) -> bool:
    base = node.base if isinstance(node, Scripted) else node
    return isinstance(base, Symbol) and base.name in {r"\sum", r"\prod", r"\cdots"}


def _is_sum(node: Scripted) -> bool:
    return isinstance(node.base, Symbol) and node.base.name == r"\sum"


def _bound(sign: Scripted) -> str | None:
    r"""The letter of `\sum_{k=1}^t`."""
    for script in sign.scripts:
        body = None if script.body is None else getattr(script.body, "body", script.body)
        if script.mark == "_" and isinstance(body, Relation) and isinstance(body.sides[0], Symbol):
            name = body.sides[0].name
            return name if len(name) == 1 and body.names == ("=",) else None
    return None


DRESSES: tuple[Dress, ...] = (
    in_brackets,
    minus_twice,
    halves,
    added_and_taken,
    double_less_one,
    transposed_twice,
    other_letter,
    split_sum,
    terms_turned,
    multiplied_out,
)
