"""Displays and the rows they have; a bar stands between the parts of a row."""

from collections.abc import Callable

import pytest

from bptt_symbolic.reading.parser import ParsedDisplay

DISPLAYS = [
    (r"\begin{align} a &= b \\ &= c \end{align}", ["(=: a = b)", "(=: _ = c)"]),
    (r"\begin{align*} a &= b \\\\ &= c \\[2pt] \end{align*}", ["(=: a = b)", "(=: _ = c)"]),
    (r"\begin{align} a &= b & c &= d \\ e &= f \end{align}", ["(=: a = b) || (=: c = d)", "(=: e = f)"]),
    (r"\begin{align} a &= b && \text{(chain rule)} \end{align}", ['(=: a = b) || "(chain rule)"']),
    (r"\begin{align} a &= b \\ &+ c \\ &\quad - d \\ &= e \end{align}", ["(=: a = (+ b + c - d))", "(=: _ = e)"]),
    (r"\begin{align} a &= b + \\ & c \end{align}", ["(=: a = (+ b + c))"]),
    (r"\begin{align} a &= \\ & c \end{align}", ["(=: a = c)"]),
    (r"\begin{align} a &= b \\ -x &= d \end{align}", ["(=: a = b)", "(=: (+ - x) = d)"]),
    (r"\begin{align} a &= \Big[ b \\ & c \Big] \\ d &= e \end{align}", ["(=: a = <[ (* b c) ]>)", "(=: d = e)"]),
    (r"\begin{align} a &= \left( b \right. \\ & \left. + c \right) \end{align}", ["(=: a = <( (+ b + c) )>)"]),
    (r"\begin{align} a &= (b \\ c &= d \end{align}", ["(=: a = (* (stray () b))", "(=: c = d)"]),
    (r"\begin{align} a = b \\ \cdot c \end{align}", [r"(=: a = (* b \cdot c))"]),
    (r"\begin{eqnarray} a &=& b \\ &=& c \end{eqnarray}", ["(=: a = b)", "(=: _ = c)"]),
    (r"\begin{equation} \begin{split} a &= b \\ &= c \end{split} \end{equation}", ["(=: a = b)", "(=: _ = c)"]),
    (r"\begin{gather} a = b \\ c = d \end{gather}", ["(=: a = b)", "(=: c = d)"]),
    (r"\begin{alignat}{2} a &= b & \quad c &= d \end{alignat}", ["(=: a = b) || (=: c = d)"]),
    (r"\left\{ \begin{aligned} a &= b \\ c &= d \end{aligned} \right.", ["(=: a = b)", "(=: c = d)"]),
    (r"\left\{ \begin{array}{l} a = b \\ c = d \end{array} \right.", ["(=: a = b)", "(=: c = d)"]),
    (r"\begin{cases} a = b \\ c = d \end{cases}", ["(=: a = b)", "(=: c = d)"]),
    (
        r"f = \begin{cases} a & x > 0 \\ b & x \le 0 \end{cases}",
        [r"(=: f = [cases: a & (=: x > 0) // b & (=: x \le 0)])"],
    ),
    (
        r"f = \left\{ \begin{array}{ll} a & x > 0 \\ b & x \le 0 \end{array} \right.",
        [r"(=: f = [cases: a & (=: x > 0) // b & (=: x \le 0)])"],
    ),
    (r"\boxed{\begin{aligned} a &= b \\ c &= d \end{aligned}}", ["(=: a = b)", "(=: c = d)"]),
    (r"\bbox[red]{ a = b \qquad (6.2) }", ["(=: a = b)"]),
    (r"\begin{align} a &= b \quad (1) \\ c &= d \qquad \text{(2)} \end{align}", ["(=: a = b)", "(=: c = d)"]),
    (r"\text{Input gate: } i_t = x", ['"Input gate: " || (=: (i _ t) = x)']),
    (r"\text{(forget)} \quad f_t = x", ['"(forget)" || (=: (f _ t) = x)']),
    (r"\text{ net }_t = x", ["(=: ((mathrm {net}) _ t) = x)"]),
    (r"g \left( a + \\ b \right) = c", ["(=: (* g <( (+ a + b) )>) = c)"]),
    (r"A = \begin{aligned} & b \\ & + c \end{aligned}", ["(=: A = (+ b + c))"]),
    (r"a = b \\ c = d", ["(=: a = b)", "(=: c = d)"]),
    (r"a = b \cr = c", ["(=: a = b)", "(=: _ = c)"]),
    (r"\begin{align} a &= b \\ \intertext{and} c &= d \end{align}", ["(=: a = b)", '"and"', "(=: c = d)"]),
    (r"\begin{align} a &= b + \\ {c &= d \end{align}", ["_"]),
    ("a & = b", ["(=: a = b)"]),
    (r"\\", []),
]


@pytest.mark.parametrize(("text", "rows"), DISPLAYS)
def test_a_display_has_these_rows(read: Callable[[str], list[str]], text: str, rows: list[str]) -> None:
    assert read(text) == rows


TAGS = [
    (r"a = b \tag{1}", [("1", None)]),
    (r"a = b \tag*{A} \label{eq:a_1}", [("A", "eq:a_1")]),
    (
        r"\begin{align} a &= b \tag{1} \\ &= c \notag \\ &= d \label{x} \end{align}",
        [("1", None), (None, None), (None, "x")],
    ),
    (
        r"\begin{equation} \label{x} \begin{split} a &= b \\ &= c \end{split} \tag{3} \end{equation}",
        [(None, "x"), ("3", None)],
    ),
]


@pytest.mark.parametrize(("text", "tags"), TAGS)
def test_tags_and_labels_go_with_their_row(
    parse: Callable[[str], ParsedDisplay], text: str, tags: list[tuple[str | None, str | None]]
) -> None:
    assert [(row.tag, row.label) for row in parse(text).rows] == tags


def test_quote_marks_of_markdown_are_skipped(read: Callable[..., list[str]]) -> None:
    assert read("\n> a = b \n>  + c\n> > d", "markdown") == ["(=: a = (+ b + (* c d)))"]
    assert read("a\n> b", "latex") == ["(=: a > b)"]


def test_a_row_is_where_its_tokens_are(parse: Callable[[str], ParsedDisplay]) -> None:
    text = r"\begin{align} a &= b \\ & = c \end{align}"
    assert [text[row.span.start : row.span.end] for row in parse(text).rows] == ["a &= b", "= c"]
