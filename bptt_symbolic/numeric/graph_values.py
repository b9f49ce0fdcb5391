"""Values with index names and axes up and down, and what is done with them, as nodes of a graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.graph import LETTERS, Graph, Identity, Node, Space
from bptt_symbolic.numeric.numeric_error import NumericError


@dataclass(frozen=True, slots=True)
class Value:
    """A node whose data axes are those of index names, then `up` axes up, then axes down."""

    node: Node
    index: tuple[str, ...] = ()
    up: int = 0

    @property
    def axes(self) -> int:
        """How many axes are up or down."""
        return len(self.node.space.dims) - len(self.index)


@dataclass(slots=True)
class Values:
    """Products and sums of values in one graph."""

    graph: Graph = field(default_factory=Graph)

    def indexed_first(self, node: Node, places: list[str | None], index: tuple[str, ...], up: int) -> Value:
        """Axes that became indices go before the others."""
        letters = LETTERS[: len(places)]
        ahead = [k for k, p in zip(letters, places, strict=True) if p is not None]
        start = len(index)
        order = letters[:start] + "".join(ahead) + "".join(k for k in letters[start:] if k not in ahead)
        names = (*index, *(p for p in places if p is not None))
        rest = len(letters) - len(names)
        sizes = dict(zip(letters, node.space.dims, strict=True))
        return Value(
            self.graph.arranged(node, letters, order, sizes), names, min(up, rest) if rest > 1 else rest and max(up, 1)
        )

    def letters(self, *values: Value) -> list[str]:
        """Letters for the axes of several values: one for each index name, fresh ones for the rest."""
        free = iter(LETTERS)
        named: dict[str, str] = {}
        for value in values:
            for name in value.index:
                if name not in named:
                    named[name] = next(free)
        return ["".join(named[n] for n in v.index) + "".join(next(free) for _ in range(v.axes)) for v in values]

    def product(self, a: Value, b: Value, joined: int, up: int) -> Value:
        """The last `joined` axes of `a` meet the first of `b`."""
        left, right = self.letters(a, b)
        if joined:
            right = right[: len(b.index)] + left[len(left) - joined :] + right[len(b.index) + joined :]
        index = tuple(dict.fromkeys((*a.index, *b.index)))
        names = "".join(dict.fromkeys(left[: len(a.index)] + right[: len(b.index)]))
        rest = left[len(a.index) : len(left) - joined] + right[len(b.index) + joined :]
        return Value(self.graph.contract(a.node, b.node, left, right, names + rest), index, up)

    def scaled_rows(self, a: Value, b: Value) -> Value:
        """`diag(a) b`: entry `i` of the vector scales row `i`."""
        left, right = self.letters(a, b)
        left = left[: len(a.index)] + right[len(b.index) : len(b.index) + 1]
        index = tuple(dict.fromkeys((*a.index, *b.index)))
        names = "".join(dict.fromkeys(left[: len(a.index)] + right[: len(b.index)]))
        return Value(self.graph.contract(a.node, b.node, left, right, names + right[len(b.index) :]), index, b.up)

    def entrywise(self, a: Value, b: Value) -> Value:
        """The product by entries; a scalar scales."""
        left, right = self.letters(a, b)
        if a.axes and b.axes:
            right = right[: len(b.index)] + left[len(a.index) :]
        whole = a if a.axes else b
        index = tuple(dict.fromkeys((*a.index, *b.index)))
        names = "".join(dict.fromkeys(left[: len(a.index)] + right[: len(b.index)]))
        rest = left[len(a.index) :] if a.axes else right[len(b.index) :]
        return Value(self.graph.contract(a.node, b.node, left, right, names + rest), index, whole.up)

    def added(self, items: list[Value]) -> Value:
        """The sum; index names that a summand has not are axes along which it is the same."""
        whole = max(items, key=lambda item: item.axes)
        if len({item.node.space.dims[len(item.index) :] for item in items if item.axes}) > 1:
            raise NumericError("a sum of unequal shapes", "check the shapes of the note")
        index = tuple(dict.fromkeys(name for item in items for name in item.index))
        return Value(self.graph.added(*(self._spread(item, index, whole, items) for item in items)), index, whole.up)

    def _spread(self, item: Value, index: tuple[str, ...], whole: Value, items: list[Value]) -> Node:
        """A summand with the axes of the sum; one without any is left as it is."""
        if not item.node.space.dims or (item.index == index and item.axes == whole.axes):
            return item.node
        sizes = {n: s for v in items for n, s in zip(v.index, v.node.space.dims, strict=False)}
        named = dict(zip(index, LETTERS, strict=False))
        rest = LETTERS[len(index) : len(index) + whole.axes]
        own = "".join(named[n] for n in item.index) + (rest if item.axes else "")
        lengths = {named[n]: sizes[n] for n in index}
        lengths |= dict(zip(rest, whole.node.space.dims[len(whole.index) :], strict=True))
        return self.graph.arranged(item.node, own, "".join(named.values())[: len(index)] + rest, lengths)

    def as_axes(self, value: Value, names: tuple[str, ...], lengths: Mapping[str, Affine]) -> Value:
        """Index names become ordinary axes again, in this order, behind those that stay."""
        stay = tuple(n for n in value.index if n not in names)
        letters = {n: LETTERS[i] for i, n in enumerate(dict.fromkeys((*value.index, *names)))}
        spare = LETTERS[len(letters) : len(letters) + value.axes]
        before = "".join(letters[n] for n in value.index) + spare
        after = "".join(letters[n] for n in (*stay, *names)) + spare
        sizes = {letters[n]: size for n, size in lengths.items() if n in letters}
        sizes |= dict(zip(before, value.node.space.dims, strict=True))
        return Value(self.graph.arranged(value.node, before, after, sizes), stay, len(names))

    def transposed(self, value: Value) -> Value:
        """Axes up and down exchanged."""
        letters = LETTERS[: len(value.node.space.dims)]
        start = len(value.index)
        order = letters[:start] + letters[start + value.up :] + letters[start : start + value.up]
        sizes = dict(zip(letters, value.node.space.dims, strict=True))
        return replace(value, node=self.graph.arranged(value.node, letters, order, sizes), up=value.axes - value.up)

    def identity(self, size: Affine) -> Value:
        """The identity matrix."""
        return Value(self.graph.node(Identity(), (), Space((size, size))), (), 1)

    def filled(self, node: Node, dims: tuple[Affine, ...], name: str) -> Node:
        """A bare number stands for the whole vector."""
        if node.space.dims == dims:
            return node
        if node.space.dims:
            raise NumericError(f"the definition of {name} has another shape than {name}", "check its shape")
        letters = LETTERS[: len(dims)]
        return self.graph.arranged(node, "", letters, dict(zip(letters, dims, strict=True)))
