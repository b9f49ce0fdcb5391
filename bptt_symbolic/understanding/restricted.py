"""Relation -> whether the conditions beside it leave out steps in the middle: it defines nothing for all steps."""

from bptt_symbolic.meaning.terms import LAST, Condition
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.conditions import OTHERWISE, conditions_of, said
from bptt_symbolic.understanding.occurrences import unwrap
from bptt_symbolic.understanding.relations import Stated
from bptt_symbolic.understanding.sum_bounds import NotBuilt

STEPS = 6
"""A formula for steps 2 to 5 of 6 is taken for all: authors begin at 1 or 2 and end at T or T-1."""


def is_restricted(stated: Stated, builder: Builder) -> bool:
    """Whether a relation is stated for some steps only, or under a condition that is not understood."""
    for node in stated.conditions:
        if said(unwrap(node)).lower() in OTHERWISE:
            return True
        try:
            found = conditions_of(node, builder.at_last)
        except NotBuilt:
            return True
        if any(_leaves_out(c) for c in found if not _counts_layers(c, builder)):
            return True
    return False


def _counts_layers(condition: Condition, builder: Builder) -> bool:
    """Whether it says which layers there are: a formula for `l = 1, 2, 3` is that of each."""
    return condition.relation != "=" and bool((condition.left - condition.right).names() & builder.notation.layers)


def _leaves_out(condition: Condition) -> bool:
    names = (condition.left - condition.right).names() - {LAST}
    if len(names) != 1:
        return False
    name = next(iter(names))
    return not all(condition.holds({LAST: STEPS, name: step}) for step in range(2, STEPS))
