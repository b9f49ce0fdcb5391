r"""Network -> network in which every argument of a function has a name: `i_t = \sigma(U x_t + W h_{t-1} + b)` becomes
`\bar{i}_t = U x_t + W h_{t-1} + b`, `i_t = \sigma(\bar{i}_t)`.

A derivation relates named quantities; without the name, the argument would be differentiated again for every weight in
it. Nothing is computed otherwise than before.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bptt_symbolic.deriving.algebra import Algebra
from bptt_symbolic.deriving.dataflow import over_steps
from bptt_symbolic.deriving.indexing import Entries
from bptt_symbolic.meaning.names import as_written, homonym_of, number_of
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import LAST, Affine, Apply, AtLabel, Ref, Shape, Sum, Term, rebuild, substitute, walk

ACCENT = re.compile(r"^\\(?:tilde|hat|bar|check|dot|ddot|widehat|widetilde)\{(.*)\}$")


def with_named_arguments(network: Network) -> tuple[Network, tuple[str, ...]]:
    """The network with names for arguments, and the new names."""
    definitions: dict[str, Definition] = {}
    shapes: dict[str, Shape] = dict(network.shapes)
    new: list[str] = []
    for name, definition in network.definitions.items():
        body = definition.body
        plain = isinstance(body, Apply) and len(body.args) == 1 and not isinstance(body.args[0], Ref)
        fresh = _fresh(name, shapes)
        definitions[name] = definition
        if plain and definition.var and not definition.indices and fresh and isinstance(body, Apply):
            shape = _shape(definition, body, network)
            if shape is not None:
                shapes[fresh] = shape
                new.append(fresh)
                argument = Ref(fresh, Affine.of(definition.var))
                definitions[fresh] = Definition(fresh, body.args[0], definition.var)
                definitions[name] = replace(definition, body=replace(body, args=(argument,)))
    temporal = network.temporal | frozenset(new)
    return replace(network, definitions=definitions, shapes=shapes, temporal=temporal), tuple(new)


def with_letters(network: Network) -> Network:
    """The network with letters where sums over entries run over something that has none, as in a norm."""
    free = Entries(Algebra(network)).letters
    changed = {n: replace(d, body=_lettered(d.body, free)) for n, d in network.definitions.items()}
    return replace(network, definitions=changed)


def _lettered(term: Term, free: Sequence[str]) -> Term:
    if isinstance(term, Sum) and number_of(term.var) is not None and free:
        body = substitute(term.body, {term.var: Affine.of(free[0])})
        return replace(term, var=free[0], body=_lettered(body, free[1:]))
    return rebuild(term, lambda child: _lettered(child, free))


def _shape(definition: Definition, body: Apply, network: Network) -> Shape | None:
    """The shape of an argument worth a name: one that reads more than one quantity."""
    if len({x.name for x in walk(body.args[0]) if isinstance(x, Ref)}) == 1:
        return None
    try:
        scope = Scope(network).inside(str(definition.var), Affine(network.start), Affine.of(LAST))
        return shape_of(body.args[0], scope)
    except IllTyped:
        return None


def _fresh(name: str, taken: dict[str, Shape]) -> str | None:
    r"""`\bar{h}` for `h` and for `\tilde{h}`; None when nothing is free."""
    inner = ACCENT.match(name)
    base = inner[1] if inner else name
    if not re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+", base):
        return None
    return next((n for n in (rf"\bar{{{base}}}", rf"\check{{{base}}}", rf"\dot{{{base}}}") if n not in taken), None)


def with_total(
    network: Network, letters: tuple[str, ...] = ("L", r"\mathcal{L}", "J", "E")
) -> tuple[Network, str] | None:
    """What a loss of all steps depends on, and the name of that loss; None when the network has no loss at all.

    Of several losses of a step, one without a label is taken before one with; a total that is missing is added.
    """
    losses = [n for n in _losses(network) if n not in network.adjoints]
    totals = [n for n in losses if network.definitions[n].var is None]
    if totals:
        network, total = _with_steps(network, totals[-1])
        return _needed(network, total), total
    if not losses:
        return None
    step = min(losses, key=lambda n: ("_" in n, -losses.index(n)))
    name = next(n for n in (homonym_of(step), *letters) if n not in network.shapes)
    body = Sum("t", Affine(network.start), Affine.of(LAST), Ref(step, Affine.of("t")))
    definitions = {**network.definitions, name: Definition(name, body)}
    full = replace(network, definitions=definitions, shapes={**network.shapes, name: Shape()})
    return _needed(full, name), name


def _with_steps(network: Network, total: str) -> tuple[Network, str]:
    r"""The network in which the one sum over the steps that a total has adds up losses that have a name.

    `L = \\sum_t f(h_t)` becomes `L_t = f(h_t)`, `L = \\sum_t L_t`; several such sums are left as they are.
    """
    definition = network.definitions[total]
    sums = [x for x in walk(definition.body) if isinstance(x, Sum) and over_steps(x)]
    if len(sums) != 1 or _adds_up_names(sums[0], network):
        return network, total
    summed = sums[0]
    step = as_written(total)
    name = homonym_of(step)
    free = {str(n) for n in summed.low.names() | summed.high.names()} - {LAST}
    if step in network.temporal or (total != name and name in network.shapes) or free:
        return network, total
    inner = replace(summed, body=Ref(step, Affine.of(summed.var)))
    definitions = {n: d for n, d in network.definitions.items() if n != total}
    definitions[step] = Definition(step, summed.body, summed.var)
    definitions[name] = Definition(name, _put(definition.body, summed, inner))
    shapes = {**{n: s for n, s in network.shapes.items() if n != total}, step: Shape(), name: Shape()}
    return replace(network, definitions=definitions, shapes=shapes, temporal=network.temporal | {step}), name


def _adds_up_names(summed: Sum, network: Network) -> bool:
    """Whether what is summed is made of numbers of a step that have a name."""
    read = {x.name for x in walk(summed.body) if isinstance(x, Ref) and x.time is not None}
    return bool(read) and all(not network.shapes[n].axes and n in network.definitions for n in read)


def _put(term: Term, old: Term, new: Term) -> Term:
    return new if term is old else rebuild(term, lambda child: _put(child, old, new))


def has_total(network: Network) -> bool:
    """Whether a network has a loss without a step."""
    return any(network.definitions[n].var is None for n in _losses(network) if n not in network.adjoints)


def _losses(network: Network) -> list[str]:
    """Scalars that are losses by their role, or scalars with a time where no role says so."""
    scalars = [n for n, s in network.shapes.items() if not s.axes and n in network.definitions]
    return [n for n in scalars if network.role.get(n) == "loss"] or [n for n in scalars if network.definitions[n].var]


def _needed(network: Network, total: str) -> Network:
    """The network without what the total does not depend on."""
    network = replace(network, definitions={n: _followed(d, network) for n, d in network.definitions.items()})
    needed: set[str] = set()
    todo = [total]
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            if (definition := network.definitions.get(name)) is not None:
                todo.extend(x.name for x in walk(definition.body) if isinstance(x, Ref))
                todo.extend(x.label.name for x in walk(definition.body) if isinstance(x, AtLabel))
    return replace(
        network,
        definitions={n: d for n, d in network.definitions.items() if n in needed},
        shapes={n: s for n, s in network.shapes.items() if n in needed},
        temporal=network.temporal & needed,
        initial=tuple(d for d in network.initial if d.name in needed),
        targets=network.targets & needed,
    )


def _followed(definition: Definition, network: Network) -> Definition:
    """A definition that only gives another name to a loss, with what that name stands for."""
    body = definition.body
    if isinstance(body, Ref) and not network.shapes[definition.name].axes and body.name in network.definitions:
        other = network.definitions[body.name]
        if other.var == definition.var and body.time == (None if other.var is None else Affine.of(other.var)):
            return _followed(replace(other, name=definition.name), network)
    return definition
