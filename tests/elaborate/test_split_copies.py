"""Copies of a quantity for each place that reads it; weights at their step; names in words below braces."""

import pytest

import bptt_symbolic

CELL = r"""$$f_t = \sigma(W x_t)$$

$$c_t = f_t \odot c_{t-1} + \tanh(U x_t)$$

$$h_t = \tanh(c_t)$$

$$L_t = \ell(h_t)$$

$$L = \sum_{t=1}^T L_t$$

We pretend that there are two versions of $c_t$, one that the next cell reads and one that the output reads.

"""
BY_NEXT, BY_OUTPUT = (
    r"\frac{\partial c_{t+1}}{\partial c_t^{\text{on}}}",
    r"\frac{\partial h_t}{\partial c_t^{\text{up}}}",
)
TOLD = rf"""$${BY_NEXT} = diag(f_{{t+1}})$$

$${BY_OUTPUT} = diag(1 - h_t^2)$$

"""
GATED = r"""$$r^{(t)} = \sigma(w h^{(t-1)} + x^{(t)})$$

$$h^{(t)} = r^{(t)} + v h^{(t-1)}$$

$$E^{(t)} = \frac12 (h^{(t)} - d^{(t)})^2$$

$$\frac{\partial r^{(t)}}{\partial h_{\text{in}}^{(t-1)}} = w r^{(t)} (1 - r^{(t)})$$

$$\frac{\partial h^{(t)}}{\partial h_{\text{leak}}^{(t-1)}} = v$$

$$\frac{\partial E^{(t)}}{\partial h_{\text{out}}^{(t)}} = h^{(t)} - d^{(t)}$$

"""
TOTAL = r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial c_t^{\text{on}}}"
BOTH = TOTAL + r" + \frac{\partial L}{\partial c_t^{\text{up}}}"
IN_IS = r"\frac{\partial h^{(t)}}{\partial h_{\text{in}}^{(t-1)}} = "
BY_IN = r"\frac{\partial h^{(t)}}{\partial r^{(t)}} \frac{\partial r^{(t)}}{\partial h_{\text{in}}^{(t-1)}}"
BY_EACH = r"\frac{\partial h^{(t)}}{\partial h^{(t-1)}} = \frac{\partial h^{(t)}}{\partial h_{\text{in}}^{(t-1)}}"
BY_LEAK = r" + \frac{\partial h^{(t)}}{\partial h_{\text{leak}}^{(t-1)}}"
COPIES: list[tuple[str, str, str | None]] = [
    (CELL + TOLD, BOTH, "proved"),
    (CELL + TOLD, TOTAL, "refuted"),
    (
        CELL + TOLD,
        r"\frac{\partial L}{\partial c_t^{\text{on}}} = \frac{\partial L}{\partial c_{t+1}} diag(f_{t+1})",
        "proved",
    ),
    (
        CELL + TOLD,
        r"\frac{\partial L}{\partial c_t^{\text{on}}} = \frac{\partial L}{\partial c_{t+1}} diag(f_t)",
        "refuted",
    ),
    (
        CELL + TOLD,
        r"\frac{\partial L}{\partial c_t^{\text{up}}} = \frac{\partial L}{\partial h_t} diag(1 - h_t^2)",
        "proved",
    ),
    (
        CELL + TOLD,
        r"\frac{\partial h_t}{\partial c_t^{\text{on}}} = diag(1 - h_t^2)",
        "refuted",
    ),  # the next cell reads that copy, and so `h_t` reads the other one
    (CELL, BOTH, "undecided"),
    (GATED, IN_IS + BY_IN, "proved"),
    (GATED, BY_EACH + BY_LEAK, "proved"),
    (GATED, BY_EACH, "refuted"),
    (GATED, IN_IS + "w r^{(t)} (1 - r^{(t)}) + v", "refuted"),
]
WEIGHTS = r"""$$f^{(t)} = \sigma(W_f h^{(t-1)} + x^{(t)})$$

$$h^{(t)} = f^{(t)} \odot \tanh(W_g h^{(t-1)})$$

$$J^{(t)} = \ell(h^{(t)})$$

$$\frac{\partial J^{(t)}}{\partial W_f} = \sum_{k=1}^t \frac{\partial J^{(t)}}{\partial W_f^{(k)}}$$

"""
BRACED = r"""$$h_t = \tanh(w h_{t-1} + u x_t)$$

$$L_t = \ell(h_t)$$

$$\frac{\partial L_t}{\partial w} = \frac{\partial L_t}{\partial h_t} \underbrace{
    \frac{\partial h_t}{\partial w}}_{\text{we call it $q_t$}}$$

"""
SEVERAL: list[tuple[str, str, str | None]] = [
    (WEIGHTS, r"W_g^{(k)} h^{(k-1)} = W_g h^{(k-1)}", "proved"),
    (WEIGHTS, r"W_g^{(k)} h^{(k-1)} = W_f h^{(k-1)}", "refuted"),
    (WEIGHTS.split(r"$$\frac", maxsplit=1)[0], r"W_g^{(k)} h^{(k-1)} = W_f h^{(k-1)}", "undecided"),
    (BRACED, r"q_t = (1 - h_t^2) (h_{t-1} + w q_{t-1})", "proved"),
    (BRACED, r"q_t = (1 - h_t^2) (h_t + w q_{t-1})", "refuted"),
    (BRACED.replace("we call it", "unlike"), r"q_t = (1 - h_t^2) (h_t + w q_{t-1})", None),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), COPIES + SEVERAL)
def test_what_is_said_of_copies_is_settled(note: str, claim: str, verdict: str | None) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict
