"""Spot -> edits: a change of the author's formula, as a new node and as new text, with what it is called.

Every kind of mistake makes its edits with the few functions below, so that nodes and text cannot drift apart.
"""

import re
from dataclasses import dataclass

from bptt_symbolic.mending.repair.page import New, Page, Place
from bptt_symbolic.mending.repair.spots import Chain
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Node, Product, Sum, Token


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one place."""

    kind: str
    """What kind of mistake it mends, in the words of the field."""
    words: str
    """What is done, in words: "transpose W"."""
    cost: float
    """How far it is from what authors usually get wrong; 1 for the commonest."""
    old: Node
    new: New
    culprit: Span
    """The part of the author's text that was wrong."""
    before: str = ""
    after: str = ""
    """What stood there and what stands there now, to tell whether two mistakes are the same one."""
    module: str = ""
    """The module of `kinds` that it comes from."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an edit is called and how likely it is."""

    kind: str
    words: str
    cost: float


def rewritten(
    page: Page,
    chain: Chain,
    place: tuple[int, int],
    text: str,
    named: Named,
    places: tuple[Place, ...] | None = None,
) -> Edit | None:
    """`items[place]` of a chain rewritten as some text; an empty place inserts, an empty text removes.

    `places` say more narrowly what changes on the page, where that is less than all of the place.
    """
    start, end = place
    items = chain.items
    if not text and start == end:
        return None
    if not text:
        start, end = _with_operator(items, start, end)
    middle = _pieces(page, text)
    if middle is None:
        return None
    new = _joined((*items[:start], *middle, *items[end:]))
    if new is None:
        return None
    culprit = _between(items, start, end)
    before = page.run(items[start:end])
    changed = places or _places(page, items, (start, end), text)
    return Edit(named.kind, named.words, named.cost, chain.owner, New(new, changed), culprit, before, text)


def in_node(page: Page, node: Node, text: str, named: Named, culprit: Span | None = None) -> Edit | None:
    """A whole node rewritten as some text."""
    new = page.read(text)
    if new is None:
        return None
    own = page.span(node)
    places = None if own is None else ((own, text),)
    return Edit(
        named.kind, named.words, named.cost, node, New(new, places), culprit or node.span, page.text(node), text
    )


def in_sum(page: Page, node: Sum, place: tuple[int, int], text: str, named: Named) -> Edit | None:
    """`items[place]` of a sum (terms and signs) rewritten as some text."""
    start, end = place
    signs = tuple(page.text(i) for i in node.items)
    whole = " ".join((*signs[:start], text, *signs[end:])).strip()
    whole = whole.removeprefix("+").strip()
    new = page.read(whole)
    if new is None or not whole:
        return None
    culprit = _between(node.items, start, end)
    spot = _places(page, node.items, place, text)
    if start == 0 and not text:
        spot = None if (own := page.span(node)) is None else ((own, whole),)
    before = " ".join(signs[start:end])
    return Edit(named.kind, named.words, named.cost, node, New(new, spot), culprit, before, text)


def in_brackets(text: str) -> str:
    """A formula in brackets that fit."""
    return rf"\left( {text} \right)"


def _pieces(page: Page, text: str) -> tuple[Node | Token, ...] | None:
    if not text:
        return ()
    before, after = BEFORE.match(text) is not None, AFTER.search(text) is not None
    tree = page.read(f"{'x ' * before}{text}{' x' * after}")
    if tree is None or isinstance(tree, Sum):
        return None
    items = tree.items if isinstance(tree, Product) else (tree,)
    return items[before : len(items) - after]


SIGN = r"(?:\\(?:odot|circ|ast|star|otimes|times|cdot|bullet)(?![A-Za-z])|[*.])"
BEFORE, AFTER = re.compile(SIGN), re.compile(rf"{SIGN}$")
"""A sign between a factor that is put somewhere and what stands there already."""


def _joined(items: tuple[Node | Token, ...]) -> Node | None:
    """A product of factors and operators; None where it would begin or end with an operator."""
    if not items or isinstance(items[-1], Token):
        return None
    first = items[0]
    if isinstance(first, Token):
        return None
    return first if len(items) == 1 else Product(items)


def _with_operator(items: tuple[Node | Token, ...], start: int, end: int) -> tuple[int, int]:
    """A factor that goes takes one operator beside it along."""
    if start and isinstance(items[start - 1], Token):
        return start - 1, end
    if end < len(items) and isinstance(items[end], Token):
        return start, end + 1
    return start, end


def _between(items: tuple[Node | Token, ...], start: int, end: int) -> Span:
    if start < end:
        return items[start].span.to(items[end - 1].span)
    near = items[max(0, start - 1)].span.to(items[min(start, len(items) - 1)].span)
    return near if 0 < start < len(items) else items[min(start, len(items) - 1)].span


def _places(page: Page, items: tuple[Node | Token, ...], place: tuple[int, int], text: str) -> tuple[Place, ...] | None:
    start, end = place
    if start < end:
        spans = [page.span(item) for item in items[start:end]]
        if None in spans:
            return None
        first, last = spans[0], spans[-1]
        assert first is not None and last is not None  # noqa: S101, PT018 - seen to above
        whole = first.to(last)
        return ((whole, text),) if text else ((_with_space(page, whole), ""),)
    near = page.span(items[start] if start < len(items) else items[-1])
    if near is None:
        return None
    at = near.start if start < len(items) else near.end
    return ((Span(at, at), f"{text} " if start < len(items) else f" {text}"),)


def _with_space(page: Page, span: Span) -> Span:
    """What is removed takes the white space before it along."""
    start = span.start
    while start and page.source.text[start - 1] in " \t":
        start -= 1
    return Span(start, span.end)
