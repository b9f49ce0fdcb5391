"""The networks of whole notes: gradients by the backward recursion equal those by dual numbers, to 1e-12."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bptt_symbolic import api
from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Apply, Deriv, Function, Ref, Sum, walk
from bptt_symbolic.numeric import NumericError, NumericFunction, lambdify
from bptt_symbolic.numeric.checking import drawn, sizes_for
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.tensor import Tensors

Nearly = Callable[..., None]

ROOT = Path(__file__).parents[2]
NOTES = sorted(
    p
    for folder in ("derivations", "tests/notes")
    for p in (ROOT / folder).iterdir()
    if p.suffix in {".md", ".tex", ".rst", ".ipynb"} and p.name != "README.md"
)
NO_FORM = {"deltas.tex", "denominator.md", "general-functions.rst", "huan.md", "mittelwert.md"}
"""The note leaves the loss open, or uses a function of several arguments."""
LOSSES = {"bptt-korean.md": "J", "last-state.ipynb": "L", "two-recurrences.md": "E"}
"""The loss, where a note has several, or numbers that look like one."""
STEPS = 4


class Chosen(Floats):
    """The numbers of a call; functions that the note leaves open are tanh."""

    def __init__(self, function: NumericFunction, values: dict[str, Any]) -> None:
        """Keep the numbers."""
        super().__init__(0)
        self.function, self.values = function, values

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Any:
        network = self.function.plan.network
        if name in network.definitions:
            return self.values[plain(f"{name}{time}")].reshape(shape)
        if time is None:
            return self.values[plain(name)].reshape(shape)
        first = next(a.first for a in self.function.plan.arguments if a.name == name)
        return self.values[plain(name)][time - network.start - first].reshape(shape)

    def apply(self, function: Function, index: int | None, args: list[Any], time: int | None) -> Any:
        known = Function("tanh", order=function.order) if function.own else function
        return super().apply(known, index, args, time)


def loss_of(network: Network, chosen: str | None) -> Any:
    """The total loss, or the sum of those of the steps."""
    names = [n for n, role in network.role.items() if role == "loss"] if chosen is None else [chosen]
    total = [n for n in names if n not in network.temporal]
    if total:
        return Ref(total[0])
    t = Affine.of("t")
    return Sum("t", Affine(network.start), Affine.of("T"), Ref(names[0], t))


def opened(network: Network) -> dict[str, str]:
    """Functions that the note leaves open."""
    terms = (x for d in network.definitions.values() for x in walk(d.body))
    return {x.function.name: "tanh" for x in terms if isinstance(x, Apply) and x.function.own}


@pytest.mark.parametrize("note", NOTES, ids=lambda p: p.name)
def test_the_gradients_of_a_note(note: Path, nearly: Nearly) -> None:
    network = api.network(note)
    if note.name in NO_FORM:
        with pytest.raises(NumericError, match=r"several arguments|leaves the loss .* open"):
            lambdify(network, functions=opened(network))
        return
    chosen = LOSSES.get(note.name)
    function = lambdify(network, functions=opened(network), loss=chosen)
    sizes = sizes_for(network, {})
    values = drawn(function.plan.arguments, network, (STEPS, None), sizes, np.random.default_rng(1))
    found = function(**values)
    tensors = Tensors(network, Chosen(function, values), STEPS, sizes)
    loss = loss_of(network, chosen)
    nearly(found.pop("loss"), tensors.evaluate(loss, {}).data)
    assert found
    names = {plain(name): name for name in network.shapes}
    for name, gradient in found.items():
        expected = tensors.evaluate(Deriv(loss, Ref(names[name]), layout="gradient"), {}).data
        nearly(np.reshape(gradient, expected.shape), expected, what=name)
