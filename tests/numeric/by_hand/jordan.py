"""The Jordan network with tanh and its backward pass, by hand: a correct program whose lines are changed by tests."""

from typing import Any

import numpy as np

Array = Any


def loss(W: Array, y0: Array, x: Array, haty: Array) -> Array:
    y, total = y0, 0.0
    for t in range(len(x)):
        y = np.tanh(W @ np.concatenate([x[t], y]))
        total = total + np.sum((y - haty[t]) ** 2) / 2
    return total


def gradients(W: Array, y0: Array, x: Array, haty: Array) -> dict[str, Array]:
    T, M = x.shape
    u, z, y = {}, {}, {0: y0}
    for t in range(1, T + 1):
        u[t] = np.concatenate([x[t - 1], y[t - 1]])
        z[t] = W @ u[t]
        y[t] = np.tanh(z[t])
    dW = np.zeros_like(W)
    later = np.zeros_like(y0)
    for t in range(T, 0, -1):
        dy = y[t] - haty[t - 1] + later
        dz = (1 - y[t] ** 2) * dy
        dW += np.outer(dz, u[t])
        later = W[:, M:].T @ dz
    return {"W": dW}
