"""Polynomials with names for long derivatives: a derivation relates neighbours, and so does its proof.

The tangent of a quantity whose entries are long becomes new atoms, each with its definition in older ones. A
difference is zero if it reduces to zero, or does so after the newest names in it are opened, and so on. A gradient
through the gates of an LSTM has 100,000 terms when it is written out; as a sum over steps of named derivatives it has
a handful.
"""

from dataclasses import replace

import numpy as np
from flint import fmpq_mpoly

from bptt_symbolic.proving.methods.polynomials import Poly, Polynomials
from bptt_symbolic.proving.methods.tensor import Array, Dual, Seed, Tensors, Unsupported

SHORT = 2
"""Monomials up to which an entry needs no name."""
MOST_PRODUCTS = 8_000_000
"""Exponents in the products of monomials in one entry of a product."""
MOST_TERMS = 10_000
"""Monomials in one entry, or in a difference while its names are opened."""


class TooLarge(Unsupported):
    """An entry grows beyond bounds; with names for its parts it may not."""


class Bounded(Tensors):
    """Evaluation that gives up, with a reason, when an entry or the work grows too large."""

    domain: Polynomials

    def _bilinear(self, a: Dual, b: Dual, k: int | None, up: int) -> Dual:
        largest = [max((len(x.p) for x in data.flat), default=0) for data in (a.data, b.data)]
        inner = 1 if k is None else int(np.prod(b.data.shape[:k], dtype=int))
        products = largest[0] * largest[1] * inner
        if products * self.domain.room > MOST_PRODUCTS:
            raise TooLarge(
                f"a product has more than {MOST_PRODUCTS // self.domain.room} terms before they are collected"
            )
        self.domain.spend(products)
        return self._small(super()._bilinear(a, b, k, up))

    def _add(self, items: list[Dual]) -> Dual:
        return self._small(super()._add(items))

    def _small(self, value: Dual) -> Dual:
        """The value itself; raises TooLarge where an entry of it has too many terms."""
        lengths = [len(x.p) for x in (*value.data.flat, *(() if value.tan is None else value.tan.flat))]
        if max(lengths, default=0) > MOST_TERMS:
            raise TooLarge(f"an entry has more than {MOST_TERMS} terms")
        self.domain.spend(sum(lengths))
        return value

    def _node(self, name: str, time: int | None, seed: Seed | None) -> Dual:
        fresh = (name, time, seed) not in self._nodes
        value = super()._node(name, time, seed)
        return self._small(value) if fresh else value


class LayeredPolynomials(Polynomials):
    """The ring, with definitions for some of its atoms."""

    layers: dict[int, tuple[tuple[float, int], fmpq_mpoly]]
    """Generator -> its layer (step, then number; what is named together opens together) and its definition."""

    def name(self, tangent: Array, key: tuple[str, int | None, Seed]) -> Array:
        """The same array, its long entries as atoms."""
        if not hasattr(self, "layers"):
            self.layers = {}
        layer = (float("inf") if key[1] is None else key[1], len(self.layers))
        named = self.array(tangent.shape)
        for place in np.ndindex(*tangent.shape):
            body = tangent.item(place).p
            named[place] = tangent[place] if len(body) <= SHORT else Poly(self._atom("tangent", *key, place))
            if len(body) > SHORT:
                self.layers[self._atoms["tangent", *key, place]] = (layer, body)
        return named

    def is_zero(self, element: Poly) -> bool:
        """Whether an element is zero, with as few names opened as it takes."""
        p = element.p
        while not super().is_zero(Poly(p)):
            degrees = p.degrees()
            present = {i: layer for i, (layer, _) in getattr(self, "layers", {}).items() if degrees[i]}
            if not present:
                return False
            newest = max(present.values())
            opened = {i: self.layers[i][1] for i, layer in present.items() if layer == newest}
            self.composed(p, opened)
            p = p.compose(*(opened.get(i, g) for i, g in enumerate(self._generators)))
            if len(p) > MOST_TERMS:
                raise Unsupported(f"a difference has more than {MOST_TERMS} terms")
        return True


class LayeredTensors(Bounded):
    """Evaluation that names every long tangent of a quantity."""

    domain: LayeredPolynomials

    def _node(self, name: str, time: int | None, seed: Seed | None) -> Dual:
        fresh = (name, time, seed) not in self._nodes
        value = super()._node(name, time, seed)
        if fresh and seed is not None and value.tan is not None and (name, time) != (seed.name, seed.time):
            value = replace(value, tan=self.domain.name(value.tan, (name, time, seed)))
            self._nodes[name, time, seed] = value
        return value
