"""One protocol for all backends: every file of the folder passes all of this."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bptt_symbolic.numeric import NumericError, lambdify

Cell = Any
Lab = Any
Nearly = Callable[..., None]
CellOf = Callable[..., Cell]

SIZES = {"D": 3, "M": 2, "C": 4}
CELLS = ["elman", *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("jordan", "gru", "lstm"))]


def used(cell: CellOf, name: str, backend: str) -> Cell:
    """A cell with a backend; numba takes too long to compile the larger ones."""
    if backend == "numba" and name != "elman":
        pytest.skip("numba takes most of a minute to compile this cell")
    return cell(name, backend)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("batch", [None, 2])
def test_gradients_are_those_of_automatic_differentiation(
    name: str, batch: int | None, backend: str, cell_of: CellOf, nearly: Nearly
) -> None:
    cell = used(cell_of, name, backend)
    values = cell.draw(4, {n: SIZES[n] for n in cell.function.plan.sizes}, batch)
    found = cell.function(**values)
    nearly(found.pop("loss"), cell.loss(values), what="loss")
    for argument, gradient in found.items():
        nearly(gradient, cell.gradient(argument, values), what=argument)


@pytest.mark.parametrize("steps", [0, 1])
def test_no_step_and_one_step(steps: int, backend: str, cell_of: CellOf, nearly: Nearly) -> None:
    cell = used(cell_of, "elman", backend)
    values = cell.draw(steps, SIZES, 2)
    found = cell.function(**values)
    if steps:
        nearly(found["U"], cell.gradient("U", values))
    else:
        assert float(found["loss"]) == 0
        assert all(not np.any(np.asarray(v)) for v in found.values())
    assert all(tuple(found[k].shape) == np.shape(values[k]) for k in values)


def test_a_batch_of_nothing(backend: str, cell_of: CellOf) -> None:
    cell = used(cell_of, "elman", backend)
    found = cell.function(**cell.draw(3, SIZES, 0))
    assert float(found["loss"]) == 0
    assert tuple(found["x"].shape) == (3, 0, 2)
    assert not np.any(np.asarray(found["W"]))


def test_arrays_that_are_read_only_and_not_contiguous(backend: str, cell_of: CellOf, nearly: Nearly) -> None:
    cell = used(cell_of, "elman", backend)
    values = cell.draw(4, SIZES, 2)
    expected = cell.function(**values)
    odd = {key: np.asfortranarray(np.repeat(v, 2, axis=-1))[..., ::2] for key, v in values.items()}
    for value in odd.values():
        value.flags.writeable = False
    found = cell.function(**odd)
    for key in expected:
        nearly(found[key], expected[key], what=key)


def test_the_caller_keeps_the_arguments_as_they_were(backend: str, cell_of: CellOf) -> None:
    cell = used(cell_of, "elman", backend)
    values = cell.draw(4, SIZES, 2)
    before = {key: value.copy() for key, value in values.items()}
    first = {key: np.asarray(value).copy() for key, value in cell.function(**values).items()}
    second = cell.function(**cell.draw(4, SIZES, 2, seed=1))
    assert all(np.array_equal(values[key], before[key]) for key in values)
    again = cell.function(**values)
    assert all(np.array_equal(np.asarray(again[key]), first[key]) for key in first)
    assert not np.allclose(np.asarray(second["W"]), first["W"])


def test_single_precision_stays_single(backend: str, cell_of: CellOf, nearly: Nearly) -> None:
    cell = used(cell_of, "elman", backend)
    values = cell.draw(5, SIZES, 2)
    found = cell.function(**{key: value.astype(np.float32) for key, value in values.items()})
    for argument in values:
        assert str(found[argument].dtype).endswith("float32")
        nearly(found[argument], cell.gradient(argument, values), 3e-6, argument)


def test_scores_of_any_size_do_not_overflow(backend: str, cell_of: CellOf) -> None:
    """With scores of thousands, `exp` overflows and `log` of a probability is minus infinity."""
    cell = used(cell_of, "elman", backend)
    values = cell.draw(3, SIZES)
    values["y"] = np.eye(4)[[0, 1, 2]]
    values["c"] = np.array([4000.0, 0.0, -4000.0, 3000.0])
    found = cell.function(**values)
    assert float(found["loss"]) == pytest.approx(4000 + 8000, rel=1e-3)
    np.testing.assert_allclose(np.asarray(found["c"]), [3 - 1, -1, -1, 0], atol=1e-12)


def test_a_long_sequence(backend: str, cell_of: CellOf, nearly: Nearly) -> None:
    cell = used(cell_of, "elman", backend)
    values = cell.draw(300, SIZES)
    found = cell.function(**values)
    nearly(found["W"], cell.gradient("W", values))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["elman", "gru", "jordan", "lstm"])
@pytest.mark.parametrize(
    "grid",
    [(1000, None, {"D": 3, "M": 2, "C": 4}), (60, 5, {"D": 17, "M": 5, "C": 9}), (20, 2, {"D": 64, "M": 32, "C": 10})],
    ids=["long", "middle", "wide"],
)
def test_larger_grids(
    name: str, grid: tuple[int, int | None, dict[str, int]], backend: str, cell_of: CellOf, nearly: Nearly
) -> None:
    cell, (steps, batch, sizes) = used(cell_of, name, backend), grid
    values = cell.draw(steps, {n: sizes[n] for n in cell.function.plan.sizes}, batch)
    found = cell.function(**values)
    for argument in values:
        if np.ndim(values[argument]) == 2 and argument[0] in "UWV":
            nearly(found[argument], cell.gradient(argument, values), what=argument)


def test_values_of_the_network_are_given_too(backend: str, lab: Lab, nearly: Nearly) -> None:
    if backend == "numba":
        pytest.skip("one more function to compile takes numba seconds")
    function = lambdify(lab.network("elman"), ["s", "haty", "L", "total", "loss"], backend=backend)
    draw = np.random.default_rng(3)
    values = {
        "U": draw.normal(size=(3, 2)),
        "W": draw.normal(size=(3, 3)),
        "V": draw.normal(size=(4, 3)),
        "b": np.ones(3),
        "c": np.zeros(4),
        "s0": np.ones(3),
        "x": draw.normal(size=(5, 2)),
        "y": np.eye(4)[[0, 1, 2, 3, 0]],
    }
    run = lab.forward.Record()
    loss = lab.forward.elman(np, values, run)
    found = function(**values)
    nearly(found["s"], np.array([run.values["s", t] for t in range(1, 6)]))
    nearly(found["haty"], np.array([run.values["haty", t] for t in range(1, 6)]))
    nearly(found["L"], np.array([run.values["L", t] for t in range(1, 6)]))
    nearly(found["total"], loss)
    nearly(found["loss"], loss)


def test_a_mistake_in_a_call_is_named_by_every_backend(backend: str, cell_of: CellOf) -> None:
    cell = used(cell_of, "elman", backend)
    values = cell.draw(3, SIZES)
    values["W"] = values["W"][:, :2]
    values["c"] = np.array(["a"] * 4)
    with pytest.raises(NumericError) as caught:
        cell.function(**values)
    assert caught.value.faults[0].startswith("c: expected real numbers, got ")
    assert caught.value.faults[1] == "W: expected (D, D) with D = 3 as in U, got the shape (3, 2)"
