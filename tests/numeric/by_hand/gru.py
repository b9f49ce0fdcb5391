"""The gated recurrent unit and its backward pass, by hand: a correct program whose lines are changed by tests."""

from typing import Any

import numpy as np

Array = Any


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    powers = np.exp(x)
    return powers / powers.sum()


def loss(**v: Array) -> Array:
    h, total = v["h0"], 0.0
    for x, y in zip(v["x"], v["y"], strict=True):
        z = sigmoid(v["U_z"] @ x + v["W_z"] @ h + v["b_z"])
        r = sigmoid(v["U_r"] @ x + v["W_r"] @ h + v["b_r"])
        n = np.tanh(v["U_h"] @ x + v["W_h"] @ (r * h) + v["b_h"])
        h = (1 - z) * h + z * n
        total = total - np.sum(y * np.log(softmax(v["V"] @ h + v["b"])))
    return total


def gradients(**v: Array) -> dict[str, Array]:
    x, y, T = v["x"], v["y"], len(v["x"])
    W_z, W_r, W_h, U_z, U_r, U_h = v["W_z"], v["W_r"], v["W_h"], v["U_z"], v["U_r"], v["U_h"]
    z, r, n, h, p = {}, {}, {}, {0: v["h0"]}, {}
    for t in range(1, T + 1):
        z[t] = sigmoid(U_z @ x[t - 1] + W_z @ h[t - 1] + v["b_z"])
        r[t] = sigmoid(U_r @ x[t - 1] + W_r @ h[t - 1] + v["b_r"])
        n[t] = np.tanh(U_h @ x[t - 1] + W_h @ (r[t] * h[t - 1]) + v["b_h"])
        h[t] = (1 - z[t]) * h[t - 1] + z[t] * n[t]
        p[t] = softmax(v["V"] @ h[t] + v["b"])
    g = {name: np.zeros_like(v[name]) for name in v if name not in ("x", "y", "h0")}
    dh_next = np.zeros_like(v["h0"])
    for t in range(T, 0, -1):
        da = p[t] - y[t - 1]
        g["V"] += np.outer(da, h[t])
        g["b"] += da
        dh = v["V"].T @ da + dh_next
        dn = dh * z[t]
        dz = dh * (n[t] - h[t - 1])
        dn_in = dn * (1 - n[t] ** 2)
        drh = W_h.T @ dn_in
        dr = drh * h[t - 1]
        dr_in = dr * r[t] * (1 - r[t])
        dz_in = dz * z[t] * (1 - z[t])
        g["W_h"] += np.outer(dn_in, r[t] * h[t - 1])
        g["W_r"] += np.outer(dr_in, h[t - 1])
        g["W_z"] += np.outer(dz_in, h[t - 1])
        g["U_h"] += np.outer(dn_in, x[t - 1])
        g["U_r"] += np.outer(dr_in, x[t - 1])
        g["U_z"] += np.outer(dz_in, x[t - 1])
        g["b_h"] += dn_in
        g["b_r"] += dr_in
        g["b_z"] += dz_in
        dh_next = dh * (1 - z[t])
        dh_next += drh * r[t]
        dh_next += W_r.T @ dr_in
        dh_next += W_z.T @ dz_in
    return g
