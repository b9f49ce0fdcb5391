"""Gradient calls beside their peers: `python tests/benchmarks/numeric.py [--threads 1] [--rows 0,1,2] [--seconds 2]`.

The Elman network with cross-entropy in double precision: the loss and the gradients by all parameters. In every row all
ways run in turn, many times; medians and ratios are printed, and the time until the first result (deriving, compiling,
first call). Every way has to give the same gradients. All of them get the same processors. A peer that is not
installed, or not made for a size, is named with the reason. These figures are shown, never tested.

"reused buffers" are calls that read the same arrays and write into the same ones each time, as CasADi's buffers do.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import time
import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Array = Any
Values = dict[str, Array]
Call = Any
"""A function without arguments that computes everything once."""

ROWS = ((3, 1, 2, 2, 2), (5, 1, 3, 4, 3), (20, 1, 32, 32, 32), (50, 32, 32, 64, 10), (100, 64, 128, 256, 50))
"""Steps, batch, and the sizes M, D, C."""
NAMES = ("U", "W", "V", "b", "c")
SMALL, MIDDLE = 10, 100
ALONE = "ours, numpy, the loss alone"
KEPT: list[Any] = []
"""What CasADi only points to."""


@dataclass(frozen=True)
class Way:
    """One way to compute: what makes the call, and how to read the gradients."""

    name: str
    make: Callable[[Values], Call]
    read: Callable[[Any], list[Array]]
    needs: str = ""
    largest: int = 10**9
    """The largest D that it is made for."""


def main() -> None:
    """Measure all rows and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", default="0,1,2,3,4")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long one way is measured in a row, at most")
    options = parser.parse_args()
    alike(options.threads)
    for number in map(int, options.rows.split(",")):
        measured(ROWS[number], options.seconds)


def alike(threads: int) -> None:
    """The same processors for every library, before any is imported."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            show(f"note: {name} is set, which may slow NumPy down")
    if importlib.util.find_spec("torch"):
        import torch  # noqa: PLC0415 - a peer

        torch.set_num_threads(threads)
    if importlib.util.find_spec("jax"):
        import jax  # noqa: PLC0415 - a peer

        jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - the call of JAX


def measured(row: tuple[int, ...], seconds: float) -> None:
    """One row: every way in turn."""
    steps, batch, m, d, c = row
    show(f"\nT={steps}, batch {batch}, M={m}, D={d}, C={c}")
    values = drawn(*row)
    calls: dict[str, Call] = {}
    first: dict[str, float] = {}
    expected: list[Array] = []
    for way in WAYS:
        reason = excused(way, d)
        if reason:
            show(f"  {way.name:<42} {reason}")
            continue
        start = time.perf_counter()
        call = way.make(values)
        result = call()
        found = way.read(result)
        first[way.name] = time.perf_counter() - start
        expected = expected or found
        agree(way.name, found, expected)
        calls[way.name] = call
    calls[ALONE] = loss_alone(values)
    times = in_turn(calls, seconds)
    medians = {name: statistics.median(found) for name, found in times.items()}
    peers = [medians[w.name] for w in WAYS if w.name in medians and not w.name.startswith("ours")]
    for name, median in medians.items():
        share = f"{median / min(peers):8.2f} of the best peer"
        began = f"   first result {shown(first[name])}" if name in first else ""
        show(f"  {name:<42} {shown(median):>9}  {share}{began}")
    show(
        f"  {'memory, ours on NumPy / by hand':<42} "
        f"{memory(calls['ours, numpy'])} / {memory(calls['NumPy by hand'])} MB"
    )
    ratio = (medians["ours, numpy"] - medians[ALONE]) / medians[ALONE]
    show(f"  {'backward over forward, ours on NumPy':<42} {ratio:9.2f}")


def drawn(steps: int, batch: int, m: int, d: int, c: int) -> Values:
    """Random numbers: weights as libraries start them."""
    import numpy as np  # noqa: PLC0415 - after the number of threads is set

    draw = np.random.default_rng(0)
    k = 1 / np.sqrt(d)
    shapes = {"U": (d, m), "W": (d, d), "V": (c, d), "b": (d,), "c": (c,)}
    values = {name: draw.uniform(-k, k, shape) for name, shape in shapes.items()}
    labels = np.eye(c)[draw.integers(0, c, (steps, batch))]
    return {**values, "s0": draw.uniform(-1, 1, (batch, d)), "x": draw.normal(size=(steps, batch, m)), "y": labels}


def excused(way: Way, d: int) -> str:
    """Why a way does not run in this row."""
    if way.needs and importlib.util.find_spec(way.needs) is None:
        return "skipped: not installed"
    return "skipped: takes minutes at this size" if d > way.largest else ""


def agree(name: str, found: list[Array], expected: list[Array]) -> None:
    """All ways give the same gradients."""
    import numpy as np  # noqa: PLC0415 - after the number of threads is set

    for mine, other in zip(found, expected, strict=True):
        a, b = np.asarray(mine, dtype=float).reshape(np.shape(other)), np.asarray(other)
        worst = np.max(np.abs(a - b)) / np.max(np.abs(b))
        if not worst < 1e-11:
            message = f"{name} gives other gradients, relative difference {worst:.1e}"
            raise SystemExit(message)


def in_turn(calls: dict[str, Call], seconds: float) -> dict[str, list[float]]:
    """Times of all calls, in turns of a few calls each."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(40):
        for name, call in calls.items():
            if sum(times[name]) > seconds and len(times[name]) >= 5:
                continue
            for _ in range(1 if times[name] and times[name][-1] > 1e-3 else 25):
                start = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - start)
    return {name: found[len(found) // 10 :] for name, found in times.items()}


def memory(call: Call) -> str:
    """The most memory that NumPy's arrays of one call take, in megabytes."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f"{most / 1e6:.2f}"


def loss_alone(values: Values) -> Call:
    """The forward computation, to see what the gradients cost beyond it."""
    import bptt_symbolic  # noqa: PLC0415 - after the number of threads is set

    function: Any = bptt_symbolic.lambdify("elman", ["loss"])

    def call() -> Any:
        return function(**values)

    call()
    return call


# ours


def ours(backend: str) -> Callable[[Values], Call]:
    """The front door."""

    def make(values: Values) -> Call:
        import bptt_symbolic  # noqa: PLC0415 - after the number of threads is set

        function: Any = bptt_symbolic.lambdify("elman", NAMES, backend=backend)
        given = values
        if backend == "torch":
            import torch  # noqa: PLC0415 - a peer

            given = {name: torch.tensor(value) for name, value in values.items()}
        if backend == "jax":
            import jax  # noqa: PLC0415 - a peer

            given = {name: jax.numpy.asarray(value) for name, value in values.items()}
            return lambda: jax.block_until_ready(function(**given))
        return lambda: function(**given)

    return make


def bound(values: Values) -> Call:
    """Compiled C that reads and writes the same arrays each time."""
    import bptt_symbolic  # noqa: PLC0415 - after the number of threads is set

    function: Any = bptt_symbolic.lambdify("elman", NAMES, backend="c")
    return function.bind(**values)


# peers


def by_hand(values: Values) -> Call:
    """NumPy by hand: whole-sequence matrix products, and two loops with one product each."""
    import numpy as np  # noqa: PLC0415 - after the number of threads is set

    u, w, v, b, c, s0, x, y = (values[name] for name in ("U", "W", "V", "b", "c", "s0", "x", "y"))

    def call() -> list[Array]:
        (steps, batch, m), d, k = x.shape, len(w), len(v)
        rows = steps * batch
        flat_x, flat_y = x.reshape(rows, m), y.reshape(rows, k)
        total = flat_y.sum(1, keepdims=True)
        states = np.empty((steps + 1, batch, d))
        states[0] = s0
        inputs = flat_x @ u.T
        inputs += b
        inputs = inputs.reshape(steps, batch, d)
        for t in range(steps):
            z = states[t] @ w.T
            z += inputs[t]
            np.tanh(z, out=states[t + 1])
        s = states[1:].reshape(rows, d)
        scores = s @ v.T
        scores += c
        scores -= scores.max(1, keepdims=True)
        np.exp(scores, out=scores)
        scores *= total / scores.sum(1, keepdims=True)
        scores -= flat_y
        delta = (scores @ v).reshape(steps, batch, d)
        slope = 1 - s * s
        slope = slope.reshape(steps, batch, d)
        delta[-1:] *= slope[-1:]
        for t in range(steps - 2, -1, -1):
            delta[t] += delta[t + 1] @ w
            delta[t] *= slope[t]
        flat = delta.reshape(rows, d)
        before = states[:-1].reshape(rows, d)
        return [flat.T @ flat_x, flat.T @ before, scores.T @ s, flat.sum(0), scores.sum(0)]

    return call


def by_jax(values: Values) -> Call:
    """`jit(grad)` of a `scan`; the scores are computed for all steps at once."""
    import jax  # noqa: PLC0415 - a peer
    import jax.numpy as jnp  # noqa: PLC0415

    given = {name: jnp.asarray(value) for name, value in values.items()}
    s0, x, y = (given.pop(name) for name in ("s0", "x", "y"))

    def loss(p: Any) -> Any:
        inputs = x @ p["U"].T + p["b"]

        def step(s: Any, z: Any) -> Any:
            s = jnp.tanh(z + s @ p["W"].T)
            return s, s

        _, states = jax.lax.scan(step, s0, inputs)
        return -jnp.sum(y * jax.nn.log_softmax(states @ p["V"].T + p["c"]))

    gradient: Any = jax.jit(jax.grad(loss))
    return lambda: jax.block_until_ready(gradient(given))


def by_torch(values: Values) -> Call:
    """`nn.RNN`, `cross_entropy` and `backward`."""
    import torch  # noqa: PLC0415 - a peer

    (d, m), c = values["U"].shape, len(values["V"])
    cell = torch.nn.RNN(m, d).double()
    out = torch.nn.Linear(d, c).double()
    with torch.no_grad():
        cell.weight_ih_l0.copy_(torch.tensor(values["U"]))
        cell.weight_hh_l0.copy_(torch.tensor(values["W"]))
        cell.bias_ih_l0.copy_(torch.tensor(values["b"]))
        cell.bias_hh_l0.zero_()
        out.weight.copy_(torch.tensor(values["V"]))
        out.bias.copy_(torch.tensor(values["c"]))
    x, s0 = torch.tensor(values["x"]), torch.tensor(values["s0"])[None]
    labels = torch.tensor(values["y"].argmax(-1).reshape(-1))
    parameters = [cell.weight_ih_l0, cell.weight_hh_l0, out.weight, cell.bias_ih_l0, out.bias]

    def call() -> list[Any]:
        states, _ = cell(x, s0)
        loss = torch.nn.functional.cross_entropy(out(states).reshape(-1, c), labels, reduction="sum")
        return list(torch.autograd.grad(loss, parameters))

    return call


def by_casadi(kind: str) -> Callable[[Values], Call]:
    """A graph of scalars (SX) or matrices (MX), with reused buffers."""

    def make(values: Values) -> Call:
        import casadi as ca  # noqa: PLC0415 - a peer
        import numpy as np  # noqa: PLC0415

        kinds = {"SX": ca.SX, "MX": ca.MX}
        sym = kinds[kind].sym
        u, w, v = (sym(name, *values[name].shape) for name in ("U", "W", "V"))
        b, c = sym("b", len(values["b"])), sym("c", len(values["c"]))
        (steps, batch, m), d, k = values["x"].shape, len(values["W"]), len(values["V"])
        x, y, s0 = sym("x", m, steps * batch), sym("y", k, steps * batch), sym("s0", d, batch)
        s, loss, ones = s0, 0, ca.DM.ones(1, batch)
        for t in range(steps):
            here = slice(t * batch, (t + 1) * batch)
            s = ca.tanh(ca.mtimes(u, x[:, here]) + ca.mtimes(w, s) + ca.mtimes(b, ones))
            scores = ca.mtimes(v, s) + ca.mtimes(c, ones)
            total = ca.log(ca.sum1(ca.exp(scores)))
            loss += ca.sum2(ca.sum1(y[:, here]) * total) - ca.sum2(ca.sum1(y[:, here] * scores))
        outputs = [ca.gradient(loss, p) for p in (u, w, v, b, c)]
        function = ca.Function("g", [u, w, v, b, c, x, y, s0], outputs)
        buffer, trigger = function.buffer()
        columns = [values[n].reshape(steps * batch, -1).T for n in "xy"] + [values["s0"].T]
        arrays = [np.array(a.ravel(order="F")) for a in [values[n] for n in NAMES] + columns]
        flat = [np.zeros(values[n].size) for n in NAMES]
        results = [f.reshape(values[n].shape, order="F") for f, n in zip(flat, NAMES, strict=True)]
        for place, array in enumerate(arrays):
            buffer.set_arg(place, array.data)
        for place, array in enumerate(flat):
            buffer.set_res(place, array.data)

        def call() -> list[Array]:
            trigger()
            return results

        KEPT.append((function, buffer, arrays, flat))  # CasADi holds no references
        return call

    return make


def by_sympy(values: Values) -> Call:
    """Scalars written out step by step, `diff` by every entry, `lambdify(cse=True)`."""
    import sympy as sp  # type: ignore[import-untyped]  # noqa: PLC0415 - a peer

    (steps, _, _), names = values["x"].shape, {}
    for name in NAMES:
        shape = values[name].shape if values[name].ndim > 1 else (*values[name].shape, 1)
        names[name] = sp.Matrix(*shape, lambda i, j, n=name: sp.Symbol(f"{n}_{i}_{j}"))
    s, loss = sp.Matrix(values["s0"][0]), 0
    for t in range(steps):
        x, y = values["x"][t, 0], values["y"][t, 0]
        s = (names["U"] * sp.Matrix(x) + names["W"] * s + names["b"]).applyfunc(sp.tanh)
        scores = names["V"] * s + names["c"]
        loss -= scores[int(y.argmax())] - sp.log(sum(e for e in scores.applyfunc(sp.exp)))
    symbols = [e for name in NAMES for e in names[name]]
    function = sp.lambdify(symbols, [sp.diff(loss, e) for e in symbols], "math", cse=True)
    numbers = [float(x) for name in NAMES for x in values[name].reshape(-1)]
    return lambda: function(*numbers)


# reading results


def by_name(result: Any) -> list[Array]:
    """The gradients of a dictionary."""
    return [result[name] for name in NAMES]


def in_order(result: Any) -> list[Array]:
    """The gradients in the order of the names."""
    return list(result)


def one_by_one(result: Any) -> list[Array]:
    """Scalars in the order of the entries; the shapes are those of the first two rows."""
    import numpy as np  # noqa: PLC0415 - after the number of threads is set

    for _, _, m, d, c in ROWS[:1]:
        ends = np.cumsum([d * m, d * d, c * d, d, c])
        return [np.array(part) for part in np.split(np.array(result), ends[:-1])]
    return []


WAYS = (
    Way("NumPy by hand", by_hand, in_order),
    Way("ours, numpy", ours("numpy"), by_name),
    Way("ours, c", ours("c"), by_name),
    Way("ours, c, reused buffers", bound, by_name),
    Way("ours, numba", ours("numba"), by_name, "numba"),
    Way("ours, jax", ours("jax"), by_name, "jax"),
    Way("ours, torch", ours("torch"), by_name, "torch"),
    Way("JAX, jit(grad) of a scan", by_jax, by_name, "jax"),
    Way("torch, nn.RNN and backward", by_torch, in_order, "torch"),
    Way("CasADi SX, reused buffers", by_casadi("SX"), in_order, "casadi", SMALL),
    Way("CasADi MX, reused buffers", by_casadi("MX"), in_order, "casadi", MIDDLE),
    Way("SymPy, lambdify(cse=True)", by_sympy, one_by_one, "sympy", 2),
)


def shown(seconds: float) -> str:
    """Seconds in a unit that fits."""
    for unit, factor in (("us", 1e6), ("ms", 1e3)):
        if seconds * factor < 1000:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"


def show(line: str) -> None:
    """One line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
