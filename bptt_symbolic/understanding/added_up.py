r"""Relations -> relations: a derivative that is given in two parts, as a program adds them up.

    \frac{\partial L}{\partial c_t} = A     and then     \frac{\partial L}{\partial c_t} += B

is one claim, `A + B`, and it stands where the last part does. What comes before is none by itself.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bptt_symbolic.reading.syntax import Fraction, Node, Sum, Token, leaves
from bptt_symbolic.understanding.occurrences import unwrap
from bptt_symbolic.understanding.relations import SETTLED, Stated

ADDED = "+="
PARTLY = "= ... +="
"""The mark of a part to which another one is added below."""

Key = tuple[str, tuple[str, ...]]


def with_parts_added(relations: Sequence[Stated]) -> Iterator[Stated]:
    """The relations, where the last part of what is added up has all of them on its right side."""
    lengths = Counter(stated.chain for stated in relations)
    parts: dict[Key, int] = {}
    found = list(relations)
    for place, stated in enumerate(relations):
        key = _derivative(stated)
        if key is None:
            continue
        first = parts.pop(key, None)
        if stated.mark == ADDED and first is not None:
            found[place] = replace(stated, mark="=", right=_sum(found[first].right, stated.right))
            found[first] = replace(relations[first], mark=PARTLY)
        if lengths[stated.chain] == 1 and (stated.mark in SETTLED or found[place].mark in SETTLED):
            parts[key] = place
    yield from found


def _derivative(stated: Stated) -> Key | None:
    """The section of a relation and the signs of its left side, where that is a derivative."""
    if stated.left is None or stated.right is None or not isinstance(unwrap(stated.left), Fraction):
        return None
    return stated.line.section, tuple(sign.text for sign in leaves(stated.left))


def _sum(before: Node | None, added: Node | None) -> Node | None:
    if before is None or added is None:
        return None
    return Sum((before, Token("sign", "+", added.span), added))
