r"""Relation -> its readings, the one place where they are enumerated, and the obligation that each of them makes.

    question --relation_of--> Relation (what it literally says, its letters and their ranges)
             --readings--> Reading, Reading, ...      pairs of sides that have shapes, most literal first
             --in_modes--> each with its derivatives total, immediate, direct

Settling looks at all of them, the quick look of a repair at those that a note is likely to need; how many is said by a
`Breadth`, and nothing else differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from itertools import product as pairs_of

from bptt_symbolic.meaning.names import as_written, is_homonym, number_of
from bptt_symbolic.meaning.network import Network, base_of
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped, Scope, same_shape, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    Constant,
    Deriv,
    Diag,
    Entry,
    Hadamard,
    Inner,
    Layout,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
    free_names,
    substitute,
    walk,
)
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle.modes import MOST_MODES, Charity, charity_of, is_derivative, modes
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.ranges import Domain, domain_of
from bptt_symbolic.proving.settle.sides import CHOICES, LAYOUTS, Side, is_seen, layout_words, sides
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.scalars.rows import OF_VECTORS
from bptt_symbolic.understanding import OPEN_COUNT, Builder, letters_of_left, summed
from bptt_symbolic.understanding.coerce import with_ends

MOST_PAIRS = 24
"""Pairs of terms that are tried for one relation."""


@dataclass(frozen=True, slots=True)
class Breadth:
    """Which readings of a relation are enumerated."""

    layouts: tuple[Layout, ...] = tuple(LAYOUTS)
    mixed: bool = True
    """Each side may have a layout of its own."""
    left: frozenset[str] = CHOICES
    """What may be read otherwise than literally on the left."""
    right: frozenset[str] = CHOICES
    """The same on the right."""


EVERYTHING = Breadth()
NO_OUTER = Breadth(left=CHOICES - {"outer"}, right=CHOICES - {"outer"})
"""All but the outer product of two columns."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation in its network: what it literally says, and what its letters run over."""

    nodes: tuple[Node, Node]
    builder: Builder
    terms: tuple[Term, Term]
    """Both sides in the most literal reading."""
    keep: frozenset[str]
    """Letters that the summation convention does not sum over."""
    domain: Domain
    scope: Scope


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of a relation that has a shape on both sides."""

    obligation: Obligation
    words: tuple[str, ...] = ()
    """The choices that are not the literal ones."""
    charity: tuple[Charity, ...] = ()
    bridged: bool = False
    """A row is compared with a column."""


def place_of(question: Question) -> tuple[Network, Builder]:
    """The network that a claim is about: the small one without time when it speaks of that."""
    model = question.model
    builder = model.builder.knowing(frozenset(model.network.shapes), frozenset(model.network.sizes) - {"d"})
    left, right = builder.tried(question.left), builder.tried(question.right)
    terms = [term for term in (left, right) if term is not None]
    names = {x.name for term in terms for x in walk(term) if isinstance(x, Ref)}
    lemma = None if left is None or right is None else _lemma(left, right, names, model.network)
    if lemma is not None or model.timeless is None:
        return lemma or model.network, builder
    little = {n for n in model.timeless.shapes if is_homonym(n) and n not in model.network.shapes}
    if names & little and names <= set(model.timeless.shapes):
        return model.timeless, builder
    return model.network, builder


MOST_FREE = 2
"""Letters of a lemma about functions."""


def _lemma(left: Term, right: Term, names: set[str], network: Network) -> Network | None:
    r"""The network of `\tanh'(u) = 1 - \tanh^2(u)`: letters that nothing defines, and known functions of them."""
    if not 0 < len(names) <= MOST_FREE or names & {r"\pi", *network.shapes}:
        return None
    if any(as_written(n) in network.definitions for n in names):
        return None  # a quantity of the network without its step
    parts = [*walk(left), *walk(right)]
    functions = [x.function for x in parts if isinstance(x, Apply)]
    timed = any(isinstance(x, Ref) and x.time is not None for x in parts)
    if not functions or any(f.own for f in functions) or timed or any(isinstance(x, Entry | Sum) for x in parts):
        return None
    if not any(isinstance(x, Deriv) for x in parts) and not any(f.order for f in functions):
        return None  # `\tanh(u) = u` may be what is asked of `u`
    vectors = any(f.name in OF_VECTORS for f in functions) or any(
        isinstance(x, Hadamard | Diag | Transpose | Constant | Inner | Outer) for x in parts
    )
    shapes = {n: Shape((Affine.of(f"n_{as_written(n)}"),)) if vectors else Shape() for n in sorted(names)}
    return Network({}, shapes, frozenset())


def literally(question: Question, builder: Builder) -> tuple[tuple[Term, Term], frozenset[str]]:
    """Both sides in the most literal reading, and the letters that the convention does not sum over; raises NotBuilt or
    NoPattern."""
    network = question.model.network
    left, right = (with_ends(builder.whole(side), network) for side in (question.left, question.right))
    if not builder.convention:
        return (left, right), frozenset()
    head = None if question.head is None else builder.tried(question.head)
    keep = letters_of_left(left if head is None else head, right)
    return (summed(left, keep), summed(right, keep)), keep


def relation_of(question: Question) -> Relation:
    """The relation that a question is about; raises NotBuilt, NoPattern or, for a letter bound nowhere, IllTyped."""
    network, builder = place_of(question)
    terms, keep = literally(question, builder)
    if _run_backward(terms):
        builder = builder.from_below()
        terms, keep = literally(question, builder)
    return related(question, terms, keep, network, builder)


def _run_backward(terms: tuple[Term, Term]) -> bool:
    r"""Whether dots between two letters lead from the later step to the earlier one, as a derivative orders them."""
    parts = [x for term in terms for x in walk(term)]
    ends = [(base_of(x.of), base_of(x.by)) for x in parts if isinstance(x, Deriv)]
    times = [(of.time, by.time) for of, by in ends if of is not None and by is not None]
    gaps = {of - by for of, by in times if of is not None and by is not None}
    runs = [x.high - x.low for x in parts if isinstance(x, Sum | Prod) and number_of(x.var) is not None]
    return any(len(gap.parts) > 1 and not (gap + run).parts for gap in gaps for run in runs)


def related(
    question: Question, terms: tuple[Term, Term], keep: frozenset[str], network: Network, builder: Builder
) -> Relation:
    """The relation that two terms make: the ranges of its letters are found out."""
    head = None if question.head is None else builder.tried(question.head)
    head = None if head is None else with_ends(head, network)
    domain = domain_of(*terms, network, question.beside, head, builder.at_last)
    return Relation(
        (question.left, question.right), builder, terms, keep, domain, Scope(network, dict(domain.variables))
    )


def sides_of(relation: Relation, breadth: Breadth) -> tuple[list[Side], list[Side]]:
    """The terms that each side can mean, most literal first; raises as `sides` does."""
    one, two = (
        sides(node, relation.builder, relation.scope, relation.keep, may=may, layouts=breadth.layouts)
        for node, may in zip(relation.nodes, (breadth.left, breadth.right), strict=True)
    )
    return one, two


def pairs(lefts: Sequence[Side], rights: Sequence[Side]) -> list[tuple[Side, Side]]:
    """The pairs of sides that are looked at, most literal first; two layouts are farther than one."""
    found = sorted(pairs_of(lefts, rights), key=lambda p: p[0].cost + p[1].cost + 2 * (p[0].layout != p[1].layout))
    return found[:MOST_PAIRS]


def readings(relation: Relation, breadth: Breadth = EVERYTHING) -> Iterator[Reading]:
    """Every pair of sides that has shapes, most literal first, those that compare a row with a column last."""
    bridged = []
    for a, b in pairs(*sides_of(relation, breadth)):
        if not breadth.mixed and a.layout != b.layout and is_seen(a) and is_seen(b):
            continue
        words = tuple(dict.fromkeys((*layout_words(a, b), *a.words, *b.words)))
        for left, right, counted in _counts(a.term, b.term):
            try:
                reading = reading_of(left, right, relation, words + counted)
            except IllTyped:
                continue
            if reading.bridged:
                bridged.append(reading)
            else:
                yield reading
    yield from bridged


def misfit(left: Side, right: Side, relation: Relation) -> IllTyped | None:
    """Why a pair of sides makes no reading; None where the number of a repeated factor is all that is missing."""
    for one, two, _ in _counts(left.term, right.term):
        try:
            reading_of(one, two, relation)
        except IllTyped as fault:
            return fault
    return None


def reading_of(left: Term, right: Term, relation: Relation, words: tuple[str, ...] = ()) -> Reading:
    """What has to hold if the sides mean these terms; raises IllTyped where they have no shapes that go together."""
    _nothing_free(left, right, relation.scope)
    bridge = _bridge(left, right, relation.scope)
    right = Transpose(right, right.span) if bridge else right
    return Reading(obligation_of(left, right, relation), words + bridge, bridged=bool(bridge))


def obligation_of(left: Term, right: Term, relation: Relation) -> Obligation:
    """What has to hold, with room for every step that the claim mentions."""
    domain = relation.domain
    left, right = (Num(Fraction(0), side.span) if _is_zero(side) else side for side in (left, right))
    steps = max(3, domain.reach + 2)
    return Obligation(left, right, relation.scope.network, domain.variables, domain.conditions, least_steps=steps)


def in_modes(reading: Reading, *, literal: bool = False, most: int = MOST_MODES) -> Iterator[Reading]:
    """The reading with some of its derivatives immediate or direct; `literal`: those on the left stay total."""
    o = reading.obligation
    for left, right, words in islice(modes(o.left, o.right, o.network), 1, most):
        if literal and left != o.left and is_derivative(o.left):
            continue
        on_left = charity_of(o.left, left, "left" if is_derivative(o.left) else "right")
        charity = (*on_left, *charity_of(o.right, right, "right"))
        yield replace(
            reading, obligation=replace(o, left=left, right=right), words=words + reading.words, charity=charity
        )


def _nothing_free(left: Term, right: Term, scope: Scope) -> None:
    """Raise IllTyped where a name is bound nowhere."""
    known = set(scope.ranges) | set(scope.network.sizes) | {LAST}
    for name in sorted((free_names(left) | free_names(right)) - known):
        raise IllTyped("free-index", f"{name} is bound nowhere", right.span, name)


def _bridge(left: Term, right: Term, scope: Scope) -> tuple[str, ...]:
    """Whether the sides have one shape; a gradient as a row may be compared with one as a column, which is said."""
    a, b = shape_of(left, scope), shape_of(right, scope)
    if len(a.axes) == 1 and a.axes == b.axes and a != b and _has_gradient(left, right):
        kinds = ("a row", "a column") if a.down else ("a column", "a row")
        return (f"layout: {kinds[0]} on the left is compared with {kinds[1]} on the right",)
    if not (same_shape(a, b) or _is_zero(left) or _is_zero(right)):
        raise IllTyped("shape-mismatch", f"the left side is {_words(a)}, the right side {_words(b)}", right.span)
    return ()


def _has_gradient(left: Term, right: Term) -> bool:
    return any(isinstance(x, Deriv) for t in (left, right) for x in walk(t))


def _words(shape: object) -> str:
    text = str(shape)
    return "a scalar" if text == "scalar" else text


def _is_zero(term: Term) -> bool:
    """Whether a side is written as nothing, which has any shape: zero, or a product with it."""
    if isinstance(term, Mul):
        return _is_zero(term.left) or _is_zero(term.right)
    if isinstance(term, Neg):
        return _is_zero(term.body)
    return latex(term) == "0"


def _counts(left: Term, right: Term) -> Iterator[tuple[Term, Term, tuple[str, ...]]]:
    """Fill in the number of a factor repeated with dots by what the other side suggests."""
    if not any(isinstance(x, Power) and OPEN_COUNT in x.exponent.names() for t in (left, right) for x in walk(t)):
        yield left, right, ()
        return
    for value in _suggested(left, right):
        env = {OPEN_COUNT: value}
        yield substitute(left, env), substitute(right, env), (f"the repeated factor stands {value} times",)


def _suggested(left: Term, right: Term) -> list[Affine]:
    found: list[Affine] = []
    for term in (left, right):
        for x in walk(term):
            if isinstance(x, Power) and OPEN_COUNT not in x.exponent.names() and x.exponent.parts:
                found.append(x.exponent)
            elif isinstance(x, Prod):
                found.append(x.high - x.low + 1)
            elif isinstance(x, Deriv):
                of, by = base_of(x.of), base_of(x.by)
                if isinstance(of, Ref) and isinstance(by, Ref) and of.time is not None and by.time is not None:
                    found.append(of.time - by.time)
    return list(dict.fromkeys(f for f in found if f.parts))
