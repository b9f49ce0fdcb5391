r"""Definitions -> definitions: a state that is a function of several quantities is a vector of its components.

`h_t = f(h_{t-1}, x_t, w)` gives a vector: its entry `i` is a number `f_i` that all its arguments make. A function of
several arguments makes one number otherwise, and of numbers the order of a product says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import letter_of
from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Apply, Deriv, Ref, Sum, Term, fresh_name, walk
from bptt_symbolic.understanding.notation import LOSS_LETTERS


def by_components(definitions: Mapping[str, Definition], claims: Sequence[Term]) -> dict[str, Definition]:
    """The definitions, with those by components that are a call of a function of several arguments, unless claims or
    derivatives call that function themselves, or a sum takes it for a number."""
    derived = [x.of for d in definitions.values() for x in walk(d.body) if isinstance(x, Deriv)]
    called = {x.function.name for term in (*claims, *derived) for x in walk(term) if isinstance(x, Apply)}
    summed = (x.body for d in definitions.values() for x in walk(d.body) if isinstance(x, Sum))
    numbers = {x.name for x in summed if isinstance(x, Ref)}
    return {n: _of_entries(d) if n not in numbers and _is_vector(d, called) else d for n, d in definitions.items()}


def _is_vector(definition: Definition, called: set[str]) -> bool:
    body = definition.body
    if not isinstance(body, Apply) or definition.var is None or definition.indices:
        return False
    function = body.function
    several = len(body.args) > 1 and function.kind in {"generic", "vector"} and function.index is None
    return several and function.name not in called and letter_of(definition.name) not in LOSS_LETTERS


def _of_entries(definition: Definition) -> Definition:
    assert isinstance(definition.body, Apply)  # noqa: S101 - only such are vectors here
    entry = fresh_name([definition.body], [definition.var or ""])
    function = replace(definition.body.function, index=Affine.of(entry))
    return replace(definition, indices=(entry,), body=replace(definition.body, function=function))
