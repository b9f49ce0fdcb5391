r"""The networks of the attack: a note each, and the same network as plain NumPy, step by step.

A network computes its quantities one after the other and gives each to `Run.put`, which adds there what the oracle
wants added, a small imaginary number. So a derivative is what changes when a quantity is pushed and everything computed
from it follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from attack_formulas import Undefined, sigmoid, softmax

Value = Any
Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Push:
    """A small imaginary number on one entry of a quantity; `use`: only where step `use` reads the parameter."""

    key: Key
    entry: tuple[int, ...]
    use: int | None = None


SMALL = 1e-30


class Run:
    """One forward computation."""

    def __init__(self, given: Mapping[Key, Value], steps: int, push: Push | None) -> None:
        self.values: dict[Key, Value] = {}
        self.steps = steps
        self.push = push
        for key, value in given.items():
            self.put(key[0], key[1], value)

    @property
    def times(self) -> range:
        return range(1, self.steps + 1)

    def put(self, name: str, step: int | None, value: Value) -> None:
        push = self.push
        if push is not None and push.key == (name, step) and push.use is None:
            value = np.array(value, dtype=complex)
            value[push.entry] += 1j * SMALL
        self.values[name, step] = np.asarray(value)

    def __call__(self, name: str, step: int | None = None, use: int | None = None) -> Value:
        value = self.values[name, step]
        push = self.push
        if push is not None and push.key == (name, step) and push.use is not None and push.use == use:
            value = np.array(value, dtype=complex)
            value[push.entry] += 1j * SMALL
        return value


@dataclass(frozen=True, slots=True)
class Column:
    """A quantity with a step: its size (none: a number), the first step and the last one after T; given or computed."""

    size: str | None
    first: int = 1
    after: int = 0
    given: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """A network: what the note says, and how it is computed."""

    name: str
    note: str
    columns: Mapping[str, Column]
    matrices: Mapping[str, tuple[str, ...]]
    run: Callable[[Run], None]
    totals: tuple[str, ...] = ("L",)
    sizes: tuple[str, ...] = ("n", "m")
    once: Mapping[str, str | None] = field(default_factory=dict)
    """Given columns without a step."""
    adjoints: Mapping[str, str] = field(default_factory=dict)
    """Names of derivatives of the total loss, as columns: name -> quantity."""
    direct: bool = True
    """Whether what a step computes reads the parameters at that step, so that direct derivatives are asked for."""

    def defined(self, name: str, step: int | None, steps: int) -> bool:
        """Whether there is a quantity at a step."""
        if step is None:
            return name in self.matrices or name in self.totals or name in self.once
        column = self.columns.get(self.adjoints.get(name, name))
        return column is not None and column.first <= step <= steps + column.after


def half(v: Value) -> Value:
    """Half the squared length of a column."""
    return 0.5 * (v * v).sum()


def total(r: Run, name: str = "L", step_loss: str = "L") -> None:
    r.put(name, None, sum(r(step_loss, t) for t in r.times))


VECTOR = r"\mathbb{R}^{%s}"
MATRIX = r"\mathbb{R}^{%s \times %s}"


def written(columns: Mapping[str, Column], matrices: Mapping[str, tuple[str, ...]], *lines: str, more: str = "") -> str:
    """The note: shapes first, then the definitions as displays."""
    by: dict[str, list[str]] = {}
    for name, column in columns.items():
        if column.size:
            by.setdefault(VECTOR % column.size, []).append(f"{name}_t")
    for name, shape in matrices.items():
        by.setdefault(MATRIX % shape if len(shape) == 2 else r"\mathbb{R}", []).append(name)
    said = [f"${', '.join(names)} \\in {space}$" for space, names in by.items()]
    displays = [f"$$ {line} $$" for line in lines]
    return "\n\n".join([f"Let {', '.join(said[:-1])} and {said[-1]}.{more}", *displays]) + "\n"


SQUARED = r"L_t = \frac{1}{2} \| o_t - y_t \|^2"
SUM = r"L = \sum_{t=1}^{T} L_t"


def _network(
    name: str,
    columns: Mapping[str, Column],
    matrices: Mapping[str, tuple[str, ...]],
    lines: tuple[str, ...],
    run: Callable[[Run], None],
    **options: Any,
) -> Network:
    more = options.pop("more", "")
    return Network(name, written(columns, matrices, *lines, more=more), columns, matrices, run, **options)


N = Column("n")
STATE = Column("n", 0)
INPUT = Column("m", given=True)
TARGET = Column("c", given=True)
LOSS = Column(None)
THREE = ("n", "m", "c")


def _elman(r: Run) -> None:
    for t in r.times:
        r.put("z", t, r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t) + r("b", None, t))
        r.put("s", t, np.tanh(r("z", t)))
        r.put("o", t, r("V", None, t) @ r("s", t))
        r.put("p", t, softmax(r("o", t)))
        r.put("L", t, -(r("y", t) * np.log(r("p", t))).sum())
    total(r)


ELMAN = _network(
    "Elman, cross-entropy",
    {"z": N, "s": STATE, "x": INPUT, "o": Column("c"), "p": Column("c"), "y": TARGET, "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m"), "V": ("c", "n")},
    (
        "z_t = W s_{t-1} + U x_t + b",
        r"s_t = \tanh(z_t)",
        "o_t = V s_t",
        r"p_t = \mathrm{softmax}(o_t)",
        r"L_t = - y_t^\top \log p_t",
        SUM,
        r"\delta_t = \frac{\partial L}{\partial z_t}",
    ),
    _elman,
    sizes=THREE,
    once={"b": "n"},
    adjoints={r"\delta": "z"},
    more=r" Also $b, \delta_t \in \mathbb{R}^n$. The targets satisfy $\sum_{i=1}^{c} y_{t,i} = 1$.",
)


def _mean(r: Run) -> None:
    for t in r.times:
        r.put("z", t, r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t))
        r.put("s", t, np.tanh(r("z", t)))
        r.put("o", t, r("V", None, t) @ r("s", t))
        r.put("L", t, half(r("o", t) - r("y", t)))
    r.put("L", None, sum(r("L", t) for t in r.times) / r.steps)


OUTPUT = {"z": N, "s": STATE, "x": INPUT, "o": Column("c"), "y": TARGET, "L": LOSS}
WEIGHTS = {"W": ("n", "n"), "U": ("n", "m"), "V": ("c", "n")}
MEAN = _network(
    "mean loss",
    OUTPUT,
    WEIGHTS,
    (
        "z_t = W s_{t-1} + U x_t",
        r"s_t = \tanh(z_t)",
        "o_t = V s_t",
        SQUARED,
        r"L = \frac{1}{T} \sum_{t=1}^{T} L_t",
    ),
    _mean,
    sizes=THREE,
)


def _many_to_one(r: Run) -> None:
    for t in r.times:
        r.put("z", t, r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t))
        r.put("s", t, np.tanh(r("z", t)))
    r.put("L", None, half(r("s", r.steps) - r("y")))


MANY_TO_ONE = _network(
    "many to one",
    {"z": N, "s": STATE, "x": INPUT},
    {"W": ("n", "n"), "U": ("n", "m")},
    ("z_t = W s_{t-1} + U x_t", r"s_t = \tanh(z_t)", r"L = \frac{1}{2} \| s_T - y \|^2"),
    _many_to_one,
    once={"y": "n"},
    more=r" The target is $y \in \mathbb{R}^n$.",
)


def _leaky(r: Run) -> None:
    for t in r.times:
        a = r("a", None, t)
        r.put("q", t, np.tanh(r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t)))
        r.put("s", t, (1 - a) * r("s", t - 1) + a * r("q", t))
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


OWN = Column("n", given=True)
OWN_SQUARED = r"L_t = \frac{1}{2} \| s_t - y_t \|^2"
LEAKY = _network(
    "leaky",
    {"q": N, "s": STATE, "x": INPUT, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m"), "a": ()},
    (r"q_t = \tanh(W s_{t-1} + U x_t)", "s_t = (1 - a) s_{t-1} + a q_t", OWN_SQUARED, SUM),
    _leaky,
)


def _residual(r: Run) -> None:
    for t in r.times:
        r.put("q", t, np.tanh(r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t)))
        r.put("s", t, r("s", t - 1) + r("q", t))
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


RESIDUAL = _network(
    "residual",
    {"q": N, "s": STATE, "x": INPUT, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m")},
    (r"q_t = \tanh(W s_{t-1} + U x_t)", "s_t = s_{t-1} + q_t", OWN_SQUARED, SUM),
    _residual,
)


def _jordan(r: Run) -> None:
    for t in r.times:
        r.put("z", t, r("W", None, t) @ r("o", t - 1) + r("U", None, t) @ r("x", t))
        r.put("s", t, np.tanh(r("z", t)))
        r.put("o", t, r("V", None, t) @ r("s", t))
        r.put("L", t, half(r("o", t) - r("y", t)))
    total(r)


JORDAN = _network(
    "output feedback",
    {"z": N, "s": N, "x": INPUT, "o": Column("c", 0), "y": TARGET, "L": LOSS},
    {"W": ("n", "c"), "U": ("n", "m"), "V": ("c", "n")},
    ("z_t = W o_{t-1} + U x_t", r"s_t = \tanh(z_t)", "o_t = V s_t", SQUARED, SUM),
    _jordan,
    sizes=THREE,
)


def _two_layers(r: Run) -> None:
    for t in r.times:
        r.put("g", t, np.tanh(r("A", None, t) @ r("g", t - 1) + r("U", None, t) @ r("x", t)))
        r.put("s", t, np.tanh(r("W", None, t) @ r("s", t - 1) + r("B", None, t) @ r("g", t)))
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


TWO_LAYERS = _network(
    "two layers",
    {"g": Column("d", 0), "s": STATE, "x": INPUT, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "A": ("d", "d"), "B": ("n", "d"), "U": ("d", "m")},
    (r"g_t = \tanh(A g_{t-1} + U x_t)", r"s_t = \tanh(W s_{t-1} + B g_t)", OWN_SQUARED, SUM),
    _two_layers,
    sizes=("n", "m", "d"),
)


def _gated(r: Run) -> None:
    for t in r.times:
        r.put("u", t, sigmoid(r("A", None, t) @ r("s", t - 1) + r("B", None, t) @ r("x", t)))
        r.put("q", t, np.tanh(r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t)))
        r.put("s", t, (1 - r("u", t)) * r("s", t - 1) + r("u", t) * r("q", t))
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


GATED = _network(
    "gated",
    {"u": N, "q": N, "s": STATE, "x": INPUT, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "A": ("n", "n"), "B": ("n", "m"), "U": ("n", "m")},
    (
        r"u_t = \sigma(A s_{t-1} + B x_t)",
        r"q_t = \tanh(W s_{t-1} + U x_t)",
        r"s_t = (1 - u_t) \odot s_{t-1} + u_t \odot q_t",
        OWN_SQUARED,
        SUM,
    ),
    _gated,
    more=r" Here $\sigma$ is the logistic sigmoid.",
)


def _lstm(r: Run) -> None:
    for t in r.times:
        for gate, weights, inputs in (("f", "F", "P"), ("u", "A", "B"), ("o", "O", "Q")):
            r.put(gate, t, sigmoid(r(weights, None, t) @ r("h", t - 1) + r(inputs, None, t) @ r("x", t)))
        r.put("q", t, np.tanh(r("W", None, t) @ r("h", t - 1) + r("U", None, t) @ r("x", t)))
        r.put("c", t, r("f", t) * r("c", t - 1) + r("u", t) * r("q", t))
        r.put("h", t, r("o", t) * np.tanh(r("c", t)))
        r.put("L", t, half(r("h", t) - r("y", t)))
    total(r)


LSTM = _network(
    "LSTM",
    {"f": N, "u": N, "o": N, "q": N, "c": STATE, "h": STATE, "x": INPUT, "y": OWN, "L": LOSS},
    {
        **dict.fromkeys(("F", "A", "O", "W"), ("n", "n")),
        **dict.fromkeys(("P", "B", "Q", "U"), ("n", "m")),
    },
    (
        r"f_t = \sigma(F h_{t-1} + P x_t)",
        r"u_t = \sigma(A h_{t-1} + B x_t)",
        r"o_t = \sigma(O h_{t-1} + Q x_t)",
        r"q_t = \tanh(W h_{t-1} + U x_t)",
        r"c_t = f_t \odot c_{t-1} + u_t \odot q_t",
        r"h_t = o_t \odot \tanh(c_t)",
        r"L_t = \frac{1}{2} \| h_t - y_t \|^2",
        SUM,
    ),
    _lstm,
    more=r" Here $\sigma$ is the logistic sigmoid.",
)


def _linear(r: Run) -> None:
    for t in r.times:
        r.put("s", t, r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t))
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


LINEAR = _network(
    "linear",
    {"s": STATE, "x": INPUT, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m")},
    ("s_t = W s_{t-1} + U x_t", OWN_SQUARED, SUM),
    _linear,
)


def _modulated(r: Run) -> None:
    for t in r.times:
        r.put("v", t, r("x", t) * r("s", t - 1))
        r.put("s", t, np.tanh(r("W", None, t) @ r("v", t)))
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


MODULATED = _network(
    "input-modulated",
    {"v": N, "s": STATE, "x": OWN, "y": OWN, "L": LOSS},
    {"W": ("n", "n")},
    (r"v_t = x_t \odot s_{t-1}", r"s_t = \tanh(W v_t)", OWN_SQUARED, SUM),
    _modulated,
    sizes=("n",),
)


def _two_losses(r: Run) -> None:
    for t in r.times:
        r.put("z", t, r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t))
        r.put("s", t, np.tanh(r("z", t)))
        r.put("o", t, r("V", None, t) @ r("s", t))
        r.put("E", t, half(r("o", t) - r("y", t)))
        r.put("R", t, half(r("s", t) - r("s", t - 1)))
        r.put("L", t, r("E", t) + r("R", t))
    total(r)


TWO_LOSSES = _network(
    "two losses",
    {**OUTPUT, "E": LOSS, "R": LOSS},
    WEIGHTS,
    (
        "z_t = W s_{t-1} + U x_t",
        r"s_t = \tanh(z_t)",
        "o_t = V s_t",
        r"E_t = \frac{1}{2} \| o_t - y_t \|^2",
        r"R_t = \frac{1}{2} \| s_t - s_{t-1} \|^2",
        "L_t = E_t + R_t",
        SUM,
    ),
    _two_losses,
    sizes=THREE,
)


def _bidirectional(r: Run) -> None:
    for t in r.times:
        r.put("h", t, np.tanh(r("W", None, t) @ r("h", t - 1) + r("U", None, t) @ r("x", t)))
    for t in reversed(r.times):
        r.put("g", t, np.tanh(r("Q", None, t) @ r("g", t + 1) + r("P", None, t) @ r("x", t)))
    for t in r.times:
        r.put("o", t, r("V", None, t) @ r("h", t) + r("B", None, t) @ r("g", t))
        r.put("L", t, half(r("o", t) - r("y", t)))
    total(r)


BIDIRECTIONAL = _network(
    "bidirectional",
    {"h": STATE, "g": Column("d", 1, 1), "x": INPUT, "o": Column("c"), "y": TARGET, "L": LOSS},
    {"W": ("n", "n"), "Q": ("d", "d"), "U": ("n", "m"), "P": ("d", "m"), "V": ("c", "n"), "B": ("c", "d")},
    (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"g_t = \tanh(Q g_{t+1} + P x_t)",
        "o_t = V h_t + B g_t",
        SQUARED,
        SUM,
    ),
    _bidirectional,
    sizes=("n", "m", "c", "d"),
)


def _next_state(r: Run) -> None:
    for t in r.times:
        r.put("s", t + 1, np.tanh(r("W", None, t) @ r("s", t) + r("U", None, t) @ r("x", t)))
        r.put("L", t, half(r("s", t + 1) - r("y", t)))
    total(r)


NEXT_STATE = _network(
    "next state",
    {"s": Column("n", 1, 1), "x": INPUT, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m")},
    (r"s_{t+1} = \tanh(W s_t + U x_t)", r"L_t = \frac{1}{2} \| s_{t+1} - y_t \|^2", SUM),
    _next_state,
    direct=False,
)


def _look_ahead(r: Run) -> None:
    for t in r.times:
        r.put(
            "s",
            t,
            np.tanh(r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t) + r("Q", None, t) @ r("x", t + 1)),
        )
        r.put("L", t, half(r("s", t) - r("y", t)))
    total(r)


AHEAD = Column("m", 1, 1, given=True)
LOOK_AHEAD = _network(
    "look-ahead inputs",
    {"s": STATE, "x": AHEAD, "y": OWN, "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m"), "Q": ("n", "m")},
    (r"s_t = \tanh(W s_{t-1} + U x_t + Q x_{t+1})", OWN_SQUARED, SUM),
    _look_ahead,
)


def _cost_to_go(r: Run) -> None:
    for t in r.times:
        r.put("z", t, r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t))
        r.put("s", t, np.tanh(r("z", t)))
        r.put("L", t, half(r("s", t) - r("y", t)))
    for t in r.times:
        r.put("J", t, sum(r("L", k) for k in range(t, r.steps + 1)))
    total(r)


COST_TO_GO = _network(
    "cost to go",
    {"z": N, "s": STATE, "x": INPUT, "y": OWN, "L": LOSS, "J": LOSS},
    {"W": ("n", "n"), "U": ("n", "m")},
    ("z_t = W s_{t-1} + U x_t", r"s_t = \tanh(z_t)", OWN_SQUARED, r"J_t = \sum_{k=t}^{T} L_k", SUM),
    _cost_to_go,
)


def _next_token(r: Run) -> None:
    for t in r.times:
        r.put("s", t, np.tanh(r("W", None, t) @ r("s", t - 1) + r("U", None, t) @ r("x", t)))
        r.put("o", t, r("V", None, t) @ r("s", t))
        r.put("p", t, softmax(r("o", t)))
        r.put("L", t, -(r("x", t + 1) * np.log(r("p", t))).sum())
    total(r)


NEXT_TOKEN = _network(
    "next token",
    {"s": STATE, "x": AHEAD, "o": Column("m"), "p": Column("m"), "L": LOSS},
    {"W": ("n", "n"), "U": ("n", "m"), "V": ("m", "n")},
    (
        r"s_t = \tanh(W s_{t-1} + U x_t)",
        "o_t = V s_t",
        r"p_t = \mathrm{softmax}(o_t)",
        r"L_t = - x_{t+1}^\top \log p_t",
        SUM,
    ),
    _next_token,
    more=r" Each $x_t$ satisfies $\sum_{i=1}^{m} x_{t,i} = 1$.",
)

NETWORKS = (
    ELMAN,
    MEAN,
    MANY_TO_ONE,
    LEAKY,
    RESIDUAL,
    JORDAN,
    TWO_LAYERS,
    GATED,
    LSTM,
    LINEAR,
    MODULATED,
    TWO_LOSSES,
    BIDIRECTIONAL,
    NEXT_STATE,
    LOOK_AHEAD,
    COST_TO_GO,
    NEXT_TOKEN,
)


class Unrolled:
    """A network at some steps, sizes and numbers; derivatives by complex steps, each computed once."""

    def __init__(self, network: Network, steps: int, sizes: Mapping[str, int], seed: int) -> None:
        self.network = network
        self.steps = steps
        self.sizes = sizes
        self.layout = "rows"
        draw = np.random.default_rng(seed)
        self.given: dict[Key, Value] = {}
        for name, shape in network.matrices.items():
            self.given[name, None] = draw.uniform(-1, 1, tuple(sizes[s] for s in shape))
        for name, size in network.once.items():
            self.given[name, None] = draw.uniform(-1, 1, (sizes[size], 1) if size else ())
        for name, column in network.columns.items():
            for step in self._given_steps(name, column):
                value = draw.uniform(-1, 1, (sizes[column.size or ""], 1))
                if _sums_to_one(network, name):
                    value = np.abs(value) / np.abs(value).sum()
                self.given[name, step] = value
        self.values = self.again()
        self._pushed: dict[Push, dict[Key, Value]] = {}

    def again(self) -> dict[Key, Value]:
        """The numbers of everything, computed from what is given now."""
        run = Run(self.given, self.steps, None)
        self.network.run(run)
        return run.values

    def _given_steps(self, name: str, column: Column) -> list[int]:
        """An input has numbers at each step; a state before the first step or after the last one."""
        first, last = column.first, self.steps + column.after
        if column.given:
            return list(range(first, last + 1))
        if first == 0:
            return [0]
        if column.after == 1:
            return [1] if self.network.name == "next state" else [self.steps + 1]
        del name
        return []

    def size(self, name: str) -> int:
        return self.sizes[name]

    def value(self, name: str, step: int | None) -> Value:
        if not self.network.defined(name, step, self.steps):
            raise Undefined(f"there is no {name} at {step}", outside=True)
        if name in self.network.adjoints:
            below = (self.network.adjoints[name], step)
            return self.jacobian(("L", None), below, direct=False).reshape(-1, 1)
        return self.values[name, step]

    def jacobian(self, over: Key, under: Key, *, direct: bool) -> Value:
        for name, step in (over, under):
            if name in self.network.adjoints:
                raise Undefined("a derivative of a derivative")
            self.value(name, step)
        if direct and (not self.network.direct or under[0] not in self.network.matrices or over[1] is None):
            raise Undefined("direct by what has a step")
        whole = self.values[over]
        if whole.ndim == 2 and whole.shape[1] != 1:
            raise Undefined("a derivative of a matrix")
        below = self.values[under].shape
        entries = np.zeros((whole.size, *below))
        for entry in np.ndindex(below):
            pushed = self._after(Push(under, entry, over[1] if direct else None))
            entries[(slice(None), *entry)] = np.imag(pushed[over]).reshape(-1) / SMALL
        if under[0] not in self.network.matrices and len(below) == 2:
            entries = entries[..., 0]
        return entries if whole.ndim else entries[0]

    def _after(self, push: Push) -> dict[Key, Value]:
        if push not in self._pushed:
            run = Run(self.given, self.steps, push)
            self.network.run(run)
            self._pushed[push] = run.values
        return self._pushed[push]


def _sums_to_one(network: Network, name: str) -> bool:
    return f"{name}_{{t,i}} = 1" in network.note
