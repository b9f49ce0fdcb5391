r"""Names that stand for derivatives between two steps, and names that words give to derivatives."""

import pytest

import bptt_symbolic

NETWORK = r"""$$z_t = W h_{t-1} + U x_t$$

$$h_t = \tanh(z_t)$$

$$E_t = \frac12 \|h_t - d_t\|^2$$

$$E = \sum_{t=1}^T E_t$$

"""
SAID = (
    NETWORK
    + r"""Let $\delta_k^{(t)}$ denote $\frac{\partial E_t}{\partial h_k}$.

"""
)
DENOTED = (
    NETWORK
    + r"""With $\frac{\partial E}{\partial h_t}$ (denoted by $\gamma_t$ from here on) we have

"""
)
JACOBIAN = (
    NETWORK
    + r"""$$J_{t,k} = \frac{\partial h_t}{\partial h_k}$$

"""
)
NUMBERED = (
    NETWORK
    + r"""$$\delta_2^{(3)} = \frac{\partial E_3}{\partial z_2}$$

"""
)

CLAIMS = [
    (SAID, r"\delta_k^{(t)} = W^\top (\delta_{k+1}^{(t)} \odot (1-h_{k+1}^2))", "proved"),
    (SAID, r"\delta_k^{(t)} = W (\delta_{k+1}^{(t)} \odot (1-h_{k+1}^2))", "refuted"),
    (SAID, r"\delta_t^{(t)} = h_t - d_t", "proved"),
    (SAID, r"\delta_t^{(t)} = h_t + d_t", "refuted"),
    (SAID, r"\frac{\partial E}{\partial h_k} = \sum_{t=k}^T \delta_k^{(t)}", "proved"),
    (SAID, r"\delta_{k,i}^{(t)} = \sum_j W_{ji} \delta_{k+1,j}^{(t)} (1-h_{k+1,j}^2)", "proved"),
    (SAID, r"\delta_{k,i}^{(t)} = \sum_j W_{ij} \delta_{k+1,j}^{(t)} (1-h_{k+1,j}^2)", "refuted"),
    (DENOTED, r"\gamma_t = (h_t - d_t) + W^\top (\gamma_{t+1} \odot (1-h_{t+1}^2))", "proved"),
    (DENOTED, r"\gamma_t = (h_t - d_t) + W (\gamma_{t+1} \odot (1-h_{t+1}^2))", "refuted"),
    (JACOBIAN, r"J_{t,k} = J_{t,t-1} J_{t-1,k}", "proved"),
    (JACOBIAN, r"J_{t,t-1} = diag(1-h_t^2) W", "proved"),
    (JACOBIAN, r"J_{t,t-1} = diag(1-h_{t-1}^2) W", "refuted"),
    (JACOBIAN, r"\frac{\partial E_t}{\partial h_k} = (h_t-d_t)^\top J_{t,k}", "proved"),
    (JACOBIAN, r"\frac{\partial E_t}{\partial h_k} = (h_t-d_t)^\top J_{t,k+1}", "refuted"),
    (NUMBERED, r"\delta_2^{(3)} = (W^\top \delta_3^{(3)}) \odot (1-h_2^2)", "proved"),
    (NUMBERED, r"\delta_2^{(3)} = (W^\top \delta_3^{(3)}) \odot (1-h_3^2)", "refuted"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_a_name_with_two_steps_is_the_derivative_between_them(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


@pytest.mark.parametrize(
    "sentence",
    [
        r"Unlike elsewhere, $\frac{\partial E}{\partial h_t}$ is not denoted by $\gamma_t$.",
        r"Compare $\frac{\partial E}{\partial h_t}$ with $\gamma_t$.",
        r"If $W = 0$, $\gamma_t$ denotes $\frac{\partial E}{\partial h_t}$.",
        r"We write $\gamma_t$. Now $\frac{\partial E}{\partial h_t}$ is computed.",
    ],
)
def test_other_words_give_no_name(sentence: str) -> None:
    note = NETWORK + sentence + "\n\n" + r"$$\frac{\partial E}{\partial h_t} = \gamma_t$$"
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == "undecided"


@pytest.mark.parametrize(
    "sentence",
    [
        r"We denote $\frac{\partial E}{\partial h_t}$ by $\gamma_t$.",
        r"We write $\gamma_t$ for $\frac{\partial E}{\partial h_t}$.",
        r"The value of $\gamma_t$ (i.e. $\frac{\partial E}{\partial h_t}$) is carried back.",
        r"Here $\gamma_t$ stands for $\frac{\partial E}{\partial h_t}$.",
        r"The gradient $\frac{\partial E}{\partial h_t}$, which we call $\gamma_t$, is carried back.",
    ],
)
def test_words_that_give_a_name(sentence: str) -> None:
    right = NETWORK + sentence + "\n\n" + r"$$\frac{\partial E}{\partial z_t} = \gamma_t \odot (1 - h_t^2)$$"
    wrong = NETWORK + sentence + "\n\n" + r"$$\frac{\partial E}{\partial z_t} = \gamma_t \odot (1 + h_t^2)$$"
    found = [bptt_symbolic.check(note, repair=False).findings[-1].verdict for note in (right, wrong)]
    assert found == ["proved", "refuted"]


def test_an_error_that_is_carried_back_in_another_letter_is_not_the_running_step() -> None:
    note = NETWORK + r"$$g_k = W^\top g_{k+1}$$" + "\n\n" + r"$$e_k = W^\top e_{k+1}$$"
    report = bptt_symbolic.check(note, repair=False)
    assert next(d for d in report.decisions if d.about == "the running step").answer == "t"


BACK = r"""$$z_t = U x_t + W s_{t-1}$$

$$s_t = f(z_t)$$

$$E = \ell(s_T)$$

$$\delta_k := \left(\frac{\partial E}{\partial z_k}\right)^T$$

"""
BRACES = r"""$$h^{(t)} = \tanh\underbrace{(W h^{(t-1)} + U x^{(t)})}_{z}$$

$$E^{(t)} = \frac12 \|h^{(t)} - d^{(t)}\|^2$$

"""
STEPPED_BRACES = r"""$$h_t = \tanh(\underbrace{W h_{t-1} + U x_t}_{z_t}) + \underbrace{h_{t-1}}_{\text{carried}}$$

$$E_t = \ell(h_t)$$

"""
STEP_BACK = r"\frac{\partial E^{(t)}}{\partial h^{(k-1)}} = \frac{\partial E^{(t)}}{\partial h^{(k)}} diag(\tanh'"


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (BACK, r"\delta_k^T = \delta_{k+1}^T W \, diag[f'(z_k)]", "proved"),
        (BACK, r"\delta_k^T = \delta_{k+1}^T W \, diag[f'(z_{k+1})]", "refuted"),
        (BRACES, STEP_BACK + "(z^{(k)})) W", "proved"),
        (BRACES, STEP_BACK + "(z^{(k-1)})) W", "refuted"),
        (
            STEPPED_BRACES,
            r"\frac{\partial E_t}{\partial z_t} = \frac{\partial E_t}{\partial h_t} diag(\tanh'(z_t))",
            "proved",
        ),
        (
            STEPPED_BRACES,
            r"\frac{\partial E_t}{\partial z_t} = \frac{\partial E_t}{\partial h_t} diag(1 - h_t^2)",
            "refuted",
        ),
    ],
)
def test_a_name_that_stands_beside_what_it_names(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


def test_a_number_of_factors_below_a_brace_is_no_name() -> None:
    note = NETWORK + r"$$A = \underbrace{W W W}_{n}$$"
    assert not any(q.name == "n" for view in bptt_symbolic.show(note) for q in view.quantities)
