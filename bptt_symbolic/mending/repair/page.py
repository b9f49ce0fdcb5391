r"""Node <-> text of the page: where a node stands, how it is written, and what a piece of text reads as.

A node that came out of the author's macro has no text of its own. Where such a node is to be changed, the smallest node
around it that has one is written anew with its macros expanded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import pairwise
from typing import cast

from bptt_symbolic.reading.parser import Macros, parse_formula
from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.reading.syntax import Group, Node, Script, Token, leaves
from bptt_symbolic.understanding import Spelling


@dataclass(frozen=True)
class Page:
    """The text in which spans count, and the macros known in it."""

    source: Source
    macros: Macros
    spelling: Spelling = field(default_factory=Spelling)
    """Signs side by side that are one name in this note."""
    _read: dict[str, Node | None] = field(default_factory=dict, compare=False)
    _spans: dict[int, tuple[Node, Span | None]] = field(default_factory=dict, compare=False)

    def read(self, text: str) -> Node | None:
        """The tree of a piece of text; None when it cannot be read."""
        if text not in self._read:
            tree, faults = parse_formula(text, self.macros)
            self._read[text] = (
                None if any(f.severity == "error" for f in faults) or tree is None else self.spelling.of(tree)
            )
        return self._read[text]

    def text(self, node: Node | Token) -> str:
        """How a node is written: the author's own text, or its macros expanded where it has none."""
        own = self.span(node)
        return expanded(node) if own is None else self.source.slice(own)

    def script(self, script: Script) -> str:
        """How a subscript, superscript or prime is written."""
        return script.token.text + ("" if script.body is None else self.text(script.body))

    def run(self, nodes: Sequence[Node | Token]) -> str:
        """How some neighbours are written."""
        spans = [self.span(n) for n in nodes]
        if not spans or None in spans:
            return " ".join(self.text(n) for n in nodes)
        return self.source.text[min(s.start for s in spans if s) : max(s.end for s in spans if s)]

    def span(self, node: Node | Token) -> Span | None:
        """Where a node stands, if its text reads as the node itself."""
        if isinstance(node, Token):
            return node.span if self.source.slice(node.span) == node.text else None
        if id(node) not in self._spans:
            own = self.closed(node.span)
            again = self.read(self.source.slice(own))
            self._spans[id(node)] = (node, own if again is not None and alike(again, node) else None)
        return self._spans[id(node)][1]

    def closed(self, span: Span) -> Span:
        """A span with the braces that close the last argument of a macro."""
        text = self.source.text
        missing = self.source.slice(span).count("{") - self.source.slice(span).count("}")
        end = span.end
        while missing > 0 and end < len(text) and text[end] in "} ":
            missing -= text[end] == "}"
            end += 1
        return Span(span.start, end)

    def changed(self, side: Node, changes: Mapping[int, "New"]) -> "tuple[Place, ...] | None":
        """New text for places of the page that turns a side into what it is with some nodes replaced, by their ids;
        None when no text reads so."""
        wanted = replaced(side, changes)
        whole = self.closed(side.span)
        found = tuple(sorted(p for new in changes.values() for p in new.places or ()))
        own = all(new.places for new in changes.values()) and apart(found)
        if own and self._reads(self.spliced(whole, found), wanted):
            return found
        text = expanded(wanted)
        return ((whole, text),) if self._reads(text, wanted) else None

    def spliced(self, whole: Span, places: "tuple[Place, ...]") -> str:
        """The text under a span with some places of it rewritten; places ascending."""
        text, end = "", whole.start
        for span, new in places:
            text += self.source.text[end : span.start] + new
            end = span.end
        return text + self.source.text[end : whole.end]

    def _reads(self, text: str, wanted: Node) -> bool:
        tree = self.read(text)
        return tree is not None and alike(tree, wanted)


Place = tuple[Span, str]
"""A part of the page, and its new text; an empty part inserts."""


@dataclass(frozen=True, slots=True)
class New:
    """A node in the place of another, and the text of the page that this changes."""

    node: Node
    places: tuple[Place, ...] | None
    """Ascending; None where the old node has no text of its own."""


def replaced(node: Node, changes: Mapping[int, New]) -> Node:
    """A tree with some of its nodes, given by their ids, replaced."""
    return Tree(node).replaced(changes)


class Tree:
    """A tree of which many versions are made: it knows the way to each of its nodes."""

    def __init__(self, root: Node) -> None:
        """Look at the whole tree once."""
        self.root = root
        self._above: dict[int, int] = {}
        todo: list[object] = [root]
        while todo:
            value = todo.pop()
            for child in _parts(value):
                self._above[id(child)] = id(value)
                todo.append(child)

    def way(self, node: Node) -> frozenset[int]:
        """The ids of a node and of everything above it."""
        found, at = [id(node)], id(node)
        while at in self._above:
            at = self._above[at]
            found.append(at)
        return frozenset(found)

    def replaced(self, changes: Mapping[int, New]) -> Node:
        """The tree with some of its nodes, given by their ids, replaced."""
        way: set[int] = set()
        for at in changes:
            here: int | None = at
            while here is not None and here not in way:
                way.add(here)
                here = self._above.get(here)
        return cast("Node", _rebuilt(self.root, changes, way))


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, Token) or not is_dataclass(value) or isinstance(value, type):
        return ()
    return (getattr(value, f.name) for f in fields(value))


def _rebuilt(value: object, changes: Mapping[int, New], way: set[int]) -> object:
    """A value with what stands on the way to a change made anew; everything else stays the very same object."""
    if id(value) in changes:
        return changes[id(value)].node
    if id(value) not in way:
        return value
    if isinstance(value, tuple):
        return tuple(_rebuilt(item, changes, way) for item in value)
    if isinstance(value, Token) or not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(value, **{f.name: _rebuilt(getattr(value, f.name), changes, way) for f in fields(value)})


def apart(places: tuple[Place, ...]) -> bool:
    """Whether ascending places do not touch each other; two insertions at one point do."""
    return all(a.end <= b.start and a != b for (a, _), (b, _) in pairwise(places))


def alike(a: Node | None, b: Node | None) -> bool:
    """Whether two trees are the same apart from their places; braces alone make no difference."""
    return skeleton(a) == skeleton(b)


def skeleton(value: object) -> object:
    """A tree without its places, and without braces that hold a single node."""
    if isinstance(value, Group) and value.body is not None:
        return skeleton(value.body)
    if isinstance(value, Token):
        return value.kind if value.kind in {"fraction", "style", "open", "close"} else value.text.strip()
    if isinstance(value, tuple):
        return tuple(skeleton(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        named = [f.name for f in fields(value) if f.name not in _PLACES or not hasattr(value, "name")]
        return (type(value).__name__, *(skeleton(getattr(value, name)) for name in named))
    return value


_PLACES = frozenset({"tokens"})
"""Fields that say nothing beside the normal name of a node."""


def expanded(node: Node | Token) -> str:
    """A tree written anew from its tokens."""
    text = last = ""
    for token in [node] if isinstance(node, Token) else leaves(node):
        word = token.text.strip()
        if last[-1:].isalpha() and word[:1].isalpha() and (len(last) > 1 or len(word) > 1):
            text += " "
        text, last = text + word, word
    return text
