"""Program -> function of arrays: SymPy's `lambdify` over the named symbols, each of them computed once.

The generated code never sees a name of the note: every symbol is renamed to `v0`, `v1`, ... first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy  # type: ignore[import-untyped]
from numpy.typing import NDArray

from bptt_symbolic.meaning.keywords import keywords_of, plain
from bptt_symbolic.showing.unrolled.entries import Block
from bptt_symbolic.showing.unrolled.symbol_program import Node, Program
from bptt_symbolic.showing.unrolled.sympy_functions import Expr, generic_names, written
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

Array = NDArray[Any]
Result = float | Array


@dataclass(frozen=True, slots=True)
class Argument:
    """One keyword argument of the compiled function: the given quantities it holds, in the order of its rows."""

    keyword: str
    nodes: tuple[Node, ...]
    shape: tuple[int, ...]
    letters: str
    """The shape in the network's letters: `(T, M)`."""

    def entries(self, value: object) -> list[float] | str:
        """The numbers in row-major order, or what is wrong with them."""
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            return f"{self.keyword}: expected {self.letters} = {self.shape} numbers, got {type(value).__name__}"
        if array.shape != self.shape:
            return f"{self.keyword}: expected the shape {self.letters} = {self.shape}, got {array.shape}"
        flat: list[float] = array.reshape(-1).tolist()
        return flat


def arguments(program: Program) -> tuple[Argument, ...]:
    """The given quantities of a program: parameters, inputs and targets over time, initial states."""
    network, found = program.network, []
    words = keywords_of(network)
    given = [node for node, block in program.blocks.items() if all(s not in program.bodies for s in block.flat)]
    for name in sorted({name for name, _ in given}):
        axes = tuple(str(axis) for axis in network.shapes[name].axes)
        times = sorted(time for n, time in given if n == name and time is not None)
        dims = program.dims(name)
        if not times:
            found.append(Argument(words[name], ((name, None),), dims, _letters(axes)))
        elif name in network.states:
            found += [Argument(f"{words[name]}{t}", ((name, t),), dims, _letters(axes)) for t in times]
        else:
            nodes = tuple((name, t) for t in range(times[0], times[-1] + 1))
            letters = "T" if len(nodes) == program.steps else str(len(nodes))
            found.append(Argument(words[name], nodes, (len(nodes), *dims), _letters((letters, *axes))))
    return tuple(found)


def _letters(axes: tuple[str, ...]) -> str:
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function of keyword arguments; `arguments` says which and of what shapes."""

    arguments: tuple[Argument, ...]
    wanted: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    function: Callable[..., Sequence[float]]
    single: bool
    """Whether one quantity was asked for by itself."""

    def __call__(self, **values: object) -> Result | dict[str, Result]:
        """What was asked for, at these numbers; every fault of the call is reported at once."""
        names = {a.keyword: a for a in self.arguments}
        faults = [f"{key} is no argument" for key in values if plain(key) not in names]
        known = {plain(key): value for key, value in values.items()}
        numbers: list[float] = []
        for argument in self.arguments:
            if argument.keyword not in known:
                faults.append(f"{argument.keyword} is missing: expected {argument.letters} = {argument.shape}")
                continue
            entries = argument.entries(known[argument.keyword])
            if isinstance(entries, str):
                faults.append(entries)
            else:
                numbers += entries
        if faults:
            listed = ", ".join(f"{a.keyword} {a.letters}" for a in self.arguments)
            raise UnrollError(tuple(faults), f"the arguments are {listed}")
        return self._shaped(self.function(*numbers))

    def _shaped(self, flat: Sequence[float]) -> Result | dict[str, Result]:
        results: dict[str, Result] = {}
        start = 0
        for name, shape in zip(self.wanted, self.shapes, strict=True):
            size = int(np.prod(shape, dtype=int))
            part = flat[start : start + size]
            results[name] = np.array(part, dtype=float).reshape(shape) if shape else float(part[0])
            start += size
        return results[self.wanted[0]] if self.single else results


def compiled(program: Program, wanted: Mapping[str, Block], named: Mapping[Expr, Expr], *, single: bool) -> Compiled:
    """The function that computes blocks of expressions in the named symbols of a program and of `named`."""
    given = arguments(program)
    inputs = [s for a in given for node in a.nodes for s in _symbols(program, node)]
    outputs = [written(x) for block in wanted.values() for x in block.flat]
    steps = {s: written(body) for s, body in {**program.bodies, **named}.items()}
    if own := generic_names([*steps.values(), *outputs]):
        raise UnrollError(
            f"the network has functions of its own: {', '.join(own)}",
            f'say what they are, as in unroll(..., functions={{"{own[0]}": "tanh"}})',
        )
    function = _lambdified(inputs, steps, outputs)
    shapes = tuple(block.data.shape for block in wanted.values())
    return Compiled(given, tuple(wanted), shapes, function, single)


def _symbols(program: Program, node: Node) -> list[Expr]:
    if node in program.blocks:
        return program.blocks[node].flat
    return [sympy.Dummy("unused") for _ in range(int(np.prod(program.dims(node[0]), dtype=int)))]


def _lambdified(inputs: list[Expr], steps: Mapping[Expr, Expr], outputs: list[Expr]) -> Callable[..., Sequence[float]]:
    """`lambdify` with the program as its common subexpressions."""
    ordered = _ordered(steps, outputs)
    safe = {s: sympy.Symbol(f"v{i}") for i, s in enumerate((*inputs, *ordered))}
    program = [(safe[s], steps[s].xreplace(safe)) for s in ordered]
    results = [x.xreplace(safe) for x in outputs]
    arguments = [safe[s] for s in inputs]
    function: Callable[..., Sequence[float]] = sympy.lambdify(arguments, results, "math", cse=lambda e: (program, e))
    return function


def _ordered(body_of: Mapping[Expr, Expr], outputs: list[Expr]) -> list[Expr]:
    """The symbols that the outputs need, each after what it reads."""
    done: dict[Expr, None] = {}
    stack = [s for x in reversed(outputs) for s in x.free_symbols]
    while stack:
        symbol = stack.pop()
        if symbol in done or symbol not in body_of:
            continue
        missing = [s for s in body_of[symbol].free_symbols if s in body_of and s not in done]
        if missing:
            stack += [symbol, *missing]
        else:
            done[symbol] = None
    return list(done)
