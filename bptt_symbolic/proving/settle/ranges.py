"""Two terms -> what their free names run over, and under which conditions.

A free entry index runs over the axis it stands in on the left; a free time over the steps at which everything that
the claim mentions has a meaning. A derivative of one step by another has one in either order; authors usually mean the
order in which it is not trivially zero, so that is a second, narrower domain, which is tried after the whole one.
Wherever a domain is smaller than what the page says, it is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from bptt_symbolic.meaning.names import is_end, is_unknown, number_of
from bptt_symbolic.meaning.network import Network, base_of
from bptt_symbolic.meaning.shapes import IllTyped, Range, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Cases,
    Condition,
    Deriv,
    Entry,
    Family,
    Power,
    Prod,
    Ref,
    Sum,
    Term,
    children,
    free_names,
    walk,
)
from bptt_symbolic.proving.settle.ahead import leads
from bptt_symbolic.proving.settle.extent import NOTHING, Extent, extent
from bptt_symbolic.proving.settle.outside import existence
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding import NotBuilt
from bptt_symbolic.understanding.conditions import OTHERWISE, Last, conditions_of, relations_in, said
from bptt_symbolic.understanding.occurrences import affine, occurrence, unwrap
from bptt_symbolic.understanding.sum_bounds import RELATIONS


@dataclass(frozen=True, slots=True)
class Domain:
    """Free names with ranges, conditions on them, and what the text beside says about labels."""

    variables: tuple[tuple[str, Range], ...]
    conditions: tuple[Condition, ...]
    """Those of the usual domain: the whole one, with the orders that authors mean where these leave letters free."""
    label: Mapping[str, Affine]
    other: Mapping[str, Affine]
    largest: int
    """The largest step that is written as a number."""
    reach: int = 0
    """How far apart the steps are that one free letter is written with: 3 for `t+1` and `t-2`."""
    whole: tuple[Condition, ...] = ()
    """Those of the whole domain: what the page says, and where every side has a meaning."""
    stated: tuple[Condition, ...] = ()
    """Those that the page says."""
    meaning: Extent = NOTHING
    """What having a meaning leaves of what the page says."""
    usual: Extent = NOTHING
    """What the usual domain leaves of the whole one."""


def as_it_is(value: Affine) -> Affine:
    """A note in which the last step is called `T`."""
    return value


def domain_of(
    left: Term, right: Term, network: Network, beside: Sequence[Node], head: Term | None = None, last: Last = as_it_is
) -> Domain:
    """The domain of a claim; raises IllTyped for an index that is bound nowhere, NotBuilt for a condition that is not
    understood. `last` puts the last step for the note's names of it.
    """
    allowed = _free(left) | (_free(head) if head is not None else frozenset())
    free = allowed | _free(right)
    if not any(isinstance(x, Ref) for x in walk(left)):
        allowed = free  # `1 = ...`: numbers on the left say nothing about letters
    times = frozenset(n for t in (left, right) for n in _times(t)) & free
    label, other = _labels(beside, network)
    stated = _concerning(tuple(_stated(beside, network, free | times, times, last)), free | times)
    about = frozenset(n for c in stated for n in (c.left - c.right).names())
    about |= frozenset(n for p in (*label.values(), *other.values()) for n in p.names())
    sizes = frozenset(network.sizes) | {LAST}
    indices = sorted(free - times - sizes)
    _nothing_loose(indices, sorted(times), allowed | about, beside, right)
    low, end = Affine(network.first), Affine.of(LAST)
    more = {n for c in stated for n in (c.left - c.right).names()} - sizes - set(indices)
    steps = sorted(times | more, key=lambda n: (n != "t", n))
    ranges = ((n, _index_range(n, (left, right), network) or (Affine(1), end)) for n in indices)
    order = (*((n, (low, end)) for n in steps), *ranges)
    spoken = (left, right) if head is None else (left, right, head)
    largest = max((abs(c) for t in (left, right) for c in _numbers(t)), default=0)
    room = (Condition(Affine(largest), "<=", end),) if largest > 1 else ()
    scope = Scope(network, dict(order))

    def kept(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
        known = sizes | set(scope.ranges)
        return tuple(c for c in dict.fromkeys(conditions) if (c.left.names() | c.right.names()) <= known)

    page = kept((*stated, *room))
    whole = kept((*page, *_needed(spoken, network, scope)))
    usual = kept((*whole, *_usual(spoken, about, scope)))
    meaning, narrower = extent(order, page, whole[len(page) :]), extent(order, whole, usual[len(whole) :])
    inner = whole if narrower.lost else usual
    return Domain(order, inner, label, other, largest, _reach(spoken), whole, page, meaning, narrower)


def _nothing_loose(
    indices: Sequence[str], times: Sequence[str], known: frozenset[str], beside: Sequence[Node], right: Term
) -> None:
    """Raise IllTyped for a letter on the right that neither the left side nor what stands beside binds."""
    for kind, names in (("index", indices), ("step", times)):
        for name in names:
            if name not in known and not _declared_by(name, beside):
                raise IllTyped("free-index", f"the {kind} {name} is bound nowhere", _place_of(name, right), name)


def _stated(
    beside: Sequence[Node], network: Network, free: frozenset[str], times: frozenset[str], last: Last
) -> Iterable[Condition]:
    """The conditions on the page that are about a claim; raises NotBuilt for one that is not understood."""
    for node in beside:
        if said(unwrap(node)).lower() in OTHERWISE:
            raise NotBuilt("not-settled", "what remains for this condition", node.span)
        if any(_labels([node], network)):
            continue  # "if y = j" is a hypothesis about a target
        for condition in conditions_of(node, last):
            names = (condition.left - condition.right).names()
            strange = sorted(names - free - frozenset(network.sizes) - {LAST})
            if names & (times | {LAST}) and names & frozenset(network.sizes):
                raise NotBuilt("not-settled", "a condition that compares steps with sizes", node.span)
            quantities = [n for n in names if n in network.shapes]
            if quantities:
                raise NotBuilt("not-settled", f"a condition on {quantities[0]}, which is a quantity", node.span)
            if not strange or all(len(n) == 1 and n.islower() for n in strange):
                yield condition
            elif names - set(strange) and not _ends_an_axis(condition, strange, free):
                raise NotBuilt("not-settled", f"a condition about {strange[0]}, which stands nowhere else", node.span)


def _concerning(conditions: tuple[Condition, ...], free: frozenset[str]) -> tuple[Condition, ...]:
    """The conditions that have to do with letters of the claim; "for $t = 0$" says nothing about one without `t`."""
    reached = free
    while True:
        kept = tuple(c for c in conditions if (c.left - c.right).names() & reached)
        more = reached | {n for c in kept for n in (c.left - c.right).names() if n != LAST}
        if more == reached:
            return kept
        reached = more


def _ends_an_axis(condition: Condition, strange: Sequence[str], free: frozenset[str]) -> bool:
    """`i <= C`: an index runs over its axis, whatever the note calls the end of it."""
    end = condition.relation == "<=" and condition.right.names() == frozenset(strange) and not condition.right.const
    return end and condition.left.names() <= free


def _reach(terms: Sequence[Term]) -> int:
    offsets: dict[tuple[tuple[str, int], ...], list[int]] = {}
    for term in terms:
        for x in walk(term):
            if isinstance(x, Ref) and x.time is not None:
                offsets.setdefault(x.time.parts, []).append(x.time.const)
    return max((max(found) - min(found) for found in offsets.values()), default=0)


def _free(term: Term) -> frozenset[str]:
    return frozenset(n for n in free_names(term) if n != LAST and not is_end(n) and not is_unknown(n))


def _times(term: Term) -> Iterable[str]:
    """Names that stand for steps."""
    for x in walk(term):
        if isinstance(x, Ref) and x.time is not None:
            yield from x.time.names()
        if isinstance(x, Sum | Prod | Family) and x.var in set(_times(x.body)):
            yield from (x.low.names() | x.high.names())


def _index_range(name: str, terms: Sequence[Term], network: Network) -> Range | None:
    for term in terms:
        for x in walk(term):
            if isinstance(x, Entry):
                found = _axis(name, x, network)
                if found is not None:
                    return found
    return None


def _axis(name: str, entry: Entry, network: Network) -> Range | None:
    for place, index in enumerate(entry.indices):
        if index is not None and dict(index.parts).get(name) == 1:
            try:
                axes = shape_of(entry.body, Scope(network, _bound_ranges(entry.body))).axes
            except IllTyped:
                return None
            if place < len(axes):
                shift = index - Affine.of(name)
                if not shift.parts or shift.names() <= frozenset(network.sizes):
                    return Affine(1) - shift, axes[place] - shift
    return None


def _bound_ranges(term: Term) -> dict[str, Range]:
    return {x.var: (x.low, x.high) for x in walk(term) if isinstance(x, Sum | Prod | Family)}


def _place_of(name: str, term: Term) -> Span | None:
    for x in walk(term):
        if isinstance(x, Entry) and any(i is not None and name in i.names() for i in x.indices):
            return x.span
        if isinstance(x, Ref) and x.time is not None and name in x.time.names():
            return x.span
    return term.span


def _declared_by(name: str, beside: Sequence[Node]) -> bool:
    """`(i = 1, ..., C)` beside an equation says what i runs over."""
    for node in beside:
        for relation in relations_in(node):
            if any((a := affine(s)) is not None and name in a.names() for s in relation.sides):
                return True
    return False


def _labels(beside: Sequence[Node], network: Network) -> tuple[dict[str, Affine], dict[str, Affine]]:
    """The conditions "if y = j" and "if y != j", where y is a label."""
    same: dict[str, Affine] = {}
    other: dict[str, Affine] = {}
    for node in beside:
        for relation in relations_in(node):
            if len(relation.names) != 1 or relation.names[0] not in RELATIONS:
                continue
            for left, right in (relation.sides, relation.sides[::-1]):
                name = None if left is None else occurrence(left)
                value = affine(right)
                if name is not None and name.name in network.targets and value is not None:
                    table = same if relation.names[0] == "=" else other if relation.names[0] == r"\ne" else {}
                    table[name.name] = value
                    break
    return same, other


def _numbers(term: Term) -> Iterable[int]:
    """Steps written as numbers."""
    for x in walk(term):
        if isinstance(x, Ref) and x.time is not None and not x.time.parts:
            yield x.time.const
        if isinstance(x, Sum | Prod) and not x.high.parts and x.var in set(_times(x.body)):
            yield x.high.const


def _needed(terms: Sequence[Term], network: Network, scope: Scope) -> Iterable[Condition]:
    """Where both sides have a meaning: steps that exist, ranges that are not reversed, powers that are not negative."""
    last = Affine.of(LAST)
    for term in terms:
        for x, inside, bound in _with_bound(term, scope, frozenset()):
            if isinstance(x, Ref) and x.time is not None and x.time.parts and not x.time.names() & bound:
                low, high = existence(x.name, network)
                yield Condition(Affine(low), "<=", x.time)
                if x.time.names() - {LAST}:
                    yield Condition(x.time, "<=", last + high)
            if isinstance(x, Sum | Prod) and not (x.low.names() | x.high.names()) & bound:
                yield from _ends_exist(x, network)
            if isinstance(x, Sum | Prod | Family) and not (x.low.names() | x.high.names()) & bound:
                written = number_of(x.var) is not None  # with dots: not even empty
                yield Condition(x.low, "<=", x.high if written else x.high + 1)
            if _is_power(x, bound) and not _is_number(x.body, inside):
                yield Condition(Affine(), "<=", x.exponent)


def _ends_exist(term: Sum | Prod, network: Network) -> Iterable[Condition]:
    r"""Where a range begins or ends at a free step, what stands there exists: `\sum_{k=t-1}^T L_k` from step 2 on."""
    last = Affine.of(LAST)
    for x in walk(term.body):
        if isinstance(x, Ref) and x.time is not None and x.time.names() == {term.var}:
            low, high = existence(x.name, network)
            if dict(x.time.parts)[term.var] == 1:
                if term.low.names() - {LAST}:
                    yield Condition(Affine(low), "<=", x.time.put({term.var: term.low}))
                if term.high.names() - {LAST}:
                    yield Condition(x.time.put({term.var: term.high}), "<=", last + high)


def _usual(terms: Sequence[Term], about: frozenset[str], scope: Scope) -> Iterable[Condition]:
    """What authors mean without a word: the step below a derivative is not the later one, no power is negative."""
    for term in terms:
        for x, _, bound in _with_bound(term, scope, frozenset()):
            if isinstance(x, Deriv):
                yield from _ordered(x, bound, about, scope.network)
            if _is_power(x, bound):
                yield Condition(Affine(), "<=", x.exponent)


def _is_power(term: Term, bound: frozenset[str]) -> TypeGuard[Power]:
    return isinstance(term, Power) and bool(term.exponent.parts) and not term.exponent.names() & bound


def _is_number(term: Term, scope: Scope) -> bool:
    """Whether a base has negative powers, too."""
    try:
        return not shape_of(term, scope).axes
    except IllTyped:
        return False


def _with_bound(term: Term, scope: Scope, bound: frozenset[str]) -> Iterable[tuple[Term, Scope, frozenset[str]]]:
    yield term, scope, bound
    if isinstance(term, Cases):
        return  # a branch has to have a meaning where it is the one
    if isinstance(term, Sum | Prod | Family):
        scope, bound = scope.inside(term.var, term.low, term.high), bound | {term.var}
    for child in children(term):
        yield from _with_bound(child, scope, bound)


def _ordered(term: Deriv, bound: frozenset[str], about: frozenset[str], network: Network) -> Iterable[Condition]:
    of, by = base_of(term.of), base_of(term.by)
    if of is None or by is None or of.time is None or by.time is None or leads(network, of.name, by.name):
        return
    gap = of.time - by.time
    names = gap.names()
    if names and not names & bound and not names <= about:
        yield Condition(by.time, "<=", of.time)
