r"""Refuted claim -> how it comes out with the values that the text gives before it.

"With $v = 1$ the error passes through unchanged" makes $\frac{\partial L}{\partial w} = \sum_t e_t D_t$ a true
sentence, though a factor $v$ is missing in general. A claim is taken so where the value stands in the text right before
it, behind the last display; where the section gives it earlier, the claim may be a general one, and is left open. Only
parameters that are numbers are given values here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Num
from bptt_symbolic.proving.settle import Outcome, Question, left_open, settle
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.understanding import Given, Model, Note, Stated


def with_values(question: Question, outcome: Outcome, stated: Stated, note: Note) -> Outcome:
    """The outcome of a claim, or what it is where it is refuted and holds with a value that the text has given."""
    if outcome.verdict.word != "refuted" or stated.line.inline:
        return outcome
    since = _end_of_display_before(stated, note)
    for model in (question.model, question.model.numbers):
        given = {} if model is None else _before(stated, model)
        for names in _choices(given):
            assert model is not None  # noqa: S101 - there are choices
            values = {name: given[name].value or Fraction(0) for name in names}
            other = settle(replace(question, model=_with(values, model), proof_only=True))
            if other.verdict.word == "proved":
                return _told(outcome, other, values, near=all(_is_near(given[name], since) for name in names))
    return outcome


def _is_near(given: Given, since: int) -> bool:
    """Whether a value is what a claim is about, and not one case among others, or said long before."""
    return given.place >= since and not given.one_case


def _end_of_display_before(stated: Stated, note: Note) -> int:
    """Where the last display before that of a claim ends."""
    lines = (line for line in note.lines.lines if not line.inline and line.display != stated.line.display)
    return max((line.span.end for line in lines if line.span.end <= stated.span.start), default=0)


def _before(stated: Stated, model: Model) -> dict[str, Given]:
    """The values of parameters that the section gives before a claim; a name with two of them has none."""
    found: dict[str, list[Given]] = {}
    for given in model.given:
        if given.section == stated.line.section and given.place < stated.span.start:
            found.setdefault(given.name, []).append(given)
    network = model.network
    numbers = {n for n, shape in network.shapes.items() if not shape.axes and network.role.get(n) == "parameter"}
    single = {name: given[-1] for name, given in found.items() if len({g.value for g in given}) == 1}
    return {name: given for name, given in single.items() if name in numbers and given.value is not None}


def _choices(names: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Each name alone, and all of them."""
    yield from ((name,) for name in names)
    if len(names) > 1:
        yield tuple(names)


def _with(values: Mapping[str, Fraction], model: Model) -> Model:
    given = {name: Definition(name, Num(value)) for name, value in values.items()}
    network: Network = replace(model.network, definitions={**given, **model.network.definitions})
    return replace(model, network=network, numbers=None, literal=None, variants={})


def _told(outcome: Outcome, other: Outcome, values: Mapping[str, Fraction], *, near: bool) -> Outcome:
    """The outcome with what it rests on."""
    said = " and ".join(f"{as_written(name)} = {value}" for name, value in values.items())
    if not near:
        inquiry = Inquiry(f"Does {said} hold here?")
        fact = Fact(next(iter(values)), f"{said}, as the text says before", "convention", None, inquiry)
        return left_open(f"holds with {said}, which the text says before, and fails without", outcome.obligation, fact)
    message = f"{other.message or other.verdict.message} given {said}, as the text says"
    fact = Fact(next(iter(values)), f"{said}, as the text says", "convention")
    return replace(other, message=message, facts=(*other.facts, fact))
