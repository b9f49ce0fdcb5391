r"""Claim of a worked example -> how it comes out with the numbers that the note works with.

`$1 - h_1^2 = 1 - (0.537)^2$` is about the example, whose `$h_1 = 0.537$` stands before it. What a name or a formula is
there, the note says by the end of a chain that begins with it; what it does not say follows from the definition, or
from what is proved of it. A claim is one of an example where a side holds nothing but numbers, and shows that they were
worked out: a general claim never is, so that no example can prove one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Constant,
    Deriv,
    Diag,
    Hadamard,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Ref,
    Sum,
    Term,
    Transpose,
    free_names,
    rebuild,
    substitute,
    walk,
)
from bptt_symbolic.proving.evidence import Point, Worked
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.kernel.digits import written
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle import Outcome, Question
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.understanding import ABOUT, Model, Note, Stated, hypothetical

DEEPEST = 40
"""Values that are worked out one from the other."""
HELP = "compute both sides from the numbers that are written"


@dataclass(frozen=True, slots=True)
class _Value:
    """What the note works out for something."""

    number: Term
    datum: bool
    """It is what the note begins with: a number for what no formula gives."""
    disputed: bool = False
    """It has another value elsewhere in the note: in another example, perhaps."""


def worked(
    question: Question, stated: Stated, note: Note, proved: Callable[[], Sequence[Obligation]]
) -> Outcome | None:
    """The outcome of a claim about numbers of an example; None where it is none, or where they leave it open."""
    model = question.model.numbers or question.model
    left, right = (model.builder.tried(side) for side in (question.left, question.right))
    if left is None or right is None or not any(map(_is_worked_out, (left, right))):
        return None
    values = _values(stated, note)
    example = _Example(values, model.network, proved(), _steps(model, values))
    number = example.tried(right)
    if number is None:
        return None
    if stated.mark == ABOUT and isinstance(number, Num):
        number = replace(number, places=number.places or 0)  # a whole number is rounded, too
    closed = _is_closed(left) and _is_closed(right)
    data = frozenset().union(*(written(v.number) for v in values.values() if v.datum))
    point = None if closed else _point(left, example)
    verdict = judge.confirm_worked(
        Worked(Obligation(left, right, model.network), example.tried(left), number, data, point)
    )
    if isinstance(verdict, judge.Refusal):
        return None
    doubted = not closed and (example.doubted or left in values)
    if verdict.word == "refuted" and (doubted or hypothetical(stated.line.sentence)):
        return None
    message = verdict.message if closed else f"{verdict.message}, with the values that the note works with"
    facts = () if closed else (Fact("", "the values of the example, as the note gives them", "convention"),)
    help_ = HELP if verdict.word == "refuted" else None
    return Outcome(verdict, message=message, understood=f"{latex(left)} = {latex(right)}", facts=facts, help=help_)


def _point(left: Term, example: "_Example") -> Point | None:
    """The data of an example, where everything is a number."""
    network = example.network
    sizes = dict.fromkeys(network.sizes, 1)
    if free_names(left) - {*sizes, LAST} or not network.fits(sizes):
        return None
    try:
        shape_of(left, Scope(network))
    except IllTyped:
        return None
    values = {
        (term.name, None if term.time is None else term.time.const): (number,)
        for term, value in example.values.items()
        if isinstance(term, Ref)
        and value.datum
        and not value.disputed
        and (number := _rational(value.number)) is not None
    }
    return Point(example.steps, sizes, values=values)


def _rational(term: Term) -> Fraction | None:
    match term:
        case Num(value=value):
            return value
        case Neg(body=Num(value=value)):
            return -value
        case _:
            return None


def _is_closed(term: Term) -> bool:
    """Whether nothing but numbers stands in a term."""
    return not any(isinstance(x, Ref | Deriv) for x in walk(term))


def _is_worked_out(term: Term) -> bool:
    r"""`0.46`, `2 \cdot 3`: numbers, and not just a whole one."""
    numbers = [x for x in walk(term) if isinstance(x, Num)]
    return _is_closed(term) and (len(numbers) > 1 or any(x.places is not None for x in numbers))


def _values(stated: Stated, note: Note) -> Mapping[Term, _Value]:
    """What the network of a claim has for values in the chains before it."""
    item = next(i for i in note.items if i.stated is stated)
    model = note.models[item.model]
    found: dict[Term, _Value] = {}
    later: set[Term] = set()
    for members, before in _chains(stated, note, item.model):
        built = (model.builder.tried(member) for member in members)
        terms = [t for t in built if t is not None and not free_names(t)]
        closed = [t for t in terms if _is_closed(t)]
        for term in (t for t in terms if closed and not _is_closed(t)):
            if before:
                known = found.get(term)
                disputed = known is not None and (known.disputed or known.number != closed[-1])
                found[term] = _Value(closed[-1], _is_datum(term, model), disputed)
            else:
                later.add(term)
    return {t: replace(v, disputed=v.disputed or t in later) for t, v in found.items()}


def _is_datum(term: Term, model: Model) -> bool:
    """Whether no formula gives what a value is said of."""
    if not isinstance(term, Ref):
        return False
    return model.network.rule(term.name, None if term.time is None else term.time.const, 1) is None


def _chains(stated: Stated, note: Note, model: int) -> Iterator[tuple[list[Node | None], bool]]:
    """The members of every chain of a network but those that only suppose something, and whether it stands before."""
    chains: dict[int, list[Stated]] = {}
    for item in note.items:
        other = item.stated
        if (
            item.model == model
            and other.chain != stated.chain
            and not (other.line.supposes_value or other.line.stands_back or hypothetical(other.line.sentence))
        ):
            chains.setdefault(other.chain, []).append(other)
    for chain in chains.values():
        yield [chain[0].left, *(s.right for s in chain)], chain[0].span.start < stated.span.start


def _steps(model: Model, values: Mapping[Term, _Value]) -> int:
    """How many steps the example has: as many as the note says, or the last one that has a value."""
    if len(model.steps) == 1:
        return next(iter(model.steps))
    return max((x.time.const for t in values for x in walk(t) if isinstance(x, Ref) and x.time is not None), default=1)


class _Unknown(Exception):  # noqa: N818 - no fault: the note does not say it
    """Nothing says what something is in the example."""


@dataclass
class _Example:
    """An example in which quantities are worked out one from the other; all of them are numbers."""

    values: Mapping[Term, _Value]
    network: Network
    proved: Sequence[Obligation]
    """What is known of the network."""
    steps: int
    doubted: bool = False
    """Something was used that has several values in the note."""
    depth: int = 0

    def tried(self, term: Term) -> Term | None:
        """A term with numbers for everything that it speaks of; None where one of these is not known."""
        with suppress(_Unknown):
            return self.number(term)
        return None

    def number(self, term: Term) -> Term:
        """A term with numbers for everything that it speaks of; raises _Unknown."""
        known = self.values.get(term)
        if known is not None:
            self.doubted |= known.disputed
            return known.number
        match term:
            case Ref() | Deriv():
                return self._worked_out(term)
            case Sum(var=var, low=low, high=high, where=()) if {*low.names(), *high.names()} <= {LAST}:
                ends = low.at({LAST: self.steps}), high.at({LAST: self.steps})
                each = (substitute(term.body, {var: Affine(n)}) for n in range(ends[0], ends[1] + 1))
                return Add(tuple(map(self.number, each)))
            case Transpose(body=body) | Diag(body=body):
                return self.number(body)
            case Hadamard(left=left, right=right) | Outer(left=left, right=right) | Inner(left=left, right=right):
                return Mul(self.number(left), self.number(right))
            case Constant(kind=kind):
                return Num(Fraction(kind != "zero"))
            case _:
                return rebuild(term, self.number)

    def _worked_out(self, term: Ref | Deriv) -> Term:
        """A quantity by its definition, or by what is proved of it."""
        if self.depth > DEEPEST:
            raise _Unknown
        self.depth += 1
        try:
            for body in self._formulas(term):
                with suppress(_Unknown):
                    return self.number(body)
        finally:
            self.depth -= 1
        raise _Unknown

    def _formulas(self, term: Ref | Deriv) -> Iterator[Term]:
        if isinstance(term, Ref) and (term.time is None or not term.time.parts):
            time = None if term.time is None else term.time.const
            rule = self.network.rule(term.name, time, self.steps)
            if rule is not None and not rule.indices:
                yield rule.body_at(term.time)
        for claim in self.proved:
            put = _matched(claim.left, term)
            if put is not None and put in claim.assignments(self.steps, dict.fromkeys(claim.network.sizes, 1)):
                yield substitute(claim.right, {n: Affine(value) for n, value in put.items()})


def _matched(general: Term, term: Term) -> dict[str, int] | None:
    """The steps at which the left side of a claim is a term; None where it is another one."""
    match general, term:
        case Ref(name=a, time=one), Ref(name=b, time=two) if a == b and (one is None) == (two is None):
            if one is None or two is None or one == two:
                return {}
            if two.parts or len(one.parts) != 1 or one.parts[0][1] != 1:
                return None
            return {one.parts[0][0]: two.const - one.const}
        case Deriv(mode="total"), Deriv(mode="total"):
            found = _matched(general.of, term.of), _matched(general.by, term.by)
            return None if found[0] is None or found[1] is None else {**found[0], **found[1]}
        case _:
            return None
