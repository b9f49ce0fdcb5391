"""What backends share when they write source: names, sizes as text, and the kinds of products.

Source holds names of our own only: letters, digits and underscores of the network's names, made different from every
keyword and from each other; nothing else of a note gets into it.
"""

import builtins
import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.meaning.terms import LAST, Affine
from bptt_symbolic.numeric.graph import SEQUENCES, STEPS, Contract, Delay, Node, Space
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.schedule import Loop

PYTHONS = frozenset(dir(builtins))
"""Names that generated code may use and must not be given another meaning."""
TIME, BATCH = "T", "B"
"""Letters of steps and sequences in the axes of a value; data axes have small ones."""


@dataclass(slots=True)
class Names:
    """Identifiers, each given once."""

    taken: set[str] = field(default_factory=set)
    prefix: str = ""
    """What every one begins with where the language has words that nobody knows all of: the macros of C's headers."""

    def fresh(self, wish: str) -> str:
        """An identifier like the wish."""
        base = self.prefix + plain(wish)
        base = f"v_{base}" if not base[0].isalpha() or keyword.iskeyword(base) or base in PYTHONS else base
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.add(name)
        return name


@dataclass(frozen=True, slots=True)
class Entrywise:
    """A product by entries."""


@dataclass(frozen=True, slots=True)
class Inner:
    """The sum of all products of entries."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix product: rows and columns that are kept, and what is summed; each side may have to be transposed."""

    rows: str
    summed: str
    columns: str
    left_transposed: bool
    right_transposed: bool
    swapped: bool
    """The second argument goes first."""


@dataclass(frozen=True, slots=True)
class General:
    """Any other contraction, in Einstein's notation."""

    spec: str


Product = Entrywise | Inner | Matrix | General


def axes_of(space: Space, letters: str, *, step: bool = False) -> str:
    """The letters of all axes of a value; in a loop (`step`) there is one step."""
    return (TIME if space.time and not step else "") + (BATCH if space.batch else "") + letters


def product(node: Node, *, step: bool = False) -> Product:
    """What kind of product a contraction is."""
    op = node.op
    if not isinstance(op, Contract):
        raise TypeError(op)
    a, b = (axes_of(x.space, own, step=step) for x, own in zip(node.args, (op.left, op.right), strict=True))
    out = axes_of(node.space, op.out, step=step)
    summed = [k for k in dict.fromkeys(a + b) if k not in out]
    if not summed:
        return Entrywise() if _within(a, out) and _within(b, out) else General(f"{a},{b}->{out}")
    if not out and a == b:
        return Inner()
    return _matrix(a, b, out) or _matrix(b, a, out, swapped=True) or General(f"{a},{b}->{out}")


def _matrix(a: str, b: str, out: str, *, swapped: bool = False) -> Matrix | None:
    """The product whose rows are those of `a`, if it is one."""
    rows = "".join(k for k in a if k not in b)
    columns = "".join(k for k in b if k not in a)
    summed = "".join(k for k in a if k in b)
    if out != rows + columns or any(k in out for k in summed):
        return None
    left = {rows + summed: False, summed + rows: True}.get(a)
    right = {summed + columns: False, columns + summed: True}.get(b)
    if left is None or right is None:
        return None
    return Matrix(rows, summed, columns, left and bool(rows), right and bool(columns), swapped)


def _within(some: str, whole: str) -> bool:
    """Whether letters come in the same order."""
    rest = iter(whole)
    return all(k in rest for k in some)


def aligned(axes: str, out: str) -> str:
    """The index that puts axes of length one where a value does not vary; empty where none is needed."""
    if not axes or out.endswith(axes):
        return ""
    places = [":" if k in axes else "None" for k in out]
    while places and places[0] == "None":
        places.pop(0)
    return f"[{', '.join(places)}]"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes as text: names of steps, sequences and sizes in the source."""

    names: Mapping[str, str]
    steps: str
    batch: str
    start: int

    def text(self, size: Affine) -> str:
        """An integer expression; `T` is the last step."""
        words: list[str] = []
        for name, factor in size.parts:
            word = self._word(name)
            words.append(word if factor == 1 else f"{factor} * {word}")
        const = size.const + sum(factor for name, factor in size.parts if name == LAST) * (self.start - 1)
        if const or not words:
            words.append(str(const))
        return " + ".join(words).replace("+ -", "- ")

    def _word(self, name: str) -> str:
        if name in {LAST, STEPS}:
            return self.steps
        return self.batch if name == SEQUENCES else self.names.get(name, name)

    def place(self, time: Affine) -> str:
        """The row of a step."""
        return self.text(time - self.start)

    def many(self, letters: Iterable[str], sizes: Mapping[str, Affine]) -> str:
        """The product of the lengths of axes."""
        words = [self.of(k, sizes) for k in letters]
        return " * ".join(f"({w})" if " " in w and len(words) > 1 else w for w in words) or "1"

    def of(self, letter: str, sizes: Mapping[str, Affine]) -> str:
        """The length of an axis."""
        return self.steps if letter == TIME else self.batch if letter == BATCH else self.text(sizes[letter])

    def shape(self, space: Space, *, step: bool = False) -> str:
        """The shape of a value as a tuple."""
        words = [self.steps] * (space.time and not step) + [self.batch] * space.batch
        words += [self.text(size) for size in space.dims]
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def letters_of(node: Node) -> dict[str, Affine]:
    """The sizes of the letters of a product."""
    op = node.op
    if not isinstance(op, Contract):
        raise TypeError(op)
    a, b = (x.space.dims for x in node.args)
    return {**dict(zip(op.left, a, strict=True)), **dict(zip(op.right, b, strict=True))}


def sizes_of(plan: Plan, names: Names) -> Sizes:
    """Names for the sizes of a plan."""
    steps, batch = names.fresh("steps"), names.fresh("batch")
    found = {size: names.fresh(f"n_{size}") for size in plan.sizes}
    return Sizes(found, steps, batch, plan.start)


@dataclass(frozen=True, slots=True)
class Written:
    """Source of a module, and the names of the parameters of its function `run` in order."""

    source: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which values of loops stay in memory for every step."""

    kept: frozenset[Node]
    rows: Mapping[str, int]
    """Variable that stays -> how many rows there are before its first step, or after its last one."""


def layout_of(plan: Plan) -> Layout:
    """What a stage outside a loop reads of it, or what is read from more than one step away."""
    homes = {node: stage for stage in plan.stages if isinstance(stage, Loop) for node in stage.nodes}
    read = set(plan.results)
    for stage in plan.stages:
        for node in stage.nodes if isinstance(stage, Loop) else (stage,):
            read |= {x for x in node.args if x in homes and homes[x] is not stage}
    delays = {n for n in homes if isinstance(n.op, Delay)}
    reads = {n for n in delays if n in read or abs(n.op.lag) > 1}  # type: ignore[union-attr]
    reads |= {n for n in delays if plan.variables[n.op.variable] in read}  # type: ignore[union-attr]
    stay = {n.op.variable for n in reads if isinstance(n.op, Delay)}
    rows: dict[str, int] = {}
    for node in delays:
        if isinstance(node.op, Delay) and node.op.variable in stay:
            rows[node.op.variable] = max(rows.get(node.op.variable, 0), abs(node.op.lag))
    variables = {plan.variables[name] for name in rows}
    return Layout(frozenset(n for n in homes if n in variables or (n in read and n not in delays)), rows)


def last_uses(plan: Plan) -> dict[Node, int]:
    """Node -> the number of the last stage that reads it."""
    found: dict[Node, int] = {}
    for place, stage in enumerate(plan.stages):
        for node in stage.nodes if isinstance(stage, Loop) else (stage,):
            found.update(dict.fromkeys(node.args, place))
            if isinstance(node.op, Delay):
                found[plan.variables[node.op.variable]] = len(plan.stages)
    return found | dict.fromkeys((*plan.results, *plan.initial.values()), len(plan.stages))


def number(value: Fraction) -> str:
    """A rational constant as floating point."""
    return str(value.numerator) if value.denominator == 1 else f"({value.numerator} / {value.denominator})"


def recursion(loop: Loop) -> str:
    """The recurrence of a loop in words."""
    names = list(dict.fromkeys(n.op.variable for n in loop.nodes if isinstance(n.op, Delay)))
    states = ", ".join(plain(name.removeprefix("adjoint of ").split(" ")[0]) for name in names)
    if not loop.backward:
        return f"forward recursion of {states}"
    return f"backward recursion: dL/ds_t = its own share + (ds_t+1/ds_t)^T dL/ds_t+1, for {states}"


def described(plan: Plan, library: str) -> str:
    """The docstring of generated code."""
    asked = ", ".join(f"d loss / d {o.keyword}" if o.gradient else o.keyword for o in plan.outputs)
    return f"{asked}, for all steps and sequences ({library})."
