r"""Network -> network: a parameter that the note differentiates by step for step has a copy at every step.

`\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial W^{(t)}}` is a sentence about a network in which step
`t` uses a copy `W^{(t)}` of `W`, equal to it. So the copy is a quantity of the step, defined as the parameter, and what
is computed at a step reads the copy of that step. A copy is known by standing below the bar only: a `W_t` that some
formula computes with, or gives, is a quantity of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import homonym_of
from bptt_symbolic.meaning.network import Definition, Network, base_of
from bptt_symbolic.meaning.terms import Affine, Deriv, Family, Prod, Ref, Sum, Term, children, rebuild, walk
from bptt_symbolic.reporting.grounds import Fact, Grade


def with_copies(network: Network, mentioned: Sequence[Term], updated: Collection[str] = ()) -> Network:
    """The network with the copies that the note speaks of, each with a fact that says so; the steps of names that an
    iteration changes, `updated`, may count that."""
    below = _below_bars_only(network.definitions, mentioned).difference(updated)
    beside = _beside(network, mentioned).difference(updated) if below else set()
    for name in sorted(below | beside):
        origin = homonym_of(name)
        read = {n: replace(d, body=_by_copies(d.body, origin, name, d.var)) for n, d in network.definitions.items()}
        readers = [d for n, d in read.items() if d.body != network.definitions[n].body]
        if readers and origin in network.shapes:
            said = f"{name}_t is the copy of {name} that step t uses"
            network = replace(
                network,
                definitions={name: Definition(name, Ref(origin), "t"), **read},
                shapes={**network.shapes, name: network.shapes[origin]},
                temporal=network.temporal | {name},
                facts=(*network.facts, Fact(name, said, _grade(name, readers))),
            )
    return network


def _below_bars_only(definitions: Mapping[str, Definition], mentioned: Sequence[Term]) -> set[str]:
    """The names that carry a step where something is differentiated by them and nowhere else, and are not defined but
    as what they copy."""
    terms = [d.body for d in definitions.values()] + list(mentioned)
    below = {x.name for term in terms for x in _differentiated_by(term)}
    elsewhere = {x.name for d in definitions.values() for x in _computed_with(d.body)}
    given = {n for n, d in definitions.items() if d.body != Ref(homonym_of(n))}
    return {n for n in below - elsewhere - given if homonym_of(n) not in definitions}


def _beside(network: Network, mentioned: Sequence[Term]) -> set[str]:
    r"""Parameters that claims read with a step, `(W^{(k)})^\top \delta^{(k)}`, in a note that has copies of others."""
    elsewhere = {x.name for d in network.definitions.values() for x in _computed_with(d.body)}
    read = {x.name for term in mentioned for x in _computed_with(term)}
    return {n for n in read - elsewhere - set(network.definitions) if network.role.get(homonym_of(n)) == "parameter"}


def _differentiated_by(term: Term) -> Iterator[Ref]:
    for x in walk(term):
        inner = base_of(x.by) if isinstance(x, Deriv) else None
        if inner is not None and inner.time is not None:
            yield inner


def _computed_with(term: Term) -> Iterator[Ref]:
    """The quantities with a step that a formula reads other than below a bar."""
    if isinstance(term, Ref) and term.time is not None:
        yield term
    for child in (term.of,) if isinstance(term, Deriv) else children(term):
        yield from _computed_with(child)


def _by_copies(term: Term, origin: str, name: str, step: str | None) -> Term:
    """A formula that reads the copy of its step, or of the step that it sums over."""
    if isinstance(term, Deriv):
        return term
    if isinstance(term, Ref) and term.name == origin and step is not None:
        return Ref(name, Affine.of(step), term.span)
    if isinstance(term, Sum | Prod | Family) and _steps_by(term.var, term.body):
        step = term.var
    return rebuild(term, lambda child: _by_copies(child, origin, name, step))


def _steps_by(var: str, body: Term) -> bool:
    return any(isinstance(x, Ref) and x.time is not None and var in x.time.names() for x in walk(body))


def _grade(name: str, readers: Sequence[Definition]) -> Grade:
    r"""`h_{t+1} = \tanh(W h_t)` may use the copy of the step that it computes, or of the one that it starts from."""
    current = all(
        any(isinstance(x, Ref) and x.name != name and x.time == Affine.of(d.var) for x in walk(d.body))
        for d in readers
        if d.var is not None
    )
    return "convention" if current else "assumed"
