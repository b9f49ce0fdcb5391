r"""Whether a letter below a name with steps is an index, `h_{i,t}`, or a label that tells versions apart, `h_{a,t}`.

An index is on both sides of a relation, or a sum binds it; a label may stand on one side alone.
"""

from collections import Counter
from collections.abc import Iterator

from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Node, Relation
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.corpus import names_of, rest
from bptt_symbolic.understanding.notation import COUNTING, PAIR
from bptt_symbolic.understanding.occurrences import Use, letters_of, listed, occurrence, uses
from bptt_symbolic.understanding.roles import Evidence, Subject

Labelled = tuple[str, str]
"""A name and a letter below it."""


def _on_one_side(view: View) -> Iterator[Evidence]:
    may_be = frozenset() if view.corpus.convention else _given_or_below(view)
    found: dict[Labelled, Relation] = {}
    for relation in _relations(view) if may_be else ():
        sides = [list(uses(side)) for side in relation.sides]
        letters = [{n for use in side for node in use.occurrence.subs for n in names_of(node)} for side in sides]
        for one in sorted({one for side in sides for use in side for one in _labelled(use, view)} & may_be):
            if any(one[1] not in on_side for on_side in letters):
                found.setdefault(one, relation)
    yield from (_label(one, 2, relation.span) for one, relation in found.items())


def _given_or_below(view: View) -> frozenset[Labelled]:
    """What is given with a letter, or stands with it below bars alone: what a formula computes with may be an entry,
    `q_t = p_{t,c}`."""
    alone = {named.span for tree in view.corpus.alone if (named := occurrence(tree)) is not None}
    in_formulas = (spot.use for spot in view.corpus.spots if spot.span not in alone)
    everywhere = Counter(one for use in in_formulas for one in _labelled(use, view))
    below = Counter(one for use in view.corpus.below for one in _labelled(use, view))
    given = {one for head, _ in view.corpus.heads for one in _labelled(head, view)}
    return frozenset(one for one, times in everywhere.items() if one in given or below[one] == times)


def _counts(view: View) -> Iterator[Evidence]:
    pairs = {n for s in view.corpus.spots for node in s.use.occurrence.subs for n in _together(node)}
    found = {one: s.span for s in view.corpus.spots for one in _labelled(s.use, view)}
    counting = pairs | view.corpus.bound | COUNTING
    yield from (_label(one, -4, span) for one, span in found.items() if one[1] in counting)


def _label(one: Labelled, weight: float, span: Span | None) -> Evidence:
    return Evidence(Subject("label", *one), f"quantity with the label {one[1]}", weight, span)


def _relations(view: View) -> Iterator[Relation]:
    yield from (item for tree in view.corpus.trees for item in listed(tree) if isinstance(item, Relation))


def _labelled(use: Use, view: View) -> Iterator[Labelled]:
    """A name that has steps, with each letter below it that stands beside its step."""
    found = use.occurrence
    if found.name in view.slots:
        behind = view.slots[found.name] == "sub0" and len(found.subs) > 1 and names_of(found.subs[1]) & view.times
        for node in found.subs[:1] if behind else rest(found, view.slots):
            yield from ((found.name, letter) for letter in sorted(names_of(node) - view.times))


def _together(node: Node) -> tuple[str, ...]:
    """The letters that run together in a script, as indices of a matrix do."""
    letters = letters_of(node) or ()
    return letters if len(letters) >= PAIR else ()


ROWS = (
    Convention(
        "label/on-one-side",
        "label",
        "a letter below a name that stands on one side of a relation alone tells versions of it apart",
        _on_one_side,
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial y_t}{\partial h_{a,t}} = V$$",
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial y_{a,t}}{\partial h_{a,t}} = v_a$$",
    ),
    Convention(
        "label/counts",
        "label",
        "a letter that a sum binds, or that stands beside another below a matrix, counts entries",
        _counts,
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial y_t}{\partial h_{a,t}} = V$$ $$h_{a,t} = \sum_b W_{ab} g_{b,t}$$",
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial y_t}{\partial h_{a,t}} = V$$",
        against=True,
    ),
)
