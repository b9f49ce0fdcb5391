r"""Definitions -> definitions: what is given for a layer holds for those beside it.

A letter that counts layers is a part of names: `h_t^{(l)}` and `h_t^{(l-1)}` are two quantities. A note gives one of
them, and speaks of `h_t^{(l+1)}` as well: its formula is the same, a layer on. Layers further off than any that the
note speaks of are given.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import name_of
from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Apply, Deriv, Ref, Term, rebuild, walk

_OFFSET = re.compile(r"(?P<letter>\\?[A-Za-z]+)(?P<offset>[+-]\d+)?")


def layer_mark(value: Affine) -> str:
    """The part of a name that a layer is: `l`, `l-1`."""
    (letter, _), *_ = value.parts
    return letter + (f"{value.const:+d}" if value.const else "")


def with_neighbours(
    definitions: Mapping[str, Definition], claims: Sequence[Term], letters: Collection[str]
) -> dict[str, Definition]:
    """The definitions, with those of a layer for the layers beside it that the claims say something about."""
    found = dict(definitions)
    for letter in sorted(letters):
        given = {n: own for n in definitions if (own := _offset(n, letter)) is not None}
        given = {n: own for n, own in given.items() if _holds_for_all(definitions[n], letter)}
        offsets = sorted({o for name in _names(claims) if (o := _offset(name, letter)) is not None})
        moved = [_moved(definitions[n], letter, offset - own) for n, own in given.items() for offset in offsets]
        wanted = _wanted({d.name: d for d in moved}, claims)
        found = {**{d.name: d for d in moved if d.name in wanted}, **found}
    return found


def _holds_for_all(definition: Definition, letter: str) -> bool:
    """Whether a formula holds for every layer: its parameters are those of one layer."""
    refs = [x for x in walk(definition.body) if isinstance(x, Ref) and x.time is None]
    derived = any(isinstance(x, Deriv) for x in walk(definition.body))
    return derived or all(_offset(x.name, letter) is not None for x in refs)


def _wanted(definitions: Mapping[str, Definition], claims: Sequence[Term]) -> set[str]:
    """What the claims differentiate, and what is computed from quantities of the same layer that they mention."""
    mentioned = _names(claims)
    wanted = _names([x.of for term in claims for x in walk(term) if isinstance(x, Deriv)])
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
    derived = any(isinstance(x, Deriv) for x in walk(definition.body))
    return set() if derived else {x.name for x in refs if x.name != name and marks & set(name_of(x.name).marks)}


def _names(terms: Sequence[Term]) -> set[str]:
    return {x.name for term in terms for x in walk(term) if isinstance(x, Ref)}


def _offset(name: str, letter: str) -> int | None:
    """How many layers off a name is, `-1` for `h^{l-1}`; None for one without a layer."""
    for mark in name_of(name).marks:
        found = _OFFSET.fullmatch(mark)
        if found is not None and found["letter"] == letter:
            return int(found["offset"] or 0)
    return None


def _moved(definition: Definition, letter: str, by: int) -> Definition:
    """A definition some layers further."""

    def moved(name: str) -> str:
        own = _offset(name, letter)
        if own is None:
            return name
        here, there = (layer_mark(Affine.of(letter) + offset) for offset in (own, own + by))
        parts = name_of(name)
        return str(replace(parts, marks=tuple(there if mark == here else mark for mark in parts.marks)))

    return replace(definition, name=moved(definition.name), body=_with_names(definition.body, moved))


def _with_names(term: Term, moved: Callable[[str], str]) -> Term:
    new = rebuild(term, lambda child: _with_names(child, moved))
    if isinstance(new, Ref):
        return replace(new, name=moved(new.name))
    if isinstance(new, Apply):
        return replace(new, function=replace(new.function, name=moved(new.function.name)))
    return new
