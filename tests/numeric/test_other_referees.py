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


@pytest.mark.parametrize(("half", "tolerance"), [("bfloat16", 5e-2), ("float16", 1e-2), ("float32", 1e-5)])
def test_torch_takes_and_gives_tensors_of_any_precision(
    half: str, tolerance: float, cell_of: CellOf, nearly: Nearly
) -> None:
    torch = pytest.importorskip("torch")
    cell = cell_of("elman", "torch")
    values = cell.draw(6, SIZES, 2)
    given = {k: torch.tensor(v, dtype=getattr(torch, half), requires_grad=True) for k, v in values.items()}
    found = cell.function(**given)
    for key in ("U", "W", "V", "s0"):
        assert found[key].dtype == getattr(torch, half)
        assert found[key].device == given[key].device
        assert not found[key].requires_grad
        nearly(found[key].double().numpy(), cell.gradient(key, values), tolerance, key)


@pytest.mark.parametrize(("half", "tolerance"), [("bfloat16", 5e-2), ("float32", 1e-5)])
def test_jax_takes_and_gives_arrays_of_any_precision(
    half: str, tolerance: float, cell_of: CellOf, nearly: Nearly
) -> None:
    jax = pytest.importorskip("jax")
    cell = cell_of("elman", "jax")
    values = cell.draw(6, SIZES, 2)
    found = cell.function(**{k: jax.numpy.asarray(v, half) for k, v in values.items()})
    for key in ("U", "W", "V", "s0"):
        assert isinstance(found[key], jax.Array)
        assert found[key].dtype == half
        nearly(np.asarray(found[key], dtype=float), cell.gradient(key, values), tolerance, key)
