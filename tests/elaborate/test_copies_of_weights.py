r"""A weight with a step below a derivative is the copy of it that this step uses."""

import pytest

import bptt_symbolic

ABOVE = r"""$$h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})$$

$$L^{(t)} = \frac12 \| h^{(t)} - d^{(t)} \|^2$$

$$L = \sum_{t=1}^T L^{(t)}$$

"""
BELOW = r"""$$h_t = \tanh(W h_{t-1} + U x_t + b)$$

$$o_t = V h_t + c$$

$$L_t = \ell(o_t)$$

$$L = \sum_{t=1}^T L_t$$

"""
GATES = r"""$$f^{(t)} = \sigma(W_f h^{(t-1)} + U_f x^{(t)})$$

$$g^{(t)} = \tanh(W_g h^{(t-1)} + U_g x^{(t)})$$

$$h^{(t)} = f^{(t)} \odot h^{(t-1)} + g^{(t)}$$

"""
NUMBERS = r"""$$h_t = \tanh(w h_{t-1} + u x_t)$$

$$E_t = \frac12 (h_t - d_t)^2$$

$$E = \sum_{t=1}^T E_t$$

"""
AT_K = r"(\frac{\partial L}{\partial h^{(k)}} \odot (1 - h^{(k)} \odot h^{(k)}))"
G_BY_ITS_WEIGHT = r" \frac{\partial g^{(k)}}{\partial W_g^{(k)}}"

CLAIMS = [
    (ABOVE, r"\frac{\partial L}{\partial W} = \sum_{k=1}^T \frac{\partial L}{\partial W^{(k)}}", "proved"),
    (ABOVE, r"\frac{\partial L^{(t)}}{\partial W} = \sum_{k=1}^t \frac{\partial L^{(t)}}{\partial W^{(k)}}", "proved"),
    (ABOVE, r"\frac{\partial L}{\partial W} = \sum_{k=1}^{T-1} \frac{\partial L}{\partial W^{(k)}}", "refuted"),
    (ABOVE, rf"\frac{{\partial L}}{{\partial W^{{(k)}}}} = {AT_K} h^{{(k-1)\top}}", "proved"),
    (ABOVE, rf"\frac{{\partial L}}{{\partial W^{{(k)}}}} = {AT_K} h^{{(k)\top}}", "refuted"),
    (BELOW, r"\nabla_W L = \sum_t \sum_i \frac{\partial L}{\partial h_{t,i}} \nabla_{W_t} h_{t,i}", "proved"),
    (BELOW, r"\nabla_b L = \sum_t (\frac{\partial h_t}{\partial b_t})^\top \nabla_{h_t} L", "proved"),
    (BELOW, r"\frac{\partial L}{\partial W_t} = \frac{\partial L}{\partial W}", "refuted"),
    (
        GATES,
        r"\frac{\partial h^{(t)}}{\partial W_f} = \sum_{k=1}^t \frac{\partial h^{(t)}}{\partial W_f^{(k)}}",
        "proved",
    ),
    (
        GATES,
        r"\frac{\partial h^{(t)}}{\partial W_g^{(k)}} = \frac{\partial h^{(t)}}{\partial g^{(k)}}" + G_BY_ITS_WEIGHT,
        "proved",
    ),
    (
        GATES,
        r"\frac{\partial h^{(t)}}{\partial W_g^{(k)}} = \frac{\partial h^{(t)}}{\partial f^{(k)}}" + G_BY_ITS_WEIGHT,
        "refuted",
    ),
    (NUMBERS, r"\frac{\partial E}{\partial w_k} = \frac{\partial E}{\partial h_k} (1 - h_k^2) h_{k-1}", "proved"),
    (NUMBERS, r"\frac{\partial E}{\partial w_k} = \frac{\partial E}{\partial h_k} (1 - h_k^2) h_k", "refuted"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_the_derivative_by_a_copy_is_what_its_step_adds(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


def test_what_a_proof_about_the_weight_itself_says_stays() -> None:
    claims = (
        r"$$\frac{\partial L}{\partial W_k}$$" + "\n\n" + r"$$\frac{\partial h_t}{\partial h_{t-1}} = diag(1-h_t^2) W$$"
    )
    assert bptt_symbolic.check(BELOW + claims, repair=False).findings[-1].verdict == "proved"


@pytest.mark.parametrize(
    "text",
    [
        BELOW + r"$$W_{t+1} = W_t - \eta \frac{\partial L}{\partial W_t}$$",  # a weight that is trained
        r"""$$i_t = \sigma(W_i h_{t-1})$$

$$h_t = i_t \odot \tanh(W h_{t-1})$$

$$\frac{\partial h_t}{\partial h_i}$$

$$\frac{\partial h_t}{\partial W_i} = 0$$""",  # the weight of a gate
    ],
)
def test_other_scripts_of_weights_are_no_copies(text: str) -> None:
    assert not any("copy" in note for view in bptt_symbolic.show(text) for note in view.notes)
