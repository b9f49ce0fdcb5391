"""The cells as plain NumPy programs written by hand: the oracle. With `autograd.numpy` for `np`, they differentiate.

Every value passes through `put(name, step, value)`, which may record it, change it or hold it fixed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Array = Any
Numpy = Any
"""The module `numpy`, or one with the same functions."""
Values = Mapping[str, Array]
"""Parameters; `x` and the targets with one row a step; initial states as `s0`."""
Put = Callable[[str, int | None, Array], Array]
Forward = Callable[[Numpy, Values, Put], Array]
Key = tuple[str, int | None]


@dataclass
class Record:
    """Remembers every value; `held` replaces values, and `nudge` is added to the value at `nudged`."""

    held: Mapping[Key, Array] = field(default_factory=dict)
    nudged: Key | None = None
    nudge: Array = 0.0
    values: dict[Key, Array] = field(default_factory=dict)

    def __call__(self, name: str, step: int | None, value: Array) -> Array:
        key = (name, step)
        value = self.held.get(key, value)
        if key == self.nudged:
            value = value + self.nudge
        self.values[key] = value
        return value


def sigmoid(np: Numpy, x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(np: Numpy, x: Array) -> Array:
    powers = np.exp(x - np.max(x))
    return powers / np.sum(powers)


def elman(np: Numpy, v: Values, put: Put) -> Array:
    s = put("s", 0, v["s0"])
    total = 0.0
    for t, (x, y) in enumerate(zip(v["x"], v["y"], strict=True), start=1):
        z = put("z", t, v["U"] @ x + v["W"] @ s + v["b"])
        s = put("s", t, np.tanh(z))
        o = put("o", t, v["V"] @ s + v["c"])
        p = put("haty", t, softmax(np, o))
        total = total + put("L", t, -np.sum(y * np.log(p)))
    return put("total", None, total)


def elman_backward(np: Numpy, v: Values) -> dict[str, Array]:
    """The gradients of the total loss, by the backward recursion of the textbooks."""
    run = Record()
    elman(np, v, run)
    steps = len(v["x"])
    grads = {name: np.zeros_like(v[name]) for name in ("U", "W", "V", "b", "c")}
    later = np.zeros_like(v["b"])
    for t in range(steps, 0, -1):
        s, before = run.values["s", t], run.values["s", t - 1]
        error = np.sum(v["y"][t - 1]) * run.values["haty", t] - v["y"][t - 1]
        delta = (1 - s**2) * (v["V"].T @ error + later)
        grads["V"] += np.outer(error, s)
        grads["c"] += error
        grads["U"] += np.outer(delta, v["x"][t - 1])
        grads["W"] += np.outer(delta, before)
        grads["b"] += delta
        later = v["W"].T @ delta
    return grads


def jordan(np: Numpy, v: Values, put: Put) -> Array:
    """With tanh for the activation."""
    y = put("y", 0, v["y0"])
    total = 0.0
    for t, (x, target) in enumerate(zip(v["x"], v["haty"], strict=True), start=1):
        z = put("z", t, v["W"] @ np.concatenate([x, y]))
        y = put("y", t, np.tanh(z))
        total = total + put("L", t, np.sum((y - target) ** 2) / 2)
    return put("total", None, total)


def gru(np: Numpy, v: Values, put: Put) -> Array:
    h = put("h", 0, v["h0"])
    total = 0.0
    for t, (x, y) in enumerate(zip(v["x"], v["y"], strict=True), start=1):
        z = put("z", t, sigmoid(np, v["U_z"] @ x + v["W_z"] @ h + v["b_z"]))
        r = put("r", t, sigmoid(np, v["U_r"] @ x + v["W_r"] @ h + v["b_r"]))
        new = put("tildeh", t, np.tanh(v["U_h"] @ x + v["W_h"] @ (r * h) + v["b_h"]))
        h = put("h", t, (1 - z) * h + z * new)
        a = put("a", t, v["V"] @ h + v["b"])
        p = put("haty", t, softmax(np, a))
        total = total + put("L", t, -np.sum(y * np.log(p)))
    return put("total", None, total)


def lstm(np: Numpy, v: Values, put: Put) -> Array:
    h, c = put("h", 0, v["h0"]), put("c", 0, v["c0"])
    total = 0.0
    for t, (x, y) in enumerate(zip(v["x"], v["y"], strict=True), start=1):
        i = put("i", t, sigmoid(np, v["U_i"] @ x + v["W_i"] @ h + v["b_i"]))
        f = put("f", t, sigmoid(np, v["U_f"] @ x + v["W_f"] @ h + v["b_f"]))
        o = put("o", t, sigmoid(np, v["U_o"] @ x + v["W_o"] @ h + v["b_o"]))
        new = put("tildec", t, np.tanh(v["U_c"] @ x + v["W_c"] @ h + v["b_c"]))
        c = put("c", t, f * c + i * new)
        h = put("h", t, o * np.tanh(c))
        a = put("a", t, v["V"] @ h + v["b"])
        p = put("haty", t, softmax(np, a))
        total = total + put("L", t, -np.sum(y * np.log(p)))
    return put("total", None, total)


CELLS: dict[str, Forward] = {"elman": elman, "jordan": jordan, "gru": gru, "lstm": lstm}
