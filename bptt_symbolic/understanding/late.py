r"""Definitions -> definitions: an expression that has a name is that name wherever it stands.

Authors name things late: `z_t = W h_{t-1} + U x_t` may stand below `h_t = \tanh(W h_{t-1} + U x_t)`. A derivative by
`z_t` would vanish if the second formula did not read the first.
"""

from collections.abc import Mapping
from dataclasses import replace

from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.terms import Add, Affine, Deriv, Num, Ref, Term, rebuild, substitute, walk


def named_where_used(definitions: Mapping[str, Definition]) -> dict[str, Definition]:
    """The definitions with every expression that one of them gives a name read as that name."""
    found = dict(definitions)
    for name, definition in definitions.items():
        if not _may_stand(definition) or _is_read(name, found):
            continue
        for other, where in list(found.items()):
            if other != name and where.var is not None and not _reads(definition, other, found):
                body = _named(where.body, definition, where.var)
                if body != where.body:
                    found[other] = replace(where, body=body)
    return found


def _may_stand(definition: Definition) -> bool:
    """A formula worth a name: more than one quantity, and no derivative."""
    parts = list(walk(definition.body))
    quantities = sum(isinstance(x, Ref) for x in parts)
    plain = not any(isinstance(x, Deriv) for x in parts)
    return definition.var is not None and not definition.indices and quantities > 1 and plain


def _is_read(name: str, definitions: Mapping[str, Definition]) -> bool:
    """Whether a formula reads a name; what is differentiated by it does not."""
    forward = (d.body for d in definitions.values() if not any(isinstance(x, Deriv) for x in walk(d.body)))
    return any(isinstance(x, Ref) and x.name == name for body in forward for x in walk(body))


def _reads(definition: Definition, goal: str, definitions: Mapping[str, Definition]) -> bool:
    """Whether a definition reads a quantity within the same step, so that the name would define itself."""
    todo, seen = [definition], set()
    while todo:
        one = todo.pop()
        for x in walk(one.body):
            if isinstance(x, Ref) and one.var is not None and x.time == Affine.of(one.var):
                if x.name == goal:
                    return True
                if x.name not in seen and x.name in definitions:
                    seen.add(x.name)
                    todo.append(definitions[x.name])
    return False


def _named(term: Term, definition: Definition, var: str) -> Term:
    """The term with the body of a definition, at the same step, read as what it defines."""
    assert definition.var is not None  # noqa: S101 - only such are named
    body = substitute(definition.body, {definition.var: Affine.of(var)})
    name = Ref(definition.name, Affine.of(var), term.span)
    if _same(term, body):
        return name
    if isinstance(term, Add) and isinstance(body, Add):
        rest = list(term.items)
        for item in body.items:
            match = next((x for x in rest if _same(x, item)), None)
            if match is None:
                break
            rest.remove(match)
        else:
            return Add((name, *rest), term.span)
    if isinstance(term, Num):
        return term
    return rebuild(term, lambda child: _named(child, definition, var))


_DEEP = 4
"""Names in names that are written out."""


def same_written_out(a: Definition, b: Definition, definitions: Mapping[str, Definition]) -> bool:
    r"""Whether two formulas for a name are one once what they name is written out: `h_t = \tanh(z_t)` beside a formula
    for `z_t`.
    """
    if a.var is None or b.var is None:
        return a.body == b.body
    others = {n: d for n, d in named_where_used(definitions).items() if n != a.name}
    step = Affine.of(a.var)
    bodies = (a.body_at(step), b.body_at(step))
    return any(len({_written_out(x, others, within, _DEEP) for x in bodies}) == 1 for within in (None, step))


def _written_out(term: Term, definitions: Mapping[str, Definition], within: Affine | None, deep: int) -> Term:
    """A formula with its names written out, those of every step or `within` one, and its sums in a fixed order."""
    definition = definitions.get(term.name) if isinstance(term, Ref) and deep else None
    if definition is not None and isinstance(term, Ref) and term.time is not None and within in {None, term.time}:
        return _written_out(definition.body_at(term.time), definitions, within, deep - 1)
    new = rebuild(term, lambda child: _written_out(child, definitions, within, deep))
    return replace(new, items=tuple(sorted(new.items, key=latex))) if isinstance(new, Add) else new


def _same(a: Term, b: Term) -> bool:
    """Equal but for the order of a sum."""
    if isinstance(a, Add) and isinstance(b, Add) and len(a.items) == len(b.items):
        rest = list(b.items)
        for item in a.items:
            match = next((x for x in rest if _same(item, x)), None)
            if match is None:
                return False
            rest.remove(match)
        return True
    return a == b
