"""Model -> models in which a loss that nobody defined depends on other things.

Where a note differentiates a loss without saying what it is, a claim may still be settled if it compares nothing but
derivatives of that loss: it is proved if it holds for any loss of one kind, which is said, and refuted only if it fails
for any loss of every kind: of all outputs (of all states, where everything is read), of one of them alone, of the last
step, a sum or a mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import as_written, letter_of
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    Count,
    Deriv,
    Divide,
    Ref,
    Sum,
    Term,
    children,
    speaks_of,
    walk,
)
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.understanding import LOSS_LETTERS, Model, outputs_of

MOST_KINDS = 16
"""Kinds of losses that are tried; where there are more, nothing is refuted."""


def made_up(network: Network) -> frozenset[str]:
    """Losses that the checker made up."""
    assumed = {f.about for f in network.facts if f.grade == "assumed"} & set(network.definitions)
    return frozenset(n for n in assumed if _is_any_loss(network.definitions[n].body))


def _is_any_loss(body: Term) -> bool:
    """A call of a loss, or the sum of such calls or of the losses of the steps."""
    inner = body.body if isinstance(body, Sum) else body
    return (isinstance(inner, Apply) and inner.function.kind == "loss") or (
        inner is not body and isinstance(inner, Ref)
    )


def only_derivatives(terms: Sequence[Term], network: Network) -> bool:
    """Whether every side speaks of the losses that were made up, and of nothing but their derivatives, which may have
    names of their own."""
    losses = made_up(network)
    bodies = {n: network.definitions[n].body for n in network.adjoints}
    named = {n for n, body in bodies.items() if speaks_of(body, losses) and not _bare(body, losses)}
    return bool(losses) and all(speaks_of(t, losses | named) and not _bare(t, losses) for t in terms)


def _bare(term: Term, losses: frozenset[str]) -> bool:
    if isinstance(term, Deriv):
        return False
    if isinstance(term, Ref):
        return term.name in losses
    return any(_bare(child, losses) for child in children(term))


def kinds_of_losses(model: Model) -> tuple[list[Model], bool]:
    """The model with the losses that were made up of each kind in turn, the likeliest first; whether these are all.

    A loss may be of all outputs, or of one of them, as a sum, as a mean, or at the last step; or, where
    the network has no outputs, of any one quantity that it computes.
    """
    network, losses, outputs = model.network, made_up(model.network), _outputs(model.network)
    totals = ("sum", "mean", "last") if _are_totals(network) else ("sum",)
    kinds = [(names, total) for names in _arguments(outputs) for total in totals]
    hidden = network.temporal & _forward(network).keys() - network.adjoints - set(outputs)
    kinds += [((name,), "sum") for name in sorted(hidden)] if set(outputs) <= network.states else []
    return [_with_losses(model, losses, *kind) for kind in kinds[:MOST_KINDS]], len(kinds) <= MOST_KINDS


def losses_of_one_step(model: Model) -> list[Model]:
    """The model with the losses that were made up at the last step alone, of each output and of all of them."""
    network, losses = model.network, made_up(model.network)
    found = _arguments(_outputs(network)) if _are_totals(network) else []
    return [_with_losses(model, losses, names, "last") for names in found[:MOST_KINDS]]


def _are_totals(network: Network) -> bool:
    return any(not network.definitions[n].var for n in made_up(network))


def _forward(network: Network) -> dict[str, Definition]:
    """What the network computes before its losses."""
    losses = made_up(network)
    return {n: d for n, d in network.definitions.items() if n not in losses and letter_of(n) not in LOSS_LETTERS}


def _outputs(network: Network) -> list[str]:
    forward = _forward(network)
    return [*outputs_of(forward), *_without_step(forward)]


def _arguments(outputs: Sequence[str]) -> list[tuple[str, ...]]:
    """What a loss may be of."""
    return [*([tuple(outputs)] if len(outputs) > 1 else []), *((name,) for name in outputs)]


def _with_losses(model: Model, losses: frozenset[str], names: tuple[str, ...], total: str) -> Model:
    network = model.network
    definitions = {n: _of_kind(network.definitions[n], names, total, network) for n in losses}
    said = f"the loss is any function of {', '.join(_named(n, network) for n in names)}"
    said += {"sum": "", "mean": ", a mean over the steps", "last": " at the last step"}[total]
    facts = tuple(f for f in network.facts if f.about not in losses)
    facts += tuple(Fact(n, said, "convention") for n in sorted(losses))
    return replace(model, network=replace(network, definitions={**network.definitions, **definitions}, facts=facts))


def _named(name: str, network: Network) -> str:
    return f"{name}_t" if network.definitions[name].var is not None else as_written(name)


def _without_step(definitions: Mapping[str, Definition]) -> list[str]:
    r"""Outputs without a step, `\hat y = V h_T`: nothing reads them."""
    read = {x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref)}
    return sorted(n for n, d in definitions.items() if d.var is None and d.at is None and n not in read)


def _of_kind(definition: Definition, names: Sequence[str], total: str, network: Network) -> Definition:
    """The definition of a loss that was made up, of other arguments."""
    body = definition.body
    if isinstance(body, Apply):
        return replace(definition, body=_applied(body, names, definition.var or "t", network))
    if not isinstance(body, Sum):
        return definition
    inner = _applied(body.body, names, body.var, network) if isinstance(body.body, Apply) else body.body
    if total == "last" or all(network.definitions[n].var is None for n in names):
        return replace(definition, body=_at_last(inner))
    whole = replace(body, body=inner)
    return replace(definition, body=Divide(whole, Count(Affine.of(LAST))) if total == "mean" else whole)


def _applied(call: Apply, names: Sequence[str], var: str, network: Network) -> Apply:
    timed = {n: network.definitions[n].var is not None for n in names}
    return replace(call, args=tuple(Ref(n, Affine.of(var) if timed[n] else None) for n in names))


def _at_last(term: Term) -> Term:
    """The loss of the last step alone."""
    last = Affine.of(LAST)
    if isinstance(term, Apply):
        args = (replace(a, time=None if a.time is None else last) for a in term.args if isinstance(a, Ref))
        return replace(term, args=tuple(args))
    assert isinstance(term, Ref)  # noqa: S101 - a total sums a call or the loss of a step
    return replace(term, time=last)
