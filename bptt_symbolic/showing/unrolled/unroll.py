r"""Network -> unrolled: the network at fixed steps and sizes as SymPy matrices, with its loss and every gradient.

A gradient is made in two independent ways: `gradient` by the chain rule through the program, `closed_form` as the sum
of products of the textbooks, with `S_k` all states of a step and `d+` the immediate derivative:

    dL/dW = d+L/dW + sum_t sum_{k <= t} d+L/dS_t (prod_{i=t}^{k+1} d+S_i/dS_{i-1}) d+S_k/dW
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sympy  # type: ignore[import-untyped]

from bptt_symbolic.meaning.keywords import keywords_of, plain
from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.reporting.report import Report
from bptt_symbolic.scalars.rows import WRITTEN
from bptt_symbolic.showing.unrolled import printed
from bptt_symbolic.showing.unrolled.compiled import Compiled, compiled
from bptt_symbolic.showing.unrolled.entries import Block, filled, scalar
from bptt_symbolic.showing.unrolled.symbol_program import Names, Node, Program, program
from bptt_symbolic.showing.unrolled.sympy_functions import Expr, written
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

Mode = Literal["total", "immediate", "direct"]
Matrix = Any
"""A `sympy.Matrix`."""
Quantity = str | tuple[str, int]
"""A quantity without time by its name, one with time as `("s", 2)`."""


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A network at fixed steps and sizes."""

    program: Program
    loss_node: Node | None
    """The total loss; None where every step has a loss of its own and nothing adds them up."""
    step_losses: tuple[Node, ...]
    """Then the losses that are added up."""
    settle: Callable[[str], Report] | None = None
    """Settles a formula in the notation of the note that the network comes from; None without such a note."""

    @property
    def symbols(self) -> dict[Quantity, Matrix]:
        """The named symbols of every quantity, in an order in which they can be computed."""
        return {
            name if time is None else (name, time): _matrix(block)
            for (name, time), block in self.program.blocks.items()
        }

    @property
    def definitions(self) -> dict[Expr, Expr]:
        """Every computed symbol with its definition of one step."""
        return dict(self.program.bodies)

    @property
    def loss(self) -> Expr:
        """The total loss in the named states."""
        if self.loss_node is not None:
            return self.program.bodies[self.program.blocks[self.loss_node].flat[0]]
        return sympy.Add(*(self.program.blocks[node].flat[0] for node in self._step_losses()))

    def check(self, by: str, formula: str) -> Report:
        """Settle "the gradient of the total loss by `by` is `formula`", as `bptt_symbolic.prove` does."""
        if self.settle is None or self.loss_node is None:
            raise UnrollError("there is no note whose notation the formula could have", "unroll a cell or a note")
        loss = as_written(self.loss_node[0])
        return self.settle(rf"\frac{{\partial {loss}}}{{\partial {by}}} = {formula}")

    def _step_losses(self) -> tuple[Node, ...]:
        if not self.step_losses:
            raise UnrollError("the network has no loss", "define one, as L = \\sum_t L_t, or name the quantity in `of`")
        return self.step_losses

    def state(self, name: str, time: int) -> Matrix:
        """The named symbols of a quantity at a step."""
        return _matrix(self.program.blocks[self._node((name, time), "state")])

    def gradient(
        self, by: Quantity, mode: Mode = "total", *, written_out: bool = False, of: Quantity | None = None
    ) -> Matrix:
        """Derivative of the loss, or of the scalar `of`, shaped like what it is taken by."""
        node = self._node(by, "by")
        block = self.program.blocks[node]
        roots = self._roots(of)
        columns = [self.program.gradient(root, block.flat, self._held(root, mode)) for root in roots]
        entries = [sympy.Add(*column) for column in zip(*columns, strict=True)]
        entries = [written(self.program.written_out(x)) for x in entries] if written_out else entries
        return _shaped(entries, block)

    def jacobian(self, of: Quantity, by: Quantity, mode: Mode = "total", *, written_out: bool = False) -> Matrix:
        """Derivatives of the entries of `of` (rows) by the entries of `by` (columns, a matrix row by row)."""
        rows, columns = self.program.blocks[self._node(of, "of")].flat, self.program.blocks[self._node(by, "by")].flat
        found = [self.program.gradient(row, columns, self._held(row, mode)) for row in rows]
        if written_out:
            found = [[written(self.program.written_out(x)) for x in row] for row in found]
        return sympy.Matrix(found)

    def closed_form(self, by: str, *, written_out: bool = False) -> Matrix:
        """The gradient of the loss by a parameter as the sum over times of products of Jacobians."""
        block = self.program.blocks[self._node(by, "by")]
        states = self._states()
        everything = frozenset(s for step in states.values() for s in step)
        total = sympy.zeros(1, len(block.flat))
        for root in self._roots(None):
            total += sympy.Matrix([self.program.gradient(root, block.flat, everything)])
            for last in states:
                row = sympy.Matrix([self.program.gradient(root, states[last], everything)])
                total += self._over_time(row, last, block, states)
        entries = [written(self.program.written_out(x)) for x in total] if written_out else list(total)
        return _shaped(entries, block)

    def _over_time(self, row: Matrix, last: int, block: Block, states: Mapping[int, list[Expr]]) -> Matrix:
        """The sum over `k` of `row J_last ... J_{k+1} I_k`; a state before the first step depends on nothing."""
        total = sympy.zeros(1, len(block.flat))
        for step in range(last, self.program.network.start - 1, -1):
            total += row * self._step_jacobian(states, step, block.flat)
            if step - 1 in states:
                row = row * self._step_jacobian(states, step, states[step - 1])
        return total

    def _step_jacobian(self, states: Mapping[int, list[Expr]], step: int, by: list[Expr]) -> Matrix:
        """All states of a step by `by`, earlier states held fixed."""
        before = frozenset(s for time, symbols in states.items() if time < step for s in symbols)
        return sympy.Matrix([self.program.gradient(s, by, before) for s in states[step]])

    def _states(self) -> dict[int, list[Expr]]:
        """All states of every step, one below the other."""
        network, found = self.program.network, {}
        for time in range(network.start - 1, self.program.steps + 1):
            nodes = [(name, time) for name in sorted(network.states)]
            found[time] = [s for node in nodes if node in self.program.blocks for s in self.program.blocks[node].flat]
        if any(t is not None and t < network.start - 1 for n, t in self.program.blocks if n in network.states):
            raise UnrollError("a state is read from more than one step back", "use gradient, which follows every path")
        return found

    def lambdify(self, wanted: Quantity | Sequence[Quantity] | None = None) -> Compiled:
        """A function of arrays: the loss, gradients by name of the parameter, or quantities such as `("s", 2)`."""
        parameters = [n for n, t in self.program.blocks if t is None and (n, t) not in self._computed()]
        names = Names()
        asked: Sequence[Any] = ("loss", *parameters) if wanted is None else (wanted,) if self._one(wanted) else wanted
        gradients = self._gradients([q for q in asked if q in parameters], names)
        blocks = {self._label(q): gradients.get(q) or self._value(q) for q in asked}
        return compiled(self.program, blocks, names.found, single=self._one(wanted))

    def _one(self, wanted: object) -> bool:
        return isinstance(wanted, str) or (isinstance(wanted, tuple) and isinstance(wanted[-1], int))

    def _label(self, quantity: Quantity) -> str:
        words = keywords_of(self.program.network)
        name, time = (quantity, None) if isinstance(quantity, str) else quantity
        return f"{words.get(name, plain(name))}{'' if time is None else time}"

    def _computed(self) -> set[Node]:
        return {self.program.owner[s] for s in self.program.bodies}

    def _gradients(self, parameters: list[str], names: Names) -> dict[str, Block]:
        """The gradients of the loss by parameters, in one walk backwards."""
        blocks = [self.program.blocks[name, None] for name in parameters]
        symbols = [s for block in blocks for s in block.flat]
        if not symbols:
            return {}
        rows = [self.program.gradient(root, symbols, names=names) for root in self._roots(None)]
        entries = [sympy.Add(*column) for column in zip(*rows, strict=True)]
        found: dict[str, Block] = {}
        for name, block in zip(parameters, blocks, strict=True):
            size = block.data.size
            found[name] = Block(filled(block.data.shape, entries[:size]), block.up)
            entries = entries[size:]
        return found

    def _value(self, quantity: Quantity) -> Block:
        if quantity == "loss":
            return scalar(self.loss)
        return self.program.blocks[self._node(quantity, "wanted")]

    def latex(self, by: Quantity, mode: Mode = "total") -> str:
        """The gradient as an equation in LaTeX, in the named states."""
        return printed.gradient(self._node(by, "by"), self.gradient(by, mode), self.loss_node)

    def _repr_latex_(self) -> str:
        """The program, for a notebook."""
        return printed.program(self.program)

    # what is meant

    def _roots(self, of: Quantity | None) -> list[Expr]:
        """The scalars that are differentiated; several are added up."""
        if of is None:
            nodes = (self.loss_node,) if self.loss_node is not None else self._step_losses()
            return [self.program.blocks[node].flat[0] for node in nodes]
        block = self.program.blocks[self._node(of, "of")]
        if block.data.ndim:
            raise UnrollError(f"of: expected a scalar, {of} has the shape {block.data.shape}", "use jacobian")
        return [block.flat[0]]

    def _held(self, root: Expr, mode: Mode) -> frozenset[Expr]:
        name_time = self.program.owner[root]
        if mode == "total":
            return frozenset()
        if mode == "direct":
            return frozenset(self.program.bodies) - {root}
        if mode != "immediate":
            raise UnrollError(f"mode: expected total, immediate or direct, got {mode!r}", "the default is total")
        step = name_time[1]
        earlier = {s for s, (_, t) in self.program.owner.items() if t is not None and step is not None and t < step}
        return frozenset(earlier & set(self.program.bodies))

    def _node(self, quantity: Quantity, argument: str) -> Node:
        name, time = (quantity, None) if isinstance(quantity, str) else quantity
        network = self.program.network
        names = {plain(n): n for n in network.shapes} | {word: n for n, word in keywords_of(network).items()}
        found = name if name in self.program.network.shapes else names.get(plain(name), name)
        if (found, time) not in self.program.blocks:
            known = sorted({_shown(node) for node in self.program.blocks})
            raise UnrollError(f"{argument}: the network has no {_shown((name, time))}", f"there are {', '.join(known)}")
        return found, time


def unroll(
    network: Network,
    steps: int = 3,
    sizes: Mapping[str, int] | None = None,
    *,
    loss: str | None = None,
    functions: Mapping[str, str] | None = None,
) -> Unrolled:
    """A network at fixed steps and sizes; `functions` says what functions of the note's own are, as `{"f": "tanh"}`."""
    chosen = dict(sizes or {})
    faults = [*_of_steps(steps), *_of_sizes(network, chosen), *_of_functions(functions or {}), *_of_loss(network, loss)]
    if faults:
        raise UnrollError(tuple(faults), f"the sizes of this network are {', '.join(network.sizes)}")
    for name in network.sizes:
        chosen.setdefault(name, _default(network, name, chosen))
    if not network.fits(chosen):
        chosen = {**network.enlarged(chosen), **(sizes or {})}
    if not network.fits(chosen):
        lengths = ", ".join(map(str, network.axes))
        raise UnrollError("some quantity would have no entries", f"each of {lengths} has to be at least 1")
    made = program(network, steps, chosen, dict(functions or {}))
    names = [loss] if loss is not None else [n for n, role in network.role.items() if role == "loss"]
    total = next(((n, None) for n in names if n not in network.temporal), None)
    each = [(n, t) for n, t in made.blocks if t is not None and t >= network.first and n in names]
    return Unrolled(made, total, tuple(each))


def _of_steps(steps: object) -> list[str]:
    right = isinstance(steps, int) and not isinstance(steps, bool) and steps >= 1
    return [] if right else [f"steps: expected a whole number from 1 on, got {steps!r}"]


def _of_sizes(network: Network, sizes: Mapping[str, object]) -> list[str]:
    faults = [f"sizes: the network has no size {name}" for name in sizes if name not in network.sizes]
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            faults.append(f"sizes: expected a whole number from 1 on for {name}, got {size!r}")
    return faults


def _of_functions(functions: Mapping[str, str]) -> list[str]:
    known = ", ".join(sorted({*WRITTEN, "softmax"}))
    wrong = {name: value for name, value in functions.items() if value not in {*WRITTEN, "softmax"}}
    return [f"functions: {name} cannot be {value!r}; known are {known}" for name, value in wrong.items()]


def _of_loss(network: Network, loss: str | None) -> list[str]:
    if loss is None or loss in network.definitions:
        return []
    return [f"loss: the network defines no {loss}"]


def _default(network: Network, name: str, chosen: Mapping[str, int]) -> int:
    """2 for the sizes of states, then 3, 4, ...: all different, so that no transpose hides."""
    of_state = any(name in axis.names() for s in network.states for axis in network.shapes[s].axes)
    size = 2 if of_state else 3
    while size in chosen.values():
        size += 1
    return size


def _matrix(block: Block) -> Matrix:
    return _shaped(block.flat, block)


def _shaped(entries: list[Expr], like: Block) -> Matrix:
    """A matrix shaped like a block: columns stay columns, a scalar is 1 x 1."""
    dims = like.data.shape
    if len(dims) == 2:  # noqa: PLR2004
        return sympy.Matrix(*dims, entries)
    return sympy.Matrix(len(entries), 1, entries) if like.up or not dims else sympy.Matrix(1, len(entries), entries)


def _shown(node: Node) -> str:
    return node[0] if node[1] is None else f'("{node[0]}", {node[1]})'
