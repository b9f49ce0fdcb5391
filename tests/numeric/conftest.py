"""Cells as numeric functions, random arguments, and automatic differentiation of the NumPy programs as the referee."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd  # type: ignore[import-untyped]
import autograd.numpy as anp  # type: ignore[import-untyped]
import numpy as np
import pytest

from bptt_symbolic.numeric import NumericError, NumericFunction, backends, lambdify
from bptt_symbolic.numeric.plan import Argument

Array = Any
Lab = Any
"""The fixture of `tests/conftest.py`, which cannot be imported."""
Values = dict[str, Array]

EXACT = 1e-12
KEPT: dict[tuple[Any, ...], Values] = {}
"""What the referee has found out."""
GENERIC = {"f": "tanh"}


@dataclass(frozen=True)
class Cell:
    """A cell, its function with every gradient there is, and its oracle."""

    name: str
    function: NumericFunction
    forward: Any

    def draw(self, steps: int, sizes: Mapping[str, int], batch: int | None = None, seed: int = 0) -> Values:
        return drawn(self.function, steps, sizes, batch, seed)

    def loss(self, values: Values) -> Any:
        """The loss summed over the batch, by the program written by hand."""
        kinds = {a.keyword: a.kind for a in self.function.plan.arguments}
        count = next((v.shape[1] for k, v in values.items() if kinds[k] == "sequence" and np.ndim(v) == 3), None)
        run = self.forward.CELLS[self.name]
        if count is None:
            return run(anp, values, self.forward.Record())
        return sum(run(anp, _sequence(values, kinds, b), self.forward.Record()) for b in range(count))

    def gradient(self, name: str, values: Values) -> Array:
        """By automatic differentiation."""
        return self.gradients(values)[name]

    def gradients(self, values: Values) -> Values:
        """The same by everything, kept for the other backends."""
        key = (self.name, *(value.tobytes() for value in values.values()))
        if key not in KEPT:
            KEPT[key] = autograd.grad(self.loss)(values)
        return KEPT[key]


def _sequence(values: Values, kinds: Mapping[str, str], b: int) -> Values:
    place = {"parameter": (), "initial": (b,), "sequence": (slice(None), b)}
    return {k: v[place[kinds[k]]] for k, v in values.items()}


def drawn(function: NumericFunction, steps: int, sizes: Mapping[str, int], batch: int | None, seed: int) -> Values:
    """Uniform numbers; weights that keep states away from saturation."""
    draw = np.random.default_rng(seed)
    return {a.keyword: _one(a, steps, sizes, batch, draw) for a in function.plan.arguments}


def _one(argument: Argument, steps: int, sizes: Mapping[str, int], batch: int | None, draw: Any) -> Array:
    dims = tuple(axis.at(sizes) for axis in argument.axes)
    lead = () if argument.kind == "parameter" or batch is None else (batch,)
    lead = (steps + argument.extra, *lead) if argument.kind == "sequence" else lead
    scale = 1 / np.sqrt(dims[-1]) if argument.kind == "parameter" and len(dims) > 1 else 1
    return draw.uniform(-1, 1, (*lead, *dims)) * scale


def close(found: Array, expected: Array, tolerance: float = EXACT, what: object = "") -> None:
    """To a share of the largest entry."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert found.shape == expected.shape, what
    scale = max(1e-3, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=tolerance, err_msg=str(what))


@pytest.fixture(scope="session")
def nearly() -> Callable[..., None]:
    """Comparison of arrays."""
    return close


@pytest.fixture(scope="session")
def cell_of(lab: Lab) -> Callable[..., Cell]:
    """A cell with a backend; every gradient is asked for."""
    made: dict[tuple[str, str], Cell] = {}

    def cell(name: str, backend: str = "numpy") -> Cell:
        if (name, backend) not in made:
            network = lab.network(name)
            everything = [a.keyword for a in lambdify(network).plan.arguments]
            function = lambdify(network, ["loss", *everything], backend=backend)
            made[name, backend] = Cell(name, function, lab.forward)
        return made[name, backend]

    return cell


SLOW = {"numba"}
"""Backends that take many seconds to compile."""


def marked(name: str) -> object:
    """A backend as a parameter; all tests of one backend are of one group, so that it is imported once."""
    slow = [pytest.mark.slow] if name in SLOW else []
    return pytest.param(name, marks=[pytest.mark.xdist_group(f"backend {name}"), *slow])


@pytest.fixture(params=[marked(name) for name in backends.names()])
def backend(request: pytest.FixtureRequest, tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every backend that can be used here; the others are skipped with their reason."""
    name: str = request.param
    try:
        backends.load(name)
    except NumericError as error:
        pytest.skip(str(error.faults[0]))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    if name == "jax":
        import jax  # noqa: PLC0415 - optional

        jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - the call of JAX
    return name


@pytest.fixture
def root() -> Path:
    """The folder of the repository."""
    return Path(__file__).parents[2]
