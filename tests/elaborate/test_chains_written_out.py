r"""Chains that write quantities out, sums without a range, and what notes of this kind mean by their derivatives.

Two units and one input, `h_t = g(W x_t + U h_{t-1})`; by hand, with `h_{t-1}` held fixed, the derivative of
`\hat y_t = v^\top h_t` by an entry of W, of U or of b is `v_i g'(a_i)` times `x_t`, `h_{t-1,j}` or one.
"""

import pytest

from bptt_symbolic import check

WEIGHTS = (
    r"$$ W = \begin{bmatrix} w_1 \\ w_2 \end{bmatrix}, \quad b = \begin{bmatrix} b_1 \\ b_2 \end{bmatrix}, \quad "
    r"U = \begin{bmatrix} u_{11} & u_{12} \\ u_{21} & u_{22} \end{bmatrix} $$"
)
AT = [rf"w_{i} x_t + u_{{{i}1}} h_1^{{t-1}} + u_{{{i}2}} h_2^{{t-1}} + b_{i}" for i in (1, 2)]
COLUMN = rf"\begin{{pmatrix}} g({AT[0]}) \\ g({AT[1]}) \end{{pmatrix}}"
NAMED = r"\begin{pmatrix} h^t_1 \\ h^t_2 \end{pmatrix}"
OUTPUT = r"$$ \hat{y}_t = v^T h_t = v_1 h_1^t + v_2 h_2^t $$"


def by(name: str) -> str:
    return rf"\frac{{\partial \hat{{y}}_t}}{{\partial {name}}}"


BY_W, BY_U, BY_B = (
    f"$$ {by(name)} = v_1 g'({AT[0]}) {factor} $$"
    for name, factor in (("w_1", "x_t"), ("u_{12}", "h_2^{t-1}"), ("b_1", ""))
)


def verdicts(*parts: str) -> list[str | None]:
    found = check("\n\n".join(parts), repair=False)
    return [f.verdict for f in found.findings if f.kind == "claim"]


def test_a_quantity_may_be_written_out_before_its_formula() -> None:
    state = f"$$ h_t = {NAMED} = g(W x_t + U h_{{t-1}} + b) = {COLUMN} $$"
    assert verdicts(WEIGHTS, state, OUTPUT) == ["proved", "proved"]


def test_derivatives_by_several_parameters_within_the_step_are_a_practice() -> None:
    state = r"$$ h_t = g(W x_t + U h_{t-1} + b) $$"
    assert verdicts(WEIGHTS, state, OUTPUT, BY_W, BY_U, BY_B)[1:] == ["proved"] * 3
    assert verdicts(WEIGHTS, state, OUTPUT, BY_W)[1:] == ["refuted"]
    wrong = BY_W.replace("v_1", "v_2")
    assert verdicts(WEIGHTS, state, OUTPUT, BY_W, BY_U, BY_B, wrong)[-1] == "refuted"


def test_the_fuller_of_two_formulas_defines_and_their_equality_is_a_wrong_claim() -> None:
    state = f"$$ h_t = g(W + U h_{{t-1}} + b) = {COLUMN} $$"
    found = verdicts(WEIGHTS, state, OUTPUT, "The derivatives hold $h_{t-1}$ fixed.", BY_W)
    assert found[0] != "proved"
    assert found[2] == "proved"


SUMS = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ L_t = \frac12 \| h_t - y_t \|^2 $$ $$ L = \sum L_t $$"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial W} = \sum \frac{\partial L_t}{\partial W}", "proved"),
        (r"\frac{\partial L}{\partial W} = \sum -(y_t - h_t)^\top \frac{\partial h_t}{\partial W}", "proved"),
        (r"\frac{\partial L}{\partial W} = \sum -(h_t - y_t)^\top \frac{\partial h_t}{\partial W}", "refuted"),
        (r"L_t = \frac12 \sum (h_t - y_t)^2", "proved"),
    ],
)
def test_a_sum_without_a_range_runs_over_the_steps_where_what_it_gives_has_none(claim: str, verdict: str) -> None:
    assert verdicts(SUMS, f"$$ {claim} $$")[-1] == verdict


def test_a_word_that_joins_rows_is_no_factor() -> None:
    rows = r"\frac{\partial L_t}{\partial h_t} &= (h_t - y_t)^\top \text{ and} \\ L_t &= \frac12 \| h_t - y_t \|^2"
    assert verdicts(SUMS, rf"$$\begin{{aligned}} {rows} \end{{aligned}}$$") == ["proved", "proved"]
