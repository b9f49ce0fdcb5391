"""Syntax -> skeleton: a table of formulas with the text for the second reader and our own tree."""

from collections.abc import Callable

import pytest

from bptt_symbolic.understanding.crosscheck.skeleton import Skeleton
from bptt_symbolic.understanding.crosscheck.trees import Tree, normal

Parsed = Callable[[str], tuple[Skeleton, ...]]

FORMS = [
    # sums and products
    (r"U x_t + W s_{t-1} + b", r"x_{1} \cdot x_{2} + x_{3} \cdot x_{4} + x_{5}", "Add(Mul(x1, x2), Mul(x3, x4), x5)"),
    (r"a + b - a", r"x_{1} + x_{2} - x_{1}", "Add(x1, x2, Mul(-1, x1))"),
    (r"a - (b - c)", r"x_{1} - (x_{2} - x_{3})", "Add(x1, Mul(-1, Add(x2, Mul(-1, x3))))"),
    (r"-a b", r"- x_{1} \cdot x_{2}", "Mul(-1, x1, x2)"),
    (r"a \cdot -b", r"x_{1} \cdot - x_{2}", "Mul(-1, x1, x2)"),
    (r"-2 a", r"- 2 \cdot x_{1}", "Mul(-1, 2, x1)"),
    (r"1 - s_t^2", r"1 - x_{1}^{2}", "Add(1, Mul(-1, Pow(x1, 2)))"),
    (r"a \odot b \times c * d", r"x_{1} \cdot x_{2} \cdot x_{3} \cdot x_{4}", "Mul(x1, x2, x3, x4)"),
    (r"\alpha \left[a + b\right]", r"x_{1} \cdot (x_{2} + x_{3})", "Mul(x1, Add(x2, x3))"),
    (r"a + \cdots + b", r"x_{1} + x_{2} + x_{3}", "Add(x1, x2, x3)"),
    # quotients and powers
    (r"\frac{1}{2}(a + b)^2", r"\frac{1}{2} \cdot (x_{1} + x_{2})^{2}", "Mul(1/2, Pow(Add(x1, x2), 2))"),
    (r"a / b c", r"x_{1} / x_{2} \cdot x_{3}", "Mul(x1, Pow(x2, -1), x3)"),
    (r"a / (b c)", r"x_{1} / (x_{2} \cdot x_{3})", "Mul(x1, Pow(Mul(x2, x3), -1))"),
    (r"\frac{a + b}{2}", r"\frac{x_{1} + x_{2}}{2}", "Mul(Add(x1, x2), Pow(2, -1))"),
    (r"x^{-1}", r"x_{1}^{-1}", "Pow(x1, -1)"),
    (r"3 \cdot \frac{6}{4} x / 2", r"3 \cdot \frac{6}{4} \cdot x_{1} / 2", "Mul(3, 3/2, x1, Pow(2, -1))"),
    (r"-\frac{1}{2} x", r"- \frac{1}{2} \cdot x_{1}", "Mul(-1, 1/2, x1)"),
    (r"2 \frac{1}{2} x", r"2 \cdot \frac{1}{2} \cdot x_{1}", "Mul(2, 1/2, x1)"),
    (r"0.5 x", r"0.5 \cdot x_{1}", "Mul(1/2, x1)"),
    (r"(-1)^2 - 1^2", r"(- 1)^{2} - 1^{2}", "Add(Pow(-1, 2), Mul(-1, Pow(1, 2)))"),
    # functions that both readers know
    (r"-y_t \log \hat{y}_t", r"- x_{1} \cdot \log(x_{2})", "Mul(-1, x1, log(x2))"),
    (r"\tanh(U x + b)", r"\tanh(x_{1} \cdot x_{2} + x_{3})", "tanh(Add(Mul(x1, x2), x3))"),
    (r"tanh(a)(1 - tanh(a))", r"\tanh(x_{1}) \cdot (1 - \tanh(x_{1}))", "Mul(tanh(x1), Add(1, Mul(-1, tanh(x1))))"),
    (r"1 - \tanh^2(z)", r"1 - \tanh(x_{1})^{2}", "Add(1, Mul(-1, Pow(tanh(x1), 2)))"),
    (r"1 - \tanh(z)^2", r"1 - \tanh(x_{1})^{2}", "Add(1, Mul(-1, Pow(tanh(x1), 2)))"),
    (r"\tanh(a)^T b h(t)^2", r"x_{1} \cdot x_{2} \cdot x_{3}^{2}", "Mul(x1, x2, Pow(x3, 2))"),
    (r"\frac{1}{1 + \exp(-x)}", r"\frac{1}{1 + \exp(- x_{1})}", "Pow(Add(1, exp(Mul(-1, x1))), -1)"),
    (r"\ln a b", r"\log(x_{1} \cdot x_{2})", "log(Mul(x1, x2))"),
    (r"\log a \cdot b", r"\log(x_{1}) \cdot x_{2}", "Mul(log(x1), x2)"),
    # atoms
    (r"W^T \frac{\partial L}{\partial s_t}", r"x_{1} \cdot x_{2}", "Mul(x1, x2)"),
    (r"W^{t-k} h(t-1)", r"x_{1} \cdot x_{2}", "Mul(x1, x2)"),
    (r"\sigma(a) (1 - \sigma(a))", r"x_{1} \cdot (1 - x_{1})", "Mul(x1, Add(1, Mul(-1, x1)))"),
    (r"a - \sum_{k=1}^t b_k c + d", r"x_{1} - x_{2} + x_{3}", "Add(x1, Mul(-1, x2), x3)"),
    (r"(\sum_k y_k) a - b", r"(x_{1}) \cdot x_{2} - x_{3}", "Add(Mul(x1, x2), Mul(-1, x3))"),
    (r"\begin{bmatrix} a \\ b \end{bmatrix} c + [a, b]", r"x_{1} \cdot x_{2} + x_{3}", "Add(Mul(x1, x2), x3)"),
    (r"\mathbf{1}(i = j) - y_j", r"x_{1} - x_{2}", "Add(x1, Mul(-1, x2))"),
    (r"\frac{1}{2} \|a - b\|^2", r"\frac{1}{2} \cdot x_{1}^{2}", "Mul(1/2, Pow(x1, 2))"),
    (r"\exp(0) + \exp(2 \log x)", r"x_{1} + x_{2}", "Add(x1, x2)"),
    (r"T I e", r"x_{1} \cdot x_{2} \cdot x_{3}", "Mul(x1, x2, x3)"),
    # names: bold is no part of them, hats, primes and scripts are
    (r"\mathbf{W} x + W \hat{x} + W x' + W x^{(2)}",
     r"x_{1} \cdot x_{2} + x_{1} \cdot x_{3} + x_{1} \cdot x_{4} + x_{1} \cdot x_{5}",
     "Add(Mul(x1, x2), Mul(x1, x3), Mul(x1, x4), Mul(x1, x5))"),
    # frames hold together what they mark
    (r"\underbrace{a + b}_{c} d \boxed{e}", r"(x_{1} + x_{2}) \cdot x_{3} \cdot (x_{4})", "Mul(Add(x1, x2), x3, x4)"),
]  # fmt: skip
"""(formula, text for the second reader, our tree)"""

SEEN_OTHERWISE = [
    (r"{a + b} c", r"x_{1} + x_{2} \cdot x_{3}", "Mul(Add(x1, x2), x3)", "Add(x1, Mul(x2, x3))"),
    (r"\textcolor{red}{a + b} c", r"x_{1} + x_{2} \cdot x_{3}", "Mul(Add(x1, x2), x3)", "Add(x1, Mul(x2, x3))"),
    (r"a {-b}", r"x_{1} - x_{2}", "Mul(-1, x1, x2)", "Add(x1, Mul(-1, x2))"),
]
"""(formula, text, our tree, the tree of a reader who sees the page): braces do not show."""

INNER = [
    (r"\sum_{k=1}^t W^{t-k} \frac{\partial s_k}{\partial W}", [r"x_{1} \cdot x_{2}"]),
    (r"\mathrm{diag}(1 - s_t^2) W", [r"(1 - x_{1}^{2})"]),
    (r"\frac{\partial -\log y_t}{\partial o_t}", [r"- \log(x_{1})"]),
    (r"\begin{bmatrix} a_t b_t \\ c \end{bmatrix}", [r"x_{1} \cdot x_{2}"]),
    (r"\begin{cases} y_i (1 - y_i) & i = j \\ -y_i y_j & i \ne j \end{cases}",
     [r"x_{1} \cdot (1 - x_{1})", r"- x_{1} \cdot x_{2}"]),
    (r"f(\sum_k a_k b_k)", [r"x_{1} \cdot x_{2}"]),
    (r"x_{i+1} h(t-1)", []),
    (r"\pm a_t b_t", [r"x_{1} \cdot x_{2}"]),
]  # fmt: skip
"""(formula, what stands inside its atoms)"""

NORMAL = [
    (["Mul", ["Mul", "-1", "x_1"], ["Mul", "-2", "x_12"]], "Mul(x1, 2, x12)"),
    (["Mul", "-1", "1"], "-1"),
    (["Mul", "1", ["Pow", "x_{12}", "-1"]], "Pow(x12, -1)"),
    (["Add", ["Add", "x_1", "x_2"], "-3"], "Add(x1, x2, -3)"),
    (["Mul", "0.500000000000000", "x_1"], "Mul(1/2, x1)"),
    (["Mul", "-1/2", "x_1"], "Mul(-1, 1/2, x1)"),
    (["Mul", "3", ["Pow", "-6", "-1"]], "-1/2"),
    (["Mul", "3", ["Pow", "0", "-1"]], "Mul(3, Pow(0, -1))"),
    (["Mul", "9" * 5000, ["Pow", "3", "-1"]], f"Mul({'9' * 5000}, Pow(3, -1))"),
    (["log", "x_1", "10"], "log(x1)"),
    (["log", "x_1", "E"], "log(x1)"),
    (["Pow", ["Mul", "-1", "x_1"], "2"], "Pow(Mul(-1, x1), 2)"),
]


@pytest.mark.parametrize(("latex", "text", "tree"), FORMS)
def test_a_formula_has_a_skeleton(parsed: Parsed, latex: str, text: str, tree: str) -> None:
    found = parsed(latex)[0]
    assert (found.latex, str(found.tree), found.inner) == (text, tree, False)


@pytest.mark.parametrize(("latex", "text", "tree", "seen"), SEEN_OTHERWISE)
def test_the_text_has_the_brackets_of_the_page_and_no_others(
    parsed: Parsed, latex: str, text: str, tree: str, seen: str
) -> None:
    assert (parsed(latex)[0].latex, str(parsed(latex)[0].tree)) == (text, tree)
    assert tree != seen


@pytest.mark.parametrize(("latex", "inner"), INNER)
def test_what_stands_inside_an_atom_is_a_skeleton_of_its_own(parsed: Parsed, latex: str, inner: list[str]) -> None:
    assert [found.latex for found in parsed(latex) if found.inner] == inner


def test_a_skeleton_has_the_place_of_its_formula(parsed: Parsed) -> None:
    latex = r"a + f(b_t c)"
    assert [latex[s.span.start : s.span.end] for s in parsed(latex)] == [latex, "(b_t c)"]


@pytest.mark.parametrize(("given", "expected"), NORMAL)
def test_trees_have_a_normal_form(given: list[object], expected: str) -> None:
    assert str(normal(tree_of(given))) == expected


def tree_of(value: object) -> Tree:
    """Nested lists as a tree."""
    return Tree(str(value[0]), tuple(map(tree_of, value[1:]))) if isinstance(value, list) else Tree(str(value))
