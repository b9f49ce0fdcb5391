"""The recursion, run line by line, gives what automatic differentiation gives; layouts are transposes."""

from typing import Any

import autograd  # type: ignore[import-untyped]
import autograd.numpy as anp  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt_symbolic.meaning.terms import Deriv, walk

SIZES = {"D": 3, "M": 2, "C": 4}
CELLS = ("elman", "gru", "jordan", "lstm")


def made(cell: str, steps: int, seed: int, lab: Any, run: Any) -> tuple[Any, Any, dict[str, Any]]:
    network = lab.network(cell)
    values = lab.draw(network, steps, {n: SIZES[n] for n in network.sizes}, seed=seed)
    record = lab.forward.Record()
    lab.forward.CELLS[cell](np, values, record)
    return network, run(network, record.values, values, steps), values


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("steps", [1, 3])
def test_the_recursion_agrees_with_automatic_differentiation(cell: str, steps: int, lab: Any, run: Any) -> None:
    network, ran, values = made(cell, steps, 7, lab, run)
    found = ran.all()
    forward, record = lab.forward.CELLS[cell], lab.forward.Record
    asked = [n for n, role in network.role.items() if role == "parameter"]
    for name in asked:
        expected = autograd.grad(lambda x, n=name: forward(anp, {**values, n: x}, record()))(values[name])
        np.testing.assert_allclose(
            found[name, None].reshape(expected.shape), expected, rtol=0, atol=1e-12, err_msg=name
        )
    for name in network.states:
        expected = autograd.grad(lambda x, n=name: forward(anp, {**values, f"{n}0": x}, record()))(values[f"{name}0"])
        np.testing.assert_allclose(found[name, 0].reshape(-1), expected, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("cell", CELLS)
@given(seed=st.integers(0, 2**16))
@settings(max_examples=3, deadline=None)
def test_rows_are_the_transposes_of_columns(cell: str, lab: Any, run: Any, seed: int) -> None:
    """Numerator layout is denominator layout transposed, for every line of the recursion and every gradient."""
    network, ran, _ = made(cell, 3, seed, lab, run)
    ran.all()
    backward, machine = ran.backward, ran.machine
    for name in backward.recurrent:
        for term in backward.adjoint(name):
            columns = machine.value(term, {"t": 2})
            rows = machine.value(backward.algebra.rows(term), {"t": 2})
            np.testing.assert_allclose(rows, columns.T, rtol=1e-12, atol=1e-14)
    for name in (n for n, role in network.role.items() if role == "parameter"):
        term = backward.parameter(name)
        is_vector = len(network.shapes[name].axes) == 1
        other = backward.algebra.rows(term) if is_vector else backward.algebra.untransposed(term)
        found = machine.value(other, {})
        columns = machine.value(term, {})
        np.testing.assert_allclose(found, columns.T if is_vector else columns, rtol=1e-12, atol=1e-14)
        assert not any(isinstance(x, Deriv) and x.layout == "denominator" for x in walk(other))


def test_the_norm_of_a_product_of_jacobians_keeps_its_bound(lab: Any, run: Any) -> None:
    """What the checker does not settle, by numbers: the bound that a derivation states about vanishing gradients."""
    for seed in range(20):
        _, ran, values = made("elman", 6, seed, lab, run)
        states = ran.machine.values
        transfer = np.eye(SIZES["D"])
        for t in range(6, 0, -1):
            transfer = transfer @ np.diag(1 - states["s", t].ravel() ** 2) @ values["W"]
            assert np.linalg.norm(transfer, 2) <= np.linalg.norm(values["W"], 2) ** (7 - t) + 1e-12
