"""Plan -> source over whole arrays, in the dialect of one library: what NumPy, JAX and torch have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.graph import (
    LETTERS,
    STEP,
    Arrange,
    At,
    Contract,
    Count,
    Delay,
    Given,
    Identity,
    Join,
    Linear,
    Map,
    Mask,
    Node,
    Normalised,
    Number,
    Op,
    Pad,
    Part,
    Place,
    Raise,
    Space,
    Total,
)
from bptt_symbolic.numeric.plan import Argument, Plan
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.source_text import (
    Entrywise,
    General,
    Inner,
    Layout,
    Matrix,
    Names,
    Sizes,
    Written,
    aligned,
    axes_of,
    described,
    last_uses,
    layout_of,
    letters_of,
    number,
    product,
    recursion,
    sizes_of,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one library writes things; `{}` are filled in."""

    title: str
    imports: str
    functions: Mapping[str, str]
    """Scalar function, `dot`, `einsum`, `vdot` ... -> what is called."""
    helpers: Mapping[str, str]
    """Called function -> its definition, written where it is used."""
    sum: str
    """`{0}` summed over the axes `{1}`."""
    zeros: str
    """Zeros of the shape `{0}`."""
    arange: str
    """Whole numbers from `{0}` to below `{1}`."""
    eye: str
    cast: str
    """`{0}` as an array of the common dtype."""
    copy: str
    """`{0}` as an array that shares memory with no other."""
    transpose: str
    """`{0}` with its axes in the order `{1}`."""
    reserved: tuple[str, ...]


@dataclass(slots=True)
class Writer:
    """Source as it is written; a library adds how it loops."""

    plan: Plan
    dialect: Dialect
    names: Names = field(default_factory=Names)
    at: dict[Node, str] = field(default_factory=dict)
    """Node -> its text; in a loop, that of the current step."""
    lines: list[str] = field(default_factory=list)
    called: dict[str, None] = field(default_factory=dict)
    """Helpers that are used."""
    indent: str = "    "
    arguments: dict[str, str] = field(default_factory=dict)
    sizes: Sizes = field(init=False)
    layout: Layout = field(init=False)
    stored: dict[Node, str] = field(default_factory=dict)
    """Value of a loop -> the array that it stays in."""
    rows: dict[str, str] = field(default_factory=dict)
    """Variable -> the array with its rows before the first or after the last step."""
    turned: dict[str, str] = field(default_factory=dict)
    """Transposes that have been taken before a loop."""
    last: dict[Node, int] = field(default_factory=dict)
    """Node -> the number of the last stage that reads it."""
    stage: int = 0
    owned: dict[Node, str] = field(default_factory=dict)
    """Temporary arrays, which may be written over once nothing reads them."""

    def write(self) -> Written:
        """The source of a module with `run(arguments..., sizes..., dtype)`, which gives the outputs in order."""
        self.names.taken |= {*self.dialect.reserved, "run", "dtype", *self.dialect.helpers}
        self.arguments = {a.name: self.names.fresh(a.keyword) for a in self.plan.arguments}
        self.sizes = sizes_of(self.plan, self.names)
        self.layout = layout_of(self.plan)
        self.body()
        parameters = (*self.arguments.values(), self.sizes.steps, self.sizes.batch, *self.sizes.names.values(), "dtype")
        helpers = [self.dialect.helpers[name] for name in self.called if name in self.dialect.helpers]
        head = f"def run({', '.join(parameters)}):"
        function = "\n".join([head, f'    """{described(self.plan, self.dialect.title)}"""', *self.lines])
        return Written("\n\n\n".join([self.dialect.imports, *helpers, function]) + "\n", parameters)

    def body(self) -> None:
        """The lines of the function."""
        self.last = last_uses(self.plan)
        for place, stage in enumerate(self.plan.stages):
            self.stage = place
            if isinstance(stage, Loop):
                self.put(f"# {recursion(stage)}")
                self.loop(stage)
            else:
                self.whole(stage, [x for x in stage.args if self.last[x] == self.stage])
        results = [self.result(node, o.space) for node, o in zip(self.plan.results, self.plan.outputs, strict=True)]
        self.put(f"return ({', '.join(results)},)")

    def result(self, node: Node, space: Space) -> str:
        """A result as an array of its own, along all the steps and sequences that it has."""
        text = self.dialect.cast.format(self.at[node]) if isinstance(node.op, Number) else self.at[node]
        if node.space != space:
            letters = LETTERS[: len(space.dims)]
            text += aligned(axes_of(node.space, letters), axes_of(space, letters))
            text = f"{self.call('broadcast_to')}({text}, {self.sizes.shape(space)})"
        shared = node.space != space or isinstance(node.op, At | Arrange | Delay | Given | Part)
        return self.dialect.copy.format(text) if shared else text

    def put(self, line: str) -> None:
        """One line."""
        self.lines.append(self.indent + line)

    def loop(self, loop: Loop) -> None:
        """One recurrence, step by step."""
        raise NotImplementedError

    def label(self, node: Node) -> str:
        """What a value would like to be called."""
        return plainly(self.plan.labels.get(node, f"v{len(self.at)}"))

    def call(self, name: str) -> str:
        """The function of the library for a name; a helper is remembered."""
        found = self.dialect.functions[name]
        self.called[found] = None
        return found

    # values for all steps at once

    def whole(self, node: Node, dying: list[Node]) -> None:
        """Compute a node for all steps; `dying` are arguments that nothing reads later."""
        op = node.op
        match op:
            case Given():
                self.at[node] = self.given(op, timed=node.space.time)
            case Delay():
                self.at[node] = self.delayed(op, node)
            case Number():
                self.at[node] = number(op.value)
            case _:
                reused = next((self.owned[x] for x in dying if x in self.owned and x.space == node.space), None)
                name = self.names.fresh(self.label(node))
                self.compute(node, name, reused, step=False)
                self.at[node] = name
                self._own(node, name, dying)

    def _own(self, node: Node, name: str, dying: list[Node]) -> None:
        """Remember which arrays may be written over."""
        shared = isinstance(node.op, Arrange | Part | At)
        for arg in node.args:
            if shared or arg in dying:
                self.owned.pop(arg, None)
        if not shared and node.space.dims:
            self.owned[node] = name

    def given(self, op: Given, *, timed: bool) -> str:
        """An argument, or the rows of it that are read."""
        name, argument = self.arguments[op.name], self._argument(op.name)
        start = op.offset - argument.first
        if not timed or not argument.extra:
            return name
        return f"{name}[{start} : {start} + {self.sizes.steps}]"

    def _argument(self, name: str) -> Argument:
        return next(a for a in self.plan.arguments if a.name == name)

    def delayed(self, op: Delay, node: Node) -> str:
        """A variable that is no recurrence, with its initial rows before it, at an earlier step."""
        variable = self.plan.variables[op.variable]
        name = self.names.fresh(plainly(f"{op.variable} {op.lag} before"))
        spread = self.spread(variable, node)
        if op.lag > 0:
            parts = [*(self.initial_row(op.variable, back) for back in range(op.lag, 0, -1)), spread]
            self.put(f"{name} = {self.call('concatenate')}(({', '.join(parts)}), 0)[: {self.sizes.steps}]")
        else:
            shape = f"({-op.lag}, {self.sizes.shape(node.space, step=True)[1:]}"
            parts = [spread, self.dialect.zeros.format(shape)]
            self.put(f"{name} = {self.call('concatenate')}(({', '.join(parts)}), 0)[{-op.lag} :]")
        return name

    def initial_row(self, variable: str, back: int) -> str:
        """The value before the first step as a sequence of one step."""
        node = self.plan.initial[variable, back]
        step = self.plan.variables[variable].space
        shape = self.sizes.shape(step, step=True)
        value = self.at[node] if not isinstance(node.op, Number) else self.dialect.cast.format(self.at[node])
        return f"{self.call('broadcast_to')}({value}, (1, {shape[1:]})"

    def spread(self, node: Node, like: Node, *, step: bool = False) -> str:
        """A value along all steps and sequences of another."""
        space = like.space.within(node.space.dims)
        text = self.aligned(node, like, step=step)
        if isinstance(node.op, Number):
            text = self.dialect.cast.format(text)
        return (
            text
            if node.space == space
            else f"{self.call('broadcast_to')}({text}, {self.sizes.shape(space, step=step)})"
        )

    def view_of(self, op: Delay) -> str:
        """The stored rows that a delay reads."""
        start = self.layout.rows[op.variable] - op.lag if op.lag > 0 else -op.lag
        rows = self.rows[op.variable]
        return f"{rows}[{start} : {start} + {self.sizes.steps}]" if start else f"{rows}[: {self.sizes.steps}]"

    # one operation

    def assign(self, name: str, function: str, args: tuple[str, ...], out: str | None) -> None:
        """`name = function(args)`; a library that can writes the result into `out`."""
        del out
        self.put(f"{name} = {function}({', '.join(args)})")

    def set_to(self, name: str, text: str, out: str | None) -> None:
        """`name = text`, copied into `out` by a library that writes in place."""
        del out
        self.put(f"{name} = {text}")

    def compute(self, node: Node, name: str, out: str | None, *, step: bool) -> None:
        """`name = operation`."""
        op = node.op
        match op:
            case Linear():
                self._linear(node, op, name, out, step=step)
            case Contract():
                self._contract(node, op, name, out, step=step)
            case Map(name=function):
                self.assign(name, self.call(function), (self.at[node.args[0]],), out)
            case Raise(exponent=2):
                self.assign(name, self.call("square"), (self.at[node.args[0]],), out)
            case Raise(exponent=exponent):
                self.assign(name, self.call("power"), (self.at[node.args[0]], str(exponent)), out)
            case _:
                self.set_to(name, self.expression(op, node, step=step), out)

    def expression(self, op: Op, node: Node, *, step: bool) -> str:  # noqa: C901, PLR0912 - one case an operation
        """The remaining operations as expressions."""
        sizes, dialect = self.sizes, self.dialect
        arg = self.at[node.args[0]] if node.args else ""
        match op:
            case Count(value=value):
                return self._count(value)
            case Total():
                return self._total(node, op, step=step)
            case Arrange():
                return self._arrange(node, op, step=step)
            case Normalised(name=name):
                return f"{self.call(name)}({arg})"
            case Join():
                parts = ", ".join(self.spread(x, node, step=step) for x in node.args)
                return f"{self.call('concatenate')}(({parts}), -1)"
            case Part(axis=axis, low=low, high=high):
                before = ":, " * self._place(node, axis, step=step)
                return f"{arg}[{before}{sizes.text(low)} : {sizes.text(high)}]"
            case Pad():
                return self._pad(node, op, step=step)
            case Identity():
                return dialect.eye.format(sizes.text(node.space.dims[0]))
            case Mask(low=low, high=high):
                steps = self._steps()
                return dialect.cast.format(f"({sizes.text(low)} <= {steps}) & ({steps} <= {sizes.text(high)})")
            case At(time=time, or_zero=or_zero):
                place = sizes.place(time)
                zero = f" if {place} < {sizes.steps} else {dialect.zeros.format(sizes.shape(node.space))}"
                return f"{arg}[{place}]{zero if or_zero else ''}"
            case Place(time=time):
                return self._placed(node, sizes.place(time))
            case Given() | Number() | Delay() | Linear() | Contract() | Map() | Raise():
                raise AssertionError(op)
            case _:
                assert_never(op)

    def _count(self, value: Affine) -> str:
        text = self.sizes.text(value)
        if STEP in value.names():
            words = [f"{self._steps()}" if word == STEP else word for word in text.split(" ")]
            text = " ".join(words)
        return self.dialect.cast.format(text)

    def _steps(self) -> str:
        return self.dialect.arange.format(self.sizes.start, f"{self.sizes.start} + {self.sizes.steps}")

    def _place(self, node: Node, axis: int, *, step: bool) -> int:
        return (node.space.time and not step) + node.space.batch + axis

    def _pad(self, node: Node, op: Pad, *, step: bool) -> str:
        (arg,) = node.args
        width = arg.space.dims[op.axis]
        sides = []
        for length in (op.low, node.space.dims[op.axis] - op.low - width):
            dims = (*arg.space.dims[: op.axis], length, *arg.space.dims[op.axis + 1 :])
            sides.append(self.dialect.zeros.format(self.sizes.shape(arg.space.within(dims), step=step)))
        axis = self._place(node, op.axis, step=step)
        return f"{self.call('concatenate')}(({sides[0]}, {self.at[arg]}, {sides[1]}), {axis})"

    def _placed(self, node: Node, place: str) -> str:
        shape = self.sizes.shape(node.space, step=True)
        value = self.dialect.cast.format(self.at[node.args[0]])
        row = f"{self.call('broadcast_to')}({value}, (1, {shape[1:]})"
        sides = [
            self.dialect.zeros.format(f"({count}, {shape[1:]}")
            for count in (place, f"{self.sizes.steps} - 1 - ({place})")
        ]
        return f"{self.call('concatenate')}(({sides[0]}, {row}, {sides[1]}), 0)"

    def aligned(self, x: Node, like: Node, *, step: bool) -> str:
        """A value with axes of length one where another has more axes; its data axes are the same or none."""
        letters = LETTERS[: len(like.space.dims)]
        own = letters if x.space.dims else ""
        return self.at[x] + aligned(axes_of(x.space, own, step=step), axes_of(like.space, letters, step=step))

    def _total(self, node: Node, op: Total, *, step: bool) -> str:
        (arg,) = node.args
        axes, out = axes_of(arg.space, op.before, step=step), axes_of(node.space, op.after, step=step)
        if "".join(k for k in axes if k in out) != out:
            return f"{self.call('einsum')}('{_lower(axes)}->{_lower(out)}', {self.at[arg]})"
        gone = tuple(i for i, k in enumerate(axes) if k not in out)
        text = self.at[arg]
        if gone == (0, 1) and len(axes) == 3:  # noqa: PLR2004 - steps and sequences at once
            text += f".reshape({self.sizes.steps} * {self.sizes.batch}, {self.sizes.text(arg.space.dims[0])})"
            gone = (0,)
        return self.dialect.sum.format(text, gone if len(gone) > 1 else gone[0])

    def _arrange(self, node: Node, op: Arrange, *, step: bool) -> str:
        (arg,) = node.args
        axes, out = axes_of(arg.space, op.before, step=step), axes_of(node.space, op.after, step=step)
        text = self.at[arg] if not isinstance(arg.op, Number) else self.dialect.cast.format(self.at[arg])
        order = [axes.index(k) for k in out if k in axes]
        if order != sorted(order):
            text = self.dialect.transpose.format(text, ", ".join(map(str, order)))
        if len(axes) == len(out):
            return text
        text += aligned("".join(axes[i] for i in order), out)
        return f"{self.call('broadcast_to')}({text}, {self.sizes.shape(node.space, step=step)})"

    def _linear(self, node: Node, op: Linear, name: str, out: str | None, *, step: bool) -> None:
        """A sum, one call a summand; one with all axes and the coefficient one goes first."""
        parts = zip(op.coefficients, node.args, strict=True)
        (factor, first), *rest = sorted(parts, key=lambda p: (p[1].space != node.space, p[0] != 1))
        done, inside = self.aligned(first, node, step=step), out
        if factor == -1 and rest and rest[0][0] == 1:
            left = self.aligned(rest.pop(0)[1], node, step=step)
            self.assign(name, self.call("subtract"), (left, done), out)
            done, inside = name, name
        elif factor != 1:
            args = (done,) if factor == -1 else (done, number(factor))
            self.assign(name, self.call("negative" if factor == -1 else "multiply"), args, out)
            done, inside = name, name if first.space == node.space else out
        for factor, item in rest:
            self._add(name, done, (factor, self.aligned(item, node, step=step)), inside)
            done, inside = name, name if first.space == node.space else out

    def _add(self, name: str, done: str, part: tuple[Fraction, str], out: str | None) -> None:
        factor, text = part
        if factor in {1, -1}:
            self.assign(name, self.call("add" if factor == 1 else "subtract"), (done, text), out)
        else:
            self.assign(name, self.call("add"), (done, f"{number(factor)} * {text}"), out)

    def _contract(self, node: Node, op: Contract, name: str, out: str | None, *, step: bool) -> None:
        a, b = (self.at[x] for x in node.args)
        kind = product(node, step=step)
        match kind:
            case Entrywise():
                whole = axes_of(node.space, op.out, step=step)
                axes = [axes_of(x.space, k, step=step) for x, k in zip(node.args, (op.left, op.right), strict=True)]
                args = (a + aligned(axes[0], whole), b + aligned(axes[1], whole))
                self.assign(name, self.call("multiply"), args, out)
            case Inner():
                self.set_to(name, f"{self.call('vdot')}({a}, {b})", out)
            case Matrix():
                self._matrix(node, kind, name, out)
            case General(spec=spec):
                self.assign(name, self.call("einsum"), (f"'{_lower(spec)}'", a, b), out)
            case _:
                assert_never(kind)

    def _matrix(self, node: Node, kind: Matrix, name: str, out: str | None) -> None:
        """A product of two matrices, after several axes have been taken as one."""
        a, b = (self.at[x] for x in (node.args[::-1] if kind.swapped else node.args))
        sizes = letters_of(node)
        left = self._flat(a, kind.rows, kind.summed, sizes, transposed=kind.left_transposed)
        right = self._flat(b, kind.summed, kind.columns, sizes, transposed=kind.right_transposed)
        if len(kind.rows) <= 1 and len(kind.columns) <= 1:
            self.assign(name, self.call("dot"), (left, right), out)
            return
        dims = ", ".join(self.sizes.of(k, sizes) for k in kind.rows + kind.columns)
        self.set_to(name, f"{self.call('dot')}({left}, {right}).reshape({dims})", out)

    def _flat(self, text: str, rows: str, columns: str, sizes: Mapping[str, Affine], *, transposed: bool) -> str:
        """A value as a matrix, or as a vector where rows or columns are missing."""
        first, second = (columns, rows) if transposed else (rows, columns)
        if len(first) > 1 or len(second) > 1:
            text += f".reshape({', '.join(self.sizes.many(k, sizes) for k in (first, second) if k)})"
        text = f"{text}.T" if transposed else text
        return self.turned.get(text, text)


def plainly(name: str) -> str:
    """A name for people as an identifier."""
    return name.replace("adjoint of ", "d_").replace(" ", "_").replace("_1_before", "")


def _lower(spec: str) -> str:
    """Steps and sequences as letters that no data axis has."""
    return spec.replace("T", "Z").replace("B", "Y")
