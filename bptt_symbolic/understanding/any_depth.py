r"""Definitions -> parts of a stack of layers, for claims that are to hold for every number of layers.

    h_t^{(l)} = f(W^{(l)} h_t^{(l-1)} + U^{(l)} h_{t-1}^{(l)}),  l = 1 .. L;  E made of h_t^{(L)} for all t

The layers above those that a claim names are a function of the states of the topmost one, at all steps: what a claim
says of derivatives of `E` it says of the errors that come down from there, and these may have any values. So a claim
that holds where `E` is any function of these states, added up over the steps, holds for every depth. One that fails
where the topmost layer that is named is the last one fails.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bptt_symbolic.meaning.names import as_written, letter_of
from bptt_symbolic.meaning.network import Definition, Network, names_under
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    Deriv,
    Function,
    Prod,
    Ref,
    Sum,
    Term,
    children,
    fresh_name,
    speaks_of,
    walk,
)
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.understanding.layer_marks import Formulas, derives, formulas_of, is_inner, tops_of
from bptt_symbolic.understanding.notation import LOSS_LETTERS

Definitions = Mapping[str, Definition]


@dataclass(frozen=True)
class Part:
    """Layers that claims name together: `l-1`, `l` and `l+1`, or the first ones."""

    names: frozenset[str]
    """Their quantities, and what is given to them."""
    losses: frozenset[str]
    """What the layers above lead to."""
    errors: Mapping[str, Ref]
    """Names of its derivatives by quantities of these layers, each with what is differentiated."""
    any_depth: Definitions
    """The network with any layers above."""
    last: Definitions
    """The network in which the topmost of these layers is the last one; none where nobody knows how layers hang
    together."""
    facts: tuple[Fact, ...] = ()
    """What it takes for granted that any layers stand above."""
    letter: str = ""
    """The letter that counts them, if one does."""
    end: Affine | None = None
    """The last layer, where something reads it."""
    as_last: Mapping[str, str] = field(default_factory=dict)
    """Its quantities, each with the one that it is where the letter means the last layer."""

    def settles(self, terms: Sequence[Term]) -> bool:
        """Whether a claim speaks of this part, and of what is above only by the errors that come down."""
        refs = [x for term in terms for x in walk(term) if isinstance(x, Ref)]
        known = {x.name for x in refs} <= self.names | self.losses | self.errors.keys()
        return known and self.concerns(terms) and is_linear(terms, self.losses, self.errors)

    def concerns(self, terms: Sequence[Term]) -> bool:
        """Whether a claim speaks of these layers and of what is made of the last one."""
        parts = [x for term in terms for x in walk(term)]
        inner = parts if self.last else [x.by for x in parts if isinstance(x, Deriv)]
        refs, own = ({x.name for x in found if isinstance(x, Ref)} for found in (parts, inner))
        errors = bool(refs & self.errors.keys())
        return (errors or bool(refs & self.losses)) and (bool(own & self.names) or errors)


def anchors_of(definitions: Definitions, claims: Sequence[Term], letters: Collection[str]) -> dict[str, str]:
    """The quantities of layers, each with what its layer is counted from: a letter, or nothing."""
    names = {*definitions, *(x.name for term in claims for x in walk(term) if isinstance(x, Ref))}
    found: dict[str, str] = {}
    for formulas in (formulas_of(definitions, letter) for letter in sorted(letters)):
        layers = {n: layer for n in names if (layer := formulas.layer(n)) is not None and is_inner(layer)}
        found |= {n: "".join(layer.names()) for n, layer in layers.items()}
    return found


def parts_of(definitions: Definitions, claims: Sequence[Term], letters: Collection[str]) -> Iterator[Part]:
    """The parts of the stacks that claims speak of, but the one that ends with the last layer."""
    for letter in sorted(letters):
        formulas = formulas_of(definitions, letter)
        stack = _Stack(definitions, claims, formulas, tops_of(definitions, formulas), frozenset(_links(formulas)))
        yield from stack.parts() if stack.is_whole else stack.open_ends()


@dataclass(frozen=True)
class _Stack:
    """A stack of layers, as far as the note gives it."""

    definitions: Definitions
    claims: Sequence[Term]
    formulas: Formulas
    tops: frozenset[str]
    """What is read of the last layer."""
    links: frozenset[str]
    """What each layer gives to the next one, by its names in the formulas."""

    @cached_property
    def last(self) -> frozenset[Affine]:
        """The last layer."""
        return frozenset(layer for n in self.tops if (layer := self.formulas.layer(n)) is not None)

    @property
    def is_whole(self) -> bool:
        """Whether layers hang together, and with what is made of the last one, by nothing but what each one gives."""
        ends = {self.formulas.named(n, layer) for n in self.links for layer in self.last}
        return bool(self.links) and len(self.last) <= 1 and self.tops <= ends

    @cached_property
    def above(self) -> Definitions:
        """What is made of the last layer."""
        network = Network(self.definitions, {}, frozenset())
        found = {n: d for n, d in self.definitions.items() if self.formulas.layer(n) is None}
        return {n: d for n, d in found.items() if not derives(d) and names_under(network, [d.body]) & self.tops}

    @cached_property
    def losses(self) -> frozenset[str]:
        """What claims differentiate: it is made of the last layer, or nothing is said of it."""
        terms = (*self.claims, *(d.body for d in self.formulas.definitions.values()))
        of = [x for term in terms for d in walk(term) if isinstance(d, Deriv) for x in (d.of,) if isinstance(x, Ref)]
        names = {x.name for x in of if letter_of(x.name) in LOSS_LETTERS}
        timed = {x.name for x in of if x.time is not None}
        return frozenset(n for n in names if n in self.above or not (n in self.definitions or n in timed))

    def open_ends(self) -> Iterator[Part]:
        """What claims differentiate by where what is above reads several layers, or hangs together with them
        otherwise."""
        below = {x.by for term in self.claims for x in walk(term) if isinstance(x, Deriv)}
        names = frozenset(x.name for x in below if isinstance(x, Ref) and self.formulas.layer(x.name) is not None)
        of = {n: d.body.of for n, d in self.definitions.items() if isinstance(d.body, Deriv)}
        errors = {n: x for n, x in of.items() if isinstance(x, Ref) and self.formulas.layer(n) is not None}
        if self.tops and (names or errors):
            yield Part(names, self.losses, errors, {}, {})

    def parts(self) -> Iterator[Part]:
        """The layers that claims name, those together that are counted from one letter, or by numbers."""
        ends = {layer.parts for layer in self.last}
        named: dict[tuple[tuple[str, int], ...], set[int]] = {}
        for name in {x.name for term in self.claims for x in walk(term) if isinstance(x, Ref)}:
            layer = self.formulas.layer(name)
            if layer is not None and is_inner(layer) and layer.parts not in ends:
                named.setdefault(layer.parts, set()).add(layer.const)
        if self.losses:
            yield from (self._part(Affine(0, anchor), max(consts)) for anchor, consts in sorted(named.items()))

    def _part(self, anchor: Affine, highest: int) -> Part:
        top = anchor + highest
        counts = range(self._lowest(anchor, highest), highest + 1)
        moved = [self.definitions.get(d.name, d) for k in counts for d in self.formulas.at(anchor + k)]
        errors = {d.name: d for d in moved if isinstance(d.body, Deriv) and d.body.of in self._totals}
        totals = {n: d.body.of for n, d in errors.items() if isinstance(d.body, Deriv) and isinstance(d.body.of, Ref)}
        layers = {d.name: d for d in moved if not derives(d)}
        layer = self.formulas.layer
        others = {n: d for n, d in self.definitions.items() if (at := layer(n)) is None or not is_inner(at)}
        below = {n: d for n, d in others.items() if n not in self.above and not derives(d)}
        outer = {x.name for d in self.above.values() for x in walk(d.body) if isinstance(x, Ref)}
        reached = names_under(Network({**below, **layers}, {}, frozenset()), [d.body for d in layers.values()])
        given = sorted(self.formulas.named(n, top) for n in self.links)
        ends = {self.formulas.named(n, last): n for n in self.links for last in self.last}
        copies = {n: _copy(n, layers[self.formulas.named(link, top)]) for n, link in ends.items()}
        return Part(
            frozenset({*layers, *(reached - outer)}),
            self.losses,
            totals,
            {**below, **layers, **{n: self._any(n, given, layers[given[0]].var) for n in self.losses}, **errors},
            {**others, **layers, **copies, **errors},
            tuple(_granted(n, given) for n in sorted(self.losses)),
            "".join(anchor.names()),
            next(iter(self.last), None),
            dict(self._as_last(anchor)),
        )

    def _as_last(self, anchor: Affine) -> Iterator[tuple[str, str]]:
        for name in {x.name for term in self.claims for x in walk(term) if isinstance(x, Ref)}:
            layer = self.formulas.layer(name)
            if layer is not None and layer.parts == anchor.parts and anchor.parts:
                yield from ((name, self.formulas.named(name, last + layer.const)) for last in self.last)

    def _any(self, loss: str, given: Sequence[str], var: str | None) -> Definition:
        """Any function of what a layer gives, at all steps, or up to that of the loss."""
        end = self.definitions[loss].var if loss in self.definitions else None
        step = var if end is None else fresh_name((self.definitions[loss].body,), {end})
        call = Apply(Function(loss, "loss"), tuple(Ref(n, None if step is None else Affine.of(step)) for n in given))
        if step is None:
            return Definition(loss, call)
        return Definition(loss, Sum(step, Affine(1), Affine.of(end or LAST), call), end)

    @property
    def _totals(self) -> frozenset[Ref]:
        return frozenset(Ref(n) for n in self.losses)

    def _lowest(self, anchor: Affine, highest: int) -> int:
        """The lowest layer that has its formula: of one of which claims speak only by what it gives, none is needed."""
        heads = {d.name for d in self.formulas.definitions.values() if not derives(d)}
        found = {highest}
        for x in (x for term in self.claims for x in walk(term)):
            for ref in (x.of, x.by) if isinstance(x, Deriv) else (x,):
                layer = self.formulas.layer(ref.name) if isinstance(ref, Ref) else None
                if layer is None or layer.parts != anchor.parts or not is_inner(layer) or not isinstance(ref, Ref):
                    continue
                if isinstance(x, Deriv) or self.formulas.named(ref.name, Affine.of(self.formulas.letter)) not in heads:
                    found.add(layer.const)
        return min(found)


def _links(formulas: Formulas) -> set[str]:
    """What a layer reads of the one below, as quantities of the formulas; empty where it reads more than that one, or
    reads it at another step."""
    here = Affine.of(formulas.letter)
    found: set[str] = set()
    for definition in formulas.definitions.values():
        now = None if definition.var is None else Affine.of(definition.var)
        for x in walk(definition.body) if not derives(definition) else ():
            layer = formulas.layer(x.name) if isinstance(x, Ref) else None
            if layer is None or layer == here or not isinstance(x, Ref):
                continue
            given = formulas.named(x.name, here)
            if layer != here - 1 or x.time != now or given not in formulas.definitions:
                return set()
            found.add(given)
    return found


def _copy(name: str, definition: Definition) -> Definition:
    time = None if definition.var is None else Affine.of(definition.var)
    return Definition(name, Ref(definition.name, time), definition.var)


def _granted(loss: str, given: Sequence[str]) -> Fact:
    of = " and ".join(map(as_written, given))
    return Fact(loss, f"any number of layers stands above that of {of}", "convention")


def is_linear(terms: Sequence[Term], losses: Collection[str], errors: Mapping[str, Ref]) -> bool:
    """Whether claims speak of a loss by its first derivatives alone, and of one loss at one step: of two, the layers
    above make two functions that hang together."""
    refs = [x for term in terms for x in walk(term) if isinstance(x, Ref)]
    spoken = {errors.get(x.name, x) for x in refs if x.name in losses or x.name in errors}
    steps = {n for x in spoken if x.time is not None for n in x.time.names()}
    bound = {x.var for term in terms for x in walk(term) if isinstance(x, Sum | Prod)}
    return len(spoken) <= 1 and not steps & bound and not any(_is_bent(t, losses, errors) for t in terms)


def _is_bent(term: Term, losses: Collection[str], errors: Collection[str]) -> bool:
    """Whether a claim speaks of a loss otherwise than by a derivative, or of derivatives of derivatives."""
    if isinstance(term, Deriv):
        plain = isinstance(term.of, Ref) and term.of.name in losses
        return speaks_of(term.by if plain else term, {*losses, *errors})
    if isinstance(term, Ref):
        return term.name in losses
    return any(_is_bent(child, losses, errors) for child in children(term))
