"""Keyword arguments -> arrays and sizes, or everything that is wrong with them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Argument

Dims = tuple[int, ...]


class Takes(Protocol):
    """What is called with arrays."""

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The keyword arguments that are read."""

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes."""

    @property
    def least_steps(self) -> int:
        """How many steps there have to be."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the shapes of the arguments say."""

    steps: int
    batch: int
    batched: bool
    """Whether sequences were given with an axis for the batch."""
    named: Mapping[str, int]


@dataclass(slots=True)
class _Found:
    """Sizes as they are found, each with the argument that it was read from."""

    values: dict[str, int] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def take(self, name: str, value: int, keyword: str) -> bool:
        """Whether this is the size, if it is known; else it is from now on."""
        if name not in self.values:
            self.values[name], self.source[name] = value, keyword
        return self.values[name] == value


def sizes_of(
    plan: Takes, shapes: Mapping[str, Dims], *, batch: bool, steps: int | None, faults: Sequence[str] = ()
) -> Sizes:
    """Sizes from the shapes of the arguments; raises NumericError with every fault, the earlier ones included."""
    found = _Found(faults=list(faults))
    arguments = [a for a in plan.arguments if a.keyword in shapes]
    batched = batch and any(_is_batched(a, shapes[a.keyword]) for a in arguments)
    for argument in sorted(arguments, key=lambda a: a.kind != "parameter"):
        _one(argument, shapes[argument.keyword], found, batched=batched, allowed=batch)
    if steps is not None and not found.take("T", steps, "steps"):
        found.faults.append(f"steps: expected T = {found.values['T']} as in {found.source['T']}, got {steps}")
    for argument in arguments:
        if not found.faults:
            _composite(argument, shapes[argument.keyword], found)
    total = found.values.get("T")
    if total is None and not found.faults:
        found.faults.append("steps is missing: no sequence says how many steps there are")
    if total is not None and total < plan.least_steps:
        found.faults.append(
            f"T: the network reads steps by their number, expected T >= {plan.least_steps}, got {total}"
        )
    if found.faults:
        raise NumericError(tuple(found.faults), signature(plan, batch=batch))
    named = {size: found.values[size] for size in plan.sizes}
    return Sizes(total or 0, found.values.get("batch", 1), batched, named)


def signature(plan: Takes, *, batch: bool) -> str:
    """The arguments in words."""
    return "the arguments are " + ", ".join(f"{a.keyword} {a.shown(batch=batch)}" for a in plan.arguments)


def whole_shape(argument: Argument, sizes: Sizes) -> Dims:
    """The shape that generated code expects."""
    dims = tuple(axis.at(sizes.named) for axis in argument.axes)
    return {
        "parameter": dims,
        "initial": (sizes.batch, *dims),
        "sequence": (sizes.steps + argument.extra, sizes.batch, *dims),
    }[argument.kind]


def _is_batched(argument: Argument, shape: Dims) -> bool:
    return argument.kind == "sequence" and len(shape) == len(argument.axes) + 2


def _one(argument: Argument, shape: Dims, found: _Found, *, batched: bool, allowed: bool) -> None:
    """The axes of one argument that have a name of their own."""
    names = _names(argument, shape, batched=batched)
    if names is None:
        found.faults.append(f"{argument.keyword}: expected {argument.shown(batch=allowed)}, got the shape {shape}")
        return
    wrong = []
    for name, size in zip(names, shape, strict=True):
        length = size - argument.extra if name == "T" else size
        if name is not None and not found.take(name, length, argument.keyword):
            wrong.append(f"{name} = {found.values[name]} as in {found.source[name]}")
    if wrong:
        expected = f"{argument.shown(batch=allowed)} with {', '.join(wrong)}"
        found.faults.append(f"{argument.keyword}: expected {expected}, got the shape {shape}")
    if any(not size for name, size in zip(names, shape, strict=True) if name not in {"T", "batch"}):
        found.faults.append(f"{argument.keyword}: expected at least one entry along every data axis, got {shape}")


def _names(argument: Argument, shape: Dims, *, batched: bool) -> list[str | None] | None:
    """The sizes that the axes stand for, None for `M+D`; None where the number of axes is wrong."""
    names: list[str | None] = [_name(axis) for axis in argument.axes]
    if argument.kind == "initial" and len(shape) == len(names) + 1 and batched:
        names.insert(0, "batch")
    if argument.kind == "sequence":
        names = ["T", "batch", *names] if batched else ["T", *names]
    return names if len(names) == len(shape) else None


def _name(axis: Affine) -> str | None:
    return axis.parts[0][0] if len(axis.parts) == 1 and axis == Affine.of(axis.parts[0][0]) else None


def _composite(argument: Argument, shape: Dims, found: _Found) -> None:
    """Axes such as `M+D`, once their parts are known; a single unknown part is solved for."""
    for axis, size in zip(argument.axes, shape[len(shape) - len(argument.axes) :], strict=True):
        missing = [(name, factor) for name, factor in axis.parts if name not in found.values]
        rest = size - axis.const - sum(found.values.get(name, 0) * factor for name, factor in axis.parts)
        if len(missing) == 1 and rest > 0 and rest % missing[0][1] == 0:
            found.take(missing[0][0], rest // missing[0][1], argument.keyword)
        elif rest:
            found.faults.append(
                f"{argument.keyword}: expected {argument.letters} with {axis} = {size - rest}, got {shape}"
            )
