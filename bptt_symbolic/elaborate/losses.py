"""Drafts -> losses that the note differentiates, or sums over time, but never defines.

A loss of one step is any function of the outputs of that step, or what a defined total sums over the steps; a total is
the sum of the losses of the steps. Either is said in the report.
"""

from collections.abc import Mapping

from bptt_symbolic.elaborate.build import TWIN
from bptt_symbolic.elaborate.drafts import Draft, Setting
from bptt_symbolic.elaborate.notation import LOSS_LETTERS
from bptt_symbolic.network import Definition, Network
from bptt_symbolic.terms import (
    LAST,
    Affine,
    Apply,
    Deriv,
    Function,
    Ref,
    Sum,
    Term,
    walk,
)


def generic_losses(definitions: dict[str, Definition], draft: Draft, setting: Setting, notes: list[str]) -> None:
    """Losses that the note differentiates, or sums over time, but never defines."""
    numerators = _used_as_losses(definitions, draft)
    timed = setting.notation.slots
    for name, time in sorted(numerators.items(), key=lambda item: item[0] not in timed):
        base = name.split("_")[0].split("^")[0].removesuffix(TWIN)
        if name in definitions or base not in LOSS_LETTERS:
            continue
        if time is not None:
            _step_loss(name, definitions, notes)
        else:
            _total_loss(name, definitions, notes)


def _used_as_losses(definitions: Mapping[str, Definition], draft: Draft) -> dict[str, Affine | None]:
    """Numerators of derivatives, and what the definitions read (`L = sum_t l_t(o_t)`), each with a time it has."""
    bodies = [d.body for d in definitions.values()]
    found: dict[str, Affine | None] = {}
    for x in (x for term in (*draft.mentioned, *bodies) for x in walk(term)):
        if isinstance(x, Deriv):
            found.update({r.name: r.time for r in walk(x.of) if isinstance(r, Ref) and r.name not in found})
    for x in (x for body in bodies for x in walk(body)):
        if isinstance(x, Ref) and x.time is not None:
            found.setdefault(x.name, x.time)
    return found


def _step_loss(name: str, definitions: dict[str, Definition], notes: list[str]) -> None:
    total = definitions.get(name + TWIN)
    if total is not None and isinstance(total.body, Sum) and total.body.body == Ref(name, Affine.of(total.body.var)):
        total = None  # `L = sum_t L_t(y_t)` says nothing about `L_t`
    if (
        total is not None
        and isinstance(total.body, Sum)
        and total.body.low.const <= 1
        and total.body.high == Affine.of(LAST)
    ):
        definitions[name] = Definition(name, total.body.body, total.body.var)
        notes.append(f"{name}_t is not defined: taken as what {name} sums over the steps")
        return
    outputs = outputs_of(definitions)
    if outputs:
        args: tuple[Term, ...] = tuple(Ref(o, Affine.of("t")) for o in outputs)
        function = Function(f"loss {name}", generic=True, vector=False)
        definitions[name] = Definition(name, Apply(function, args), "t")
        notes.append(f"{name}_t is not defined: taken as any loss of {', '.join(f'{o}_t' for o in outputs)}")


def _total_loss(name: str, definitions: dict[str, Definition], notes: list[str]) -> None:
    per_step = [n for n, d in definitions.items() if d.var is not None and n.split("_")[0] in LOSS_LETTERS]
    twin = name.removesuffix(TWIN) if name.removesuffix(TWIN) in per_step else None
    twin = twin or (per_step[0] if len(per_step) == 1 else None)
    if twin is None:
        outputs = outputs_of(definitions)
        if not outputs:
            return
        args: tuple[Term, ...] = tuple(Ref(o, Affine.of("t")) for o in outputs)
        body: Term = Sum("t", Affine(1), Affine.of(LAST), Apply(Function(f"loss {name}", generic=True), args))
        of = ", ".join(f"{o}_t" for o in outputs)
        notes.append(f"{name.removesuffix(TWIN)} is not defined: taken as the sum over all steps of any loss of {of}")
    else:
        body = Sum("t", Affine(1), Affine.of(LAST), Ref(twin, Affine.of("t")))
        notes.append(f"{name.removesuffix(TWIN)} is not defined: taken as the sum of {twin}_t over all steps")
    definitions[name] = Definition(name, body, None)


def outputs_of(definitions: Mapping[str, Definition]) -> list[str]:
    """Quantities with a time that nothing reads, or the states when everything is read."""
    forward = {n: d for n, d in definitions.items() if not any(isinstance(x, Deriv) for x in walk(d.body))}
    read = {x.name for n, d in forward.items() for x in walk(d.body) if isinstance(x, Ref) and x.name != n}
    states = Network(forward, {}, frozenset()).states
    leaves = [
        n for n, d in forward.items() if d.var is not None and n not in read and n.split("_")[0] not in LOSS_LETTERS
    ]
    return leaves or sorted(states)
