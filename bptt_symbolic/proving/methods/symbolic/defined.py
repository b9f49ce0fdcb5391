"""Quantity, indices -> form: an atom when it is given or a state, else its definition with names put in.

A definition is brought to normal form once, with placeholders for its time and its indices, and then only renamed.
"""

from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Constant, Term
from bptt_symbolic.proving.methods.symbolic.axes import Axes, Indices
from bptt_symbolic.proving.methods.symbolic.forms import (
    HEAD,
    Atom,
    Form,
    Time,
    Unprovable,
    filling,
    instance,
    not_after,
    placeholders,
    single,
    split,
)
from bptt_symbolic.proving.methods.symbolic.reduce import normal
from bptt_symbolic.proving.methods.symbolic.scope import Names
from bptt_symbolic.proving.methods.symbolic.world import STAMP, Context, World


class Defined(Axes):
    """Values of quantities in one world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._templates: dict[tuple[str, Indices, bool], Form] = {}
        self._open: set[str] = set()

    def value(self, term: Term, idx: Indices, names: Names) -> Form:
        """The entry of a term at given indices (up, then down)."""
        raise NotImplementedError

    def broadcast(self, term: Term, idx: Indices, names: Names) -> Form:
        """The entry of a term, or a scalar that stands for every entry."""
        if idx and not self.shapes.of(term).axes:
            if isinstance(term, Constant) and term.kind == "identity":
                raise Unprovable("an identity matrix of unknown size")
            return self.value(term, (), names)
        return self.value(term, idx, names)

    def quantity(self, name: str, time: Time | None, idx: Indices, names: Names) -> Form:
        """An entry of a quantity: an atom if it is given or a state, else by its definition."""
        shape = self.network.shapes[name]
        idx = tuple(self.encoded(i, axis) for i, axis in zip(idx, shape.axes, strict=True))
        definition = self.network.definitions.get(name)
        if definition is None or name in self.network.states:
            return single(Atom(self.world.kind("q", name), () if time is None else (time,), idx))
        return self._defined(definition, time, idx, names)

    def _defined(self, definition: Definition, time: Time | None, idx: Indices, names: Names) -> Form:
        """An instance of the template of a definition."""
        name = definition.name
        running = time is not None and self.has_started(time, names)
        places = placeholders(idx, HEAD)
        key = (name, places, running)
        if key not in self._templates:
            self._templates[key] = self._template(definition, places, running=running)
        return instance(self._templates[key], filling(places, idx), {} if time is None else {STAMP: time})

    def _template(self, definition: Definition, places: Indices, *, running: bool) -> Form:
        if definition.name in self._open:
            raise Unprovable(f"{definition.name} is defined by itself")
        self._open.add(definition.name)
        try:
            names = self.inside(definition, places, (STAMP, 0), running=running)
            body = self.body(definition, places, names)
            return [(c, m) for m, c in normal(self.world, Context(names.cons), body).items()]
        finally:
            self._open.discard(definition.name)

    def inside(self, definition: Definition, idx: Indices, time: Time, *, running: bool) -> Names:
        """The names inside of a definition."""
        names = Names()
        if definition.var is not None:
            names = names.at(definition.var, time)
            if running:
                names = names.where(not_after(("", self.network.start), time))
        for name, index in zip(definition.indices, idx, strict=False):
            offset, variable = split(index)
            if offset and offset != "0":
                raise Unprovable("an entry of a stack that is defined by entries")
            names = names.placed(name, (Affine(), variable))
        return names

    def body(self, definition: Definition, idx: Indices, names: Names) -> Form:
        """The entry of the body of a definition."""
        if definition.indices:
            return self.value(definition.body, (), names)
        return self.broadcast(definition.body, idx, names)
