"""The lines that a wrong gradient is compared with: their gradients are those of automatic differentiation."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bptt_symbolic import api
from bptt_symbolic.numeric import lambdify
from bptt_symbolic.numeric.describing import Described
from bptt_symbolic.numeric.function import NumericFunction
from bptt_symbolic.numeric.graph import SEQUENCES, reachable
from bptt_symbolic.numeric.mistakes import edits
from bptt_symbolic.numeric.other_conventions import conventions
from bptt_symbolic.numeric.plan import Request, arguments_of, computed
from bptt_symbolic.numeric.tape import Pass, Program, Tape

Array = Any
SIZES = {"M": 4, "D": 3, "C": 2, "E": 5, "N": 6}
NOTES = {
    "logs, powers, parts": r"""
$$h_t = \log(1 + \exp(W h_{t-1} + U x_t)) + \frac{1}{3} h_{t-2}$$

$$o_t = \text{softmax}(V h_t)$$

$$L_t = \sum_{i=1}^{C} (o_{t,i} - y_{t,i})^2$$

$$L = \sum_{t=1}^{T} L_t$$

with $W \in \mathbb{R}^{D \times D}$, $U \in \mathbb{R}^{D \times M}$, $V \in \mathbb{R}^{C \times D}$.
""",
    "the last step": r"""
$$h_t = \tanh(W [h_{t-1}; x_t] + b)$$

$$L = \frac12 \|V h_T - y\|^2$$

with $x_t \in \mathbb{R}^{M}$, $h_t \in \mathbb{R}^{D}$, $W \in \mathbb{R}^{D \times (D+M)}$ and
$V \in \mathbb{R}^{C \times D}$.
""",
}


def on_the_tape(
    function: NumericFunction, steps: int, batch: int, seed: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """A point with an axis for the batch, and the gradients there."""
    lowering, _, total = computed(Request(function.request.network, functions=function.request.functions))
    assert total is not None
    arguments = arguments_of(reachable(lowering.graph, [total, *lowering.initial.values()]))
    draw = np.random.default_rng(seed)
    lead = {"parameter": (), "initial": (batch,)}
    point = {
        a.keyword: draw.uniform(-1, 1, (*lead.get(a.kind, (steps + a.extra, batch)), *(d.at(SIZES) for d in a.axes)))
        for a in arguments
    }
    tape = Tape(
        Program(lowering.graph, total, lowering.initial, function.request.network.start),
        steps,
        {**SIZES, SEQUENCES: batch},
    )
    firsts = {a.name: a.first for a in arguments}
    return point, Pass(tape, tape.values(point, firsts)).gradients(firsts, point)


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm", "jordan"])
@pytest.mark.parametrize(("steps", "batch"), [(1, 1), (4, 3)])
def test_the_gradients_are_those_of_automatic_differentiation(
    cell: str, steps: int, batch: int, cell_of: Callable[..., Any], lab: Any, nearly: Callable[..., None]
) -> None:
    known = cell_of(cell) if cell != "jordan" else None
    network = lab.network(cell)
    point, found = on_the_tape(lambdify(network, functions={"f": "tanh"}), steps, batch, 5)
    expected = {"W": _jordan(lab, point)} if known is None else {name: known.gradient(name, point) for name in found}
    for name, value in expected.items():
        nearly(found[name], value, what=name)


def _jordan(lab: Any, point: dict[str, Array]) -> Array:
    """By complex steps through the program by hand."""
    found = np.zeros_like(point["W"])
    for b in range(point["x"].shape[1]):
        one = {"x": point["x"][:, b], "haty": point["haty"][:, b], "y0": point["y0"][b]}
        for place in np.ndindex(found.shape):
            nudged = point["W"].astype(complex)
            nudged[place] += 1e-30j
            found[place] += lab.forward.jordan(np, {**one, "W": nudged}, lab.forward.Record()).imag / 1e-30
    return found


@pytest.mark.parametrize("name", NOTES)
def test_every_operation_agrees_with_the_generated_code(name: str, nearly: Callable[..., None]) -> None:
    function = lambdify(api.network(NOTES[name]))
    for steps, batch in ((2, 1), (4, 3)):
        point, found = on_the_tape(function, steps, batch, 7)
        exact = function(**{k: v for k, v in point.items() if k in function.__signature__.parameters})
        for key, value in exact.items():
            if key != "loss":
                nearly(found[key], value, what=key)


def test_no_edit_and_no_convention_is_the_gradient_itself(lab: Any) -> None:
    """Each changes something, or it would accuse what is right."""
    lowering, forward, total = computed(Request(lab.network("lstm")))
    assert total is not None
    described = Described(Program(lowering.graph, total, lowering.initial, 1), {n: k for k, n in forward.items()})
    tape = Tape(described.program, 3, {**SIZES, SEQUENCES: 1})
    arguments = arguments_of(described.nodes)
    draw = np.random.default_rng(0)
    lead = {"parameter": (), "initial": (1,), "sequence": (3, 1)}
    point = {a.keyword: draw.uniform(-1, 1, (*lead[a.kind], *(d.at(SIZES) for d in a.axes))) for a in arguments}
    values = tape.values(point, {})
    right = Pass(tape, values).gradients({}, point)
    unchanged = []
    for edit in edits(described):
        changed = Pass(tape, values, edit.changes).gradients({}, point)
        if all(np.allclose(changed[p], right[p], rtol=1e-6, atol=0) for p in right):
            unchanged.append(edit.message)
    assert not unchanged
    assert len(list(conventions(described))) > 10
