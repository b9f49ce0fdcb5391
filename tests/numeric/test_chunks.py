"""A sequence in parts: checkpointed gradients are the gradients, truncated ones those of a program cut by hand."""

import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import autograd  # type: ignore[import-untyped]
import autograd.numpy as anp  # type: ignore[import-untyped]
import numpy as np
import pytest

import bptt_symbolic
from bptt_symbolic.numeric import ChunkedFunction, NumericError

CellOf = Callable[..., Any]
Nearly = Callable[..., None]
SIZES = {"D": 3, "M": 2, "C": 4}


def in_parts(cell: Any, **options: Any) -> ChunkedFunction:
    names = [a.keyword for a in cell.function.plan.arguments if a.kind != "sequence"]
    made = bptt_symbolic.lambdify(cell.function.plan.network, ["loss", *names], **options)
    assert isinstance(made, ChunkedFunction)
    return made


@pytest.mark.parametrize("name", ["elman", "gru", "jordan", "lstm"])
@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("length", [1, 3, 7, 20])
def test_checkpointed_gradients_are_the_gradients(
    name: str, batch: int | None, length: int, cell_of: CellOf, nearly: Nearly
) -> None:
    cell = cell_of(name)
    values = cell.draw(7, {n: SIZES[n] for n in cell.function.plan.sizes}, batch)
    whole, found = cell.function(**values), in_parts(cell, checkpoint=length)(**values)
    for key, value in found.items():
        nearly(value, whole[key], what=key)


def test_every_backend_can_take_parts(backend: str, cell_of: CellOf, nearly: Nearly) -> None:
    if backend == "numba":
        pytest.skip("two more functions to compile take numba too long")
    cell = cell_of("elman")
    values = cell.draw(7, SIZES, 2)
    found = in_parts(cell, checkpoint=3, backend=backend)(**values)
    nearly(found["W"], cell.gradient("W", values))


def test_truncated_gradients_are_those_of_a_program_that_is_cut(cell_of: CellOf, lab: Any, nearly: Nearly) -> None:
    cell = cell_of("elman")
    values = cell.draw(7, SIZES)
    run = lab.forward.Record()
    lab.forward.elman(np, values, run)

    def cut(w: Any) -> Any:
        """Every part starts with its state as a constant."""
        total = 0.0
        for start in (0, 3, 6):
            part = {**values, "W": w, "s0": run.values["s", start]}
            part |= {key: values[key][start : start + 3] for key in "xy"}
            total = total + lab.forward.elman(anp, part, lab.forward.Record())
        return total

    found = in_parts(cell, truncate=3)(**values)
    nearly(found["W"], autograd.grad(cut)(values["W"]))
    nearly(found["loss"], cell.loss(values))


def test_parts_need_memory_for_one_part_only(cell_of: CellOf) -> None:
    cell = cell_of("elman")
    values = cell.draw(2000, {"D": 32, "M": 2, "C": 4})
    most = []
    for options in ({}, {"checkpoint": 50}):
        function: Any = bptt_symbolic.lambdify("elman", ["W"], **options)  # type: ignore[arg-type]
        function(**values)
        tracemalloc.start()
        function(**values)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] < most[0] / 5


def test_a_note_that_states_its_first_state(nearly: Nearly) -> None:
    note = (
        r"Let $W \in \mathbb{R}^{n \times n}$ and $h_t, x_t \in \mathbb{R}^{n}$."
        "\n\n"
        r"$$h_t = \tanh(W h_{t-1} + x_t)$$"
        "\n\n"
        r"$$h_0 = 0$$"
        "\n\n"
        r"$$L = \sum_{t=1}^T h_t^\top h_t$$"
    )
    draw = np.random.default_rng(0)
    values = {"W": draw.normal(size=(2, 2)), "x": draw.normal(size=(5, 2))}
    whole: Any = bptt_symbolic.lambdify(note)
    parts: Any = bptt_symbolic.lambdify(note, checkpoint=2)
    nearly(parts(**values)["W"], whole(**values)["W"])


def test_it_can_be_pickled(cell_of: CellOf, nearly: Nearly) -> None:
    cell = cell_of("elman")
    function, values = in_parts(cell, checkpoint=3), cell.draw(7, SIZES)
    copy = pickle.loads(pickle.dumps(function))  # noqa: S301 - our own bytes
    nearly(copy(**values)["W"], function(**values)["W"])


@pytest.mark.parametrize(
    ("wanted", "options", "message"),
    [
        (["s"], {"checkpoint": 3}, "wanted: s cannot be given in parts"),
        (["x", "W"], {"truncate": 3}, "wanted: x cannot be given in parts"),
        (["W"], {"checkpoint": 0}, "checkpoint: expected a whole number from 1 on, got 0"),
        (["W"], {"truncate": -2}, "truncate: expected a whole number from 1 on, got -2"),
    ],
)
def test_what_cannot_be_done_in_parts_is_said(wanted: list[str], options: dict[str, int], message: str) -> None:
    with pytest.raises(NumericError, match=message):
        bptt_symbolic.lambdify("elman", wanted, **options)  # type: ignore[arg-type]


def test_a_loss_of_the_last_state_cannot_be_taken_in_parts() -> None:
    note = (
        r"Let $W \in \mathbb{R}^{n \times n}$ and $h_t, x_t \in \mathbb{R}^{n}$."
        "\n\n"
        r"$$h_t = \tanh(W h_{t-1} + x_t)$$"
        "\n\n"
        r"$$L = h_T^\top h_T$$"
    )
    with pytest.raises(NumericError, match="the loss reads steps by their number"):
        bptt_symbolic.lambdify(note, checkpoint=3)
