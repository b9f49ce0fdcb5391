r"""Syntax -> syntax: a word at the bar behind a derivative says on which way the one acts on the other.

`\left.\frac{\partial L}{\partial h_t}\right|_{\text{out}}` is the derivative by the copy of `h_t` that the output
reads, `\frac{\partial L}{\partial h_t^{\text{out}}}`; with the word "explicit" it is the immediate derivative,
`\frac{\partial^{+} L}{\partial h_t}`. A bar with anything else says at which point the derivative is taken, or what is
held fixed, and stays.
"""

from dataclasses import replace

from bptt_symbolic.reading.syntax import Fenced, Fraction, Group, Node, Product, Script, Scripted, Symbol, Token, leaves
from bptt_symbolic.understanding.differentials import derivative_parts
from bptt_symbolic.understanding.occurrences import letters_of, unwrap, word_of

_IMMEDIATE = frozenset({"explicit", "immediate", "direct"})
_SHORTEST = 3
"""Letters side by side that make a word."""


def without_bar(node: Node) -> Node:
    r"""`\left.\frac{\partial L}{\partial h_t}\right|_{\text{out}}`, or with round brackets, with the word where it is
    meant; and the same of a factor with a plain bar behind it."""
    if isinstance(node, Product):
        return _product(node)
    if not isinstance(node, Scripted) or len(node.scripts) != 1:
        return node
    base = unwrap(node.base)
    pair = (base.left, base.right) if isinstance(base, Fenced) else ("", "")
    inside = unwrap(base.body) if isinstance(base, Fenced) and base.body is not None else None
    meant = _with_word(inside, node.scripts[0]) if pair in {(".", "|"), ("(", ")"), ("[", "]")} else None
    return node if meant is None or not isinstance(base, Fenced) else Group(base.open, meant, _end(node))


def _product(node: Product) -> Node:
    items: list[Node | Token] = []
    for item in node.items:
        meant = _behind_a_bar(items[-1], item) if items else None
        items[len(items) - (meant is not None) :] = [item if meant is None else meant]
    first = items[0]
    return first if len(items) == 1 and not isinstance(first, Token) else replace(node, items=tuple(items))


def _behind_a_bar(before: Node | Token, item: Node | Token) -> Node | None:
    if not isinstance(item, Scripted) or isinstance(before, Token) or len(item.scripts) != 1:
        return None
    bar = isinstance(item.base, Symbol) and item.base.name == "|"
    meant = _with_word(before, item.scripts[0]) if bar else None
    return None if meant is None else Group(next(leaves(meant)), meant, _end(item))


def _with_word(node: Node | None, script: Script) -> Fraction | None:
    """A derivative with the word of a bar put where it is meant."""
    word = None if script.mark != "_" or script.body is None else _word(script.body)
    if word is None or not isinstance(node, Fraction) or derivative_parts(node) is None or node.lower is None:
        return None
    if word in _IMMEDIATE:
        plus = Script("^", script.token, Symbol("+", (script.token,)))
        return replace(node, upper=_scripted_at(node.upper, 0, plus))
    return replace(node, lower=_scripted_at(node.lower, 1, replace(script, mark="^")))


def _scripted_at(node: Node, place: int, script: Script) -> Node:
    """A product with one more script on one of its factors."""
    inner = unwrap(node)
    items = inner.items if isinstance(inner, Product) else (inner,)
    if len(items) <= place or isinstance(items[place], Token):
        return node
    factor = items[place]
    assert not isinstance(factor, Token)  # noqa: S101 - seen above
    held = factor.scripts if isinstance(factor, Scripted) else ()
    scripted = Scripted(factor.base if isinstance(factor, Scripted) else factor, (*held, script))
    return Product((*items[:place], scripted, *items[place + 1 :])) if len(items) > 1 else scripted


def _end(node: Node) -> Token:
    """The last token of a node, to which what is meant reaches on the page."""
    return list(leaves(node))[-1]


def _word(node: Node) -> str | None:
    """The word that a script is, in roman or letter by letter."""
    word = word_of(node) or "".join(letters_of(node) or ())
    return word if word.isalpha() and len(word) >= _SHORTEST else None
