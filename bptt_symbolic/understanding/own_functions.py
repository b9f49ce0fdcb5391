r"""Relations -> what the note's own function names mean: `\phi = \tanh`, `\sigma(x) = \frac{1}{1 + e^{-x}}`.

A formula for a function is compared with the known ones at a few numbers; one that agrees with none stays generic.
Prose says what a function is in a sentence that names it beside its letter; a formula beats that.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bptt_symbolic.meaning.names import letter_of, spelled
from bptt_symbolic.meaning.terms import Add, Apply, Divide, Mul, Neg, Num, Power, Ref, Term
from bptt_symbolic.reading.syntax import Node, Stray
from bptt_symbolic.scalars.points import at
from bptt_symbolic.scalars.rows import WRITTEN
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.corpus import nodes
from bptt_symbolic.understanding.notation import KNOWN
from bptt_symbolic.understanding.occurrences import label_text, occurrence
from bptt_symbolic.understanding.prose import said_functions
from bptt_symbolic.understanding.relations import Stated

POINTS = (-4.1, -1.3, -0.4, 0.7, 1.9, 5.3)
"""Numbers at which a formula is compared with known functions; some beyond the ends of those that are cut off."""


def own_functions(
    relations: Sequence[Stated], builder: Builder, words: Sequence[str]
) -> tuple[dict[str, str], frozenset[str]]:
    r"""The note's function names that mean a known function, by key (`\phi`, `f_{h}`), and those with a formula that is
    none of a known one: what the words call these is not what they are."""
    found: dict[str, str] = {}
    other: set[str] = set()
    own = builder.notation.functions
    said = [r for r in relations if not r.line.stands_back and r.mark in {"=", ":=", r"\equiv"}]
    for stated in said:
        if stated.left is None or stated.right is None:
            continue
        named = _named(stated.left, stated.right)
        name, known = named if named is not None else _formula(stated.left, stated.right, builder, own)
        if known is not None:
            found.setdefault(name, known)
        elif name and stated.place == 0:
            other.add(name)
    for function, meant in _alike(said, builder):
        found.setdefault(function, meant)
    for text in words:
        for name, known_name in said_functions(text, own):
            if name not in other:
                found.setdefault(name, known_name)
    return found, frozenset(other - set(found))


def _named(left: Node, right: Node) -> tuple[str, str] | None:
    r"""`\phi = \tanh`."""
    a, b = occurrence(left), occurrence(right)
    if a is None or b is None or b.name not in KNOWN or b.subs or a.sups or a.primes or len(a.subs) > 1:
        return None
    label = label_text(a.subs[0]) if a.subs else None
    return spelled(a.name, labels=() if label is None else (label,)), KNOWN[b.name]


def _alike(relations: Sequence[Stated], builder: Builder) -> Iterator[tuple[str, str]]:
    """The functions of the note's own that give the same of the same as one known function, and no other."""
    heads: dict[tuple[str, Term], Apply] = {}
    alike: dict[str, set[str]] = defaultdict(set)
    for stated in relations:
        for function, meant in _applied_alike(stated, builder, heads):
            alike[function].add(meant)
    for function, (meant, *more) in ((f, sorted(several)) for f, several in alike.items()):
        if not more:
            yield function, meant


def _applied_alike(stated: Stated, builder: Builder, heads: dict[tuple[str, Term], Apply]) -> Iterator[tuple[str, str]]:
    r"""`h_t = f(z_t) = \tanh(z_t)`, `\sigma(z_t) = \frac{1}{1 + e^{-z_t}}`, in one line or two of a section: the name
    and the known function that it is."""
    left, right = builder.tried(stated.left), builder.tried(stated.right)
    if left is None or right is None:
        return
    key = (stated.line.section, left)
    if isinstance(right, Apply) and right.function.own and not right.function.order:
        heads.setdefault(key, right)
        return
    before = left if isinstance(left, Apply) else heads.get(key)
    if before is None or not before.function.own or before.function.order:
        return
    if isinstance(right, Apply) and not right.function.order and before.args == right.args:
        yield before.function.name, right.function.name
    elif isinstance(before.args[0], Ref) and len(before.args) == 1 and not isinstance(right, Num):
        known = _known(right, before.args[0])
        yield from () if known is None else ((before.function.name, known),)


def _formula(left: Node, right: Node, builder: Builder, own: Mapping[str, str]) -> tuple[str, str | None]:
    r"""`\sigma(x) = \frac{1}{1 + e^{-x}}`: the name and the known function that it is; no name for another formula."""
    head = builder.tried(left)
    if not (
        isinstance(head, Apply)
        and head.function.own
        and not head.function.order
        and isinstance(head.args[0], Ref)
        and head.args[0].time is None
        and head.args[0].name not in builder.notation.slots
        and {head.function.name, letter_of(head.function.name)} & set(own)
    ):
        return "", None
    body = builder.tried(right)
    if is_broken(right):
        return "", None  # half of its brackets is lost, and nobody knows where
    if body is None:  # whatever it is, it beats a word
        return head.function.name, None
    values = _values(body, head.args[0])
    return ("", None) if values is None else (head.function.name, _with_values(values))


def _known(body: Term, variable: Ref) -> str | None:
    """The known function that a formula in one variable is."""
    values = _values(body, variable)
    return None if values is None else _with_values(values)


def _with_values(values: Sequence[float]) -> str | None:
    return next((name for name in sorted(WRITTEN) if _agrees(name, values)), None)


def _values(body: Term, variable: Ref) -> list[float] | None:
    """What a formula in one variable gives; None where it is none, or has no value."""
    try:
        return [_value(body, variable, x) for x in POINTS]
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def is_broken(side: Node | None) -> bool:
    """Whether a bracket of a formula is never closed, or closes nothing."""
    return side is not None and any(isinstance(node, Stray) for node in nodes(side))


def _agrees(name: str, values: Sequence[float]) -> bool:
    """Whether a known function has these values."""
    try:
        known = [at(name, x) for x in POINTS]
    except (ValueError, OverflowError):
        return False
    return all(math.isclose(v, x, rel_tol=1e-9, abs_tol=1e-12) for v, x in zip(values, known, strict=True))


def _value(term: Term, variable: Ref, x: float) -> float:
    match term:
        case Num(value=value):
            return float(value)
        case Ref() if term == variable:
            return x
        case Add(items=items):
            return math.fsum(_value(i, variable, x) for i in items)
        case Neg(body=body):
            return -_value(body, variable, x)
        case Mul(left=left, right=right):
            return _value(left, variable, x) * _value(right, variable, x)
        case Divide(left=left, right=right):
            return _value(left, variable, x) / _value(right, variable, x)
        case Power(body=body, exponent=exponent) if not exponent.parts:
            return float(_value(body, variable, x) ** exponent.const)
        case Apply(function=function, args=(argument,)) if function.name in WRITTEN and not function.own:
            return at(function.name, _value(argument, variable, x), function.order)
        case _:
            raise ValueError
