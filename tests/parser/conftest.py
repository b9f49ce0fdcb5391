"""What the tests of the parser share: a tree drawn as an expression with its kinds in front."""

from collections.abc import Callable

import pytest

from bptt_symbolic.reading.parser import Macros, ParsedDisplay, collect_macros, parse_display, render_fault
from bptt_symbolic.reading.source import Source, Span
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
    Scripted,
    Stray,
    Styled,
    Sum,
    Symbol,
    Text,
    Token,
)


def draw(node: Node | Token | None) -> str:  # noqa: C901, PLR0912 one line a kind of node
    """`(kind parts)`; an absent part is `_`."""
    match node:
        case None:
            return "_"
        case Token(text=text) | Number(token=Token(text=text)):
            return text
        case Symbol(name=name):
            return name
        case Text(content=content):
            return f'"{content}"'
        case Stray(token=token):
            return f"(stray {token.text})"
        case Styled(command=command, body=body):
            return f"({command} {draw(body)})"
        case Scripted(base=base, scripts=scripts):
            drawn = [s.mark if s.body is None else f"{s.mark} {draw(s.body)}" for s in scripts]
            return f"({' '.join([draw(base), *drawn])})"
        case Fraction(command=command, upper=upper, lower=None):
            return f"({command} {draw(upper)})"
        case Fraction(command=command, upper=upper, lower=lower):
            return f"({command} {draw(upper)} {draw(lower)})"
        case Group(body=None):
            return "{}"
        case Group(body=body):
            return f"{{{draw(body)}}}"
        case Fenced(left=left, right=right, body=body):
            return f"<{left} {draw(body)} {right}>"
        case Environment(name=name, rows=rows):
            return f"[{name}: {' // '.join(' & '.join(draw(cell) for cell in row) for row in rows)}]"
        case Product(items=items):
            return f"(* {' '.join(draw(item) for item in items)})"
        case Sum(items=items):
            return f"(+ {' '.join(draw(item) for item in items)})"
        case Relation(sides=sides, names=names):
            return _alternate("=", sides, names)
        case List(items=parts, marks=marks):
            return _alternate("list", parts, [mark.text for mark in marks])


def _alternate(head: str, parts: tuple[Node | None, ...], marks: list[str] | tuple[str, ...]) -> str:
    words = [draw(parts[0])]
    for mark, part in zip(marks, parts[1:], strict=True):
        words += [mark, draw(part)]
    return f"({head}: {' '.join(words)})"


def parsed(text: str, kind: str = "latex", macros: Macros | None = None) -> ParsedDisplay:
    source = Source("note", text, kind)
    known = collect_macros(source, [], {})[0] if macros is None else macros
    return parse_display(source, Span(0, len(text)), known)


@pytest.fixture
def parse() -> Callable[..., ParsedDisplay]:
    """Parse a whole text as one display."""
    return parsed


@pytest.fixture
def read() -> Callable[..., list[str]]:
    """The rows of a text, drawn; their parts are separated by a bar."""

    def rows(text: str, kind: str = "latex", macros: Macros | None = None) -> list[str]:
        return [" || ".join(draw(part) for part in row.parts) for row in parsed(text, kind, macros).rows]

    return rows


@pytest.fixture
def complain() -> Callable[[str], str]:
    """What a person is told about a text."""

    def told(text: str) -> str:
        return "\n".join(render_fault(fault, Source("note.md", text)) for fault in parsed(text).faults)

    return told
