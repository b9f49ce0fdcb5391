r"""What several claims of a note wait for is its habit; what stands behind a wrong member of a chain is not accused."""

from collections.abc import Sequence

import pytest

import bptt_symbolic

OUTPUT = r"""$$h_t = \tanh(W h_{t-1} + U x_t), \qquad W \in \mathbb{R}^{n \times n}$$

$$\hat y_t = v^\top h_t$$

"""
GAP = r"-(y_t - \hat y_t)"
BY = (r"\frac{\partial L_t}{\partial h_t} = GAP v^\top", r"\frac{\partial L_t}{\partial v} = GAP h_t^\top")
BY_OUTPUT = r"\frac{\partial L_t}{\partial \hat y_t} = GAP"
WRONG = r"\frac{\partial L_t}{\partial v} = GAP \hat y_t"
LEFT_OUT = r"""$$f_t = \sigma(w_f + u_f h_{t-1}) = \sigma(w_f x_t + u_f h_{t-1})$$

$$h_t = f_t h_{t-1} + x_t$$

$$q_t = v h_t$$

where $\sigma$ is the sigmoid and everything is a scalar.

"""
SHORT = (
    r"\frac{\partial q_t}{\partial f_t} \frac{\partial f_t}{\partial w_f} = v h_{t-1} \sigma'(w_f + u_f h_{t-1}) x_t",
    r"\frac{\partial h_t}{\partial f_t} \frac{\partial f_t}{\partial h_{t-1}} = h_{t-1} \sigma'(w_f + u_f h_{t-1}) u_f",
    r"\frac{\partial f_t}{\partial h_{t-1}} = \sigma'(w_f + u_f h_{t-1}) u_f",
)
SHORT_WRONG = r"\frac{\partial f_t}{\partial h_{t-1}} = \sigma'(w_f + u_f h_{t-1}) w_f"
CHAIN = r"""$$s_t = \tanh(w s_{t-1} + x_t)$$

$$p_t = v s_t$$

$$\begin{align}
\frac{\partial p_t}{\partial s_{t-1}} &= MEMBER \\
&= v (1 - s_t^2) w
\end{align}$$
"""


def _verdicts(cell: str, claims: tuple[str, ...], gap: str = GAP) -> Sequence[str | None]:
    text = cell + "\n".join(f"$${claim.replace('GAP', gap)}$$\n" for claim in claims)
    return [f.verdict for f in bptt_symbolic.check(text, repair=False).findings if f.kind == "claim"][-len(claims) :]


@pytest.mark.parametrize("gap", [GAP, r"(\hat y_t - y_t)", r"2 (\hat y_t - y_t)", r"-(y - \hat y_t)"])
def test_a_loss_that_three_claims_take_for_the_usual_one_is_that(gap: str) -> None:
    assert _verdicts(OUTPUT, (*BY, BY_OUTPUT), gap) == ["proved"] * 3


@pytest.mark.parametrize("gap", [r"(y_t - \hat y_t)", r"3 (\hat y_t - y_t)", r"(y_t + \hat y_t)"])
def test_no_usual_loss_has_this_slope(gap: str) -> None:
    assert "proved" not in _verdicts(OUTPUT, (*BY, BY_OUTPUT), gap)


def test_two_claims_are_no_habit_and_a_habit_proves_nothing_wrong() -> None:
    assert _verdicts(OUTPUT, BY) == ["undecided"] * 2
    assert _verdicts(OUTPUT, (*BY, BY_OUTPUT, WRONG))[-1] != "proved"


def test_what_a_habit_grants_is_said() -> None:
    text = OUTPUT + "\n".join(f"$${claim.replace('GAP', GAP)}$$\n" for claim in (*BY, BY_OUTPUT))
    found = bptt_symbolic.check(text, repair=False).findings[-1]
    assert "half the squared error, as several claims of the note take it" in found.message
    assert any("half the squared error" in fact.what for fact in found.assumptions)


def test_what_is_left_out_of_a_formula_three_times_is_left_out_by_habit() -> None:
    assert "proved" not in _verdicts(LEFT_OUT, SHORT[2:])
    assert _verdicts(LEFT_OUT, SHORT) == ["proved"] * 3
    assert _verdicts(LEFT_OUT, (*SHORT, SHORT_WRONG))[-1] != "proved"


@pytest.mark.parametrize(
    ("member", "verdicts"),
    [
        (r"v (1 - s_t^2)", ["refuted", "refuted"]),
        (r"v \tanh'(w s_{t-1} + x_t) w", ["proved", "proved"]),
        (r"(1 - s_t^2) v w + 0", ["proved", "proved"]),
    ],
)
def test_a_member_that_equals_the_head_holds_against_it_whatever_stands_before(
    member: str, verdicts: list[str]
) -> None:
    found = [
        f for f in bptt_symbolic.check(CHAIN.replace("MEMBER", member), repair=False).findings if f.kind == "claim"
    ]
    assert [f.verdict for f in found] == verdicts
    assert all(f.against_head in {None, "proved"} for f in found)


def test_a_member_that_goes_wrong_behind_a_right_one_is_accused() -> None:
    text = CHAIN.replace("MEMBER", r"v \tanh'(w s_{t-1} + x_t) w").replace("v (1 - s_t^2) w", "v (1 - s_t) w")
    found = [f.verdict for f in bptt_symbolic.check(text, repair=False).findings if f.kind == "claim"]
    assert found == ["proved", "refuted"]
