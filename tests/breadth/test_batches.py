r"""Matrices as quantities through time: a batch with an example in each row, weights that vary, weight decay, traces.

The right claims are the gradients of the loss written out over the examples: with `D_t = dL/dO_t` and
`G_t = dL/dH_t * (1 - H_t^2)`, `dL/dV = sum_t H_t^T D_t`, `dL/dU = sum_t X_t^T G_t`, `dL/db = sum_t G_t^T 1`; what is
wrong is a sign, a factor, a step or a transpose.
"""

from collections.abc import Callable

import pytest

BATCH = r"""
A minibatch of $N$ examples in rows, $X_t \in \mathbb{R}^{N \times d}$.
$$ H_t = \tanh(X_t U + H_{t-1} W + \mathbf{1} b^\top) $$ $$ O_t = H_t V $$
$$ L = \sum_{t=1}^T \tfrac12 \|O_t - Y_t\|_F^2 $$
"""
BIASES = r"""
Minibatches of $n$ examples: $\mathbf{X}_t \in \mathbb{R}^{n \times d}$ and $\mathbf{H}_t \in \mathbb{R}^{n \times h}$.
$$ \mathbf{H}_t = \tanh(\mathbf{X}_t \mathbf{W}_{xh} + \mathbf{H}_{t-1} \mathbf{W}_{hh} + \mathbf{b}_h) $$
$$ \mathbf{O}_t = \mathbf{H}_t \mathbf{W}_{hq} + \mathbf{b}_q $$
$$ L = \sum_{t=1}^T \frac{1}{2n} \|\mathbf{O}_t - \mathbf{Y}_t\|_F^2 $$
"""
STATED = BIASES + r"$\mathbf{b}_h \in \mathbb{R}^{1 \times h}$ and $\mathbf{b}_q \in \mathbb{R}^{1 \times q}$."
UNSTATED = r"""
$$ H_t = \tanh(X_t U + H_{t-1} W) $$ $$ Z_t = H_t V $$ $$ L = \sum_{t=1}^T \sum_{n,c} Z_{t,nc} Y_{t,nc} $$
"""
CLASSES = r"""
A minibatch in rows; the softmax is taken over each row.
$$ H_t = \tanh(X_t U + H_{t-1} W) $$ $$ P_t = \mathrm{softmax}(H_t V) $$
$$ L = -\sum_{t=1}^T \sum_{n,c} Y_{t,nc} \log P_{t,nc} $$
"""
DECAY = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$
$$ L = \sum_{t=1}^T \tfrac12 \|h_t - y_t\|^2 + \frac{\lambda}{2} \|W\|_F^2 $$
"""
VARYING = r"$$ h_t = \tanh(W_t h_{t-1} + U x_t) $$ $$ L = \sum_{t=1}^T \tfrac12 \|h_t - y_t\|^2 $$"
GATED = r"$$ c_t = F_t c_{t-1} + V x_t $$ $$ L = \sum_{t=1}^T \tfrac12 \|c_t - y_t\|^2 $$"

BY_V = r"\frac{\partial L}{\partial V} = \sum_{t=1}^T"
BY_H = r"\frac{\partial L}{\partial H_t} = (O_t - Y_t) V^\top +"
NEXT = r"\left(\frac{\partial L}{\partial H_{t+1}} \odot (1 - H_{t+1}^2)\right)"
INNER = r"\left(\frac{\partial L}{\partial H_t} \odot (1 - H_t \odot H_t)\right)"
SLOPE = r"\mathrm{diag}(1-h_t^2) \frac{\partial L}{\partial h_t} h_{t-1}^\top"
LATER = r"^\top \mathrm{diag}(1-h_{t+1}^2) \frac{\partial L}{\partial h_{t+1}}"
BY_STATE = r"\frac{\partial L}{\partial h_t} = h_t - y_t +"
MEAN = r"(\mathbf{O}_t - \mathbf{Y}_t)"
BY_BIAS = r"\frac{\partial L}{\partial \mathbf{b}_q} ="
OF_BIASES = [
    (rf"{BY_BIAS} \frac1n \sum_{{t=1}}^T \mathbf{{1}}^\top {MEAN}", "proved"),
    (rf"{BY_BIAS} \sum_{{t=1}}^T \mathbf{{1}}^\top {MEAN}", "refuted"),
    (
        rf"\frac{{\partial L}}{{\partial \mathbf{{W}}_{{hq}}}} = \frac1n \sum_{{t=1}}^T \mathbf{{H}}_t^\top {MEAN}",
        "proved",
    ),
]
NOTES = {
    "a bias as an outer product": (
        BATCH,
        [
            (rf"{BY_V} H_t^\top (O_t - Y_t)", "proved"),
            (rf"{BY_V} (O_t - Y_t)^\top H_t", "ill-typed"),
            (rf"{BY_H} {NEXT} W^\top", "proved"),
            (rf"{BY_H} {NEXT} W", "refuted"),
            (rf"\frac{{\partial L}}{{\partial U}} = \sum_{{t=1}}^T X_t^\top {INNER}", "proved"),
            (rf"\frac{{\partial L}}{{\partial b}} = \sum_{{t=1}}^T {INNER}^\top \mathbf{{1}}", "proved"),
            (rf"\frac{{\partial L}}{{\partial W}} = \sum_{{t=1}}^T H_t^\top {INNER}", "refuted"),
        ],
    ),
    "biases that are added to every row": (BIASES, OF_BIASES),
    "biases that are stated": (STATED, OF_BIASES),
    "nothing is stated": (
        UNSTATED,
        [
            (rf"{BY_V} H_t^\top Y_t", "proved"),
            (rf"{BY_V} H_{{t-1}}^\top Y_t", "refuted"),
        ],
    ),
    "a softmax of each row": (
        CLASSES,
        [
            (rf"{BY_V} H_t^\top (P_t - Y_t)", "proved"),
            (rf"{BY_V} H_t^\top (Y_t - P_t)", "refuted"),
        ],
    ),
    "weight decay": (
        DECAY,
        [
            (
                rf"\frac{{\partial L}}{{\partial W}} = \lambda W + \sum_{{t=1}}^T {SLOPE}",
                "proved",
            ),
            (
                rf"\frac{{\partial L}}{{\partial W}} = 2 \lambda W + \sum_{{t=1}}^T {SLOPE}",
                "refuted",
            ),
            (r"\|W\|_F^2 = \mathrm{tr}(W^\top W)", "proved"),
            (r"\|W\|_F^2 = \mathrm{tr}(W W)", "refuted"),
        ],
    ),
    "a weight for each step": (
        VARYING,
        [
            (
                rf"\frac{{\partial L}}{{\partial W_t}} = {SLOPE}",
                "proved",
            ),
            (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1-h_t^2) W_t", "proved"),
            (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1-h_t^2) W_{t-1}", "refuted"),
            (
                rf"{BY_STATE} W_{{t+1}}{LATER}",
                "proved",
            ),
            (
                rf"{BY_STATE} W_t{LATER}",
                "refuted",
            ),
        ],
    ),
    "a matrix that is given at each step": (
        GATED,
        [
            (
                r"\frac{\partial L}{\partial c_t} = c_t - y_t + F_{t+1}^\top \frac{\partial L}{\partial c_{t+1}}",
                "proved",
            ),
            (
                r"\frac{\partial L}{\partial c_t} = c_t - y_t + F_{t}^\top \frac{\partial L}{\partial c_{t+1}}",
                "refuted",
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_a_batch(name: str, verdicts: Callable[..., list[tuple[str, str | None]]]) -> None:
    network, claims = NOTES[name]
    assert verdicts(network, claims) == claims
