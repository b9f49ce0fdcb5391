r"""The product rule with `\frac{\partial W}{\partial W}`, and `f'(z)` in the place of the derivative that it names."""

import pytest

from bptt_symbolic import check

CELL = r"""$$z_t = A s_{t-1} + B x_t, \quad s_t = f(z_t), \quad z_t, s_t \in \mathbb{R}^n, \quad x_t \in \mathbb{R}^m$$

$$L = \ell(s_T)$$

"""
BY_A, BY_B = r"\frac{\partial z_t}{\partial A} = ", r"\frac{\partial z_t}{\partial B} = "
HALF, REST = r"\frac{\partial A}{\partial A} ", r" + A \frac{\partial s_{t-1}}{\partial A}"
LOSS = r"\frac{\partial L}{\partial A} = \frac{\partial L}{\partial z_T} "
SLOPE = r"A \frac{\partial f(z_t)}{\partial z_t} \frac{\partial z_t}{\partial A} = "


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (BY_A + HALF + "s_{t-1}" + REST, "proved"),
        (BY_A + HALF + "f(z_{t-1})" + REST.replace("s_{t-1}", "f(z_{t-1})"), "proved"),
        (BY_A + r"\left(\frac{\partial}{\partial A} A\right) s_{t-1}" + REST, "proved"),
        (BY_B + r"\frac{\partial B}{\partial B} x_t + A \frac{\partial s_{t-1}}{\partial B}", "proved"),
        (LOSS + HALF + r"s_{T-1} + \frac{\partial L}{\partial z_T} A \frac{\partial s_{T-1}}{\partial A}", "proved"),
        (BY_A + HALF + "s_t" + REST, "refuted"),
        (BY_A + HALF + "s_{t-1}", "refuted"),
        (BY_A + "2 " + HALF + "s_{t-1}" + REST, "refuted"),
        (BY_A + HALF + "s_{t-1}" + REST.replace("+", "-"), "refuted"),
        (BY_B + r"\frac{\partial B}{\partial B} s_{t-1} + A \frac{\partial s_{t-1}}{\partial B}", "undecided"),
        (SLOPE + r"A f'(z_t) \frac{\partial z_t}{\partial A}", "proved"),
        (SLOPE + r"A \operatorname{diag}(f'(z_t)) \frac{\partial z_t}{\partial A}", "proved"),
        (SLOPE + r"A f'(z_{t-1}) \frac{\partial z_t}{\partial A}", "ill-typed"),
        (SLOPE + r"f'(z_t) A \frac{\partial z_t}{\partial A}", "ill-typed"),
        (SLOPE + r"A f'(z_t) \frac{\partial z_{t-1}}{\partial A}", "ill-typed"),
        (SLOPE.replace("f(z_t)", "s_t") + r"A f'(z_t) \frac{\partial z_t}{\partial A}", "ill-typed"),
        (r"\frac{\partial s_t}{\partial s_{t-1}} = f'(z_t) A", "ill-typed"),
    ],
)
def test_both_halves_of_the_product_rule(claim: str, verdict: str) -> None:
    assert check(f"{CELL}$${claim}$$", repair=False).findings[-1].verdict == verdict
