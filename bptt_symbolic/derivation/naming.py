r"""Network -> network in which every argument of a function has a name: `i_t = \sigma(U x_t + W h_{t-1} + b)` becomes
`\bar{i}_t = U x_t + W h_{t-1} + b`, `i_t = \sigma(\bar{i}_t)`.

A derivation relates named quantities; without the name, the argument would be differentiated again for every weight in
it. Nothing is computed otherwise than before.
"""

import re
from dataclasses import replace

from bptt_symbolic.network import Definition, Network
from bptt_symbolic.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.terms import LAST, Affine, Apply, Ref, Shape, Sum, walk

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
        if plain and definition.var and not definition.indices and fresh and isinstance(body, Apply):
            shape = _shape(definition, body, network)
            if shape is not None:
                shapes[fresh] = shape
                new.append(fresh)
                definitions[fresh] = Definition(fresh, body.args[0], definition.var)
                definition = replace(definition, body=replace(body, args=(Ref(fresh, Affine.of(definition.var)),)))
        definitions[name] = definition
    temporal = network.temporal | frozenset(new)
    return replace(network, definitions=definitions, shapes=shapes, temporal=temporal), tuple(new)


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


def with_total(network: Network, letters: tuple[str, ...] = ("L", r"\mathcal{L}", "J", "E")) -> tuple[Network, str] | None:
    """The network with a loss of all steps, and the name of that loss; None when it has no loss at all."""
    scalars = [n for n, s in network.shapes.items() if not s.axes and n in network.definitions]
    losses = [n for n in scalars if network.role.get(n) == "loss"] or [n for n in scalars if network.definitions[n].var]
    totals = [n for n in losses if network.definitions[n].var is None]
    if totals:
        return network, totals[-1]
    if not losses:
        return None
    step = losses[-1]
    name = next(n for n in (step + "°", *letters) if n not in network.shapes)
    body = Sum("t", Affine(network.start), Affine.of(LAST), Ref(step, Affine.of("t")))
    definitions = {**network.definitions, name: Definition(name, body)}
    return replace(network, definitions=definitions, shapes={**network.shapes, name: Shape()}), name
