"""Relation of a note -> function of arrays: what its right side gives, beside what the left side is.

Any formula can be evaluated, right or wrong: both sides are computed from the network by dual numbers, at fixed steps
and sizes. `compare` shows how wrong a wrong one is, and how that grows with the number of steps.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import initial_name, plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Function, Ref, walk
from bptt_symbolic.numeric.arguments import sizes_of
from bptt_symbolic.numeric.checking import drawn, sizes_for
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Argument
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.tensor import Tensors, Unsupported
from bptt_symbolic.proving.obligation import Obligation

Array = Any
MOST_PLACES = 60
"""Assignments of free names that a comparison looks at."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Both sides of a relation at chosen numbers."""

    formula: Array
    """The right side: what the note says."""
    truth: Array
    """The left side, derived from the network."""

    @property
    def error(self) -> float:
        """The largest difference of entries, relative to the largest entry of the truth."""
        gap = float(np.max(np.abs(self.formula - self.truth), initial=0.0))
        size = float(np.max(np.abs(self.truth), initial=0.0))
        return gap / size if size else (0.0 if not gap else float("inf"))


@dataclass(frozen=True)
class FormulaFunction:
    """A relation as a function of arrays, in the reading that a report would be about."""

    obligation: Obligation
    latex: str
    """The relation as it was read, in the checker's notation."""
    verdict: str
    """What a report says about it."""
    readings: tuple[str, ...] = ()
    functions: Mapping[str, str] | None = None

    def __str__(self) -> str:
        """The relation as it was read, and what is known of it."""
        return f"{self.latex}  ({self.verdict})"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex} \quad \text{{({self.verdict})}}$"

    @property
    def free(self) -> tuple[str, ...]:
        """The free times and indices, as `at` names them."""
        return tuple(name for name, _ in self.obligation.variables)

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The keyword arguments of a call: everything that the network is given."""
        network = self.obligation.network
        found = []
        for name, shape in sorted(network.shapes.items()):
            if name in network.definitions:
                found += [_initial(name, back, network) for back in _starts(name, network)]
            elif name in network.temporal:
                reads = _offsets(name, network) or [0]
                extra = max(reads) - min(reads)
                found.append(Argument(plain(name), name, shape.axes, "sequence", min(reads), extra))
            else:
                found.append(Argument(plain(name), name, shape.axes, "parameter"))
        return tuple(found)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes."""
        return self.obligation.network.sizes

    @property
    def least_steps(self) -> int:
        """How many steps there have to be."""
        return 0

    @property
    def known(self) -> tuple[str, ...]:
        """The keywords that a call may have."""
        return tuple(a.keyword for a in self.arguments)

    def __call__(self, *, at: Mapping[str, int] | None = None, steps: int | None = None, **values: object) -> Evaluated:
        """Both sides at these arrays, of one sequence; `at` are the free times and indices, as in `{"t": 3, "k": 1}`.

        Raises NumericError with everything that is wrong with the call.
        """
        arrays = {plain(key): np.asarray(value, dtype=float) for key, value in values.items()}
        faults = [f"{key} is no argument" for key in values if plain(key) not in self.known]
        faults += [
            f"{a.keyword} is missing: expected {a.shown(batch=False)}"
            for a in self.arguments
            if a.keyword not in arrays
        ]
        faults += [f"at: {name} is missing" for name in self.free if name not in (at or {})]
        faults += [f"at: {name} is not free in the formula" for name in at or {} if name not in self.free]
        shapes = {a.keyword: arrays[a.keyword].shape for a in self.arguments if a.keyword in arrays}
        sizes = sizes_of(self, shapes, batch=False, steps=steps, faults=faults)
        chosen = dict(at or {})
        if chosen not in list(self.obligation.assignments(sizes.steps, sizes.named)):
            ranges = ", ".join(f"{low} <= {name} <= {high}" for name, (low, high) in self.obligation.variables)
            raise NumericError(f"at: expected {ranges} with T = {sizes.steps}, got {chosen}", "choose other steps")
        return self._both(arrays, sizes.steps, sizes.named, [chosen])[0]

    def _both(
        self, arrays: Mapping[str, Array], steps: int, sizes: Mapping[str, int], places: Iterable[Mapping[str, int]]
    ) -> list[Evaluated]:
        """Both sides at several assignments of the free names."""
        obligation = self.obligation
        first = {a.name: a.first for a in self.arguments}
        domain = _Chosen(arrays, obligation.network, first, self.functions or {})
        tensors = Tensors(obligation.network, domain, steps, sizes)
        found = []
        try:
            for place in places:
                truth = tensors.evaluate(obligation.left, place).data
                formula = tensors.evaluate(obligation.right, place).data
                found.append(Evaluated(_shaped(formula, truth), truth))
        except Unsupported as reason:
            raise NumericError(f"the formula cannot be evaluated: {reason}", "choose other steps or sizes") from reason
        return found

    def compare(
        self,
        steps: Sequence[int] = tuple(range(1, 11)),
        *,
        draws: int = 10,
        sizes: Mapping[str, int] | None = None,
        seed: int = 0,
    ) -> "Comparison":
        """The relative error over random draws, for several numbers of steps; the worst of all free times counts."""
        chosen = sizes_for(self.obligation.network, sizes or {})
        draw = np.random.default_rng(seed)
        rows = []
        for count in steps:
            places = list(self.obligation.assignments(count, chosen))
            places = places[:: max(1, len(places) // MOST_PLACES)]
            errors = []
            for _, _ in product(range(draws), places[:1]):
                arrays = drawn(self.arguments, self.obligation.network, (count, None), chosen, draw)
                errors.append(max(both.error for both in self._both(arrays, count, chosen, places)))
            if errors:
                rows.append(Row(count, statistics.median(errors), max(errors)))
        return Comparison(self.latex, tuple(rows), draws)


@dataclass(frozen=True, slots=True)
class Row:
    """The relative error at one number of steps."""

    steps: int
    median: float
    largest: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How wrong a formula is."""

    latex: str
    rows: tuple[Row, ...]
    draws: int

    def __str__(self) -> str:
        """A table."""
        head = [self.latex, f"{'T':>6}  {'median':>9}  {'largest':>9}   relative error, {self.draws} draws"]
        return "\n".join([*head, *(f"{r.steps:>6}  {r.median:>9.1e}  {r.largest:>9.1e}" for r in self.rows)])

    def _repr_markdown_(self) -> str:
        lines = [f"$\\displaystyle {self.latex}$", "", f"| T | median | largest relative error, {self.draws} draws |"]
        rows = [f"| {row.steps} | {row.median:.1e} | {row.largest:.1e} |" for row in self.rows]
        return "\n".join([*lines, "|---|---|---|", *rows, ""])

    def svg(self) -> str:
        """The median over the number of steps as a picture; the scale of errors is logarithmic."""
        width, height, left, floor, top = 420, 240, 60, 200, 20
        levels = [np.log10(max(r.median, 1e-17)) for r in self.rows]
        low, high = int(np.floor(min(levels, default=0))), int(np.ceil(max(levels, default=1)))
        high = max(high, low + 1)
        most = max((r.steps for r in self.rows), default=1)
        places = [
            (left + (width - left - 20) * r.steps / most, floor - (floor - top) * (level - low) / (high - low))
            for r, level in zip(self.rows, levels, strict=True)
        ]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"',
            ' font-size="12">',
            '<rect width="100%" height="100%" fill="white"/>',
            f'<line x1="{left}" y1="{floor}" x2="{width - 10}" y2="{floor}" stroke="#444"/>',
            f'<line x1="{left}" y1="{top}" x2="{left}" y2="{floor}" stroke="#444"/>',
            f'<text x="8" y="{top + 4}">1e{high}</text><text x="8" y="{floor + 4}">1e{low}</text>',
            f'<text x="{width - 70}" y="{floor + 30}">steps T</text><text x="8" y="{floor + 34}">relative error</text>',
            f'<text x="{places[-1][0] - 6:.0f}" y="{floor + 16}">{most}</text>' if places else "",
            f'<polyline points="{line}" fill="none" stroke="#c0392b" stroke-width="2"/>',
            *(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="#c0392b"/>' for x, y in places),
        ]
        return "\n".join([*parts, "</svg>", ""])


class _Chosen(Floats):
    """Numbers of double precision that the caller chooses."""

    def __init__(
        self, arrays: Mapping[str, Array], network: Network, first: Mapping[str, int], functions: Mapping[str, str]
    ) -> None:
        super().__init__(0)
        self._arrays, self._network, self._first, self._functions = arrays, network, first, functions

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        """The entries of a quantity that is not computed."""
        if time is None:
            return self._arrays[plain(name)].reshape(shape)
        if name in self._network.definitions:
            start = plain(initial_name(name, time))
            if start not in self._arrays:
                raise Unsupported(f"{name} is not given at the step {time}")
            return self._arrays[start].reshape(shape)
        rows = self._arrays[plain(name)]
        place = time - self._network.start - self._first[name]
        if not 0 <= place < len(rows):
            raise Unsupported(f"{name} is not given at the step {time}")
        return rows[place].reshape(shape)

    def apply(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        """Value and derivatives; functions of the note's own may stand for known ones."""
        if function.own and function.name in self._functions:
            function = Function(self._functions[function.name], order=function.order)
        return super().apply(function, index, args, time)


def _offsets(name: str, network: Network) -> list[int]:
    """How many steps after its own a definition reads a quantity."""
    return [
        (term.time - Affine.of(definition.var)).const
        for definition in network.definitions.values()
        if definition.var is not None
        for term in walk(definition.body)
        if isinstance(term, Ref) and term.name == name and term.time is not None and definition.var in term.time.names()
    ]


def _starts(name: str, network: Network) -> range:
    """How many steps before the first one a state is read and not stated by the note."""
    fixed = {d.at.const for d in network.initial if d.name == name and d.at is not None and not d.at.parts}
    most = -min(_offsets(name, network), default=0)
    return range(1, 1 + (0 if network.start - 1 in fixed else most))


def _initial(name: str, back: int, network: Network) -> Argument:
    keyword = plain(initial_name(name, network.start - back))
    return Argument(keyword, name, network.shapes[name].axes, "initial")


def _shaped(formula: Array, truth: Array) -> Array:
    """A row that is compared with a column, or a number with a whole array."""
    if formula.shape == truth.shape:
        return formula
    if formula.size == truth.size:
        return formula.reshape(truth.shape)
    if not formula.ndim:
        return np.broadcast_to(formula, truth.shape)
    raise NumericError(f"the sides have the shapes {truth.shape} and {formula.shape}", "the formula is ill-typed")
