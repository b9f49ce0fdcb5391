"""Long short-term memory and its backward pass, by hand: a correct program whose lines are changed by tests."""

from typing import Any

import numpy as np

Array = Any


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    powers = np.exp(x)
    return powers / powers.sum()


def loss(**v: Array) -> Array:
    h, c, total = v["h0"], v["c0"], 0.0
    for x, y in zip(v["x"], v["y"], strict=True):
        i, f, o = (sigmoid(v[f"U_{k}"] @ x + v[f"W_{k}"] @ h + v[f"b_{k}"]) for k in "ifo")
        g = np.tanh(v["U_c"] @ x + v["W_c"] @ h + v["b_c"])
        c = f * c + i * g
        h = o * np.tanh(c)
        total = total - np.sum(y * np.log(softmax(v["V"] @ h + v["b"])))
    return total


def gradients(**v: Array) -> dict[str, Array]:
    x, y, T = v["x"], v["y"], len(v["x"])
    h, c, p = {0: v["h0"]}, {0: v["c0"]}, {}
    i, f, o, g = {}, {}, {}, {}
    for t in range(1, T + 1):
        i[t] = sigmoid(v["U_i"] @ x[t - 1] + v["W_i"] @ h[t - 1] + v["b_i"])
        f[t] = sigmoid(v["U_f"] @ x[t - 1] + v["W_f"] @ h[t - 1] + v["b_f"])
        o[t] = sigmoid(v["U_o"] @ x[t - 1] + v["W_o"] @ h[t - 1] + v["b_o"])
        g[t] = np.tanh(v["U_c"] @ x[t - 1] + v["W_c"] @ h[t - 1] + v["b_c"])
        c[t] = f[t] * c[t - 1] + i[t] * g[t]
        h[t] = o[t] * np.tanh(c[t])
        p[t] = softmax(v["V"] @ h[t] + v["b"])
    d = {name: np.zeros_like(v[name]) for name in v if name not in ("x", "y", "h0", "c0")}
    dh_next, dc_next = np.zeros_like(v["h0"]), np.zeros_like(v["c0"])
    for t in range(T, 0, -1):
        da = p[t] - y[t - 1]
        d["V"] += np.outer(da, h[t])
        d["b"] += da
        dh = v["V"].T @ da + dh_next
        do = dh * np.tanh(c[t])
        dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next
        di = dc * g[t]
        df = dc * c[t - 1]
        dg = dc * i[t]
        e = {}
        e["i"] = di * i[t] * (1 - i[t])
        e["f"] = df * f[t] * (1 - f[t])
        e["o"] = do * o[t] * (1 - o[t])
        e["c"] = dg * (1 - g[t] ** 2)
        dh_next = np.zeros_like(v["h0"])
        for k in "ifoc":
            d[f"W_{k}"] += np.outer(e[k], h[t - 1])
            d[f"U_{k}"] += np.outer(e[k], x[t - 1])
            d[f"b_{k}"] += e[k]
            dh_next += v[f"W_{k}"].T @ e[k]
        dc_next = dc * f[t]
    return d
