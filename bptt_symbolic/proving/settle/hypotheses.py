"""Model + domain -> the sets of hypotheses under which a claim is tried."""

from collections.abc import Sequence
from dataclasses import replace

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import LAST, Affine, Apply, AtLabel, Family, Ref, Term, walk
from bptt_symbolic.proving.obligation import Assumptions
from bptt_symbolic.proving.settle.ranges import Domain
from bptt_symbolic.understanding import Model, NotBuilt


def assumptions_of(model: Model, network: Network, domain: Domain, sides: Sequence[Term]) -> list[Assumptions]:
    """Sets of hypotheses to try, fewest first; an entry at a label has a meaning for one-hot labels only."""
    terms = [*sides, *(d.body for d in network.definitions.values())]
    targets = frozenset(n for n in network.targets if n in network.shapes and len(network.shapes[n].axes) == 1)
    matrices = _in_rows(network)
    normal = targets | matrices
    labels = {x.label.name for t in terms for x in walk(t) if isinstance(x, AtLabel)} & targets
    if not {*domain.label, *domain.other} <= targets:
        raise NotBuilt("not-settled", "a class that is marked by something other than a vector", None)
    largest = domain.largest if not model.steps or domain.largest in model.steps else 0
    if domain.label or domain.other or labels:
        named = frozenset(domain.label) | frozenset(domain.other) | labels
        main = model.builder.notation.main
        step = Affine.of(main if main in dict(domain.variables) else LAST)
        marked = Assumptions(one_hot=named, label=dict(domain.label), other=dict(domain.other), marked_at=step)
        return [marked, *([replace(marked, steps=largest)] if largest > 1 else [])]
    base = Assumptions(zero_start=model.zero_start)
    tried = [base]
    if model.one_hot_inputs and {x.name for t in sides for x in walk(t) if isinstance(x, Ref)} & model.one_hot_inputs:
        tried.append(replace(base, one_hot=model.one_hot_inputs))
    if normal:
        tried.append(replace(base, sum_to_one=normal, matrices=matrices))
    if targets and model.assumed_labels:
        tried.append(replace(base, one_hot=targets))
    if largest > 1:
        tried.append(replace(base, steps=largest))
        if normal:
            tried.append(replace(base, steps=largest, sum_to_one=normal, matrices=matrices))
    return tried


def _in_rows(network: Network) -> frozenset[str]:
    """Targets with an example in each row, beside a softmax of each row."""
    families = (x for d in network.definitions.values() for x in walk(d.body) if isinstance(x, Family) and not x.across)
    by_rows = any(isinstance(y, Apply) and y.function.name == "softmax" for x in families for y in walk(x.body))
    matrices = (n for n in network.targets if n in network.shapes and len(network.shapes[n].axes) == 2)  # noqa: PLR2004
    return frozenset(matrices) if by_rows else frozenset()
