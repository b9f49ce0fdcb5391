"""Plan, backend -> function of keyword arguments, with signature, docstring and source; it can be pickled."""

import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric import backends
from bptt_symbolic.numeric.arguments import sizes_of, whole_shape
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Output, Plan, Request, planned
from bptt_symbolic.numeric.saving import standalone

if TYPE_CHECKING:
    from bptt_symbolic.numeric.source_text import Written

Array = Any
"""An array of the library of the backend."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a call with arrays of some shapes is made; kept, because most calls are like the one before."""

    sizes: tuple[int, ...]
    """Steps, sequences, then the sizes with names."""
    changes: tuple[tuple[int, Any, tuple[int, ...] | None], ...]
    """Number of an argument, an index that adds an axis, the shape that it is broadcast to."""
    results: tuple[tuple[str, Any], ...]
    """Keyword of a result, the index that takes away the axis of the batch."""


class NumericFunction:
    """Values and gradients of a network from arrays, for any number of steps, any sizes, any batch."""

    def __init__(self, request: Request, plan: Plan | None = None) -> None:
        """Plan, write and load; raises NumericError for a request that cannot be answered."""
        self.request = request
        self.plan = plan or planned(request)
        self._backend = backends.load(request.backend)
        self._written: Written = self._backend.write(self.plan)
        self.__name__ = self.__qualname__ = request.name
        self.__doc__ = documented(self.plan, request)
        self._keywords = tuple(a.keyword for a in self.plan.arguments)
        self._fits: dict[tuple[object, ...], Fit] = {}

    @property
    def source(self) -> str:
        """The generated code."""
        return self._written.source

    def save(self, path: str | Path, name: str | None = None) -> None:
        """Write it as one file of Python that needs NumPy and not this package, with a function `name` in it; raises
        NumericError for other backends.
        """
        if self.request.backend != "numpy":
            raise NumericError(
                f"a function of the backend {self.request.backend} cannot be saved", 'use backend="numpy"'
            )
        text = standalone(name or self.__name__, str(self.__doc__), self.source, self.plan)
        Path(path).write_text(text, encoding="utf-8")

    @property
    def __signature__(self) -> inspect.Signature:
        """The arguments that are read, by keyword; a word of Python, such as `lambda`, may be given as `lambda_`."""
        kind = inspect.Parameter.KEYWORD_ONLY
        words = [f"{a.keyword}_" if keyword.iskeyword(a.keyword) else a.keyword for a in self.plan.arguments]
        return inspect.Signature([inspect.Parameter(word, kind) for word in words])

    @cached_property
    def _run(self) -> Callable[..., Sequence[Array]]:
        run: Callable[..., Sequence[Array]] = self._backend.loaded(self._written, self.plan)
        return run

    def __call__(self, *, steps: Any = None, **values: Any) -> dict[str, Array]:
        """Everything that was wanted at these arrays; raises NumericError with every fault of the call."""
        arrays, fit, dtype = self.prepared(values, steps)
        return self._named(self._run(*arrays, *fit.sizes, dtype), fit)

    def bind(self, *, steps: Any = None, **values: Any) -> Callable[[], dict[str, Array]]:
        """A call without arguments for these arrays, which gives the same arrays of results each time.

        Where the backend can (C), it is compiled for these sizes, the given arrays are read anew at every call, and
        nothing is allocated or checked; for that they have to be contiguous and of one dtype. Errors as in a call.
        """
        arrays, fit, dtype = self.prepared(values, steps)
        binding = getattr(self._run, "bound", None)
        if binding is None:
            return lambda: self._named(self._run(*arrays, *fit.sizes, dtype), fit)
        call, results = binding(*arrays, *fit.sizes, dtype)
        named = self._named(results, fit)

        def again() -> dict[str, Array]:
            call()
            return named

        return again

    def _named(self, results: Sequence[Array], fit: "Fit") -> dict[str, Array]:
        pairs = zip(fit.results, results, strict=True)
        return {keyword: result if place is None else result[place] for (keyword, place), result in pairs}

    def prepared(self, values: Mapping[str, object], steps: int | None = None) -> tuple[list[Array], "Fit", Any]:
        """The arrays as generated code expects them, how the call fits, and the common dtype."""
        try:
            given = [values[keyword] for keyword in self._keywords]
        except KeyError:
            given = []
        if len(values) != len(given):  # something is missing, written otherwise, or more than is read
            given = self._sorted(values, steps)
        arrays, dtype, faults = self._backend.taken(given)
        shapes = tuple([tuple(a.shape) if a is not None else None for a in arrays])
        fit = self._fits.get((shapes, steps))
        if fit is None or faults:
            wrong = dict(faults)
            shapes = tuple(None if i in wrong else shape for i, shape in enumerate(shapes))
            fit = self._fit(shapes, steps, [f"{self._keywords[i]}: {said}" for i, said in faults])
        for place, index, shape in fit.changes:
            array = arrays[place] if index is None else arrays[place][index]
            arrays[place] = array if shape is None else self._backend.broadcast_to(array, shape)
        return arrays, fit, dtype

    def _sorted(self, values: Mapping[str, object], steps: int | None) -> list[object]:
        """The values in order, with names as in the note; every fault of the call is reported at once."""
        called = {f"{word}_": word for word in self._keywords if keyword.iskeyword(word)} | dict(self.request.called)
        values = {called.get(key, key): value for key, value in values.items()}
        found = {plain(key): value for key, value in values.items()}
        faults = [f"{key} is no argument" for key in values if plain(key) not in {*self._keywords, *self.plan.known}]
        missing = [a for a in self.plan.arguments if a.keyword not in found]
        faults += [f"{a.keyword} is missing: expected {a.shown(batch=self.request.batch)}" for a in missing]
        given = [found.get(keyword) for keyword in self._keywords]
        if faults:
            arrays, _, wrong = self._backend.taken(given)
            bad = {i for i, _ in wrong} | {i for i, a in enumerate(self.plan.arguments) if a in missing}
            here = [None if i in bad else tuple(x.shape) for i, x in enumerate(arrays)]
            faults += [f"{self._keywords[i]}: {said}" for i, said in wrong if self._keywords[i] in found]
            self._fit(tuple(here), steps, faults)
        return given

    def _fit(self, shapes: tuple[tuple[int, ...] | None, ...], steps: int | None, faults: list[str]) -> "Fit":
        """How arrays of these shapes are brought to the shapes that generated code expects."""
        known = {k: s for k, s in zip(self._keywords, shapes, strict=True) if s is not None}
        sizes = sizes_of(self.plan, known, batch=self.request.batch, steps=steps, faults=faults)
        changes = []
        for place, argument in enumerate(self.plan.arguments):
            if argument.kind == "parameter" or (argument.kind == "sequence" and sizes.batched):
                continue
            index: Any = (slice(None), None) if argument.kind == "sequence" else None
            shape = None
            if argument.kind == "initial":
                index = None if len(known[argument.keyword]) > len(argument.axes) else (None,)
                alone = index is not None or known[argument.keyword][0] == 1
                shape = whole_shape(argument, sizes) if alone and sizes.batch != 1 else None
            if index is not None or shape is not None:
                changes.append((place, index, shape))
        results = tuple((o.keyword, _unbatched(o) if not sizes.batched else None) for o in self.plan.outputs)
        fit = Fit((sizes.steps, sizes.batch, *sizes.named.values()), tuple(changes), results)
        self._fits[shapes, steps] = fit
        return fit

    def broadcast(self, array: Array, shape: tuple[int, ...]) -> Array:
        """An array of the backend's library along more axes."""
        return self._backend.broadcast_to(array, shape)

    def __reduce__(self) -> tuple[Callable[..., "NumericFunction"], tuple[Request]]:
        """Made again from the request."""
        return NumericFunction, (self.request,)

    def _repr_markdown_(self) -> str:
        rows = [f"| `{a.keyword}` | {a.shown(batch=self.request.batch)} |" for a in self.plan.arguments]
        results = ", ".join(f"`{o.keyword}`" for o in self.plan.outputs)
        title = f"`{self.__name__}`, computed by {self.request.backend}: {results}"
        return "\n".join([title, "", "| argument | |", "|---|---|", *rows, ""])

    def __repr__(self) -> str:
        """Name, arguments and backend."""
        return f"<{self.__name__}({', '.join(a.keyword for a in self.plan.arguments)}), {self.request.backend}>"


def _unbatched(output: Output) -> Any:
    """The index of the only sequence."""
    if not output.space.batch:
        return None
    return (slice(None), 0) if output.space.time else 0


def documented(plan: Plan, request: Request) -> str:
    """The docstring: what comes back, and the shapes."""
    lines = [f"Values and gradients of the network, computed by {request.backend}.", "", "Keyword arguments:"]
    lines += [f"    {a.keyword}: {a.shown(batch=request.batch)}" for a in plan.arguments]
    lines += ["", "Returns a dictionary:"]
    for output in plan.outputs:
        space = output.space
        axes = ["T"] * space.time + ["batch"] * space.batch + [str(d) for d in space.dims]
        what = f"the gradient of the loss by {output.keyword}" if output.gradient else "its value"
        lines.append(f"    {output.keyword}: ({', '.join(axes)}{',' if len(axes) == 1 else ''}), {what}")
    lines += ["", "The loss is summed over the sequences of the batch. Without an axis for the batch, arguments are"]
    lines += ["those of one sequence, and results have no such axis either."]
    return "\n".join(lines)
