"""Function of a whole sequence -> the same in parts: memory for one part, and the states where parts meet.

Checkpointed: the states at the ends of all parts are computed first; then the parts are taken from the last to the
first, each computed once more, with the adjoint of its last states coming in from the part after it. The gradients are
the same; the cost is one more forward computation. Truncated: nothing comes in from later parts, which is the usual
truncated back-propagation, and not the gradient.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.numeric.function import NumericFunction
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import LATER, LOSS, Request

Array = Any
"""An array of the library of the backend."""


class ChunkedFunction:
    """The loss and gradients by parameters and initial states, part by part."""

    def __init__(self, request: Request, length: int, *, truncated: bool = False) -> None:
        """Parts of `length` steps; raises NumericError for a request that cannot be answered in parts."""
        if length < 1:
            message = f"{'truncate' if truncated else 'checkpoint'}: expected a whole number from 1 on, got {length!r}"
            raise NumericError(message, "it is the number of steps of a part")
        self.request, self.length, self.truncated = request, length, truncated
        self._whole = NumericFunction(request)
        self._states = NumericFunction(replace(request, chunk="states"))
        self.wanted = tuple(o.keyword for o in self._whole.plan.outputs)
        self._starts = tuple(o.keyword for o in self._states.plan.outputs)
        self._check(request.network)
        inner = tuple(dict.fromkeys((*self.wanted, *self._starts)))
        self._gradients = NumericFunction(replace(request, wanted=inner, chunk="gradients"))
        self.__name__ = self.__qualname__ = request.name
        self.__doc__ = self._whole.__doc__

    def _check(self, network: Network) -> None:
        sequences = {a.keyword for a in self._whole.plan.arguments if a.kind == "sequence"}
        long = [
            o.keyword
            for o in self._whole.plan.outputs
            if o.keyword != LOSS and (not o.gradient or o.keyword in sequences)
        ]
        faults = [f"wanted: {keyword} cannot be given in parts" for keyword in long]
        faults += [
            f"{plain(d.name)}: the note states its initial value by a formula"
            for d in network.initial
            if not _is_zero(d.body)
        ]
        if faults:
            raise NumericError(tuple(faults), "leave out checkpoint and truncate, or ask for less")

    @property
    def source(self) -> str:
        """The generated code of one part."""
        return self._gradients.source

    def __call__(self, **values: Any) -> dict[str, Array]:
        """What was wanted; arguments and errors as for the whole sequence."""
        arrays, fit, _ = self._whole.prepared(values)
        named = dict(zip((a.keyword for a in self._whole.plan.arguments), arrays, strict=True))
        steps = fit.sizes[0]
        parts = [(i, min(i + self.length, steps)) for i in range(0, steps, self.length)]
        if len(parts) < 2:  # noqa: PLR2004 - nothing to divide
            return self._whole(**values)
        if any(stop - start < self._states.plan.least_steps for start, stop in parts):
            raise NumericError(
                "checkpoint: the last part has fewer steps than the recurrence reads back", "choose others"
            )
        first = {name: named.get(name) for name in self._starts}
        starts = [{k: self._zeros(k, named, fit.sizes) if v is None else v for k, v in first.items()}]
        for part in parts[:-1]:
            starts.append(self._states(**self._slice(self._states, named, part), **starts[-1]))
        return self._unbatched(self._backward(named, parts, starts), batched=fit.results)

    def _backward(
        self, named: Mapping[str, Array], parts: list[tuple[int, int]], starts: list[dict[str, Array]]
    ) -> dict[str, Array]:
        later = {name: value * 0 for name, value in starts[0].items()}
        total: dict[str, Array] = {}
        for part, start in zip(reversed(parts), reversed(starts), strict=True):
            coming = {LATER + name: value for name, value in later.items()}
            found = self._gradients(**self._slice(self._gradients, named, part), **start, **coming)
            for name in self.wanted:
                if name in self._starts:
                    total[name] = found[name]
                else:
                    total[name] = total[name] + found[name] if name in total else found[name]
            if not self.truncated:
                later = {name: found[name] for name in self._starts}
        return total

    def _slice(self, function: NumericFunction, named: Mapping[str, Array], part: tuple[int, int]) -> dict[str, Array]:
        """The arguments of one part, without its initial states."""
        found = {}
        for argument in function.plan.arguments:
            if argument.kind == "sequence":
                found[argument.keyword] = named[argument.keyword][part[0] : part[1] + argument.extra]
            elif argument.kind == "parameter":
                found[argument.keyword] = named[argument.keyword]
        return found

    def _zeros(self, name: str, named: Mapping[str, Array], sizes: tuple[int, ...]) -> Array:
        """The initial value that the note states."""
        argument = next(a for a in self._states.plan.arguments if a.keyword == name)
        known = dict(zip(self._whole.plan.sizes, sizes[2:], strict=True))
        shape = (sizes[1], *(axis.at(known) for axis in argument.axes))
        like = next(iter(named.values()))
        return self._whole.broadcast((like.reshape(-1)[:1] * 0).reshape((1,) * len(shape)), shape)

    def _unbatched(self, found: dict[str, Array], batched: tuple[tuple[str, Any], ...]) -> dict[str, Array]:
        places = dict(batched)
        return {name: value if places[name] is None else value[places[name]] for name, value in found.items()}

    def __reduce__(self) -> tuple[Callable[..., "ChunkedFunction"], tuple[Request, int, bool]]:
        """Made again from the request."""
        return _again, (self.request, self.length, self.truncated)


def _again(request: Request, length: int, truncated: bool) -> ChunkedFunction:  # noqa: FBT001 - pickle gives positions
    return ChunkedFunction(request, length, truncated=truncated)


def _is_zero(term: object) -> bool:
    """Whether a term is the number zero, or a vector of it."""
    return getattr(term, "value", None) == 0 or getattr(term, "kind", None) == "zero"
