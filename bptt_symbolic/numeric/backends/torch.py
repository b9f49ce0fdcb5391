"""Plan -> torch: tensors of any device and floating dtype, without recording a graph."""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends._arrays import Dialect
from bptt_symbolic.numeric.backends._functional import FunctionalWriter
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.source_text import Written

Array = Any
HELP = "pip install 'bptt-symbolic[torch]'"
NAMES = (
    *(
        "tanh",
        "exp",
        "expm1",
        "log",
        "sqrt",
        "sin",
        "cos",
        "sinh",
        "cosh",
        "arctan",
        "erf",
        "reciprocal",
        "square",
        "pow",
    ),
    *("negative", "matmul", "einsum", "sigmoid", "relu", "concatenate", "broadcast_to"),
)
HELPERS = {
    "add": "def add(a, b):\n    return a + b",
    "subtract": "def subtract(a, b):\n    return a - b",
    "multiply": "def multiply(a, b):\n    return a * b",
    "vdot": 'def vdot(a, b):\n    """The sum of all products."""\n    return (a * b).sum()',
    "unit_step": '''def unit_step(x):
    """1 where x is positive, else 0."""
    return (x > 0).to(x.dtype)''',
    "softplus": '''def softplus(x):
    """log(1 + exp(x)) for numbers of any size."""
    return torch.logaddexp(x, torch.zeros_like(x))''',
    "softmax": "def softmax(x):\n    return torch.softmax(x, -1)",
    "log_softmax": "def log_softmax(x):\n    return torch.log_softmax(x, -1)",
    "logsumexp": "def logsumexp(x):\n    return torch.logsumexp(x, -1)",
    "stacked": '''def stacked(rows, shape, dtype):
    """Rows of steps as one tensor, also if there are none."""
    return torch.stack(rows) if rows else torch.zeros(shape, **dtype)''',
}
DIALECT = Dialect(
    title="torch; `dtype` holds dtype and device",
    imports="import torch",
    functions={
        **{name: f"torch.{name}" for name in NAMES},
        **{name: name for name in HELPERS},
        "power": "torch.pow",
        "dot": "torch.matmul",
        "step": "unit_step",
    },
    helpers=HELPERS,
    sum="torch.sum({0}, {1})",
    zeros="torch.zeros({0}, **dtype)",
    arange="torch.arange({0}, {1}, device=dtype['device'])",
    eye="torch.eye({0}, **dtype)",
    cast="torch.as_tensor({0}, **dtype)",
    copy="torch.clone({0})",
    transpose="{0}.permute({1})",
    reserved=("torch", "zip", "range"),
)


def missing() -> str | None:
    """Why torch is not there."""
    return None if importlib.util.find_spec("torch") else "torch is not installed"


def write(plan: Plan) -> Written:
    """The source of a plan."""
    return _Torch(plan, DIALECT).write()


def loaded(written: Written, plan: Plan) -> Callable[..., Any]:
    """The function of the source; nothing is recorded for differentiation."""
    del plan
    import torch  # noqa: PLC0415 - optional and heavy

    run: Callable[..., Any] = torch.no_grad()(loading.loaded(written.source, "torch").run)
    return run


def taken(values: Sequence[object]) -> tuple[list[Array], Any, list[tuple[int, str]]]:
    """Tensors of one floating dtype, dtype and device, and what is wrong with which of them; None stays None."""
    import numpy as np  # noqa: PLC0415 - beside torch
    import torch  # noqa: PLC0415 - optional and heavy

    arrays: list[Array] = []
    faults = []
    for place, value in enumerate(values):
        own = value if value is None or isinstance(value, torch.Tensor) else np.asarray(value)
        if isinstance(own, np.ndarray):
            if own.dtype.kind not in "fiub":
                faults.append((place, f"expected real numbers, got {own.dtype}"))
                arrays.append(own)
                continue
            own = torch.tensor(own)
        if own is not None and own.is_complex():
            faults.append((place, f"expected real numbers, got {own.dtype}"))
        arrays.append(own)
    if faults:
        return arrays, None, faults
    here = [a for a in arrays if a is not None]
    dtype = reduce(torch.promote_types, (a.dtype for a in here)) if here else torch.float64
    dtype = dtype if dtype.is_floating_point else torch.float64
    kind = {"dtype": dtype, "device": here[0].device if here else torch.device("cpu")}
    return [a if a is None else a.to(dtype) for a in arrays], kind, []


def broadcast_to(array: Array, shape: tuple[int, ...]) -> Array:
    """The tensor along more sequences."""
    return array.expand(shape)


@dataclass(slots=True)
class _Torch(FunctionalWriter):
    def loop(self, loop: Loop) -> None:
        """A loop over rows; what stays is stacked afterwards."""
        step = self.step_of(loop)
        for name, first in step.carried:
            self.put(f"{name} = {first}")
        for _, whole in step.kept:
            self.put(f"{whole} = []")
        sign = ".flip(0)" if loop.backward else ""
        heads = [name for name, _ in step.rows]
        comma = "," if len(heads) == 1 else ""
        sources = ", ".join(f"{whole}{sign}.unbind(0)" for _, whole in step.rows)
        self.put(
            f"for {', '.join(heads)}{comma} in zip({sources}):" if heads else f"for _ in range({self.sizes.steps}):"
        )
        inner = self.indent + "    "
        self.lines += [inner + line for line in step.lines]
        self.lines += [f"{inner}{whole}.append({name})" for name, whole in step.kept]
        before = ", ".join(name for name, _ in step.carried)
        self.lines.append(f"{inner}{before} = {', '.join(step.next)}")
        shapes = {self.stored[node]: self.sizes.shape(node.space) for node in loop.nodes if node in self.stored}
        for _, whole in step.kept:
            order = "[::-1]" if loop.backward else ""
            self.put(f"{whole} = {self.call('stacked')}({whole}{order}, {shapes[whole]}, dtype)")
        self.after(loop)
