"""What names are for, where a page has more letters than those of its network: losses, values, iterations, labels."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import network
from bptt_symbolic.reporting.report import Finding, Report

STATE = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$"
OUTPUT = r"$$ o_t = V h_t $$"
LOSS = r"$$ L = \sum_{t=1}^{T} \| o_t - y_t \|^2 $$"


def report_on(*parts: str) -> Report:
    return check("\n\n".join(parts) + "\n", repair=False)


def claims(*parts: str) -> list[Finding]:
    return [f for f in report_on(*parts).findings if f.kind == "claim"]


# iterations of gradient descent


@pytest.mark.parametrize(
    "update",
    [
        r"$$ W(i+1) = W(i) - \mu \frac{\partial L}{\partial W(i)} $$",
        r"$$ \theta_{i+1} = \theta_i - \eta \nabla_{\theta_i} L $$",
        r"$$ w^{(i+1)} = w^{(i)} - \alpha \frac{\partial L}{\partial w^{(i)}} $$",
    ],
)
def test_a_count_of_iterations_is_not_the_step_of_the_sequence(update: str) -> None:
    state = r"$$ s_k = \tanh(R s_{k-1} + U x_k) $$"
    claim = r"$$ \frac{\partial s_k}{\partial s_{k-1}} = \mathrm{diag}(1 - s_k^2) R $$"
    *_, finding = claims(update, state, claim)
    assert finding.verdict == "proved"


def test_an_iteration_of_a_parameter_defines_no_recurrence() -> None:
    report = report_on(STATE, OUTPUT, LOSS, r"$$ W_{t+1} = W_t - \eta \frac{\partial L}{\partial W_t} $$")
    assert [f.kind for f in report.findings][-1] == "other"


# losses


@pytest.mark.parametrize("loss", [r"\xi", "Q", r"\Omega", r"\mathcal{R}"])
def test_what_only_stands_above_bars_is_any_loss(loss: str) -> None:
    summed = rf"\frac{{\partial {loss}}}{{\partial o_t}}^\top h_t^\top"
    right = rf"$$ \frac{{\partial {loss}}}{{\partial V}} = \sum_{{t=1}}^T {summed} $$"
    wrong = right.replace("^T ", "^{T-1} ")
    found = claims(STATE, OUTPUT, right, wrong)
    assert [f.verdict for f in found] == ["proved", "refuted"]


def test_of_two_unknown_names_neither_is_made_a_loss() -> None:
    found = claims(
        STATE,
        OUTPUT,
        r"$$ \frac{\partial \xi}{\partial o_t} = \frac{\partial \xi}{\partial o_t} $$",
        r"$$ \frac{\partial q}{\partial o_t} = 0 $$",
    )
    assert "refuted" not in [f.verdict for f in found]


# parameters in the text


def test_a_value_in_the_text_of_a_parameter_that_is_varied_defines_nothing() -> None:
    state = r"$$ s_t = w_r s_{t-1} + w_x x_t $$"
    text = "The best parameters would be $w_r = w_x = 1$, and another point is $w_x = 0$."
    varied = r"$$ \frac{\partial s_1}{\partial w_x} = x_1 $$", r"$$ \frac{\partial s_1}{\partial w_r} = s_0 $$"
    found = network("\n\n".join((state, text, *varied)))
    assert not {"w_{r}", "w_{x}"} & set(found.definitions)


def test_a_weight_that_is_called_after_its_input_is_one_name() -> None:
    """`W_x` is the weight of `x`, though some `W` stands alone, and no entry of that."""
    state = r"$$ s_t = \tanh(W_{rec} s_{t-1} + W_x x_t) $$"
    found = network(f"{state}\n\nThe weights $W$ are shared.\n\n$$ \\frac{{\\partial s_1}}{{\\partial W}} $$\n")
    assert {"W_{rec}", "W_{x}"} <= set(found.shapes)


# networks that share nothing


def test_a_claim_across_two_networks_that_share_nothing_is_a_question() -> None:
    """The state of one with the weight of the other: which letters are meant is not known."""
    one, other = r"$$ S_k = \tanh(R S_{k-1} + Q X_k) $$", r"$$ s_k = r s_{k-1} + q x_k $$"
    mixed = r"$$ \frac{\partial S_k}{\partial S_{k-1}} = r $$"
    own = r"$$ \frac{\partial s_k}{\partial s_{k-1}} = r + 1 $$"
    found = claims(one, other, mixed, own)
    assert [f.verdict for f in found] == ["undecided", "refuted"]


def test_a_value_in_the_text_is_used_in_the_text() -> None:
    r"""With `$V = 1$` in the sentence, `$e_t V = e_t$` accuses nobody; in a display it is wrong."""
    errors = r"$$ e_t = \frac{\partial L}{\partial o_t} $$"
    varied = r"$$ \frac{\partial L}{\partial V} = \sum_{t=1}^T e_t h_t $$"
    scalar = "All quantities are scalars."
    text = "Since $V = 1$ was chosen, $e_t V = 2 e_t$ is simple."
    display = r"$$ e_t V = 2 e_t $$"
    loss = r"$$ L = \sum_{t=1}^{T} (o_t - y_t)^2 $$"
    found = claims(scalar, STATE, OUTPUT, loss, errors, varied, text, display)
    assert [f.verdict for f in found] == ["proved", "undecided", "refuted"]
