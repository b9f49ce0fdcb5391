"""Values that the text gives a parameter, before a claim that holds with them only."""

import pytest

import bptt_symbolic

CELL = r"""# The cell

$$h_t = \tanh(w h_{t-1} + u x_t)$$

$$p_t = v h_t$$

$$L_t = \frac12 (p_t - d_t)^2$$

$$\frac{\partial L_t}{\partial v} = (p_t - d_t) h_t$$

"""
SUM = r"""$$g_t = \frac{\partial h_t}{\partial w}$$

$$L = \sum_t L_t$$

"""
LEAKY = r"""# A leaky unit

$$s_t = a s_{t-1} + x_t$$

$$E = \sum_t \frac12 (s_t - d_t)^2$$

$$\frac{\partial E}{\partial a} = \sum_t (s_t - d_t) \frac{\partial s_t}{\partial a}$$

"""
HERE = "The weight $v = 1$ was chosen to keep this simple. The error passes through unchanged:\n\n"
EARLIER = "The weight was $v = 1$ above.\n\n$$x_1 = 0.5$$\n\nIn general,\n\n"
ELSEWHERE = "The weight was $v = 1$ above.\n\n# The gradient\n\n"
STEP = r"$$\frac{\partial L_t}{\partial h_t} = p_t - d_t$$"
TOTAL = r"$$\frac{\partial L}{\partial w} = \sum_t (p_t - d_t) g_t$$"
SLIP = r"$$\frac{\partial L}{\partial w} = \sum_t p_t g_t$$"
BY_STATE = r"$$\frac{\partial s_t}{\partial s_{t-1}} = 1$$"
CLAIMS = [
    (CELL + HERE + STEP, "proved"),
    (CELL + SUM + HERE + TOTAL, "proved"),
    (CELL + SUM + HERE + SLIP, "refuted"),
    (CELL + HERE.replace("v = 1", "v = 2") + STEP, "refuted"),
    (CELL + HERE + STEP.replace("p_t -", "v p_t -"), "proved"),
    (CELL + EARLIER + STEP, "undecided"),
    (CELL + ELSEWHERE + STEP, "refuted"),
    (CELL + STEP, "refuted"),
    (LEAKY + "Here there was no leak, $a = 1$. Nothing is lost.\n\n" + BY_STATE, "proved"),
    (LEAKY + "Here $a = 0.5$ was the leak. Half is lost.\n\n" + BY_STATE, "refuted"),
    (LEAKY + "Here $a = 2$ was the leak.\n\n" + BY_STATE.replace("= 1", "= 2"), "proved"),
]


@pytest.mark.parametrize(("note", "verdict"), CLAIMS)
def test_a_claim_is_taken_with_the_value_right_before_it(note: str, verdict: str) -> None:
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == verdict


def test_what_is_granted_is_said() -> None:
    found = bptt_symbolic.check(CELL + HERE + STEP, repair=False).findings[-1]
    assert found.message is not None
    assert "given v = 1, as the text says" in found.message
    assert any("v = 1" in fact.what for fact in found.assumptions)


ONE_CASE = (
    "For $v = 1$ the output is the state. In general,",
    "A sanity check is $v = 1$. Now we turn to the gradient.",
    "Setting $v = 1$ gives the state itself.",
    "The case $v = 1$ is trivial.",
)


@pytest.mark.parametrize("words", ONE_CASE)
@pytest.mark.parametrize("varied", [True, False])
def test_a_value_that_is_one_case_among_others_proves_nothing(words: str, varied: bool) -> None:  # noqa: FBT001
    r"""Whether or not the note differentiates by it, `v = 1` defines no parameter there."""
    cell = CELL if varied else CELL.replace(r"$$\frac{\partial L_t}{\partial v} = (p_t - d_t) h_t$$", "")
    found = bptt_symbolic.check(f"{cell}{words}\n\n{STEP}", repair=False).findings[-1]
    assert found.verdict in {"undecided", "refuted"}
