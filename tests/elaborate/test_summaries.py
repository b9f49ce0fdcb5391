"""A later section that gives the formulas of the backward pass once more is a summary, and no network of its own."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding, Report

OPEN = r"""
# Forward

$$ z_t = W h_{t-1} + U x_t + b $$

$$ h_t = \tanh(z_t) $$

$$ J = \sum_{t=1}^T \ell_t $$

# Backward

$$ g_t = \frac{\partial J}{\partial h_t} $$

$$ e_t = \frac{\partial J}{\partial z_t} $$

$$ q_t = W^\top e_{t+1} $$
"""
NOTE = OPEN.replace(r"$$ J =", "$$ \\ell_t = \\| h_t - y_t \\|^2 $$\n\n$$ J =")
TWICE = r"""
# The parts of the loss

$$ J = \ell_1 + \ell_2 + \cdots + \ell_T $$

If only the last step has a loss, then for $t < T$

$$ g_t = \left(\frac{\partial h_{t+1}}{\partial h_t}\right)^\top g_{t+1} $$
"""
SHORT = r"""
# In short

$$ g_t = \frac{\partial \ell_t}{\partial h_t} + W^\top e_{t+1} $$

$$ e_t = g_t \odot (1 - h_t^2) $$

$$ q_t = W^\top (g_{t+1} \odot (1 - h_{t+1}^2)) $$
"""
JACOBIANS = r"""
# The Jacobians

$$ D_k = \mathrm{diag}(1 - h_k^2) $$
"""
LSTM = r"""
# The cell

$$ f_t = \sigma(A h_{t-1} + B x_t) $$

$$ g_t = \tanh(C h_{t-1} + D x_t) $$

$$ s_t = f_t \odot s_{t-1} + g_t $$

$$ h_t = f_t \odot \tanh(s_t) $$

$$ J = \sum_{t=1}^T \ell_t(h_t) $$

# Before the functions

$$ u_t = A h_{t-1} + B x_t, \quad f_t = \sigma(u_t) $$

$$ v_t = C h_{t-1} + D x_t, \quad g_t = \tanh(v_t) $$
"""


def report_on(*parts: str) -> Report:
    return check("\n\n".join(parts) + "\n", repair=False)


def last(*parts: str) -> Finding:
    return [f for f in report_on(*parts[:-1], f"$$ {parts[-1]} $$").findings if f.kind == "claim"][-1]


@pytest.mark.parametrize("between", [(), (TWICE,), (SHORT,), (TWICE, SHORT), (JACOBIANS,), (TWICE, JACOBIANS, SHORT)])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial J}{\partial b} = \sum_{t=1}^T e_t", "proved"),
        (r"\frac{\partial J}{\partial b} = \sum_{t=1}^T g_t", "refuted"),
        (r"e_t = g_t \odot (1 - h_t^2)", "proved"),
        (r"e_t = g_t \odot (1 - h_t)", "refuted"),
    ],
)
def test_a_summary_is_about_the_same_network(between: tuple[str, ...], claim: str, verdict: str) -> None:
    assert last(NOTE, *between, claim).verdict == verdict


@pytest.mark.parametrize("section", [TWICE, SHORT, JACOBIANS])
def test_nothing_of_a_summary_is_accused(section: str) -> None:
    report = report_on(OPEN, section)
    assert not [f.latex for f in report.findings if f.verdict in {"refuted", "ill-typed"}]
    assert len(report.networks) == 1


def test_a_wrong_formula_in_a_summary_is_accused() -> None:
    wrong = SHORT.replace(r"e_t = g_t \odot (1 - h_t^2)", r"e_t = g_t \odot (1 + h_t^2)")
    accused = [f.latex for f in report_on(NOTE, wrong).findings if f.verdict == "refuted"]
    assert accused == [r"e_t = g_t \odot (1 + h_t^2)"]


def test_names_that_come_late_make_no_other_network() -> None:
    assert len(report_on(LSTM).networks) == 1
    claim = r"\frac{\partial J}{\partial B} = \sum_{t=1}^T \frac{\partial J}{\partial u_t} x_t^\top"
    assert last(LSTM, claim).verdict == "proved"
    assert last(LSTM, claim.replace("B}", "D}")).verdict == "refuted"


def test_another_formula_makes_another_network() -> None:
    other = LSTM.replace("u_t = A h_{t-1} + B x_t", "u_t = A h_{t-1} + B x_t + c").replace(
        "v_t = C", "v_t = E s_{t-1} + C"
    )
    assert len(report_on(other).networks) == 2
