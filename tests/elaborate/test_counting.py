r"""Sums over entries: from zero or from one, and up to a name that nothing else explains."""

import pytest

import bptt_symbolic

STATE = r"""$$h_t = \tanh(W h_{t-1} + A x_t)$$

$$a_t = V h_t$$

"""
FROM_ZERO = STATE + r"$$J_t = \frac12 \sum_{k=0}^{C-1} (a_{t,k} - y_{t,k})^2$$" + "\n\n"
SOFTMAX = (
    STATE
    + r"""$$p_{t,i} = \frac{e^{a_{t,i}}}{\sum_{j=0}^{C-1} e^{a_{t,j}}}$$

$$J_t = -\sum_{i=0}^{C-1} y_{t,i} \log p_{t,i}$$

"""
)
BY_ENTRIES = r"""$$h_{t,i} = \tanh\left(\sum_{j=1}^{n} W_{ij} h_{t-1,j} + \sum_{k=1}^{m} U_{ik} x_{t,k}\right)$$

"""
BRACKETS = r"""$$s^{(t)} = \tanh(W s^{(t-1)} + U x^{(t)})$$

$$J^{(t)} = \sum_{i=0}^{K-1} c_{[i]} s^{(t)}_{[i]}$$

"""
ERRORS = r"""$$e_t = \tanh(W e_{t-1} + U x_t)$$

$$p_{t,i} = \frac{e^{e_{t,i}}}{\sum_{j=1}^C e^{e_{t,j}}}$$

$$L_t = -\sum_{i=1}^{C} y_{t,i} \log p_{t,i}$$

"""

CLAIMS = [
    (FROM_ZERO, r"\frac{\partial J_t}{\partial h_{t,i}} = \sum_{k=0}^{C-1} (a_{t,k} - y_{t,k}) V_{k,i}", "proved"),
    (FROM_ZERO, r"\frac{\partial J_t}{\partial h_{t,i}} = \sum_{k=0}^{C-1} (y_{t,k} - a_{t,k}) V_{k,i}", "refuted"),
    (FROM_ZERO, r"\frac{\partial J_t}{\partial h_{t,i}} = \sum_{k=1}^{C-1} (a_{t,k} - y_{t,k}) V_{k,i}", "refuted"),
    (FROM_ZERO, r"\frac{\partial J_t}{\partial h_{t,i}} = \sum_{k=0}^{C} (a_{t,k} - y_{t,k}) V_{k,i}", "ill-typed"),
    (FROM_ZERO, r"\frac{\partial J_t}{\partial a_{t,0}} = a_{t,0} - y_{t,0}", "undecided"),
    (
        SOFTMAX,
        r"\frac{\partial J_t}{\partial a_{t,i}} = p_{t,i} \sum_{j=0}^{C-1} y_{t,j} - y_{t,i}",
        "proved",
    ),
    (SOFTMAX, r"\frac{\partial J_t}{\partial a_{t,i}} = p_{t,i} \sum_{j=0}^{C-1} y_{t,j} + y_{t,i}", "refuted"),
    (BRACKETS, r"\frac{\partial J^{(t)}}{\partial s^{(t)}_{[i]}} = c_{[i]}", "proved"),
    (BRACKETS, r"\frac{\partial J^{(t)}}{\partial c_{[i]}} = c_{[i]}", "refuted"),
    (BY_ENTRIES, r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1-h_{t,i}^2) W_{ij}", "proved"),
    (BY_ENTRIES, r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1-h_{t,i}^2) W_{ji}", "refuted"),
    (
        BY_ENTRIES,
        r"\frac{\partial h_{t,i}}{\partial h_{t-2,j}} = \sum_{k=1}^n (1-h_{t,i}^2) W_{ik} (1-h_{t-1,k}^2) W_{kj}",
        "proved",
    ),
    (
        BY_ENTRIES,
        r"\frac{\partial h_{t,i}}{\partial h_{t-2,j}} = \sum_{k=1}^m (1-h_{t,i}^2) W_{ik} (1-h_{t-1,k}^2) W_{kj}",
        "ill-typed",
    ),
    (ERRORS, r"\frac{\partial L_t}{\partial e_{t,i}} = p_{t,i} \sum_{j=1}^C y_{t,j} - y_{t,i}", "proved"),
    (ERRORS, r"\frac{\partial L_t}{\partial e_{t,i}} = y_{t,i} - p_{t,i} \sum_{j=1}^C y_{t,j}", "refuted"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_a_sum_counts_as_its_note_does(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


SUMMED = STATE + r"$$J_t = \sum_i c_i h_{t,i}$$" + "\n\n"
ONE_AXIS = (
    r"$$\frac{\partial J_t}{\partial h_{t-1,j}} = \sum_{k=1}^{D} c_k \frac{\partial h_{t,k}}{\partial h_{t-1,j}}$$"
)
TWO_AXES = r"$$\sum_{k=1}^{D} c_k = \sum_{k=1}^{D} x_{t,k}$$"


def test_a_name_up_to_which_one_axis_is_counted_is_its_size() -> None:
    report = bptt_symbolic.check(f"{SUMMED}{ONE_AXIS}", repair=False)
    assert report.findings[-1].verdict == "proved"
    assert ("h", ("D",)) in [(q.name, q.shape) for q in report.networks[0].quantities]


def test_a_name_up_to_which_two_axes_are_counted_is_no_size() -> None:
    report = bptt_symbolic.check(f"{SUMMED}{ONE_AXIS}\n\n{TWO_AXES}", repair=False)
    assert [f.verdict for f in report.findings[-2:]] == ["undecided", "undecided"]
    assert not any("D" in q.shape for q in report.networks[0].quantities)


def test_a_sum_over_steps_begins_where_it_says() -> None:
    note = r"""$$h_t = \tanh(W h_{t-1} + x_t)$$

$$L = \sum_{t=1}^{T} c^\top h_t$$

$$\frac{\partial L}{\partial c} = \sum_{t=0}^{T-1} h_t^\top$$"""
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == "refuted"


SLIP = (
    STATE
    + r"""$$p_{t,i} = \frac{e^{a_{t,i}}}{\sum_j e^{a_{t,i}}}$$

$$L_t = -\sum_i y_{t,i} \log p_{t,i}$$

"""
)
TWICE = r"""$$s_{t,k} = \sum_j A_{kj} \tanh(s_{t-1,j})$$

$$J_t = \frac{\partial s_t}{\partial s_{t-1}}$$

$$n_{t,k} = s_{t,k} / \sum_m s_{t,k}^2$$

"""


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (SLIP, r"\frac{\partial L_t}{\partial h_t} = \frac{\partial L_t}{\partial a_t} V", "proved"),
        (
            SLIP,
            r"\frac{\partial L_t}{\partial h_{t,i}} = \sum_k \frac{\partial L_t}{\partial a_{t,k}} V_{i,k}",
            "undecided",
        ),
        (SLIP, r"\frac{\partial L_t}{\partial h_t} = 0", "undecided"),
        (TWICE, r"\frac{\partial n_t}{\partial s_t} = 0", "undecided"),
        (TWICE, r"\frac{\partial n_t}{\partial s_{t-1}} = \frac{\partial n_t}{\partial s_t} J_t", "proved"),
    ],
)
def test_a_sum_that_does_not_use_its_letter_is_a_slip(note: str, claim: str, verdict: str) -> None:
    report = bptt_symbolic.check(f"{note}$${claim}$$", repair=False)
    assert report.findings[-1].verdict == verdict


def test_a_sum_of_the_same_number_is_none() -> None:
    note = STATE + r"$$q_{t,i} = \sum_{j=1}^{C} 2 a_{t,j} - \sum_{j=1}^{C} b$$"
    assert not any("does not use" in note for view in bptt_symbolic.show(note) for note in view.notes)
