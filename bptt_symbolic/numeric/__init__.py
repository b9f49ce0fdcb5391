"""Network -> fast numeric functions: values and gradients from arrays, by several libraries."""

from collections.abc import Mapping, Sequence

from bptt_symbolic.meaning.keywords import distinct
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.numeric.checking import GradientFinding, GradientReport, check_gradient
from bptt_symbolic.numeric.chunks import ChunkedFunction
from bptt_symbolic.numeric.formulas import Comparison, Evaluated, FormulaFunction
from bptt_symbolic.numeric.function import NumericFunction
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Request

__all__ = [
    "ChunkedFunction",
    "Comparison",
    "Evaluated",
    "FormulaFunction",
    "GradientFinding",
    "GradientReport",
    "NumericError",
    "NumericFunction",
    "check_gradient",
    "lambdify",
]


def lambdify(
    network: Network,
    wanted: Sequence[str] | None = None,
    *,
    backend: str = "numpy",
    batch: bool = True,
    functions: Mapping[str, str] | None = None,
    name: str = "gradients",
    loss: str | None = None,
) -> NumericFunction:
    """A function of arrays for a network.

    `wanted` lists what it gives: `"loss"`, the gradient of the loss by a parameter, an input or an initial state
    (`"W"`, `"x"`, `"s0"`), the value of anything computed (`"s"`); by default the loss and the gradients by all
    parameters. `functions` says what functions of the note's own are, as `{"f": "tanh"}`. With `batch`, sequences may
    be given as (T, batch, size) or (T, size), otherwise as the latter only. `loss` names the loss where the network has
    several. Raises NumericError with everything that is wrong with the request.
    """
    network, new = distinct(network)
    asked = None if wanted is None else tuple(new.get(one, one) for one in wanted)
    named = tuple(sorted((functions or {}).items()))
    return NumericFunction(Request(network, asked, backend, batch, named, name, loss, called=tuple(new.items())))
