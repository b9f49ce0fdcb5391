r"""Matrices written out: a claim about one is a claim about every entry.

The note has two units, so that its matrices can be written out; `s'` is the column of `1 - s_i^2`, and the Jacobian is
`diag(s') W` by hand. What is wrong is an entry, a row for a column, or an order.
"""

import pytest

from bptt_symbolic import check

NOTE = r"""
$$ s_t = \tanh(W s_{t-1} + V x_t) $$
$$ L_t = \frac12 \| s_t - y_t \|^2 $$
$$ L = \sum_{t=1}^{T} L_t $$
where $W \in \mathbb{R}^{2 \times 2}$, $V \in \mathbb{R}^{2 \times 2}$ and $x_t \in \mathbb{R}^2$.

"""
STEP = r"\frac{\partial s_t}{\partial s_{t-1}}"
BY_W = r"\frac{\partial L_t}{\partial W}"


def by(i: int, j: int) -> str:
    return rf"\frac{{\partial L_t}}{{\partial W_{{{i},{j}}}}}"


def matrix(*rows: str, kind: str = "bmatrix") -> str:
    inside = r" \\ ".join(rows)
    return rf"\begin{{{kind}}} {inside} \end{{{kind}}}"


ROWS = [[rf"(1 - s_{{t,{i}}}^2) W_{{{i},{j}}}" for j in (1, 2)] for i in (1, 2)]
JACOBIAN = [" & ".join(row) for row in ROWS]
OF_COLUMNS = [" & ".join(rf"(1 - s_{{t,{j}}}^2) W_{{{i},{j}}}" for j in (1, 2)) for i in (1, 2)]
TIMES = [rf"W_{{{i},1}} s_{{t,1}} + W_{{{i},2}} s_{{t,2}}" for i in (1, 2)]
TRANSPOSED = [rf"W_{{1,{i}}} s_{{t,1}} + W_{{2,{i}}} s_{{t,2}}" for i in (1, 2)]
GRADIENT = [" & ".join(by(i, j) for j in (1, 2)) for i in (1, 2)]
BY_COLUMNS = [" & ".join(by(j, i) for j in (1, 2)) for i in (1, 2)]
TRUE = {
    "entries of a gradient": f"{BY_W} = {matrix(*GRADIENT)}",
    "a product": f"W s_t = {matrix(*TIMES, kind='pmatrix')}",
    "a Jacobian": f"{STEP} = {matrix(*JACOBIAN)}",
    "a diagonal matrix": f"{STEP} = {matrix('1 - s_{t,1}^2 & 0', '0 & 1 - s_{t,2}^2')} W",
    "columns side by side": rf"{STEP} = {matrix('1 - s_t^2 & 1 - s_t^2')} \odot W",
    "rows one above the other": r"s_t s_t^\top = "
    + matrix("s_t & s_t")
    + r" \odot "
    + matrix(r"s_t^\top", r"s_t^\top"),
    "an array": r"W^\top = \left[ \begin{array}{cc} W_{1,1} & W_{2,1} \\ W_{1,2} & W_{2,2} \end{array} \right]",
    "one cell": "s_t s_t^\\top s_t = " + matrix(r"s_t s_t^\top") + " s_t",
}
FALSE = {
    "rows for columns": f"{BY_W} = {matrix(*BY_COLUMNS)}",
    "a product with the transpose": f"W s_t = {matrix(*TRANSPOSED)}",
    "slopes of the columns": f"{STEP} = {matrix(*OF_COLUMNS)}",
    "swapped rows": f"{STEP} = {matrix(*reversed(JACOBIAN))}",
    "one wrong entry": f"{STEP} = {matrix(JACOBIAN[0], ' & '.join((ROWS[1][0], 'W_{2,2}')))}",
    "rows where columns are meant": rf"{STEP} = " + matrix(r"(1 - s_t^2)^\top", r"(1 - s_t^2)^\top") + r" \odot W",
}
OPEN = {
    "a determinant": matrix("1 & 0", "0 & 1", kind="vmatrix") + " = 2",
    "an empty place": f"W = {matrix('W_{1,1} &', '& W_{2,2}')}",
    "rows of different lengths": f"W = {matrix('W_{1,1} & W_{1,2}', 'W_{2,1}')}",
}


def verdict(claim: str) -> str | None:
    return check(f"{NOTE}$$ {claim} $$", repair=False).findings[-1].verdict


@pytest.mark.parametrize("claim", TRUE.values(), ids=TRUE)
def test_true_entries_are_proved(claim: str) -> None:
    assert verdict(claim) == "proved"


@pytest.mark.parametrize("claim", FALSE.values(), ids=FALSE)
def test_a_wrong_entry_is_refuted(claim: str) -> None:
    assert verdict(claim) == "refuted"


@pytest.mark.parametrize("claim", OPEN.values(), ids=OPEN)
def test_what_is_no_matrix_that_is_known_is_left_open(claim: str) -> None:
    assert verdict(claim) == "undecided"
