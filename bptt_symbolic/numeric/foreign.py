"""Somebody's loss, or module of torch -> a function of arrays that gives its gradients, by the library's own road."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from bptt_symbolic.numeric.layout import array_of
from bptt_symbolic.numeric.numeric_error import NumericError

Array = Any
Function = Callable[..., object]


def gradients_by(function: Any, by: str | None, run: Function | None, wanted: Sequence[str]) -> Function:
    """The function itself if it gives gradients; else one that has torch or JAX differentiate."""
    if hasattr(function, "named_parameters"):
        if run is None:
            raise NumericError("a module has no loss", "give one, as in run=lambda module, x, y: ...")
        return _of_module(function, run, wanted)
    if by is None:
        return function  # type: ignore[no-any-return]
    if by not in _LIBRARIES:
        raise NumericError(f"by: {by!r} is no library that differentiates here", f"known are {', '.join(_LIBRARIES)}")
    return _LIBRARIES[by](function, wanted)


def _by_torch(loss: Function, wanted: Sequence[str]) -> Function:
    torch = import_module("torch")

    def gradients(**given: Array) -> dict[str, Array]:
        tensors = {name: torch.tensor(np.asarray(value)) for name, value in given.items()}
        for name in wanted:
            tensors[name].requires_grad_()
        total: Any = loss(**tensors)
        total.backward()
        return {name: _or_zero(tensors[name]) for name in wanted}

    return gradients


def _or_zero(tensor: Any) -> Array:
    """The gradient; zero where nothing depends on it."""
    return np.zeros(tuple(tensor.shape)) if tensor.grad is None else array_of(tensor.grad)


def _by_jax(loss: Function, wanted: Sequence[str]) -> Function:
    jax = import_module("jax")

    def gradients(**given: Array) -> dict[str, Array]:
        rest = {name: value for name, value in given.items() if name not in wanted}
        some = {name: jax.numpy.asarray(given[name]) for name in wanted}
        found: Mapping[str, Array] = jax.grad(lambda these: loss(**these, **rest))(some)
        return {name: array_of(value) for name, value in found.items()}

    return gradients


_LIBRARIES: Mapping[str, Callable[[Function, Sequence[str]], Function]] = {"torch": _by_torch, "jax": _by_jax}


def _of_module(module: Any, run: Function, wanted: Sequence[str]) -> Function:
    """Parameters are put into a copy in double precision, which goes through `run` and back."""
    torch = import_module("torch")
    copied = import_module("copy").deepcopy(module).double()
    parameters = dict(copied.named_parameters())
    unknown = [name for name in wanted if name not in parameters]
    if unknown:
        raise NumericError(
            tuple(f"the module has no parameter {name}" for name in unknown),
            f"it has {', '.join(parameters)}: say which is which with names and stacked",
        )

    def gradients(**given: Array) -> dict[str, Array]:
        with torch.no_grad():
            for name in wanted:
                parameters[name].copy_(torch.tensor(np.asarray(given[name])))
        copied.zero_grad()
        rest = {name: torch.tensor(np.asarray(a)) for name, a in given.items() if name not in parameters}
        total: Any = run(copied, **rest)
        total.backward()
        return {name: _or_zero(parameters[name]) for name in wanted}

    return gradients
