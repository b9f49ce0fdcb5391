r"""One side of a relation -> the terms that it can mean, most literal first.

A side is read under options (layout, scope of a sum sign, binding of a Hadamard sign, order of products over time) and
with a meaning of the product of two vectors where the ordinary one does not exist.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache

from bptt_symbolic.meaning.names import letter_of
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import Apply, Deriv, Entry, Layout, Ref, Shape, Term, rebuild, walk
from bptt_symbolic.reading.syntax import Node, leaves
from bptt_symbolic.understanding import HADAMARD, Builder, NoPattern, NotBuilt, Options, summed
from bptt_symbolic.understanding.coerce import Meant, products, squared_norms, whole_ranges
from bptt_symbolic.understanding.occurrences import Occurrence, uses


@dataclass(frozen=True, slots=True)
class Side:
    """One side under given options, with the words for every choice that is not the literal one."""

    term: Term
    words: tuple[str, ...]
    layout: Layout
    cost: int


LAYOUTS: dict[Layout, str] = {
    "numerator": "numerator",
    "gradient": "gradients shaped like their variable",
    "denominator": "denominator",
}

CHOICES = frozenset({"narrow", "newest", "power", "star", "tight", "entrywise", "slope", "inner", "outer", "square"})
"""All that may be read otherwise than literally in a side: options of the builder, and products of vectors."""


def sides(
    node: Node,
    builder: Builder,
    scope: Scope,
    keep: frozenset[str],
    *,
    may: frozenset[str] = CHOICES,
    layouts: Sequence[Layout] = tuple(LAYOUTS),
) -> list[Side]:
    """The terms that one side can mean, most literal first; raises NotBuilt or NoPattern when there is none.

    `keep` are the letters that the summation convention does not sum over.
    """
    found: dict[Term, Side] = {}
    expanded: set[Term] = set()
    failure: NotBuilt | NoPattern | None = None
    matters = _matters(node, builder, scope, may)
    products_ = may if builder.entrywise else may - {"entrywise"}

    @cache
    def built(options: Options) -> Term:
        term = builder.choosing(options).whole(node)
        return whole_ranges(summed(term, keep) if builder.convention else term, scope)

    for cost, options, differences, words in _choices(power_first="power" in matters and builder.notation.tops):
        if options.layout not in layouts or not differences <= matters:
            continue
        try:
            plain = laid_out(built(replace(options, layout="numerator")), options.layout)
        except (NotBuilt, NoPattern) as reason:
            failure = failure or reason
            continue
        if plain in expanded:
            continue  # an option before it means the same
        expanded.add(plain)
        for extra, term, note in _vector_products(plain, scope, products_):
            if term not in found:
                found[term] = Side(term, words + note + _softmax_words(term), options.layout, cost + extra)
    if not found:
        assert failure is not None  # noqa: S101 - every option has failed
        raise failure
    return sorted(found.values(), key=lambda s: s.cost)


def _matters(node: Node, builder: Builder, scope: Scope, may: frozenset[str]) -> frozenset[str]:
    """The options that can make a difference to a formula, of those that may be taken and that the page leaves open."""
    found = (_features(node) & may) - ({"star"} if "*" in builder.notation.matrix else set())
    return found | {"power"} if "power" in may and _has_power(node, builder, scope) else found


def laid_out(term: Term, layout: Layout) -> Term:
    """The derivatives in another layout; a nabla keeps its own."""
    if layout == "numerator":
        return term
    new = rebuild(term, lambda child: laid_out(child, layout))
    return replace(new, layout=layout) if isinstance(new, Deriv) and new.layout == "numerator" else new


def _differences(options: Options) -> frozenset[str]:
    """The fields, but for the layout, in which options are not the literal ones."""
    plain = Options(layout=options.layout)
    return frozenset(f.name for f in fields(Options) if getattr(options, f.name) != getattr(plain, f.name))


def _features(node: Node) -> frozenset[str]:
    """The options that can make a difference to a formula."""
    marks = {t.text.strip() for t in leaves(node)}
    found = set()
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
NARROW = "scope: a sum or product sign takes only the next factor"
OLDEST = "product: in the order of the index, oldest first"


@cache
def _choices(*, power_first: bool) -> tuple[tuple[int, Options, frozenset[str], tuple[str, ...]], ...]:
    """How far each set of options is from the literal one, in what it differs from that, and how this is said."""
    return tuple((cost, o, _differences(o), words) for cost, o, words in _options(power_first=power_first))


def _options(*, power_first: bool) -> Iterator[tuple[int, Options, tuple[str, ...]]]:
    layouts: tuple[Layout, ...] = ("numerator", "gradient", "denominator")
    for other, layout in enumerate(layouts):
        base = Options(layout=layout)
        yield other + power_first, base, (TRANSPOSE,) if power_first else ()
        yield other + (1 - power_first), replace(base, power=True), (POWER,)
        yield other + 2, replace(base, tight=True), ("the entrywise product binds tighter than the matrix product",)
        yield other + 2, replace(base, narrow=True), (NARROW,)
        yield other + 2, replace(base, star="hadamard"), ("* is the entrywise product",)
        yield other + 3, replace(base, newest=False), (OLDEST,)
        yield other + 5, replace(base, narrow=True, newest=False), (NARROW, OLDEST)


def _vector_products(plain: Term, scope: Scope, may: frozenset[str]) -> Iterator[tuple[int, Term, tuple[str, ...]]]:
    """The term as it stands, then, where it has no shape or is no number, with another meaning of its products."""
    plain = products(plain, scope)
    yield 0, plain, ()
    shape = shape_or_none(plain, scope)
    if "square" in may and (shape is None or shape.axes):
        norms = squared_norms(plain, scope)
        if norms != plain and (square := shape_or_none(norms, scope)) is not None and not square.axes:
            yield 1, norms, ("square: of a vector, its squared norm",)
    if shape is not None:
        return  # every product in it exists
    for cost, meant, word in PRODUCTS_OF_VECTORS:
        if meant in may and (found := products(plain, scope, meant)) != plain:
            yield cost, found, (word,)


def shape_or_none(term: Term, scope: Scope) -> Shape | None:
    """The shape of a term, if it has one."""
    try:
        return shape_of(term, scope)
    except IllTyped:
        return None


INNER = "product: inner product of two vectors"
OUTER = "product: outer product of two vectors"
PRODUCTS_OF_VECTORS: tuple[tuple[int, Meant, str], ...] = (
    (1, "slope", "product: v (1 - v) is the entrywise product"),
    (1, "entrywise", "product: entrywise product of two vectors"),
    (2, "inner", INNER),
    (3, "outer", OUTER),
)
"""How far a meaning of a product of two vectors is from the literal one, and what is said of it."""


def layout_words(left: Side, right: Side) -> tuple[str, ...]:
    """What is said about the layouts of two sides; nothing when they cannot be told apart."""
    a, b = is_seen(left), is_seen(right)
    if a and b and left.layout != right.layout:
        return (f"layout: {LAYOUTS[left.layout]} on the left, {LAYOUTS[right.layout]} on the right",)
    chosen = left.layout if a else right.layout
    if (a or b) and chosen != "numerator":
        return (f"layout: {LAYOUTS[chosen]}",)
    return ()


def is_seen(side: Side) -> bool:
    """Whether a side has a derivative whose layout can be seen at all: not one of entries by entries."""
    return any(
        isinstance(x, Deriv) and not (isinstance(x.by, Entry) and isinstance(x.of, Entry)) for x in walk(side.term)
    )
