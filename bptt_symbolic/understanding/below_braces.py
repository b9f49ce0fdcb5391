r"""Lines -> names that stand below the brace of what they name, each as a relation that is declared.

A formula and the name below its brace are one thing; a formula elsewhere for the name is a claim.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.reading.parser import parse_formula
from bptt_symbolic.reading.syntax import Node, Relation, Scripted, Styled, Symbol, Text, Token
from bptt_symbolic.understanding.corpus import names_of, nodes
from bptt_symbolic.understanding.lines import Line, Lines
from bptt_symbolic.understanding.notation import LAST_LETTERS
from bptt_symbolic.understanding.occurrences import occurrence, unwrap
from bptt_symbolic.understanding.spelling import placed

_CALLED = re.compile(
    r"\s*(?:(?:we )?call (?:it|this)|denoted(?: by)?|defined? as|named|=:)\s*\$([^$]+)\$\s*", re.IGNORECASE
)


def named_by_braces(lines: Lines) -> Iterator[Line]:
    r"""The names below braces, `\tanh(\underbrace{W h_{t-1} + U x_t}_{z_t})`, each as a relation that is declared."""
    for line in lines.lines:
        if line.tree is not None and not line.declared and not line.stands_back:
            for node in nodes(line.tree):
                if isinstance(node, Scripted) and isinstance(node.base, Styled) and node.base.command == "underbrace":
                    below = next((s.body for s in node.scripts if s.mark == "_" and s.body is not None), None)
                    name = _in_words(below, line) or below
                    if name is not None and _is_name(name) and not _is_count(name) and not _is_name(node.base.body):
                        yield _declared(line, name, node.base.body)


def _in_words(below: Node | None, line: Line) -> Node | None:
    r"""The name in `\text{call it $c_t$}`, as if it stood there alone."""
    text = None if below is None else unwrap(below)
    said = _CALLED.fullmatch(text.content) if isinstance(text, Text) else None
    if said is None or text is None:
        return None
    tree, faults = parse_formula(said[1], line.macros)
    return None if faults or tree is None else placed(tree, text.span)


def _declared(line: Line, name: Node, meant: Node) -> Line:
    tree = Relation((name, meant), (Token("REL", "=", line.span),), ("=",))
    return replace(line, tree=tree, inline=True, declared=True)


def _is_name(node: Node) -> bool:
    found = occurrence(unwrap(node))
    return found is not None and (len(found.name) == 1 or found.name.startswith("\\"))


def _is_count(node: Node) -> bool:
    r"""A letter below a brace that says how many there are, `\underbrace{W \cdots W}_{n}`."""
    return isinstance(unwrap(node), Symbol) and bool(names_of(node) & {*"ijklmnst", *LAST_LETTERS})
