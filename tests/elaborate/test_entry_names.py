r"""A parameter that is written out names its entries: `u_{12}` is the entry of U in the first row, second column.

The network is `h_t = g(W x_t + U h_{t-1})` with two units and one input. By hand, with `h_{t-1}` held fixed,
`\partial \hat y_t / \partial u_{ij} = v_i g'(a_i) h_{t-1,j}` and `\partial \hat y_t / \partial w_i = v_i g'(a_i) x_t`.
"""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import prove
from bptt_symbolic.reporting.report import Report


def matrix(*rows: str) -> str:
    inside = r" \\ ".join(rows)
    return rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}"


WEIGHTS = f"$$ W = {matrix('w_1', 'w_2')}, \\quad U = {matrix('u_{11} & u_{12}', 'u_{21} & u_{22}')} $$"
LABELLED = (
    f"$$ W_h = {matrix('w^h_1', 'w^h_2')} $$ $$ U_h = {matrix('u^h_{1 1} & u^h_{1 2}', 'u^h_{2 1} & u^h_{2 2}')} $$"
)
STATE = r"$$ h_t = g(W x_t + U h_{t-1}) $$ $$ \hat{y}_t = v^T h_t = v_1 h_1^t + v_2 h_2^t $$"
FIXED = r"The derivatives are taken with $h_{t-1}$ held fixed."
AT = [rf"w_{i} x_t + u_{{{i}1}} h_1^{{t-1}} + u_{{{i}2}} h_2^{{t-1}}" for i in (1, 2)]
ALL = "W x_t + U h_{t-1}"


def by(name: str) -> str:
    return rf"\frac{{\partial \hat{{y}}_t}}{{\partial {name}}}"


BY_ENTRIES = matrix(f"{by('u_{11}')} & {by('u_{12}')}", f"{by('u_{21}')} & {by('u_{22}')}")
TRANSPOSED = matrix(f"{by('u_{11}')} & {by('u_{21}')}", f"{by('u_{12}')} & {by('u_{22}')}")
BESIDE = r"\begin{bmatrix} v & v \end{bmatrix}"
BELOW = matrix("h_{t-1}^T", "h_{t-1}^T")
SLOPE = rf"\mathrm{{diag}}(g'({ALL}))"
ONES = r"\mathbb{1} \mathbb{1}^T"
SLOPES = rf"\begin{{bmatrix}} g'({ALL}) & g'({ALL}) \end{{bmatrix}}"
TRUE = {
    "by an entry of a column": f"{by('w_2')} = v_2 g'({AT[1]}) x_t",
    "by an entry": f"{by('u_{12}')} = v_1 g'({AT[0]}) h_2^{{t-1}}",
    "with a comma": f"{by('u_{1,2}')} = v_1 g'({AT[0]}) h_2^{{t-1}}",
    "the state": f"h_t = {matrix(*(f'g({a})' for a in AT))}",
    "by the matrix": f"{by('U')} = {BY_ENTRIES}",
    "by the column": f"{by('W')} = {matrix(by('w_1'), by('w_2'))}",
    "side by side": f"{by('U')} = {BESIDE} * {SLOPES} * {BELOW}",
    "ones": rf"{by('U')} = \mathrm{{diag}}(v) {SLOPE} {ONES} \mathrm{{diag}}(h_{{t-1}})",
    "an entry squared": "u_{12}^2 = u_{12} u_{12}",
}
FALSE = {
    "another row": f"{by('w_2')} = v_1 g'({AT[0]}) x_t",
    "the wrong state": f"{by('u_{12}')} = v_1 g'({AT[0]}) h_1^{{t-1}}",
    "the transposed entry": f"{by('u_{21}')} = v_1 g'({AT[0]}) h_2^{{t-1}}",
    "no slope": f"{by('w_1')} = v_1 g({AT[0]}) x_t",
    "swapped rows": f"h_t = {matrix(*(f'g({a})' for a in reversed(AT)))}",
    "by the transpose": f"{by('U')} = {TRANSPOSED}",
    "rows for columns": rf"{by('U')} = {matrix('v^T', 'v^T')} * {SLOPES} * {matrix('h_{t-1}^T', 'h_{t-1}^T')}",
    "ones between the wrong ones": rf"{by('U')} = \mathrm{{diag}}(h_{{t-1}}) {ONES} \mathrm{{diag}}(v) {SLOPE}",
}


def report_on(claim: str, weights: str = WEIGHTS, state: str = STATE) -> Report:
    return check("\n\n".join([weights, state, FIXED, f"$$ {claim} $$"]), repair=False)


@pytest.mark.parametrize("claim", TRUE.values(), ids=TRUE)
def test_true_claims_about_entries_are_proved(claim: str) -> None:
    assert report_on(claim).findings[-1].verdict == "proved"


@pytest.mark.parametrize("claim", FALSE.values(), ids=FALSE)
def test_wrong_claims_about_entries_are_refuted(claim: str) -> None:
    assert report_on(claim).findings[-1].verdict == "refuted"


@pytest.mark.parametrize(("number", "verdict"), [(2, "proved"), (1, "refuted")])
def test_a_label_above_stays_beside_the_numbers(number: int, verdict: str) -> None:
    state = STATE.replace("W x_t", "W_h x_t").replace("U h", "U_h h")
    claim = (
        f"{by('u_{1 2}^h')} = v_1 g'(w^h_1 x_t + u^h_{{11}} h_1^{{t-1}} + u^h_{{12}} h_2^{{t-1}}) h_{number}^{{t-1}}"
    )
    assert report_on(claim, LABELLED, state).findings[-1].verdict == verdict


def test_the_parameters_are_those_that_are_written_out() -> None:
    network = report_on(TRUE["by an entry"]).networks[0]
    assert {q.name: q.shape for q in network.quantities if q.role == "parameter"} == {
        "W": ("2",),
        "U": ("2", "2"),
        "v": ("2",),
    }
    assert next(q.shape for q in network.quantities if q.name == "x") == ()


def test_capitals_beside_each_other_are_blocks() -> None:
    note = r"$$ A = \begin{bmatrix} W & U \end{bmatrix} $$ $$ h_t = \tanh(W h_{t-1} + U x_t) $$"
    names = {q.name for q in check(note, repair=False).networks[0].quantities}
    assert {"W", "U"} <= names


def test_one_name_for_two_entries_names_neither() -> None:
    note = f"$$ A = {matrix('a_1', 'a_2')} $$ $$ B = {matrix('a_1', 'a_2')} $$ $$ h_t = \\tanh(A x_t + h_{{t-1}}) $$"
    claim = r"$$ \frac{\partial h_t}{\partial a_1} = 0 $$"
    assert check(f"{note}\n\n{claim}", repair=False).findings[-1].verdict != "proved"


DOTTED = r"W = \begin{bmatrix} w_{11} & \cdots & w_{1n} \\ \vdots & & \vdots \\ w_{n1} & \cdots & w_{nn} \end{bmatrix}"
COPIED = rf"""
$$ a_t = U x_t + W s_{{t-1}}, \quad s_t = f(a_t), \quad L = \sum_{{t=1}}^T \ell(s_t) $$
$$ {DOTTED} $$
$$ \nabla_W L = \sum_{{t=1}}^T \nabla_{{W_t}} L $$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial a_{t,i}}{\partial s_{t-1,j}} = w_{ij}", "proved"),
        (r"\frac{\partial a_{t,i}}{\partial s_{t-1,j}} = w_{ji}", "refuted"),
    ],
)
def test_a_matrix_that_has_a_copy_at_every_step_has_entries(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, COPIED, repair=False).findings
    assert finding.verdict == verdict
