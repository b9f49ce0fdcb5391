r"""Two sides of a relation -> their readings: every pair of terms that the page allows, most literal first.

A reading is a choice of options for each side (layout, scope of a sum sign, binding of a Hadamard sign, order of
products over time, the product of two vectors) and of a mode for each derivative. The options come first, because
they decide whether the sides have shapes at all; modes are tried on the terms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import Literal

from bptt_symbolic.meaning.names import as_written, letter_of
from bptt_symbolic.meaning.network import Network, base_of, gap_of
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    Deriv,
    Entry,
    Family,
    Layout,
    Mode,
    Neg,
    Power,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
    children,
    rebuild,
    substitute,
    walk,
)
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle.ahead import leads
from bptt_symbolic.reading.syntax import Node, leaves
from bptt_symbolic.understanding.bounds import NotBuilt
from bptt_symbolic.understanding.build import HADAMARD, Builder, Options
from bptt_symbolic.understanding.coerce import Meant, products, squared_norms, whole_ranges
from bptt_symbolic.understanding.convention import summed
from bptt_symbolic.understanding.dots import OPEN_COUNT, NoPattern
from bptt_symbolic.understanding.names import Occurrence, uses

MOST_MODES = 96
"""Assignments of modes that are tried for one pair of terms."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side under given options, with the words for every choice that is not the literal one."""

    term: Term
    words: tuple[str, ...]
    layout: Layout
    cost: int


@dataclass(frozen=True, slots=True)
class Charity:
    """A derivative that is read as an immediate one, though it is written like a total one."""

    side: Literal["left", "right"]
    mode: Mode
    of: str
    by: str
    words: str


def is_derivative(term: Term) -> bool:
    """Whether a side is a derivative and nothing else, so that a claim says what that derivative is."""
    while isinstance(term, Transpose | Neg):
        term = term.body
    return isinstance(term, Deriv)


def charity_of(before: Term, after: Term, side: Literal["left", "right"]) -> tuple[Charity, ...]:
    """The derivatives whose mode a reading changes."""
    found: dict[Charity, None] = {}
    for old, new in zip(walk(before), walk(after), strict=True):
        if isinstance(old, Deriv) and isinstance(new, Deriv) and old.mode != new.mode:
            of, by = base_of(new.of), base_of(new.by)
            names = ("" if of is None else of.name, "" if by is None else by.name)
            found[Charity(side, new.mode, *names, derivative_words(new))] = None
    return tuple(found)


def sides(
    node: Node, builder: Builder, scope: Scope, keep: frozenset[str] = frozenset(), *, outer: bool = True
) -> list[Side]:
    """The terms that one side can mean, most literal first; raises NotBuilt or NoPattern when there is none."""
    found: dict[Term, Side] = {}
    failure: NotBuilt | NoPattern | None = None
    matters = _features(node) | (frozenset({"power"}) if _has_power(node, builder, scope) else frozenset())
    built: dict[Options, Term] = {}
    for cost, options, words in _options(power_first="power" in matters and builder.notation.tops):
        if not _differences(options) <= matters:
            continue
        plain_options = replace(options, layout="numerator")
        try:
            if plain_options not in built:
                term = replace(builder, options=plain_options).build(node)
                built[plain_options] = whole_ranges(summed(term, keep) if builder.convention else term, scope)
        except (NotBuilt, NoPattern) as reason:
            failure = failure or reason
            continue
        plain = laid_out(built[plain_options], options.layout)
        for extra, term, note in _vector_products(plain, scope, entrywise=builder.entrywise):
            if term not in found and (outer or OUTER not in note):
                found[term] = Side(term, words + note + _softmax_words(term), options.layout, cost + extra)
    if not found:
        assert failure is not None  # noqa: S101 - every option has failed
        raise failure
    return sorted(found.values(), key=lambda s: s.cost)


def laid_out(term: Term, layout: Layout) -> Term:
    """The derivatives in another layout; a nabla keeps its own."""
    if layout == "numerator":
        return term
    new = rebuild(term, lambda child: laid_out(child, layout))
    return replace(new, layout=layout) if isinstance(new, Deriv) and new.layout == "numerator" else new


def _differences(options: Options) -> frozenset[str]:
    """The fields in which options are not the literal ones."""
    plain = Options()
    return frozenset(f.name for f in fields(Options) if getattr(options, f.name) != getattr(plain, f.name))


def _features(node: Node) -> frozenset[str]:
    """The options that can make a difference to a formula."""
    marks = {t.text.strip() for t in leaves(node)}
    found = {"layout"}
    if marks & HADAMARD or "*" in marks:
        found.add("tight")
    if "*" in marks:
        found.add("star")
    if marks & {r"\sum", r"\prod"}:
        found.add("narrow")
    if r"\prod" in marks:
        found.add("newest")
    return frozenset(found)


def _softmax_words(term: Term) -> tuple[str, ...]:
    """`softmax(o_j)` is read as an entry of a softmax."""
    for x in walk(term):
        if isinstance(x, Entry) and isinstance(x.body, Apply) and x.span == x.body.span:
            return ("softmax of an entry: the entry of the softmax",)
    return ()


def _has_power(node: Node, builder: Builder, scope: Scope) -> bool:
    """Whether a square parameter, or a number, has the last step above it."""
    return any(
        found.sups and builder.may_be_power(Ref(found.name), found.sups[0].body) and _is_square(found, scope)
        for use in uses(node)
        if (found := use.occurrence).name not in builder.notation.slots
    )


def _is_square(found: Occurrence, scope: Scope) -> bool:
    shapes = [s for name, s in scope.network.shapes.items() if letter_of(name) == found.name]
    return any(s.up == s.down for s in shapes)


POWER = "the last step above a parameter is a power"
TRANSPOSE = "the last step above a parameter is the sign of a transpose"


def _options(*, power_first: bool) -> Iterator[tuple[int, Options, tuple[str, ...]]]:
    layouts: tuple[Layout, ...] = ("numerator", "gradient", "denominator")
    for other, layout in enumerate(layouts):
        base = Options(layout=layout)
        yield other + power_first, base, (TRANSPOSE,) if power_first else ()
        yield other + (1 - power_first), replace(base, power=True), (POWER,)
        yield other + 2, replace(base, tight=True), ("the entrywise product binds tighter than the matrix product",)
        yield other + 2, replace(base, narrow=True), ("scope: a sum or product sign takes only the next factor",)
        yield other + 2, replace(base, star="hadamard"), ("* is the entrywise product",)
        yield other + 3, replace(base, newest=False), ("product: in the order of the index, oldest first",)
        both = (
            "scope: a sum or product sign takes only the next factor",
            "product: in the order of the index, oldest first",
        )
        yield other + 5, replace(base, narrow=True, newest=False), both


def _vector_products(plain: Term, scope: Scope, *, entrywise: bool) -> Iterator[tuple[int, Term, tuple[str, ...]]]:
    plain = products(plain, scope)
    yield 0, plain, ()
    norms = squared_norms(plain, scope)
    if norms != plain and _is_scalar(norms, scope) and not _is_scalar(plain, scope):
        yield 1, norms, ("square: of a vector, its squared norm",)
    meanings: list[tuple[int, Meant, str]] = [(2, "inner", INNER), (3, "outer", OUTER)]
    if entrywise:
        meanings.insert(0, (1, "entrywise", "product: entrywise product of two vectors"))
    for cost, meant, words in meanings:
        found = products(plain, scope, meant)
        if found != plain:
            yield cost, found, (words,)


def _is_scalar(term: Term, scope: Scope) -> bool:
    try:
        return not shape_of(term, scope).axes
    except IllTyped:
        return False


INNER = "product: inner product of two vectors"
OUTER = "product: outer product of two vectors"


def layout_words(left: Side, right: Side) -> tuple[str, ...]:
    """What is said about the layouts of two sides; nothing when they cannot be told apart."""
    a, b = _sensitive(left.term), _sensitive(right.term)
    if a and b and left.layout != right.layout:
        return (f"layout: {LAYOUTS[left.layout]} on the left, {LAYOUTS[right.layout]} on the right",)
    chosen = left.layout if a else right.layout
    if (a or b) and chosen != "numerator":
        return (f"layout: {LAYOUTS[chosen]}",)
    return ()


LAYOUTS: dict[Layout, str] = {
    "numerator": "numerator",
    "gradient": "gradients shaped like their variable",
    "denominator": "denominator",
}


def _sensitive(term: Term) -> bool:
    """Whether a term has a derivative whose layout can be seen at all: not one of entries by entries."""
    return any(isinstance(x, Deriv) and not (isinstance(x.by, Entry) and isinstance(x.of, Entry)) for x in walk(term))


# modes

NEIGHBOURS = (Affine(0), Affine(1))
"""Steps apart at which an immediate derivative by a state is not zero by itself."""


def modes(left: Term, right: Term, network: Network) -> Iterator[tuple[Term, Term, tuple[str, ...]]]:
    """The sides with every assignment of modes that is tried, most literal first."""
    seen: set[tuple[Term, Term]] = set()
    for number, (chosen, where) in enumerate(_assignments(left, right)):
        if number >= MOST_MODES:
            return
        if not all(_means(d, mode, network) for d, mode in chosen.items()):
            continue
        a = left if where == "right" else _with_modes(left, chosen)
        b = right if where == "left" else _with_modes(right, chosen)
        if (a, b) not in seen:
            seen.add((a, b))
            yield a, b, _mode_words(left, a, right, b)


def _assignments(left: Term, right: Term) -> Iterator[tuple[dict[Deriv, Mode], Literal["right", "both", "left"]]]:
    """Derivative -> mode, on the right side alone, then on both, then in the terms of the left side alone."""
    yield {}, "right"
    on_right, on_left = _open(right), _open(left)
    kinds: tuple[Mode, ...] = ("immediate", "direct")
    for mode in kinds:
        groups = _groups(on_right)
        for size in range(1, len(groups) + 1):
            for chosen in combinations(groups, size):
                yield {d: mode for g in chosen for d in g}, "right"
        for size in range(1, min(len(on_right), 4)):
            for picked in combinations(on_right, size):
                yield dict.fromkeys(picked, mode), "right"
    for mode in kinds:
        yield dict.fromkeys([*on_left, *on_right], mode), "both"
        yield {d: mode for d in on_left if d not in on_right}, "both"
        yield dict.fromkeys(on_left, mode), "both"
    for mode in kinds if len(on_left) > 1 else ():  # `sum = derivative`, with the sides exchanged
        for size in range(1, min(len(on_left), 4)):
            for picked in combinations(on_left, size):
                yield dict.fromkeys(picked, mode), "left"


def _open(term: Term) -> list[Deriv]:
    """The derivatives that a step in between could make ambiguous."""
    found = []
    for x in walk(term):
        if isinstance(x, Deriv) and x.mode == "total" and x not in found:
            of, by = base_of(x.of), base_of(x.by)
            if by is None or (of is not None and (of.time is None or of == by)):
                continue
            if of is None or of.time is None or by.time is None or (of.time - by.time) in NEIGHBOURS:
                found.append(x)
    return found


def _means(derivative: Deriv, mode: Mode, network: Network) -> bool:
    """Whether a derivative in this mode is about something: what it is taken by occurs in the formula that it
    differentiates or, for an immediate one, in what that needs within the same step."""
    of, by = base_of(derivative.of), base_of(derivative.by)
    if of is None or by is None:
        return True
    seen: set[str] = set()
    todo = [of.name]
    while todo:
        definition = network.definitions.get(todo.pop())
        if definition is None:
            continue
        for x in walk(definition.body):
            if isinstance(x, Ref):
                if x.name == by.name:
                    return True
                same = definition.var is None or x.time == Affine.of(definition.var)
                if mode == "immediate" and same and x.name not in seen:
                    seen.add(x.name)
                    todo.append(x.name)
    return False


def _groups(derivatives: list[Deriv]) -> list[list[Deriv]]:
    """Derivatives of one quantity by another, at whatever steps: authors mean the same by them. Parameters first."""
    groups: dict[tuple[str, str], list[Deriv]] = {}
    for d in derivatives:
        of, by = base_of(d.of), base_of(d.by)
        if by is not None:
            groups.setdefault(("" if of is None else of.name, by.name), []).append(d)
    return sorted(groups.values(), key=lambda g: _is_timed(g[0]))


def _is_timed(derivative: Deriv) -> bool:
    by = base_of(derivative.by)
    return by is not None and by.time is not None


def _with_modes(term: Term, chosen: dict[Deriv, Mode]) -> Term:
    if isinstance(term, Deriv):
        return replace(term, mode=chosen.get(term, term.mode))
    return rebuild(term, lambda child: _with_modes(child, chosen))


def _mode_words(left: Term, a: Term, right: Term, b: Term) -> tuple[str, ...]:
    words: list[str] = []
    for before, after, side in ((left, a, " on the left"), (right, b, "")):
        for old, new in zip(walk(before), walk(after), strict=True):
            if isinstance(old, Deriv) and isinstance(new, Deriv) and old.mode != new.mode:
                words.append(f"{new.mode}: {derivative_words(new)}{side}")
    return tuple(dict.fromkeys(words))


def derivative_words(term: Deriv) -> str:
    """A derivative in a line of text: `ds_k/dW`."""
    return f"d{_plain(term.of)}/d{_plain(term.by)}"


def _plain(term: Term) -> str:
    ref = base_of(term)
    if ref is None:
        return "(...)"
    name = as_written(ref.name)
    text = name if ref.time is None else f"{name}_{ref.time}" if len(str(ref.time)) == 1 else f"{name}_{{{ref.time}}}"
    if isinstance(term, Entry):
        text += "[" + ",".join(":" if i is None else str(i) for i in term.indices) + "]"
    return text


# what notes leave unsaid at the ends


def ahead_words(obligation: Obligation) -> tuple[str, ...]:
    """Derivatives of an earlier step by a later one that a sum runs into: they are zero."""
    found: dict[str, None] = {}
    env = {LAST: AHEAD_STEPS}
    for term in (obligation.left, obligation.right):
        for x, gap in _gaps(term, env):
            if gap < 0 and not _sees_ahead(obligation.network, x):
                found[f"{derivative_words(x)} is zero where the step below is the later one"] = None
    return tuple(found)


def _sees_ahead(network: Network, derivative: Deriv) -> bool:
    of, by = base_of(derivative.of), base_of(derivative.by)
    return of is None or by is None or leads(network, of.name, by.name)


AHEAD_STEPS = 4


def _gaps(term: Term, env: Mapping[str, int]) -> Iterator[tuple[Deriv, int]]:
    """Every derivative of one step by another under a sum, with how far the steps lie apart."""
    if isinstance(term, Sum | Prod | Family):
        if not (term.low.names() | term.high.names()) <= set(env):
            return
        for i in range(term.low.at(env), term.high.at(env) + 1):
            yield from _gaps(term.body, {**env, term.var: i})
        return
    if isinstance(term, Deriv):
        gap = gap_of(term)
        if gap is not None and gap.names() and gap.names() <= set(env):
            yield term, gap.at(env)
    for child in children(term):
        yield from _gaps(child, env)


# repeated factors whose number the page does not give


def counts(left: Term, right: Term) -> Iterator[tuple[Term, Term, tuple[str, ...]]]:
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
