"""Equations that are none: what an iteration does to a quantity, and what is added up."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from bptt_symbolic.meaning.names import marks_of
from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.terms import Add, Deriv, Entry, Ref, Term, walk
from bptt_symbolic.reading.syntax import Fraction, Node, Number, Product, Sum, Token, leaves
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.occurrences import Occurrence, Sup, occurrence, unwrap
from bptt_symbolic.understanding.relations import DEFINING, Stated
from bptt_symbolic.understanding.spelling import sign_and_name

UPDATE = "an update rule, not an equation"
ITERATION = re.compile(r"new|old|next|prev|neu|alt|\+|[a-z](\+1|-1)?")
"""Scripts that count what an iteration does."""
RATE = re.compile(r"\\(eta|alpha|epsilon|varepsilon|lambda|gamma|mu|rho|nu|tau|beta|kappa)(?![A-Za-z])|lr")
"""How far a step goes."""
STEP = 3
"""What it was, a sign, and the step."""


@dataclass(frozen=True, slots=True)
class Descent:
    r"""`W \leftarrow W - \eta G`, taken apart."""

    name: str
    """The parameter."""
    spoken: str
    """How the page writes it, without what counts iterations."""
    gradient: Node
    adds: bool
    """The step is added and not taken away."""


def descent(stated: Stated, builder: Builder) -> Descent | None:
    """The step of an update that goes along something with a rate; None for what is none."""
    right = None if stated.right is None else unwrap(stated.right)
    if stated.left is None or not isinstance(right, Sum) or len(right.items) != STEP:
        return None
    before, sign, step = right.items
    if isinstance(before, Token) or not isinstance(sign, Token) or isinstance(step, Token):
        return None
    new, old = (None if o is None else _counted(o) for o in map(occurrence, (unwrap(stated.left), unwrap(before))))
    gradient = _without_rate(unwrap(step))
    if new is None or old is None or gradient is None or (new.name, _texts(new)) != (old.name, _texts(old)):
        return None
    name = builder.named(old)
    return None if name is None else Descent(name, _written(old), gradient, sign.text.strip() == "+")


def _counted(found: Occurrence) -> Occurrence:
    """A name without the scripts that count iterations."""
    subs = tuple(s for s in found.subs if not re.fullmatch("new|old|next|prev", _text(s)))
    return replace(found, subs=subs, sups=tuple(s for s in found.sups if not _counts(s)), primes=0)


def _counts(sup: Sup) -> bool:
    """`new`, `(k+1)`; one letter without brackets may be a layer."""
    text = _text(sup.body)
    return (sup.bracketed or len(text) > 1 or text == "+") and bool(ITERATION.fullmatch(text))


def _texts(found: Occurrence) -> tuple[str, ...]:
    return (*map(_text, found.subs), "^", *(_text(s.body) for s in found.sups))


def _written(found: Occurrence) -> str:
    """The name in LaTeX."""
    subs, sups = ("".join(map(_text, nodes)) for nodes in (found.subs, [s.body for s in found.sups]))
    return found.name + (f"_{{{subs}}}" if subs else "") + (f"^{{{sups}}}" if sups else "")


def _text(node: Node) -> str:
    return "".join(sign.text.strip() for sign in leaves(node) if sign.text.strip() not in {"{", "}"})


def _without_rate(step: Node) -> Node | None:
    """A product without the rate in front of it: a Greek letter, or a number."""
    items = list(step.items) if isinstance(step, Product) else []
    count = 0
    while count < len(items) and _is_rate(items[count]):
        count += 1
    rest = items[count:]
    named = any(RATE.search(_text(i)) or isinstance(i, Number) for i in items[:count] if not isinstance(i, Token))
    if not named or not rest:
        return None
    return rest[0] if len(rest) == 1 and not isinstance(rest[0], Token) else Product(tuple(rest))


def _is_rate(item: Node | Token) -> bool:
    if isinstance(item, Token):
        return item.text.strip() in {r"\cdot", r"\times", "*", ".", r"\,", ""}
    inner = unwrap(item)
    whole = _text(inner)
    ratio = isinstance(inner, Fraction) and r"\partial" not in whole and RATE.search(whole)
    return isinstance(inner, Number) or bool(ratio) or bool(RATE.fullmatch(whole))


def is_update(stated: Stated, head: Ref | Entry | None, body: Term | None, defined: Collection[str]) -> bool:
    """`W <- W - eta dL/dW`, `W^{new} = W^{old} - ...`, `dW = dW + x_t^T d_t`."""
    if head is None:
        return _adds_to_itself(stated)
    inner = head.body if isinstance(head, Entry) else head
    assert isinstance(inner, Ref)  # noqa: S101 - a head is a quantity or entries of one
    if body is None:
        return False
    if inner.time is not None:
        return _descends(inner, body) or (_accumulates(inner, body) and inner.name not in defined)
    if "new" in marks_of(inner.name) or any(m.startswith("(") for m in marks_of(inner.name)):
        return any(isinstance(x, Ref) and "old" in marks_of(x.name) for x in walk(body)) or stated.mark in DEFINING
    return any(isinstance(x, Ref) and x.name == inner.name and x.time is None for x in walk(body)) and not isinstance(
        body, Deriv
    )


def _descends(head: Ref, body: Term) -> bool:
    r"""`W_{k+1} = W_k - \eta \frac{\partial L}{\partial W_k}`: the step counts iterations, not the sequence."""
    below = [base_of(x.by) for x in walk(body) if isinstance(x, Deriv)]
    own = [x for x in walk(body) if isinstance(x, Ref) and x.name == head.name and x.time != head.time]
    return any(x is not None and x.name == head.name for x in below) and len(own) > len(below)


def _accumulates(head: Ref, body: Term) -> bool:
    r"""`\delta W = \delta W + h_{t-1}^\top \delta_t`: what is added to itself, within its step."""
    return isinstance(body, Add) and any(
        isinstance(x, Ref) and (x.name, x.time) == (head.name, head.time) for x in body.items
    )


def _adds_to_itself(stated: Stated) -> bool:
    r"""`dW = dW + x_t^\top d_t`, where `dW` is no name that the page explains."""
    first = stated.right.items[0] if isinstance(stated.right, Sum) else None
    if stated.left is None or sign_and_name(stated.left) is None or first is None or isinstance(first, Token):
        return False
    here, again = ([sign.text for sign in leaves(side)] for side in (stated.left, first))
    return here == again
