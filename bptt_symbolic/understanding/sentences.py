r"""Paragraph -> conditions of the display that its sentence runs into, or comes out of.

"For $t = T$ we have" before a display and "for $k \le t$" behind one are conditions on it, as long as the sentence is
the same: no full stop between, or nothing but "Then" behind it. Of several clauses the last one counts.
"""

import re
from collections.abc import Callable, Sequence

from bptt_symbolic.reading.document import Maths, Paragraph, Words
from bptt_symbolic.reading.syntax import List, Node, Number, Relation, Symbol
from bptt_symbolic.understanding.beside import compares, listed
from bptt_symbolic.understanding.occurrences import affine, occurrence, unwrap

Parse = Callable[[Maths], Sequence[Node]]
CUE = re.compile(
    r"\b(?P<hard>for|if|when|whenever|suppose(\s+that)?|assum\w+(\s+that)?)(\s+(all|any|every|each))?(\s+steps?)?\s*$"
    r"|\b(at|with|where|given(\s+that)?|provided(\s+that)?)(\s+the)?(\s+(time\s*)?(step|time))?\s*$"
    r"|\b(steps?|case|cases|times?|index)\s*,?\s*$",
    re.IGNORECASE,
)
"""Words right before a formula that make it a condition; the `hard` ones whatever the formula is about."""
BEHIND = re.compile(r"\s*,?\s*(and\s+|holds\s+)?(for|if|when|whenever|where|at|with|provided)\b")
"""A sentence that goes on behind a display with a condition; a capital begins a new one."""
END = re.compile(r"[.!?](?=\s|$)")
THEN = re.compile(r"\s*(then|there|here|in (this|that|which) case)\b", re.IGNORECASE)
"""A sentence that goes on with the case of the one before."""
JOINT = re.compile(r"[\s,]*(and)?[\s,]*")
UP_TO = re.compile(r"\s*(up\s+)?(to|through|until)\s*", re.IGNORECASE)


def running_into(paragraph: Paragraph, parse: Parse) -> tuple[Node, ...]:
    """The conditions in the last sentence of a paragraph, if a display is to end it."""
    kept: list[Words | Maths] = []
    for part in paragraph.parts:
        stops = [m.end() for m in END.finditer(part.text)] if isinstance(part, Words) else []
        if stops and isinstance(part, Words) and THEN.match(part.text[stops[-1] :]):
            stops = stops[:-1]  # "Take $t = T$. Then"
            kept = kept if not stops else []
            kept.append(Words(part.span, part.text[stops[-1] :] if stops else part.text))
        elif stops and isinstance(part, Words):
            kept = [Words(part.span, part.text[stops[-1] :])]
        else:
            kept.append(part)
    return _conditions(kept, parse)


def coming_out(paragraph: Paragraph, parse: Parse) -> tuple[Node, ...]:
    """The conditions in the first sentence of a paragraph, if it goes on with that of the display before."""
    first = paragraph.parts[0] if paragraph.parts else None
    if not isinstance(first, Words) or not BEHIND.match(first.text):
        return ()
    kept: list[Words | Maths] = []
    for part in paragraph.parts:
        if isinstance(part, Words) and kept and not JOINT.fullmatch(part.text) and not UP_TO.fullmatch(part.text):
            break
        kept.append(part)
    return _conditions(kept, parse)


def _conditions(parts: Sequence[Words | Maths], parse: Parse) -> tuple[Node, ...]:
    """The conditions of the last clause that has any."""
    found: list[Node] = []
    words, fresh, open_end = "", True, False
    for part in parts:
        if isinstance(part, Words):
            words += part.text
            continue
        cue = CUE.search(words)
        joined = bool(found) and not fresh and bool(JOINT.fullmatch(words[: cue.start()] if cue else words))
        tree = next(iter(parse(part)), None)
        if open_end and UP_TO.fullmatch(words) and tree is not None and affine(tree) is not None:
            found[-1] = _range(found[-1], tree)
            open_end = False
        elif tree is not None and (cue or joined) and _is_condition(tree, hard=bool(cue and cue["hard"])):
            found = [*found, tree] if joined else [tree]
            fresh, open_end = False, isinstance(unwrap(tree), Relation)
        else:
            fresh, open_end = True, False
        words = ""
    return tuple(found)


def _is_condition(tree: Node, *, hard: bool) -> bool:
    """A comparison of steps; behind a hard word also a quantity with a value."""
    first = listed(tree)[0] if listed(tree) else None
    if not isinstance(first, Relation):
        return False
    return compares(tree) or (hard and any(_is_value(s) for s in first.sides if s is not None))


def _is_value(side: Node) -> bool:
    """`0` or `I`: what a quantity is in a special case; `z = f(u, v)` would say what it is anyway."""
    inner = unwrap(side)
    name = None if isinstance(inner, Number) else occurrence(inner)
    return isinstance(inner, Number) or (name is not None and name.name in {"I", r"\mathbf{0}", r"\mathbb{I}"})


def _range(relation: Node, end: Node) -> Node:
    r"""`k = 1` to `t` as `k = 1, \dots, t`."""
    inner = unwrap(relation)
    return List((relation, Symbol(r"\cdots", inner.marks[:1]), end), ()) if isinstance(inner, Relation) else relation
