"""Sections -> the same with answers to what a student would ask about a line: why a sum, why a transpose, why `diag`.

Each kind of step is explained where a section takes it for the first time. An explanation is found from the terms of
the line alone; it is words, and proves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bptt_symbolic.deriving.algebra import Algebra
from bptt_symbolic.deriving.gradients import NOW
from bptt_symbolic.deriving.steps import Inequality, Line, Section, Sentence, say
from bptt_symbolic.meaning.shapes import IllTyped
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Deriv,
    Diag,
    Hadamard,
    Mul,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
    walk,
)

MATRIX = 2
DIAGONAL = "Why diag: a function that acts on each entry by itself has a Jacobian that is zero off the diagonal."
ENTRYWISE = "Why entry by entry: each entry of the one goes into the same entry of the other alone."
PRODUCT = "Why a product: from one step to the next there is one factor, and they follow each other."
OUTER = (
    "Why a column times a row: the entry of the matrix in row i and column j multiplies entry j of what the matrix is "
    "applied to, and goes into entry i of the result."
)


def explained(sections: Sequence[Section], algebra: Algebra) -> list[Section]:
    """Every section with its explanations."""
    return [_section(section, algebra) for section in sections]


def _section(section: Section, algebra: Algebra) -> Section:
    said: set[str] = set()
    lines: list[Line | Inequality] = []
    for line in section.lines:
        if isinstance(line, Line) and line.kind == "claim" and section.adds is None:
            words: list[str | Term | Affine] = []
            for kind, sentence in _answers(line, algebra):
                if kind not in said:
                    words.extend((" ", *sentence.parts))
                    said.add(kind)
            lines.append(replace(line, reason=Sentence((*line.reason.parts, *words))))
        else:
            lines.append(line)
    return replace(section, lines=tuple(lines))


def _answers(line: Line, algebra: Algebra) -> Iterator[tuple[str, Sentence]]:
    """What is to be said about a line, each with the kind of question that it answers."""
    right = line.members[-1]
    yield from _sums(line.left, right)
    for x in walk(right):
        if isinstance(x, Mul):
            yield from _products(x, algebra)
        elif isinstance(x, Diag) and any(isinstance(inner, Ref) for inner in walk(x.body)):
            yield "diag", say(DIAGONAL)
        elif isinstance(x, Hadamard) and any(isinstance(inner, Deriv) for inner in walk(x)):
            yield "entrywise", say(ENTRYWISE)
        elif isinstance(x, Prod):
            yield "product", say(PRODUCT)


def _sums(left: Term, right: Term) -> Iterator[tuple[str, Sentence]]:
    by = left.by if isinstance(left, Deriv) else None
    if isinstance(by, Ref) and by.time is None and any(isinstance(x, Sum) for x in walk(right)):
        yield (
            "uses",
            say(
                "Why a sum: ",
                by,
                " stands in the formula of every step. All these places change together, and what each of them does "
                "to the loss is added up.",
            ),
        )
    if isinstance(by, Ref) and by.time == NOW and isinstance(right, Add) and all(map(_is_path, right.items)):
        yield (
            "paths",
            say(
                "Why a sum: ",
                by,
                " is read in several places, and a change of it reaches the loss through each of them.",
            ),
        )
    for x in walk(right):
        if isinstance(x, Deriv) and isinstance(x.by, Ref) and x.by.time in {NOW + 1, NOW - 1} and by is not None:
            side = "next" if x.by.time == NOW + 1 else "previous"
            words = f" belongs to the {side} step: everything that further steps do to the loss is in it already."
            yield "carried", say("The derivative by ", x.by, words)


def _is_path(term: Term) -> bool:
    return any(isinstance(x, Deriv) for x in walk(term))


def _products(term: Mul, algebra: Algebra) -> Iterator[tuple[str, Sentence]]:
    left, right = term.left, term.right
    try:
        outer = len(algebra.shape(term).axes) == MATRIX and len(algebra.shape(left).axes) == 1
    except IllTyped:  # with free index letters
        return
    carried = next((x for x in (left, right) if _is_weight(x, algebra)), None)
    other = right if carried is left else left
    if outer and isinstance(left, Deriv | Transpose):
        yield "outer", say(OUTER)
    elif carried is not None and any(isinstance(x, Deriv) for x in walk(other)):
        weight = carried.body if isinstance(carried, Transpose) else carried
        yield (
            "weight",
            say(
                "Why ",
                carried,
                ": entry j of what ",
                weight,
                " is applied to goes into every entry i with the weight in row i and column j; over i the effects are "
                "added up.",
            ),
        )


def _is_weight(term: Term, algebra: Algebra) -> bool:
    """Whether a term is a matrix of weights, or the transpose of one."""
    inner = term.body if isinstance(term, Transpose) else term
    return isinstance(inner, Ref) and inner.time is None and len(algebra.shape(inner).axes) == MATRIX
