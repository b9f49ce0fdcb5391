"""MathML: what browsers draw, every letter of the formula on the page, and nothing that a note smuggled in."""

import re
from itertools import pairwise

import pytest

from bptt_symbolic.reading.source import Span
from bptt_symbolic.reporting.formats._mathml import mathml

SET = [
    (r"x_t^T", "msubsup(x t T)"),
    (r"\frac{\partial s_t}{\partial W}", "mfrac(∂ msub(s t) ∂ W)"),
    (r"W^\top", "msup(W ⊤)"),
    (r"\hat{y}_t", "msub(mover(y ^) t)"),
    (r"h^{(t)}", "msup(h ( t ))"),
    (r"\mathbf{1}(i=j)", "𝟏 ( i = j )"),
    (r"\mathbb{1}", "𝟙"),
    (r"x \in \mathbb{R}^{D \times M}", "x ∈ msup(ℝ D × M)"),
    (r"\boldsymbol{\delta}_t", "msub(𝜹 t)"),
    (r"{\bf W} x", "𝐖 x"),
    (r"W^{\mathsf T}", "msup(W 𝖳)"),
    (r"\mathcal{L}", "ℒ"),
    (r"\mathfrak{C}", "ℭ"),
    (r"\overset{\curvearrowleft}{\prod}_{i=k+1}^{t} A_i", "munderover(mover(∏ ↶) i = k + 1 t) msub(A i)"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "( mtable(1 2 3 4) )"),
    (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "mtable(a = b = c)"),
    (r"\begin{cases} a & i=j \\ 0 & \text{otherwise} \end{cases}", "{ mtable(a i = j 0 otherwise)"),
    (r"\begin{bmatrix} x \\ y \end{bmatrix}_k", "msub([ mtable(x y) ] k)"),
    (r"a < b", "a < b"),
    (r"f'(z)", "msup(f ′) ( z )"),
]
"""Formulas with what comes of them: elements that are no rows, and text."""
SHOWN_AS_LATEX = [
    r"\text{<script>alert(1)</script>} \unknown",
    r"\unknown{x}",
    r"\frac{",
    "x_x_x",
    "a & b",
    "{" * 3000 + "}" * 3000,
    "x" * 5000,
    r"\newcommand{\a}{x} \a",
    r"\def\a{xx} \a\a",
    r"\DeclareMathOperator",
    r"\DeclareMathOperator{\a}{b} \a",
    r"\renewcommand{\frac}[2]{proved}",
    r"\newenvironment{a}{b}{c}",
    "a\u202eb",
]


def sketch(text: str) -> str:
    """`mfrac(a b)` for `<mfrac><mrow>a</mrow><mrow>b</mrow></mfrac>`; blanks mean nothing."""
    text = re.sub(r"</?(?:math|mrow|mi|mn|mo|mtr|mtd|mtext|mspace)\b[^>]*>", " ", text)
    text = re.sub(r"</\w+>", ")", re.sub(r"<(\w+)[^>]*>", r"\1(", text))
    return re.sub(r"\s", "", text.replace("&lt;", "<"))


@pytest.mark.parametrize(("latex", "expected"), SET)
def test_a_formula_is_set(latex: str, expected: str) -> None:
    found = mathml(latex, display=True)
    assert found is not None
    assert sketch(found) == expected.replace(" ", "")


@pytest.mark.parametrize("latex", SHOWN_AS_LATEX)
def test_what_cannot_be_trusted_stays_latex(latex: str) -> None:
    assert mathml(latex) is None


@pytest.mark.parametrize(
    "latex", [r"\text{<b>x</b>}", r"a<script>b", r"\text{</math>}", r"\mathrm{<i>}", r'\text{" onx="}']
)
def test_a_tag_in_a_formula_is_text(latex: str) -> None:
    found = mathml(latex) or ""
    assert not set(re.findall(r"<([a-z]+)", found)) - {"math", "mrow", "mtext", "mi", "mo", "mspace"}
    assert not re.search(r"<[^>]*onx", found)


@pytest.mark.parametrize("latex", [r"\href{javascript:alert(1)}{x}", r"\style{position:fixed}{x}", r"\class{a}{x}"])
def test_links_styles_and_classes_are_dropped(latex: str) -> None:
    found = mathml(latex) or ""
    assert "javascript" not in found
    assert "position" not in found
    assert "class" not in found


def test_a_formula_of_which_a_letter_got_lost_stays_latex(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is corrupted on purpose: what it drops must not be missing on the page."""
    from latex2mathml import converter  # noqa: PLC0415 - to corrupt it

    whole = converter.convert_to_element
    mathml.cache_clear()
    monkeypatch.setattr(converter, "convert_to_element", lambda text, **more: whole(text.replace("^T", ""), **more))
    assert mathml(r"W x_t") is not None
    assert mathml(r"W x_t^T") is None
    mathml.cache_clear()


@pytest.mark.parametrize(
    ("latex", "part", "expected"),
    [
        (r"a = W^{t-k} b", r"W^{t-k}", "a = [msup(W t − k)] b"),
        (r"a = W b + c", "W b", "a = [W b] + c"),
        (r"\sum_{i=1}^n x_i", r"\sum_{i=1}^n", "[munderover(∑ i = 1 n)] msub(x i)"),
        ("x^W\n y", "W\n y", None),
        (r"\frac{a}{b}", "{a}{b}", None),
    ],
)
def test_a_part_is_marked_unless_that_changes_what_is_shown(latex: str, part: str, expected: str | None) -> None:
    start = latex.index(part)
    found = mathml(latex, display=True, mark=Span(start, start + len(part)))
    if found is not None:
        head, rest = found.split('<mrow class="culprit">')
        assert expected is not None
        whole, inside = sketch(head + rest), expected.replace(" ", "")
        assert whole == inside.replace("[", "").replace("]", "")
        assert sketch(rest).startswith(inside.partition("[")[2].partition("]")[0])
    assert (found is None) == (expected is None)


def test_a_note_cannot_mark_anything() -> None:
    assert mathml(r"\class{culprit}{x} = y") is None


def test_a_word_is_a_function_with_space_around_it() -> None:
    assert "<mi>log</mi><mspace" in (mathml(r"\log x") or "")
    assert "<mi>tanh</mi><mrow><mo" in (mathml(r"\tanh\left(x\right)") or "")
    assert "mspace" not in (mathml(r"\max_i x") or "").split("</msub>")[0]


def test_brackets_grow_only_around_what_is_tall() -> None:
    assert 'stretchy="true"' not in (mathml(r"\left(x_t\right)") or "")
    assert 'stretchy="true"' in (mathml(r"\left(\frac{a}{b}\right)") or "")


def test_a_long_formula_comes_in_parts_that_begin_with_a_sign_outside_of_brackets() -> None:
    found = mathml(r"a_1 + b_1 = (c + d) e_1 e_2 e_3 e_4 e_5 e_6 e_7 e_8 - f_1 \left(g = h\right)") or ""
    parts = found.split("</math><wbr>")
    assert [sketch(part)[:4] for part in parts] == ["msub", "+msu", "=(c+", "−msu"]
    assert all('form="infix"' in part for part in parts[1:])


def test_a_short_formula_is_one_element() -> None:
    for latex, _ in SET[:5]:
        assert (mathml(latex) or "").count("<math") == 1


def test_rows_of_matrices_keep_their_order() -> None:
    found = mathml(r"\begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix}") or ""
    places = [found.index(f"<mn>{digit}</mn>") for digit in "123"]
    assert all(before < after for before, after in pairwise(places))
