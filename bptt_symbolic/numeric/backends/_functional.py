"""Plan -> source without writing in place: one step of a loop as values, what JAX and torch have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from bptt_symbolic.numeric.backends._arrays import Writer, plainly
from bptt_symbolic.numeric.graph import Delay, Node
from bptt_symbolic.numeric.schedule import Loop


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a loop as text."""

    rows: tuple[tuple[str, str], ...]
    """Name in the loop, the whole sequence that it is a row of."""
    carried: tuple[tuple[str, str], ...]
    """Name of a variable some steps before, its value at first."""
    next: tuple[str, ...]
    """What the carried names become after the step."""
    lines: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    """Name in the loop, name of the whole sequence of them."""


@dataclass(slots=True)
class FunctionalWriter(Writer):
    """A writer whose loops are made of steps."""

    def step_of(self, loop: Loop) -> Step:
        """Everything about one step; the lines are written with the names in the loop."""
        before = dict(self.at)
        inside = set(loop.nodes)
        rows = []
        for node in dict.fromkeys(x for n in loop.nodes for x in n.args if x not in inside and x.space.time):
            self.at[node] = self.names.fresh(f"{self.label(node)}_t")
            rows.append((self.at[node], before[node]))
        carried, following = self._carry(loop, before)
        lines, self.lines, indent, self.indent = self.lines, [], self.indent, ""
        for node in loop.nodes:
            if not isinstance(node.op, Delay):
                name = self.names.fresh(self.label(node))
                self.compute(node, name, None, step=True)
                self.at[node] = name
        written, self.lines, self.indent = self.lines, lines, indent
        kept = [n for n in loop.nodes if n in self.layout.kept]
        self.stored |= {node: self.names.fresh(f"{self.at[node]}_all") for node in kept}
        now = [name if isinstance(name, str) else self.at[name] for name in following]
        pairs = tuple((self.at[node], self.stored[node]) for node in kept)
        self.at = before
        return Step(tuple(rows), tuple(carried), tuple(now), tuple(written), pairs)

    def _carry(self, loop: Loop, before: dict[Node, str]) -> tuple[list[tuple[str, str]], Sequence[str | Node]]:
        """The values of variables at the steps before, and what they are at the next step."""
        carried: list[tuple[str, str]] = []
        following: list[str | Node] = []
        delays = [n for n in loop.nodes if isinstance(n.op, Delay)]
        for variable in dict.fromkeys(n.op.variable for n in delays if isinstance(n.op, Delay)):
            own = {abs(n.op.lag): n for n in delays if isinstance(n.op, Delay) and n.op.variable == variable}
            names = {}
            for back in range(1, max(own) + 1):
                names[back] = self.names.fresh(f"{plainly(variable)}_{'after' if loop.backward else 'before'}")
                carried.append((names[back], self._first(variable, back, own[max(own)], before)))
                following.append(names[back - 1] if back > 1 else self.plan.variables[variable])
            self.at |= {node: names[lag] for lag, node in own.items()}
        return carried, following

    def _first(self, variable: str, back: int, like: Node, before: dict[Node, str]) -> str:
        """The value of a variable before the first step, or after the last one."""
        shape = self.sizes.shape(like.space, step=True)
        value = self.plan.initial.get((variable, back))
        if value is None:
            return self.dialect.zeros.format(shape)
        text = before[value] if value.op.__class__.__name__ != "Number" else self.dialect.cast.format(before[value])
        return f"{self.call('broadcast_to')}({text}, {shape})"

    def after(self, loop: Loop) -> None:
        """Names for what later stages read; rows at other steps are joined to what a variable starts with."""
        for node in loop.nodes:
            if node in self.stored:
                self.at[node] = self.stored[node]
        for node in loop.nodes:
            if isinstance(node.op, Delay) and node.op.variable in self.layout.rows:
                self.at[node] = self.delayed(node.op, node)
