"""A recurrence that is written for the next state begins a step later: its first state is given."""

import subprocess
import sys

import pytest

from bptt_symbolic.api import counterexample, network, prove

SHAPES = (
    r"Let $h_t, y_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$, $W \in \mathbb{R}^{n \times n}$ and"
    r" $U \in \mathbb{R}^{n \times m}$."
)
NEXT = r"h_{t+1} = \tanh(W h_t + U x_t)"
LOSS = r"L_t = \frac{1}{2} \| h_{t+1} - y_t \|^2"
TOTAL = r"L = \sum_{t=1}^{T} L_t"
GRADIENT = (
    r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \mathrm{diag}(1 - h_{t+1}^2)"
    r" \left(\frac{\partial L}{\partial h_{t+1}}\right)^\top x_t^\top"
)


def note(*lines: str) -> str:
    return "\n\n".join([SHAPES, *(f"$$ {line} $$" for line in lines)]) + "\n"


def test_gradients_sum_over_the_steps_of_the_page() -> None:
    (finding,) = prove(GRADIENT, note(NEXT, LOSS, TOTAL), repair=False).findings
    assert finding.verdict == "proved"
    assert finding.scope is not None
    assert finding.scope.steps == finding.scope.sizes == "all"
    assert not finding.readings


def test_a_wrong_gradient_is_refuted_and_its_program_agrees() -> None:
    wrong = GRADIENT.replace("t=1", "t=2")
    (finding,) = prove(wrong, note(NEXT, LOSS, TOTAL), repair=False).findings
    assert finding.verdict == "refuted"
    program = counterexample(note(NEXT, LOSS, TOTAL), wrong)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "lines",
    [
        (NEXT, r"L_t = \frac{1}{2} \| h_t - y_t \|^2", TOTAL),
        (NEXT.replace("x_t", "x_{t+1}"), LOSS, TOTAL),
        ("h_0 = 0", NEXT, LOSS, TOTAL),
        (r"h_t = \tanh(W h_{t-1} + U x_t)", r"L_t = \frac{1}{2} \| h_t - y_t \|^2", TOTAL),
    ],
    ids=["losses of the state", "inputs of the next step", "an initial value is stated", "the usual convention"],
)
def test_what_says_otherwise_begins_at_the_first_step(lines: tuple[str, ...]) -> None:
    found = network(note(*lines))
    assert (found.start, found.first) == (1, 1)


def test_the_first_state_of_the_next_convention_is_given() -> None:
    found = network(note(NEXT, LOSS, TOTAL))
    assert (found.start, found.first) == (2, 1)
    assert found.rule("h", 1, 3) is None
    assert found.rule("h", 2, 3) is not None
