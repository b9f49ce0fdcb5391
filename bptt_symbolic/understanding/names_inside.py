r"""Drafts -> drafts: names that a chain gives a formula inside a function.

`h_t = \tanh(z_t) = \tanh(U x_t + W h_{t-1})` says what `z_t` is, and nothing else in the note may say it.
"""

from collections.abc import Iterator

from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Apply, Deriv, Ref, Term, walk
from bptt_symbolic.understanding.drafts import Draft, is_closed
from bptt_symbolic.understanding.notation import Notation
from bptt_symbolic.understanding.relations import Stated


def named_inside(relations: list[Stated], draft: Draft, notation: Notation) -> list[Stated]:
    """Enter the formulas that chains give the arguments of functions; gives the relations that do."""
    found: list[Stated] = []
    for stated in relations:
        for definition in _inside(stated, draft, notation):
            if definition.name not in draft.definitions:
                draft.definitions[definition.name] = (definition, stated)
                found.append(stated)
    return found


def _inside(stated: Stated, draft: Draft, notation: Notation) -> Iterator[Definition]:
    builder = draft.builder
    if builder is None or not stated.place or stated.left is None or stated.right is None:
        return
    left, right = builder.tried(stated.left), builder.tried(stated.right)
    if not (isinstance(left, Apply) and isinstance(right, Apply) and left.function == right.function):
        return
    if left.function.order or len(left.args) != 1 or len(right.args) != 1:
        return
    name, body = left.args[0], right.args[0]
    time = name.time if isinstance(name, Ref) else None
    if not isinstance(name, Ref) or time is None or len(time.parts) != 1 or time.const or time.parts[0][1] != 1:
        return
    var = time.parts[0][0]
    if var in notation.times and _says_more(body, name) and is_closed(body, {var}, notation):
        yield Definition(name.name, body, var, (), None, stated.span)


def _says_more(body: Term, name: Ref) -> bool:
    """Whether a formula is made of several quantities, and not of the one that it would define."""
    read = [x for x in walk(body) if isinstance(x, Ref)]
    return (
        len(read) > 1 and all(x.name != name.name for x in read) and not any(isinstance(x, Deriv) for x in walk(body))
    )
