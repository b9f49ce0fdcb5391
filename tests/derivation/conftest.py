"""A derivation as an algorithm: the terms of its lines computed with NumPy, and gradients looked up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from bptt_symbolic.deriving.gradients import Backward
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Apply,
    Count,
    Deriv,
    Diag,
    Divide,
    Hadamard,
    Mul,
    Neg,
    Num,
    Power,
    Ref,
    Stack,
    Sum,
    Term,
    Transpose,
)

Array = Any
Key = tuple[str, int | None]

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x)),
    "exp": np.exp,
    "log": np.log,
}


@dataclass
class Machine:
    """Computes terms: vectors are columns, or rows where a derivative says so."""

    values: Mapping[Key, Array]
    """Every quantity at every time, as the forward program computed it."""
    steps: int
    gradients: dict[Key, Array] = field(default_factory=dict)
    """Gradients of the total loss that are known by now, as columns, or shaped like a matrix."""
    jacobians: Callable[[Deriv, Mapping[str, int]], Array] | None = None
    """Jacobians that stay names, in numerator layout."""

    def value(self, term: Term, env: Mapping[str, int]) -> Array:  # noqa: C901, PLR0912 - one case a constructor
        match term:
            case Num(value=value):
                return np.array(float(value))
            case Count(value=value):
                return np.array(float(value.at({**env, LAST: self.steps})))
            case Ref(name=name, time=time):
                return self._quantity((name, None if time is None else time.at({**env, LAST: self.steps})))
            case Add(items=items):
                return sum((self.value(i, env) for i in items[1:]), self.value(items[0], env))
            case Neg(body=body):
                return -self.value(body, env)
            case Mul(left=left, right=right):
                a, b = self.value(left, env), self.value(right, env)
                return a * b if a.size == 1 or b.size == 1 else a @ b
            case Hadamard(left=left, right=right):
                return self.value(left, env) * self.value(right, env)
            case Divide(left=left, right=right):
                return self.value(left, env) / self.value(right, env)
            case Power(body=body, exponent=exponent):
                return self.value(body, env) ** exponent.const
            case Transpose(body=body):
                return self.value(body, env).T
            case Diag(body=body):
                return np.diag(self.value(body, env).ravel())
            case Apply(function=function, args=(argument,)):
                return FUNCTIONS[function.name](self.value(argument, env))
            case Stack(items=items):
                return np.vstack([self.value(i, env) for i in items])
            case Sum(var=var, low=low, high=high, body=body):
                ends = {**env, LAST: self.steps}
                return sum(self.value(body, {**env, var: n}) for n in range(low.at(ends), high.at(ends) + 1))
            case Deriv():
                return self._derivative(term, env)
            case _:
                raise TypeError(type(term).__name__)

    def _quantity(self, key: Key) -> Array:
        """After the last step nothing is defined, and everything there is multiplied by a gradient that is zero."""
        if key not in self.values and key[1] is not None and key[1] > self.steps:
            return np.zeros_like(self.values[key[0], self.steps])
        return self.values[key]

    def _derivative(self, term: Deriv, env: Mapping[str, int]) -> Array:
        assert isinstance(term.of, Ref)
        assert isinstance(term.by, Ref)
        if term.of.time is not None:
            assert self.jacobians is not None
            found = self.jacobians(term, env)
            return found.T if term.layout == "denominator" else found
        time = None if term.by.time is None else term.by.time.at({**env, LAST: self.steps})
        if time is not None and not 1 <= time <= self.steps and (term.by.name, time) not in self.gradients:
            found = np.zeros_like(self.values[term.by.name, self.steps])
        else:
            found = self.gradients[term.by.name, time]
        is_row = term.layout == "numerator" and found.shape[1] == 1
        return found.T if is_row else found


@dataclass(frozen=True)
class Run:
    """The backward pass of a network, run at random numbers."""

    backward: Backward
    machine: Machine

    def all(self) -> dict[Key, Array]:
        """Every gradient, from the lines of the recursion."""
        backward, machine = self.backward, self.machine
        order = [n for n in reversed(backward.forward) if n not in backward.losses]
        for t in range(machine.steps, 0, -1):
            for name in order:
                terms = backward.adjoint(name)
                found = sum(machine.value(term, {"t": t}) for term in terms)
                machine.gradients[name, t] = found
        for name, role in backward.network.role.items():
            if role == "parameter":
                machine.gradients[name, None] = machine.value(backward.parameter(name), {})
        for name in backward.network.states:
            machine.gradients[name, 0] = sum(machine.value(term, {}) for term in backward.initial(name))
        return machine.gradients


def column(value: Array) -> Array:
    """A vector as a column; a matrix or a number as it is."""
    array = np.asarray(value, dtype=float)
    return array.reshape(-1, 1) if array.ndim == 1 else array


@pytest.fixture(scope="session")
def run() -> Callable[..., Run]:
    """Make a run of a network from the numbers of its forward program."""

    def made(network: Any, record: Mapping[Key, Array], given: Mapping[str, Array], steps: int) -> Run:
        values: dict[Key, Array] = {key: column(value) for key, value in record.items()}
        for name in network.shapes:
            if name in given and name in network.temporal:
                values.update({(name, t): column(row) for t, row in enumerate(given[name], 1)})
            elif name in given:
                values[name, None] = column(given[name])
        machine = Machine(values, steps)
        machine.jacobians = lambda term, env: _stacked(network, machine, term, env)
        return Run(Backward(network, "total"), machine)

    return made


def _stacked(network: Any, machine: Machine, term: Deriv, env: Mapping[str, int]) -> Array:
    """`W [x; y]` by `y`: the last columns of `W`, by hand."""
    del env
    assert isinstance(term.of, Ref)
    assert isinstance(term.by, Ref)
    weights = machine.values["W", None]
    size = machine.values[term.by.name, machine.steps].shape[0]
    assert network.definitions[term.of.name].body.right.items[-1].name == term.by.name
    return weights[:, -size:]
