"""Standard LaTeX: macros gone, shorthand written out, nothing else touched."""

import pytest

from bptt_symbolic.reading.parser import Macros, collect_macros, standard, standard_place
from bptt_symbolic.reading.source import Source, Span

PREAMBLE = (
    r"\newcommand{\vy}{\mathbf{y}} \newcommand{\at}[2]{#1^{(#2)}} \newcommand{\by}[2]{\frac{\partial#1}{\partial#2}}"
)
EXPECTED = [
    (r"s_t = \tanh(W s_{t-1})", r"s_t = \tanh(W s_{t-1})"),
    (r"\vy_i(t + 1)", r"\mathbf{y}_i(t + 1)"),
    (r"\at{h}{t-1}", r"h^{(t-1)}"),
    (r"\dv{L}{w}", r"\frac{\mathrm{d} {L}}{\mathrm{d} {w}}"),
    (r"\by{L}{W}", r"\frac{\partial L}{\partial W}"),
    (r"f\qty(z) \qty[\qty(a) b]", r"f\left(z\right) \left[\left(a\right) b\right]"),
    (r"\mqty[\vy \\ x]_j", r"\begin{bmatrix}\mathbf{y} \\ x \end{bmatrix}_j"),
    (r"a & = b", r"a = b"),
    (r"\begin{cases} a & b \\ c & d \end{cases} & = e", r"\begin{cases} a & b \\ c & d \end{cases} = e"),
    (r"\mqty[a & b]", r"\begin{bmatrix}a & b \end{bmatrix}"),
    (r"\qty( a", r"\qty( a"),
]


@pytest.fixture(scope="module")
def macros() -> Macros:
    return collect_macros(Source("", PREAMBLE, "latex"), [Span(0, len(PREAMBLE))], {})[0]


@pytest.mark.parametrize(("latex", "expected"), EXPECTED)
def test_a_formula_is_written_out(latex: str, expected: str, macros: Macros) -> None:
    assert standard(latex, macros) == expected


@pytest.mark.parametrize(
    ("latex", "part", "expected"),
    [
        (r"a = \vy_i b", r"\vy_i", r"\mathbf{y}_i"),
        (r"\at{h}{t-1}  W", "W", "W"),
        (r"\at{h}{t-1} W", "t-1", "t-1"),
        (r"\at{h}{t-1} W", r"\at{h}{t-1}", "h^{(t-1)}"),
        (r"\qty(z) b", "z", "z"),
        (r"\vy", "vy", None),
        ("x", "", None),
    ],
)
def test_a_part_is_found_again(latex: str, part: str, expected: str | None, macros: Macros) -> None:
    start = latex.index(part)
    found = standard_place(latex, macros, Span(start, start + len(part)))
    text = standard(latex, macros) or ""
    assert (None if found is None else text[found.start : found.end]) == expected


def test_a_macro_without_end_gives_nothing() -> None:
    text = r"\newcommand{\f}{\f\f}"
    endless, _ = collect_macros(Source("", text, "latex"), [Span(0, len(text))], {})
    assert standard(r"\f", endless) is None
