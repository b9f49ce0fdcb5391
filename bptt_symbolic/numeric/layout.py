"""Arrays of a network -> the arrays that somebody's function takes, and its results back.

Sequences with the batch first, weights transposed, gates stacked in one matrix, other names, one dictionary for several
arguments: a layout says what is otherwise, and the checker goes on in the network's own.
"""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric.numeric_error import NumericError

Array = Any
Blocks = Sequence[str] | Sequence[Sequence[str]]
"""Names below each other, or rows of names beside each other."""
_DRESSES = ("grad_{}", "d{}", "d_{}", "{}_grad", "{}.grad", "dL_d{}", "dLd{}", "g_{}")
"""How people call a gradient by something."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is otherwise in somebody's arrays."""

    batch_first: bool = False
    """Sequences are (batch, T, size)."""
    transposed: bool | Collection[str] = ()
    """Matrices that are transposed: all of them, or these; so are their gradients."""
    stacked: Mapping[str, Blocks] = field(default_factory=dict)
    """Their name of one array -> the parameters that it is made of."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Their name -> the network's."""
    parameters: frozenset[str] = frozenset()
    """What can be transposed: what is given once."""

    def called(
        self, function: Callable[..., object], point: Mapping[str, Array], convert: Callable[[Array], object]
    ) -> object:
        """What a function gives at a point. A parameter that is no name of an array takes a dictionary of the rest."""
        given = {name: convert(array) for name, array in self.theirs(point).items()}
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):  # built in, without a signature
            return function(**given)
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        rest = [p for p in parameters if p.kind in kinds and p.name not in given and p.default is p.empty]
        if len(rest) != 1:
            return function(**given)
        named = {p.name for p in parameters} & set(given)
        inside = {name: array for name, array in given.items() if name not in named}
        return function(inside, **{name: given[name] for name in named}) if inside else function(**given)

    def theirs(self, point: Mapping[str, Array]) -> dict[str, Array]:
        """The arrays of a point as the function wants them."""
        own = {name: self._turned(name, array) for name, array in point.items()}
        found = {name: np.block(_rows(blocks, own)) for name, blocks in self.stacked.items()}
        inside = {name for blocks in self.stacked.values() for name in _flat(blocks)}
        back = {ours: name for name, ours in self.names.items()}
        return found | {back.get(name, name): array for name, array in own.items() if name not in inside}

    def wanted(self, names: Sequence[str]) -> list[str]:
        """Their names of the gradients by these, in this order."""
        home = {ours: name for name, blocks in self.stacked.items() for ours in _flat(blocks)}
        home |= {ours: name for name, ours in self.names.items()}
        return list(dict.fromkeys(home.get(name, name) for name in names))

    def ours(self, result: object, names: Sequence[str], like: Mapping[str, Array]) -> dict[str, Array]:
        """What a function gave, by the network's names; raises NumericError if it is something else."""
        wanted = self.wanted(names)
        if not isinstance(result, Mapping):
            several = result if isinstance(result, tuple | list) else (result,)
            if len(several) != len(wanted):
                raise NumericError(
                    f"the function gave {len(several)} arrays, expected {len(wanted)}: {', '.join(wanted)}",
                    "give them in this order, or as a dictionary",
                )
            result = dict(zip(wanted, several, strict=True))
        known = _undressed(result, wanted)
        faults = [f"{name}: the function gave no such gradient" for name in wanted if name not in known]
        if faults:
            raise NumericError(tuple(faults), "a gradient is called as what it is taken by")
        apart: dict[str, Array] = {}
        for name in wanted:
            apart |= self._apart(name, known[name], like, faults)
        found = {name: self._turned(name, apart[name]) if name in apart else None for name in names}
        faults += _misshapen(found, like)
        if faults:
            raise NumericError(tuple(faults), "a gradient has the shape of what it is taken by")
        return found

    def _turned(self, name: str, array: Array) -> Array:
        if name in self.parameters:
            other = self.transposed is True or (self.transposed and name in set(self.transposed))
            return array.T if other else array
        if self.batch_first and array.ndim == 3:  # noqa: PLR2004 - steps, sequences, entries
            return np.swapaxes(array, 0, 1)
        return array

    def _apart(self, name: str, array: Array, like: Mapping[str, Array], faults: list[str]) -> dict[str, Array]:
        """The network's gradients in one of theirs."""
        if name not in self.stacked:
            return {self.names.get(name, name): array}
        shapes = {n: self._turned(n, like[n]) for n in _flat(self.stacked[name])}
        whole = np.block(_rows(self.stacked[name], shapes)).shape
        if array.shape != whole:
            faults.append(f"{name}: expected the shape {whole}, the function gave {array.shape}")
            return {n: np.full(a.shape, np.nan) for n, a in shapes.items()}
        found, top = {}, 0
        for row in _grid(self.stacked[name]):
            left, height = 0, shapes[row[0]].shape[0]
            for one in row:
                width = shapes[one].shape[-1] if shapes[one].ndim > 1 else 0
                found[one] = array[top : top + height, left : left + width] if width else array[top : top + height]
                left += width
            top += height
        return found


def _grid(blocks: Blocks) -> list[list[str]]:
    return [[row] if isinstance(row, str) else list(row) for row in blocks]


def _flat(blocks: Blocks) -> list[str]:
    return [name for row in _grid(blocks) for name in row]


def _rows(blocks: Blocks, arrays: Mapping[str, Array]) -> Any:
    grid = _grid(blocks)
    if arrays[grid[0][0]].ndim == 1:
        return [arrays[name] for row in grid for name in row]
    return [[arrays[name] for name in row] for row in grid]


def _undressed(result: Mapping[Any, Any], wanted: Sequence[str]) -> dict[str, Array]:
    """Results by the names of what they are taken by, however a gradient is called."""
    by = {plain(str(key)): value for key, value in result.items()}
    exact = {str(key): value for key, value in result.items()}
    found = {}
    for name in wanted:
        calls = [name, *(dress.format(name) for dress in _DRESSES)]
        there = [exact[c] for c in calls if c in exact] or [by[plain(c)] for c in calls if plain(c) in by]
        if there and there[0] is not None:
            found[name] = array_of(there[0])
    return found


def _misshapen(found: Mapping[str, Array], like: Mapping[str, Array]) -> list[str]:
    """Gradients of another shape; a transposed one is a mistake like others."""
    return [
        f"{name}: expected the shape {like[name].shape}, the function gave {array.shape}"
        for name, array in found.items()
        if array is not None and array.shape not in {like[name].shape, like[name].shape[::-1]}
    ]


def array_of(value: Any) -> Array:
    """An array of NumPy from one of torch, JAX or NumPy."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value if str(value.dtype) != "torch.bfloat16" else value.float()
    return np.asarray(value)
