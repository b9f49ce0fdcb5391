r"""A network in both directions and its backward pass, by hand: a correct program whose lines are changed by tests."""

from typing import Any

import numpy as np

Array = Any
NOTE = r"""
The input is $x_t \in \mathbb{R}^{M}$, the states are $h_t, g_t \in \mathbb{R}^{D}$, the
target is $y_t \in \mathbb{R}^{C}$.

$$ h_t = \tanh(U x_t + W h_{t-1} + b) $$

$$ g_t = \tanh(P x_t + Q g_{t+1} + d) $$

$$ o_t = V h_t + R g_t + c $$

$$ L_t = \frac12 \|o_t - y_t\|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$

with $U, P \in \mathbb{R}^{D \times M}$, $W, Q \in \mathbb{R}^{D \times D}$, $V, R \in \mathbb{R}^{C \times D}$, $h_0$
given and $g_{T+1} = 0$.
"""


def loss(**v: Array) -> Array:
    x, y, T = v["x"], v["y"], len(v["x"])
    h, total = v["h0"], 0.0
    g = {T: 0 * v["d"]}
    for t in reversed(range(T)):
        g[t] = np.tanh(v["P"] @ x[t] + v["Q"] @ g[t + 1] + v["d"])
    for t in range(T):
        h = np.tanh(v["U"] @ x[t] + v["W"] @ h + v["b"])
        total = total + np.sum((v["V"] @ h + v["R"] @ g[t] + v["c"] - y[t]) ** 2) / 2
    return total


def gradients(**v: Array) -> dict[str, Array]:
    x, y, T = v["x"], v["y"], len(v["x"])
    W, Q, V, R = v["W"], v["Q"], v["V"], v["R"]
    h, g, e = {0: v["h0"]}, {T + 1: np.zeros_like(v["d"])}, {}
    for t in range(1, T + 1):
        h[t] = np.tanh(v["U"] @ x[t - 1] + W @ h[t - 1] + v["b"])
    for t in range(T, 0, -1):
        g[t] = np.tanh(v["P"] @ x[t - 1] + Q @ g[t + 1] + v["d"])
    for t in range(1, T + 1):
        e[t] = V @ h[t] + R @ g[t] + v["c"] - y[t - 1]
    d = {name: np.zeros_like(v[name]) for name in "UWbPQdVRc"}
    later = np.zeros_like(v["b"])
    for t in range(T, 0, -1):
        d["V"] += np.outer(e[t], h[t])
        d["R"] += np.outer(e[t], g[t])
        d["c"] += e[t]
        dh = V.T @ e[t] + later
        a = (1 - h[t] ** 2) * dh
        d["U"] += np.outer(a, x[t - 1])
        d["W"] += np.outer(a, h[t - 1])
        d["b"] += a
        later = W.T @ a
    earlier = np.zeros_like(v["d"])
    for t in range(1, T + 1):
        dg = R.T @ e[t] + earlier
        a = (1 - g[t] ** 2) * dg
        d["P"] += np.outer(a, x[t - 1])
        d["Q"] += np.outer(a, g[t + 1])
        d["d"] += a
        earlier = Q.T @ a
    return d
