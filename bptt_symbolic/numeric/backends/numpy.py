"""Plan -> NumPy: whole-sequence matrix products, and a loop that holds only what is sequential.

Results of loops are written where they stay, through `out`; a temporary array that nothing reads again is reused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends._arrays import Dialect, Writer, plainly
from bptt_symbolic.numeric.graph import Contract, Delay, Node
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.source_text import Matrix, Written, product

Array = Any
HELP = "NumPy comes with the package"
HELPERS = {
    "sigmoid": '''def sigmoid(x, out=None):
    """1 / (1 + exp(-x)); where exp overflows, the value is 0."""
    out = np.negative(x, out=out)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    np.add(out, 1, out=out)
    return np.reciprocal(out, out=out)''',
    "softplus": '''def softplus(x, out=None):
    """log(1 + exp(x)) for numbers of any size."""
    return np.logaddexp(x, np.zeros((), x.dtype), out=out)''',
    "erf": '''import math


def erf(x, out=None):
    """The error function, which NumPy does not have."""
    found = np.reshape([math.erf(v) for v in np.ravel(x)], np.shape(x)).astype(np.result_type(x))
    return np.positive(found, out=out)''',
    "relu": '''def relu(x, out=None):
    """x where it is positive, else 0."""
    return np.maximum(x, 0, out=out)''',
    "unit_step": '''def unit_step(x, out=None):
    """1 where x is positive, else 0."""
    return np.heaviside(x, np.zeros((), x.dtype), out=out)''',
    "softmax": '''def softmax(x):
    """exp(x) / sum exp(x) along the last axis; the largest entry is taken off first."""
    powers = x - np.maximum.reduce(x, axis=-1, keepdims=True)
    np.exp(powers, out=powers)
    powers /= np.add.reduce(powers, axis=-1, keepdims=True)
    return powers''',
    "log_softmax": '''def log_softmax(x):
    """x - log sum exp(x) along the last axis; the largest entry is taken off first."""
    logs = x - np.maximum.reduce(x, axis=-1, keepdims=True)
    logs -= np.log(np.add.reduce(np.exp(logs), axis=-1, keepdims=True))
    return logs''',
    "logsumexp": '''def logsumexp(x):
    """log sum exp(x) along the last axis; the largest entry is taken off first."""
    top = np.maximum.reduce(x, axis=-1, keepdims=True)
    return np.log(np.add.reduce(np.exp(x - top), axis=-1)) + top[..., 0]''',
}
UFUNCS = (
    *("tanh", "exp", "expm1", "log", "sqrt", "sin", "cos", "sinh", "cosh", "arctan", "reciprocal", "square", "power"),
    *("add", "subtract", "negative", "multiply", "dot", "einsum", "vdot", "concatenate", "broadcast_to"),
)
DIALECT = Dialect(
    title="NumPy",
    imports="import numpy as np",
    functions={**{name: f"np.{name}" for name in UFUNCS}, **{name: name for name in HELPERS}, "step": "unit_step"},
    helpers=HELPERS,
    sum="np.add.reduce({0}, axis={1})",
    zeros="np.zeros({0}, dtype)",
    arange="np.arange({0}, {1})",
    eye="np.eye({0}, dtype=dtype)",
    cast="np.asarray({0}, dtype)",
    copy="np.array({0})",
    transpose="{0}.transpose({1})",
    reserved=("math", "np", "zip", "range"),
)


def missing() -> str | None:
    """NumPy is always there."""
    return None


def write(plan: Plan) -> Written:
    """The source of a plan."""
    return _NumPy(plan, DIALECT).write()


def loaded(written: Written, plan: Plan) -> Callable[..., Any]:
    """The function of the source."""
    del plan
    run: Callable[..., Any] = loading.loaded(written.source, "numpy").run
    return run


FLOAT64 = np.dtype(float)


def taken(values: Sequence[object]) -> tuple[list[Array], Any, list[tuple[int, str]]]:
    """Arrays of one floating dtype, that dtype, and what is wrong with which of them; None stays None."""
    if all([type(value) is np.ndarray and value.dtype is FLOAT64 for value in values]):  # noqa: C419 - a list is faster
        return list(values), FLOAT64, []
    arrays = [None if value is None else np.asarray(value) for value in values]
    here = [(i, a) for i, a in enumerate(arrays) if a is not None]
    faults = [(i, f"expected real numbers, got {a.dtype}") for i, a in here if a.dtype.kind not in "fiub"]
    if faults:
        return arrays, None, faults
    dtype = np.result_type(*(a for _, a in here)) if here else FLOAT64
    dtype = dtype if dtype.kind == "f" else FLOAT64
    return [None if a is None else a.astype(dtype, copy=False) for a in arrays], dtype, []


def shapes_of(plan: Plan, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """The shapes of the outputs; `sizes` has steps, sequences, then the sizes with names."""
    steps, batch, *rest = sizes
    named = dict(zip(plan.sizes, rest, strict=True))
    spaces = [output.space for output in plan.outputs]
    return [((steps,) * s.time + (batch,) * s.batch + tuple(d.at(named) for d in s.dims)) for s in spaces]


def broadcast_to(array: Array, shape: tuple[int, ...]) -> Array:
    """The array along more sequences."""
    return np.broadcast_to(array, shape)


@dataclass(slots=True)
class _NumPy(Writer):
    def assign(self, name: str, function: str, args: tuple[str, ...], out: str | None) -> None:
        """One call, with its result in `out`."""
        inside = ", ".join(args)
        result = "" if out == name else f"{name} = "
        self.put(f"{name} = {function}({inside})" if out is None else f"{result}{function}({inside}, out={out})")

    def set_to(self, name: str, text: str, out: str | None) -> None:
        """`name = text`, copied where it has to be in `out`."""
        self.put(f"{name}[...] = {text}" if out == name else f"{name} = {text}")

    def loop(self, loop: Loop) -> None:
        """Rows of what is read and of what stays, and buffers for the rest, go through one `zip`."""
        before = dict(self.at)
        for node in loop.nodes:
            if node in self.layout.kept:
                self._store(node, self._written_over(loop, node))
        heads: dict[str, str] = {}
        inside = set(loop.nodes)
        for node in dict.fromkeys(x for n in loop.nodes for x in n.args if x not in inside and x.space.time):
            self.at[node] = self.names.fresh(f"{self.label(node)}_t")
            heads[self.at[node]] = before[node]
        turns = self._buffers(loop, heads)
        self._turn(loop)
        sign = "[::-1]" if loop.backward else ""
        rows = ", ".join(f"{text}{sign}" for text in heads.values())
        comma = "," if len(heads) == 1 else ""
        self.put(f"for {', '.join(heads)}{comma} in zip({rows}):" if heads else f"for _ in range({self.sizes.steps}):")
        self.indent += "    "
        for node in loop.nodes:
            if not isinstance(node.op, Delay):
                self.compute(node, self.at[node], self.at[node], step=True)
        for old, new in turns:
            self.put(f"{old}, {new} = {new}, {old}")
        self.indent = self.indent[:-4]
        self._after(loop, before)

    def _turn(self, loop: Loop) -> None:
        """Transposes of parameters, taken once."""
        for node in loop.nodes:
            kind = product(node, step=True) if isinstance(node.op, Contract) else None
            if not isinstance(kind, Matrix):
                continue
            left, right = node.args[::-1] if kind.swapped else node.args
            for arg, transposed in ((left, kind.left_transposed), (right, kind.right_transposed)):
                text = f"{self.at[arg]}.T"
                if transposed and not arg.space.time and not arg.space.batch and text not in self.turned:
                    self.turned[text] = self.names.fresh(f"{self.at[arg]}_transposed")
                    self.put(f"{self.turned[text]} = {text}")

    def _buffers(self, loop: Loop, heads: dict[str, str]) -> list[tuple[str, str]]:
        """Where the values of one step are; pairs of buffers that change places after each step."""
        for node in loop.nodes:
            op = node.op
            if isinstance(op, Delay) and op.variable in self.rows:
                self.at[node] = self.names.fresh(f"{plainly(op.variable)}_at_{'before' if op.lag > 0 else 'after'}")
                heads[self.at[node]] = self.view_of(op)
            elif isinstance(op, Delay):
                self.at[node] = self._empty(f"{plainly(op.variable)}_{'before' if op.lag > 0 else 'after'}", node)
                value = self.at[self.plan.initial[op.variable, 1]] if op.lag > 0 else "0"
                self.put(f"{self.at[node]}[...] = {value}")
            elif node in self.stored:
                self.at[node] = self.names.fresh(f"{self.stored[node]}_t")
                heads[self.at[node]] = self.stored[node]
            else:
                self.at[node] = self._empty(self.label(node), node)
        return [
            (self.at[node], self.at[self.plan.variables[node.op.variable]])
            for node in loop.nodes
            if isinstance(node.op, Delay) and node.op.variable not in self.rows
        ]

    def _empty(self, wish: str, node: Node) -> str:
        name = self.names.fresh(wish)
        self.put(f"{name} = np.empty({self.sizes.shape(node.space, step=True)}, dtype)")
        return name

    def _written_over(self, loop: Loop, node: Node) -> str | None:
        """A temporary array whose row of a step nothing reads once this value of the step is known."""
        place = loop.nodes.index(node)
        for other, name in self.owned.items():
            readers = [i for i, n in enumerate(loop.nodes) if other in n.args]
            if readers and max(readers) < place and other.space == node.space and self.last[other] == self.stage:
                del self.owned[other]
                return name
        return None

    def _store(self, node: Node, over: str | None) -> None:
        """The array that a value of a loop stays in, with rows before the first or after the last step."""
        name = self.stored[node] = self.names.fresh(self.label(node))
        variables = [v for v in self.layout.rows if self.plan.variables[v] is node]
        if not variables and over is not None:
            self.put(f"{name} = {over}")
        elif not variables:
            self.put(f"{name} = np.empty({self.sizes.shape(node.space)}, dtype)")
        if not variables:
            return
        (variable,) = variables
        rows = self.rows[variable] = self.names.fresh(f"{name}_all")
        count, steps = self.layout.rows[variable], self.sizes.steps
        shape = self.sizes.shape(node.space, step=True)[1:]
        self.put(f"{rows} = np.empty(({steps} + {count}, {shape}, dtype)")
        starts = [
            (back, self.plan.initial[variable, back])
            for back in range(1, count + 1)
            if (variable, back) in self.plan.initial
        ]
        for back, value in starts:
            self.put(f"{rows}[{count - back}] = {self.at[value]}")
        if not starts:
            self.put(f"{rows}[{steps} :] = 0")
        self.put(f"{name} = {rows}[{count} :]" if starts else f"{name} = {rows}[: {steps}]")

    def _after(self, loop: Loop, before: dict[Node, str]) -> None:
        """What later stages read."""
        self.at = before
        for node in loop.nodes:
            if node in self.stored:
                self.at[node] = self.stored[node]
            elif isinstance(node.op, Delay) and node.op.variable in self.rows:
                self.at[node] = self.view_of(node.op)
