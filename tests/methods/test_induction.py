r"""States in a closed form, proved by induction; powers of a parameter, `W^t` and `W^{t-1}`, are no steps of it."""

import pytest

from bptt_symbolic import check

LINEAR = r"$$s_t = A s_{t-1} + b$$" + "\n\n"
TURNED = r"$$s^{(t)} = A^\top s^{(t-1)}$$" + "\n\n"
NUMBER = r"$$a_n = w a_{n-1} + u x_n$$" + "\n\n"
WITHIN = r"$$z_t = A s_{t-1} + B x_t, \quad s_t = z_t, \quad s_0 = 0$$" + "\n\n"
GATED = r"$$c_t = f \odot c_{t-1} + g \odot x_t$$" + "\n\n"
PLAIN = r"$$s_t = A s_{t-1} + B x_t$$" + "\n\n"
BENT = r"$$s_t = \tanh(A s_{t-1})$$" + "\n\n"


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (LINEAR, r"s_t = A^t s_0 + \sum_{k=0}^{t-1} A^k b", "proved"),
        (LINEAR, r"s_t = A^t s_0 + \sum_{k=0}^{t} A^k b", "refuted"),
        (LINEAR, r"s_t = A^t s_0 + \sum_{k=1}^{t-1} A^k b", "refuted"),
        (LINEAR, r"s_t = A^t s_0", "refuted"),
        (TURNED, r"s^{(t)} = (A^t)^\top s^{(0)}", "proved"),
        (TURNED, r"s^{(t)} = (A^\top)^t s^{(0)}", "proved"),
        (TURNED, r"s^{(t)} = A^t s^{(0)}", "refuted"),
        (TURNED, r"s^{(t)} = (A^{t-1})^\top s^{(0)}", "refuted"),
        (NUMBER, r"a_n = w^n a_0 + \sum_{k=1}^n w^{n-k} u x_k", "proved"),
        (NUMBER, r"a_n = w^n a_0 + \sum_{k=1}^n w^{k} u x_k", "refuted"),
        (WITHIN, r"s_t = \sum_{k=1}^t A^{t-k} B x_k", "proved"),
        (WITHIN, r"s_t = \sum_{k=1}^{t-1} A^{t-k} B x_k", "refuted"),
        (GATED, r"c_t = f^t \odot c_0 + \sum_{k=1}^t f^{t-k} \odot g \odot x_k", "proved"),
        (GATED, r"c_t = f^t \odot c_0 + \sum_{k=1}^t f^{t-k} \odot x_k", "refuted"),
        (BENT, r"s_t = A^t s_0", "refuted"),
        (PLAIN, r"\frac{\partial s_t}{\partial s_0} = A^t$$ $$\frac{\partial s_t}{\partial s_1} = A^{t-1}", "proved"),
        (PLAIN, r"\frac{\partial s_t}{\partial s_0} = A^t$$ $$\frac{\partial s_t}{\partial s_2} = A^{t-1}", "refuted"),
    ],
)
def test_what_a_recurrence_comes_to(note: str, claim: str, verdict: str) -> None:
    assert check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


def test_a_state_with_its_step_above_is_no_power() -> None:
    note = r"$$h^t = \tanh(A h^{t-1} + B x^t)$$ The state is $h$. "
    slope = r"\diag(1 - (h^t)^2) A \frac{\partial h^{t-1}}{\partial x^{t-1}}"
    report = check(rf"{note}$$\frac{{\partial h^t}}{{\partial x^{{t-1}}}} = {slope}$$", repair=False)
    assert report.findings[-1].verdict == "proved"
