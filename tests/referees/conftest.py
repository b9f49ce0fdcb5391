"""The questions that notes ask about derivatives, and two domains whose answers can be compared as numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Deriv, Mode, Ref
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.polynomials import Polynomials

Polynomial = Any
"""A flint polynomial; flint has no types."""
Array = Any

Key = tuple[str, int | None]
LOGITS = {"elman": "o", "gru": "a", "lstm": "a"}


@dataclass(frozen=True)
class Question:
    """A derivative: of what, by what, and what is held fixed."""

    of: Key
    by: Key
    mode: Mode = "total"

    @property
    def term(self) -> Deriv:
        return Deriv(ref(self.of), ref(self.by), self.mode)

    def __str__(self) -> str:
        """The question in words."""
        return f"{self.of} by {self.by}, {self.mode}"


def ref(key: Key) -> Ref:
    name, time = key
    return Ref(name, None if time is None else Affine(time))


def asked(cell: str, network: Network, steps: int) -> Iterator[Question]:
    """Everything that ordinary notes differentiate."""
    parameters = sorted(name for name, role in network.role.items() if role == "parameter")
    states = sorted(network.states)
    for parameter in parameters:
        yield Question(("total", None), (parameter, None))
        yield Question(("L", steps), (parameter, None))
        yield Question(("L", 1), (parameter, None))
        for state in states:
            yield Question((state, steps), (parameter, None))
            yield Question((state, steps), (parameter, None), "immediate")
    for state in states:
        for k in range(steps + 1):
            yield Question(("L", steps), (state, k))
            yield Question(("total", None), (state, k))
            for other in states:
                yield Question((other, steps), (state, k))
                yield Question((other, steps), (state, k), "immediate")
    if cell in LOGITS:
        yield Question(("haty", steps), (LOGITS[cell], steps))
        yield Question(("L", steps), (LOGITS[cell], steps))
        yield Question(("total", None), (LOGITS[cell], 1))


class ValuedPolynomials(Polynomials):
    """Polynomials that also know the number that every atom stands for."""

    def __init__(self, source: Floats, room: int = 600) -> None:
        """Take the numbers of `source` for what is given."""
        super().__init__(room)
        self._source, self._values = source, [0.0] * room

    def number(self, p: Polynomial) -> float:
        """The value of a polynomial."""
        total = 0.0
        for exponents, coefficient in p.to_dict().items():
            term = int(coefficient.p) / int(coefficient.q)
            for i, e in enumerate(exponents):
                if e:
                    term *= self._values[i] ** int(e)
            total += term
        return total

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        data = super().given(name, time, shape)
        for place, value in np.ndenumerate(self._source.given(name, time, shape)):
            self._values[self._atoms["given", name, time, place]] = float(value)
        return data

    def scalar_atom(self, name: str, p: Polynomial) -> Polynomial:
        atom = super().scalar_atom(name, p)
        x = self.number(p)
        known = {"tanh": np.tanh(x), "sigmoid": 1 / (1 + np.exp(-x))}
        self._values[self._atoms[name, self._key(p)]] = float(known[name])
        return atom

    def _join(self, key: tuple[str, ...], args: list[Polynomial], atoms: list[Polynomial]) -> None:
        super()._join(key, args, atoms)
        powers = np.exp([self.number(x) for x in args])
        for i, power in enumerate(powers):
            self._values[self._atoms["softmax", key, i]] = float(power / powers.sum())
        self._values[self._atoms["total", key]] = float(powers.sum())
        self._values[self._atoms["log total", key]] = float(np.log(powers.sum()))

    def _inverse_atom(self, p: Polynomial) -> Polynomial:
        atom = super()._inverse_atom(p)
        self._values[self._atoms["inverse", str(p)]] = 1 / self.number(p)
        return atom


@pytest.fixture(scope="session")
def valued() -> type[ValuedPolynomials]:
    """Polynomials whose value at chosen numbers is known."""
    return ValuedPolynomials


@pytest.fixture(scope="session")
def questions() -> Callable[[str, Network, int], Iterator[Question]]:
    """What notes ask about a cell."""
    return asked
