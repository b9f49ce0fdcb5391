"""LaTeX -> a line for terminals."""

import re
import unicodedata
from collections import Counter
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt_symbolic.reporting.formats._terminal import columns
from bptt_symbolic.reporting.formats._unicode import formula, sentence, wrapped

FORMS = [
    (
        r"\frac{\partial s_t}{\partial W} = \sum_{k=1}^{t} W^{t-k} \frac{\partial^+ s_k}{\partial W}",
        "∂sₜ/∂W = Σₖ₌₁ᵗ Wᵗ⁻ᵏ ∂⁺sₖ/∂W",
    ),
    (r"\hat{y}_t^\top \odot \left(1-\tanh^2(a^{(t)})\right)", "ŷₜᵀ ⊙ (1 − tanh²(a⁽ᵗ⁾))"),
    (r"\mathrm{diag}(x)\mathbf{W}_{hh} h'_{t-1}", "diag(x) 𝐖ₕₕ h′ₜ₋₁"),
    (r"\frac{a+b}{c d}", "(a + b)/(c d)"),
    (r"\frac{dz}{dx} = \frac{\partial z}{\partial u}\frac{du}{dx}", "dz/dx = ∂z/∂u du/dx"),
    (r"\begin{bmatrix} a & b \\ c & d\end{bmatrix}", "[a, b; c, d]"),
    (r"\begin{cases} 1, & i=j \\ 0, & \text{otherwise}\end{cases}", "{1, i = j; 0, otherwise"),
    (r"\left.\frac{\partial L}{\partial x}\right|_{t}", "∂L/∂x|ₜ"),
    (r"\underbrace{W h}_{z}", "(W h)_z"),
    (r"{h_t}_j", "(hₜ)ⱼ"),
    (r"\sqrt{x+1}", "√(x + 1)"),
    (r"a^{2^n}", "a^{2ⁿ}"),
    (r"W_{hy} \hat y_{t,C}", "W_hy ŷ_{t,C}"),
    (r"\prod_{1\le i\le t} W^T", "Π_{1≤i≤t} Wᵀ"),
    (r"\nabla_{W} L - (-c)^2", "∇_W L − (−c)²"),
    (r"x := tanh(Ux + ...)", "x := tanh(U x + …)"),
    (r"p(y \mid x) = |y|", "p(y ∣ x) = |y|"),
    (r"\log \hat{y}_t", "log ŷₜ"),
    (r"tanh'(x) net_t log y_y ab", "tanh′(x) netₜ log y_y a b"),
    (r"a \, b \; c", "a b c"),
    (r"a = b \quad c = d", "a = b  c = d"),
    (r"a \underline{y}", "a y\u0332"),
    (r"\mathop{\mathrm{argmin}}_x f(a, b; c)", "argminₓ f(a, b; c)"),
    (r"\frac{\partial L}{\partial W}^T \binom{n}{k}", "(∂L/∂W)ᵀ (n over k)"),
    (r"\lim_{t\to\infty}\|W\|^t", "lim_{t→∞} ‖W‖ᵗ"),
    (r"\nabla_\theta J(\theta)", "∇_θ J(θ)"),
    (r"\left[ a \right]_{ij} (x_t)^2 x_t^{2}", "[a]ᵢⱼ(xₜ)² xₜ²"),
    (r"\mynewcommand{x} = y_t", r"\mynewcommand{x} = y_t"),
]


@pytest.mark.parametrize(("latex", "expected"), FORMS, ids=[latex[:30] for latex, _ in FORMS])
def test_a_formula_is_printed_so(latex: str, expected: str) -> None:
    assert formula(latex) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"What is W_{xh}?", "What is Wₓₕ?"),
        (r"ds_t/dW and \hat{y}_t", "dsₜ/dW and ŷₜ"),
        ("the author's s'_3 and U'^{1}", "the author's s′₃ and U′¹"),
        ("one_hot, ab_cd, x^2", "one_hot, ab_cd, x²"),
    ],
)
def test_names_in_a_sentence_are_letters(text: str, expected: str) -> None:
    assert sentence(text) == expected


def test_a_line_breaks_at_a_relation_before_a_sum_and_outside_of_brackets() -> None:
    assert wrapped("aaaa + bbbb = cccc + dddd", 20) == ["aaaa + bbbb", "  = cccc + dddd"]
    assert wrapped("aaaa(bbbb + cccc) + dddd", 22) == ["aaaa(bbbb + cccc)", "  + dddd"]
    assert wrapped("aaaa = bbbb", 20, first=8) == ["aaaa", "  = bbbb"]
    assert wrapped("aaaabbbb", 4) == ["aaaabbbb"]


LETTERS = st.sampled_from(["a", "W", r"\hat{y}", r"\mathbf{h}", r"\sigma", "2", "x'"])
LATEX = st.recursive(
    LETTERS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: r"\frac{{{}}}{{{}}}".format(*pair)),
        st.tuples(inner, inner).map(lambda pair: "{{{}}}_{{{}}}".format(*pair)),
        st.tuples(inner, inner).map(lambda pair: "{{{}}}^{{{}}}".format(*pair)),
        st.tuples(inner, inner).map(lambda pair: r"{} \cdot {}".format(*pair)),
        st.tuples(inner, inner).map(lambda pair: r"\left({} - {}\right)".format(*pair)),
        inner.map(lambda part: rf"\sqrt{{{part}}}"),
        inner.map(lambda part: rf"\sum_{{t=1}}^{{T}} {part}"),
    ),
    max_leaves=12,
)


@given(LATEX)
def test_no_letter_of_a_formula_is_lost_and_brackets_close(latex: str) -> None:
    shown = formula(latex)
    assert "\\" not in shown
    kept = Counter(letter for letter in unicodedata.normalize("NFKD", shown) if letter.isascii() and letter.isalnum())
    written = re.sub(r"\\[a-z]+", " ", latex)
    assert Counter(letter for letter in written if letter.isalnum()) <= kept
    depths = list(accumulate((letter in "([{") - (letter in ")]}") for letter in shown))
    assert min(depths) >= 0
    assert depths[-1] == 0


TERMS = st.lists(st.sampled_from(["a", "bcd(e + f)", "∂sₜ/∂W", "(x · y)", "Σₖ₌₁ᵗ zzz"]), min_size=1, max_size=12)


@given(TERMS, st.sampled_from([" + ", " = ", " · ", " "]), st.integers(12, 80))
def test_wrapping_loses_nothing_and_breaks_at_blanks(terms: list[str], glue: str, width: int) -> None:
    text = glue.join(terms)
    lines = wrapped(text, width)
    assert " ".join(line.strip() for line in lines) == text
    assert all(columns(line) <= width for line in lines)
