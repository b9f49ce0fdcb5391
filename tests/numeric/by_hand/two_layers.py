r"""Two recurrent layers and their backward pass, by hand: a correct program whose lines are changed by tests."""

from typing import Any

import numpy as np

Array = Any
NOTE = r"""
The input is $x_t \in \mathbb{R}^{M}$, the states are $h_t \in \mathbb{R}^{D}$ and $s_t \in \mathbb{R}^{E}$,
the target is $y_t \in \mathbb{R}^{C}$; $h_0$ and $s_0$ are given.

$$ h_t = \tanh(U x_t + W h_{t-1} + b) $$

$$ s_t = \tanh(P h_t + Q s_{t-1} + d) $$

$$ o_t = V s_t + c $$

$$ L_t = \frac12 \|o_t - y_t\|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$

with $U \in \mathbb{R}^{D \times M}$, $W \in \mathbb{R}^{D \times D}$, $P \in \mathbb{R}^{E \times D}$,
$Q \in \mathbb{R}^{E \times E}$ and $V \in \mathbb{R}^{C \times E}$.
"""


def loss(**v: Array) -> Array:
    h, s, total = v["h0"], v["s0"], 0.0
    for x, y in zip(v["x"], v["y"], strict=True):
        h = np.tanh(v["U"] @ x + v["W"] @ h + v["b"])
        s = np.tanh(v["P"] @ h + v["Q"] @ s + v["d"])
        total = total + np.sum((v["V"] @ s + v["c"] - y) ** 2) / 2
    return total


def gradients(**v: Array) -> dict[str, Array]:
    x, y, T = v["x"], v["y"], len(v["x"])
    W, P, Q, V = v["W"], v["P"], v["Q"], v["V"]
    h, s, e = {0: v["h0"]}, {0: v["s0"]}, {}
    for t in range(1, T + 1):
        h[t] = np.tanh(v["U"] @ x[t - 1] + W @ h[t - 1] + v["b"])
        s[t] = np.tanh(P @ h[t] + Q @ s[t - 1] + v["d"])
        e[t] = V @ s[t] + v["c"] - y[t - 1]
    g = {name: np.zeros_like(v[name]) for name in "UWbPQdVc"}
    dh_next, ds_next = np.zeros_like(v["b"]), np.zeros_like(v["d"])
    for t in range(T, 0, -1):
        g["V"] += np.outer(e[t], s[t])
        g["c"] += e[t]
        ds = V.T @ e[t] + ds_next
        a = (1 - s[t] ** 2) * ds
        g["P"] += np.outer(a, h[t])
        g["Q"] += np.outer(a, s[t - 1])
        g["d"] += a
        ds_next = Q.T @ a
        dh = P.T @ a + dh_next
        a = (1 - h[t] ** 2) * dh
        g["U"] += np.outer(a, x[t - 1])
        g["W"] += np.outer(a, h[t - 1])
        g["b"] += a
        dh_next = W.T @ a
    return g
