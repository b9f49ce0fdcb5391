r"""Lines -> names that stand beside what they name: "$\frac{\partial L}{\partial h_t}$ (denoted by $\delta_t$)".

A derivative and a name that stand side by side in one sentence, with nothing but such words between them, are one
thing, and so are a formula and the name below its brace. Either counts as declared, and a formula for the name is a
claim.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from bptt_symbolic.reading.syntax import Fraction, Node, Relation, Scripted, Styled, Symbol, Token
from bptt_symbolic.understanding.corpus import names_of, nodes
from bptt_symbolic.understanding.differentials import derivative_parts
from bptt_symbolic.understanding.lines import Line, Lines
from bptt_symbolic.understanding.notation import LAST_LETTERS
from bptt_symbolic.understanding.occurrences import occurrence, unwrap

_NAME_BEHIND = re.compile(
    r"[\s,(]*((which|that)\s+)?((we|i|let us)\s+)?((is|are|will be|can be)\s+)?"
    r"(denoted?|written|write|call(ed)?|abbreviated?|named?)(\s+(it|this))?(\s+(by|as|with))?\s*",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(
    r"[\s,(]*(i\.\s?e\.,?|that is,?|denotes?|denoting|stands for|abbreviates|is short for|is defined (as|to be)|being)"
    r"(\s+the\s+(derivative|gradient|error))?\s*",
    re.IGNORECASE,
)
_WRITE_FOR = re.compile(r"\bwrite\s*$", re.IGNORECASE)
_DENOTE_BY = re.compile(r"\b(denote|call|abbreviate)\s*$", re.IGNORECASE)


def named_in_words(lines: Lines) -> Iterator[Line]:
    """The names that the words give to derivatives, each as a relation that is declared for its section."""
    inline = [line for line in lines.lines if line.inline and not line.declared and line.tree is not None]
    for first, second in pairwise(inline):
        pair = _pair(first, second, lines)
        if pair is not None and not (first.stands_back or second.stands_back):
            name, meant = pair
            yield _declared(second, name, meant)


def named_by_braces(lines: Lines) -> Iterator[Line]:
    r"""The names below braces, `\tanh(\underbrace{W h_{t-1} + U x_t}_{z_t})`, each as a relation that is declared."""
    for line in lines.lines:
        if line.tree is not None and not line.declared and not line.stands_back:
            for node in nodes(line.tree):
                if isinstance(node, Scripted) and isinstance(node.base, Styled) and node.base.command == "underbrace":
                    name = next((s.body for s in node.scripts if s.mark == "_" and s.body is not None), None)
                    if name is not None and _is_name(name) and not _is_count(name) and not _is_name(node.base.body):
                        yield _declared(line, name, node.base.body)


def _declared(line: Line, name: Node, meant: Node) -> Line:
    tree = Relation((name, meant), (Token("REL", "=", line.span),), ("=",))
    return replace(line, tree=tree, inline=True, declared=True)


def _pair(first: Line, second: Line, lines: Lines) -> tuple[Node, Node] | None:
    """A name and the derivative that it is said to be."""
    before, dollar, between = second.lead.rpartition("$")
    formula = lines.source.slice(first.span)
    if not dollar or not before.endswith(f"${formula}") or first.tree is None or second.tree is None:
        return None
    start = before.removesuffix(f"${formula}")
    given_name = bool(_NAME_BEHIND.fullmatch(between)) or (bool(_DENOTE_BY.search(start)) and _is(between, "by", "as"))
    if given_name and _is_derivative(first.tree) and _is_name(second.tree):
        return second.tree, first.tree
    is_name = bool(_NAME_BEFORE.fullmatch(between)) or (bool(_WRITE_FOR.search(start)) and _is(between, "for"))
    if is_name and _is_name(first.tree) and _is_derivative(second.tree):
        return first.tree, second.tree
    return None


def _is(between: str, *words: str) -> bool:
    return between.strip().lower() in words


def _is_derivative(node: Node) -> bool:
    inner = unwrap(node)
    return isinstance(inner, Fraction) and derivative_parts(inner) is not None


def _is_name(node: Node) -> bool:
    found = occurrence(unwrap(node))
    return found is not None and (len(found.name) == 1 or found.name.startswith("\\"))


def _is_count(node: Node) -> bool:
    r"""A letter below a brace that says how many there are, `\underbrace{W \cdots W}_{n}`."""
    return isinstance(unwrap(node), Symbol) and bool(names_of(node) & {*"ijklmnst", *LAST_LETTERS})
