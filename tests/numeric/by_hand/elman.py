"""The Elman network and its backward pass, by hand: a correct program whose lines are changed by tests."""

from typing import Any

import numpy as np

Array = Any


def softmax(x: Array) -> Array:
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def loss(U: Array, W: Array, V: Array, b: Array, c: Array, s0: Array, x: Array, y: Array) -> Array:
    s, total = s0, 0.0
    for t in range(len(x)):
        s = np.tanh(U @ x[t] + W @ s + b)
        o = V @ s + c
        total = total - np.sum(y[t] * (o - np.log(np.sum(np.exp(o)))))
    return total


def gradients(U: Array, W: Array, V: Array, b: Array, c: Array, s0: Array, x: Array, y: Array) -> dict[str, Array]:
    T = len(x)
    z, s, p = {}, {0: s0}, {}
    for t in range(1, T + 1):
        z[t] = U @ x[t - 1] + W @ s[t - 1] + b
        s[t] = np.tanh(z[t])
        p[t] = softmax(V @ s[t] + c)
    dU, dW, dV, db, dc = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V), np.zeros_like(b), np.zeros_like(c)
    later = np.zeros_like(b)
    for t in range(T, 0, -1):
        error = p[t] - y[t - 1]
        dV += np.outer(error, s[t])
        dc += error
        ds = V.T @ error + later
        dz = (1 - s[t] ** 2) * ds
        dU += np.outer(dz, x[t - 1])
        dW += np.outer(dz, s[t - 1])
        db += dz
        later = W.T @ dz
    return {"U": dU, "W": dW, "V": dV, "b": db, "c": dc}
