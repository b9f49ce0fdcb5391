r"""Losses that a note calls by their name: `\mathrm{CE}(y_t, \hat y_t)`, "where $\ell$ is the cross-entropy".

The cross-entropy is written out where one of its arguments is a softmax and the other is not; of anything else, and of
losses with several usual factors (`MSE`), only that they make one number is taken from the name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Add, Apply, Function, Inner, Mul, Neg, Num, Ref, Term, rebuild
from bptt_symbolic.understanding.notation import LOSS_LETTERS

_PLAIN = re.compile(r"[^a-z]")
_CROSS_ENTROPY = frozenset({"ce", "xe", "xent", "crossentropy", "crossent", "celoss", "crossentropyloss"})
_OTHERS = frozenset({"bce", "mse", "sse", "rmse", "mae", "nll", "kl", "error", "cost", "loss", "lossfn"})
PAIR = 2
SQUARED = {Fraction(1, 2): "half the squared error", Fraction(1): "the squared error"}


def is_cross_entropy(name: str) -> bool:
    """Whether a word is the cross-entropy."""
    return len(name) > 1 and _PLAIN.sub("", name.lower()) in _CROSS_ENTROPY


def is_loss(name: str) -> bool:
    """Whether a word is a loss."""
    return len(name) > 1 and _PLAIN.sub("", name.lower()) in _CROSS_ENTROPY | _OTHERS


def softmaxes_in(definitions: Mapping[str, Definition]) -> frozenset[str]:
    """The quantities that are a softmax, by other names too."""
    found: set[str] = set()
    while True:
        more = {n for n, d in definitions.items() if n not in found and _is_softmax(d.body, found)}
        if not more:
            return frozenset(found)
        found |= more


def usual(network: Network) -> Iterator[tuple[dict[str, Definition], str]]:
    """The definitions with what losses that the note leaves open usually are, and that in words: the cross-entropy of a
    softmax; of anything else the squared error, with a factor of a half or without. Nothing where no loss is open."""
    definitions = network.definitions
    for factor in SQUARED:
        found: dict[str, str] = {}
        usually = {n: replace(d, body=_usual(d.body, network, factor, found)) for n, d in definitions.items()}
        if found:
            yield usually, " and ".join(f"{n} is {what}" for n, what in found.items())


def _usual(term: Term, network: Network, factor: Fraction, found: dict[str, str]) -> Term:
    new = rebuild(term, lambda child: _usual(child, network, factor, found))
    if not isinstance(new, Apply) or not new.function.own or len(new.args) != PAIR:
        return new
    name = new.function.called
    if new.function.kind != "loss" and name not in LOSS_LETTERS:
        return new
    shapes = [network.shapes.get(a.name) if isinstance(a, Ref) else None for a in new.args]
    if None in shapes or shapes[0] != shapes[1]:
        return new
    entropy = written_out(new.function, new.args, softmaxes_in(network.definitions), frozenset({new.function.name}))
    found[name] = "the cross-entropy" if entropy is not None else SQUARED[factor]
    gap = Add((new.args[0], Neg(new.args[1])))
    return entropy or Mul(Num(factor), Inner(gap, gap))


def _is_softmax(term: Term, known: "set[str] | frozenset[str]") -> bool:
    match term:
        case Apply(function=Function(name="softmax", order=0)):
            return True
        case Ref(name=name):
            return name in known
        case _:
            return False


def written_out(
    function: Function, args: Sequence[Term], softmaxes: frozenset[str], called: frozenset[str]
) -> Term | None:
    """`-<y, log p>` for a cross-entropy of a softmax `p`, whichever comes first; `called` are the note's names of it.

    None for another function, and where nothing tells the prediction from the target.
    """
    if len(args) != PAIR or function.order or not (is_cross_entropy(function.name) or function.name in called):
        return None
    first, second = (_is_softmax(a, softmaxes) for a in args)
    if first == second:
        return None
    p, y = args if first else (args[1], args[0])
    return Neg(Inner(y, Apply(Function("log"), (p,))))
