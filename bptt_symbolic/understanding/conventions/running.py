"""Which letter runs over the steps."""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.syntax import Relation, Sum, Token
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.corpus import Spot, differentiated_by
from bptt_symbolic.understanding.notation import INDEX_LETTERS, LAYERS
from bptt_symbolic.understanding.occurrences import Use, occurrence, unwrap, uses
from bptt_symbolic.understanding.roles import Evidence, Subject

RUNNING = Subject("running step")
_STEPS = frozenset({1, 2})
"""How far apart two steps of one quantity usually are."""
_RATES = frozenset({r"\eta", r"\alpha", r"\epsilon", r"\varepsilon", r"\gamma", r"\lambda", r"\mu"})
"""Letters of a rate of learning."""
_FORWARD, _BACKWARD = 4, 1
"""Weights of a formula that reads an earlier step, and of one that reads later ones only."""


def _recurrences(view: View) -> Iterator[Evidence]:
    """`s_n = tanh(Ux_n + Ws_{n-1})` steps by n; what only looks ahead, `d_k = W d_{k+1}`, carries an error back, and
    may do that in a letter of its own.
    """
    for head, item in view.corpus.heads:
        if trains(item, head):
            continue
        here = {v for _, v in Spot(head, None).candidates() if v.names()}
        there = [v for side in item.sides[1:] for use in uses(side) for _, v in Spot(use, None).candidates()]
        stepped = {(a.parts[0][0], b.const < a.const) for a in here for b in there if a.parts == b.parts and a != b}
        stepped = {s for s in stepped if s[0] not in LAYERS} or stepped  # `h_t^l` reads `h_{t-1}^l`, `h_t^{l-1}`
        forward = {letter for letter, back in stepped if back}
        yield from (
            Evidence(RUNNING, letter, _FORWARD if back else _BACKWARD, item.span)
            for letter, back in sorted(stepped)
            if back or letter not in forward
        )


def trains(item: Relation, head: Use) -> bool:
    r"""`W_{i+1} = W_i - \eta g_i`, or with a derivative by `W_i`: the letter counts rounds of training, no steps."""
    below = [use.occurrence.name for side in item.sides[1:] for use in differentiated_by(side)]
    body = None if item.sides[1] is None else unwrap(item.sides[1])
    first = body.items[0] if isinstance(body, Sum) else None
    before = None if first is None or isinstance(first, Token) else occurrence(first)
    follows = before is not None and before.name == head.occurrence.name
    return head.occurrence.name in below or (follows and any(use.occurrence.name in _RATES for use in uses(body)))


def second_sequences(view: View) -> Iterator[tuple[str, frozenset[str], Relation]]:
    """The letters of recurrences in another letter than the running one, each with the names that have it."""
    for head, item in view.corpus.heads:
        own = _below(head)
        if own is None or own.const or len(own.parts) != 1 or own.names() == {view.main} or trains(item, head):
            continue
        read = [(u.occurrence.name, _below(u)) for side in item.sides[1:] for u in uses(side)]
        if (head.occurrence.name, own - 1) in read:
            yield own.parts[0][0], frozenset(n for n, at in read if at is not None and at.parts == own.parts), item


def _below(use: Use) -> Affine | None:
    """The step below a name that has nothing else there."""
    return dict(Spot(use, None).candidates()).get("sub0") if len(use.occurrence.subs) == 1 else None


def _letters(view: View) -> Iterator[tuple[str, Spot]]:
    """Letters that a name carries by themselves and with a neighbour, in one place."""
    for values in view.corpus.values.values():
        for value, spot in values.items():
            alone = value.const == 0 and bool(value.parts) and value.parts[0][1] == 1
            if alone and any(v.parts == value.parts and abs(v.const) in _STEPS for v in values):
                yield value.parts[0][0], spot


def _neighbours(view: View) -> Iterator[Evidence]:
    yield from (Evidence(RUNNING, letter, 0.05, spot.span) for letter, spot in _letters(view))


def _time(view: View) -> Iterator[Evidence]:
    found = next((spot for letter, spot in _letters(view) if letter == "t"), None)
    if found is not None:
        yield Evidence(RUNNING, "t", 2.5, found.span)


def _no_index(view: View) -> Iterator[Evidence]:
    first = dict(reversed(list(_letters(view))))
    yield from (Evidence(RUNNING, n, 0.9, spot.span) for n, spot in sorted(first.items()) if n not in INDEX_LETTERS)


ROWS = (
    Convention(
        "step/recurrence",
        "running step",
        "a formula for a quantity reads another step of the same letter",
        _recurrences,
        r"$$h_n = \tanh(W h_{n-1} + U x_n)$$",
        r"$$W_{n+1} = W_n - \eta \frac{\partial L}{\partial W_n}$$",
    ),
    Convention(
        "step/neighbours",
        "running step",
        "a name carries the letter and its neighbour in one place",
        _neighbours,
        r"$$\frac{\partial h_\tau}{\partial h_{\tau-1}} = W$$",
        r"$$a_i = 2 b_{i-1}$$",
    ),
    Convention(
        "step/time",
        "running step",
        "steps are counted by t",
        _time,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$",
        r"$$h_k = \tanh(W h_{k-1} + U x_k)$$",
    ),
    Convention(
        "step/no-index",
        "running step",
        "letters that usually count entries run over steps less often",
        _no_index,
        r"$$h_\tau = \tanh(W h_{\tau-1} + U x_\tau)$$",
        r"$$h_k = \tanh(W h_{k-1} + U x_k)$$",
    ),
)
