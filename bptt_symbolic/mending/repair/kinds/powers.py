r"""A power of the recurrent matrix where a product of Jacobians belongs: the activation is no constant.

W^{t-k}              \prod_{i=k+1}^t \mathrm{diag}(1 - s_i^2) W
W^{t-k} \prod_i A_i  \prod_i A_i W
"""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine, Power
from bptt_symbolic.mending.repair.activation_slopes import as_matrix, jacobian_text, quotient, slope_texts
from bptt_symbolic.mending.repair.edit import Edit, Named, in_brackets, rewritten
from bptt_symbolic.mending.repair.handwriting import below, renamed
from bptt_symbolic.mending.repair.page import alike
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain, Factor, is_named
from bptt_symbolic.reading.syntax import Fenced, Node, Product, Token
from bptt_symbolic.understanding import NotBuilt
from bptt_symbolic.understanding.sum_bounds import big, is_dots, ranges_of

KIND = "power for a product of Jacobians"
LETTERS = ("i", "j", "m", "n", "r")


def edits(site: Site) -> Iterator[Edit | None]:
    """Powers over time and factors repeated with dots, as products over the steps."""
    for chain in site.spots.chains:
        for factor in chain.factors:
            match factor.term:
                case Power(exponent=exponent) if exponent.names():
                    place = (factor.start, factor.end)
                    yield from _pushed(site, chain, factor)
                    for high, low in _gaps(site):
                        if high - low == exponent:
                            yield from _products(site, chain, place, (high, low), _base(site, chain, factor))
        run = _run(chain)
        if run is not None:
            for gap in _gaps(site):
                yield from _products(site, chain, run, gap, site.page.text(chain.items[run[0]]))


def _gaps(site: Site) -> tuple[tuple[Affine, Affine], ...]:
    """Pairs of steps between which something can run."""
    steps = [t for t in site.times if t.names()]
    return tuple((a, b) for a in steps for b in steps if (a - b).names())


def _run(chain: Chain) -> tuple[int, int] | None:
    r"""The place of `W \cdot W \cdots` in a chain."""
    for number, factor in enumerate(chain.factors):
        node = chain.items[factor.start]
        if number and factor.term is None and not isinstance(node, Token) and is_dots(node):
            first = number - 1
            while first and _same(chain, first - 1, number - 1):
                first -= 1
            return chain.factors[first].start, factor.end
    return None


def _same(chain: Chain, a: int, b: int) -> bool:
    one, two = chain.nodes(chain.factors[a]), chain.nodes(chain.factors[b])
    nodes = [n for n in (*one, *two) if not isinstance(n, Token)]
    return len(nodes) == 2 and alike(nodes[0], nodes[1])  # noqa: PLR2004 - a node each


def _base(site: Site, chain: Chain, factor: Factor) -> str:
    node = chain.items[factor.start]
    return site.page.text(getattr(node, "base", node))


def _products(
    site: Site, chain: Chain, place: tuple[int, int], gap: tuple[Affine, Affine], base: str
) -> Iterator[Edit | None]:
    high, low = gap
    taken = {n for t in site.times for n in t.names()} | set(chain.bound)
    letter = next((x for x in LETTERS if x not in taken), "q")
    at, write = Affine.of(letter), site.spelling.integer
    sign = rf"\prod_{{{letter}={write(low + 1)}}}^{{{write(high)}}}"
    old = " ".join(site.page.text(i) for i in chain.items[place[0] : place[1]])
    for state in sorted(site.network.states):
        slopes = [as_matrix(text) for text in slope_texts(state, at, site.network, site.spelling)]
        own = jacobian_text(state, at, site.network, site.spelling)
        for slope in ([own] if own is not None else []) + slopes:
            for body in (f"{slope} {base}", f"{base} {slope}"):
                text = in_brackets(f"{sign} {body}")
                usual = slope != own or site.spelling.uses(own or "")
                named = Named(KIND, f"write {text} for {old}", 1.05 if slope != own else 1.0 if usual else 1.15)
                yield rewritten(site.page, chain, place, text, named)
        upper, lower = site.spelling.quantity(state, high), site.spelling.quantity(state, low)
        if upper is not None and lower is not None:
            text = quotient(upper, lower)
            yield rewritten(site.page, chain, place, text, Named(KIND, f"write {text} for {old}", 1.6))


def _pushed(site: Site, chain: Chain, factor: Factor) -> Iterator[Edit | None]:
    """A power before a product of as many factors, put into each of them."""
    base = _base(site, chain, factor)
    rest = chain.items[factor.end :]
    while rest and isinstance(rest[0], Token):
        rest = rest[1:]
    if not rest:
        return
    first = rest[0]
    assert not isinstance(first, Token)  # noqa: S101 - they are gone
    inside = isinstance(first, Fenced) and isinstance(first.body, Product)
    items = first.body.items if isinstance(first, Fenced) and isinstance(first.body, Product) else rest
    if big(items[0]) is None:
        return
    place = (factor.start, chain.items.index(first) + 1 if inside else len(chain.items))
    words = f"put {base} into each factor of the product"
    body = " ".join(site.page.text(i) for i in items[1:])
    for sign, last in _ranges(site, items, factor):
        for inner in (f"{body} {base}", f"{base} {body}"):
            text = f"{sign} {inner}" if not inside and not last else in_brackets(f"{sign} {inner}")
            for whole in dict.fromkeys((f"{text} {last}".strip(), f"{last} {text}".strip())):
                yield rewritten(site.page, chain, place, whole, Named(KIND, words, 1.0))


def _ranges(site: Site, items: tuple[Node | Token, ...], factor: Factor) -> Iterator[tuple[str, str]]:
    """The sign of a product of as many factors as the power has, and the factor that is left over, if one is."""
    sign = big(items[0])
    assert sign is not None and isinstance(factor.term, Power)  # noqa: S101, PT018 - the caller has seen to both
    try:
        ((var, low, high, _),) = ranges_of(sign[1])
    except (NotBuilt, ValueError):
        return
    write = site.spelling.integer
    if high - low + 1 == factor.term.exponent:
        yield site.page.text(items[0]), ""
    if high - low == factor.term.exponent:
        body = " ".join(_put(site, item, var, write(low)) for item in items[1:])
        yield rf"\prod_{{{write(Affine.of(var))}={write(low + 1)}}}^{{{write(high)}}}", body


def _put(site: Site, item: Node | Token, letter: str, value: str) -> str:
    """A formula with a letter replaced."""
    if isinstance(item, Token) or not any(is_named(n, letter) for n in below(item)):
        return site.page.text(item)
    return renamed(item, {letter: value})
