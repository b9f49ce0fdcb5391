"""Names and ranges -> indices: which entries of an axis there are, and when a condition on names holds.

An axis that a stack divides has one index for each of its parts. Conditions on indices are deltas; conditions on times
are constraints.
"""

from itertools import product

from bptt_symbolic.meaning.terms import LAST, Affine, Condition, Entry, Family, Stack, Term
from bptt_symbolic.proving.methods.symbolic.domains import close, implies
from bptt_symbolic.proving.methods.symbolic.forms import (
    UNIT,
    Constraint,
    Form,
    Index,
    Time,
    Unprovable,
    before,
    equal,
    fresh,
    fresh_time,
    guarded,
    literal,
    moved,
    not_after,
    number,
    scaled,
    single,
    split,
    times,
)
from bptt_symbolic.proving.methods.symbolic.scope import Names, Place, index_of, use_of
from bptt_symbolic.proving.methods.symbolic.shaping import Shapes
from bptt_symbolic.proving.methods.symbolic.world import World

Indices = tuple[Index, ...]
Range = tuple[Names, Indices, tuple[str, ...], tuple[Constraint, ...]]
"""The names inside, the indices and times to bind, and the constraints on them."""

MOST_NUMBERS = 12
"""Values of a bound index over a range of numbers that are written out."""
ONE_SIZE = Affine(1)


class Axes:
    """Indices of terms in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = world.network
        self.shapes = Shapes(world.network)

    def variables(self, axes: tuple[Affine, ...]) -> list[tuple[Indices, Indices]]:
        """New indices over some axes, with the variables to bind; several where an axis is a stack."""
        return [
            (tuple(i for i, _ in choice), tuple(b for _, bs in choice for b in bs))
            for choice in product(*(self._axis(axis) for axis in axes))
        ]

    def _axis(self, axis: Affine) -> list[tuple[Index, Indices]]:
        parts = self.world.partitions.get(axis)
        if parts is None:
            variable = fresh(str(axis))
            return [(variable, (variable,))]
        found: list[tuple[Index, Indices]] = []
        for offset, size in parts:
            if size == ONE_SIZE:
                found.append((literal(str(offset + 1)), ()))
            else:
                variable = fresh(str(size))
                found.append((moved(str(offset), variable), (variable,)))
        return found

    def free_indices(self, axis: Affine, role: int, number: int) -> list[Index]:
        """Every index that stands for any entry of an axis: one for each part of a stack."""
        parts = self.world.partitions.get(axis)
        if parts is None:
            return [Index(str(axis), role, number)]
        return [
            literal(str(offset + 1)) if size == ONE_SIZE else Index(str(size), role, number, str(offset))
            for offset, size in parts
        ]

    def encoded(self, index: Index, axis: Affine) -> Index:
        """An index as an atom shows it: a part of a stack always with its offset."""
        if index.is_plain and index.sort != str(axis) and axis in self.world.partitions:
            return moved("0", index)
        if index.role and index.offset == "0" and axis not in self.world.partitions:
            return moved("", index)
        return index

    def has_started(self, time: Time, names: Names) -> bool:
        """Whether a time is known to be that of a step."""
        needed = not_after(("", self.network.start), time)
        if not time[0]:
            return time[1] >= self.network.start
        closure = close(names.cons)
        return closure is not None and implies(closure, needed)

    def entry_indices(self, term: Entry, idx: Indices, names: Names) -> Indices:
        """All indices of the body of an entry."""
        rest = iter(idx)
        axes = self.shapes.of(term.body).axes
        given = (*term.indices, *(None,) * (len(axes) - len(term.indices)))
        return tuple(next(rest) if i is None else names.index(i) for i in given)

    def transposed(self, body: Term, idx: Indices) -> Indices:
        """The indices of the body of a transpose."""
        down = len(self.shapes.of(body).down)
        return idx[down:] + idx[:down]

    def part(self, term: Stack, idx: Indices) -> tuple[Term, Indices]:
        """The item of a stack in which an entry stands, and the entry in it."""
        offset, variable = split(idx[0])
        position = Affine()
        for item in term.items:
            up = () if term.across else self.shapes.of(item).up
            if not up and not variable and offset == str(position + 1):
                return item, idx[1:]
            if up and variable and (offset or "0") == str(position) and variable.sort == str(up[0]):
                return item, (variable,)
            if up and not variable and offset.isdigit() and not (position.parts or up[0].parts):
                place = int(offset) - position.const
                if 0 < place <= up[0].const:
                    return item, (literal(str(place)),)
            position = position + (up[0] if up else 1)
        raise Unprovable("an entry of a stack that is in no part of it")

    def member(self, term: Family, idx: Indices, names: Names) -> Names:
        """The names inside of a list of entries, at one entry of it."""
        if use_of(term.var, term.body) == "time":
            raise Unprovable("a list of entries over time")
        if term.low.parts:
            raise Unprovable("a list of entries that starts at a size")
        offset, variable = split(idx[0])
        before_first = term.low - 1
        if not variable:
            return names.placed(term.var, (self._literal(offset) + before_first, None))
        if offset and offset != "0":
            raise Unprovable("a part of a list of entries")
        return names.placed(term.var, (before_first, variable))

    def _literal(self, text: str) -> Affine:
        if text.lstrip("-").isdigit():
            return Affine(int(text))
        known = {str(axis): axis for shape in self.network.shapes.values() for axis in shape.axes}
        if text in known:
            return known[text]
        raise Unprovable(f"the entry {text}")

    def ranges(self, var: str, low: Affine, high: Affine, inside: tuple[Term, ...], names: Names) -> list[Range]:
        """What a bound name runs over: the names inside, the indices and times to bind, and the constraints."""
        use = use_of(var, *inside) or ("place" if high.names() & set(self.network.sizes) else "time")
        if use == "time":
            time = fresh_time()
            cons = (not_after(names.time(low), (time, 0)), not_after((time, 0), names.time(high)))
            return [(names.at(var, (time, 0)).where(*cons), (), (time,), cons)]
        return self._places(var, low, high, names)

    def _places(self, var: str, low: Affine, high: Affine, names: Names) -> list[Range]:
        """What a bound index runs over."""
        if any(n in names.places or n in names.times for n in low.names() | high.names()):
            raise Unprovable(f"an index {var} between other indices")
        if not low.parts and not high.parts:
            if high.const - low.const > MOST_NUMBERS:
                raise Unprovable(f"an index {var} with too many values")
            return [(names.placed(var, (Affine(n), None)), (), (), ()) for n in range(low.const, high.const + 1)]
        offset = low - 1
        size = high - offset
        if not size.parts or any(c < 0 for _, c in size.parts) or size.const < 0 or offset.const:
            raise Unprovable(f"an index {var} from {low} to {high}")
        found: list[Range] = []
        for inner, variables in self.variables((high - offset,)):
            head, variable = split(inner[0])
            more = Affine() if not head or head == "0" else self._offset(head, high - offset)
            place = (offset + more, variable)
            found.append((names.placed(var, place), variables, (), ()))
        return found

    def _offset(self, text: str, axis: Affine) -> Affine:
        for offset, size in self.world.partitions[axis]:
            if text in {str(offset), str(offset + 1)} and (text == str(offset)) == (size != ONE_SIZE):
                return offset if size != ONE_SIZE else offset + 1
        raise Unprovable("an unknown part of a stack")

    def indicator(self, conditions: tuple[Condition, ...], names: Names) -> Form:
        """One where all conditions hold, else zero."""
        total = UNIT
        for condition in conditions:
            total = times(total, self._condition(condition, names))
        return total

    def _condition(self, condition: Condition, names: Names) -> Form:
        involved = condition.left.names() | condition.right.names()
        if involved and all(n in names.times or n == LAST for n in involved):
            return self._timing(condition, names)
        if not involved:
            return number(int(condition.holds({})))
        if condition.relation in {"<", "<="}:
            return self._order(condition, names)
        same = self._same(names.place(condition.left), names.place(condition.right))
        return same if condition.relation == "=" else [*UNIT, *scaled(same, -1)]

    def _timing(self, condition: Condition, names: Names) -> Form:
        a, b = names.time(condition.left), names.time(condition.right)
        match condition.relation:
            case "=":
                return guarded(equal(a, b))
            case "!=":
                return [*guarded((before(a, b),)), *guarded((before(b, a),))]
            case "<":
                return guarded((before(a, b),))
            case "<=":
                return guarded((not_after(a, b),))

    def _same(self, a: Place, b: Place) -> Form:
        """Whether two indices are equal; only where both are known to be in the other's range."""
        (p, v), (q, w) = a, b
        if v and w and p == q and v.sort == w.sort:
            return single(self.world.delta(v, w)) if v != w else UNIT
        if (v and w and p != q and self._below(p, v, q)) or (v and w and p != q and self._below(q, w, p)):
            return []
        for (offset, variable), (value, other) in ((a, b), (b, a)):
            if variable and not other and offset == Affine() and str(value) in {"1", variable.sort}:
                return single(self.world.delta(variable, index_of((value, None))))
        raise Unprovable("whether two indices of different ranges are equal")

    def _below(self, offset: Affine, variable: Index, other: Affine) -> bool:
        """Whether `offset + variable <= other` for all values."""
        return str(other - offset) == variable.sort

    def _order(self, condition: Condition, names: Names) -> Form:
        """An order between an index and a size, decided by the part of the stack that the index is in."""
        a, b = names.place(condition.left), names.place(condition.right)
        less = condition.relation == "<"
        if a[1] and not b[1]:
            low, high = a[0] + 1, self._top(a[0], a[1])
            if _never_less(b[0], high + int(less)):
                return UNIT
            if _never_less(low, b[0] + int(not less)):
                return []
        if b[1] and not a[1]:
            low, high = b[0] + 1, self._top(b[0], b[1])
            if _never_less(low, a[0] + int(less)):
                return UNIT
            if _never_less(a[0], high + int(not less)):
                return []
        raise Unprovable("an order between indices")

    def _top(self, offset: Affine, variable: Index) -> Affine:
        text = variable.sort
        return offset + (Affine(int(text)) if text.isdigit() else self._literal(text))


def _never_less(a: Affine, b: Affine) -> bool:
    """Whether `a >= b` for all sizes, which are at least one."""
    gap = a - b
    return all(c > 0 for _, c in gap.parts) and gap.const + sum(c for _, c in gap.parts) >= 0
