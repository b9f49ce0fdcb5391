r"""Note -> spelling: how its author writes a quantity at some step, a transpose, an integer expression.

Samples are taken from the page: `\hat{y}_{t,i}` teaches how any step and any entry of that quantity is written.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from bptt_symbolic.meaning.names import behind, unbraced
from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.terms import LAST, Affine, Entry, Ref
from bptt_symbolic.mending.repair.page import New, Page, expanded, replaced
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Fraction, Group, Node, Number, Product, Scripted, Symbol, Token, leaves
from bptt_symbolic.understanding import HADAMARD, TRANSPOSES, Builder, NoPattern, NotBuilt, slot_node
from bptt_symbolic.understanding.occurrences import (
    DIFFERENTIAL,
    ERRORS,
    Occurrence,
    affine,
    bracket_in,
    inside,
    occurrence,
    unwrap,
)
from bptt_symbolic.understanding.sum_bounds import is_big


@dataclass(frozen=True, slots=True)
class Sample:
    """One occurrence of a quantity: its text cut at its time and at its indices."""

    pieces: tuple[str, ...]
    """Text between the holes, one more than there are holes."""
    holes: tuple[str, ...]
    """What goes into each hole: "time", "0", "1"."""
    time: Affine | None
    base: str = ""
    """What carries the scripts."""
    spaced: bool = False
    """Whether the author puts spaces around the signs in its step."""

    def write(self, time: str, indices: Sequence[str]) -> str:
        """The text with other times and indices."""
        text = self.pieces[0]
        spread = any(_is_long(i) for i in indices)
        for number, (hole, piece) in enumerate(zip(self.holes, self.pieces[1:], strict=True), 1):
            new = time if hole == "time" else indices[int(hole)]
            text += f"{{{new}}}" if text.endswith(("_", "^")) and _is_long(new) else new
            text += ", " if spread and not piece and number < len(self.holes) else piece
        return text


SCRIPT = re.compile(
    r"(?P<mark>[_^])(?:\{(?P<in>\\[A-Za-z]+(?=\}(?![A-Za-z]))|[A-Za-z0-9])\}"
    r"|(?P<out>\\(?!math|text|rm|bf)[A-Za-z]+|[A-Za-z0-9]))"
)
"""A script of one letter or command, in braces that it does not need or without."""


def _sign(token: Token) -> str:
    return token.text.strip()


def _is_long(text: str) -> bool:
    r"""Whether a script needs braces: more than one letter, digit or command."""
    return len(text) > 1 and not (text.startswith("\\") and text[1:].isalpha())


_SQUARED_IN_BRACES = re.compile(r"\}\}\s*\^\{?2")
_SQUARED_IN_BRACKETS = re.compile(r"\}\s*(?:\\right\s*)?\)\s*\^\{?2")
_MARKED = re.compile(r"\^\{[^{}]+\}\Z")


@dataclass(frozen=True, slots=True)
class Leading:
    """Where an author puts gradients in entrywise products: first, unless they mostly stand last."""

    first: bool = False
    """Most stand first, as far as is seen."""
    last: bool = False
    bracketed: bool = False
    """Whether one that stands first has brackets around it."""


_OF_GRADIENTS = frozenset({r"\partial", r"\nabla", r"\delta", "d"})


@dataclass(frozen=True)
class Spelling:
    """How one note writes things."""

    page: Page
    trees: tuple[Node, ...]
    builder: Builder
    _letters: dict[str, str] = field(default_factory=dict, compare=False)

    @cached_property
    def samples(self) -> Mapping[tuple[str, int], Sample]:
        """(quantity, number of indices) -> how it is written; what has a text of its own comes before macros."""
        own: dict[tuple[str, int], Sample] = {}
        called: dict[tuple[str, int], Sample] = {}
        for tree in self.trees:
            for written in _named(tree):
                nodes = (_bare(written[0]), *written[1:])
                found = self._sample(nodes)
                if found is not None:
                    plain = all(self.page.span(n) is not None for n in nodes)
                    (own if plain else called).setdefault(*found)
        return {**called, **own}

    def quantity(self, name: str, time: Affine | None = None, indices: Sequence[Affine] = ()) -> str | None:
        """A quantity at a step, entries of it with indices; None when the note has no sample to learn from."""
        sample = self.samples.get((name, len(indices)))
        if sample is None:
            return self._error(name, time, indices)
        if (sample.time is None) != (time is None):
            return None
        text = sample.write("" if time is None else self.integer(time), [self.integer(i) for i in indices])
        return SCRIPT.sub(lambda m: m[0] if m["out"] or self._braces(m["in"]) else m["mark"] + m["in"], text)

    def _error(self, name: str, time: Affine | None, indices: Sequence[Affine]) -> str | None:
        r"""A gradient that is named after its quantity, as `dh_t` or `\delta h_t`; None for another name."""
        for sign in (*ERRORS, DIFFERENTIAL):
            rest = behind(name, sign)
            base, of = (None, None) if rest is None else (self.base(rest), self.quantity(rest, time, indices))
            ways = (r"\mathrm{d}", "d") if sign == DIFFERENTIAL else (f"{sign} ",)
            if base is not None and of is not None:
                return next((way + of for way in ways if self.uses(way + base)), None)
        return None

    def squared(self, text: str) -> str:
        """The square of a symbol; one that has a superscript is put in brackets, or in braces where the author does."""
        if "^" not in text and "'" not in text:
            return f"{text}^2"
        return f"{{{text}}}^2" if self._braces_squares else rf"\left( {text} \right)^2"

    @cached_property
    def _braces_squares(self) -> bool:
        source = self.page.source.text
        return len(_SQUARED_IN_BRACES.findall(source)) > len(_SQUARED_IN_BRACKETS.findall(source))

    def script(self, span: Span, new: str) -> tuple[Span, str]:
        """Where a new script goes that stands for the one at a place of the page, and its text: in braces where it
        needs them, or where the author puts every script into them."""
        text = self.page.source.text
        inner = _inside_braces(text, span)
        outer = Span(inner.start - 1, inner.end + 1)
        if text[outer.start - 1 : inner.start] not in {"_{", "^{"} or text[inner.end : outer.end] != "}":
            return span, f"{{{new}}}" if _is_long(new) and text[span.start - 1 : span.start] in {"_", "^"} else new
        runs_on = new.startswith("\\") and text[outer.end : outer.end + 1].isalpha()
        return (inner, new) if _is_long(new) or self._braces(new) or runs_on else (outer, new)

    def base(self, name: str) -> str | None:
        """What carries the scripts of a quantity; None when the note has no sample to learn from."""
        return next((s.base for (other, _), s in self.samples.items() if other == name and s.base), None)

    def integer(self, value: Affine) -> str:
        """An integer expression, with spaces around its signs if the author likes them."""
        text = ""
        for name, count in sorted(value.parts, key=lambda p: (p[1] < 0, p[0])):
            text += ("-" if count < 0 else "+") + (str(abs(count)) if abs(count) != 1 else "") + self._letter(name)
        if value.const or not text:
            text += f"{value.const:+d}"
        text = text.removeprefix("+")
        if not self._spaced:
            return text
        return text[:1] + text[1:].replace("+", " + ").replace("-", " - ")

    @cached_property
    def times(self) -> str:
        r"""The sign that the author puts between most factors: `\times`, `\cdot`, or none."""
        seen: Counter[str] = Counter()
        for tree in self.trees:
            for node in below(tree):
                if isinstance(node, Product):
                    for here, following in pairwise(node.items):
                        if isinstance(here, Fraction):
                            sign = following.text.strip() if isinstance(following, Token) else ""
                            seen[sign] += sign in {"", r"\times", r"\cdot"}
        return max(sorted(seen), key=lambda sign: seen[sign], default="")

    @cached_property
    def entrywise(self) -> str:
        r"""The sign of the entrywise product: the commonest in the note, `\odot` if there is none."""
        seen = Counter(_sign(token) for tree in self.trees for token in leaves(tree) if self.is_entrywise(token))
        return seen.most_common(1)[0][0] if seen else r"\odot"

    @cached_property
    def leading(self) -> "Leading":
        """Where the author puts gradients in entrywise products."""
        seen: Counter[tuple[bool, bool]] = Counter()
        for parts in (p for tree in self.trees for p in self._entrywise_parts(tree)):
            gradients = [any(t.text.strip() in _OF_GRADIENTS for n in part for t in leaves(n)) for part in parts]
            if gradients[0] != gradients[-1]:
                seen[gradients[0], len(parts[0]) == 1 and isinstance(parts[0][0], Fenced)] += 1
        first, last = (sum(seen[place, bracketed] for bracketed in (True, False)) for place in (True, False))
        return Leading(first > last, last > first, seen[True, True] > seen[True, False])

    def _entrywise_parts(self, tree: Node) -> Iterator[list[list[Node]]]:
        """The factors of each entrywise product of a formula."""
        for node in (tree, *below(tree)):
            if isinstance(node, Product) and any(isinstance(i, Token) and self.is_entrywise(i) for i in node.items):
                parts: list[list[Node]] = [[]]
                for item in node.items:
                    if not isinstance(item, Token):
                        parts[-1].append(item)
                    elif self.is_entrywise(item):
                        parts.append([])
                if all(parts):
                    yield parts

    def is_entrywise(self, token: Token) -> bool:
        """Whether a sign is that of the entrywise product."""
        return _sign(token) in HADAMARD or _sign(token) in self.builder.notation.entrywise

    def _braces(self, text: str) -> bool:
        r"""Whether the author puts scripts like this, a letter or a command, into braces that they do not need."""
        return self._braced[text.startswith("\\")]

    @cached_property
    def _braced(self) -> tuple[bool, bool]:
        """The same for letters, and for commands."""
        seen = Counter(
            (bool(m["in"]), (m["in"] or m["out"]).startswith("\\")) for m in SCRIPT.finditer(self.page.source.text)
        )
        return seen[True, False] > seen[False, False], seen[True, True] >= seen[False, True]

    @cached_property
    def transpose(self) -> str:
        r"""The sign of a transpose: the commonest in the note, `\top` if there is none."""
        seen: Counter[str] = Counter()
        for tree in self.trees:
            for node in _scripted(tree):
                for script in () if is_big(node) else node.scripts:  # `\sum^T` ends at the last step
                    if script.mark == "^" and script.body is not None and is_transpose(script.body):
                        seen[unbraced(self.page.text(script.body))] += 1
        return seen.most_common(1)[0][0] if seen else r"\top"

    def transposed(self, text: str, *, bare: bool | None = None) -> str:
        """A formula with the sign of a transpose, in brackets unless it is `bare`: a symbol without superscript."""
        if self.marks_inside(text):
            return f"{text[:-1]} {self.transpose}}}"
        mark = f"^{{{self.transpose}}}" if _is_long(self.transpose) else f"^{self.transpose}"
        alone = "^" not in text and " " not in text if bare is None else bare
        return (text if alone else rf"\left( {text} \right)") + mark

    def marks_inside(self, text: str) -> bool:
        r"""Whether the author puts a transpose behind what stands above a symbol already: `W^{(hh) T}`."""
        return _MARKED.search(text) is not None and self._marks_inside

    @cached_property
    def _marks_inside(self) -> bool:
        return re.search(rf"\^\{{[^{{}}]+\s{re.escape(self.transpose)}\}}", self.page.source.text) is not None

    def uses(self, text: str) -> bool:
        """Whether a formula stands somewhere in the note, however it is spaced and braced."""
        return _bare_text(text) in self._text

    @cached_property
    def _text(self) -> str:
        return _bare_text(self.page.source.text)

    def has(self, sign: str) -> bool:
        """Whether the note uses a sign."""
        return sign in self._signs

    @cached_property
    def _signs(self) -> frozenset[str]:
        return frozenset(_sign(token) for tree in self.trees for token in leaves(tree))

    @cached_property
    def _spaced(self) -> bool:
        """Whether the author puts spaces around the signs in a step: `t - 1`."""
        return any(sample.spaced for sample in self.samples.values())

    def _letter(self, name: str) -> str:
        if name == LAST:
            return min(self.builder.notation.last, default=LAST)
        if len(name) == 1 or name.startswith("\\"):
            return name
        if not self._letters:
            self._letters.update(self._sizes())
        return self._letters.get(name, name)

    def _sizes(self) -> Iterator[tuple[str, str]]:
        r"""Names of integers of more than one letter: `d_in` is written `d_{\text{in}}`."""
        for tree in self.trees:
            for node in _scripted(tree):
                value = affine(node)
                if value is not None and len(value.parts) == 1 and not value.const:
                    yield value.parts[0][0], self.page.text(node)

    def _sample(self, nodes: tuple[Node, ...]) -> tuple[tuple[str, int], Sample] | None:
        """What the occurrence in a node, and the bracket behind it, teach; None for one with a power or a label."""
        found = occurrence(nodes[0])
        bracket = bracket_in(nodes[1]) if len(nodes) > 1 else None
        assert found is not None  # noqa: S101 - `_named` gives no others
        try:
            term, used = self.builder.quantity(found, bracket, nodes[0])
        except (NotBuilt, NoPattern):
            return None
        ref = base_of(term)
        if ref is None or not isinstance(term, Ref | Entry) or (used and isinstance(nodes[-1], Scripted)):
            return None
        slot = self.builder.notation.slots.get(found.name)
        time = None if slot is None or ref.time is None else slot_node(found, bracket, slot)[0]
        indices = term.indices if isinstance(term, Entry) else ()
        places = _index_nodes(found, time, len(indices))
        if (ref.time is None) != (time is None) or len(places) != len(indices) or None in indices:
            return None
        holes = {id(node): str(number) for number, node in enumerate(places)}
        if time is not None:
            holes[id(time)] = "time"
        sample = self._cut(nodes if used else nodes[:1], holes, ref.time, "" if time is None else self.page.text(time))
        return ((ref.name, len(indices)), sample)

    def _cut(self, nodes: tuple[Node, ...], holes: Mapping[int, str], time: Affine | None, step: str) -> Sample:
        """The text of some nodes with holes in the places of others."""
        marks = {key: New(Number(Token("number", f"<{name}>", Span(0, 0))), None) for key, name in holes.items()}
        plain = self._plain(nodes, holes)
        text = plain if plain is not None else "".join(expanded(replaced(n, marks)) for n in nodes)
        pieces = re.split(r"<(?:time|\d)>", text)
        first = nodes[0].base if isinstance(nodes[0], Scripted) else nodes[0]
        holed = tuple(re.findall(r"<(time|\d)>", text))
        return Sample(tuple(pieces), holed, time, self.page.text(first), " - " in step or " + " in step)

    def _plain(self, nodes: tuple[Node, ...], holes: Mapping[int, str]) -> str | None:
        """The author's own text with holes; None where it comes out of a macro."""
        whole = [self.page.span(n) for n in nodes]
        inner = [(self.page.span(n), holes[id(n)]) for node in nodes for n in below(node) if id(n) in holes]
        if None in whole or any(span is None for span, _ in inner):
            return None
        spans = [s for s in whole if s is not None]
        places = tuple(
            (_inside_braces(self.page.source.text, span), f"<{name}>") for span, name in inner if span is not None
        )
        return self.page.spliced(spans[0].to(spans[-1]), tuple(sorted(places)))


def _named(node: Node) -> Iterator[tuple[Node, ...]]:
    """Every name in a formula with the bracket behind it, outermost first."""
    if isinstance(node, Product):
        for here, following in zip(node.items, (*node.items[1:], None), strict=True):
            if isinstance(here, Token):
                continue
            if occurrence(here) is None:
                yield from _named(here)
            elif following is not None and not isinstance(following, Token) and bracket_in(following) is not None:
                yield (here, following)
            else:
                yield (here,)
        return
    if occurrence(node) is not None:
        yield (node,)
        return
    for child in inside(node):
        yield from _named(child)


def _bare(node: Node) -> Node:
    """Without the braces of a macro."""
    return _bare(node.body) if isinstance(node, Group) and node.body is not None else node


def below(node: Node) -> Iterator[Node]:
    """Everything under a node."""
    for child in inside(node):
        yield child
        yield from below(child)


def renamed(node: Node, letters: Mapping[str, str]) -> str:
    """A formula with letters replaced, written anew."""
    marks = {
        id(n): New(Number(Token("number", letters[n.name], n.span)), None)
        for n in (node, *below(node))
        if isinstance(n, Symbol) and n.name in letters
    }
    return expanded(replaced(node, marks))


def _index_nodes(found: Occurrence, time: Node | None, count: int) -> list[Node]:
    """The nodes of the entry indices: `i` and `j` of `W_{ij}`, `i` of `y_{t,i}`."""
    rest = [s for s in found.subs if s is not time]
    inner = unwrap(rest[0]) if len(rest) == 1 else None
    if count > 1 and isinstance(inner, Product):
        return [i for i in inner.items if not isinstance(i, Token)]
    return rest[-count:] if count else []


def _inside_braces(text: str, span: Span) -> Span:
    """Without the braces around it, which stay."""
    if text[span.start : span.start + 1] == "{" and text[span.end - 1 : span.end] == "}":
        return Span(span.start + 1, span.end - 1)
    return span


def _bare_text(text: str) -> str:
    return re.sub(r"[\s{}]", "", text)


def is_transpose(node: Node) -> bool:
    """Whether a superscript is the sign of a transpose."""
    inner = unwrap(node)
    return isinstance(inner, Symbol) and inner.name in TRANSPOSES


def _scripted(node: Node) -> Iterator[Scripted]:
    if isinstance(node, Scripted):
        yield node
    for child in inside(node):
        yield from _scripted(child)
