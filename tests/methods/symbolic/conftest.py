"""Claims and mutants for the tests of this folder, loaded by path like the networks."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import SCALAR


def loaded(name: str) -> ModuleType:
    key = f"bptt_symbolic_symbolic_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[key] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[key]


@pytest.fixture(scope="session")
def claims() -> ModuleType:
    """True claims about the cells."""
    return loaded("claims")


@pytest.fixture(scope="session")
def mutants() -> ModuleType:
    """What makes false claims of true ones."""
    return loaded("mutants")


@pytest.fixture(scope="session")
def cells(networks: ModuleType) -> dict[str, Network]:
    """The networks by hand, and the Elman network with every size left out and a linear one."""
    made: dict[str, Network] = {name: build() for name, build in networks.CELLS.items()}
    return {**made, "scalar": scalar(networks), "linear": linear(made["elman"])}


def scalar(networks: ModuleType) -> Network:
    """All quantities are numbers; the output is a sigmoid."""
    elman: Network = networks.elman()
    definitions = dict(elman.definitions)
    output = networks.call("sigmoid", definitions["o"].body)
    loss = networks.Neg(networks.Mul(networks.at("y"), networks.call("log", networks.at("haty"))))
    definitions["haty"] = replace(definitions["haty"], body=output)
    definitions["L"] = replace(definitions["L"], body=loss)
    return replace(elman, definitions=definitions, shapes=dict.fromkeys(elman.shapes, SCALAR))


def linear(elman: Network) -> Network:
    """The Elman network without an activation."""
    definitions = dict(elman.definitions)
    definitions["s"] = replace(definitions["s"], body=definitions["z"].body)
    return replace(elman, definitions=definitions)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a claim."""
    if "claim" in metafunc.fixturenames:
        rows = loaded("claims").CLAIMS
        metafunc.parametrize("claim", rows, ids=[f"{c.cell}: {c.name}" for c in rows])
