"""Somebody's gradient function -> whether it is right, by how much it is off, and what the mistake is.

The exact gradient comes from the network by the backward recursion, in double precision. It is compared at points that
tell mistakes apart: several steps, sizes that are all different (unless the caller wants others), states away from
saturation. Every entry counts against its own size and a thousandth of the largest one. Where something is wrong, the
function is called again with one step, two and three, and the mistake is looked for where it first shows.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import distinct, plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Apply, walk
from bptt_symbolic.numeric.describing import Described
from bptt_symbolic.numeric.explaining import Explained, Search, diagnosed
from bptt_symbolic.numeric.foreign import gradients_by
from bptt_symbolic.numeric.graph import SEQUENCES, reachable
from bptt_symbolic.numeric.layout import Blocks, Layout
from bptt_symbolic.numeric.locating import located
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Argument, Plan, Request, arguments_of, computed, planned
from bptt_symbolic.numeric.tape import Pass, Program, Tape
from bptt_symbolic.numeric.whole_gradients import Sample, error

Array = Any
TOLERANCES = {2: 5e-2, 4: 1e-4, 8: 1e-6}
"""Bytes of a number that the function gives -> the relative error that is taken for rounding."""
DRAWS = 3
FEWER = (1, 2, 3)
"""Numbers of steps at which a wrong function is called again."""
REFUSALS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a function may raise that is made for one number of steps only."""


@dataclass(frozen=True, slots=True)
class GradientFinding:
    """What is found out about one gradient."""

    name: str
    error: float
    """The largest relative error of an entry."""
    right: bool
    kind: str = ""
    """The kind of mistake, in the words of a report; empty if it is right or none fits."""
    message: str = ""
    place: str = ""
    """The quantity in whose definition the mistake is made."""
    steps: int = 0
    """The smallest number of steps at which it shows."""

    def __str__(self) -> str:
        """One line."""
        said = "right" if self.right else f"wrong: {f'{self.kind}, ' if self.kind else ''}{self.message}"
        return f"{self.name:<8} {said} (relative error {self.error:.1e})"


@dataclass(frozen=True, slots=True)
class GradientReport:
    """What is found out about a gradient function."""

    findings: tuple[GradientFinding, ...]
    steps: int
    sizes: Mapping[str, int]
    first: str = ""
    """The first quantity that is wrong on the way back, and in how short a sequence; empty if all are right."""
    supposed: tuple[str, ...] = ()
    """What the note leaves open and was supposed."""

    @property
    def right(self) -> bool:
        """Whether every gradient is right."""
        return all(finding.right for finding in self.findings)

    def __bool__(self) -> bool:
        """The same."""
        return self.right

    def __str__(self) -> str:
        """A line a gradient, then where it begins and what was supposed."""
        more = [f"first wrong: {self.first}"] * bool(self.first) + list(self.supposed)
        return "\n".join([*map(str, self.findings), *more])

    def _repr_markdown_(self) -> str:
        said = [
            f"| `{f.name}` | {'right' if f.right else f'wrong: {f.message}'} | {f.error:.1e} |" for f in self.findings
        ]
        return "\n".join(["| gradient | | relative error |", "|---|---|---|", *said, ""])


def check_gradient(  # noqa: PLR0913 - a front door
    function: Callable[..., object],
    network: Network,
    wanted: Sequence[str] | None = None,
    *,
    steps: int = 4,
    sizes: Mapping[str, int] | None = None,
    batch: int | None = None,
    functions: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
    convert: Callable[[Array], object] = lambda array: array,
    tolerance: float | None = None,
    loss: str | None = None,
    seed: int = 0,
    batch_first: bool = False,
    transposed: bool | Collection[str] = (),
    stacked: Mapping[str, Blocks] | None = None,
    names: Mapping[str, str] | None = None,
    by: str | None = None,
    run: Callable[..., object] | None = None,
) -> GradientReport:
    """Whether a function gives the gradients of the total loss of a network.

    It is called by keyword with arrays as `lambdify` takes them, each after `convert` (`torch.tensor`, say), and gives
    a mapping from names to arrays, or the arrays in the order of `wanted` (by default all parameters); arrays of NumPy,
    torch or JAX. `values` are arguments that are not to be drawn. Raises NumericError if what comes back is something
    else.

    Its arrays may be laid out otherwise: `batch_first` for sequences (batch, T, size); `transposed` for all matrices,
    or for those that are named; `stacked` for parameters in one array, `{"W": ["W_i", "W_f"]}`, rows of lists for
    arrays beside each other; `names` for other names, theirs before ours. A parameter that is no array takes a
    dictionary of all that are not called by name. With `by="torch"` or `by="jax"` the function gives the loss, and the
    library differentiates; a module of torch takes `run(module, **arrays)`, which gives the loss.
    """
    network, new = distinct(network)
    wanted = None if wanted is None else [new.get(one, one) for one in wanted]
    named, supposed = _functions(network, functions or {})
    request = Request(network, None if wanted is None else tuple(wanted), functions=named, loss=loss)
    checked = _Checked(request, planned(request), sizes_for(network, sizes or {}), batch, values or {}, seed)
    parameters = frozenset(a.keyword for a in checked.plan.arguments if a.kind == "parameter")
    layout = Layout(batch_first, transposed, stacked or {}, names or {}, parameters)
    called = gradients_by(function, by, run, layout.wanted(checked.names))

    def sampled(count: int, draw: int) -> Sample:
        return checked.sample(lambda point: layout.called(called, point, convert), layout, count, draw)

    long = [sampled(steps, draw) for draw in range(DRAWS)]
    first = long[0].theirs
    allowed = {n: TOLERANCES.get(first[n].itemsize, 1e-6) if tolerance is None else tolerance for n in checked.names}
    worst = {n: max(error(s.theirs[n], s.ours[n]) for s in long) for n in checked.names}
    wrong = [n for n in checked.names if worst[n] > allowed[n]]
    if not wrong:
        found = tuple(GradientFinding(n, worst[n], right=True) for n in checked.names)
        return GradientReport(found, steps, checked.sizes, supposed=supposed)
    search = checked.search([*_shorter(sampled, steps, checked.plan), *long], max(allowed[n] for n in checked.names))
    told = diagnosed(search)
    found = tuple(_finding(n, worst[n], told.get(n)) for n in checked.names)
    return GradientReport(found, steps, checked.sizes, located(search, told), supposed)


def _finding(name: str, worst: float, told: Explained | None) -> GradientFinding:
    if told is None:
        return GradientFinding(name, worst, right=True)
    return GradientFinding(
        name, worst, right=False, kind=told.kind, message=told.message, place=told.place, steps=told.steps
    )


def _shorter(sampled: Callable[[int, int], Sample], steps: int, plan: Plan) -> list[Sample]:
    """Samples of shorter sequences, where the function takes them."""
    found = []
    for count in FEWER:
        if max(1, plan.least_steps) <= count < steps:
            try:
                found += [sampled(count, draw) for draw in range(2)]
            except (NumericError, *REFUSALS):
                continue
    return found


def _functions(network: Network, given: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    r"""What functions of the note's own are; `\sigma` is the sigmoid where nobody says otherwise, as in `check`."""
    own = {
        x.function.name
        for definition in network.definitions.values()
        for x in walk(definition.body)
        if isinstance(x, Apply) and x.function.own
    }
    left = [name for name in own if plain(name) == "sigma" and not {name, "sigma"} & set(given)]
    supposed = tuple(f"{name} is taken for the sigmoid" for name in left)
    return tuple(sorted({**dict.fromkeys(left, "sigmoid"), **given}.items())), supposed


@dataclass
class _Checked:
    """A network, and what its right gradients are."""

    request: Request
    plan: Plan
    sizes: Mapping[str, int]
    batch: int | None
    values: Mapping[str, object]
    seed: int

    def __post_init__(self) -> None:
        """The graph of the network, once."""
        lowering, forward, total = computed(self.request)
        assert total is not None, "planned has refused a network without a loss"  # noqa: S101 - a fault of ours
        self.program = Program(lowering.graph, total, lowering.initial, self.request.network.start)
        called = {node: plain(name) for name, node in forward.items()}
        self.described = Described(self.program, called)
        self.arguments = arguments_of(reachable(lowering.graph, [total, *lowering.initial.values()]))
        self.names = tuple(o.keyword for o in self.plan.outputs if o.gradient)

    def sample(self, call: Callable[[Mapping[str, Array]], object], layout: Layout, steps: int, draw: int) -> Sample:
        """One call at numbers of its own; every array of the sample has an axis for the batch."""
        batch = 1 if self.batch is None else self.batch
        numbers = np.random.default_rng((self.seed, steps, draw))
        point = drawn(self.arguments, self.request.network, (steps, self.batch), self.sizes, numbers)
        point |= self._fixed(steps)
        whole = {a.keyword: self._batched(a, point[a.keyword], batch) for a in self.arguments}
        tape = Tape(self.program, steps, {**self.sizes, SEQUENCES: batch})
        run = Pass(tape, tape.values(whole, self.firsts))
        made = run.gradients(self.firsts, whole)
        ours = {name: made[name] for name in self.names}
        read = {a.keyword for a in self.plan.arguments}
        result = call({name: array for name, array in point.items() if name in read})
        theirs = layout.ours(result, self.names, {n: a.reshape(np.shape(point[n])) for n, a in ours.items()})
        same = {
            n: a.reshape(ours[n].shape) if a.size == ours[n].size and a.ndim != ours[n].ndim else a
            for n, a in theirs.items()
        }
        return Sample(steps, batch, whole, same, ours)

    def _fixed(self, steps: int) -> dict[str, Array]:
        """Arguments that are not drawn; of sequences, the first steps."""
        extra = {a.keyword: a.extra for a in self.arguments if a.kind == "sequence"}
        found = {name: np.asarray(value, dtype=float) for name, value in self.values.items()}
        return {name: a[: steps + extra[name]] if name in extra else a for name, a in found.items()}

    def _batched(self, argument: Argument, array: Array, batch: int) -> Array:
        if argument.kind == "parameter":
            return array
        if argument.kind == "sequence":
            return array[:, None] if array.ndim == len(argument.axes) + 1 else array
        return np.broadcast_to(array, (batch, *array.shape)) if array.ndim == len(argument.axes) else array

    @property
    def firsts(self) -> dict[str, int]:
        """How many steps before the first one each sequence begins."""
        return {a.name: a.first for a in self.arguments}

    def search(self, samples: Sequence[Sample], allowed: float) -> Search:
        """What is asked about a wrong function."""
        return Search(self.described, samples, self.firsts, self.sizes, self.names, allowed)


def drawn(
    arguments: Sequence[Argument],
    network: Network,
    lead: tuple[int, int | None],
    sizes: Mapping[str, int],
    draw: np.random.Generator,
) -> dict[str, Array]:
    """Random arguments: weights that keep states away from saturation, one-hot labels where a logarithm meets them.

    `lead` has the number of steps, and of sequences if there is an axis for them.
    """
    labels = _labels(network)
    return {a.keyword: _one(a, lead, sizes, draw, label=a.name in labels) for a in arguments}


def _one(
    argument: Argument,
    lead: tuple[int, int | None],
    sizes: Mapping[str, int],
    draw: np.random.Generator,
    *,
    label: bool,
) -> Array:
    dims = tuple(axis.at(sizes) for axis in argument.axes)
    steps, batch = lead
    first = () if argument.kind == "parameter" or batch is None else (batch,)
    first = (steps + argument.extra, *first) if argument.kind == "sequence" else first
    if label and len(dims) == 1:
        return np.eye(dims[0])[draw.integers(0, dims[0], first)]
    scale = 1 / np.sqrt(dims[-1]) if argument.kind == "parameter" and len(dims) > 1 else 1
    return draw.uniform(-1, 1, (*first, *dims)) * scale


def _labels(network: Network) -> frozenset[str]:
    """Targets of a cross-entropy: the usual gradient, prediction minus label, needs labels that sum to one."""
    logarithms = any(
        isinstance(x, Apply) and x.function.name in {"log", "softmax", "logsumexp"}
        for definition in network.definitions.values()
        for x in walk(definition.body)
    )
    return network.targets if logarithms else frozenset()


def sizes_for(network: Network, sizes: Mapping[str, int]) -> dict[str, int]:
    """All different where nothing is said, so that a transposed matrix shows."""
    chosen = dict(sizes)
    unknown = sorted(set(sizes) - set(network.sizes))
    if unknown:
        raise NumericError(
            tuple(f"sizes: the network has no size {name}" for name in unknown),
            f"the sizes of this network are {', '.join(network.sizes)}",
        )
    for name in network.sizes:
        chosen.setdefault(name, next(n for n in range(2, 99) if n not in chosen.values()))
    return chosen
