"""Note -> offers: the factors and terms that could be missing from a side, as its author would write them.

First the derivatives of activations, then what the network has: parameters, states, inputs and outputs at the steps
that the side speaks about; then what stands in the other formulas of the note.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from bptt_symbolic.meaning.network import Network, base_of
from bptt_symbolic.meaning.shapes import Scope
from bptt_symbolic.meaning.terms import LAST, Add, Affine, Deriv, Mul, Ref, Term, Transpose, free_names, walk
from bptt_symbolic.mending.repair.activation_slopes import as_matrix, is_slope, jacobian_text, quotient, slope_texts
from bptt_symbolic.mending.repair.handwriting import Spelling, below, renamed
from bptt_symbolic.mending.repair.likeness import key
from bptt_symbolic.mending.repair.site import Offer
from bptt_symbolic.mending.repair.spots import Spots, fixed_shape
from bptt_symbolic.reading.syntax import Node, Symbol, Token
from bptt_symbolic.understanding import NoPattern, NotBuilt


def offers_of(
    near: Iterable[Spots],
    times: tuple[Affine, ...],
    indices: tuple[Affine, ...],
    bound: tuple[Affine, ...],
    network: Network,
    spelling: Spelling,
) -> tuple[Offer, ...]:
    """What could be missing from a side that speaks about these steps, indices, and letters that it binds; `near` are
    other formulas."""
    steps, indices = tuple(dict.fromkeys((*times, *bound))), (*indices, *bound)
    letters = frozenset(n for a in (*times, *indices) for n in a.names()) | frozenset(network.sizes) | {LAST}
    near = tuple(near)
    own = list(_written(near, letters, steps, network, spelling))
    written = {_meaning(offer.text, network, spelling): offer.text for offer in reversed(own)}
    found: dict[tuple[object, bool], Offer] = {}
    for offer in (
        *_slopes(times, network, spelling),
        *_names(times, indices, network, spelling),
        *_defined(times, network, spelling),
        *_gradients(times, network, spelling, near),
        *own,
    ):
        term = _term(offer.text, spelling)
        meaning = offer.text if term is None else key(term, network)
        text, usual = written.get(meaning, offer.text), offer.is_usual or meaning in written
        shape = None if term is None else fixed_shape(term, Scope(network, {}))
        found.setdefault((meaning, offer.is_term), replace(offer, text=text, shape=shape, is_usual=usual))
    return tuple(found.values())


def _meaning(text: str, network: Network, spelling: Spelling) -> object:
    """What a formula means, or the text itself where that is not known."""
    term = _term(text, spelling)
    return text if term is None else key(term, network)


def _term(text: str, spelling: Spelling) -> Term | None:
    node = spelling.page.read(text)
    try:
        return None if node is None else spelling.builder.build(node)
    except (NotBuilt, NoPattern):
        return None


def _defined(times: tuple[Affine, ...], network: Network, spelling: Spelling) -> Iterator[Offer]:
    """The terms of the sums that the network is defined by: `W s_{t-1}`."""
    for name, definition in network.definitions.items():
        for time in times if name in network.temporal else (None,):
            for x in walk(definition.body_at(time)):
                if isinstance(x, Add):
                    texts = [_product(item, spelling) for item in x.items]
                    yield from (Offer(text, is_term=True) for text in texts if text is not None)


def _gradients(
    times: tuple[Affine, ...], network: Network, spelling: Spelling, near: Iterable[Spots]
) -> Iterator[Offer]:
    """The names of gradients, and the derivatives of losses by what they depend on."""
    losses = [name for name, role in network.role.items() if role == "loss"]
    adjoints = [d.body for n, d in network.definitions.items() if network.role.get(n) == "adjoint"]
    named = {body.by.name for body in adjoints if isinstance(body, Deriv) and isinstance(body.by, Ref)}
    derivative = _derivative(near, network, spelling)
    for name in network.shapes:
        for time in times if name in network.temporal and name not in losses else ():
            lower = spelling.quantity(name, time)
            if lower is not None and network.role[name] == "adjoint":
                yield Offer(lower, is_gradient=True)
            for loss in losses if name in network.definitions else ():
                upper = spelling.quantity(loss, time if loss in network.temporal else None)
                if upper is not None and lower is not None:
                    text = derivative(upper, lower)
                    yield Offer(text, is_gradient=True, is_usual=name not in named and spelling.uses(text))


def _derivative(near: Iterable[Spots], network: Network, spelling: Spelling) -> Callable[[str, str], str]:
    r"""How the author writes a derivative, by an example: as a quotient, in one line, `\nabla_{h_t} L`."""
    for spots in near:
        for chain, factor in spots.factors():
            if isinstance(factor.term, Deriv) and isinstance(factor.term.of, Ref) and isinstance(factor.term.by, Ref):
                text = spelling.page.run(chain.nodes(factor))
                of, by = (spelling.quantity(ref.name, ref.time) or "" for ref in (factor.term.of, factor.term.by))
                if network.role.get(factor.term.of.name) == "loss" and text.count(of) == text.count(by) == 1:
                    pattern = text.replace(by, "<by>").replace(of, "<of>")
                    return lambda upper, lower: pattern.replace("<of>", upper).replace("<by>", lower)
    return quotient


def _product(term: Term, spelling: Spelling) -> str | None:
    """A product of quantities as its author would write it."""
    match term:
        case Ref(name=name, time=time):
            return spelling.quantity(name, time)
        case Transpose(body=Ref(name=name, time=time)):
            text = spelling.quantity(name, time)
            return None if text is None else spelling.transposed(text)
        case Mul(left=left, right=right):
            one, two = _product(left, spelling), _product(right, spelling)
            return None if one is None or two is None else f"{one} {two}"
        case _:
            return None


def _slopes(times: tuple[Affine, ...], network: Network, spelling: Spelling) -> Iterator[Offer]:
    for name in network.definitions:
        for time in times if name in network.temporal else ():
            quotient = jacobian_text(name, time, network, spelling)
            if quotient is not None:
                yield Offer(quotient, is_slope=True, is_link=True, is_usual=spelling.uses(quotient))
            for text in slope_texts(name, time, network, spelling):
                yield Offer(as_matrix(text), is_slope=True)
                yield Offer(rf"\left( {text} \right)", is_slope=True)
                if text.startswith("1 - "):
                    yield Offer(text.removeprefix("1 - "), is_term=True)


def _written(
    near: Iterable[Spots], letters: frozenset[str], times: tuple[Affine, ...], network: Network, spelling: Spelling
) -> Iterator[Offer]:
    """Factors and terms of the formulas nearby; then derivatives transposed, and all that is longer at other steps."""
    page, other = spelling.page, list[Offer]()
    for spots in near:
        for chain, factor in spots.factors():
            assert factor.term is not None  # noqa: S101 - `factors` gives no others
            nodes, slope = chain.nodes(factor), is_slope(factor.term, network)
            if free_names(factor.term) <= letters:
                yield Offer(page.run(nodes), slope, is_gradient=isinstance(factor.term, Deriv))
            if isinstance(factor.term, Deriv):
                other.append(Offer(spelling.transposed(page.run(nodes), bare=False)))
            if base_of(factor.term) is None:
                other += [Offer(text, slope, is_usual=False) for text in _at_other_steps(nodes, times, spelling)]
        for node, _ in spots.sums:
            yield from (Offer(page.text(item), is_term=True) for item in node.items if not isinstance(item, Token))
    yield from other


def _at_other_steps(nodes: Sequence[Node | Token], times: tuple[Affine, ...], spelling: Spelling) -> Iterator[str]:
    """A formula with its running time replaced by each other letter that is one."""
    trees = [n for n in nodes if not isinstance(n, Token)]
    used = {n.name for tree in trees for n in (tree, *below(tree)) if isinstance(n, Symbol)}
    mine = sorted(used & spelling.builder.notation.times)
    if len(mine) != 1 or len(trees) != len(nodes):
        return
    for time in dict.fromkeys(times):
        if time.names() != frozenset(mine) and len(time.parts) == 1 and not time.const:
            new = spelling.integer(time)
            yield " ".join(renamed(tree, {mine[0]: new}) for tree in trees)


def _names(
    times: tuple[Affine, ...], indices: tuple[Affine, ...], network: Network, spelling: Spelling
) -> Iterator[Offer]:
    for name, shape in network.shapes.items():
        if network.role.get(name) in {"loss", "adjoint"}:
            continue
        for time in times if name in network.temporal else (None,):
            text = spelling.quantity(name, time)
            if text is not None:
                yield Offer(text)
            if text is not None and shape.axes:
                yield Offer(spelling.transposed(text))
            for index in indices if len(shape.axes) == 1 else ():
                entry = spelling.quantity(name, time, [index])
                if entry is not None:
                    yield Offer(entry)
            for pair in permutations(indices[:MOST_INDICES], 2) if len(shape.axes) == MATRIX else ():
                entry = spelling.quantity(name, time, pair)
                if entry is not None:
                    yield Offer(entry)


MATRIX = 2
MOST_INDICES = 4
