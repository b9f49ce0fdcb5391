r"""Drafts -> drafts: what a quantity is computed from, said before how it is computed.

`h_t = f(x_t, h_{t-1})` beside a later `h_t = \tanh(U x_t + W h_{t-1})`, and `E = E(U, W)` beside a later sum of
squares: the first formula lists arguments, the second one is the cell. It takes the place of the first where nothing
else in the note speaks of the function, as a derivative of `f` by one of its arguments would.
"""

from dataclasses import replace

from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Apply, Function, Ref, Term, walk
from bptt_symbolic.reporting.report import Kind
from bptt_symbolic.understanding.drafts import Draft, is_signature
from bptt_symbolic.understanding.relations import Stated

Read = tuple[str, Affine | None]
"""A quantity and its step."""
EXAMPLE = "one function of those that the note leaves open"


def spelled_out(draft: Draft) -> list[tuple[Stated, Kind, str]]:
    """Let formulas take the place of the lists of arguments before them; gives what the relations are that do, and
    those that would if nothing spoke of the function."""
    found: list[tuple[Stated, Kind, str]] = []
    for name, (definition, stated) in draft.spelled.items():
        before = draft.definitions[name][0] if name in draft.definitions else None
        if before is None or not isinstance(before.body, Apply) or not is_signature(before.body):
            continue
        if _computes(definition, before, draft) and not _is_spoken_of(before.body, draft):
            draft.definitions[name] = (definition, stated)
            found.append((stated, "definition", ""))
        elif _computes(definition, before, draft) and len(before.body.args) > 1:
            found.append((stated, "other", EXAMPLE))
    return found


def _computes(definition: Definition, signature: Definition, draft: Draft) -> bool:
    """Whether a formula reads no step that the list of arguments has not: names for parts of it stand at its own."""
    arguments = {x for x in _read(signature.body) if x[1] is not None}
    if definition.var != signature.var or not (arguments or definition.var is None):
        return False
    read = {x for x in _read(definition.body) if x[1] is not None}
    return not arguments or (bool(read) and all(_is_part(x, arguments, definition, draft) for x in read))


def _is_part(read: Read, arguments: set[Read], definition: Definition, draft: Draft) -> bool:
    """Whether what a formula reads is an argument, or a name at the same step for what is computed from these."""
    if read in arguments:
        return True
    own = None if definition.var is None else Affine.of(definition.var)
    if read[1] != own or own is None or read[0] == definition.name:
        return False
    known = draft.definitions.get(read[0])
    if known is None or known[0].var is None:
        return any(time != own for _, time in arguments)  # an input, beside a state of before
    inner = {x for x in _read(known[0].body_at(own)) if x[1] is not None}
    deeper = replace(known[0], var=definition.var)
    return known[0].var == definition.var and all(_is_part(x, arguments, deeper, draft) for x in inner - {read})


def _read(body: Term) -> set[Read]:
    return {(x.name, x.time) for x in walk(body) if isinstance(x, Ref)}


def _is_spoken_of(signature: Apply, draft: Draft) -> bool:
    """Whether the note speaks of the function anywhere but in the list of its arguments."""
    terms = (*draft.mentioned, *(d.body for d, _ in draft.definitions.values()))
    return any(_names(x, signature.function) for term in terms if term != signature for x in walk(term))


def _names(term: Term, function: Function) -> bool:
    return isinstance(term, Apply) and term.function.name == function.name and term.function.own
