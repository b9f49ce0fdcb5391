r"""Notes that were once misunderstood: a false proof or a false accusation each, found by an attack on conventions."""

import pytest

import bptt_symbolic

NETWORK = r"""$$a_t = W h_{t-1} + U x_t,\quad h_t = \tanh(a_t),\quad L = \sum_t \frac12\|h_t-d_t\|^2$$
"""
SIMPLE = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$
"""
OPEN = {"undecided"}

NOTES: dict[str, tuple[str, dict[str, set[str]]]] = {
    "a number of steps that the note takes is no other one": (
        NETWORK
        + r"""
$T = 4$

$$\frac{\partial L}{\partial h_3} = h_3 - d_3$$
""",
        {r"\frac{\partial L}{\partial h_3} = h_3 - d_3": OPEN},
    ),
    "half a step is no number of steps, and says nothing of the network": (
        NETWORK
        + r"""
$T = 0.5$

$$\frac{\partial L}{\partial h_T} = h_T - d_T$$
""",
        {r"\frac{\partial L}{\partial h_T} = h_T - d_T": {"proved"}},
    ),
    "a section that gives the state anew is another network": (
        "# RNN\n\n"
        + SIMPLE
        + r"""
# GRU

$$z_t = \sigma(W_z h_{t-1} + U_z x_t)$$

$$h_t = z_t \odot h_{t-1} + (1-z_t) \odot \tanh(W_h h_{t-1} + U_h x_t)$$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1-h_t^2) W$$
""",
        {r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1-h_t^2) W": OPEN},
    ),
    "also without a gate": (
        "# RNN\n\n"
        + SIMPLE
        + r"""
# Linear case

$$h_t = W h_{t-1} + U x_t$$

$$\frac{\partial h_t}{\partial h_{t-1}} = W$$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1-h_t^2) W$$
""",
        {
            r"\frac{\partial h_t}{\partial h_{t-1}} = W": {"proved"},
            r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1-h_t^2) W": {"refuted"},
        },
    ),
    "a loss is a number": (
        r"""$$h_t = \tanh(W h_{t-1} + U x_t),\quad L = \sum_t \ell(h_t)$$

$$\frac{\partial L}{\partial h_T} = \mathrm{diag}(\ell'(h_T))$$

$$\frac{\partial L}{\partial h_T} = \ell'(h_T)$$
""",
        {
            r"\frac{\partial L}{\partial h_T} = \mathrm{diag}(\ell'(h_T))": {"undecided", "ill-typed"},
            r"\frac{\partial L}{\partial h_T} = \ell'(h_T)": {"undecided", "proved"},
        },
    ),
    "a sign that the words call the matrix product is that": (
        r"""Here $\cdot$ denotes elementwise multiplication, $*$ is the matrix product.

$$a_t = W * h_{t-1} + U * x_t,\quad h_t = \tanh(a_t),\quad L=\sum_t \frac12\|h_t-d_t\|^2$$

$$\frac{\partial L}{\partial a_t} = (1-h_t^2) * \frac{\partial L}{\partial h_t}$$
""",
        {r"\frac{\partial L}{\partial a_t} = (1-h_t^2) * \frac{\partial L}{\partial h_t}": {"ill-typed", "undecided"}},
    ),
    "what a note says of an error beats the usual meaning": (
        NETWORK
        + r"""
Let $\delta h_t = -\frac{\partial L}{\partial h_t}$.

$$\delta h_T = d_T - h_T$$

$$\delta h_T = h_T - d_T$$
""",
        {r"\delta h_T = d_T - h_T": {"proved"}, r"\delta h_T = h_T - d_T": {"refuted"}},
    ),
    "an update is no derivative": (
        NETWORK
        + r"""
$$\Delta W = -\frac{\partial L}{\partial W}$$

$$\Delta W = \sum_t \frac{\partial L}{\partial a_t} h_{t-1}^\top$$
""",
        {r"\Delta W = \sum_t \frac{\partial L}{\partial a_t} h_{t-1}^\top": {"refuted", "undecided", "ill-typed"}},
    ),
    "numbered errors are what the note says": (
        NETWORK
        + r"""
$$\delta 1 = \frac{\partial L}{\partial h_t}$$

$$\delta 2 = \delta 1 \odot (1-h_t^2)$$

$$\frac{\partial L}{\partial a_t} = \delta 2$$
""",
        {r"\frac{\partial L}{\partial a_t} = \delta 2": {"proved"}},
    ),
    "a sign that stands by itself is a factor": (
        r"""$$h_t = (1-\delta) h_{t-1} + \delta \tanh(W h_{t-1} + U x_t)$$

$$\delta h_t = \delta h_{t-1} - \delta^2 h_{t-1} + \delta^2 \tanh(W h_{t-1} + U x_t)$$
""",
        {r"\delta h_t = \delta h_{t-1} - \delta^2 h_{t-1} + \delta^2 \tanh(W h_{t-1} + U x_t)": {"proved"}},
    ),
    "pi is a number": (
        SIMPLE
        + r"""
$$\frac{d}{dx}\mathrm{erf}(x) = \frac{2}{\sqrt{\pi}} e^{-x^2}$$
""",
        {r"\frac{d}{dx}\mathrm{erf}(x) = \frac{2}{\sqrt{\pi}} e^{-x^2}": {"undecided", "proved"}},
    ),
    "entries behind a step": (
        r"""$$f_t = \sigma(W_f h_{t-1} + U_f x_t)$$

$$h_t = f_t \odot h_{t-1} + (1-f_t) \odot \tanh(U_h x_t)$$

Here $\sigma$ is the logistic function.

$$\frac{\partial f_{t[i]}}{\partial h_{t-1[j]}} = f_{t[i]}(1-f_{t[i]}) W_{f[i,j]}$$

$$\frac{\partial f_{t[i]}}{\partial h_{t-1[j]}} = f_{t[i]}(1-f_{t[i]}) W_{f[j,i]}$$
""",
        {
            r"\frac{\partial f_{t[i]}}{\partial h_{t-1[j]}} = f_{t[i]}(1-f_{t[i]}) W_{f[i,j]}": {"proved"},
            r"\frac{\partial f_{t[i]}}{\partial h_{t-1[j]}} = f_{t[i]}(1-f_{t[i]}) W_{f[j,i]}": {"refuted"},
        },
    ),
    "a quantity without its step is no letter of a lemma": (
        r"""$$u_t = W h_{t-1} + U x_t,\quad h_t = \tanh(u_t)$$

$$\tanh'(u) = 1 - h^2$$
""",
        {r"\tanh'(u) = 1 - h^2": OPEN},
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_a_note_is_understood_or_left_open(name: str) -> None:
    text, wanted = NOTES[name]
    verdicts = {f.latex: str(f.verdict) for f in bptt_symbolic.check(text, repair=False).findings}
    assert {latex: verdicts[latex] in may for latex, may in wanted.items()} == dict.fromkeys(wanted, True), verdicts
