"""What every part of a derivation works with: the backward pass, the layout, what is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bptt_symbolic.deriving.algebra import Algebra
from bptt_symbolic.deriving.gradients import NOW, Backward
from bptt_symbolic.deriving.indexing import Entries
from bptt_symbolic.deriving.steps import Form
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Deriv, Mode, Ref, Term

MATRIX = 2


@dataclass(frozen=True)
class Setting:
    """One derivation."""

    backward: Backward
    form: Form
    by: tuple[str, ...]
    """The parameters whose gradients are wanted."""
    steps: int = 3
    """The number of steps of the unrolled form."""
    window: int = 2
    """How many steps back the truncated gradient looks."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How quantities are written, for sections that add some."""
    given: frozenset[str] = field(default_factory=frozenset)
    """Quantities that were named for the derivation alone: arguments of functions, the total loss."""

    @property
    def network(self) -> Network:
        """The network."""
        return self.backward.network

    @property
    def algebra(self) -> Algebra:
        """Its algebra."""
        return self.backward.algebra

    @cached_property
    def entries(self) -> Entries:
        """Its entries."""
        return Entries(self.algebra)

    @property
    def columns(self) -> bool:
        """Whether the gradient by a column is a column."""
        return self.form != "numerator"

    @property
    def shaped(self) -> bool:
        """Whether there are rows or matrices at every step, so that only gradients of numbers are written."""
        return self.form == "gradient"

    def side(self, term: Term) -> Term:
        """A term made for columns, in the layout of the derivation."""
        if self.columns:
            return term
        axes = len(self.algebra.shape(term).axes)
        return self.algebra.rows(term) if axes == 1 else self.algebra.untransposed(term)

    def jacobian(self, term: Term) -> Term:
        """A Jacobian made for numerator layout, in the layout of the derivation."""
        return self.algebra.transpose(term) if self.columns else term

    def derivative(self, of: Term, by: Term, mode: Mode = "total") -> Deriv:
        """A derivative in the layout of the derivation."""
        return Deriv(of, by, mode, self.form)

    def gradient(self, of: str, by: str) -> Deriv:
        """The gradient of a loss by a quantity of the same step, as shares are made of it."""
        return Deriv(self.now(of), self.now(by), "total", self.backward.gradient(by).layout)

    def loss_by(self, name: str, time: Affine | None = NOW) -> Term:
        """The gradient of the total, in the layout of the derivation."""
        return self.side(self.backward.gradient(name, time))

    def now(self, name: str, time: Affine = NOW) -> Ref:
        """A quantity at a time, or without one where it has none."""
        return Ref(name, time if name in self.network.temporal else None)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """All parameters on which a loss depends."""
        return tuple(n for n, role in self.network.role.items() if role == "parameter" and self.backward.matters(n))

    @cached_property
    def single(self) -> str | None:
        """The one state through which everything goes from step to step; None where there are several."""
        states = self.network.states
        lags = {r.lag for n in self.backward.forward for r in self.backward.readers(n)}
        return next(iter(states)) if len(states) == 1 and lags <= {0, 1} else None


def is_shaped(network: Network) -> bool:
    """Whether a network has rows, or a matrix at every step."""
    return any(
        (shape.down and not shape.up) or (len(shape.axes) == MATRIX and name in network.temporal)
        for name, shape in network.shapes.items()
    )
