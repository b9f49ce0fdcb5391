r"""`\sum_{i=0}^t (\prod_{i=k+1}^t \dots)_k`: a sum that binds another letter than the one it means is a slip."""

import pytest

import bptt_symbolic

CELL = r"""$$s_t = f(w s_{t-1} + x_t)$$

$$p_t = g(v s_t)$$

"""
LOSS = r"$$E_t = \frac12 (p_t - d_t)^2$$" + "\n\n"
SUM = (
    r"\frac{\partial E_t}{\partial w} = \frac{\partial E_t}{\partial s_t} \sum_{LETTER}^t"
    r" \left(\prod_{i=k+1}^t \frac{\partial s_i}{\partial s_{i-1}}\right) \frac{\partial s_k}{\partial w}"
)
RIGHT, OTHER, SHORT = "k=1", "i=1", "i=2"


@pytest.mark.parametrize("loss", [LOSS, ""])
@pytest.mark.parametrize(("letter", "verdict"), [(RIGHT, "proved"), (OTHER, "ill-typed"), (SHORT, "undecided")])
def test_a_sum_over_another_letter_is_a_slip_where_it_holds_over_the_right_one(
    loss: str, letter: str, verdict: str
) -> None:
    note = f"{CELL}{loss}$${SUM.replace('LETTER', letter)}$$\n"
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == verdict
