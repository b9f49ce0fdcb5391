r"""The networks of the dresses: their definitions and their true claims as formulas, and the same as plain NumPy.

Canonical names: state `h`, input `x`, target `y`, pre-activation `z`, logits `o`, output `p`, loss of a step `l` and of
all `L`, cell `c`, gates `gi gf go gg` (LSTM) and `gz gr gg` (GRU), their pre-activations `ai af ao ag`, their weights
`Wi Ui bi` and so on. `test_dresses.py` compares definitions and claims with the NumPy by complex steps.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from dress_formulas import (
    Call,
    Derivative,
    Diagonal,
    Length,
    Minus,
    Node,
    Number,
    OutsideError,
    Over,
    Share,
    Squared,
    Step,
    Value,
    Var,
    open_function,
    open_loss,
    sigmoid,
    softmax,
    stepped,
    walk,
)

CELLS = ("tanh", "sigmoid", "open", "LSTM", "GRU")
LOSSES = ("cross-entropy", "squared", "open")
TOTALS = ("sum", "mean", "last")
SIZES: Mapping[str, int] = {"n": 2, "d": 3, "m": 4}
SMALL = 1e-30
ONE = Number("1")
HALF = Number(r"\frac{1}{2}", 0.5)
NOW, NEXT, BEFORE, FIRST, LAST = Step("t"), Step("t", 1), Step("t", -1), Step("1"), Step("T")


def v(name: str, step: Step | None = NOW) -> Var:
    """A quantity at the running step, or at another one."""
    return Var(name, step)


def p(name: str) -> Var:
    """A parameter."""
    return Var(name)


def total(under: Var) -> Derivative:
    """The gradient of the whole loss."""
    return Derivative(Var("L"), under)


@dataclass(frozen=True)
class Claim:
    """A true relation; `kind` tells what it is in the words of the field."""

    kind: str
    left: Node
    right: Node
    until: bool = False
    """It is about every step but the last."""


@dataclass(frozen=True)
class Network:
    """A cell, what is compared with the targets, and over which steps."""

    cell: str
    loss: str
    total: str
    named: bool = True
    """Pre-activations have a name of their own."""
    bias: bool = True

    @property
    def gates(self) -> tuple[str, ...]:
        """The letters of what has weights of its own in a gated cell."""
        return {"LSTM": ("i", "f", "o", "g"), "GRU": ("z", "r", "g")}.get(self.cell, ())

    @cached_property
    def shapes(self) -> Mapping[str, tuple[str, ...]]:
        """Parameter -> sizes; quantity -> sizes."""
        found: dict[str, tuple[str, ...]] = {"V": ("m", "n"), "h": ("n",), "x": ("d",), "y": ("m",), "o": ("m",)}
        found |= {"L": (), "l": (), "p": ("m",), "z": ("n",), "c": ("n",), "bv": ("m",)}
        for one in self.gates or ("",):
            found |= {f"W{one}": ("n", "n"), f"U{one}": ("n", "d"), f"b{one}": ("n",)}
            found |= {f"g{one}": ("n",), f"a{one}": ("n",)}
        return found

    @cached_property
    def used(self) -> frozenset[str]:
        """The names that the definitions mention."""
        bodies = {n.name for _, body in self.definitions for _, n in walk(body) if isinstance(n, Var)}
        return frozenset(bodies | {head.name for head, _ in self.definitions})

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters in the order in which they are used."""
        gates = self.gates or ("",)
        biases = [f"b{one}" for one in gates] if self.bias else []
        return (*(f"{w}{one}" for one in gates for w in "UW"), *biases, "V", *(["bv"] if self.bias else ()))

    def affine(self, one: str = "", state: Node | None = None) -> Node:
        """`U x_t + W h_{t-1} + b`."""
        found = p(f"U{one}") @ v("x") + p(f"W{one}") @ (v("h", BEFORE) if state is None else state)
        return found + p(f"b{one}") if self.bias else found

    @cached_property
    def definitions(self) -> tuple[tuple[Var, Node], ...]:
        """Head and body of each, in the order in which they are computed."""
        return (*self._cell(), *self._output(), *self._loss())

    def _cell(self) -> Iterator[tuple[Var, Node]]:
        if self.cell == "LSTM":
            for one in "ifo":
                yield from self._gate(one, "sigmoid")
            yield from self._gate("g", "tanh")
            yield v("c"), v("gf") * v("c", BEFORE) + v("gi") * v("gg")
            yield v("h"), v("go") * Call("tanh", v("c"))
        elif self.cell == "GRU":
            for one in "zr":
                yield from self._gate(one, "sigmoid")
            yield from self._gate("g", "tanh", v("gr") * v("h", BEFORE))
            yield v("h"), (ONE - v("gz")) * v("h", BEFORE) + v("gz") * v("gg")
        elif self.named:
            yield v("z"), self.affine()
            yield v("h"), Call(self.cell, v("z"))
        else:
            yield v("h"), Call(self.cell, self.affine())

    def _gate(self, one: str, function: str, state: Node | None = None) -> Iterator[tuple[Var, Node]]:
        if self.named:
            yield v(f"a{one}"), self.affine(one, state)
            yield v(f"g{one}"), Call(function, v(f"a{one}"))
        else:
            yield v(f"g{one}"), Call(function, self.affine(one, state))

    def _output(self) -> Iterator[tuple[Var, Node]]:
        step = LAST if self.total == "last" else NOW
        logits = p("V") @ v("h", step)
        logits = logits + p("bv") if self.bias else logits
        yield v("o", step), logits
        if self.loss == "cross-entropy":
            yield v("p", step), Call("softmax", v("o", step))

    def _loss(self) -> Iterator[tuple[Var, Node]]:
        step = LAST if self.total == "last" else NOW
        target = v("y", None if self.total == "last" else NOW)
        one: Node = {
            "cross-entropy": Minus(target.T @ Call("log", v("p", step))),
            "squared": HALF @ Length(v("o", step) - target),
            "open": Call("loss", v("o", step), target),
        }[self.loss]
        if self.total == "last":
            yield Var("L"), one
            return
        yield v("l"), one
        whole: Node = Over("t", FIRST, LAST, v("l"))
        yield Var("L"), Share() @ whole if self.total == "mean" else whole

    def error(self, step: Step = NOW) -> Node:
        """The gradient by the logits, written out where the loss is known."""
        target = v("y", None if self.total == "last" else step)
        if self.loss == "open":
            return total(v("o", step))
        known = v("p" if self.loss == "cross-entropy" else "o", step) - target
        return Share() @ known if self.total == "mean" else known

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Everything that is claimed about it."""
        return (*self._outputs(), *(self._gated() if self.gates else self._plain()))

    def _outputs(self) -> Iterator[Claim]:
        last = self.total == "last"
        step = LAST if last else NOW
        if self.loss != "open":
            yield Claim("output error", total(v("o", step)), self.error(step))
            if not last:
                bare = v("p" if self.loss == "cross-entropy" else "o") - v("y")
                yield Claim("output error of a step", Derivative(v("l"), v("o")), bare)
        for name, factor in (("V", v("h", step).T), ("bv", None)):
            if name in self.parameters:
                one = self.error(step) if factor is None else self.error(step) @ factor
                yield Claim(f"gradient of {name}", total(p(name)), one if last else Over("t", FIRST, LAST, one))

    def slope(self, step: Step = NOW) -> Node:
        """The slope of the activation of a plain cell."""
        return {
            "tanh": ONE - Squared(v("h", step)),
            "sigmoid": v("h", step) * (ONE - v("h", step)),
            "open": Call("open", v("z", step), slope=True),
        }[self.cell]

    def _plain(self) -> Iterator[Claim]:
        if self.named:
            yield from self._deltas()
        yield from self._states()
        yield from self._jacobians()
        if self.total != "last":
            yield from self._contributions()

    def _deltas(self) -> Iterator[Claim]:
        delta = total(v("z"))
        from_later = p("W").T @ total(v("z", NEXT))
        here = p("V").T @ self.error()
        arriving = from_later if self.total == "last" else here + from_later
        yield Claim("delta recursion", delta, arriving * self.slope(), until=True)
        yield Claim("delta of the last step", total(v("z", LAST)), (p("V").T @ self.error(LAST)) * self.slope(LAST))
        yield Claim("gradient of W", total(p("W")), Over("t", FIRST, LAST, delta @ v("h", BEFORE).T))
        yield Claim("gradient of U", total(p("U")), Over("t", FIRST, LAST, delta @ v("x").T))
        if self.bias:
            yield Claim("gradient of b", total(p("b")), Over("t", FIRST, LAST, delta))
        yield Claim("delta from the state", delta, total(v("h")) * self.slope())

    def _states(self) -> Iterator[Claim]:
        later = p("W").T @ (total(v("h", NEXT)) * self.slope(NEXT))
        matrix = p("W").T @ Diagonal(self.slope(NEXT)) @ total(v("h", NEXT))
        here = p("V").T @ self.error()
        for kind, one in (("state recursion", later), ("state recursion with diag", matrix)):
            yield Claim(kind, total(v("h")), one if self.total == "last" else here + one, until=True)
        yield Claim("gradient at the last state", total(v("h", LAST)), p("V").T @ self.error(LAST))
        arriving = total(v("h")) * self.slope()
        yield Claim("gradient of W by states", total(p("W")), Over("t", FIRST, LAST, arriving @ v("h", BEFORE).T))
        yield Claim("gradient of U by states", total(p("U")), Over("t", FIRST, LAST, arriving @ v("x").T))

    def _jacobians(self) -> Iterator[Claim]:
        one = Diagonal(self.slope()) @ p("W")
        yield Claim("Jacobian of a step", Derivative(v("h"), v("h", BEFORE)), one)
        since, index = Step("k", 1), Step("j")
        factor = stepped(one, "t", index)
        whole = Derivative(v("h"), v("h", Step("k")))
        yield Claim("product of Jacobians", whole, Over("j", since, NOW, factor, product=True))
        step = Derivative(v("h", index), v("h", Step("j", -1)))
        yield Claim("product of steps", whole, Over("j", since, NOW, step, product=True))

    def _contributions(self) -> Iterator[Claim]:
        share = Over("t", FIRST, LAST, Derivative(v("l"), p("W")))
        yield Claim("sum over steps", total(p("W")), Share() @ share if self.total == "mean" else share)
        k = Step("k")
        chain = (
            Derivative(v("l"), v("h"), flat=True)
            @ Derivative(v("h"), v("h", k), flat=True)
            @ Derivative(v("h", k), p("W"), direct=True, flat=True)
        )
        left = Derivative(v("l"), p("W"), flat=True)
        yield Claim("contribution of a step", left, Over("k", FIRST, NOW, chain))

    def _gated(self) -> Iterator[Claim]:
        arriving = p("V").T @ self.error(LAST)
        yield Claim("gradient at the last state", total(v("h", LAST)), arriving)
        yield from self._lstm() if self.cell == "LSTM" else self._gru()
        if self.named:
            for one in self.gates:
                delta = total(v(f"a{one}"))
                read = v("gr") * v("h", BEFORE) if self.cell == "GRU" and one == "g" else v("h", BEFORE)
                whole = Over("t", FIRST, LAST, delta @ read.T)
                yield Claim(f"gradient of W{one}", total(p(f"W{one}")), whole)
                yield Claim(f"gradient of U{one}", total(p(f"U{one}")), Over("t", FIRST, LAST, delta @ v("x").T))
                if self.bias:
                    yield Claim(f"gradient of b{one}", total(p(f"b{one}")), Over("t", FIRST, LAST, delta))

    def gate_slope(self, one: str) -> Node:
        gate = v(f"g{one}")
        return ONE - Squared(gate) if one == "g" else gate * (ONE - gate)

    def _lstm(self) -> Iterator[Claim]:
        state, cell = total(v("h")), total(v("c"))
        inner = state * v("go") * (ONE - Squared(Call("tanh", v("c"))))
        yield Claim("cell recursion", cell, inner + total(v("c", NEXT)) * v("gf", NEXT), until=True)
        arriving = {
            "o": state * Call("tanh", v("c")), "f": cell * v("c", BEFORE), "i": cell * v("gg"), "g": cell * v("gi")
        }  # fmt: skip
        yield from self._through_gates(arriving)
        if self.named:
            later: Node = p("Wi").T @ total(v("ai", NEXT))
            for one in "fog":
                later = later + p(f"W{one}").T @ total(v(f"a{one}", NEXT))
            yield Claim("state recursion", state, self._with_error(later), until=True)

    def _gru(self) -> Iterator[Claim]:
        state = total(v("h"))
        arriving: dict[str, Node] = {"z": state * (v("gg") - v("h", BEFORE)), "g": state * v("gz")}
        if self.named:
            arriving["r"] = (p("Wg").T @ total(v("ag"))) * v("h", BEFORE)
        yield from self._through_gates(arriving)
        if self.named:
            later = total(v("h", NEXT)) * (ONE - v("gz", NEXT))
            later = later + p("Wz").T @ total(v("az", NEXT)) + p("Wr").T @ total(v("ar", NEXT))
            later = later + (p("Wg").T @ total(v("ag", NEXT))) * v("gr", NEXT)
            yield Claim("state recursion", state, self._with_error(later), until=True)

    def _with_error(self, later: Node) -> Node:
        return later if self.total == "last" else p("V").T @ self.error() + later

    def _through_gates(self, arriving: Mapping[str, Node]) -> Iterator[Claim]:
        for one, node in arriving.items():
            yield Claim(f"gradient at gate {one}", total(v(f"g{one}")), node)
            if self.named:
                inner = node * self.gate_slope(one)
                yield Claim(f"delta of gate {one}", total(v(f"a{one}")), inner)


@dataclass(frozen=True)
class Setting:
    """The number of steps, and what a note may say of its data."""

    steps: int = 4
    one_hot: bool = False
    zero_start: bool = False
    seed: int = 0


class Unrolled:
    """A network at some numbers, by hand in NumPy; derivatives by complex steps, each computed once."""

    def __init__(self, network: Network, setting: Setting) -> None:
        self.network = network
        self.steps = setting.steps
        draw = np.random.default_rng(setting.seed)
        self.given: dict[tuple[str, int | None], Value] = {}
        for name in network.parameters:
            self.given[name, None] = draw.uniform(-1, 1, self.shape(name))
        for name in ("h", "c"):
            start = draw.uniform(-1, 1, self.shape(name))
            self.given[name, 0] = 0 * start if setting.zero_start else start
        for step in range(1, self.steps + 1):
            self.given["x", step] = draw.uniform(-1, 1, self.shape("x"))
            self.given["y", step] = _target(draw, self.shape("y"), one_hot=setting.one_hot)
        self.given["y", None] = self.given["y", self.steps]
        self.values = self._computed(None, (0, 0), None)
        self._pushed: dict[object, dict[tuple[str, int | None], Value]] = {}

    def shape(self, name: str) -> tuple[int, int]:
        sizes = [SIZES[size] for size in self.network.shapes[name]]
        return (*sizes, 1, 1)[:2] if sizes else (1, 1)  # type: ignore[return-value]  # two numbers

    def value(self, name: str, step: int | None) -> Value:
        if (name, step) not in self.values:
            raise OutsideError
        return self.values[name, step]

    def jacobian(self, over: tuple[str, int | None], under: tuple[str, int | None], *, direct: bool) -> Value:
        columns = []
        for entry in np.ndindex(self.values[under].shape):
            use = over[1] if direct else None
            if (under, entry, use) not in self._pushed:
                self._pushed[under, entry, use] = self._computed(under, entry, use)
            columns.append(np.imag(self._pushed[under, entry, use][over]).reshape(-1) / SMALL)
        return np.stack(columns, axis=1)

    def _computed(
        self, key: tuple[str, int | None] | None, entry: tuple[int, ...], use: int | None
    ) -> dict[tuple[str, int | None], Value]:
        """The forward computation with a small imaginary number on one entry; `use`: only where that step reads it."""
        run = _Run(key, entry, use)
        for name, value in self.given.items():
            run.put(*name, value)
        for t in range(1, self.steps + 1):
            run.step = t
            _step(self.network, run, t)
        if self.network.total == "last":
            run.put("L", None, _loss(self.network, run, self.steps, None))
        else:
            for t in range(1, self.steps + 1):
                run.step = t
                run.put("l", t, _loss(self.network, run, t, t))
            whole = sum(run("l", t) for t in range(1, self.steps + 1))
            run.put("L", None, whole / self.steps if self.network.total == "mean" else whole)
        return run.values


class _Run:
    """The values of one forward computation."""

    def __init__(self, key: tuple[str, int | None] | None, entry: tuple[int, ...], use: int | None) -> None:
        self.values: dict[tuple[str, int | None], Value] = {}
        self.step = 0
        self._key, self._entry, self._use = key, entry, use

    def put(self, name: str, step: int | None, value: Value) -> None:
        pushed = (name, step) == self._key and self._use is None
        self.values[name, step] = self._moved(value) if pushed else value

    def __call__(self, name: str, step: int | None = None) -> Value:
        value = self.values[name, step]
        return self._moved(value) if (name, step) == self._key and self._use == self.step else value

    def _moved(self, value: Value) -> Value:
        found = np.array(value, dtype=complex)
        found[self._entry] += 1j * SMALL
        return found


_ACTIVATIONS: Mapping[str, Callable[[Value], Value]] = {"tanh": np.tanh, "sigmoid": sigmoid, "open": open_function}


def _step(network: Network, run: _Run, t: int) -> None:
    def affine(one: str, state: Value) -> Value:
        found = run(f"U{one}") @ run("x", t) + run(f"W{one}") @ state
        return found + run(f"b{one}") if network.bias else found

    def gate(one: str, function: str, state: Value) -> None:
        run.put(f"a{one}", t, affine(one, state))
        run.put(f"g{one}", t, sigmoid(run(f"a{one}", t)) if function == "sigmoid" else np.tanh(run(f"a{one}", t)))

    before = run("h", t - 1)
    if network.cell == "LSTM":
        for one in "ifo":
            gate(one, "sigmoid", before)
        gate("g", "tanh", before)
        run.put("c", t, run("gf", t) * run("c", t - 1) + run("gi", t) * run("gg", t))
        run.put("h", t, run("go", t) * np.tanh(run("c", t)))
    elif network.cell == "GRU":
        for one in "zr":
            gate(one, "sigmoid", before)
        gate("g", "tanh", run("gr", t) * before)
        run.put("h", t, (1 - run("gz", t)) * before + run("gz", t) * run("gg", t))
    else:
        run.put("z", t, affine("", before))
        run.put("h", t, _ACTIVATIONS[network.cell](run("z", t)))
    logits = run("V") @ run("h", t)
    run.put("o", t, logits + run("bv") if network.bias else logits)
    run.put("p", t, softmax(run("o", t)))


def _loss(network: Network, run: _Run, t: int, target: int | None) -> Value:
    output, wanted = run("o", t), run("y", target)
    if network.loss == "cross-entropy":
        return -np.sum(wanted * np.log(run("p", t))).reshape(1, 1)
    if network.loss == "squared":
        return (0.5 * np.sum((output - wanted) ** 2)).reshape(1, 1)
    return open_loss(output, wanted)


def _target(draw: np.random.Generator, shape: tuple[int, int], *, one_hot: bool) -> Value:
    """Numbers that sum to one, or a single one."""
    if one_hot:
        return np.eye(shape[0])[:, [draw.integers(shape[0])]]
    found = draw.uniform(0.1, 1, shape)
    return found / found.sum()


def networks() -> Iterator[Network]:
    """Every network there is."""
    for cell in CELLS:
        for loss in LOSSES:
            for whole in TOTALS:
                for named in (True, False):
                    if named or cell != "open":  # an open function has slopes at what has a name
                        yield from (Network(cell, loss, whole, named, bias) for bias in (True, False))
