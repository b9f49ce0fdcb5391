"""A parameter that is differentiated by step for step has a copy at every step, and the copies are equal to it."""

import subprocess
import sys

import pytest

from bptt_symbolic.api import check, counterexample, prove

VECTORS = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$

$$ o_t = V h_t $$

$$ L = \sum_{t=1}^{T} \| o_t - y_t \|^2 $$
"""
UNITS = r"""
$$ h_k(t) = f(s_k(t)) $$

$$ s_k(t) = \sum_j w_{kj} h_j(t-1) + \sum_m u_{km} x_m(t) $$

$$ E(t) = \frac12 \sum_k (h_k(t) - d_k(t))^2 $$
"""
NEXT = r"""
$$ h_{t+1} = \tanh(W h_t + U x_t) $$

$$ L = \sum_{t=1}^{T} L_t(h_t) $$
"""


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (VECTORS, r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L}{\partial W^{(t)}}", "proved"),
        (VECTORS, r"\nabla_W L = \sum_{t=1}^{T} \nabla_{W^{(t)}} L", "proved"),
        (
            VECTORS,
            r"\frac{\partial L}{\partial V} = \sum_{k=1}^{T} 2 (o_k - y_k)^\top \frac{\partial o_k}{\partial V_k}",
            "proved",
        ),
        (VECTORS, r"\nabla_{W_t} L = \mathrm{diag}(1 - h_t^2) \nabla_{h_t} L \; h_{t-1}^\top", "proved"),
        (VECTORS, r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T-1} \frac{\partial L}{\partial W^{(t)}}", "refuted"),
        (VECTORS, r"\nabla_{W_t} L = \mathrm{diag}(1 - h_t^2) \nabla_{h_t} L \; h_t^\top", "refuted"),
        (
            UNITS,
            r"\frac{\partial E(t)}{\partial w_{ij}} = \sum_{\tau \le t} \frac{\partial E(t)}{\partial w_{ij}(\tau)}",
            "proved",
        ),
        (UNITS, r"\frac{\partial E(t)}{\partial w_{ij}(t)} = \frac{\partial E(t)}{\partial s_i(t)} h_j(t-1)", "proved"),
        (UNITS, r"\frac{\partial E(t)}{\partial w_{ij}(t)} = \frac{\partial E(t)}{\partial s_i(t)} h_j(t)", "refuted"),
    ],
)
def test_claims_about_copies_are_settled(note: str, claim: str, verdict: str) -> None:
    (finding,) = prove(claim, note, repair=False).findings
    assert finding.verdict == verdict


def test_the_program_of_a_counterexample_moves_one_copy() -> None:
    wrong = r"\nabla_{W_t} L = \mathrm{diag}(1 - h_t^2) \nabla_{h_t} L \; h_t^\top"
    program = counterexample(VECTORS, wrong)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_copy_of_a_step_that_may_be_the_next_one_accuses_nobody() -> None:
    r"""In `h_{t+1} = \tanh(W h_t)` the copy `W_t` may be the one that gives `h_t` or the one that reads it."""
    claim = (
        r"\frac{\partial L}{\partial W_t} = \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial W_t}"
    )
    (finding,) = prove(claim, NEXT, repair=False).findings
    assert finding.verdict == "undecided"


def test_weights_of_an_iteration_are_no_copies() -> None:
    r"""`W_{t+1} = W_t - \eta \nabla_{W_t} L` counts iterations, and `W` has no copies in it."""
    update = r"$$ W_{t+1} = W_t - \eta \nabla_{W_t} L $$"
    sums = r"$$ \frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L}{\partial W_t} $$"
    report = check(f"{VECTORS}\n{update}\n\n{sums}\n", repair=False)
    assert [f.verdict for f in report.findings if f.kind == "claim"] != ["proved"]
    assert not any("copy" in note for view in report.networks for note in view.notes)
