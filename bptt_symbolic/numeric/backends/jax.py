"""Plan -> JAX: `lax.scan` for what is sequential, compiled by `jit`; arrays of JAX, on its devices.

JAX computes in float32 unless `jax_enable_x64` is set.
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends._arrays import Dialect
from bptt_symbolic.numeric.backends._functional import FunctionalWriter
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.source_text import Written

Array = Any
HELP = "pip install 'bptt-symbolic[jax]'"
NAMES = (
    *("tanh", "exp", "expm1", "log", "sqrt", "sin", "cos", "sinh", "cosh", "arctan", "reciprocal", "square", "power"),
    *("add", "subtract", "negative", "multiply", "dot", "einsum", "vdot", "concatenate", "broadcast_to"),
)
HELPERS = {
    "unit_step": '''def unit_step(x):
    """1 where x is positive, else 0."""
    return jnp.asarray(x > 0, x.dtype)''',
}
DIALECT = Dialect(
    title="JAX",
    imports="import jax\nimport jax.numpy as jnp",
    functions={
        **{name: f"jnp.{name}" for name in NAMES},
        **{name: f"jax.nn.{name}" for name in ("sigmoid", "softplus", "relu", "softmax", "log_softmax")},
        "erf": "jax.lax.erf",
        "logsumexp": "jax.nn.logsumexp",
        "step": "unit_step",
    },
    helpers=HELPERS,
    sum="jnp.sum({0}, {1})",
    zeros="jnp.zeros({0}, dtype)",
    arange="jnp.arange({0}, {1})",
    eye="jnp.eye({0}, dtype=dtype)",
    cast="jnp.asarray({0}, dtype)",
    copy="{0}",
    transpose="{0}.transpose({1})",
    reserved=("jax", "jnp", "carry", "rows", "len"),
)


def missing() -> str | None:
    """Why JAX is not there."""
    return None if importlib.util.find_spec("jax") else "jax is not installed"


def write(plan: Plan) -> Written:
    """The source of a plan."""
    return _Jax(plan, DIALECT).write()


def loaded(written: Written, plan: Plan) -> Callable[..., Any]:
    """The function of the source, compiled anew for other shapes."""
    import jax  # noqa: PLC0415 - optional and heavy

    run = loading.loaded(written.source, "jax").run
    static = tuple(range(len(plan.arguments), len(written.parameters)))
    compiled: Callable[..., Any] = jax.jit(run, static_argnums=static)
    return compiled


def taken(values: Sequence[object]) -> tuple[list[Array], Any, list[tuple[int, str]]]:
    """Arrays of one floating dtype, that dtype, and what is wrong with which of them; None stays None."""
    import jax  # noqa: PLC0415 - optional and heavy
    import jax.numpy as jnp  # noqa: PLC0415 - the same
    import numpy as np  # noqa: PLC0415 - beside it

    kinds = {value.dtype if isinstance(value, jax.Array) else None for value in values}
    if len(kinds) == 1 and (only := kinds.pop()) is not None and jnp.issubdtype(only, jnp.floating):
        return list(values), np.dtype(only), []
    arrays: list[Array] = []
    faults = []
    for place, value in enumerate(values):
        own = value if value is None or hasattr(value, "dtype") else np.asarray(value)
        real = own is None or own.dtype == bool or jnp.issubdtype(own.dtype, jnp.integer)
        if real or jnp.issubdtype(own.dtype, jnp.floating):
            arrays.append(own if own is None else jnp.asarray(own))
        else:
            faults.append((place, f"expected real numbers, got {own.dtype}"))
            arrays.append(own)
    if faults:
        return arrays, None, faults
    dtype = jnp.result_type(*(a for a in arrays if a is not None), jnp.bfloat16)
    return [a if a is None else a.astype(dtype) for a in arrays], np.dtype(dtype), []


def broadcast_to(array: Array, shape: tuple[int, ...]) -> Array:
    """The array along more sequences."""
    import jax.numpy as jnp  # noqa: PLC0415 - optional and heavy

    return jnp.broadcast_to(array, shape)


@dataclass(slots=True)
class _Jax(FunctionalWriter):
    def loop(self, loop: Loop) -> None:
        """A `scan`: what goes from step to step is carried, what stays is stacked."""
        step = self.step_of(loop)
        name = self.names.fresh("backward" if loop.backward else "forward")
        self.put(f"def {name}(carry, rows):")
        inner = self.indent + "    "
        self.lines.append(f"{inner}{_tuple(k for k, _ in step.carried)} = carry")
        if step.rows:
            self.lines.append(f"{inner}{_tuple(k for k, _ in step.rows)} = rows")
        self.lines += [inner + line for line in step.lines]
        self.lines.append(f"{inner}return {_tuple(step.next)}, {_tuple(k for k, _ in step.kept)}")
        first, rows = _tuple(v for _, v in step.carried), _tuple(v for _, v in step.rows)
        reverse = ", reverse=True" if loop.backward else ""
        kept = _tuple(k for _, k in step.kept) if step.kept else "_"
        self.put(f"_, {kept} = jax.lax.scan({name}, {first}, {rows}, length={self.sizes.steps}{reverse})")
        self.after(loop)


def _tuple(items: Any) -> str:
    words = list(items)
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"
