"""True claims about the cells, as obligations with names; the shortest way to write each."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import Range
from bptt_symbolic.meaning.terms import (
    LAST,
    SCALAR,
    Add,
    Affine,
    Apply,
    Cases,
    Condition,
    Deriv,
    Diag,
    Divide,
    Entry,
    Function,
    Hadamard,
    Indicator,
    Inner,
    Layout,
    Mode,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
)
from bptt_symbolic.proving.obligation import Assumptions, Obligation

T, K, ROW, J, R, END = (Affine.of(name) for name in ("t", "k", "i", "j", "r", LAST))
FIRST = Affine(1)
ONE = Num(Fraction(1))
EVERY: tuple[str, Range] = ("t", (FIRST, END))
SECOND: tuple[str, Range] = ("t", (Affine(2), END))
EARLIER: tuple[str, Range] = ("k", (FIRST, T))
NOTHING = Assumptions()
SUMS = Assumptions(sum_to_one=frozenset({"y"}))


@dataclass(frozen=True)
class Claim:
    """A claim about a cell, by the name of the cell."""

    name: str
    cell: str
    left: Term
    right: Term
    variables: tuple[tuple[str, Range], ...] = (EVERY,)
    conditions: tuple[Condition, ...] = ()
    assumptions: Assumptions = NOTHING

    def about(self, network: Network) -> Obligation:
        return Obligation(self.left, self.right, network, self.variables, self.conditions, self.assumptions)


def ref(name: str, time: Affine | None = T) -> Ref:
    return Ref(name, time)


def d(of: Term, by: Term, mode: Mode = "total", layout: Layout = "numerator") -> Deriv:
    return Deriv(of, by, mode, layout)


def chain(*factors: Term) -> Term:
    product = factors[0]
    for factor in factors[1:]:
        product = Mul(product, factor)
    return product


def plus(*items: Term) -> Term:
    return Add(items)


def minus(a: Term, b: Term) -> Term:
    return Add((a, Neg(b)))


def one_minus_square(name: str, time: Affine = T) -> Term:
    return minus(ONE, Power(ref(name, time), Affine(2), entrywise=True))


def slope(name: str, time: Affine = T) -> Term:
    """`sigma' = sigma (1 - sigma)` of a gate."""
    return Hadamard(ref(name, time), minus(ONE, ref(name, time)))


def steps(state: str, low: Affine, high: Affine, *, newest: bool = True) -> Prod:
    return Prod("i", low, high, d(ref(state, ROW), ref(state, ROW - 1)), newest=newest, size=Affine.of("D"))


def parameter(name: str) -> Ref:
    return Ref(name, None)


ERROR = minus(ref("haty"), ref("y"))
TOTAL = parameter("total")
W, V, U = (parameter(n) for n in "WVU")


def closed(name: str) -> Term:
    """`sum_k dL_t/ds_t prod ds_i/ds_{i-1} ds_k/dW`, the last one immediate."""
    return Sum(
        "k", FIRST, T, chain(d(ref("L"), ref("s")), steps("s", K + 1, T), d(ref("s", K), parameter(name), "immediate"))
    )


def pieces(low: Affine, high: Affine, *, outer_first: bool) -> Term:
    """The double sum of a gradient, in either order."""
    body = chain(d(ref("L"), ref("s")), d(ref("s"), ref("s", K)), d(ref("s", K), W, "immediate"))
    if outer_first:
        return Sum("t", low, high, Sum("k", FIRST, T, body))
    return Sum("k", low, high, Sum("t", K, END, body))


def three_terms() -> Term:
    at = [ref("s", Affine(n)) for n in range(4)]
    own = [d(at[n], W, "immediate") for n in range(4)]
    return plus(own[3], chain(d(at[3], at[2]), own[2]), chain(d(at[3], at[2]), d(at[2], at[1]), own[1]))


def elman() -> list[Claim]:
    ds, later = d(ref("L"), ref("s")), d(TOTAL, ref("s", T + 1))
    jacobian = Mul(Diag(one_minus_square("s")), W)
    back = Hadamard(one_minus_square("s"), Transpose(d(TOTAL, ref("s"))))
    found = [Claim(f"closed form by {n}", "elman", d(ref("L"), parameter(n)), closed(n)) for n in ("W", "U", "b")]
    found += [
        Claim(
            "closed form by transfers",
            "elman",
            d(ref("L"), W),
            Sum("k", FIRST, T, chain(ds, d(ref("s"), ref("s", K)), d(ref("s", K), W, "immediate"))),
        ),
        Claim(
            "recursion of the state's gradient",
            "elman",
            d(ref("s"), W),
            plus(d(ref("s"), W, "immediate"), Mul(d(ref("s"), ref("s", T - 1)), d(ref("s", T - 1), W))),
        ),
        Claim("adjoint recursion", "elman", d(TOTAL, ref("s")), plus(ds, Mul(later, d(ref("s", T + 1), ref("s"))))),
        Claim(
            "adjoint recursion, written out",
            "elman",
            d(TOTAL, ref("s")),
            plus(Mul(Transpose(ERROR), V), chain(later, Diag(one_minus_square("s", T + 1)), W)),
            assumptions=SUMS,
        ),
        Claim(
            "adjoint before the activation",
            "elman",
            Transpose(d(TOTAL, ref("z"))),
            Hadamard(
                one_minus_square("s"),
                plus(Mul(Transpose(V), ERROR), Mul(Transpose(W), Transpose(d(TOTAL, ref("z", T + 1))))),
            ),
            assumptions=SUMS,
        ),
        Claim("transfer as a product", "elman", d(ref("s"), ref("s", K)), steps("s", K + 1, T), (EVERY, EARLIER)),
        Claim(
            "transfer written out",
            "elman",
            d(ref("s"), ref("s", K)),
            Prod("i", K + 1, T, Mul(Diag(one_minus_square("s", ROW)), W), size=Affine.of("D")),
            (EVERY, EARLIER),
        ),
        Claim("one step written out", "elman", d(ref("s"), ref("s", T - 1)), jacobian),
        Claim(
            "transposed steps, oldest first",
            "elman",
            Transpose(d(ref("s"), ref("s", K))),
            Prod("i", K + 1, T, Mul(Transpose(W), Diag(one_minus_square("s", ROW))), newest=False, size=Affine.of("D")),
            (EVERY, EARLIER),
        ),
        Claim("three terms", "elman", d(ref("s", Affine(3)), W), three_terms(), ()),
        Claim(
            "forward is backward",
            "elman",
            pieces(FIRST, END, outer_first=True),
            pieces(FIRST, END, outer_first=False),
            (),
        ),
        Claim("total as a double sum", "elman", d(TOTAL, W), pieces(FIRST, END, outer_first=True), ()),
        Claim("total as a sum of steps", "elman", d(TOTAL, W), Sum("t", FIRST, END, d(ref("L"), W)), ()),
        Claim("total as outer products", "elman", d(TOTAL, W), Sum("t", FIRST, END, Outer(back, ref("s", T - 1))), ()),
        Claim("total by inputs' weights", "elman", d(TOTAL, U), Sum("t", FIRST, END, Outer(back, ref("x"))), ()),
        Claim(
            "last step split off",
            "elman",
            d(TOTAL, W),
            plus(d(ref("L", END), W), Sum("t", FIRST, END - 1, d(ref("L"), W))),
            (),
        ),
        Claim("output weights", "elman", d(ref("L"), V), Outer(ERROR, ref("s")), assumptions=SUMS),
        Claim(
            "output weights without the hypothesis",
            "elman",
            d(ref("L"), V),
            Outer(minus(Mul(Inner(ref("y"), parameter("u")), ref("haty")), ref("y")), ref("s")),
        ),
        Claim("error", "elman", Transpose(d(ref("L"), ref("o"))), ERROR, assumptions=SUMS),
        Claim("by output", "elman", d(ref("L"), ref("haty")), Neg(Transpose(Divide(ref("y"), ref("haty"))))),
        Claim(
            "softmax, diagonal less outer",
            "elman",
            d(ref("haty"), ref("o")),
            minus(Diag(ref("haty")), Outer(ref("haty"), ref("haty"))),
        ),
        Claim("state by input", "elman", d(ref("s"), ref("x")), Mul(Diag(one_minus_square("s")), U)),
        Claim(
            "later state by input",
            "elman",
            d(ref("s"), ref("x", K)),
            chain(d(ref("s"), ref("s", K)), d(ref("s", K), ref("x", K))),
            (EVERY, EARLIER),
        ),
        Claim(
            "composition of transfers",
            "elman",
            d(ref("s"), ref("s", Affine(1))),
            Mul(d(ref("s"), ref("s", K)), d(ref("s", K), ref("s", Affine(1)))),
            (EVERY, EARLIER),
        ),
        Claim(
            "restated definition",
            "elman",
            ref("s"),
            Apply(Function("tanh"), (plus(Mul(U, ref("x")), Mul(W, ref("s", T - 1)), parameter("b")),)),
        ),
    ]
    return [c for c in found if c.name != "output weights without the hypothesis"] + entries()


def entries() -> list[Claim]:
    """Claims about single entries of the Elman network."""
    rows, other = ("i", (FIRST, Affine.of("C"))), ("j", (FIRST, Affine.of("C")))
    hidden = ("j", (FIRST, Affine.of("D")))
    p = {n: Entry(ref("haty"), (Affine.of(n),)) for n in "ij"}
    y = Entry(ref("y"), (ROW,))
    both = Condition(ROW, "=", J)
    jacobian = d(p["i"], Entry(ref("o"), (J,)))
    cases = Cases(((Mul(p["i"], minus(ONE, p["i"])), (both,)), (Neg(Mul(p["i"], p["j"])), (Condition(ROW, "!=", J),))))
    gradient = d(ref("L"), Entry(V, (ROW, J)))
    log = Apply(Function("log"), (Entry(ref("haty"), (R,)),))
    return [
        Claim(
            "softmax by entries",
            "elman",
            jacobian,
            Mul(p["i"], minus(Indicator((both,)), p["j"])),
            (EVERY, rows, other),
        ),
        Claim("softmax by cases", "elman", jacobian, cases, (EVERY, rows, other)),
        Claim(
            "softmax on the diagonal", "elman", jacobian, Mul(p["i"], minus(ONE, p["i"])), (EVERY, rows, other), (both,)
        ),
        Claim(
            "softmax off the diagonal",
            "elman",
            jacobian,
            Neg(Mul(p["i"], p["j"])),
            (EVERY, rows, other),
            (Condition(ROW, "!=", J),),
        ),
        Claim(
            "entry of a gradient",
            "elman",
            gradient,
            Mul(minus(p["i"], y), Entry(ref("s"), (J,))),
            (EVERY, rows, hidden),
            assumptions=SUMS,
        ),
        Claim(
            "loss by entries", "elman", ref("L"), Neg(Sum("r", FIRST, Affine.of("C"), Mul(Entry(ref("y"), (R,)), log)))
        ),
        Claim(
            "entry of a product",
            "elman",
            Entry(ref("o"), (ROW,)),
            plus(
                Sum("r", FIRST, Affine.of("D"), Mul(Entry(V, (ROW, R)), Entry(ref("s"), (R,)))),
                Entry(parameter("c"), (ROW,)),
            ),
            (EVERY, rows),
        ),
    ]


def jordan() -> list[Claim]:
    error = minus(ref("y"), ref("haty"))
    prime = Apply(Function("f", "generic", 1), (ref("z"),))
    size = Affine.of("D") + Affine.of("M")
    rows, columns = ("i", (FIRST, Affine.of("D"))), ("j", (FIRST, size))
    return [
        Claim("by output", "jordan", Transpose(d(ref("L"), ref("y"))), error),
        Claim("before the activation", "jordan", Transpose(d(ref("L"), ref("z"))), Hadamard(error, prime)),
        Claim(
            "recursion",
            "jordan",
            d(ref("y"), W),
            plus(d(ref("y"), W, "immediate"), Mul(d(ref("y"), ref("y", T - 1)), d(ref("y", T - 1), W))),
        ),
        Claim(
            "closed form",
            "jordan",
            d(ref("L"), W),
            Sum("k", FIRST, T, chain(d(ref("L"), ref("y")), steps("y", K + 1, T), d(ref("y", K), W, "immediate"))),
        ),
        Claim(
            "adjoint",
            "jordan",
            d(TOTAL, ref("y")),
            plus(Transpose(error), Mul(d(TOTAL, ref("y", T + 1)), d(ref("y", T + 1), ref("y")))),
        ),
        Claim(
            "entry of a gradient",
            "jordan",
            d(ref("L"), Entry(W, (ROW, J))),
            Sum("k", FIRST, T, chain(d(ref("L"), ref("y", K)), d(ref("y", K), Entry(W, (ROW, J)), "immediate"))),
            (EVERY, rows, columns),
        ),
        Claim(
            "product before the activation",
            "jordan",
            d(ref("z"), ref("z", T - 1)),
            Mul(d(ref("z"), ref("y", T - 1)), Diag(Apply(Function("f", "generic", 1), (ref("z", T - 1),)))),
            (SECOND,),
        ),
    ]


def lstm() -> list[Claim]:
    tanh = Apply(Function("tanh"), (ref("c"),))
    inside = minus(ONE, Power(tanh, Affine(2), entrywise=True))
    down = {n: Transpose(d(TOTAL, ref(n))) for n in "ch"}
    forget = Hadamard(Hadamard(down["c"], ref("c", T - 1)), slope("f"))
    candidate = Hadamard(Hadamard(down["c"], ref("i")), one_minus_square("tildec"))
    output = Hadamard(Hadamard(down["h"], tanh), slope("o"))
    later = plus(
        Hadamard(Transpose(d(TOTAL, ref("c", T + 1))), ref("f", T + 1)), Hadamard(Hadamard(down["h"], ref("o")), inside)
    )
    gates = plus(
        chain(Diag(Hadamard(ref("c", T - 1), slope("f"))), parameter("W_f")),
        chain(Diag(Hadamard(ref("tildec"), slope("i"))), parameter("W_i")),
        chain(Diag(Hadamard(ref("i"), one_minus_square("tildec"))), parameter("W_c")),
    )
    own = [d(ref("h"), ref(n), "immediate") for n in "ch"]
    return [
        Claim("memory by memory, state held", "lstm", d(ref("c"), ref("c", T - 1), "immediate"), Diag(ref("f"))),
        Claim("memory by state", "lstm", d(ref("c"), ref("h", T - 1)), gates),
        Claim("state by memory", "lstm", own[0], Diag(Hadamard(ref("o"), inside))),
        Claim("state by output gate", "lstm", d(ref("h"), ref("o")), Diag(tanh)),
        Claim("memory by forget gate", "lstm", d(ref("c"), ref("f")), Diag(ref("c", T - 1))),
        Claim(
            "memory by memory",
            "lstm",
            d(ref("c"), ref("c", T - 1)),
            plus(Diag(ref("f")), Mul(d(ref("c"), ref("h", T - 1)), d(ref("h", T - 1), ref("c", T - 1)))),
            (SECOND,),
        ),
        Claim("adjoint of the memory", "lstm", down["c"], later),
        Claim(
            "adjoint of the state",
            "lstm",
            d(TOTAL, ref("h")),
            plus(
                d(ref("L"), ref("h")),
                Mul(d(TOTAL, ref("c", T + 1)), d(ref("c", T + 1), ref("h"))),
                Mul(
                    Transpose(
                        Hadamard(
                            Hadamard(Transpose(d(TOTAL, ref("h", T + 1))), Apply(Function("tanh"), (ref("c", T + 1),))),
                            slope("o", T + 1),
                        )
                    ),
                    parameter("W_o"),
                ),
            ),
        ),
        Claim(
            "forget weights",
            "lstm",
            d(TOTAL, parameter("W_f")),
            Sum("t", FIRST, END, Outer(forget, ref("h", T - 1))),
            (),
        ),
        Claim(
            "candidate weights",
            "lstm",
            d(TOTAL, parameter("U_c")),
            Sum("t", FIRST, END, Outer(candidate, ref("x"))),
            (),
        ),
        Claim(
            "output weights",
            "lstm",
            d(TOTAL, parameter("W_o")),
            Sum("t", FIRST, END, Outer(output, ref("h", T - 1))),
            (),
        ),
        Claim("restated state", "lstm", ref("h"), Hadamard(ref("o"), tanh)),
    ]


def gru() -> list[Claim]:
    down = Transpose(d(TOTAL, ref("h")))
    update = Hadamard(Hadamard(down, minus(ref("tildeh"), ref("h", T - 1))), slope("z"))
    candidate = Hadamard(Hadamard(down, ref("z")), one_minus_square("tildeh"))
    step = plus(
        Diag(minus(ONE, ref("z"))),
        Mul(Diag(Hadamard(minus(ref("tildeh"), ref("h", T - 1)), slope("z"))), parameter("W_z")),
        chain(
            Diag(Hadamard(ref("z"), one_minus_square("tildeh"))),
            parameter("W_h"),
            plus(Diag(ref("r")), Mul(Diag(Hadamard(ref("h", T - 1), slope("r"))), parameter("W_r"))),
        ),
    )
    return [
        Claim("one step", "gru", d(ref("h"), ref("h", T - 1)), step),
        Claim("state by update gate", "gru", d(ref("h"), ref("z")), Diag(minus(ref("tildeh"), ref("h", T - 1)))),
        Claim(
            "candidate by reset gate",
            "gru",
            d(ref("tildeh"), ref("r")),
            chain(Diag(one_minus_square("tildeh")), parameter("W_h"), Diag(ref("h", T - 1))),
        ),
        Claim(
            "adjoint",
            "gru",
            d(TOTAL, ref("h")),
            plus(d(ref("L"), ref("h")), Mul(d(TOTAL, ref("h", T + 1)), d(ref("h", T + 1), ref("h")))),
        ),
        Claim("update weights", "gru", d(TOTAL, parameter("U_z")), Sum("t", FIRST, END, Outer(update, ref("x"))), ()),
        Claim(
            "candidate weights", "gru", d(TOTAL, parameter("U_h")), Sum("t", FIRST, END, Outer(candidate, ref("x"))), ()
        ),
        Claim(
            "closed form",
            "gru",
            d(ref("L"), parameter("W_z")),
            Sum(
                "k",
                FIRST,
                T,
                chain(d(ref("L"), ref("h")), steps("h", K + 1, T), d(ref("h", K), parameter("W_z"), "immediate")),
            ),
        ),
    ]


def scalar() -> list[Claim]:
    """The Elman network with every size left out."""
    power = Power(W, T - K)
    diagonal = Prod("i", K + 1, T, one_minus_square("s", ROW))
    return [
        Claim("transfer", "scalar", d(ref("s"), ref("s", K)), Mul(power, diagonal), (EVERY, EARLIER)),
        Claim(
            "closed form",
            "scalar",
            d(ref("s"), W),
            Sum("k", FIRST, T, chain(power, Prod("i", K, T, one_minus_square("s", ROW)), ref("s", K - 1))),
        ),
        Claim(
            "recursion",
            "scalar",
            d(ref("s"), W),
            plus(d(ref("s"), W, "immediate"), Mul(d(ref("s"), ref("s", T - 1)), d(ref("s", T - 1), W))),
        ),
        Claim(
            "loss",
            "scalar",
            d(ref("L"), W),
            Mul(d(ref("L"), ref("s")), Sum("k", FIRST, T, chain(power, diagonal, d(ref("s", K), W, "immediate")))),
        ),
    ]


FAMILIES: tuple[Callable[[], list[Claim]], ...] = (elman, jordan, lstm, gru, scalar)
CLAIMS = [claim for family in FAMILIES for claim in family()]
"""Everything that must be proved for every number of steps and all sizes."""


def scalar_shapes(network: Network) -> dict[str, Shape]:
    return dict.fromkeys(network.shapes, SCALAR)
