r"""Drafts -> the derivatives that names like `\delta h_t` stand for.

`\delta` before the name of a quantity may be the derivative of the loss by it. Where the note says so of one of them
(`\delta h_t = \frac{\partial L}{\partial h_t}`), it is meant of all, and what it writes for such a name is a claim, as
it is for a `\delta_t` that is declared. Where it says nothing, such a name is a quantity like others.
"""

from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Deriv, Ref, Term, walk
from bptt_symbolic.understanding.drafts import Draft
from bptt_symbolic.understanding.occurrences import ERRORS
from bptt_symbolic.understanding.relations import Stated


def name_adjoints(draft: Draft) -> tuple[Stated, ...]:
    """Enter what the names of errors stand for; the relations that were taken for their definitions are returned."""
    loss = _loss(draft)
    if loss is None:
        return ()
    claims: list[Stated] = []
    for name, var in _named(draft):
        quantity = _of(name)
        given = draft.definitions.get(name)
        known = quantity in draft.definitions or quantity in draft.mentions
        if quantity is None or not known or (given is not None and isinstance(given[0].body, Deriv)):
            continue
        by = Ref(quantity, None if var is None else Affine.of(var))
        definition = Definition(name, Deriv(loss, by, "total", "gradient"), var)
        if given is not None:
            claims.append(given[1])
            draft.mentioned.append(given[0].body)
            definition = replace(definition, span=None)
        draft.definitions[name] = (definition, _stated(draft) if given is None else given[1])
        draft.notes.append(f"{name} is the derivative of {loss.name} by {quantity}")
    return tuple(claims)


def _stated(draft: Draft) -> Stated:
    return next(iter(draft.definitions.values()))[1]


def _named(draft: Draft) -> Iterator[tuple[str, str | None]]:
    """The names of errors that the note uses, each with the letter of its step."""
    found: dict[str, str | None] = {}
    terms: list[Term] = [d.body for d, _ in draft.definitions.values()] + draft.mentioned
    for ref in (x for term in terms for x in walk(term) if isinstance(x, Ref)):
        if _of(ref.name) is not None:
            found.setdefault(ref.name, None if ref.time is None else "t")
    for name, (definition, _) in draft.definitions.items():
        if _of(name) is not None:
            found.setdefault(name, definition.var)
    yield from found.items()


def _of(name: str) -> str | None:
    r"""The quantity in `\delta{h}`."""
    for sign in ERRORS:
        if name.startswith(sign + "{"):
            inner, depth = name[len(sign) + 1 :], 1
            for place, letter in enumerate(inner):
                depth += {"{": 1, "}": -1}.get(letter, 0)
                if not depth:
                    quantity = inner[:place] + inner[place + 1 :]
                    return None if quantity.isdigit() else quantity
    return None


def _loss(draft: Draft) -> Ref | None:
    """What is differentiated where the note says what such a name is: of one of them, and nothing else of another."""
    said: set[Ref] = set()
    for name, (definition, _) in draft.definitions.items():
        body = definition.body
        if _of(name) is not None and any(isinstance(x, Deriv) for x in walk(body)):
            if not isinstance(body, Deriv) or not isinstance(body.of, Ref) or body.of.time is not None:
                return None  # `\\delta h_t = -\\frac{\\partial L}{\\partial h_t}`
            said.add(replace(body.of, span=None))
    return said.pop() if len(said) == 1 else None
