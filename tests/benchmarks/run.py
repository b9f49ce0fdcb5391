"""Benchmarks beside their peers: `python tests/benchmarks/run.py`.

Every row is measured in this one run, ours and the peers alternating, and printed as medians with their ratio. A peer
that is not installed, or takes longer than its limit, is named with the reason. These figures are shown, never tested.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ROUNDS = 7
LIMIT = 20.0
"""Seconds that one run of a peer may take."""


@dataclass(frozen=True)
class Way:
    """One way to do a job: a function that does it once and returns the seconds it took, or why it cannot."""

    name: str
    once: Callable[[], float | str]
    rounds: int = ROUNDS


def main() -> None:
    """Measure all rows and print them."""
    sys.path.insert(0, str(ROOT))
    for title, ways in (*proofs(), compiled(), notes(), imports()):
        print(f"\n{title}")  # noqa: T201 - a program that prints
        for line in table(ways):
            print(f"  {line}")  # noqa: T201


def table(ways: list[Way]) -> list[str]:
    """A line a way: median, spread, and how many times ours it takes."""
    times: dict[str, list[float]] = {way.name: [] for way in ways}
    reasons: dict[str, str] = {}
    for number in range(max(way.rounds for way in ways)):
        for way in ways:
            if number < way.rounds and way.name not in reasons:
                took = way.once()
                if isinstance(took, str):
                    reasons[way.name] = took
                else:
                    times[way.name].append(took)
    ours = statistics.median(times[ways[0].name]) if times[ways[0].name] else None
    return [line(way.name, times[way.name], reasons.get(way.name), ours) for way in ways]


def line(name: str, times: list[float], reason: str | None, ours: float | None) -> str:
    """One way in words."""
    if reason is not None or not times:
        return f"{name:<44} {reason}"
    median = statistics.median(times)
    ratio = "" if ours is None else f"{median / ours:10.1f} x"
    return f"{name:<44} {shown(median):>10}  ({shown(min(times))} to {shown(max(times))}, {len(times)} runs) {ratio}"


def shown(seconds: float) -> str:
    """Seconds in a unit that fits."""
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def timed(job: Callable[[], object]) -> Callable[[], float]:
    """A job with a stopwatch."""

    def once() -> float:
        start = time.perf_counter()
        job()
        return time.perf_counter() - start

    return once


def spawned(code: str, *, limit: float = LIMIT) -> Callable[[], float | str]:
    """Python code in a new process, which prints the seconds that its own job took."""

    def once() -> float | str:
        call = [sys.executable, "-c", code]
        try:
            done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            return f"stopped after {limit:.0f} s"
        if done.returncode:
            return f"failed: {done.stderr.strip().splitlines()[-1]}"
        return float(done.stdout.split()[-1])

    return once


def peer(module: str, once: Callable[[], float | str]) -> Callable[[], float | str]:
    """A peer, or that it is not installed."""
    return once if importlib.util.find_spec(module) else lambda: "skipped: not installed"


@cache
def elman() -> Any:
    """The network of every row, built by hand."""
    spec = importlib.util.spec_from_file_location("hand_built", ROOT / "tests" / "networks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.elman()


# row 1: the closed form is the derivative


def proofs() -> list[tuple[str, list[Way]]]:
    """Prove `dL_T/dW = sum_k dL_T/ds_T prod ds_i/ds_{i-1} ds_k/dW`, every entry, from nothing kept."""
    rows = []
    for steps, size in ((2, 2), (3, 2), (4, 2), (3, 3), (4, 3)):
        title = f"prove: closed form = derivative, T={steps}, D=M=C={size}"
        ours = Way("bptt_symbolic, exact", timed(lambda t=steps, d=size: proved(t, d)))  # type: ignore[misc]
        ways = [ours, Way("SymPy: written out, diff, simplify of one entry", spawned(SIMPLIFY.format(steps, size)), 1)]
        rows.append((title, ways if (steps, size) == (2, 2) else ways[:1]))
    rows.append(("prove the same for every T and all sizes", [Way("bptt_symbolic, exact", timed(proved_for_all))]))
    return rows


def proved_for_all() -> None:
    """The normal form of both sides over symbolic steps and sizes, with the network read anew."""
    from bptt_symbolic.meaning.terms import LAST, Affine  # noqa: PLC0415
    from bptt_symbolic.proving.methods import symbolic  # noqa: PLC0415 - timed with warm imports only
    from bptt_symbolic.proving.obligation import Obligation  # noqa: PLC0415

    left, right = closed_form()
    obligation = Obligation(left, right, elman(), (("t", (Affine(1), Affine.of(LAST))),))
    assert isinstance(symbolic.prove(obligation), symbolic.Proof)


def closed_form() -> tuple[Any, Any]:
    """The derivative of the loss of one step by W, and the sum of products of the textbooks."""
    from bptt_symbolic.meaning.terms import Affine, Deriv, Mul, Prod, Ref, Sum  # noqa: PLC0415 - timed with warm imports only

    t, k, i = (Affine.of(name) for name in "tki")
    loss, weights, one = Ref("L", t), Ref("W"), Affine(1)
    chain = Prod("i", k + 1, t, Deriv(Ref("s", i), Ref("s", i - 1)))
    body = Mul(Deriv(loss, Ref("s", t)), Mul(chain, Deriv(Ref("s", k), weights, "immediate")))
    return Deriv(loss, weights), Sum("k", one, t, body)


def proved(steps: int, size: int) -> None:
    """Both sides over polynomials, and their difference reduced to zero."""
    from bptt_symbolic.proving.methods.polynomials import Polynomials  # noqa: PLC0415 - timed with warm imports only
    from bptt_symbolic.proving.methods.tensor import Tensors  # noqa: PLC0415

    ring = Polynomials(96)
    tensors = Tensors(elman(), ring, steps, {"D": size, "M": size, "C": size})
    left, right = (tensors.evaluate(side, {"t": steps}).data for side in closed_form())
    if not all(ring.is_zero(a - b) for a, b in zip(left.flat, right.flat, strict=True)):
        raise AssertionError("the proof does not go through")


SIMPLIFY = """
import time, sympy as sp
T, D = {}, {}
def mat(n, r, c): return sp.Matrix(r, c, lambda i, j: sp.Symbol(f"{{n}}{{i}}{{j}}", real=True))
U, W, V = (mat(n, D, D) for n in "UWV")
s = [mat("s", D, 1)]
for t in range(1, T + 1):
    s.append((U * mat(f"x{{t}}", D, 1) + W * s[-1]).applyfunc(sp.tanh))
y = mat("y", D, 1)
def loss(state):
    e = (V * state).applyfunc(sp.exp)
    return -sum(y[c] * sp.log(e[c] / sum(e)) for c in range(D))
w = W[0, 0]
start = time.perf_counter()
left = sp.diff(loss(s[T]), w)
free = [mat(f"q{{t}}", D, 1) for t in range(T + 1)]
put = {{a: b for t in range(T + 1) for a, b in zip(free[t], s[t])}}
step = [None] + [(U * mat(f"x{{t}}", D, 1) + W * free[t - 1]).applyfunc(sp.tanh) for t in range(1, T + 1)]
row = sp.Matrix([loss(free[T])]).jacobian(free[T])
right = sp.zeros(1, 1)
for k in range(T, 0, -1):
    right += row * step[k].diff(w)
    row = row * step[k].jacobian(free[k - 1])
right = right[0]
for t in range(T, -1, -1):
    right = right.xreplace({{a: b for a, b in zip(free[t], s[t])}})
assert sp.simplify(left - right) == 0
print(time.perf_counter() - start)
"""


# row 3: derive and compile the gradient


def compiled() -> tuple[str, list[Way]]:
    """All gradients of the total loss at T=5, D=4, M=C=3, as a function of numbers."""
    ways = [
        Way("bptt_symbolic, lambdify and first call", timed(for_any_size)),
        Way("bptt_symbolic, unroll + lambdify", timed(lambdified)),
        Way("SymPy: written out, diff of every entry", spawned(WRITTEN_OUT), 1),
        Way("CasADi, SX graph", peer("casadi", spawned(CASADI)), 3),
        Way("JAX, jit(grad), first call", peer("jax", spawned(JAX)), 3),
    ]
    return "derive + compile the gradient, T=5, D=4, M=C=3", ways


def for_any_size() -> None:
    """Ours on NumPy, from the network to the gradients of a first call."""
    import numpy as np  # noqa: PLC0415 - timed with warm imports only

    from bptt_symbolic.numeric import lambdify  # noqa: PLC0415

    shapes = {"U": (4, 3), "W": (4, 4), "V": (3, 4), "b": 4, "c": 3, "s0": 4, "x": (5, 3), "y": (5, 3)}
    lambdify(elman())(**{name: np.ones(shape) for name, shape in shapes.items()})


def lambdified() -> None:
    """Ours, from nothing kept."""
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy

    from bptt_symbolic.showing.unrolled import unroll  # noqa: PLC0415

    sympy.core.cache.clear_cache()
    unroll(elman(), 5, {"D": 4, "M": 3, "C": 3}).lambdify()


WRITTEN_OUT = """
import time, sympy as sp
T, D, M = 5, 4, 3
def mat(n, r, c): return sp.Matrix(r, c, lambda i, j: sp.Symbol(f"{n}{i}{j}", real=True))
U, W, V, s, loss = mat("U", D, M), mat("W", D, D), mat("V", M, D), mat("s", D, 1), 0
start = time.perf_counter()
for t in range(T):
    s = (U * mat(f"x{t}", M, 1) + W * s).applyfunc(sp.tanh)
    e = (V * s).applyfunc(sp.exp)
    loss = loss - sum(y * sp.log(p / sum(e)) for y, p in zip(mat(f"y{t}", M, 1), e))
gradient = [sp.diff(loss, w) for w in (*U, *W, *V)]
sp.lambdify(sorted(loss.free_symbols, key=str), gradient, "math", cse=True)
print(time.perf_counter() - start)
"""
CASADI = """
import time, casadi as ca
start = time.perf_counter()
T, D, M = 5, 4, 3
U, W, V = ca.SX.sym("U", D, M), ca.SX.sym("W", D, D), ca.SX.sym("V", M, D)
x, y, s0 = ca.SX.sym("x", M, T), ca.SX.sym("y", M, T), ca.SX.sym("s", D)
s, loss = s0, 0
for t in range(T):
    s = ca.tanh(U @ x[:, t] + W @ s)
    e = ca.exp(V @ s)
    loss = loss - ca.dot(y[:, t], ca.log(e / ca.sum1(e)))
ca.Function("g", [U, W, V, x, y, s0], [ca.gradient(loss, p) for p in (U, W, V)])
print(time.perf_counter() - start)
"""
JAX = """
import time, jax, jax.numpy as jnp
start = time.perf_counter()
T, D, M = 5, 4, 3
def loss(p, x, y, s):
    total = 0.0
    for t in range(T):
        s = jnp.tanh(p[0] @ x[t] + p[1] @ s)
        total = total - jnp.dot(y[t], jax.nn.log_softmax(p[2] @ s))
    return total
p = (jnp.ones((D, M)), jnp.ones((D, D)), jnp.ones((M, D)))
jax.block_until_ready(jax.jit(jax.grad(loss))(p, jnp.ones((T, M)), jnp.ones((T, M)), jnp.ones(D)))
print(time.perf_counter() - start)
"""


# rows 4 and 5: whole notes, imports


def notes() -> tuple[str, list[Way]]:
    """Every note in derivations/, checked by one process of the command line, imports included."""
    files = sorted(str(p) for p in (ROOT / "derivations").iterdir() if p.suffix in {".md", ".tex", ".rst", ".ipynb"})
    return f"check {len(files)} notes in one process", [Way("bptt-symbolic check derivations/*", checked(files), 5)]


def checked(files: list[str]) -> Callable[[], float | str]:
    """The command line, which ends with 0, 1 or 2 when it has done its work."""

    def once() -> float | str:
        call = [sys.executable, "-m", "bptt_symbolic", "check", *files, "--format", "json"]
        start = time.perf_counter()
        try:
            done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return "stopped after 300 s"
        took = time.perf_counter() - start
        worst = 2
        return took if 0 <= done.returncode <= worst else f"failed: {done.stderr.strip().splitlines()[-1]}"

    return once


def imports() -> tuple[str, list[Way]]:
    """A new process that imports, and the seconds that the import took."""
    code = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
    names = ("bptt_symbolic", "bptt_symbolic.cli", "sympy", "casadi", "jax")
    ways = [Way(f"import {n}", peer(n.partition(".")[0], spawned(code.format(n))), ROUNDS) for n in names]
    return "import", ways


if __name__ == "__main__":
    main()
