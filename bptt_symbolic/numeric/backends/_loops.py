"""Plan -> loops over flat arrays: what goes step by step, and what each loop keeps.

What a recurrence reads at another step is the same array, shifted by rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bptt_symbolic.numeric.backends._flat import For, Line, Note, Set, View, var_of
from bptt_symbolic.numeric.backends._nests import Nests
from bptt_symbolic.numeric.graph import LETTERS, Delay, Given, Linear, Map, Node, Number, Raise
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.source_text import TIME, axes_of, last_uses, recursion, sizes_of


@dataclass(slots=True)
class Loops(Nests):
    """The lines of one plan."""

    owned: set[Node] = field(default_factory=set)
    """Temporary arrays, which may be written over once nothing reads them."""

    def write(self) -> list[Line]:
        """All lines."""
        self.arguments = {a.name: self.names.fresh(a.keyword) for a in self.plan.arguments}
        self.results = [self.names.fresh(f"out_{o.keyword}") for o in self.plan.outputs]
        self.sizes = sizes_of(self.plan, self.names)
        uses = last_uses(self.plan)
        made = list(zip(self.plan.results, self.plan.outputs, self.results, strict=True))
        targets = {node: result for node, output, result in made if node.space == output.space}
        for place, stage in enumerate(self.plan.stages):
            if isinstance(stage, Loop):
                self._loop(stage)
            else:
                dying = [x for x in stage.args if uses[x] == place and x in self.owned]
                self._whole(stage, targets, dying)
        for node, output, result in made:
            if self.at.get(node) != result:
                letters, dims = LETTERS[: len(node.space.dims)], self.dims_of(node)
                axes = axes_of(output.space, letters)
                entry = self.entry(node, self.axes_of(node, letters))
                self.nest(axes, dims, [Set(f"{result}[{self.index_of(axes, dims)}]", entry)])
        return self.lines

    def _label(self, node: Node) -> str:
        return self.plan.labels.get(node, f"v{len(self.at)}")

    def _whole(self, node: Node, targets: Mapping[Node, str], dying: list[Node]) -> None:
        op = node.op
        match op:
            case Given():
                self._given(op, node)
            case Number():
                return
            case Delay():
                self._delayed(node, op)
            case _:
                reused = next(
                    (x for x in dying if x.space == node.space and isinstance(op, Linear | Map | Raise)), None
                )
                if node in targets:
                    self.at[node] = targets[node]
                else:
                    self.at[node] = self.fresh(self._label(node), node.space) if reused is None else self.at[reused]
                    self.owned.add(node)
                self.compute(node, op)

    def _given(self, op: Given, node: Node) -> None:
        name = self.arguments[op.name]
        argument = next(a for a in self.plan.arguments if a.name == op.name)
        start = op.offset - argument.first
        self.at[node] = name
        if node.space.time and start:
            self.at[node] = self.names.fresh(f"{name}_{start}")
            self.lines.append(View(self.at[node], name, f"{start} * {self.row_of(node)}"))

    def _delayed(self, node: Node, op: Delay) -> None:
        """A variable that is no recurrence, copied behind its initial rows."""
        variable = self.plan.variables[op.variable]
        self.at[node] = self.fresh("delayed", node.space, rows=abs(op.lag))
        whole = self.at[node]
        axes = self.axes_of(node, LETTERS[: len(node.space.dims)])
        own = "".join(k for k in axes if k in self.axes_of(variable, LETTERS))
        dims = self.dims_of(node)
        ahead = max(op.lag, 0)
        target = f"{whole}[{self.index_of(axes, dims, {TIME: str(ahead)})}]"
        self.nest(axes, dims, [Set(target, self.entry(variable, own))])
        self._ends(whole, op.variable, node, abs(op.lag))
        if op.lag < 0:
            self.at[node] = self.names.fresh("later")
            self.lines.append(View(self.at[node], whole, f"{-op.lag} * {self.row_of(node)}"))

    def _ends(self, rows: str, variable: str, node: Node, count: int) -> None:
        """Rows before the first step, or zeros after the last one."""
        axes, dims = self.axes_of(node, LETTERS[: len(node.space.dims)]).replace(TIME, ""), self.dims_of(node)
        for back in range(1, count + 1):
            value = self.plan.initial.get((variable, back))
            row = f"{count - back}" if value is not None else f"{self.sizes.steps} + {back - 1}"
            place = f"({row}) * {self.row_of(node)} + {self.index_of(axes, dims)}"
            own = "".join(
                k for k in axes if value is not None and k in self.axes_of(value, LETTERS[: len(value.space.dims)])
            )
            self.nest(axes, dims, [Set(f"{rows}[{place}]", "0.0" if value is None else self.entry(value, own))])

    def _loop(self, loop: Loop) -> None:
        self.lines.append(Note(recursion(loop)))
        delays = [n for n in loop.nodes if isinstance(n.op, Delay)]
        variables: dict[str, int] = {}
        for node in delays:
            if isinstance(node.op, Delay):
                variables[node.op.variable] = max(variables.get(node.op.variable, 0), abs(node.op.lag))
        stay = self._read_outside(loop)
        for name, count in variables.items():
            self._rows(name, count, delays)
        for node in loop.nodes:
            if node not in self.at:
                self.at[node] = self.fresh(self._label(node), node.space, step=node not in stay)
                if node not in stay:
                    self.buffers.add(node)
        outside, self.lines, self.in_loop = self.lines, [], True
        for node in loop.nodes:
            if not isinstance(node.op, Delay):
                self.compute(node, node.op)
        inside, self.lines, self.in_loop = self.lines, outside, False
        self.lines.append(For(var_of(TIME), self.sizes.steps, tuple(inside), backward=loop.backward))

    def _rows(self, variable: str, count: int, delays: list[Node]) -> None:
        """The array of a variable with its rows before the first or after the last step, and what reads it."""
        node = self.plan.variables[variable]
        later = (variable, 1) not in self.plan.initial
        rows = self.fresh(f"{self._label(node)}_all".replace(" ", "_"), node.space, rows=count)
        self._ends(rows, variable, node, count)
        self.at[node] = rows
        if not later:
            self.at[node] = self.names.fresh(self._label(node))
            self.lines.append(View(self.at[node], rows, f"{count} * {self.row_of(node)}"))
        for delay in delays:
            op = delay.op
            if isinstance(op, Delay) and op.variable == variable:
                start = -op.lag if later else count - op.lag
                self.at[delay] = self.names.fresh(
                    f"{self._label(node)}_{'after' if later else 'before'}".replace(" ", "_")
                )
                self.lines.append(View(self.at[delay], rows, f"{start} * {self.row_of(node)}"))

    def _read_outside(self, loop: Loop) -> set[Node]:
        inside = set(loop.nodes)
        read = {n for n in self.plan.results if n in inside}
        for stage in self.plan.stages:
            if stage is not loop:
                for node in stage.nodes if isinstance(stage, Loop) else (stage,):
                    read |= {x for x in node.args if x in inside}
        return read
