"""Claim -> a claim with one to three mistakes, of the kinds that people make; most are false, some still true."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from attack_claims import Claim
from attack_formulas import (
    Derivative,
    Diagonal,
    Hadamard,
    Node,
    Number,
    OneMinus,
    Over,
    Power,
    Product,
    Quantity,
    Square,
    Step,
    Total,
    Transpose,
    places,
    put,
)
from attack_networks import Network

Change = Callable[[Node, Network, Random], Node | None]
STEPS = ("t", "k", r"\tau")


def mutated(claim: Claim, network: Network, draw: Random) -> Claim:
    """One to three random changes; letters that lose their binder are not let go."""
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3))):
        claim = _once(claim, network, draw)
    return claim


def _once(claim: Claim, network: Network, draw: Random) -> Claim:
    for _ in range(60):
        change = draw.choice(CHANGES)
        side = draw.choice(("left", "right", "right"))
        formula = getattr(claim, side)
        path, part = draw.choice(list(places(formula)))
        new = change(part, network, draw)
        if new is None or new == part or not _fits(formula, path, new):
            continue
        found = replace(claim, **{side: put(formula, path, new)})
        if found.letters <= {*STEPS, "i", "j"} and found.left != found.right:
            return found
    return claim


def _fits(formula: Node, path: tuple[object, ...], new: Node) -> bool:
    """Some places hold nothing but quantities."""
    if not path:
        return True
    above: Node = formula
    for part, parent in places(formula):
        if part == path[: len(part)] and len(part) < len(path):
            above = parent
    narrow = isinstance(above, Derivative | Power | Square)
    return isinstance(new, Quantity) or not narrow


def _transpose(part: Node, network: Network, draw: Random) -> Node | None:
    del network, draw
    if isinstance(part, Transpose):
        return part.of
    if isinstance(part, Quantity | Derivative | Product) and not (isinstance(part, Quantity) and part.entry):
        return Transpose(part)
    return None


def _shift(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Quantity) and part.step is not None:
        return replace(part, step=replace(part.step, shift=part.step.shift + draw.choice((-1, 1))))
    if isinstance(part, Power):
        return replace(part, high=replace(part.high, shift=part.high.shift + draw.choice((-1, 1))))
    return None


def _letter(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Quantity) and part.step is not None:
        return replace(part, step=draw.choice((Step("k"), Step("t"), Step("T"), Step("", 1), Step("t", -1))))
    return None


def _indices(part: Node, network: Network, draw: Random) -> Node | None:
    del network, draw
    if isinstance(part, Quantity) and part.entry:
        return replace(part, entry=tuple({"i": "j", "j": "i"}.get(e, e) for e in part.entry))
    return None


def _sign(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Total):
        n = draw.randrange(len(part.terms))
        return Total(tuple((-s if m == n else s, f) for m, (s, f) in enumerate(part.terms)))
    if isinstance(part, Quantity | Derivative) and draw.random() < 0.3:
        return Total(((-1, part),))
    return None


def _drop(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Total) and len(part.terms) > 1:
        n = draw.randrange(len(part.terms))
        rest = part.terms[:n] + part.terms[n + 1 :]
        return rest[0][1] if len(rest) == 1 and rest[0][0] > 0 else Total(rest)
    if isinstance(part, Product | Hadamard) and len(part.factors) > 1:
        n = draw.randrange(len(part.factors))
        factors = part.factors[:n] + part.factors[n + 1 :]
        return factors[0] if len(factors) == 1 else replace(part, factors=factors)
    return None


def _order(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Product) and len(part.factors) > 1:
        n = draw.randrange(len(part.factors) - 1)
        before, after = part.factors[n : n + 2]
        return Product((*part.factors[:n], after, before, *part.factors[n + 2 :]))
    return None


def _twice(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Product):
        n = draw.randrange(len(part.factors))
        return Product((*part.factors[: n + 1], *part.factors[n:]))
    return None


def _bounds(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if not isinstance(part, Over) or part.kind == "entries":
        return None
    end = draw.choice(("low", "high"))
    now: Step = getattr(part, end)
    moved = [replace(now, shift=now.shift + 1), replace(now, shift=now.shift - 1)]
    others = [Step("T"), Step("t"), Step("k"), Step("", 1)]
    new = draw.choice(moved + [s for s in others if s.letter != part.letter])
    return replace(part, low=new) if end == "low" else replace(part, high=new)


def _undiagonal(part: Node, network: Network, draw: Random) -> Node | None:
    del network, draw
    if isinstance(part, Diagonal):
        return part.of
    return Product(part.factors) if isinstance(part, Hadamard) else None


def _slope(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, OneMinus) and isinstance(part.of, Square):
        return draw.choice((OneMinus(part.of.of), part.of, part.of.of))
    if isinstance(part, OneMinus):
        return part.of
    return None


def _name(part: Node, network: Network, draw: Random) -> Node | None:
    if not isinstance(part, Quantity):
        return None
    kin = [n for n in _kin(part, network) if n != part.name]
    return replace(part, name=draw.choice(kin)) if kin else None


def _kin(part: Quantity, network: Network) -> Iterator[str]:
    """Names that may stand where this one stands."""
    if part.step is not None:
        own = network.columns.get(network.adjoints.get(part.name, part.name))
        number = own is not None and own.size is None
        yield from (name for name, c in network.columns.items() if (c.size is None) == number)
    else:
        rank = len(network.matrices.get(part.name, ()))
        yield from (name for name, shape in network.matrices.items() if len(shape) == rank and rank)


def _zero(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    return Number(0) if draw.random() < 0.15 and not isinstance(part, Number) else None


def _factor(part: Node, network: Network, draw: Random) -> Node | None:
    del network
    if isinstance(part, Number):
        return Number(2) if part.above != 0 else None
    number = draw.choice((Number(3, "T"), Number(2), Number(1, 2), Number("T", 3), Number(1, "T"), Number("T")))
    return Product((number, part)) if isinstance(part, Over | Derivative | Product) else None


def _direct(part: Node, network: Network, draw: Random) -> Node | None:
    del draw
    able = isinstance(part, Derivative) and part.under.name in network.matrices and part.over.step and network.direct
    return replace(part, direct=not part.direct) if able and isinstance(part, Derivative) else None


def _whole(part: Node, network: Network, draw: Random) -> Node | None:
    """The whole loss instead of that of a step, and the other way round."""
    del network
    if isinstance(part, Derivative) and part.over.name == "L":
        other = Quantity("L", draw.choice((Step("t"), Step("T")))) if part.over.step is None else Quantity("L")
        return replace(part, over=other)
    return None


def _upside_down(part: Node, network: Network, draw: Random) -> Node | None:
    del network, draw
    if isinstance(part, Derivative) and part.over.step and part.under.step and not part.direct:
        return Derivative(part.under, part.over)
    return None


def _one_step(part: Node, network: Network, draw: Random) -> Node | None:
    """The body of a sum or product for one step only."""
    del network
    if isinstance(part, Over) and part.kind != "entries":
        letter = draw.choice(("t", "k"))
        return part.body if letter == part.letter or part.letter in STEPS else _renamed(part.body, part.letter, letter)
    return None


def _renamed(node: Node, old: str, new: str) -> Node:
    for path, part in list(places(node)):
        if isinstance(part, Quantity) and part.step is not None and part.step.letter == old:
            node = put(node, path, replace(part, step=replace(part.step, letter=new)))
    return node


CHANGES: tuple[Change, ...] = (
    _transpose,
    _shift,
    _shift,
    _letter,
    _indices,
    _sign,
    _drop,
    _drop,
    _order,
    _twice,
    _bounds,
    _bounds,
    _undiagonal,
    _slope,
    _name,
    _zero,
    _factor,
    _direct,
    _whole,
    _upside_down,
    _one_step,
)
