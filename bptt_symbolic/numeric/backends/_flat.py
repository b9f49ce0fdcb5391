"""Lines that C and Python both have, and flat arrays: `out[(t * batch + b) * n_D + i] = ...` under `for` headers.

Every value is a flat array with its axes in the order steps, sequences, data. Temporary arrays lie one after another in
one array `work` that the caller brings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.graph import LETTERS, Delay, Given, Node, Number, Space
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.source_text import BATCH, TIME, Names, Sizes

RESERVED = (
    "work",
    "room",
    "call",
    "arrays",
    "sizes",
    "run",
    "acc",
    "top",
    "t",
    "q",
    "o",
    "once",
    "math",
    "range",
    "real",
)


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
class Flat:
    """Arrays and where their entries are."""

    plan: Plan
    functions: Mapping[str, str]
    """Scalar function -> an expression in `{0}`."""
    names: Names = field(default_factory=lambda: Names(set(RESERVED), "v_"))
    at: dict[Node, str] = field(default_factory=dict)
    """Node -> its array."""
    lines: list[Line] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)
    sizes: Sizes = field(init=False)
    room: list[str] = field(default_factory=list)
    """The sizes of the temporary arrays."""
    in_loop: bool = False
    buffers: set[Node] = field(default_factory=set)
    """Values of a loop that are there for the current step only."""

    def axes_of(self, node: Node, letters: str) -> str:
        return (TIME if node.space.time else "") + (BATCH if node.space.batch else "") + letters

    def dims_of(self, node: Node) -> dict[str, Affine]:
        return dict(zip(LETTERS, node.space.dims, strict=False))

    def length_of(self, letter: str, dims: Mapping[str, Affine]) -> str:
        if letter == TIME:
            return self.sizes.steps
        return self.sizes.batch if letter == BATCH else grouped(self.sizes.text(dims[letter]))

    def index_of(self, axes: str, dims: Mapping[str, Affine], shift: Mapping[str, str] | None = None) -> str:
        """The place of an entry: `(t * batch + b) * n_D + i`."""
        text = ""
        for letter in axes:
            var = var_of(letter) if not shift or letter not in shift else f"({var_of(letter)} + {shift[letter]})"
            text = f"({text}) * {self.length_of(letter, dims)} + {var}" if text else var
        return text or "0"

    def entry(self, node: Node, axes: str, dims: Mapping[str, Affine] | None = None) -> str:
        """One entry of a value, whose axes have these letters."""
        if isinstance(node.op, Number):
            return literal(node.op.value)
        if isinstance(node.op, Delay | Given) or node in self.at:
            own = self.dims_of(node) if dims is None else dims
            axes = axes if self.stays(node) else axes.replace(TIME, "")
            return f"{self.at[node]}[{self.index_of(axes, own)}]"
        raise AssertionError(node.op)

    def stays(self, node: Node) -> bool:
        """Whether a value is there for every step; buffers of a loop are there for the current one only."""
        return node not in self.buffers

    def nest(self, axes: str, dims: Mapping[str, Affine], lines: Sequence[Line]) -> None:
        """Lines for every entry; in a loop, for the current step."""
        inside = tuple(lines)
        for letter in reversed(axes):
            if letter != TIME or not self.in_loop:
                inside = (For(var_of(letter), self.length_of(letter, dims), inside),)
        self.lines += inside

    def fresh(self, wish: str, space: Space, *, step: bool = False, rows: int = 0) -> str:
        """A temporary array."""
        name = self.names.fresh(wish)
        words = [grouped(self.sizes.text(d)) for d in space.dims]
        if space.batch:
            words.insert(0, self.sizes.batch)
        if space.time and not step:
            words.insert(0, f"({self.sizes.steps} + {rows})" if rows else self.sizes.steps)
        size = " * ".join(words) or "1"
        self.lines.append(View(name, "work", " + ".join(self.room) or "0"))
        self.room.append(size)
        return name

    def row_of(self, node: Node) -> str:
        """How many numbers one step has."""
        words = [self.sizes.batch] * node.space.batch + [grouped(self.sizes.text(d)) for d in node.space.dims]
        return " * ".join(words) or "1"

    def kept(self, node: Node, axes: str) -> str:
        return axes if self.stays(node) else axes.replace(TIME, "")


def var_of(letter: str) -> str:
    """The loop variable of an axis."""
    return {TIME: "t", BATCH: "q"}.get(letter, f"i_{letter}")


def grouped(text: str) -> str:
    return f"({text})" if " " in text else text


def literal(value: Fraction) -> str:
    """A rational constant as floating point."""
    return f"{value.numerator}.0" if value.denominator == 1 else f"({value.numerator}.0 / {value.denominator}.0)"
