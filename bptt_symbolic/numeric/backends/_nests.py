"""Operation -> nests of loops over flat arrays; the innermost loop runs along memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.backends._flat import Flat, For, Let, Line, Set, literal, var_of
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
    Total,
)
from bptt_symbolic.numeric.source_text import BATCH, TIME, letters_of


@dataclass(slots=True)
class Nests(Flat):
    """The operations."""

    def compute(self, node: Node, op: Op) -> None:
        """The lines of one operation; in a loop, for the current step."""
        letters = LETTERS[: len(node.space.dims)]
        axes, dims = self.axes_of(node, letters), self.dims_of(node)
        target = self.entry(node, axes)
        refs: Callable[[Node], str] = lambda x: self.entry(x, self.axes_of(x, letters if x.space.dims else ""))  # noqa: E731
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
                letter = dict(zip(after, letters, strict=True))
                own = self.axes_of(node.args[0], "".join(letter[k] for k in before))
                inner = {letter[k]: d for k, d in zip(before, node.args[0].space.dims, strict=True)}
                self.nest(axes, dims, [Set(target, self.entry(node.args[0], own, inner))])
            case _:
                self._special(node, op)

    def _special(self, node: Node, op: Op) -> None:  # noqa: C901 - one case an operation
        """The remaining operations: blocks, constants, single steps."""
        letters = LETTERS[: len(node.space.dims)]
        axes, dims = self.axes_of(node, letters), self.dims_of(node)
        target = self.entry(node, axes)
        match op:
            case Part(axis=axis, low=low):
                self._copy(node.args[0], node, (axis, self.sizes.text(low)), from_shifted=True)
            case Pad(axis=axis, low=low):
                self.nest(axes, dims, [Set(target, "0.0")])
                self._copy(node.args[0], node, (axis, self.sizes.text(low)), from_shifted=False)
            case Join():
                start = Affine()
                for x in node.args:
                    self._copy(x, node, (len(letters) - 1, self.sizes.text(start)), from_shifted=False)
                    start = start + x.space.dims[-1]
            case Count(value=value):
                self.nest(axes, dims, [Set(target, self._counted(value))])
            case Identity():
                self.nest(axes, dims, [Set(target, f"1.0 * ({var_of(axes[0])} == {var_of(axes[1])})")])
            case Mask(low=low, high=high):
                step = f"(t + {self.sizes.start})"
                text = f"1.0 * ({self.sizes.text(low)} <= {step}) * ({step} <= {self.sizes.text(high)})"
                self.nest(axes, dims, [Set(target, text)])
            case At():
                self._at_step(node, op, target, axes)
            case Place(time=time):
                self._placed(node, self.sizes.place(time), target, axes)
            case Given() | Number() | Delay() | Linear() | Map() | Raise() | Contract() | Total():
                raise AssertionError(op)
            case Normalised() | Arrange():
                raise AssertionError(op)
            case _:
                assert_never(op)

    def _placed(self, node: Node, place: str, target: str, axes: str) -> None:
        """Zeros, and the argument at one step."""
        dims, (arg,) = self.dims_of(node), node.args
        self.nest(axes, dims, [Set(target, "0.0")])
        inner = axes.replace(TIME, "")
        entry = f"{self.at[node]}[({place}) * {self.row_of(node)} + {self.index_of(inner, dims)}]"
        text = self.entry(arg, self.axes_of(arg, LETTERS[: len(arg.space.dims)]))
        self.nest(inner, dims, [Set(entry, text)])

    def _counted(self, value: Affine) -> str:
        rest = Affine(value.const, tuple(p for p in value.parts if p[0] != STEP))
        factor = dict(value.parts).get(STEP, 0)
        text = self.sizes.text(rest)
        return f"1.0 * ({text} + {factor} * (t + {self.sizes.start}))" if factor else f"1.0 * ({text})"

    def _at_step(self, node: Node, op: At, target: str, axes: str) -> None:
        (arg,) = node.args
        place = self.sizes.place(op.time)
        inner = self.axes_of(arg, LETTERS[: len(arg.space.dims)]).replace(TIME, "")
        entry = f"{self.at[arg]}[({place}) * {self.row_of(arg)} + {self.index_of(inner, self.dims_of(arg))}]"
        if not op.or_zero:
            self.nest(axes, self.dims_of(node), [Set(target, entry)])
            return
        self.nest(axes, self.dims_of(node), [Set(target, "0.0")])
        before, self.lines = self.lines, []
        self.nest(axes, self.dims_of(node), [Set(target, entry)])
        inside, self.lines = self.lines, before
        self.lines.append(For("once", f"1 * ({place} < {self.sizes.steps})", tuple(inside)))

    def _copy(self, source: Node, node: Node, place: tuple[int, str], *, from_shifted: bool) -> None:
        """A block of an array: into another, or out of it, at some entry of an axis."""
        axis, start = place
        letters = LETTERS[: len(node.space.dims)]
        small = node if from_shifted else source
        axes = self.axes_of(node, letters)
        shift = {letters[axis]: start}
        own = self.axes_of(source, letters)
        if from_shifted:
            target = f"{self.at[node]}[{self.index_of(self.kept(node, axes), self.dims_of(node))}]"
            text = f"{self.at[source]}[{self.index_of(self.kept(source, own), self.dims_of(source), shift)}]"
        else:
            target = f"{self.at[node]}[{self.index_of(self.kept(node, axes), self.dims_of(node), shift)}]"
            text = self.entry(source, own)
        self.nest(axes, self.dims_of(small), [Set(target, text)])

    def _flat(self, node: Node, lines: list[Line], axes: str, dims: Mapping[str, Affine] | None = None) -> None:
        """Entries one by one; one loop where all arrays have the same axes."""
        dims = self.dims_of(node) if dims is None else dims
        plain = all(x.space == node.space for x in node.args if not isinstance(x.op, Number))
        if not plain or len(axes) < 2 or self.in_loop:  # noqa: PLR2004 - nothing to flatten
            self.nest(axes, dims, lines)
            return
        index = self.index_of(axes, dims)
        size = " * ".join(self.length_of(k, dims) for k in axes)
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
        left, right, out = self.axes_of(a, op.left), self.axes_of(b, op.right), self.axes_of(node, op.out)
        text = f"{self.entry(a, left, dims)} * {self.entry(b, right, dims)}"
        target = f"{self.at[node]}[{self.index_of(self.kept(node, out), dims)}]"
        gone = [k for k in dict.fromkeys(left + right) if k not in out]
        if not gone:
            same = left == right == out
            self._flat(node, [Set(target, text)], out, dims) if same else self.nest(out, dims, [Set(target, text)])
            return
        inner = max(dict.fromkeys(out + "".join(gone)), key=lambda k: _along(k, (left, right, out)))
        if inner in gone:
            lines: tuple[Line, ...] = (Set("acc", f"acc + {text}"),)
            for k in (inner, *reversed([k for k in gone if k != inner])):
                lines = (For(var_of(k), self.length_of(k, dims), lines),)
            whole: list[Line] = [Let("acc", "0.0"), *lines, Set(target, "acc")]
            self.nest(out, dims, whole if out else [For("once", "1", tuple(whole))])
            return
        self.nest(out, dims, [Set(target, "0.0")])
        added: tuple[Line, ...] = (
            For(var_of(inner), self.length_of(inner, dims), (Set(target, f"{target} + {text}"),)),
        )
        for k in reversed(gone):
            added = (For(var_of(k), self.length_of(k, dims), added),)
        self.nest(out.replace(inner, ""), dims, added)

    def _total(self, node: Node, op: Total) -> None:
        (arg,) = node.args
        dims = dict(zip(op.before, arg.space.dims, strict=True))
        axes, out = self.axes_of(arg, op.before), self.axes_of(node, op.after)
        target = f"{self.at[node]}[{self.index_of(self.kept(node, out), dims)}]"
        gone = "".join(k for k in axes if k not in out)
        self.nest(out, dims, [Set(target, "0.0")])
        lines: list[Line] = [Set(target, f"{target} + {self.entry(arg, axes, dims)}")]
        if axes[-1] in gone:
            self.nest(out + gone, dims, lines)
        else:
            self.nest(gone + out, dims, lines)

    def _normalised(self, node: Node, name: str) -> None:
        (arg,) = node.args
        letters = LETTERS[: len(arg.space.dims)]
        dims, last = self.dims_of(arg), letters[-1]
        axes = self.axes_of(arg, letters)
        x, whole = self.entry(arg, axes), axes[:-1]
        each: Callable[[Line], For] = lambda line: For(var_of(last), self.length_of(last, dims), (line,))  # noqa: E731
        exp = self.functions["exp"]
        first = f"{self.at[arg]}[{self.index_of(self.kept(arg, axes), dims).removesuffix(var_of(last))}0]"
        lines: list[Line] = [
            Let("top", first),
            each(Set("top", self.functions["max"].format("top", x))),
            Let("acc", "0.0"),
        ]
        if name == "softmax":
            y = self.entry(node, axes)
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
            target = self.entry(node, axes if name == "log_softmax" else whole)
            lines += [each(Set(target, f"{x} - acc"))] if name == "log_softmax" else [Set(target, "acc")]
        self.nest(whole, dims, lines if whole else [For("once", "1", tuple(lines))])


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
