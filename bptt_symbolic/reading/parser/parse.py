"""Pieces of a part -> its tree, or a fault: the LALR grammar beside this file, with a node made at each reduction."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import cast

import lark
from lark.common import LexerConf
from lark.lexer import Lexer

from bptt_symbolic.reading.parser.brackets import matched, too_deep, unclosed
from bptt_symbolic.reading.parser.tokens import Piece
from bptt_symbolic.reading.source import Fault
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

_EXPECTED = {
    "sign": ("expected a term after '{}'", "write the term that is missing, or remove the sign"),
    "operator": ("expected a factor after '{}'", "write the factor that is missing, or remove the sign of product"),
    "sub": ("expected an index after '{}'", "write the index in braces: _{...}"),
    "sup": ("expected an exponent after '{}'", "write the exponent in braces: ^{...}"),
    "style": ("expected an argument after '{}'", "write the argument in braces"),
    "root": ("expected an argument after '{}'", "write the argument in braces"),
    "fraction": ("expected an argument after '{}'", r"write both parts in braces: \frac{...}{...}"),
}
"""What is missing after a piece of a kind, and what to do."""

_MISPLACED = {
    "sub": ("expected a symbol before '{}'", "write what the index belongs to; {{}} if nothing"),
    "sup": ("expected a symbol before '{}'", "write what the exponent belongs to; {{}} if nothing"),
    "prime": ("expected a symbol before '{}'", "write what the prime belongs to; {{}} if nothing"),
    "operator": ("expected a factor before '{}'", "write the factor that is missing, or remove the sign of product"),
}


def parse(pieces: list[Piece]) -> tuple[Node | None, tuple[Token, ...], Fault | None]:
    """The tree of a part and its tokens; without a tree, what is wrong."""
    fault = unclosed(pieces)
    if fault is None:
        pieces = matched(pieces)
        fault = too_deep(pieces)
    tokens = tuple(piece.token for piece in pieces)
    if fault is not None or not pieces:
        return None, tokens, fault
    try:
        return cast("Node", _grammar().parse(pieces)), tokens, None
    except lark.UnexpectedToken as error:
        at = len(pieces) if error.token.type == "$END" else cast("int", error.token.start_pos)
        return None, tokens, _unexpected(pieces, at)


def _unexpected(pieces: list[Piece], at: int) -> Fault:
    before = pieces[at - 1] if at else None
    if before is not None and before.kind in _EXPECTED:
        message, help_ = _EXPECTED[before.kind]
        return Fault("unread", message.format(before.token.text), help_, before.token.span)
    here = pieces[min(at, len(pieces) - 1)]
    if at < len(pieces) and here.kind in _MISPLACED:
        message, help_ = _MISPLACED[here.kind]
        return Fault("unread", message.format(here.token.text), help_.format(), here.token.span)
    last = before or here
    message = f"expected the second part of a fraction after '{last.token.text}'"
    return Fault("unread", message, r"write both parts in braces: \frac{...}{...}", last.token.span)


class _Pieces(Lexer):
    """Gives the grammar the pieces it is called with."""

    def __init__(self, _: LexerConf) -> None:
        """Nothing to prepare."""

    def lex(self, lexer_state: object, _: object = None) -> Iterator[lark.Token]:
        """One terminal for each piece."""
        for at, piece in enumerate(cast("list[Piece]", lexer_state)):
            yield lark.Token(piece.kind.upper(), piece, at)


@cache
def _grammar() -> lark.Lark:
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(text, parser="lalr", lexer=_Pieces, transformer=_Builder(), maybe_placeholders=False)


Child = Node | Script | lark.Token


def _piece(child: Child) -> Piece:
    return cast("Piece", cast("lark.Token", child).value)


def _between(children: list[Child]) -> tuple[tuple[Node | None, ...], tuple[Piece, ...]]:
    """Nodes and the marks between them, None where no node stands between two marks."""
    nodes: list[Node | None] = [None]
    marks: list[Piece] = []
    for child in children:
        if isinstance(child, lark.Token):
            marks.append(_piece(child))
            nodes.append(None)
        else:
            nodes[-1] = cast("Node", child)
    return tuple(nodes), tuple(marks)


def _items(children: list[Child]) -> tuple[Node | Token, ...]:
    return tuple(_piece(child).token if isinstance(child, lark.Token) else cast("Node", child) for child in children)


class _Builder(lark.Transformer[lark.Token, Node]):
    """One method for each kind of node; `children` are pieces (as terminals) and nodes in the order of the page."""

    @staticmethod
    def start(children: list[Child]) -> Node:
        return cast("Node", children[0])

    @staticmethod
    def items(children: list[Child]) -> Node:
        items, marks = _between(children)
        return List(items, tuple(mark.token for mark in marks))

    @staticmethod
    def relation(children: list[Child]) -> Node:
        sides, marks = _between(children)
        return Relation(sides, tuple(mark.token for mark in marks), tuple(mark.name for mark in marks))

    @staticmethod
    def terms(children: list[Child]) -> Node:
        return Sum(_items(children))

    @staticmethod
    def product(children: list[Child]) -> Node:
        return Product(_items(children))

    @staticmethod
    def scripted(children: list[Child]) -> Node:
        return Scripted(cast("Node", children[0]), cast("tuple[Script, ...]", tuple(children[1:])))

    @staticmethod
    def script(children: list[Child]) -> Script:
        mark = _piece(children[0])
        return Script(mark.name, mark.token, cast("Node", children[1]) if len(children) > 1 else None)

    @staticmethod
    def symbol(children: list[Child]) -> Node:
        piece = _piece(children[0])
        return Symbol(piece.name, (piece.token,))

    @staticmethod
    def number(children: list[Child]) -> Node:
        return Number(_piece(children[0]).token)

    @staticmethod
    def text(children: list[Child]) -> Node:
        piece = _piece(children[0])
        return Text(piece.name, piece.token)

    @staticmethod
    def stray(children: list[Child]) -> Node:
        return Stray(_piece(children[0]).token)

    @staticmethod
    def styled(children: list[Child]) -> Node:
        piece = _piece(children[0])
        return Styled(piece.name, (piece.token,), cast("Node", children[1]))

    @staticmethod
    def fraction(children: list[Child]) -> Node:
        piece = _piece(children[0])
        upper, lower = (*children[1:], None)[:2]
        return Fraction(piece.name, (piece.token,), cast("Node", upper), cast("Node | None", lower))

    @staticmethod
    def group(children: list[Child]) -> Node:
        body = cast("Node", children[1]) if len(children) == 3 else None  # noqa: PLR2004 two braces and a body
        return Group(_piece(children[0]).token, body, _piece(children[-1]).token)

    @staticmethod
    def fenced(children: list[Child]) -> Node:
        left, right = _piece(children[0]), _piece(children[-1])
        body = cast("Node", children[1]) if len(children) == 3 else None  # noqa: PLR2004 two brackets and a body
        return Fenced(left.name, right.name, left.token, body, right.token)

    @staticmethod
    def environment(children: list[Child]) -> Node:
        first, last = _piece(children[0]), _piece(children[-1])
        cells, marks = _between(children[1:-1])
        rows: list[list[Node | None]] = [[cells[0]]]
        for cell, mark in zip(cells[1:], marks, strict=True):
            if mark.kind == "newline":
                rows.append([])
            rows[-1].append(cell)
        if len(rows) > 1 and rows[-1] == [None]:
            rows.pop()
        return Environment(
            first.name, first.token, tuple(tuple(row) for row in rows), tuple(mark.token for mark in marks), last.token
        )
