"""Which letters are the last step."""

import re
from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fraction, Node, Number, Relation
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.conventions.running import second_sequences
from bptt_symbolic.understanding.corpus import Spot, bound_in, ends, names_of, slot_node
from bptt_symbolic.understanding.notation import FUNCTION_LETTERS, KNOWN, LAST_LETTERS, LOSS_LETTERS
from bptt_symbolic.understanding.occurrences import listed, unwrap, uses
from bptt_symbolic.understanding.roles import Evidence, Subject

_SAID = re.compile(r"(?:final|last)\s+(?:time\s*)?step,?\s*\$([^$]{1,12})\$", re.IGNORECASE)

_ANY_STEP = frozenset("ijkrst")
"""Letters of one step among others."""


def _upper_ends(view: View) -> Iterator[Evidence]:
    steps = sorted({view.main, *(letter for letter, _, _ in second_sequences(view))})
    upper = [(tree, n) for tree in view.corpus.trees for step in steps for n in sorted(ends(tree, step))]
    found = [(n, tree) for tree, n in upper if n not in _own_steps(tree)]
    capitals = any(n in LAST_LETTERS or n.isupper() for n, _ in found)
    for name, tree in found:
        bound = name in view.corpus.bound and name not in LAST_LETTERS
        any_step = capitals and name not in LAST_LETTERS and name.islower()  # `\sum_{t=1}^{k}` ends at any step
        if not bound and not any_step:
            yield Evidence(Subject("last step", name), "last step", 3, tree.span)


def _own_steps(tree: Node) -> frozenset[str]:
    r"""The letters of the left side in `J_k = \sum_{t=1}^k L_t`."""
    first = listed(tree)[0] if listed(tree) else None
    side = first.sides[0] if isinstance(first, Relation) and len(first.sides) > 1 else None
    values = [] if side is None else [v for use in uses(side) for _, v in Spot(use, None).candidates()]
    return frozenset(n for v in values for n in v.names() if n.islower())


def _capitals(view: View) -> Iterator[Evidence]:
    for spot in view.corpus.spots:
        slot = view.slots.get(spot.name)
        node = None if slot is None else slot_node(spot.use.occurrence, spot.use.bracket, slot)[0]
        for name in sorted(names_of(node) & frozenset(LAST_LETTERS[:3])):
            yield Evidence(Subject("last step", name), "last step", 2, spot.span)


def _bounds(view: View) -> Iterator[Evidence]:
    """`for t < N`: the running step stays below a capital, or a letter that is the step of a quantity and never one
    that others run over."""
    for letter, span in letters_above(view):
        yield Evidence(Subject("last step", letter), "last step", 2, span)


def letters_above(view: View) -> Iterator[tuple[str, Span]]:
    """The letters that the running step stays below, each with its place."""
    allowed = frozenset(LAST_LETTERS[:3]) | _lone_steps(view)
    for line in view.corpus.lines.lines:
        for node in (line.tree, *line.beside):
            for item in [] if node is None else listed(node):
                yield from ((n, item.span) for n in _above(item, view.main) if n in allowed)


def _lone_steps(view: View) -> frozenset[str]:
    """Letters at which something stands that has the running step elsewhere, by themselves, with no step before or
    after them."""
    running, found = Affine.of(view.main), [tuple(v) for v in view.corpus.values.values()]
    alone = {n for values in found if running in values for v in values for n in v.names() if v == Affine.of(n)}
    beside = {n for values in found for v in values for n in v.names() if v != Affine.of(n)}
    return frozenset(n for n in alone - beside - view.corpus.bound - {view.main} if n not in _ANY_STEP)


def _above(item: Node, main: str) -> Iterator[str]:
    sides = item.sides if isinstance(item, Relation) else ()
    for name, lower, upper in zip(getattr(item, "names", ()), sides, sides[1:], strict=False):
        if name in {"<", r"\le"} and names_of(lower) == {main}:
            yield from sorted(names_of(upper))


def _lone_losses(view: View) -> Iterator[Evidence]:
    for letter, span in letters_of_losses(view):
        yield Evidence(Subject("last step", letter), "last step", 2, span)


def letters_of_losses(view: View) -> Iterator[tuple[str, Span]]:
    r"""`E = \ell(y_n)`: the one letter at which a loss without a step reads what there is, each with its place."""
    lone = _lone_steps(view)
    for head, item in view.corpus.heads:
        is_loss = item.names[0] == "=" and head.occurrence.name in LOSS_LETTERS
        if not is_loss or list(Spot(head, None).candidates()):
            continue
        spots = [Spot(use, None) for use in uses(item.sides[1])]
        quantities = [s for s in spots if s.name not in FUNCTION_LETTERS | KNOWN.keys()]
        read = {n for s in quantities for _, v in s.candidates() for n in v.names()} - view.corpus.bound
        if len(read) == 1 and read <= lone:
            yield from ((letter, item.span) for letter in read)


def _means(view: View) -> Iterator[Evidence]:
    r"""`\frac{1}{N} \sum_t L_t`: the mean over the steps."""
    for product in view.corpus.products:
        if view.main in bound_in(product):
            for item in product.items:
                lower = item.lower if isinstance(item, Fraction) and isinstance(unwrap(item.upper), Number) else None
                for letter in sorted(names_of(lower) & frozenset(LAST_LETTERS[:3])):
                    yield Evidence(Subject("last step", letter), "last step", 2, item.span)


def _said(view: View) -> Iterator[Evidence]:
    for found in _SAID.finditer(view.corpus.words):
        yield Evidence(Subject("last step", found[1].strip()), "last step", 3)


ROWS = (
    Convention(
        "last/upper-end",
        "last step",
        "sums over the steps end at the last one",
        _upper_ends,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = \sum_{t=1}^n L_t(h_t)$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$J_k = \sum_{t=1}^k L_t(h_t)$$",
    ),
    Convention(
        "last/capital",
        "last step",
        "a capital T or N in the place of a step is the last one",
        _capitals,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = v^\top h_N$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = v^\top h_n$$",
    ),
    Convention(
        "last/bound",
        "last step",
        "the running step stays below a capital T or N, or a letter at which a state stands",
        _bounds,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ For $t < N$ it is so.",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ For $t < n$ it is so.",
    ),
    Convention(
        "last/loss",
        "last step",
        "the loss, which has no step, reads what there is at this one alone",
        _lone_losses,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = \ell(h_n)$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = \ell(z_n)$$",
    ),
    Convention(
        "last/mean",
        "last step",
        "a sum over the steps is divided by their number",
        _means,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = \frac{1}{N} \sum_t \|h_t\|^2$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$L = \frac{1}{N} \sum_i \|h_i\|^2$$",
    ),
    Convention(
        "last/said",
        "last step",
        "the words name the last step",
        _said,
        "The final step $q$ gives the loss.\n\n$$h_t = \\tanh(W h_{t-1} + U x_t)$$\n\n$$L = v^\\top h_q$$",
        "A step $q$ is chosen.\n\n$$h_t = \\tanh(W h_{t-1} + U x_t)$$\n\n$$a = v^\\top h_q$$",
    ),
)
