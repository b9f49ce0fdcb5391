"""Labels that are called by the letter of a loss: what a formula transposes, or has entries of, is none."""

import pytest

import bptt_symbolic

COLUMN = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$a_t = V h_t$$

$$y_t = softmax(a_t)$$

$$E = -\sum_t l_t^T \log(y_t)$$

"""
ENTRIES = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$p_t = softmax(V h_t)$$

$$L_t = -\sum_k \ell_{t,k} \log p_{t,k}$$

"""
LOSS = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$L = \sum_t l_t$$

"""


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (COLUMN, r"\frac{\partial E}{\partial a_t} = (y_t - l_t)^T", "proved"),
        (COLUMN, r"\frac{\partial E}{\partial a_t} = (y_t + l_t)^T", "refuted"),
        (COLUMN, r"\frac{\partial E}{\partial y_t} = -(l_t / y_t)^T", "proved"),
        (COLUMN, r"\frac{\partial E}{\partial y_t} = (l_t / y_t)^T", "refuted"),
        (ENTRIES, r"\frac{\partial L_t}{\partial p_{t,k}} = -\frac{\ell_{t,k}}{p_{t,k}}", "proved"),
        (ENTRIES, r"\frac{\partial L_t}{\partial p_{t,k}} = \frac{\ell_{t,k}}{p_{t,k}}", "refuted"),
        (LOSS, r"\frac{\partial L}{\partial W} = \sum_t \frac{\partial l_t}{\partial W}", "proved"),
    ],
)
def test_labels_are_no_losses(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


def test_a_loss_of_a_step_stays_one() -> None:
    assert ("l", "loss") in [(q.name, q.role) for q in bptt_symbolic.show(LOSS)[0].quantities]
