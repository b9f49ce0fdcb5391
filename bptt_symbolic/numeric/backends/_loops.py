"""Plan -> loops over flat arrays, as lines that C and Python both have: `out[i] = ...` under `for` headers.

Every value is a flat array with its axes in the order steps, sequences, data. What a recurrence reads at another step
is the same array, shifted by rows. Temporary arrays lie one after another in one array `work` that the caller brings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from bptt_symbolic.numeric.graph import (
    LETTERS,
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
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.writing import Names, Sizes, last_uses, letters_of, recursion, sizes_of
from bptt_symbolic.terms import LAST, Affine

TIME, BATCH = "T", "B"
RESERVED = ("work", "filled", "run", "acc", "top", "t", "o", "np", "math", "range", "real", "long", "static")


@dataclass(frozen=True, slots=True)
class For:
    """`for var in 0 .. limit - 1:` around lines; `inner`: no iteration reads what another writes."""

    var: str
    limit: str
    lines: tuple["Line", ...]
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Let:
    """A number that changes: an accumulator."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A name for an array from some entry on."""

    name: str
    array: str
    start: str


@dataclass(frozen=True, slots=True)
class Set:
    """`target = text`."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A comment."""

    text: str


Line = For | Let | View | Set | Note


@dataclass(slots=True)
class Loops:
    """The lines of one plan."""

    plan: Plan
    functions: Mapping[str, str]
    """Scalar function -> an expression in `{0}`."""
    names: Names = field(default_factory=lambda: Names(set(RESERVED)))
    at: dict[Node, str] = field(default_factory=dict)
    """Node -> its array."""
    lines: list[Line] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)
    sizes: Sizes = field(init=False)
    room: list[str] = field(default_factory=list)
    """The sizes of the temporary arrays."""
    owned: set[Node] = field(default_factory=set)
    in_loop: bool = False

    def write(self) -> list[Line]:
        """All lines."""
        self.arguments = {a.name: self.names.fresh(a.keyword) for a in self.plan.arguments}
        self.results = [self.names.fresh(f"out_{o.keyword}") for o in self.plan.outputs]
        self.sizes = sizes_of(self.plan, self.names)
        uses = last_uses(self.plan)
        targets = dict(zip(self.plan.results, self.results, strict=True))
        for place, stage in enumerate(self.plan.stages):
            if isinstance(stage, Loop):
                self._loop(stage)
            else:
                dying = [x for x in stage.args if uses[x] == place and x in self.owned]
                self._whole(stage, targets, dying)
        for node, result in zip(self.plan.results, self.results, strict=True):
            if self.at.get(node) != result:
                axes = self._axes(node, LETTERS[: len(node.space.dims)])
                self._nest(
                    axes,
                    self._dims(node),
                    [Set(f"{result}[{self._index(axes, self._dims(node))}]", self._ref(node, axes))],
                )
        return self.lines

    # addresses

    def _axes(self, node: Node, letters: str) -> str:
        return (TIME if node.space.time else "") + (BATCH if node.space.batch else "") + letters

    def _dims(self, node: Node) -> dict[str, Affine]:
        return dict(zip(LETTERS, node.space.dims, strict=False))

    def _length(self, letter: str, dims: Mapping[str, Affine]) -> str:
        if letter == TIME:
            return self.sizes.steps
        return self.sizes.batch if letter == BATCH else _grouped(self.sizes.text(dims[letter]))

    def _index(self, axes: str, dims: Mapping[str, Affine], shift: Mapping[str, str] | None = None) -> str:
        """The place of an entry: `(t * batch + b) * n_D + i`."""
        text = ""
        for letter in axes:
            var = _var(letter) if not shift or letter not in shift else f"({_var(letter)} + {shift[letter]})"
            text = f"({text}) * {self._length(letter, dims)} + {var}" if text else var
        return text or "0"

    def _ref(self, node: Node, axes: str, dims: Mapping[str, Affine] | None = None) -> str:
        """One entry of a value, whose axes have these letters."""
        if isinstance(node.op, Number):
            return literal(node.op.value)
        if isinstance(node.op, Delay | Given) or node in self.at:
            own = self._dims(node) if dims is None else dims
            axes = axes if self._stays(node) else axes.replace(TIME, "")
            return f"{self.at[node]}[{self._index(axes, own)}]"
        raise AssertionError(node.op)

    def _stays(self, node: Node) -> bool:
        """Whether a value is there for every step; buffers of a loop are there for the current one only."""
        return node not in self.buffers

    buffers: set[Node] = field(default_factory=set)

    def _nest(self, axes: str, dims: Mapping[str, Affine], lines: Sequence[Line]) -> None:
        """Lines for every entry; in a loop, for the current step."""
        inside = tuple(lines)
        for letter in reversed(axes):
            if letter != TIME or not self.in_loop:
                inside = (For(_var(letter), self._length(letter, dims), inside),)
        self.lines += inside

    def _new(self, wish: str, space: Space, *, step: bool = False, rows: int = 0) -> str:
        """A temporary array."""
        name = self.names.fresh(wish)
        words = [_grouped(self.sizes.text(d)) for d in space.dims]
        if space.batch:
            words.insert(0, self.sizes.batch)
        if space.time and not step:
            words.insert(0, f"({self.sizes.steps} + {rows})" if rows else self.sizes.steps)
        size = " * ".join(words) or "1"
        self.lines.append(View(name, "work", " + ".join(self.room) or "0"))
        self.room.append(size)
        return name

    # stages

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
                    self.at[node] = self._new(self._label(node), node.space) if reused is None else self.at[reused]
                    self.owned.add(node)
                self._compute(node, op)

    def _given(self, op: Given, node: Node) -> None:
        name = self.arguments[op.name]
        argument = next(a for a in self.plan.arguments if a.name == op.name)
        start = op.offset - argument.first
        self.at[node] = name
        if node.space.time and start:
            self.at[node] = self.names.fresh(f"{name}_{start}")
            self.lines.append(View(self.at[node], name, f"{start} * {self._row(node)}"))

    def _row(self, node: Node) -> str:
        """How many numbers one step has."""
        words = [self.sizes.batch] * node.space.batch + [_grouped(self.sizes.text(d)) for d in node.space.dims]
        return " * ".join(words) or "1"

    def _delayed(self, node: Node, op: Delay) -> None:
        """A variable that is no recurrence, copied behind its initial rows."""
        variable = self.plan.variables[op.variable]
        self.at[node] = self._new("delayed", node.space, rows=abs(op.lag))
        whole = self.at[node]
        axes = self._axes(node, LETTERS[: len(node.space.dims)])
        own = "".join(k for k in axes if k in self._axes(variable, LETTERS))
        dims = self._dims(node)
        ahead = max(op.lag, 0)
        target = f"{whole}[{self._index(axes, dims, {TIME: str(ahead)})}]"
        self._nest(axes, dims, [Set(target, self._ref(variable, own))])
        self._ends(whole, op.variable, node, abs(op.lag))
        if op.lag < 0:
            self.at[node] = self.names.fresh("later")
            self.lines.append(View(self.at[node], whole, f"{-op.lag} * {self._row(node)}"))

    def _ends(self, rows: str, variable: str, node: Node, count: int) -> None:
        """Rows before the first step, or zeros after the last one."""
        axes, dims = self._axes(node, LETTERS[: len(node.space.dims)]).replace(TIME, ""), self._dims(node)
        for back in range(1, count + 1):
            value = self.plan.initial.get((variable, back))
            row = f"{count - back}" if value is not None else f"{self.sizes.steps} + {back - 1}"
            place = f"({row}) * {self._row(node)} + {self._index(axes, dims)}"
            own = "".join(
                k for k in axes if value is not None and k in self._axes(value, LETTERS[: len(value.space.dims)])
            )
            self._nest(axes, dims, [Set(f"{rows}[{place}]", "0.0" if value is None else self._ref(value, own))])

    def _loop(self, loop: Loop) -> None:
        self.lines.append(Note(recursion(loop)))
        delays = [n for n in loop.nodes if isinstance(n.op, Delay)]
        variables: dict[str, int] = {}
        for node in delays:
            assert isinstance(node.op, Delay)
            variables[node.op.variable] = max(variables.get(node.op.variable, 0), abs(node.op.lag))
        stay = self._read_outside(loop)
        for name, count in variables.items():
            self._rows(name, count, delays)
        for node in loop.nodes:
            if node not in self.at:
                self.at[node] = self._new(self._label(node), node.space, step=node not in stay)
                if node not in stay:
                    self.buffers.add(node)
        outside, self.lines, self.in_loop = self.lines, [], True
        for node in loop.nodes:
            if not isinstance(node.op, Delay):
                self._compute(node, node.op)
        inside, self.lines, self.in_loop = self.lines, outside, False
        self.lines.append(For(_var(TIME), self.sizes.steps, tuple(inside), backward=loop.backward))

    def _rows(self, variable: str, count: int, delays: list[Node]) -> None:
        """The array of a variable with its rows before the first or after the last step, and what reads it."""
        node = self.plan.variables[variable]
        later = (variable, 1) not in self.plan.initial
        rows = self._new(f"{self._label(node)}_all".replace(" ", "_"), node.space, rows=count)
        self._ends(rows, variable, node, count)
        self.at[node] = rows
        if not later:
            self.at[node] = self.names.fresh(self._label(node))
            self.lines.append(View(self.at[node], rows, f"{count} * {self._row(node)}"))
        for delay in delays:
            op = delay.op
            if isinstance(op, Delay) and op.variable == variable:
                start = -op.lag if later else count - op.lag
                self.at[delay] = self.names.fresh(
                    f"{self._label(node)}_{'after' if later else 'before'}".replace(" ", "_")
                )
                self.lines.append(View(self.at[delay], rows, f"{start} * {self._row(node)}"))

    def _read_outside(self, loop: Loop) -> set[Node]:
        inside = set(loop.nodes)
        read = {n for n in self.plan.results if n in inside}
        for stage in self.plan.stages:
            if stage is not loop:
                for node in stage.nodes if isinstance(stage, Loop) else (stage,):
                    read |= {x for x in node.args if x in inside}
        return read

    # operations

    def _compute(self, node: Node, op: Op) -> None:  # noqa: C901 - one case an operation
        letters = LETTERS[: len(node.space.dims)]
        axes, dims = self._axes(node, letters), self._dims(node)
        target = self._ref(node, axes)
        refs: Callable[[Node], str] = lambda x: self._ref(x, self._axes(x, letters if x.space.dims else ""))  # noqa: E731
        match op:
            case Linear(coefficients=coefficients):
                self._flat(node, [Set(target, _sum(coefficients, [refs(x) for x in node.args]))], axes)
            case Map(name=name):
                self._flat(node, [Set(target, self.functions[name].format(refs(node.args[0])))], axes)
            case Raise(exponent=exponent):
                self._flat(node, [Set(target, " * ".join([refs(node.args[0])] * exponent))], axes)
            case Contract():
                self._contract(node, op)
            case Total():
                self._total(node, op)
            case Normalised(name=name):
                self._normalised(node, name)
            case Arrange(before=before, after=after):
                named = dict(zip(after, letters, strict=True))
                own = self._axes(node.args[0], "".join(named[k] for k in before))
                inner = {named[k]: d for k, d in zip(before, node.args[0].space.dims, strict=True)}
                self._nest(axes, dims, [Set(target, self._ref(node.args[0], own, inner))])
            case Part(axis=axis, low=low):
                self._copy(node.args[0], node, (axis, self.sizes.text(low)), from_shifted=True)
            case Pad(axis=axis, low=low):
                self._nest(axes, dims, [Set(target, "0.0")])
                self._copy(node.args[0], node, (axis, self.sizes.text(low)), from_shifted=False)
            case Join():
                start = Affine()
                for x in node.args:
                    self._copy(x, node, (len(letters) - 1, self.sizes.text(start)), from_shifted=False)
                    start = start + x.space.dims[-1]
            case Count(value=value):
                self._nest(axes, dims, [Set(target, self._counted(value))])
            case Identity():
                self._nest(axes, dims, [Set(target, f"1.0 * ({_var(axes[0])} == {_var(axes[1])})")])
            case Mask(low=low, high=high):
                step = f"(t + {self.sizes.start})"
                text = f"1.0 * ({self.sizes.text(low)} <= {step}) * ({step} <= {self.sizes.text(high)})"
                self._nest(axes, dims, [Set(target, text)])
            case At():
                self._at_step(node, op, target, axes)
            case Place(time=time):
                self._nest(axes, dims, [Set(target, "0.0")])
                inner = axes.replace(TIME, "")
                place = f"({self.sizes.place(time)}) * {self._row(node)} + {self._index(inner, dims)}"
                own = self._axes(node.args[0], letters)
                self._nest(inner, dims, [Set(f"{self.at[node]}[{place}]", self._ref(node.args[0], own))])
            case Given() | Number() | Delay():
                raise AssertionError(op)
            case _:
                assert_never(op)

    def _counted(self, value: Affine) -> str:
        rest = Affine(value.const, tuple(p for p in value.parts if p[0] != "t"))
        factor = dict(value.parts).get("t", 0)
        text = self.sizes.text(rest)
        return f"1.0 * ({text} + {factor} * (t + {self.sizes.start}))" if factor else f"1.0 * ({text})"

    def _at_step(self, node: Node, op: At, target: str, axes: str) -> None:
        (arg,) = node.args
        place = self.sizes.place(op.time)
        inner = self._axes(arg, LETTERS[: len(arg.space.dims)]).replace(TIME, "")
        entry = f"{self.at[arg]}[({place}) * {self._row(arg)} + {self._index(inner, self._dims(arg))}]"
        if not op.or_zero:
            self._nest(axes, self._dims(node), [Set(target, entry)])
            return
        self._nest(axes, self._dims(node), [Set(target, "0.0")])
        before, self.lines = self.lines, []
        self._nest(axes, self._dims(node), [Set(target, entry)])
        inside, self.lines = self.lines, before
        self.lines.append(For("once", f"1 * ({place} < {self.sizes.steps})", tuple(inside)))

    def _copy(self, source: Node, node: Node, place: tuple[int, str], *, from_shifted: bool) -> None:
        """A block of an array: into another, or out of it, at some entry of an axis."""
        axis, start = place
        letters = LETTERS[: len(node.space.dims)]
        small = node if from_shifted else source
        axes = self._axes(node, letters)
        shift = {letters[axis]: start}
        own = self._axes(source, letters)
        if from_shifted:
            target = f"{self.at[node]}[{self._index(self._kept(node, axes), self._dims(node))}]"
            text = f"{self.at[source]}[{self._index(self._kept(source, own), self._dims(source), shift)}]"
        else:
            target = f"{self.at[node]}[{self._index(self._kept(node, axes), self._dims(node), shift)}]"
            text = self._ref(source, own)
        self._nest(axes, self._dims(small), [Set(target, text)])

    def _kept(self, node: Node, axes: str) -> str:
        return axes if self._stays(node) else axes.replace(TIME, "")

    def _flat(self, node: Node, lines: list[Line], axes: str, dims: Mapping[str, Affine] | None = None) -> None:
        """Entries one by one; one loop where all arrays have the same axes."""
        dims = self._dims(node) if dims is None else dims
        plain = all(x.space == node.space for x in node.args if not isinstance(x.op, Number))
        if not plain or len(axes) < 2 or self.in_loop:  # noqa: PLR2004 - nothing to flatten
            self._nest(axes, dims, lines)
            return
        index = self._index(axes, dims)
        size = " * ".join(self._length(k, dims) for k in axes)
        flat = [
            Set(x.target.replace(f"[{index}]", "[o]"), x.text.replace(f"[{index}]", "[o]"))
            for x in lines
            if isinstance(x, Set)
        ]
        self.lines.append(For("o", size, tuple(flat)))

    def _contract(self, node: Node, op: Contract) -> None:
        """A product: the innermost loop runs along memory, as an inner product or as a multiple that is added."""
        a, b = node.args
        dims = letters_of(node)
        left, right, out = self._axes(a, op.left), self._axes(b, op.right), self._axes(node, op.out)
        text = f"{self._ref(a, left, dims)} * {self._ref(b, right, dims)}"
        target = f"{self.at[node]}[{self._index(self._kept(node, out), dims)}]"
        gone = [k for k in dict.fromkeys(left + right) if k not in out]
        if not gone:
            same = left == right == out
            self._flat(node, [Set(target, text)], out, dims) if same else self._nest(out, dims, [Set(target, text)])
            return
        inner = max(dict.fromkeys(out + "".join(gone)), key=lambda k: _along(k, (left, right, out)))
        if inner in gone:
            lines: tuple[Line, ...] = (Set("acc", f"acc + {text}"),)
            for k in (inner, *reversed([k for k in gone if k != inner])):
                lines = (For(_var(k), self._length(k, dims), lines),)
            whole: list[Line] = [Let("acc", "0.0"), *lines, Set(target, "acc")]
            self._nest(out, dims, whole if out else [For("once", "1", tuple(whole))])
            return
        self._nest(out, dims, [Set(target, "0.0")])
        added: tuple[Line, ...] = (For(_var(inner), self._length(inner, dims), (Set(target, f"{target} + {text}"),)),)
        for k in reversed(gone):
            added = (For(_var(k), self._length(k, dims), added),)
        self._nest(out.replace(inner, ""), dims, added)

    def _total(self, node: Node, op: Total) -> None:
        (arg,) = node.args
        dims = dict(zip(op.before, arg.space.dims, strict=True))
        axes, out = self._axes(arg, op.before), self._axes(node, op.after)
        target = f"{self.at[node]}[{self._index(self._kept(node, out), dims)}]"
        gone = "".join(k for k in axes if k not in out)
        self._nest(out, dims, [Set(target, "0.0")])
        lines: list[Line] = [Set(target, f"{target} + {self._ref(arg, axes, dims)}")]
        if axes[-1] in gone:
            self._nest(out + gone, dims, lines)
        else:
            self._nest(gone + out, dims, lines)

    def _normalised(self, node: Node, name: str) -> None:
        (arg,) = node.args
        letters = LETTERS[: len(arg.space.dims)]
        dims, last = self._dims(arg), letters[-1]
        axes = self._axes(arg, letters)
        x, whole = self._ref(arg, axes), axes[:-1]
        each: Callable[[Line], For] = lambda line: For(_var(last), self._length(last, dims), (line,))  # noqa: E731
        exp = self.functions["exp"]
        first = f"{self.at[arg]}[{self._index(self._kept(arg, axes), dims).removesuffix(_var(last))}0]"
        lines: list[Line] = [
            Let("top", first),
            each(Set("top", self.functions["max"].format("top", x))),
            Let("acc", "0.0"),
        ]
        if name == "softmax":
            y = self._ref(node, axes)
            lines += [
                each(Set(y, exp.format(f"{x} - top"))),
                each(Set("acc", f"acc + {y}")),
                each(Set(y, f"{y} / acc")),
            ]
        else:
            lines += [
                each(Set("acc", f"acc + {exp.format(f'{x} - top')}")),
                Set("acc", f"top + {self.functions['log'].format('acc')}"),
            ]
            target = self._ref(node, axes if name == "log_softmax" else whole)
            lines += [each(Set(target, f"{x} - acc"))] if name == "log_softmax" else [Set(target, "acc")]
        self._nest(whole, dims, lines if whole else [For("once", "1", tuple(lines))])


def _var(letter: str) -> str:
    """The loop variable of an axis."""
    return {TIME: "t", BATCH: "q"}.get(letter, f"i_{letter}")


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text


def _along(letter: str, arrays: Sequence[str]) -> float:
    """How well a loop over an axis runs along memory: through neighbours, or staying in place."""
    return sum(1 if a.endswith(letter) else 0.5 if letter not in a else -2 for a in arrays) - (letter in {TIME, BATCH})


def _sum(coefficients: Sequence[Fraction], refs: Sequence[str]) -> str:
    text = ""
    for factor, ref in zip(coefficients, refs, strict=True):
        part = ref if abs(factor) == 1 else f"{literal(abs(factor))} * {ref}"
        sign = "-" if factor < 0 else "+"
        text += f" {sign} {part}" if text else (f"-{part}" if factor < 0 else part)
    return text


def literal(value: Fraction) -> str:
    """A rational constant as floating point."""
    return f"{value.numerator}.0" if value.denominator == 1 else f"({value.numerator}.0 / {value.denominator}.0)"


__all__ = ["LAST", "For", "Let", "Line", "Loops", "Note", "Set", "View"]
