r"""Syntax -> syntax: names that the page writes as several signs, put together once it is known that they are one.

`net_t` in italics is three letters to the parser, `\delta 3` a factor and a number, `\delta W` two factors. What they
are is decided by conventions; here they become one node, with every token of the page still in it. A command of a
style file that the page does not show, `\Vh`, becomes the letter that it sets.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeGuard

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
    Styled,
    Sum,
    Symbol,
    Token,
    leaves,
)
from bptt_symbolic.understanding.differentials import derivative_parts
from bptt_symbolic.understanding.occurrences import DIFFERENTIAL, ERRORS, occurrence, unwrap

SHORTEST = 3
"""Letters of the shortest word that may be written without any sign that it is one."""


@dataclass(frozen=True)
class Spelling:
    """Which signs side by side are one name."""

    words: frozenset[str] = frozenset()
    """`net`, `label`."""
    numbered: frozenset[str] = frozenset()
    r"""Signs whose name goes on with a number: the `\delta` of `\delta 3`."""
    errors: frozenset[tuple[str, str]] = frozenset()
    r"""Signs and the name that each goes on with: `\delta` and `W`, `d` and `h`."""
    letters: frozenset[tuple[str, str]] = frozenset()
    r"""Commands that nothing explains, each with the letter that it sets in some style: `\Vh` and `h`."""
    pairs: frozenset[str] = frozenset()
    """Names below which two digits, or a digit and a letter, are two indices: `W_{12}`, `W_{1n}`."""

    def __bool__(self) -> bool:
        """Whether anything is to be put together."""
        return bool(self.words or self.numbered or self.errors or self.letters or self.pairs)

    def of(self, node: Node) -> Node:
        """A formula with its names put together."""
        return self._of(node) if self else node

    def _of(self, node: Node) -> Node:
        if isinstance(node, Symbol):
            return replace(node, name=dict(self.letters).get(node.name, node.name))
        if isinstance(node, Fraction) and derivative_parts(node) is not None:
            return rebuilt(node, self._within)  # the `dh` below `dL` is no name
        again = rebuilt(node, self._of)
        if isinstance(node, Scripted) and isinstance(again, Scripted):
            found = self._braced(node if braced_word(node) else again)
            return _in_pairs(found) if base_name(found) in self.pairs else found
        if not isinstance(again, Product):
            return again
        items = self._joined(again.items)
        return items[0] if len(items) == 1 and not isinstance(items[0], Token) else replace(again, items=tuple(items))

    def _braced(self, node: Scripted) -> Node:
        """`{loss}_t`: the braces hold the letters of a word."""
        word = braced_word(node)
        if word not in self.words or not isinstance(node.base, Group) or not isinstance(node.base.body, Product):
            return node
        tokens = (token for letter in node.base.body.items if isinstance(letter, Symbol) for token in letter.tokens)
        return replace(node, base=replace(node.base, body=Symbol(word, tuple(tokens))))

    def _within(self, node: Node) -> Node:
        """One side of a derivative: the first factor is its sign, and no part of a name."""
        if isinstance(node, Group):
            return rebuilt(node, self._within)
        again = rebuilt(node, self._of)
        if not isinstance(again, Product):
            return again
        return replace(again, items=(again.items[0], *self._joined(again.items[1:])))

    def _joined(self, items: Sequence[Node | Token]) -> list[Node | Token]:
        found: list[Node | Token] = []
        place = 0
        while place < len(items):
            joined, used = self._word(items, place) or self._error(items, place) or (items[place], 1)
            found.append(joined)
            place += used
        return found

    def _word(self, items: Sequence[Node | Token], place: int) -> tuple[Node, int] | None:
        run = list(letters_from(items, place, spaced=True))
        text = "".join(letter.name for letter, _ in run)
        word = next((w for w in sorted(self.words, key=lambda w: (-len(w), w)) if text.startswith(w)), None)
        if word is None:
            return None
        letters = [letter for letter, _ in run[: len(word)]]
        symbol = Symbol(word, tuple(t for letter in letters for t in letter.tokens))
        last = run[len(word) - 1][1]
        return (replace(last, base=symbol) if isinstance(last, Scripted) else symbol), len(word)

    def _error(self, items: Sequence[Node | Token], place: int) -> tuple[Node, int] | None:
        here, behind = items[place], items[place + 1] if place + 1 < len(items) else None
        sign = None if isinstance(here, Token) else sign_of(here)
        if sign is None or isinstance(here, Token) or behind is None or isinstance(behind, Token):
            return None
        base = behind.base if isinstance(behind, Scripted) else behind
        name = base_name(behind)
        numbered = sign in self.numbered and isinstance(base, Number)
        if not numbered and (name is None or (sign, name) not in self.errors):
            return None
        command = DIFFERENTIAL if sign == "d" else sign
        joined = Styled(command.removeprefix("\\"), tuple(leaves(here)), base)
        return (replace(behind, base=joined) if isinstance(behind, Scripted) else joined), 2


LEAST = 3
"""Commands of one style that show that it is one."""
_STYLED = re.compile(r"\\([A-Z]|bm|bb|bf|b|v|m|vec|mat|cal|bs)([A-Za-z])")


def styled_letters(commands: Iterable[str]) -> frozenset[tuple[str, str]]:
    r"""The letters of commands that nothing explains, where several are one style: `\Vh`, `\Vx` and `\Vo` are letters.

    A letter that stands in two styles keeps both commands, since they may be two names.
    """
    styles: dict[str, dict[str, str]] = defaultdict(dict)
    for command in commands:
        found = _STYLED.fullmatch(command)
        if found is not None:
            styles[found[1]][command] = found[2]
    kept = [pair for letters in styles.values() if len(letters) >= LEAST for pair in letters.items()]
    counts = Counter(letter for _, letter in kept)
    return frozenset((command, letter) for command, letter in kept if counts[letter] == 1)


def letters_from(items: Sequence[Node | Token], place: int, *, spaced: bool = False) -> Iterator[tuple[Symbol, Node]]:
    """The letters of one size side by side from a place on, each with its node; the last one may carry scripts.

    `spaced`: with blanks between them, as programs write that read formulas from pictures, `n e t_{1}`.
    """
    end, small = None, None
    for item in items[place:]:
        letter = item if isinstance(item, Token) else unwrap(item.base if isinstance(item, Scripted) else item)
        if not isinstance(letter, Symbol) or len(letter.name) != 1 or not letter.name.isalpha():
            return
        if small not in {None, letter.name.islower()}:
            return
        small = letter.name.islower()
        if end is not None and letter.span.start != end and not spaced:
            return
        yield letter, item  # type: ignore[misc]  # a factor that is a letter is a node
        if isinstance(item, Scripted):
            return
        end = letter.span.end


def braced_word(node: Node) -> str | None:
    """The letters in braces that carry a script, `{loss}_t`, where they are enough for a word."""
    inner = node.base.body if isinstance(node, Scripted) and isinstance(node.base, Group) else None
    if not isinstance(inner, Product):
        return None
    run = list(letters_from(inner.items, 0))
    whole = len(run) == len(inner.items) >= SHORTEST and not any(isinstance(item, Scripted) for _, item in run)
    return "".join(letter.name for letter, _ in run) if whole else None


def sign_of(node: Node) -> str | None:
    r"""A sign that may go on with a name: `\delta`, `d`, an upright `d`."""
    inner = unwrap(node)
    return inner.name if isinstance(inner, Symbol) and inner.name in {*ERRORS, "d"} else None


def base_name(node: Node) -> str | None:
    """The name that a node is, without its scripts; None where it is none."""
    found = occurrence(node)
    return found.name if found is not None and (found.name.isalpha() or "{" in found.name) else None


def head_name(node: Node | None) -> str | None:
    """The same where a step may stand in brackets behind it: `h(t)`."""
    if isinstance(node, Group):
        return head_name(node.body)
    if isinstance(node, Product) and len(node.items) == 2 and isinstance(node.items[1], Fenced):  # noqa: PLR2004
        return None if isinstance(node.items[0], Token) else base_name(node.items[0])
    return None if node is None else base_name(node)


def sign_and_name(side: Node | None) -> tuple[str, str] | None:
    r"""`\delta W`, `dh_t`, `dh(t)` taken apart; None for anything else."""
    items = side.items if isinstance(side, Product) else ()
    if len(items) not in {2, 3} or (len(items) > 2 and not isinstance(items[2], Fenced)):  # noqa: PLR2004
        return None
    sign, behind = items[:2]
    if isinstance(sign, Token) or isinstance(behind, Token):
        return None
    found, name = sign_of(sign), base_name(behind)
    return None if found is None or name is None else (found, name)


def pair_of(script: Node | None) -> List | None:
    """Two digits below a name, or a digit and a letter, as two indices."""
    inner = None if script is None else unwrap(script)
    if is_mixed(inner):
        one, other = (i for i in inner.items if not isinstance(i, Token))
        return List((one, other), (Token(",", ",", Span(one.span.end, one.span.end)),))
    if not isinstance(inner, Number) or not re.fullmatch(r"\d\d", inner.token.text):
        return None
    token, middle = inner.token, inner.token.span.start + 1
    places = (Span(token.span.start, middle), Span(middle, token.span.end))
    digits = (Number(replace(token, text=d, span=s)) for d, s in zip(token.text, places, strict=True))
    return List(tuple(digits), (Token(",", ",", Span(middle, middle)),))


def is_mixed(script: Node | None) -> TypeGuard[Product]:
    """A digit and a letter beside each other: `1n`, `n1`."""
    items = script.items if isinstance(script, Product) else ()
    digits = [i for i in items if isinstance(i, Number) and len(i.token.text) == 1]
    return len(items) == 2 and len(digits) == 1 and any(isinstance(i, Symbol) for i in items)  # noqa: PLR2004


def _in_pairs(node: Node) -> Node:
    if not isinstance(node, Scripted):
        return node
    pairs = (pair_of(s.body) if s.mark == "_" else None for s in node.scripts)
    again = (s if pair is None else replace(s, body=pair) for s, pair in zip(node.scripts, pairs, strict=True))
    return replace(node, scripts=tuple(again))


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:  # noqa: C901 - one case a node
    """A node with the nodes directly under it changed."""

    def maybe(child: Node | None) -> Node | None:
        return None if child is None else change(child)

    def items(found: Sequence[Node | Token]) -> tuple[Node | Token, ...]:
        return tuple(i if isinstance(i, Token) else change(i) for i in found)

    match node:
        case Styled(body=body):
            return replace(node, body=change(body))
        case Scripted(base=base, scripts=scripts):
            return replace(node, base=change(base), scripts=tuple(replace(s, body=maybe(s.body)) for s in scripts))
        case Fraction(upper=upper, lower=lower):
            return replace(node, upper=change(upper), lower=maybe(lower))
        case Group(body=body) | Fenced(body=body):
            return replace(node, body=maybe(body))
        case Environment(rows=rows):
            return replace(node, rows=tuple(tuple(maybe(c) for c in row) for row in rows))
        case Product() | Sum():
            return replace(node, items=items(node.items))
        case Relation(sides=sides):
            return replace(node, sides=tuple(maybe(s) for s in sides))
        case List():
            return replace(node, items=tuple(maybe(i) for i in node.items))
        case _:
            return node


def placed(node: Node, span: Span) -> Node:
    """The same formula as if it stood elsewhere on the page."""

    def moved(part: object) -> object:
        match part:
            case Token():
                return replace(part, span=span)
            case Script(token=token):
                return replace(part, token=replace(token, span=span))
            case tuple():
                return tuple(moved(one) for one in part)
            case _:
                return part

    inner = rebuilt(node, lambda child: placed(child, span))
    own = {f.name: moved(getattr(inner, f.name)) for f in fields(inner)}
    return replace(inner, **own)  # type: ignore[arg-type]  # its own fields
