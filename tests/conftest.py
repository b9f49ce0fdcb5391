"""What tests of several folders share: the cells built by hand, their NumPy oracle, and numbers for both.

The modules are loaded by path, because another distribution installs a top-level package `tests`.
"""

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import flint
import numpy as np
import pytest

from bptt_symbolic.evidence import Point
from bptt_symbolic.methods.floats import Floats
from bptt_symbolic.network import Network

Values = dict[str, Any]


def loaded(name: str) -> ModuleType:
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(f"bptt_symbolic_tests_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def networks() -> ModuleType:
    """The networks built by hand."""
    return loaded("networks")


@pytest.fixture(scope="session")
def forward() -> ModuleType:
    """The cells in NumPy."""
    return loaded("forward")


def plain(name: str) -> str:
    r"""`\\hat{y}` as `haty`."""
    return re.sub(r"\W", "", name)


def drawn(network: Network, steps: int, sizes: dict[str, int], seed: int = 0) -> Values:
    """Random numbers for everything that a network is given, as keyword arguments of the oracle."""
    draw = np.random.default_rng(seed)
    values: Values = {}
    for name, shape in sorted(network.shapes.items()):
        dims = tuple(axis.at(sizes) for axis in shape.axes)
        if name in network.states:
            values[f"{plain(name)}0"] = draw.uniform(-1, 1, dims)
        elif name not in network.definitions:
            rows = (steps, *dims) if name in network.temporal else dims
            values[plain(name)] = draw.uniform(-1, 1, rows)
    return values


def chosen(values: Values, name: str, time: int | None) -> Any:
    """The numbers of one given quantity."""
    key = plain(name)
    if time is None:
        return values[key]
    return values[f"{key}{time}"] if f"{key}{time}" in values else values[key][time - 1]


class ChosenFloats(Floats):
    """Floating point with the given quantities chosen."""

    def __init__(self, values: Values) -> None:
        super().__init__(0)
        self._values = values

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Any:
        return np.asarray(chosen(self._values, name, time)).reshape(shape)


class ChosenPoint(Point):
    """A point with the given quantities chosen, exactly."""

    values: Values

    def given(self, name: str, time: int | None, dims: tuple[int, ...], *, state: bool) -> list[flint.fmpq]:
        del dims, state
        ratios = [x.as_integer_ratio() for x in np.asarray(chosen(self.values, name, time)).reshape(-1).tolist()]
        return [flint.fmpq(p, q) for p, q in ratios]


@pytest.fixture(scope="session")
def draw() -> Callable[..., Values]:
    """Random numbers for a network."""
    return drawn


@pytest.fixture(scope="session")
def floats() -> type[ChosenFloats]:
    """Chosen numbers as a domain of `methods.tensor`."""
    return ChosenFloats


@pytest.fixture(scope="session")
def point() -> Callable[[int, dict[str, int], Values], Point]:
    """Chosen numbers as a point of the kernel."""

    def made(steps: int, sizes: dict[str, int], values: Values) -> Point:
        result = ChosenPoint(steps, sizes)
        object.__setattr__(result, "values", values)
        return result

    return made
