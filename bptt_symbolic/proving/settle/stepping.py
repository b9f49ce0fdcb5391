r"""An update -> an outcome: what is taken away from a parameter has to be the gradient by it.

    W \leftarrow W - \eta \sum_t \delta_t h_{t-1}^\top   is about   \partial L/\partial W = \sum_t \delta_t h_{t-1}^\top

What is added has to be the gradient with a minus. The loss is the total one, or one that the step differentiates.
"""

from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.terms import Deriv, Ref, walk
from bptt_symbolic.proving.settle.claims import settle
from bptt_symbolic.proving.settle.outcome import Outcome
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.reading.parser import Macros, parse_formula
from bptt_symbolic.understanding import Descent, Model


def settle_update(question: Question, step: Descent, macros: Macros) -> Outcome | None:
    """The update settled as what it says of the gradient; None where that stays open."""
    first: Outcome | None = None
    for loss in _losses(question.model, step):
        sign = "-" if step.adds else ""
        node, _ = parse_formula(rf"{sign}\frac{{\partial {loss}}}{{\partial {step.spoken}}}", macros)
        if node is None:
            continue
        outcome = settle(replace(question, left=node, right=step.gradient))
        if outcome.verdict.word == "proved":
            return outcome
        first = first or outcome
    if first is None or first.verdict.word not in {"refuted", "ill-typed"}:
        return None
    how = "the step goes up" if step.adds else "what is taken away is not the gradient"
    return replace(first, message=f"{how}: {first.message}")


def _losses(model: Model, step: Descent) -> Iterator[str]:
    """The losses of which the gradient may be meant: those that the step differentiates, or else the total."""
    network = model.network
    term = model.builder.tried(step.gradient)
    named = [x.of for x in walk(term) if isinstance(x, Deriv) and x.by == Ref(step.name)] if term is not None else []
    losses = [x for x in named if isinstance(x, Ref) and network.role.get(x.name) == "loss"]
    if losses:
        yield from dict.fromkeys(map(latex, losses))
        return
    total = [n for n, role in network.role.items() if role == "loss" and n not in network.temporal]
    yield from (as_written(n) for n in total[:1] if len(total) == 1)
