"""What tests of several folders share: the cells built by hand, their NumPy oracle, numbers for both; reports on notes.

The modules are loaded by path, because another distribution installs a top-level package `tests`.
"""

import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import flint
import numpy as np
import pytest

from bptt_symbolic.api import check
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.proving.evidence import Point
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.reporting.report import Report

Array = Any
"""A NumPy array, or what stands for one."""
Values = dict[str, Array]


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


def chosen(values: Values, name: str, time: int | None) -> Array:
    """The numbers of one given quantity."""
    key = plain(name)
    if time is None:
        return values[key]
    return values[f"{key}{time}"] if f"{key}{time}" in values else values[key][time - 1]


class ChosenFloats(Floats):
    """Floating point with the given quantities chosen."""

    def __init__(self, values: Values) -> None:
        """Keep the numbers."""
        super().__init__(0)
        self._values = values

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        return np.asarray(chosen(self._values, name, time)).reshape(shape)


class ChosenPoint(Point):
    """A point with the given quantities chosen, exactly."""

    chosen: Values

    def given(self, name: str, time: int | None, dims: tuple[int, ...], *, state: bool) -> list[flint.fmpq]:
        del dims, state
        ratios = [x.as_integer_ratio() for x in np.asarray(chosen(self.chosen, name, time)).reshape(-1).tolist()]
        return [flint.fmpq(p, q) for p, q in ratios]


def pointed(steps: int, sizes: dict[str, int], values: Values) -> Point:
    """Chosen numbers as a point of the kernel."""
    result = ChosenPoint(steps, sizes)
    object.__setattr__(result, "chosen", values)
    return result


@dataclass(frozen=True)
class Lab:
    """What it takes to compare evaluations with the oracle at the same numbers."""

    networks: ModuleType
    """The networks built by hand."""
    forward: ModuleType
    """The cells in NumPy."""
    draw: Callable[..., Values] = drawn
    """Random numbers for a network."""
    floats: Callable[[Values], Floats] = ChosenFloats
    """Chosen numbers as a domain of `methods.tensor`."""
    point: Callable[[int, dict[str, int], Values], Point] = pointed
    """Chosen numbers as a point of the kernel."""

    def network(self, cell: str) -> Network:
        """A cell with known functions: jordan with tanh."""
        made: Network = self.networks.jordan("tanh") if cell == "jordan" else self.networks.CELLS[cell]()
        return made


@pytest.fixture(scope="session")
def lab(networks: ModuleType, forward: ModuleType) -> Lab:
    """Networks, oracle and numbers."""
    return Lab(networks, forward)


@cache
def _reported(note: Path) -> Report:
    return check(note)


@cache
def _settled(note: Path) -> Report:
    return check(note, repair=False)


@pytest.fixture(scope="session")
def reported() -> Callable[[Path], Report]:
    """The report on a note; tests in one `xdist_group` named after the note have it made once."""
    return _reported


@pytest.fixture(scope="session")
def verdicts_of() -> Callable[[Path], Report]:
    """The same without repairs, which takes a third of the time."""
    return _settled


SAMPLED = frozenset(
    [
        "attack",
        "breadth",
        "derivation",
        "elaborate",
        "methods",
        "notes",
        "numeric",
        "readers",
        "repair",
        "scalars",
        "settle",
        "symbolic",
        "tests",
        "understanding",
    ]
)
"""Folders whose tables belong to the long run but for their first rows."""
SAMPLE = 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quick tests of a module run in one process, one after the other, so that they share what the module keeps; of
    a table of notes in some folders the first rows are quick, and the others belong to the long run."""
    seen: Counter[tuple[Path, str]] = Counter()
    for item in items:
        if (
            item.path.parent.name in SAMPLED
            and isinstance(item, pytest.Function)
            and item.get_closest_marker("parametrize")
        ):
            table = (item.path, item.originalname)
            seen[table] += 1
            if seen[table] > SAMPLE:
                item.add_marker(pytest.mark.slow)
        if not item.get_closest_marker("slow") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
