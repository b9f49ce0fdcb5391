r"""Definitions -> definitions: what is given for a layer holds for those beside it.

A letter that counts layers is a part of names: `h_t^{(l)}` and `h_t^{(l-1)}` are two quantities. A note gives one of
them, and speaks of `h_t^{(l+1)}` as well, or of the last layer `h_t^{(L)}`: its formula is the same, on another layer.
Layers further off than any that the note speaks of are given.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bptt_symbolic.meaning.names import Name, name_of
from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Apply, Deriv, Ref, Term, rebuild, walk

_MARK = re.compile(r"(?P<letter>\\?[A-Za-z]+)?(?P<number>(?(letter)[+-])\d+)?")
"""`l`, `l-1`, `2`."""


def layer_mark(value: Affine) -> str:
    """The part of a name that a layer is: `l`, `l-1`."""
    return str(value)


def _value(mark: str) -> Affine | None:
    found = _MARK.fullmatch(mark)
    if found is None or not mark:
        return None
    return (Affine.of(found["letter"]) if found["letter"] else Affine()) + int(found["number"] or 0)


@dataclass(frozen=True)
class Formulas:
    """What a note gives of the layers that a letter counts."""

    letter: str
    definitions: Mapping[str, Definition]
    """The formulas of the layer that is the letter itself."""
    families: frozenset[Name]
    """The names in them without their layer."""

    def layer(self, name: str) -> Affine | None:
        """The layer that a name is of, `L-1` for `h^{L-1}`; None for one without a layer."""
        return next((value for value, _ in self._layers(name)), None)

    def named(self, name: str, layer: Affine) -> str:
        """The quantity that a name has on another layer."""
        mark = next((mark for _, mark in self._layers(name)), None)
        return name if mark is None else _with_mark(name, mark, layer)

    def at(self, layer: Affine) -> Iterator[Definition]:
        """The formulas of a layer."""
        for definition in self.definitions.values():
            yield _moved(definition, self.letter, layer)

    def _layers(self, name: str) -> Iterator[tuple[Affine, str]]:
        parts = name_of(name)
        for mark in parts.marks:
            if (value := _value(mark)) is not None and _without(parts, mark) in self.families:
                yield value, mark


def formulas_of(definitions: Mapping[str, Definition], letter: str) -> Formulas:
    """The formulas that hold for every layer."""
    here = Affine.of(letter)
    found: dict[str, Definition] = {}
    for name, definition in definitions.items():
        own = _offset(name, letter)
        if own is not None and _holds_for_all(definition, letter):
            moved = _moved(definition, letter, here - own)
            found.setdefault(moved.name, moved)
    names = {*found, *_names(d.body for d in found.values())}
    layered = [(name_of(n), here + own) for n in names if (own := _offset(n, letter)) is not None]
    return Formulas(letter, found, frozenset(_without(name, layer_mark(layer)) for name, layer in layered))


def _moved(definition: Definition, letter: str, layer: Affine) -> Definition:
    """A definition with a layer in the place of the letter."""

    def moved(name: str) -> str:
        own = _offset(name, letter)
        return name if own is None else _with_mark(name, layer_mark(Affine.of(letter) + own), layer + own)

    return replace(definition, name=moved(definition.name), body=_with_names(definition.body, moved))


def with_neighbours(
    definitions: Mapping[str, Definition], claims: Sequence[Term], letters: Collection[str]
) -> dict[str, Definition]:
    """The definitions, with those of a layer for the layers beside it that the claims say something about, and for the
    last one, which other formulas read."""
    found = dict(definitions)
    for letter in sorted(letters):
        formulas = formulas_of(definitions, letter)
        tops = tops_of(definitions, formulas)
        layers = {layer for n in _names(claims) | tops if (layer := formulas.layer(n)) is not None}
        moved = {d.name: d for layer in _between(layers) for d in formulas.at(layer)}
        wanted = _wanted(moved, claims) | tops
        lowest = _lowest(layer for n in wanted & moved.keys() if (layer := formulas.layer(n)) is not None)
        for name, definition in moved.items():
            layer = formulas.layer(name)
            reached = layer is not None and layer.const >= lowest.get(layer.parts, layer.const + 1)
            if name in wanted or (reached and not derives(definition)):
                found.setdefault(name, definition)
    return found


def _between(layers: Iterable[Affine]) -> Iterator[Affine]:
    """The layers that are named, and those between two that are counted alike, but none before the first one."""
    known = list(layers)
    low, high = _lowest(known), _lowest(-layer for layer in known)
    for parts, const in sorted(low.items()):
        end = -high[tuple((n, -c) for n, c in parts)]
        yield from (layer for k in range(const, end + 1) if is_inner(layer := Affine(k, parts)))


def _lowest(layers: Iterable[Affine]) -> dict[tuple[tuple[str, int], ...], int]:
    """The lowest layer of those that are counted from one letter, or by numbers."""
    found: dict[tuple[tuple[str, int], ...], int] = {}
    for layer in layers:
        found[layer.parts] = min(layer.const, found.get(layer.parts, layer.const))
    return found


def is_inner(layer: Affine) -> bool:
    """Whether it is no layer before the first, which is given."""
    return bool(layer.parts) or layer.const > 0


def tops_of(definitions: Mapping[str, Definition], formulas: Formulas) -> frozenset[str]:
    """What the formulas without a layer read of some layer."""
    forward = [d.body for n, d in definitions.items() if formulas.layer(n) is None and not derives(d)]
    return frozenset(name for name in _names(forward) if formulas.layer(name) is not None)


def derives(definition: Definition) -> bool:
    """Whether it is a name of a derivative."""
    return any(isinstance(x, Deriv) for x in walk(definition.body))


def _holds_for_all(definition: Definition, letter: str) -> bool:
    """Whether a formula holds for every layer: its parameters are those of one layer."""
    refs = [x for x in walk(definition.body) if isinstance(x, Ref) and x.time is None]
    return derives(definition) or all(_offset(x.name, letter) is not None for x in refs)


def _wanted(definitions: Mapping[str, Definition], claims: Sequence[Term]) -> set[str]:
    """What the claims differentiate, and what is computed from quantities of the same layer that they mention."""
    mentioned = _names(claims)
    derivatives = [x for term in claims for x in walk(term) if isinstance(x, Deriv)]
    wanted = _names(side for x in derivatives for side in (x.of, x.by))
    for name in mentioned & definitions.keys():
        body = definitions[name].body
        wanted |= {name, *_names([body.by])} if isinstance(body, Deriv) else set()
    while True:
        known = mentioned | wanted
        more = {n for n, d in definitions.items() if n not in wanted and _made_of(n, d) & known}
        if not more:
            return wanted
        wanted |= more


def _made_of(name: str, definition: Definition) -> set[str]:
    """What a formula reads of its own layer, without the past; nothing for a name of a derivative."""
    marks = set(name_of(name).marks)
    refs = [
        x for x in walk(definition.body) if isinstance(x, Ref) and x.time in {None, Affine.of(definition.var or "")}
    ]
    return (
        set()
        if derives(definition)
        else {x.name for x in refs if x.name != name and marks & set(name_of(x.name).marks)}
    )


def _names(terms: Iterable[Term]) -> set[str]:
    return {x.name for term in terms for x in walk(term) if isinstance(x, Ref)}


def _offset(name: str, letter: str) -> int | None:
    """How many layers off a name is, `-1` for `h^{l-1}`; None for one without a layer."""
    for mark in name_of(name).marks:
        value = _value(mark)
        if value is not None and value.names() == {letter}:
            return value.const
    return None


def _without(name: Name, mark: str) -> Name:
    return replace(name, marks=tuple(m for m in name.marks if m != mark))


def _with_mark(name: str, mark: str, layer: Affine) -> str:
    parts = name_of(name)
    return str(replace(parts, marks=tuple(layer_mark(layer) if m == mark else m for m in parts.marks)))


def _with_names(term: Term, moved: Callable[[str], str]) -> Term:
    new = rebuild(term, lambda child: _with_names(child, moved))
    if isinstance(new, Ref):
        return replace(new, name=moved(new.name))
    if isinstance(new, Apply):
        return replace(new, function=replace(new.function, name=moved(new.function.name)))
    return new
