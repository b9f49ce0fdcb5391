"""Plan, backend -> function of keyword arguments, with signature, docstring and source; it can be pickled."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

from bptt_symbolic.network import Network
from bptt_symbolic.numeric import backends
from bptt_symbolic.numeric.arguments import Sizes, names_of, signature, sizes_of, whole_shape
from bptt_symbolic.numeric.faults import NumericError
from bptt_symbolic.numeric.plan import Argument, Output, Plan, planned
from bptt_symbolic.numeric.writing import Written

Array = Any
"""An array of the library of the backend."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a function was asked for; enough to make it again."""

    network: Network
    wanted: tuple[str, ...] | None
    backend: str
    batch: bool
    functions: tuple[tuple[str, str], ...]
    name: str


class NumericFunction:
    """Values and gradients of a network from arrays, for any number of steps, any sizes, any batch."""

    def __init__(self, request: Request) -> None:
        """Plan, write and load; raises NumericError for a request that cannot be answered."""
        self.request = request
        self.plan: Plan = planned(request.network, request.wanted, dict(request.functions))
        self._backend: ModuleType = backends.load(request.backend)
        self._written: Written = self._backend.write(self.plan)
        self.__name__ = self.__qualname__ = request.name
        self.__doc__ = documented(self.plan, request)
        self._fitted: dict[tuple[object, ...], Sizes] = {}

    @property
    def source(self) -> str:
        """The generated code."""
        return self._written.source

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature([inspect.Parameter(a.keyword, kind) for a in self.plan.arguments])

    @cached_property
    def _run(self) -> Callable[..., Sequence[Array]]:
        run: Callable[..., Sequence[Array]] = self._backend.loaded(self._written, self.plan)
        return run

    def __call__(self, *, steps: int | None = None, **values: object) -> dict[str, Array]:
        """Everything that was wanted at these arrays; raises NumericError with every fault of the call."""
        arrays, sizes, dtype = self.prepared(values, steps)
        return self._named(self._run(*arrays, sizes.steps, sizes.batch, *sizes.named.values(), dtype), sizes)

    def prepared(self, values: Mapping[str, object], steps: int | None) -> tuple[list[Array], Sizes, Any]:
        """The arrays as generated code expects them, their sizes and their common dtype."""
        named = names_of(self.plan, values)
        arrays, dtype, faults = self._backend.taken(named)
        if faults:
            raise NumericError(tuple(faults), signature(self.plan))
        shapes = tuple(tuple(a.shape) for a in arrays)
        key = (shapes, steps)
        if key not in self._fitted:
            by_name = dict(zip(named, shapes, strict=True))
            self._fitted[key] = sizes_of(self.plan, by_name, batch=self.request.batch, steps=steps)
        sizes = self._fitted[key]
        fitted = [self._fit(x, a, sizes) for x, a in zip(arrays, self.plan.arguments, strict=True)]
        return fitted, sizes, dtype

    def _fit(self, array: Array, argument: Argument, sizes: Sizes) -> Array:
        """An array with the axis of the batch that generated code expects."""
        if argument.kind == "sequence":
            return array if sizes.batched else array[:, None]
        if argument.kind == "parameter":
            return array
        wide = array[None] if len(array.shape) == len(argument.axes) else array
        return wide if wide.shape[0] == sizes.batch else self._backend.broadcast_to(wide, whole_shape(argument, sizes))

    def _named(self, results: Sequence[Array], sizes: Sizes) -> dict[str, Array]:
        found = {}
        for output, result in zip(self.plan.outputs, results, strict=True):
            found[output.keyword] = self._shaped(output, result, sizes)
        return found

    def _shaped(self, output: Output, result: Array, sizes: Sizes) -> Array:
        """A result as the caller gave things: without the axis of the batch if there was none."""
        if output.space.batch and not sizes.batched:
            return result[:, 0] if output.space.time else result[0]
        return result

    def __reduce__(self) -> tuple[Callable[..., "NumericFunction"], tuple[Request]]:
        return NumericFunction, (self.request,)

    def __repr__(self) -> str:
        return f"<{self.__name__}({', '.join(a.keyword for a in self.plan.arguments)}), {self.request.backend}>"


def documented(plan: Plan, request: Request) -> str:
    """The docstring: what comes back, and the shapes."""
    lines = [f"Values and gradients of the network, computed by {request.backend}.", "", "Keyword arguments:"]
    lines += [f"    {a.keyword}: {a.letters}" for a in plan.arguments]
    lines += ["", "Returns a dictionary:"]
    for output in plan.outputs:
        space = output.space
        axes = ["T"] * space.time + ["batch"] * space.batch + [str(d) for d in space.dims]
        what = f"the gradient of the loss by {output.keyword}" if output.gradient else "its value"
        lines.append(f"    {output.keyword}: ({', '.join(axes)}{',' if len(axes) == 1 else ''}), {what}")
    lines += ["", "The loss is summed over the sequences of the batch. Without an axis for the batch, arguments are"]
    lines += ["those of one sequence, and results have no such axis either."]
    return "\n".join(lines)
