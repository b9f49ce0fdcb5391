"""Networks of every direction as plain programs, with claims about them in LaTeX and in NumPy.

A program computes every quantity at every step in an order that works, and passes each through `put`, which may add a
tiny imaginary number to one entry: complex steps, the oracle. It shares nothing with the package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

Array = Any
Key = tuple[str, int | None]
TINY = 1e-30
N = 2


class Run:
    """One run of a program at T steps."""

    def __init__(self, program: "Program", steps: int, nudged: Key | None = None, entry: int = 0) -> None:
        self.T, self._nudged, self._entry = steps, nudged, entry
        self.values: dict[Key, Array] = {}
        program(self)

    def __getitem__(self, key: Key) -> Array:
        return self.values[key]

    def put(self, name: str, time: int | None, value: Array) -> Array:
        value = np.array(value, complex)
        if (name, time) == self._nudged:
            value.reshape(-1)[self._entry] += TINY * 1j
        self.values[name, time] = value
        return value

    def given(self, name: str, time: int | None, *shape: int) -> Array:
        draw = np.random.default_rng(crc32(repr((name, time)).encode()))
        return self.put(name, time, draw.uniform(-1, 1, shape))

    def each(self, name: str, first: int, last: int, *shape: int) -> None:
        for time in range(first, last + 1):
            self.given(name, time, *shape)


Program = Callable[[Run], None]


@dataclass
class At:
    """Values and total derivatives at T steps."""

    program: Program
    T: int

    def __post_init__(self) -> None:
        self.run = Run(self.program, self.T)

    def v(self, name: str, time: int | None = None) -> Array:
        return self.run[name, time].real

    def d(self, of: str, t: int | None, by: str, k: int | None = None) -> Array:
        """The Jacobian; the gradient of a number has the shape of what it is taken by."""
        like = self.run[by, k]
        columns = [Run(self.program, self.T, (by, k), i)[of, t].imag / TINY for i in range(like.size)]
        found = np.stack(columns, -1)
        return found.reshape(like.shape) if found.ndim == 1 else found


Sides = Callable[[At, int], tuple[Array, Array]]


@dataclass(frozen=True)
class Claim:
    """A relation, its sides in NumPy, and the steps it speaks of: from `first` to `T + last`."""

    latex: str
    sides: Sides
    first: int = 1
    last: int = 0

    def holds(self, program: Program) -> bool:
        for steps in (3, 4):
            at = At(program, steps)
            for t in range(self.first, steps + self.last + 1):
                left, right = self.sides(at, t)
                if not np.allclose(left, right, rtol=1e-9, atol=1e-11):
                    return False
        return True


@dataclass(frozen=True)
class Case:
    """A note without its claims, the same as a program, and claims."""

    name: str
    note: str
    program: Program
    claims: tuple[Claim, ...]

    def text(self) -> str:
        return self.note + "".join(f"\n$$ {claim.latex} $$\n" for claim in self.claims)


def half(x: Array) -> Array:
    return (x * x).sum() / 2


def slope(s: Array) -> Array:
    return np.diag(1 - s * s)


SHAPES = r"Let $s_t, h_t, g_t, x_t, y_t \in \mathbb{R}^n$ and $W, U, V, Q \in \mathbb{R}^{n \times n}$." + "\n"


def note(*lines: str) -> str:
    return SHAPES + "".join(f"\n$$ {line} $$\n" for line in lines)


ELMAN = (
    r"z_t = W s_{t-1} + x_t",
    r"s_t = \tanh(z_t)",
    r"L_t = \frac12 \| s_t - y_t \|^2",
    r"L = \sum_{t=1}^{T} L_t",
)


def elman(run: Run, extra: int = 0) -> None:
    W = run.given("W", None, N, N)
    run.given("s", 0, N)
    total = 0
    for t in range(1, run.T + 1 + extra):
        x, y = run.given("x", t, N), run.given("y", t, N)
        s = run.put("s", t, np.tanh(run.put("z", t, W @ run["s", t - 1] + x)))
        loss = run.put("L", t, half(s - y))
        total = total + loss if t <= run.T else total
    run.put("L", None, total)


def cost_to_go(run: Run) -> None:
    elman(run, 1)
    for t in range(1, run.T + 2):
        run.put("J", t, sum((run["L", k] for k in range(t, run.T + 1)), np.array(0j)))


def carried_cost(run: Run) -> None:
    elman(run, 1)
    gamma = run.given(r"\gamma", None)
    run.put("J", run.T + 1, 0)
    for t in range(run.T, 0, -1):
        run.put("J", t, run["L", t] + gamma * run["J", t + 1])


def next_state(run: Run) -> None:
    W = run.given("W", None, N, N)
    run.given("h", 0, N)
    run.each("x", 0, run.T, N)
    run.each("y", 1, run.T, N)
    for t in range(run.T + 1):
        run.put("h", t + 1, np.tanh(W @ run["h", t] + run["x", t]))
    for t in range(1, run.T + 1):
        run.put("E", t, half(run["h", t + 1] - run["y", t]))
    run.put("E", None, sum(run["E", t] for t in range(1, run.T + 1)))


def next_state_in_two(run: Run) -> None:
    W = run.given("W", None, N, N)
    run.given("z", 0, N)
    run.each("x", 1, run.T, N)
    run.each("y", 1, run.T, N)
    run.put("h", 1, np.tanh(run["z", 0]))
    for t in range(1, run.T + 1):
        run.put("z", t, W @ run["h", t] + run["x", t])
        run.put("h", t + 1, np.tanh(run["z", t]))
        run.put("E", t, half(run["h", t + 1] - run["y", t]))


def look_ahead(run: Run) -> None:
    W, U = run.given("W", None, N, N), run.given("U", None, N, N)
    run.given("s", 0, N)
    run.each("x", 1, run.T + 1, N)
    run.each("y", 1, run.T, N)
    for t in range(1, run.T + 1):
        run.put("s", t, np.tanh(W @ run["s", t - 1] + run["x", t] + U @ run["x", t + 1]))
        run.put("L", t, half(run["s", t] - run["y", t]))


def next_token(run: Run) -> None:
    W = run.given("W", None, N, N)
    run.given("s", 0, N)
    run.each("x", 1, run.T + 1, N)
    for t in range(1, run.T + 1):
        run.put("s", t, np.tanh(W @ run["s", t - 1] + run["x", t]))
        run.put("L", t, half(run["s", t] - run["x", t + 1]))


def both_ways(run: Run) -> None:
    W, Q, V = (run.given(n, None, N, N) for n in "WQV")
    run.given("h", 0, N)
    run.given("g", run.T + 1, N)
    run.each("x", 1, run.T, N)
    run.each("y", 1, run.T, N)
    for t in range(1, run.T + 1):
        run.put("h", t, np.tanh(W @ run["h", t - 1] + run["x", t]))
    for t in range(run.T, 0, -1):
        run.put("g", t, np.tanh(Q @ run["g", t + 1] + run["x", t]))
    for t in range(1, run.T + 1):
        run.put("E", t, half(run["g", t] + V @ run["h", t] - run["y", t]))


def second_layer(run: Run) -> None:
    W, U, V = (run.given(n, None, N, N) for n in "WUV")
    run.given("h", 0, N)
    run.given("s", 0, N)
    run.each("x", 1, run.T + 1, N)
    run.each("y", 1, run.T, N)
    for t in range(1, run.T + 2):
        run.put("h", t, np.tanh(W @ run["h", t - 1] + run["x", t]))
    for t in range(1, run.T + 1):
        run.put("s", t, np.tanh(U @ run["s", t - 1] + V @ run["h", t + 1]))
        run.put("L", t, half(run["s", t] - run["y", t]))


def attention(run: Run) -> None:
    W = run.given("W", None, N, N)
    run.given("s", 0, N)
    run.each("x", 1, run.T, N)
    run.each("y", 1, run.T, N)
    for t in range(1, run.T + 1):
        c = run.put("c", t, sum(run["s", k] for k in range(t)))
        run.put("s", t, np.tanh(W @ c + run["x", t]))
        run.put("L", t, half(run["s", t] - run["y", t]))


def errors(run: Run) -> None:
    elman(run)
    W = run["W", None]
    run.put(r"\delta", run.T + 1, np.zeros(N))
    for t in range(run.T, 0, -1):
        s = run["s", t]
        e = run.put("e", t, s - run["y", t] + W.T @ run[r"\delta", t + 1])
        run.put(r"\delta", t, (1 - s * s) * e)


def pooled(run: Run) -> None:
    W, V = run.given("W", None, N, N), run.given("V", None, N, N)
    run.given("s", 0, N)
    run.each("x", 1, run.T, N)
    run.each("y", 1, run.T, N)
    for t in range(1, run.T + 1):
        run.put("s", t, np.tanh(W @ run["s", t - 1] + run["x", t]))
    m = run.put("m", None, sum(run["s", t] for t in range(1, run.T + 1)) / run.T)
    for t in range(1, run.T + 1):
        run.put("g", t, np.tanh(V @ m + run["s", t]))
        run.put("L", t, half(run["g", t] - run["y", t]))


CASES = (
    Case(
        "cost to go",
        note(*ELMAN, r"J_t = \sum_{k=t}^{T} L_k"),
        cost_to_go,
        (
            Claim(r"\frac{\partial J_t}{\partial s_{t+1}} = 0", lambda a, t: (a.d("J", t, "s", t + 1), 0), last=-1),
            Claim(
                r"\frac{\partial J_t}{\partial s_{t+1}} = \frac{\partial J_{t+1}}{\partial s_{t+1}}",
                lambda a, t: (a.d("J", t, "s", t + 1), a.d("J", t + 1, "s", t + 1)),
                last=-1,
            ),
            Claim(
                r"\frac{\partial L}{\partial s_t} = \frac{\partial J_t}{\partial s_t}",
                lambda a, t: (a.d("L", None, "s", t), a.d("J", t, "s", t)),
            ),
            Claim(
                r"\frac{\partial J_t}{\partial s_t} = (s_t - y_t)^\top"
                r" + \frac{\partial J_{t+1}}{\partial s_{t+1}} \frac{\partial s_{t+1}}{\partial s_t}",
                lambda a, t: (
                    a.d("J", t, "s", t),
                    a.v("s", t) - a.v("y", t) + a.d("J", t + 1, "s", t + 1) @ a.d("s", t + 1, "s", t),
                ),
                last=-1,
            ),
            Claim(
                r"\frac{\partial J_t}{\partial s_t} = (s_t - y_t)^\top",
                lambda a, t: (a.d("J", t, "s", t), a.v("s", t) - a.v("y", t)),
            ),
        ),
    ),
    Case(
        "cost carried back",
        note(*ELMAN, r"J_t = L_t + \gamma J_{t+1}"),
        carried_cost,
        (
            Claim(
                r"\frac{\partial J_t}{\partial s_{t+1}} = \gamma \frac{\partial J_{t+1}}{\partial s_{t+1}}",
                lambda a, t: (a.d("J", t, "s", t + 1), a.v(r"\gamma") * a.d("J", t + 1, "s", t + 1)),
                last=-1,
            ),
            Claim(r"\frac{\partial J_t}{\partial s_{t+1}} = 0", lambda a, t: (a.d("J", t, "s", t + 1), 0), last=-1),
            Claim(
                r"\frac{\partial J_t}{\partial s_t} = (s_t - y_t)^\top"
                r" + \gamma \frac{\partial J_{t+1}}{\partial s_{t+1}} \frac{\partial s_{t+1}}{\partial s_t}",
                lambda a, t: (
                    a.d("J", t, "s", t),
                    a.v("s", t) - a.v("y", t) + a.v(r"\gamma") * a.d("J", t + 1, "s", t + 1) @ a.d("s", t + 1, "s", t),
                ),
                last=-1,
            ),
            Claim(r"J_T = L_T", lambda a, t: (a.v("J", a.T), a.v("L", a.T))),
        ),
    ),
    Case(
        "next state",
        note(r"h_{t+1} = \tanh(W h_t + x_t)", r"E_t = \frac12 \| h_{t+1} - y_t \|^2", r"E = \sum_{t=1}^{T} E_t"),
        next_state,
        (
            Claim(
                r"\frac{\partial E_t}{\partial h_{t+1}} = (h_{t+1} - y_t)^\top",
                lambda a, t: (a.d("E", t, "h", t + 1), a.v("h", t + 1) - a.v("y", t)),
            ),
            Claim(r"\frac{\partial E_t}{\partial h_{t+1}} = 0", lambda a, t: (a.d("E", t, "h", t + 1), 0)),
            Claim(
                r"\frac{\partial E_t}{\partial h_t} = \frac{\partial E_t}{\partial h_{t+1}}"
                r" \frac{\partial h_{t+1}}{\partial h_t}",
                lambda a, t: (a.d("E", t, "h", t), a.d("E", t, "h", t + 1) @ a.d("h", t + 1, "h", t)),
            ),
            Claim(
                r"\frac{\partial E_t}{\partial x_t} = (h_{t+1} - y_t)^\top \mathrm{diag}(1 - h_{t+1}^2)",
                lambda a, t: (a.d("E", t, "x", t), (a.v("h", t + 1) - a.v("y", t)) @ slope(a.v("h", t + 1))),
            ),
            Claim(r"\frac{\partial E_t}{\partial x_t} = 0", lambda a, t: (a.d("E", t, "x", t), 0)),
            Claim(
                r"\frac{\partial E}{\partial h_t} = (h_t - y_{t-1})^\top"
                r" + \frac{\partial E}{\partial h_{t+1}} W \mathrm{diag}(1 - h_{t+1}^2)",
                lambda a, t: (
                    a.d("E", None, "h", t),
                    a.v("h", t) - a.v("y", t - 1) + a.d("E", None, "h", t + 1) @ a.v("W") @ slope(a.v("h", t + 1)),
                ),
                first=2,
            ),
        ),
    ),
    Case(
        "next state in two steps",
        note(r"z_t = W h_t + x_t", r"h_{t+1} = \tanh(z_t)", r"E_t = \frac12 \| h_{t+1} - y_t \|^2"),
        next_state_in_two,
        (
            Claim(
                r"\frac{\partial E_t}{\partial z_t} = (h_{t+1} - y_t)^\top \mathrm{diag}(1 - h_{t+1}^2)",
                lambda a, t: (a.d("E", t, "z", t), (a.v("h", t + 1) - a.v("y", t)) @ slope(a.v("h", t + 1))),
            ),
            Claim(
                r"\frac{\partial h_{t+1}}{\partial h_t} = \mathrm{diag}(1 - h_{t+1}^2) W",
                lambda a, t: (a.d("h", t + 1, "h", t), slope(a.v("h", t + 1)) @ a.v("W")),
            ),
            Claim(r"\frac{\partial E_t}{\partial z_t} = 0", lambda a, t: (a.d("E", t, "z", t), 0)),
        ),
    ),
    Case(
        "inputs read ahead",
        note(r"s_t = \tanh(W s_{t-1} + x_t + U x_{t+1})", r"L_t = \frac12 \| s_t - y_t \|^2"),
        look_ahead,
        (
            Claim(r"\frac{\partial s_t}{\partial x_{t+1}} = 0", lambda a, t: (a.d("s", t, "x", t + 1), 0)),
            Claim(
                r"\frac{\partial s_t}{\partial x_{t+1}} = \mathrm{diag}(1 - s_t^2) U",
                lambda a, t: (a.d("s", t, "x", t + 1), slope(a.v("s", t)) @ a.v("U")),
            ),
            Claim(
                r"\frac{\partial s_{t+1}}{\partial x_{t+1}} = \mathrm{diag}(1 - s_{t+1}^2)"
                r" (I + W \mathrm{diag}(1 - s_t^2) U)",
                lambda a, t: (
                    a.d("s", t + 1, "x", t + 1),
                    slope(a.v("s", t + 1)) @ (np.eye(N) + a.v("W") @ slope(a.v("s", t)) @ a.v("U")),
                ),
                last=-1,
            ),
            Claim(
                r"\frac{\partial L_t}{\partial x_{t+1}} = (s_t - y_t)^\top \mathrm{diag}(1 - s_t^2)",
                lambda a, t: (a.d("L", t, "x", t + 1), (a.v("s", t) - a.v("y", t)) @ slope(a.v("s", t))),
            ),
        ),
    ),
    Case(
        "next token",
        note(r"s_t = \tanh(W s_{t-1} + x_t)", r"L_t = \frac12 \| s_t - x_{t+1} \|^2"),
        next_token,
        (
            Claim(
                r"\frac{\partial L_t}{\partial x_{t+1}} = (x_{t+1} - s_t)^\top",
                lambda a, t: (a.d("L", t, "x", t + 1), a.v("x", t + 1) - a.v("s", t)),
            ),
            Claim(r"\frac{\partial L_t}{\partial x_{t+1}} = 0", lambda a, t: (a.d("L", t, "x", t + 1), 0)),
            Claim(
                r"\frac{\partial L_t}{\partial s_t} = (s_t - x_{t+1})^\top",
                lambda a, t: (a.d("L", t, "s", t), a.v("s", t) - a.v("x", t + 1)),
            ),
        ),
    ),
    Case(
        "both ways",
        note(
            r"h_t = \tanh(W h_{t-1} + x_t)",
            r"g_t = \tanh(Q g_{t+1} + x_t)",
            r"E_t = \frac12 \| g_t + V h_t - y_t \|^2",
        ),
        both_ways,
        (
            Claim(
                r"\frac{\partial g_t}{\partial g_{t+1}} = \mathrm{diag}(1 - g_t^2) Q",
                lambda a, t: (a.d("g", t, "g", t + 1), slope(a.v("g", t)) @ a.v("Q")),
            ),
            Claim(r"\frac{\partial E_t}{\partial x_{t+1}} = 0", lambda a, t: (a.d("E", t, "x", t + 1), 0), last=-1),
            Claim(
                r"\frac{\partial E_t}{\partial x_{t+1}} = \frac{\partial E_t}{\partial g_{t+1}}"
                r" \mathrm{diag}(1 - g_{t+1}^2)",
                lambda a, t: (a.d("E", t, "x", t + 1), a.d("E", t, "g", t + 1) @ slope(a.v("g", t + 1))),
                last=-1,
            ),
            Claim(
                r"\frac{\partial E_t}{\partial h_{t-1}} = (g_t + V h_t - y_t)^\top V \mathrm{diag}(1 - h_t^2) W",
                lambda a, t: (
                    a.d("E", t, "h", t - 1),
                    (a.v("g", t) + a.v("V") @ a.v("h", t) - a.v("y", t)) @ a.v("V") @ slope(a.v("h", t)) @ a.v("W"),
                ),
            ),
            Claim(r"g_T = \tanh(x_T)", lambda a, t: (a.v("g", a.T), np.tanh(a.v("x", a.T)))),
            Claim(r"\frac{\partial E_t}{\partial Q} = 0", lambda a, t: (a.d("E", t, "Q"), 0)),
        ),
    ),
    Case(
        "a layer that reads the next state",
        note(
            r"h_t = \tanh(W h_{t-1} + x_t)",
            r"s_t = \tanh(U s_{t-1} + V h_{t+1})",
            r"L_t = \frac12 \| s_t - y_t \|^2",
        ),
        second_layer,
        (
            Claim(
                r"\frac{\partial s_t}{\partial h_{t+1}} = \mathrm{diag}(1 - s_t^2) V",
                lambda a, t: (a.d("s", t, "h", t + 1), slope(a.v("s", t)) @ a.v("V")),
            ),
            Claim(r"\frac{\partial L_t}{\partial h_{t+1}} = 0", lambda a, t: (a.d("L", t, "h", t + 1), 0)),
            Claim(
                r"\frac{\partial L_t}{\partial x_{t+1}} = (s_t - y_t)^\top \mathrm{diag}(1 - s_t^2) V"
                r" \mathrm{diag}(1 - h_{t+1}^2)",
                lambda a, t: (
                    a.d("L", t, "x", t + 1),
                    (a.v("s", t) - a.v("y", t)) @ slope(a.v("s", t)) @ a.v("V") @ slope(a.v("h", t + 1)),
                ),
            ),
        ),
    ),
    Case(
        "a sum over all earlier states",
        note(
            r"c_t = \sum_{k=0}^{t-1} s_k",
            r"s_t = \tanh(W c_t + x_t)",
            r"L_t = \frac12 \| s_t - y_t \|^2",
        ),
        attention,
        (
            Claim(
                r"\frac{\partial s_t}{\partial s_{t-2}} = \frac{\partial s_t}{\partial s_{t-1}}"
                r" \frac{\partial s_{t-1}}{\partial s_{t-2}}",
                lambda a, t: (a.d("s", t, "s", t - 2), a.d("s", t, "s", t - 1) @ a.d("s", t - 1, "s", t - 2)),
                first=2,
            ),
            Claim(
                r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W",
                lambda a, t: (a.d("s", t, "s", t - 1), slope(a.v("s", t)) @ a.v("W")),
            ),
        ),
    ),
    Case(
        "errors carried back in two steps",
        note(*ELMAN, r"e_t = s_t - y_t + W^\top \delta_{t+1}", r"\delta_t = \mathrm{diag}(1 - s_t^2) e_t"),
        errors,
        (
            Claim(
                r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t s_{t-1}^\top",
                lambda a, t: (
                    a.d("L", None, "W"),
                    sum(np.outer(a.v(r"\delta", k), a.v("s", k - 1)) for k in range(1, a.T + 1)),
                ),
            ),
            Claim(
                r"\frac{\partial L}{\partial z_t} = \delta_t^\top",
                lambda a, t: (a.d("L", None, "z", t), a.v(r"\delta", t)),
            ),
            Claim(r"\frac{\partial L}{\partial s_t} = e_t^\top", lambda a, t: (a.d("L", None, "s", t), a.v("e", t))),
            Claim(
                r"\frac{\partial L}{\partial s_t} = \delta_t^\top",
                lambda a, t: (a.d("L", None, "s", t), a.v(r"\delta", t)),
            ),
        ),
    ),
    Case(
        "a mean of all states read at every step",
        note(
            r"s_t = \tanh(W s_{t-1} + x_t)",
            r"m = \frac{1}{T} \sum_{t=1}^{T} s_t",
            r"g_t = \tanh(V m + s_t)",
            r"L_t = \frac12 \| g_t - y_t \|^2",
        ),
        pooled,
        (
            Claim(r"\frac{\partial L_t}{\partial s_{t+1}} = 0", lambda a, t: (a.d("L", t, "s", t + 1), 0), last=-1),
            Claim(
                r"\frac{\partial g_t}{\partial s_t} = \mathrm{diag}(1 - g_t^2)"
                r" (I + V \frac{\partial m}{\partial s_t})",
                lambda a, t: (
                    a.d("g", t, "s", t),
                    slope(a.v("g", t)) @ (np.eye(N) + a.v("V") @ a.d("m", None, "s", t)),
                ),
            ),
        ),
    ),
)
