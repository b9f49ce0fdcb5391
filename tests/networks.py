"""The cells as networks built by hand, term by term: what `bptt_symbolic.understanding` must find in `cells/*.md`.

Names are those of the cells' notes as keywords (`haty` for a y with a hat), `total` is the loss of all steps.
"""

from collections.abc import Callable
from fractions import Fraction

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    Function,
    Hadamard,
    Mul,
    Neg,
    Num,
    Ref,
    Shape,
    Stack,
    Sum,
    Term,
    Transpose,
)

T = Affine.of("t")
D, M, C = Affine.of("D"), Affine.of("M"), Affine.of("C")
HALF = Num(Fraction(1, 2))


def at(name: str, lag: int = 0) -> Ref:
    return Ref(name, T - lag)


def call(name: str, argument: Term, *, generic: bool = False) -> Apply:
    return Apply(Function(name, "generic" if generic else "known"), (argument,))


def affine(matrix: str, inputs: Term, weights: str, state: Term, bias: str) -> Add:
    return Add((Mul(Ref(matrix), inputs), Mul(Ref(weights), state), Ref(bias)))


def network(
    definitions: dict[str, Term],
    shapes: dict[str, Shape],
    given: tuple[str, ...],
    target: str,
    timeless: tuple[str, ...] = ("total",),
) -> Network:
    """Definitions at `t`, except the total loss; `given` are inputs and targets."""
    total = Sum("t", Affine(1), Affine.of(LAST), at("L"))
    made = {name: Definition(name, body, "t") for name, body in definitions.items()}
    made["total"] = Definition("total", total)
    temporal = frozenset((*given, *definitions)) - frozenset(timeless)
    return Network(made, {**shapes, "L": Shape(), "total": Shape()}, temporal, targets=frozenset({target}))


CROSS_ENTROPY = Neg(Mul(Transpose(at("y")), call("log", at("haty"))))


def elman() -> Network:
    definitions: dict[str, Term] = {
        "z": affine("U", at("x"), "W", at("s", 1), "b"),
        "s": call("tanh", at("z")),
        "o": Add((Mul(Ref("V"), at("s")), Ref("c"))),
        "haty": call("softmax", at("o")),
        "L": CROSS_ENTROPY,
    }
    shapes = {
        **dict.fromkeys(("z", "s", "b"), Shape((D,))),
        **dict.fromkeys(("o", "haty", "y", "c"), Shape((C,))),
        "x": Shape((M,)),
        "U": Shape((D,), (M,)),
        "W": Shape((D,), (D,)),
        "V": Shape((C,), (D,)),
    }
    return network(definitions, shapes, ("x", "y"), "y")


def jordan(function: str = "f") -> Network:
    """The generic activation `f`, or a known one."""
    error = Add((at("y"), Neg(at("haty"))))
    definitions: dict[str, Term] = {
        "z": Mul(Ref("W"), Stack((at("x"), at("y", 1)))),
        "y": call(function, at("z"), generic=function == "f"),
        "L": Mul(HALF, Mul(Transpose(error), error)),
    }
    shapes = {
        **dict.fromkeys(("z", "y", "haty"), Shape((D,))),
        "x": Shape((M,)),
        "W": Shape((D,), (M + D,)),
    }
    return network(definitions, shapes, ("x", "haty"), "haty")


def gated(gates: str) -> dict[str, Shape]:
    """The shapes that gru and lstm share; `gates` are the labels of their matrices."""
    return {
        **{f"U_{gate}": Shape((D,), (M,)) for gate in gates},
        **{f"W_{gate}": Shape((D,), (D,)) for gate in gates},
        **{f"b_{gate}": Shape((D,)) for gate in gates},
        **dict.fromkeys(("a", "haty", "y", "b"), Shape((C,))),
        "x": Shape((M,)),
        "h": Shape((D,)),
        "V": Shape((C,), (D,)),
    }


def gate(label: str, function: str = "sigmoid", state: Term | None = None) -> Apply:
    before = at("h", 1) if state is None else state
    return call(function, affine(f"U_{label}", at("x"), f"W_{label}", before, f"b_{label}"))


OUTPUT: dict[str, Term] = {
    "a": Add((Mul(Ref("V"), at("h")), Ref("b"))),
    "haty": call("softmax", at("a")),
    "L": CROSS_ENTROPY,
}


def gru() -> Network:
    keep = Add((Num(Fraction(1)), Neg(at("z"))))
    definitions: dict[str, Term] = {
        "z": gate("z"),
        "r": gate("r"),
        "tildeh": gate("h", "tanh", Hadamard(at("r"), at("h", 1))),
        "h": Add((Hadamard(keep, at("h", 1)), Hadamard(at("z"), at("tildeh")))),
        **OUTPUT,
    }
    shapes = {**gated("zrh"), **dict.fromkeys(("z", "r", "tildeh"), Shape((D,)))}
    return network(definitions, shapes, ("x", "y"), "y")


def lstm() -> Network:
    definitions: dict[str, Term] = {
        "i": gate("i"),
        "f": gate("f"),
        "o": gate("o"),
        "tildec": gate("c", "tanh"),
        "c": Add((Hadamard(at("f"), at("c", 1)), Hadamard(at("i"), at("tildec")))),
        "h": Hadamard(at("o"), call("tanh", at("c"))),
        **OUTPUT,
    }
    shapes = {**gated("ifoc"), **dict.fromkeys(("i", "f", "o", "tildec", "c"), Shape((D,)))}
    return network(definitions, shapes, ("x", "y"), "y")


CELLS: dict[str, Callable[[], Network]] = {"elman": elman, "jordan": jordan, "gru": gru, "lstm": lstm}
