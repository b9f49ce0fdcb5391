r"""Drafts -> the derivatives that names like `\delta h_t` stand for.

`\delta` or `d` before the name of a quantity may be the derivative of the loss by it. Where the note says so of one
of them (`\delta h_t = \frac{\partial L}{\partial h_t}`), it is meant of all, and what it writes for such a name is a
claim, as it is for a `\delta_t` that is declared. Where it says nothing, such a name is a quantity like others.
"""

from collections.abc import Collection

from bptt_symbolic.meaning.names import behind
from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Deriv, Ref, Term, walk
from bptt_symbolic.understanding.drafts import Draft
from bptt_symbolic.understanding.layer_marks import formulas_of
from bptt_symbolic.understanding.occurrences import DIFFERENTIAL, ERRORS
from bptt_symbolic.understanding.relations import Stated


def name_adjoints(draft: Draft) -> tuple[Stated, ...]:
    """Enter what the names of errors stand for; the relations that were taken for their definitions are returned."""
    said = _said(draft)
    if said is None:
        return ()
    loss, where = said
    claims: list[Stated] = []
    for name, var in _named(draft).items():
        quantity = _quantity(name)
        given = draft.definitions.get(name)
        known = quantity in draft.definitions or quantity in draft.mentions
        if quantity is None or not known or (given is not None and isinstance(given[0].body, Deriv)):
            continue
        by = Ref(quantity, None if var is None else Affine.of(var))
        if given is not None:
            claims.append(given[1])
            draft.mentioned.append(given[0].body)
        definition = Definition(name, Deriv(loss, by, "total", "gradient"), var)
        draft.definitions[name] = (definition, where if given is None else given[1])
        draft.notes.append(f"{name} is the derivative of {loss.name} by {quantity}")
    return tuple(claims)


def errors_of_layers(draft: Draft, letters: Collection[str]) -> tuple[Stated, ...]:
    r"""What is given for the error of another layer than the one of which the note says what its error is, `\delta^L`
    beside `\delta^l = \frac{\partial E}{\partial z^l}`: no definitions, but claims."""
    claims: list[Stated] = []
    for letter in letters:
        formulas = formulas_of({n: d for n, (d, _) in draft.definitions.items()}, letter)
        for name, (definition, stated) in list(draft.definitions.items()):
            error = formulas.definitions.get(formulas.named(name, Affine.of(letter)))
            derived = error is not None and isinstance(error.body, Deriv)
            if derived and formulas.layer(name) is not None and not isinstance(definition.body, Deriv):
                del draft.definitions[name]
                draft.mentioned += [
                    definition.body,
                    Ref(name, None if definition.var is None else Affine.of(definition.var)),
                ]
                claims.append(stated)
    return tuple(claims)


def _named(draft: Draft) -> dict[str, str | None]:
    """The names of errors that the note uses, each with the letter of its step."""
    terms: list[Term] = [d.body for d, _ in draft.definitions.values()] + draft.mentioned
    refs = [x for term in terms for x in walk(term) if isinstance(x, Ref) and _quantity(x.name) is not None]
    found: dict[str, str | None] = {}
    for ref in refs:
        found.setdefault(ref.name, None if ref.time is None else "t")
    for name, (definition, _) in draft.definitions.items():
        if _quantity(name) is not None:
            found.setdefault(name, definition.var)
    return found


def _quantity(name: str) -> str | None:
    r"""The quantity of which a name is the error, the `h` of `\delta{h}`; a number tells errors apart and is none."""
    found = next((rest for sign in (*ERRORS, DIFFERENTIAL) if (rest := behind(name, sign)) is not None), None)
    return None if found is None or found.isdigit() else found


def _said(draft: Draft) -> tuple[Ref, Stated] | None:
    """What is differentiated where the note says what such a name is, and where it does; None where it says more than
    that of one of them.
    """
    said: dict[Ref, Stated] = {}
    for name, (definition, stated) in draft.definitions.items():
        body = definition.body
        if _quantity(name) is not None and any(isinstance(x, Deriv) for x in walk(body)):
            if not isinstance(body, Deriv) or not isinstance(body.of, Ref) or body.of.time is not None:
                return None  # `\delta h_t = -\frac{\partial L}{\partial h_t}`
            said.setdefault(body.of, stated)
    return next(iter(said.items())) if len(said) == 1 else None
