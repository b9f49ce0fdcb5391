"""The same gradients by two more libraries for automatic differentiation, where they are installed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

CellOf = Callable[..., Any]
Nearly = Callable[..., None]
SIZES = {"D": 5, "M": 3, "C": 4}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["elman", "gru", "jordan", "lstm"])
def test_gradients_are_those_of_torch(name: str, cell_of: CellOf, lab: Any, nearly: Nearly) -> None:
    torch = pytest.importorskip("torch")
    cell = cell_of(name)
    values = cell.draw(200, {n: SIZES[n] for n in cell.function.plan.sizes})
    given = {key: torch.tensor(value, requires_grad=True) for key, value in values.items()}
    lab.forward.CELLS[name](torch, given, lab.forward.Record()).backward()
    found = cell.function(**values)
    for key, value in given.items():
        nearly(found[key], value.grad, what=key)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["elman", "gru", "jordan", "lstm"])
def test_gradients_are_those_of_jax(name: str, cell_of: CellOf, lab: Any, nearly: Nearly) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - the call of JAX
    cell = cell_of(name)
    values = cell.draw(8, {n: SIZES[n] for n in cell.function.plan.sizes})
    loss = lambda v: lab.forward.CELLS[name](jax.numpy, v, lab.forward.Record())  # noqa: E731 - what JAX differentiates
    expected = jax.grad(loss)({key: jax.numpy.asarray(value) for key, value in values.items()})
    found = cell.function(**values)
    for key, value in expected.items():
        nearly(found[key], np.asarray(value), what=key)
