"""Somebody's gradient function -> whether it is right, by how much it is off, and what the mistake is.

The exact gradient comes from the network by the backward recursion, in double precision. It is compared at points that
tell mistakes apart: several steps, sizes that are all different (unless the caller wants others), states away from
saturation. Every entry counts against its own size and a thousandth of the largest one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import distinct, plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Apply, walk
from bptt_symbolic.numeric.common_mistakes import mistakes
from bptt_symbolic.numeric.function import NumericFunction
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Argument, Plan, Request, planned

Array = Any
TOLERANCES = {2: 5e-2, 4: 1e-4, 8: 1e-6}
"""Bytes of a number that the function gives -> the relative error that is taken for rounding."""
FLOOR = 1e-3
"""The share of the largest entry below which an entry is not looked at by itself."""
DRAWS = 3


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

    @property
    def right(self) -> bool:
        """Whether every gradient is right."""
        return all(finding.right for finding in self.findings)

    def __bool__(self) -> bool:
        """The same."""
        return self.right

    def __str__(self) -> str:
        """A line a gradient."""
        return "\n".join(map(str, self.findings))

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
) -> GradientReport:
    """Whether a function gives the gradients of the total loss of a network.

    It is called by keyword with arrays as `lambdify` takes them, each after `convert` (`torch.tensor`, say), and gives
    a mapping from names to arrays, or the arrays in the order of `wanted` (by default all parameters); arrays of NumPy,
    torch or JAX. `values` are arguments that are not to be drawn. Raises NumericError if what comes back is something
    else.
    """
    network, new = distinct(network)
    wanted = None if wanted is None else [new.get(one, one) for one in wanted]
    named = tuple(sorted((functions or {}).items()))
    probe = planned(Request(network, functions=named, loss=loss))
    names = tuple(wanted) if wanted is not None else tuple(o.keyword for o in probe.outputs if o.gradient)
    exact = NumericFunction(Request(network, names, "numpy", batch=True, functions=named, name="exact", loss=loss))
    chosen = sizes_for(network, sizes or {})
    draw = np.random.default_rng(seed)
    points = [
        {**drawn(exact.plan.arguments, network, (steps, batch), chosen, draw), **(values or {})} for _ in range(DRAWS)
    ]
    theirs = [_given(function(**{k: convert(v) for k, v in p.items()}), names, exact(**p)) for p in points]
    ours = [exact(**point) for point in points]
    found = []
    for name in names:
        pairs = [(np.asarray(t[name], dtype=float), o[name]) for t, o in zip(theirs, ours, strict=True)]
        allowed = TOLERANCES.get(np.asarray(theirs[0][name]).itemsize, 1e-6) if tolerance is None else tolerance
        worst = max(_error(a, b) for a, b in pairs)
        if worst <= allowed:
            found.append(GradientFinding(name, worst, right=True))
        else:
            kind, message = _diagnosis(exact.request, name, (points, [a for a, _ in pairs], ours), allowed)
            found.append(GradientFinding(name, worst, right=False, kind=kind, message=message))
    return GradientReport(tuple(found), steps, chosen)


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


def _given(result: object, names: Sequence[str], ours: Mapping[str, Array]) -> dict[str, Array]:
    """What a function gave, by name; raises NumericError if it is something else."""
    if not isinstance(result, Mapping):
        several = result if isinstance(result, tuple | list) else (result,)
        if len(several) != len(names):
            raise NumericError(
                f"the function gave {len(several)} arrays, expected {len(names)}: {', '.join(names)}",
                "give them in this order, or as a dictionary",
            )
        result = dict(zip(names, several, strict=True))
    known = {plain(str(key)): _array(value) for key, value in result.items()}
    faults = [f"{name}: the function gave no such gradient" for name in names if plain(name) not in known]
    for name in names:
        shape = np.shape(ours[name])
        if plain(name) in known and known[plain(name)].shape != shape:
            faults.append(f"{name}: expected the shape {shape}, the function gave {known[plain(name)].shape}")
    if faults:
        raise NumericError(tuple(faults), "a gradient has the shape of what it is taken by")
    return {name: known[plain(name)] for name in names}


def _array(value: Any) -> Array:
    """An array of NumPy from one of torch, JAX or NumPy."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value if str(value.dtype) != "torch.bfloat16" else value.float()
    return np.asarray(value)


def _error(a: Array, b: Array) -> float:
    """The largest error of an entry, relative to its own size and a thousandth of the largest entry."""
    if not np.all(np.isfinite(a)):
        return float("inf")
    scale = np.abs(b) + FLOOR * np.max(np.abs(b), initial=0.0)
    return float(np.max(np.abs(a - b) / np.maximum(scale, np.finfo(float).tiny), initial=0.0))


def _diagnosis(
    request: Request,
    name: str,
    data: tuple[Sequence[Mapping[str, Array]], Sequence[Array], Sequence[Mapping[str, Array]]],
    allowed: float,
) -> tuple[str, str]:
    """The kind of mistake and a sentence; the first that gives the same numbers at every point."""
    points, theirs, ours = data
    right = [o[name] for o in ours]

    def fits(candidates: Sequence[Array]) -> bool:
        return all(a.shape == b.shape and _error(a, b) <= allowed for a, b in zip(theirs, candidates, strict=True))

    if fits([-b for b in right]):
        return "sign", "it is the negative of the gradient"
    if all(np.ndim(b) == 2 and len(set(b.shape)) == 1 for b in right) and fits([b.T for b in right]):  # noqa: PLR2004
        return "missing transpose", "it is the transpose of the gradient"
    for mistake in mistakes(request.network):
        plan = planned(replace(request, wanted=(name,)), mistake)
        if fits([_computed(plan, request, name, p) for p in points]):
            return mistake.kind, mistake.message
    ratios = [float(np.vdot(b, a) / np.vdot(b, b)) if np.any(b) else 0.0 for a, b in zip(theirs, right, strict=True)]
    if np.ptp(ratios) <= allowed * max(map(abs, ratios)) and fits([ratios[0] * b for b in right]):
        return "wrong number", f"it is {ratios[0]:.6g} times the gradient"
    return "", "no known mistake gives these numbers"


def _computed(plan: Plan, request: Request, name: str, point: Mapping[str, Array]) -> Array:
    """The gradient with a mistake in it, at one point."""
    made = NumericFunction(replace(request, wanted=(name,), name="wrong"), plan)
    here = {a.keyword: point[a.keyword] for a in plan.arguments}
    return np.asarray(made(**here)[name])
