"""What a person is told about a formula that cannot be read: whole messages."""

from collections.abc import Callable

import pytest

from bptt_symbolic.reading.parser import ParsedDisplay, render_fault
from bptt_symbolic.reading.source import Fault, Source, Span

MESSAGES = [
    (
        "a +",
        r"""
error[unread]: expected a term after '+'
 --> note.md, line 1, column 3
  |
1 | a +
  |   ^
  = help: write the term that is missing, or remove the sign
""",
    ),
    (
        r"a \cdot + b +",
        r"""
error[unread]: expected a term after '+'
 --> note.md, line 1, column 13
  |
1 | a \cdot + b +
  |             ^
  = help: write the term that is missing, or remove the sign
""",
    ),
    (
        r"x = \frac{a}",
        r"""
error[unread]: expected the second part of a fraction after '}'
 --> note.md, line 1, column 12
  |
1 | x = \frac{a}
  |            ^
  = help: write both parts in braces: \frac{...}{...}
""",
    ),
    (
        r"x = \frac",
        r"""
error[unread]: expected an argument after '\frac'
 --> note.md, line 1, column 5
  |
1 | x = \frac
  |     ^^^^^
  = help: write both parts in braces: \frac{...}{...}
""",
    ),
    (
        "x_",
        r"""
error[unread]: expected an index after '_'
 --> note.md, line 1, column 2
  |
1 | x_
  |  ^
  = help: write the index in braces: _{...}
""",
    ),
    (
        "x^",
        r"""
error[unread]: expected an exponent after '^'
 --> note.md, line 1, column 2
  |
1 | x^
  |  ^
  = help: write the exponent in braces: ^{...}
""",
    ),
    (
        r"\hat",
        r"""
error[unread]: expected an argument after '\hat'
 --> note.md, line 1, column 1
  |
1 | \hat
  | ^^^^
  = help: write the argument in braces
""",
    ),
    (
        "^2",
        r"""
error[unread]: expected a symbol before '^'
 --> note.md, line 1, column 1
  |
1 | ^2
  | ^
  = help: write what the exponent belongs to; {} if nothing
""",
    ),
    (
        "(' x)",
        r"""
error[unread]: expected a symbol before '''
 --> note.md, line 1, column 2
  |
1 | (' x)
  |  ^
  = help: write what the prime belongs to; {} if nothing
""",
    ),
    (
        r"( \cdot x)",
        r"""
error[unread]: expected a factor before '\cdot'
 --> note.md, line 1, column 3
  |
1 | ( \cdot x)
  |   ^^^^^
  = help: write the factor that is missing, or remove the sign of product
""",
    ),
    (
        r"= \cdot x",
        r"""
error[unread]: expected a factor before '\cdot'
 --> note.md, line 1, column 3
  |
1 | = \cdot x
  |   ^^^^^
  = help: write the factor that is missing, or remove the sign of product
""",
    ),
    (
        r"a \odot \times b",
        r"""
error[unread]: expected a factor after '\odot'
 --> note.md, line 1, column 3
  |
1 | a \odot \times b
  |   ^^^^^
  = help: write the factor that is missing, or remove the sign of product
""",
    ),
    (
        "h^{{x}",
        r"""
error[unread]: expected '}' to close '{'
 --> note.md, line 1, column 3
  |
1 | h^{{x}
  |   ^
  = help: write '}' where it ends
""",
    ),
    (
        "x}",
        r"""
error[unread]: '}' closes nothing
 --> note.md, line 1, column 2
  |
1 | x}
  |  ^
  = help: remove it, or write what it closes: {
""",
    ),
    (
        r"\begin{cases} a",
        r"""
error[unread]: expected '\end{cases}' to close '\begin{cases}'
 --> note.md, line 1, column 1
  |
1 | \begin{cases} a
  | ^^^^^^^^^^^^^
  = help: write '\end{cases}' where it ends
""",
    ),
    (
        r"\begin{cases} {a \end{cases}",
        r"""
error[unread]: expected '}' to close '{'
 --> note.md, line 1, column 15
  |
1 | \begin{cases} {a \end{cases}
  |               ^
  = help: write '}' where it ends
""",
    ),
    (
        r"a \end{cases}",
        r"""
error[unread]: '\end{cases}' closes nothing
 --> note.md, line 1, column 3
  |
1 | a \end{cases}
  |   ^^^^^^^^^^^
  = help: remove it, or write what it closes: \begin{cases}
""",
    ),
    (
        "J^{T)} + (a",
        r"""
warning[stray-bracket]: ')' closes nothing
 --> note.md, line 1, column 5
  |
1 | J^{T)} + (a
  |     ^
  = help: remove it, or write the bracket that belongs to it
warning[stray-bracket]: '(' is never closed
 --> note.md, line 1, column 10
  |
1 | J^{T)} + (a
  |          ^
  = help: remove it, or write the bracket that belongs to it
""",
    ),
    (
        r"\foo{x} + \foo y + \bar",
        r"""
warning[unknown-macro]: nothing says what \foo means
 --> note.md, line 1, column 1
  |
1 | \foo{x} + \foo y + \bar
  | ^^^^
  = help: define \foo in the note or in a declaration; it is read as a symbol
error[unread]: expected an argument after '\bar'
 --> note.md, line 1, column 20
  |
1 | \foo{x} + \foo y + \bar
  |                    ^^^^
  = help: write the argument in braces
""",
    ),
    (
        r"\newcommand{\a}{\a} \a",
        r"""
error[macro-recursion]: the macro \a calls itself
 --> note.md, line 1, column 21
  |
1 | \newcommand{\a}{\a} \a
  |                     ^^
  = help: define it without itself
""",
    ),
    (
        "x = a +\n  b -\n",
        r"""
error[unread]: expected a term after '-'
 --> note.md, line 2, column 5
  |
2 |   b -
  |     ^
  = help: write the term that is missing, or remove the sign
""",
    ),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_a_fault_is_drawn_under_its_line(complain: Callable[[str], str], text: str, message: str) -> None:
    assert complain(text) == message.strip("\n")


def test_the_rest_of_a_display_is_still_read(read: Callable[[str], list[str]]) -> None:
    assert read(r"\begin{align} a &= b \\ c &= d_ \\ e &= \frac{f} && g \end{align}") == ["(=: a = b)", "_", "_ || g"]


def test_a_name_that_nobody_knows_is_said_once(parse: Callable[[str], ParsedDisplay]) -> None:
    assert [fault.code for fault in parse(r"\foo + \foo + \bar{x} + \qux").faults] == ["unknown-macro"] * 2


def test_a_fault_in_a_cell_of_a_notebook_says_so_and_keeps_tabs_in_line() -> None:
    source = Source("note.ipynb", "# one\n\n\ta + \n", "notebook", cells=((0, 1), (7, 2)))
    at = source.text.index("+")
    fault = Fault("unread", "expected a term after '+'", "write it", Span(at, at + 1))
    lines = render_fault(fault, source).splitlines()
    assert lines[1] == " --> note.ipynb, cell 2, line 1, column 4"
    assert lines[3:5] == ["1 | \ta + ", "  | \t  ^"]


def test_a_fault_without_a_place_has_no_drawing() -> None:
    assert render_fault(Fault("x", "something", "do this"), Source("note", "")) == "error[x]: something\nhelp: do this"
