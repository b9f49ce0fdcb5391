"""Each cell, built by hand and read from its note, computes what the NumPy program computes."""

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import flint
import numpy as np
import pytest

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Apply, Deriv, Function, Ref, Term, rebuild
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.methods.tensor import Tensors

Lab = Any
"""The fixture of `tests/conftest.py`, which cannot be imported."""

CELLS = ("elman", "gru", "jordan", "lstm")
STEPS, SIZES = 3, {"D": 3, "M": 2, "C": 4}


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def by_hand(cell: str, lab: Lab) -> Network:
    made: Network = lab.network(cell)
    return made


@pytest.fixture
def from_note(cell: str) -> Network:
    """The network of `cells/*.md`; the activation of jordan, which is any, is tanh here."""
    from bptt_symbolic.api import network  # noqa: PLC0415 - so that the networks built by hand are tested without it

    return with_tanh(network(cell))


def with_tanh(network: Network) -> Network:
    def known(term: Term) -> Term:
        term = rebuild(term, known)
        return replace(term, function=Function("tanh")) if isinstance(term, Apply) and term.function.own else term

    definitions = {name: replace(d, body=known(d.body)) for name, d in network.definitions.items()}
    return replace(network, definitions=definitions)


def test_a_cell_built_by_hand_computes_what_numpy_computes(cell: str, by_hand: Network, lab: Lab) -> None:
    compare(by_hand, cell, lab)


def test_the_note_of_a_cell_computes_what_numpy_computes(cell: str, from_note: Network, lab: Lab) -> None:
    compare(from_note, cell, lab)


def compare(network: Network, cell: str, lab: Lab) -> None:
    """Every quantity at every step, in floating point and in the kernel's balls."""
    sizes = {name: SIZES[name] for name in network.sizes}
    values, record = lab.draw(network, STEPS, sizes), lab.forward.Record()
    lab.forward.CELLS[cell](np, values, record)
    quick = Tensors(network, lab.floats(values), STEPS, sizes)
    exact = Tables(network, lab.point(STEPS, sizes, values))
    seen = set()
    for name in network.definitions:
        for time in range(1, STEPS + 1) if name in network.temporal else (None,):
            key = (plain(name), time) if time is not None else ("total", None)
            if key not in record.values:
                continue
            seen.add(key[0])
            ref = Ref(name, None if time is None else Affine(time))
            expected = np.asarray(record.values[key])
            np.testing.assert_allclose(quick.evaluate(ref, {}).data, expected, rtol=1e-12, atol=1e-15)
            cells = [float(flint.arb(c.value).mid()) for c in exact.table(ref, {}).cells]
            np.testing.assert_allclose(np.reshape(cells, expected.shape), expected, rtol=1e-12, atol=1e-15)
    assert {"L", "total"} <= seen
    assert len(seen) >= len({name for name, _ in record.values}) - 1  # a note may leave a step without a name


def test_the_shapes_of_a_note_are_those_built_by_hand(cell: str, from_note: Network, networks: ModuleType) -> None:
    by_hand: Network = networks.CELLS[cell]()
    found = {plain(name): shape for name, shape in from_note.shapes.items()}
    for name, shape in by_hand.shapes.items():
        if name not in {"L", "total"}:
            assert found[name] == shape, name


def test_the_roles_of_a_note_are_those_built_by_hand(cell: str, from_note: Network, networks: ModuleType) -> None:
    by_hand: Network = networks.CELLS[cell]()
    assert {plain(n) for n in from_note.states} == by_hand.states
    roles = {plain(name): role for name, role in from_note.role.items()}
    for name, role in by_hand.role.items():
        if role in {"parameter", "state"}:
            assert roles[name] == role, name


def test_the_textbook_backward_pass_of_elman_is_the_derivative(lab: Lab) -> None:
    network = lab.network("elman")
    values = lab.draw(network, STEPS, SIZES)
    tensors = Tensors(network, lab.floats(values), STEPS, SIZES)
    for name, gradient in lab.forward.elman_backward(np, values).items():
        found = tensors.evaluate(Deriv(Ref("total"), Ref(name)), {}).data
        np.testing.assert_allclose(found, gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_a_note_says_what_is_given(cell: str) -> None:
    """A person must learn what the initial state and the target are."""
    text = (Path(__file__).parents[2] / "bptt_symbolic" / "understanding" / "cells" / f"{cell}.md").read_text(
        encoding="utf-8"
    )
    assert re.search(r"[Tt]he\s+initial\s+(states?|output)", text)
    assert "target" in text
    assert text.count("$$") % 2 == 0


def plain(name: str) -> str:
    return re.sub(r"\W", "", name)
