"""Equations that are none: what an iteration does to a quantity, and what is added up."""

from collections.abc import Collection

from bptt_symbolic.meaning.names import marks_of
from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.terms import Add, Deriv, Entry, Ref, Term, walk
from bptt_symbolic.reading.syntax import Sum, Token, leaves
from bptt_symbolic.understanding.relations import DEFINING, Stated
from bptt_symbolic.understanding.spelling import sign_and_name


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
