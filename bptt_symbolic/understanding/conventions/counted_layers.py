"""Which letters count layers."""

from collections import defaultdict
from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.corpus import Spot
from bptt_symbolic.understanding.notation import LAST_LAYER, LAYERS
from bptt_symbolic.understanding.occurrences import Sup, affine
from bptt_symbolic.understanding.roles import Evidence, Subject

_NEVER = frozenset({"T"})
"""A `T` above is a transpose, or the last step."""


def _above(view: View) -> Iterator[tuple[str, int, Spot]]:
    """Letters above names, beside their steps if they have any, each with what is added to it."""
    placed = (v for (name, slot), v in view.corpus.values.items() if view.slots.get(name) == slot)
    steps = {n for values in placed for value in values for n in value.names()}
    for spot in view.corpus.spots:
        for sup in spot.use.occurrence.sups:
            value = None if _is_step(spot.name, sup, view) else affine(sup.body)
            if value is not None and len(value.parts) == 1 and value.parts[0][1] == 1:
                letter = value.parts[0][0]
                if letter not in steps | view.corpus.bound | _NEVER:
                    yield letter, value.const, spot


def _is_step(name: str, sup: Sup, view: View) -> bool:
    return view.slots.get(name) == ("bracket" if sup.bracketed else "sup")


def _neighbours(view: View) -> Iterator[Evidence]:
    offsets: dict[str, set[int]] = defaultdict(set)
    stepped: dict[str, Spot] = {}
    for letter, offset, spot in _above(view):
        offsets[letter].add(offset)
        if spot.name in view.slots:
            stepped.setdefault(letter, spot)
    for letter, spot in stepped.items():
        if len(offsets[letter]) > 1:
            yield Evidence(Subject("layer", letter), "count of layers", 2, spot.span)


def _usual(view: View) -> Iterator[Evidence]:
    spots = {letter: spot for letter, _, spot in _above(view) if letter in LAYERS and spot.name in view.slots}
    yield from (Evidence(Subject("layer", letter), "count of layers", 1, spot.span) for letter, spot in spots.items())


def _last(view: View) -> Iterator[Evidence]:
    r"""`h_t^L` beside `h_t^{l-1}`."""
    found = list(_above(view))
    counted = {letter for letter, offset, _ in found if offset} | LAYERS
    layered = {spot.name for letter, _, spot in found if letter in counted}
    for letter, _, spot in found:
        if letter.isupper() and letter not in counted and spot.name in layered:
            yield Evidence(Subject("layer", letter, LAST_LAYER), "number of the last layer", 2, spot.span)


def _ones(view: View) -> Iterator[Evidence]:
    r"""`h_t^1`, `W^1`: nobody writes a power of one, nor of zero."""
    numbered: dict[str, Spot] = {}
    for spot in view.corpus.spots:
        above = spot.use.occurrence.sups[:1]
        plain = above and not above[0].bracketed and not _is_step(spot.name, above[0], view)
        if plain and affine(above[0].body) in {Affine(1), Affine(0)}:
            numbered.setdefault(spot.name, spot)
    if any(name in view.slots for name in numbered) and "sup" not in view.slots.values():
        for name, spot in numbered.items():
            yield Evidence(Subject("layer", name, "number"), "quantity with its layer above", 3, spot.span)


ROWS = (
    Convention(
        "layer/number-one",
        "layer",
        "a one above a quantity with a step is no power: the numbers above it count layers",
        _ones,
        r"$$h_t^1 = \tanh(W^1 h_{t-1}^1 + U x_t)$$ $$h_t^2 = \tanh(W^2 h_{t-1}^2 + V h_t^1)$$",
        r"$$h_t = \tanh(w h_{t-1})$$ $$\frac{\partial h_t}{\partial h_{t-1}} = w (1 - h_t^2)$$",
    ),
    Convention(
        "layer/neighbours",
        "layer",
        "quantities with a step carry the letter and its neighbour above",
        _neighbours,
        r"$$h_t^{(i)} = \tanh(W^{(i)} h_{t-1}^{(i)} + U^{(i)} h_t^{(i-1)})$$",
        r"$$h_t = \tanh(w h_{t-1})$$ $$\frac{\partial h_t}{\partial w} = n w^{n-1} h_0$$",
    ),
    Convention(
        "layer/last",
        "layer",
        "a capital above a quantity that elsewhere carries a layer is the last one",
        _last,
        r"$$h_t^l = \tanh(W^l h_{t-1}^l + U^l h_t^{l-1})$$ $$o_t = V h_t^L$$",
        r"$$h_t^l = \tanh(W^l h_{t-1}^l + U^l h_t^{l-1})$$ $$o_t = V^N h_t^2$$",
    ),
    Convention(
        "layer/usual-letter",
        "layer",
        "an l above a quantity with a step is a layer",
        _usual,
        r"$$h_t^l = \tanh(W h_{t-1}^l + U x_t)$$",
        r"$$h_t = \tanh(W^l h_{t-1})$$",
    ),
)
