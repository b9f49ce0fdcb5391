"""Integer expressions -> times and indices: what the names of a term stand for where it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    AtLabel,
    Condition,
    Entry,
    Family,
    Power,
    Prod,
    Ref,
    Sum,
    Term,
    substitute,
    walk,
)
from bptt_symbolic.proving.methods.symbolic.forms import Constraint, Index, Time, Unprovable, literal, moved

Place = tuple[Affine, Index | None]
"""An offset and an index variable; without a variable, the offset is the index itself."""


@dataclass(frozen=True, slots=True)
class Names:
    """Times and indices by name, and what is known about the times."""

    times: Mapping[str, Time] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    cons: tuple[Constraint, ...] = ()

    def at(self, name: str, time: Time) -> "Names":
        """The same with one more time."""
        return replace(self, times={**self.times, name: time})

    def placed(self, name: str, place: Place) -> "Names":
        """The same with one more index."""
        return replace(self, places={**self.places, name: place})

    def where(self, *cons: Constraint) -> "Names":
        """The same with more known about the times."""
        return replace(self, cons=(*self.cons, *cons))

    def time(self, value: Affine) -> Time:
        """An integer expression as a time."""
        if not value.parts:
            return ("", value.const)
        if len(value.parts) > 1 or value.parts[0][1] != 1:
            raise Unprovable(f"the time {value}")
        name = value.parts[0][0]
        if name == LAST and name not in self.times:
            return (LAST, value.const)
        if name not in self.times:
            raise Unprovable(f"the time {value}")
        base, offset = self.times[name]
        return (base, offset + value.const)

    def place(self, value: Affine) -> Place:
        """An integer expression as an offset and an index variable."""
        names = [n for n, _ in value.parts if n in self.places]
        if any(n in self.times for n, _ in value.parts):
            raise Unprovable(f"the time {value} as an index")
        if not names:
            return value, None
        if len(names) > 1 or dict(value.parts)[names[0]] != 1:
            raise Unprovable(f"the index {value}")
        offset, variable = self.places[names[0]]
        return offset + (value - Affine.of(names[0])), variable

    def index(self, value: Affine) -> Index:
        """An integer expression as an index."""
        return index_of(self.place(value))


def index_of(place: Place) -> Index:
    """An offset and a variable as an index."""
    offset, variable = place
    if variable is None:
        return literal(str(offset))
    return variable if offset == Affine() else moved(str(offset), variable)


def use_of(name: str, *terms: Term) -> str:
    """Whether a name is used as a `time` or as a `place`; empty when it is used as neither."""
    found = set()
    for term in terms:
        for part in walk(term):
            found |= _uses(name, part)
    if len(found) > 1:
        raise Unprovable(f"{name} is a time and an index at once")
    return next(iter(found), "")


def _uses(name: str, term: Term) -> set[str]:
    match term:
        case Ref(time=time):
            return {"time"} if time is not None and name in time.names() else set()
        case AtLabel(label=label):
            return {"time"} if label.time is not None and name in label.time.names() else set()
        case Power(exponent=exponent):
            return {"time"} if name in exponent.names() else set()
        case Prod(low=low, high=high):
            return {"time"} if name in low.names() | high.names() else set()
        case Sum(var=var, low=low, high=high, body=body):
            return {use_of(var, body) or "time"} if var != name and name in low.names() | high.names() else set()
        case Entry(indices=indices):
            return {"place"} if any(i is not None and name in i.names() for i in indices) else set()
        case _:
            function = getattr(term, "function", None)
            index = getattr(function, "index", None)
            return {"place"} if index is not None and name in index.names() else set()


def turned(term: Sum | Prod) -> Sum | Prod:
    """The same sum or product with its name reversed where the body counts back: `t - n` for n = 0.. is `i` for i =
    ..t.
    """
    anchors = {a for part in walk(term.body) for a in _anchors(term.var, part)}
    if len(anchors) != 1:
        return term
    anchor = anchors.pop()
    inside = {p.var for p in walk(term.body) if isinstance(p, Sum | Prod | Family)}
    if anchor is None or anchor.names() & inside:
        return term
    body = substitute(term.body, {term.var: anchor - Affine.of(term.var)})
    new = replace(term, low=anchor - term.high, high=anchor - term.low, body=body)
    if isinstance(new, Prod):
        return replace(new, newest=not new.newest)
    put = {term.var: anchor - Affine.of(term.var)}
    where = tuple(Condition(c.left.put(put), c.relation, c.right.put(put)) for c in new.where)
    return replace(new, where=where)


def _anchors(var: str, term: Term) -> set[Affine | None]:
    """What a name is taken from, `t` in `t - n - 1`, without the constant; None where it counts forward."""
    found: set[Affine | None] = set()
    for value in _stamps(term):
        factor = dict(value.parts).get(var)
        if factor == -1:
            found.add(Affine(0, (value + Affine.of(var)).parts))
        elif factor is not None:
            found.add(None)
    return found


def _stamps(term: Term) -> tuple[Affine, ...]:
    match term:
        case Ref(time=time) if time is not None:
            return (time,)
        case AtLabel(label=label) if label.time is not None:
            return (label.time,)
        case Sum(low=low, high=high) | Prod(low=low, high=high):
            return (low, high)
        case _:
            return ()
