"""A refuted claim -> the special cases in which it holds: usually how the mistake was made."""

from collections.abc import Sequence
from dataclasses import replace

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Apply, Function, Term, rebuild, walk
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.scalars.rows import ROWS
from bptt_symbolic.understanding import Model

SIGMA = r"\sigma"


def with_sigma(model: Model, known: str, *given: Fact) -> Model | None:
    r"""The model with `\sigma` read as a known function, which is `given`; None where it has a meaning, or does not
    occur."""
    if SIGMA in model.builder.formulas:
        return None
    if not any(_is_sigma(x) for d in model.network.definitions.values() for x in walk(d.body)):
        return None
    if known not in model.variants:
        network = model.network
        definitions = {n: replace(d, body=_known(d.body, known)) for n, d in network.definitions.items()}
        builder = replace(model.builder, meanings={**model.builder.meanings, SIGMA: known})
        facts = (*network.facts, *given)
        network = replace(network, definitions=definitions, facts=facts)
        model.variants[known] = replace(model, network=network, builder=builder)
    return model.variants[known]


def _known(term: Term, known: str) -> Term:
    new = rebuild(term, lambda child: _known(child, known))
    if isinstance(new, Apply) and _is_sigma(new):
        return replace(new, function=Function(known, order=new.function.order))
    return new


def _is_sigma(term: Term) -> bool:
    return isinstance(term, Apply) and term.function.own and term.function.name == SIGMA


ACTIVATIONS = frozenset(row.name for row in ROWS.values() if row.activation)


def special_cases(obligations: Sequence[Obligation], assumed: Assumptions) -> list[str]:
    """Cases in which one of the readings holds, in words."""
    found = []
    network = obligations[0].network
    ones = dict.fromkeys(network.sizes, 1)
    linear = linearised(network)
    for words, vary in (
        ("for a linear activation", lambda o: (_linear(o, linear), None, None)),
        ("when every size is 1", lambda o: (o, None, ones)),
        (
            "when the initial state is zero",
            lambda o: (replace(o, assumptions=replace(o.assumptions, zero_start=True)), None, None),
        ),
        ("for T = 1", lambda o: (o, 1, None)),
    ):
        if words == "when every size is 1" and not (ones and network.fits(ones)):
            continue
        for obligation in obligations:
            case, steps, sizes = vary(replace(obligation, assumptions=assumed))
            if case is not None and holds(case, steps, sizes):
                found.append(words)
                break
    return found


def holds(obligation: Obligation, steps: int | None = None, sizes: dict[str, int] | None = None) -> bool:
    """Whether both sides are seen to agree, and not because both of them vanish."""
    try:
        return fixed.agrees(obligation, steps, sizes) and not fixed.vanishes(obligation, steps, sizes)
    except Unsupported:
        return False


def _linear(obligation: Obligation, network: Network | None) -> Obligation | None:
    if network is None:
        return None
    return replace(obligation, network=network, left=_flat(obligation.left), right=_flat(obligation.right))


def linearised(network: Network) -> Network | None:
    """The same network with every activation of the recurrence the identity; None when it has none."""
    definitions = {
        n: replace(d, body=_flat(d.body)) if n in network.states else d for n, d in network.definitions.items()
    }
    return None if definitions == dict(network.definitions) else replace(network, definitions=definitions)


def _flat(term: Term) -> Term:
    new = rebuild(term, _flat)
    if isinstance(new, Apply) and (
        new.function.name in ACTIVATIONS or (new.function.kind == "generic" and len(new.args) == 1)
    ):
        return replace(new, function=Function("identity", order=new.function.order))
    return new
