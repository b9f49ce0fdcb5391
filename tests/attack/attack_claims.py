r"""True claims about the networks of the attack, most of them made from what carries a network's past.

`carried` makes the claims that hold wherever one column carries everything from step to step: chains of Jacobians,
adjoint recursions, double sums in both orders. The rest is written by hand, a function a network. The oracle confirms
each before it is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from attack_formulas import (
    Applied,
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
    free,
)
from attack_networks import Network


@dataclass(frozen=True, slots=True)
class Claim:
    left: Node
    right: Node

    @property
    def latex(self) -> str:
        return f"{self.left.latex()} = {self.right.latex()}"

    @property
    def letters(self) -> set[str]:
        return free(self.left) | free(self.right)


def step(text: str) -> Step:
    """`t-1`, `T`, `1`."""
    for sign in "+-":
        if sign in text:
            letter, shift = text.split(sign)
            return Step(letter, int(sign + shift))
    return Step("", int(text)) if text.isdigit() else Step(text)


def q(name: str, at: str = "", entry: str = "") -> Quantity:
    """A quantity, a parameter or an entry of one."""
    return Quantity(name, step(at) if at else None, tuple(entry))


def d(over: Quantity, under: Quantity, *, direct: bool = False) -> Derivative:
    return Derivative(over, under, direct)


def over_steps(letter: str, low: str, high: str, body: Node) -> Over:
    return Over("sum", letter, step(low), step(high), body)


def product(letter: str, low: str, high: str, body: Node) -> Over:
    return Over("product", letter, step(low), step(high), body)


def entries(letter: str, size: str, body: Node) -> Over:
    return Over("entries", letter, Step("", 1), Step(size), body)


def slope(name: str, at: str) -> Diagonal:
    r"""The Jacobian of a tanh."""
    return Diagonal(OneMinus(Square(q(name, at))))


def error(name: str, at: str, target: str = "y") -> Node:
    return q(name, at) - q(target, at)


LOSS = q("L")
TAU = r"\tau"


def carried(s: str, *, parameters: tuple[str, ...] = ("W", "U"), direct: bool = True) -> Iterator[Claim]:
    """What holds where the column `s` carries everything, and a step's loss sees the past only through it."""
    back = d(q(s, "t"), q(s, "t-1"))
    yield Claim(d(q(s, "t"), q(s, "k")), product("l", "k+1", "t", d(q(s, "l"), q(s, "l-1"))))
    yield Claim(d(q(s, "t"), q(s, "k")), back * d(q(s, "t-1"), q(s, "k")))
    yield Claim(d(q(s, "t"), q(s, "k")), d(q(s, "t"), q(s, "k+1")) * d(q(s, "k+1"), q(s, "k")))
    yield Claim(d(q(s, "t"), q(s, "k")), d(q(s, "t"), q(s, TAU)) * d(q(s, TAU), q(s, "k")))
    yield Claim(d(q(s, "t"), q(s, "t-2")), back * d(q(s, "t-1"), q(s, "t-2")))
    yield Claim(d(q("L", "t"), q(s, "k")), d(q("L", "t"), q(s, "t")) * d(q(s, "t"), q(s, "k")))
    yield Claim(
        d(q("L", "t"), q(s, "k")),
        d(q("L", "t"), q(s, "t")) * product("l", "k+1", "t", d(q(s, "l"), q(s, "l-1"))),
    )
    yield from adjoints(s)
    for p in parameters:
        yield from gradients(s, p, direct=direct)


def adjoints(s: str, ahead: str = "t+1") -> Iterator[Claim]:
    """Derivatives of the whole loss: what all steps contribute, and what one step adds."""
    yield Claim(d(LOSS, q(s, "t")), over_steps("k", "t", "T", d(q("L", "k"), q(s, "t"))))
    yield Claim(d(LOSS, q(s, "t")), over_steps("k", "1", "T", d(q("L", "k"), q(s, "t"))))
    yield Claim(d(LOSS, q(s, "k")), over_steps("t", "k", "T", d(q("L", "t"), q(s, "t")) * d(q(s, "t"), q(s, "k"))))
    yield Claim(d(LOSS, q(s, "t")), d(q("L", "t"), q(s, "t")) + d(LOSS, q(s, ahead)) * d(q(s, ahead), q(s, "t")))
    yield Claim(
        d(LOSS, q(s, "t")) - d(q("L", "t"), q(s, "t")),
        d(LOSS, q(s, ahead)) * d(q(s, ahead), q(s, "t")),
    )
    yield Claim(d(LOSS, q(s, "T")), d(q("L", "T"), q(s, "T")))


def gradients(s: str, p: str, *, direct: bool = True) -> Iterator[Claim]:
    """Gradients by a parameter, as sums over steps in either order."""
    yield Claim(d(LOSS, q(p)), over_steps("t", "1", "T", d(q("L", "t"), q(p))))
    yield Claim(d(q("L", "t"), q(p)), d(q("L", "t"), q(s, "t")) * d(q(s, "t"), q(p)))
    yield Claim(d(LOSS, q(p)), over_steps("t", "1", "T", d(q("L", "t"), q(s, "t")) * d(q(s, "t"), q(p))))
    if not direct:
        return
    own = d(q(s, "k"), q(p), direct=True)
    mixed = d(q("L", "t"), q(s, "t")) * d(q(s, "t"), q(s, "k")) * own
    yield Claim(d(q(s, "t"), q(p)), over_steps("k", "1", "t", d(q(s, "t"), q(s, "k")) * own))
    yield Claim(
        d(q(s, "t"), q(p)),
        d(q(s, "t"), q(p), direct=True) + d(q(s, "t"), q(s, "t-1")) * d(q(s, "t-1"), q(p)),
    )
    yield Claim(d(q("L", "t"), q(p)), over_steps("k", "1", "t", mixed))
    yield Claim(d(LOSS, q(p)), over_steps("t", "1", "T", over_steps("k", "1", "t", mixed)))
    yield Claim(d(LOSS, q(p)), over_steps("k", "1", "T", over_steps("t", "k", "T", mixed)))
    yield Claim(d(LOSS, q(p)), over_steps("k", "1", "T", d(LOSS, q(s, "k")) * own))


def outer(z: str, p: str, read: str, at: str = "t-1") -> Iterator[Claim]:
    """Gradients by a matrix `p` of `z_t = p read_{at} + ...`, as outer products and by entries."""
    below = at.replace("t", "k")
    yield Claim(d(LOSS, q(p)), over_steps("t", "1", "T", d(LOSS, q(z, "t")).T * q(read, at).T))
    yield Claim(
        d(LOSS, q(p, "", "ij")),
        over_steps("t", "1", "T", d(LOSS, q(z, "t", "i")) * q(read, at, "j")),
    )
    yield Claim(d(q("L", "t"), q(p)), over_steps("k", "1", "t", d(q("L", "t"), q(z, "k")).T * q(read, below).T))
    yield Claim(
        d(LOSS, q(p)),
        over_steps("t", "1", "T", over_steps("k", "1", "t", d(q("L", "t"), q(z, "k")).T * q(read, below).T)),
    )
    yield Claim(
        d(LOSS, q(p)),
        over_steps("k", "1", "T", over_steps("t", "k", "T", d(q("L", "t"), q(z, "k")).T * q(read, below).T)),
    )


def sums(*parameters: str) -> Iterator[Claim]:
    for p in parameters:
        yield Claim(d(LOSS, q(p)), over_steps("t", "1", "T", d(q("L", "t"), q(p))))


def tanh_cell(z: str, s: str, p: str, read: str, matrix: str) -> Iterator[Claim]:
    """`s_t = tanh(z_t)`, `z_t = matrix read_{t-1} + p x_t`."""
    yield Claim(d(q(s, "t"), q(z, "t")), slope(s, "t"))
    yield Claim(d(q(z, "t"), q(read, "t-1")), q(matrix))
    yield Claim(d(q(z, "t"), q("x", "t")), q(p))
    yield Claim(d(q(s, "t"), q(read, "t-1")), slope(s, "t") * q(matrix))
    yield Claim(d(q(s, "t"), q(read, "t-1")), d(q(s, "t"), q(z, "t")) * d(q(z, "t"), q(read, "t-1")))
    yield Claim(
        d(q(s, "t", "i"), q(read, "t-1", "j")),
        Product((OneMinus(Square(q(s, "t", "i"))), q(matrix, "", "ij"))),
    )


def _elman() -> Iterator[Claim]:
    yield from carried("s")
    yield from tanh_cell("z", "s", "U", "s", "W")
    yield from outer("z", "W", "s")
    yield from outer("z", "U", "x", "t")
    delta = q(r"\delta", "t")
    yield Claim(d(q("L", "t"), q("o", "t")).T, error("p", "t"))
    yield Claim(d(LOSS, q("o", "t")).T, error("p", "t"))
    yield Claim(d(LOSS, q("V")), over_steps("t", "1", "T", error("p", "t") * q("s", "t").T))
    yield Claim(d(q("L", "t"), q("V")), error("p", "t") * q("s", "t").T)
    yield Claim(d(q("L", "t"), q("s", "t")).T, q("V").T * error("p", "t"))
    yield Claim(delta, slope("s", "t") * (q("V").T * error("p", "t") + q("W").T * q(r"\delta", "t+1")))
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", delta * q("s", "t-1").T))
    yield Claim(d(LOSS, q("U")), over_steps("t", "1", "T", delta * q("x", "t").T))
    yield Claim(d(LOSS, q("b")).T, over_steps("t", "1", "T", delta))
    yield Claim(d(LOSS, q("x", "t")).T, q("U").T * delta)
    yield Claim(d(LOSS, q("s", "t-1")).T - d(q("L", "t-1"), q("s", "t-1")).T, q("W").T * delta)
    yield Claim(
        d(LOSS, q("W", "", "ij")), over_steps("t", "1", "T", Product((q(r"\delta", "t", "i"), q("s", "t-1", "j"))))
    )
    yield Claim(d(LOSS, q("x", "t", "j")), entries("i", "n", Product((q("U", "", "ij"), q(r"\delta", "t", "i")))))
    yield Claim(entries("i", "c", q("p", "t", "i")), Number(1))


def _mean() -> Iterator[Claim]:
    share = Number(1, "T")
    yield from tanh_cell("z", "s", "U", "s", "W")
    yield Claim(d(q("s", "t"), q("s", "k")), product("l", "k+1", "t", slope("s", "l") * q("W")))
    yield Claim(d(LOSS, q("W")), Product((share, over_steps("t", "1", "T", d(q("L", "t"), q("W"))))))
    yield Claim(d(LOSS, q("s", "t")), Product((share, over_steps("k", "t", "T", d(q("L", "k"), q("s", "t"))))))
    yield Claim(d(LOSS, q("o", "t")).T, Product((share, error("o", "t"))))
    yield Claim(d(LOSS, q("V")), Product((share, over_steps("t", "1", "T", error("o", "t") * q("s", "t").T))))
    yield Claim(
        d(LOSS, q("s", "t")),
        Product((share, d(q("L", "t"), q("s", "t")))) + d(LOSS, q("s", "t+1")) * d(q("s", "t+1"), q("s", "t")),
    )
    yield Claim(
        d(LOSS, q("W")),
        Product(
            (
                share,
                over_steps(
                    "t",
                    "1",
                    "T",
                    over_steps(
                        "k",
                        "1",
                        "t",
                        d(q("L", "t"), q("s", "t")) * d(q("s", "t"), q("s", "k")) * d(q("s", "k"), q("W"), direct=True),
                    ),
                ),
            )
        ),
    )
    yield from list(outer("z", "W", "s"))[:3]
    yield Claim(LOSS, Product((share, over_steps("t", "1", "T", q("L", "t")))))
    yield Claim(d(LOSS, q("L", "t")), share)


def _many_to_one() -> Iterator[Claim]:
    s = "s"
    yield from tanh_cell("z", "s", "U", "s", "W")
    yield Claim(d(LOSS, q(s, "T")).T, q(s, "T") - q("y"))
    yield Claim(d(LOSS, q(s, "t")), d(LOSS, q(s, "T")) * d(q(s, "T"), q(s, "t")))
    yield Claim(d(LOSS, q(s, "t")), d(LOSS, q(s, "t+1")) * d(q(s, "t+1"), q(s, "t")))
    yield Claim(d(LOSS, q(s, "t")).T, product("l", "t+1", "T", slope(s, "l") * q("W")).T * (q(s, "T") - q("y")))
    yield Claim(d(LOSS, q("W")), d(LOSS, q(s, "T")) * d(q(s, "T"), q("W")))
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", d(LOSS, q(s, "t")) * d(q(s, "t"), q("W"), direct=True)))
    yield Claim(
        d(LOSS, q("W")),
        over_steps("k", "1", "T", d(LOSS, q(s, "T")) * d(q(s, "T"), q(s, "k")) * d(q(s, "k"), q("W"), direct=True)),
    )
    yield from list(outer("z", "W", "s"))[:2]
    yield from list(outer("z", "U", "x", "t"))[:2]
    yield Claim(
        d(LOSS, q("U")),
        over_steps("t", "1", "T", slope(s, "t") * d(LOSS, q(s, "t")).T * q("x", "t").T),
    )
    yield Claim(d(LOSS, q("z", "t")).T, slope(s, "t") * q("W").T * d(LOSS, q("z", "t+1")).T)
    yield Claim(d(q(s, "T"), q(s, "t")), product("l", "t+1", "T", d(q(s, "l"), q(s, "l-1"))))


def _leaky() -> Iterator[Claim]:
    yield from carried("s")
    keep = OneMinus(q("a"))
    identity = d(q("s", "t"), q("s", "t"))
    back = Product((keep, identity)) + q("a") * slope("q", "t") * q("W")
    yield Claim(d(q("s", "t"), q("s", "t-1")), back)
    yield Claim(d(q("s", "t"), q("q", "t")), Product((q("a"), identity)))
    yield Claim(d(q("q", "t"), q("s", "t-1")), slope("q", "t") * q("W"))
    yield Claim(d(q("L", "t"), q("s", "t")).T, error("s", "t"))
    yield Claim(d(q("s", "t"), q("a"), direct=True), q("q", "t") - q("s", "t-1"))
    yield Claim(
        d(LOSS, q("s", "t")).T,
        error("s", "t")
        + Product((keep, d(LOSS, q("s", "t+1")).T))
        + q("a") * q("W").T * slope("q", "t+1") * d(LOSS, q("s", "t+1")).T,
    )
    yield Claim(d(LOSS, q("a")), over_steps("t", "1", "T", d(LOSS, q("s", "t")) * (q("q", "t") - q("s", "t-1"))))
    yield Claim(
        d(LOSS, q("W")),
        over_steps("t", "1", "T", q("a") * slope("q", "t") * d(LOSS, q("s", "t")).T * q("s", "t-1").T),
    )


def _residual() -> Iterator[Claim]:
    yield from carried("s")
    identity = d(q("s", "t"), q("s", "t"))
    yield Claim(d(q("s", "t"), q("s", "t-1")), identity + slope("q", "t") * q("W"))
    yield Claim(d(q("q", "t"), q("s", "t-1")), slope("q", "t") * q("W"))
    yield Claim(
        d(LOSS, q("s", "t")).T,
        error("s", "t") + d(LOSS, q("s", "t+1")).T + q("W").T * slope("q", "t+1") * d(LOSS, q("s", "t+1")).T,
    )
    yield Claim(d(LOSS, q("q", "t")), d(LOSS, q("s", "t")))
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", slope("q", "t") * d(LOSS, q("s", "t")).T * q("s", "t-1").T))
    yield Claim(q("s", "t") - q("s", "t-1"), Applied(r"\tanh", q("W") * q("s", "t-1") + q("U") * q("x", "t")))
    yield Claim(q("s", "t"), q("s", "k") + over_steps("l", "k+1", "t", q("q", "l")))


def _jordan() -> Iterator[Claim]:
    yield from tanh_cell("z", "s", "U", "o", "W")
    yield from carried("o", parameters=("W",), direct=True)
    yield from outer("z", "W", "o")
    yield Claim(d(q("o", "t"), q("o", "t-1")), q("V") * slope("s", "t") * q("W"))
    yield Claim(d(q("s", "t"), q("s", "t-1")), slope("s", "t") * q("W") * q("V"))
    yield Claim(
        d(LOSS, q("o", "t")).T,
        error("o", "t") + q("W").T * slope("s", "t+1") * q("V").T * d(LOSS, q("o", "t+1")).T,
    )
    yield Claim(d(LOSS, q("V")), over_steps("t", "1", "T", d(LOSS, q("o", "t")).T * q("s", "t").T))
    yield Claim(d(LOSS, q("s", "t")), d(LOSS, q("o", "t")) * q("V"))
    yield Claim(d(q("L", "t"), q("o", "t")).T, error("o", "t"))


def _two_layers() -> Iterator[Claim]:
    yield Claim(d(q("g", "t"), q("g", "t-1")), slope("g", "t") * q("A"))
    yield Claim(d(q("s", "t"), q("s", "t-1")), slope("s", "t") * q("W"))
    yield Claim(d(q("s", "t"), q("g", "t")), slope("s", "t") * q("B"))
    yield Claim(
        d(q("s", "t+1"), q("g", "t")),
        slope("s", "t+1") * q("B") * slope("g", "t+1") * q("A") + slope("s", "t+1") * q("W") * slope("s", "t") * q("B"),
    )
    yield Claim(d(q("g", "t"), q("s", "t")), Number(0))
    yield Claim(d(q("s", "t"), q("s", "k")), product("l", "k+1", "t", slope("s", "l") * q("W")))
    yield Claim(d(q("g", "t"), q("g", "k")), product("l", "k+1", "t", slope("g", "l") * q("A")))
    yield Claim(
        d(q("s", "t"), q("g", "k")),
        over_steps("l", "k", "t", d(q("s", "t"), q("s", "l")) * slope("s", "l") * q("B") * d(q("g", "l"), q("g", "k"))),
    )
    yield Claim(d(LOSS, q("s", "t")).T, error("s", "t") + q("W").T * slope("s", "t+1") * d(LOSS, q("s", "t+1")).T)
    yield Claim(
        d(LOSS, q("g", "t")),
        d(LOSS, q("s", "t")) * slope("s", "t") * q("B") + d(LOSS, q("g", "t+1")) * slope("g", "t+1") * q("A"),
    )
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", slope("s", "t") * d(LOSS, q("s", "t")).T * q("s", "t-1").T))
    yield Claim(d(LOSS, q("B")), over_steps("t", "1", "T", slope("s", "t") * d(LOSS, q("s", "t")).T * q("g", "t").T))
    yield Claim(d(LOSS, q("A")), over_steps("t", "1", "T", slope("g", "t") * d(LOSS, q("g", "t")).T * q("g", "t-1").T))
    yield Claim(d(LOSS, q("U")), over_steps("t", "1", "T", slope("g", "t") * d(LOSS, q("g", "t")).T * q("x", "t").T))
    yield from sums("W", "A", "B", "U")
    yield from list(adjoints("s"))
    yield Claim(d(LOSS, q("g", "t")), over_steps("k", "t", "T", d(q("L", "k"), q("g", "t"))))


def _gated() -> Iterator[Claim]:
    yield from carried("s", parameters=("W", "A"))
    gate = Hadamard((q("u", "t"), OneMinus(q("u", "t"))))
    back = (
        Diagonal(OneMinus(q("u", "t")))
        + Diagonal(q("q", "t") - q("s", "t-1")) * Diagonal(gate) * q("A")
        + Diagonal(q("u", "t")) * slope("q", "t") * q("W")
    )
    yield Claim(d(q("s", "t"), q("s", "t-1")), back)
    yield Claim(d(q("s", "t"), q("u", "t")), Diagonal(q("q", "t") - q("s", "t-1")))
    yield Claim(d(q("s", "t"), q("q", "t")), Diagonal(q("u", "t")))
    yield Claim(d(q("u", "t"), q("s", "t-1")), Diagonal(gate) * q("A"))
    yield Claim(d(q("u", "t"), q("x", "t")), Diagonal(gate) * q("B"))
    yield Claim(d(LOSS, q("q", "t")).T, Hadamard((q("u", "t"), d(LOSS, q("s", "t")).T)))
    yield Claim(d(LOSS, q("u", "t")).T, Hadamard((q("q", "t") - q("s", "t-1"), d(LOSS, q("s", "t")).T)))
    yield Claim(
        d(LOSS, q("A")),
        over_steps("t", "1", "T", Hadamard((d(LOSS, q("u", "t")).T, gate)) * q("s", "t-1").T),
    )
    yield Claim(d(LOSS, q("U")), over_steps("t", "1", "T", slope("q", "t") * d(LOSS, q("q", "t")).T * q("x", "t").T))


def _lstm() -> Iterator[Claim]:
    cell, hidden = q("c", "t"), q("h", "t")
    yield Claim(
        d(cell, q("c", "t-1")),
        Diagonal(q("f", "t")) + d(cell, q("h", "t-1")) * d(q("h", "t-1"), q("c", "t-1")),
    )
    yield Claim(d(cell, q("f", "t")), Diagonal(q("c", "t-1")))
    yield Claim(d(cell, q("u", "t")), Diagonal(q("q", "t")))
    yield Claim(d(cell, q("q", "t")), Diagonal(q("u", "t")))
    yield Claim(d(hidden, q("o", "t")), Diagonal(Applied(r"\tanh", cell)))
    yield Claim(d(q("q", "t"), q("h", "t-1")), slope("q", "t") * q("W"))
    yield Claim(
        d(cell, q("h", "t-1")),
        d(cell, q("f", "t")) * d(q("f", "t"), q("h", "t-1"))
        + d(cell, q("u", "t")) * d(q("u", "t"), q("h", "t-1"))
        + d(cell, q("q", "t")) * d(q("q", "t"), q("h", "t-1")),
    )
    for gate, matrix, inputs in (("f", "F", "P"), ("u", "A", "B"), ("o", "O", "Q")):
        bend = Diagonal(Hadamard((q(gate, "t"), OneMinus(q(gate, "t")))))
        yield Claim(d(q(gate, "t"), q("h", "t-1")), bend * q(matrix))
        yield Claim(d(q(gate, "t"), q("x", "t")), bend * q(inputs))
        yield Claim(d(LOSS, q(matrix)), over_steps("t", "1", "T", bend * d(LOSS, q(gate, "t")).T * q("h", "t-1").T))
    yield Claim(d(LOSS, q("f", "t")).T, Hadamard((d(LOSS, cell).T, q("c", "t-1"))))
    yield Claim(d(LOSS, q("o", "t")).T, Hadamard((d(LOSS, hidden).T, Applied(r"\tanh", cell))))
    yield Claim(d(LOSS, cell), d(LOSS, hidden) * d(hidden, cell) + d(LOSS, q("c", "t+1")) * Diagonal(q("f", "t+1")))
    yield Claim(
        d(LOSS, hidden),
        d(q("L", "t"), hidden)
        + d(LOSS, q("c", "t+1")) * d(q("c", "t+1"), hidden)
        + d(LOSS, q("o", "t+1")) * d(q("o", "t+1"), hidden),
    )
    yield from sums("W", "F", "U")
    yield Claim(d(LOSS, hidden), over_steps("k", "t", "T", d(q("L", "k"), hidden)))


def _linear() -> Iterator[Claim]:
    yield from carried("s")
    w = q("W")
    yield Claim(d(q("s", "t"), q("s", "t-1")), w)
    yield Claim(d(q("s", "t"), q("s", "k")), Power(w, Step("t"), Step("k")))
    yield Claim(d(q("L", "t"), q("s", "k")), error("s", "t").T * Power(w, Step("t"), Step("k")))
    yield Claim(d(q("s", "t"), q("x", "k")), Power(w, Step("t"), Step("k")) * q("U"))
    yield Claim(d(LOSS, q("s", "t")), error("s", "t").T + d(LOSS, q("s", "t+1")) * w)
    yield Claim(d(LOSS, q("s", "k")), over_steps("t", "k", "T", error("s", "t").T * Power(w, Step("t"), Step("k"))))
    yield Claim(d(LOSS, w), over_steps("t", "1", "T", d(LOSS, q("s", "t")).T * q("s", "t-1").T))
    yield Claim(
        d(LOSS, w),
        over_steps(
            "t",
            "1",
            "T",
            over_steps("k", "1", "t", Power(w, Step("t"), Step("k")).T * error("s", "t") * q("s", "k-1").T),
        ),
    )
    yield Claim(
        q("s", "t"),
        Power(w, Step("t"), Step("k")) * q("s", "k")
        + over_steps("l", "k+1", "t", Power(w, Step("t"), Step("l")) * q("U") * q("x", "l")),
    )


def _modulated() -> Iterator[Claim]:
    yield from carried("s", parameters=("W",))
    back = slope("s", "t") * q("W") * Diagonal(q("x", "t"))
    yield Claim(d(q("s", "t"), q("s", "t-1")), back)
    yield Claim(d(q("v", "t"), q("s", "t-1")), Diagonal(q("x", "t")))
    yield Claim(d(q("s", "t"), q("x", "t")), slope("s", "t") * q("W") * Diagonal(q("s", "t-1")))
    yield Claim(d(q("s", "t"), q("v", "t")), slope("s", "t") * q("W"))
    yield Claim(
        d(LOSS, q("s", "t")).T,
        error("s", "t") + Diagonal(q("x", "t+1")) * q("W").T * slope("s", "t+1") * d(LOSS, q("s", "t+1")).T,
    )
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", slope("s", "t") * d(LOSS, q("s", "t")).T * q("v", "t").T))
    yield Claim(d(LOSS, q("x", "t")).T, Hadamard((q("s", "t-1"), d(LOSS, q("v", "t")).T)))
    yield Claim(d(LOSS, q("s", "t-1")).T - error("s", "t-1"), Hadamard((q("x", "t"), d(LOSS, q("v", "t")).T)))


def _two_losses() -> Iterator[Claim]:
    yield from tanh_cell("z", "s", "U", "s", "W")
    yield from outer("z", "W", "s")
    yield Claim(d(q("R", "t"), q("s", "t")).T, q("s", "t") - q("s", "t-1"))
    yield Claim(d(q("E", "t"), q("s", "t")).T, q("V").T * error("o", "t"))
    yield Claim(LOSS, over_steps("t", "1", "T", q("E", "t") + q("R", "t")))
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", d(q("E", "t"), q("W")) + d(q("R", "t"), q("W"))))
    yield Claim(d(q("L", "t"), q("s", "k")), d(q("E", "t"), q("s", "k")) + d(q("R", "t"), q("s", "k")))
    yield Claim(d(q("E", "t"), q("s", "k")), d(q("E", "t"), q("s", "t")) * d(q("s", "t"), q("s", "k")))
    yield Claim(d(LOSS, q("V")), over_steps("t", "1", "T", error("o", "t") * q("s", "t").T))
    yield Claim(d(q("R", "t"), q("V")), Number(0))
    yield Claim(d(q("s", "t"), q("s", "k")), product("l", "k+1", "t", d(q("s", "l"), q("s", "l-1"))))
    yield Claim(d(LOSS, q("s", "T")), d(q("E", "T"), q("s", "T")) + d(q("R", "T"), q("s", "T")))
    yield Claim(
        d(LOSS, q("s", "t")).T,
        q("V").T * error("o", "t")
        + (q("s", "t") - q("s", "t-1"))
        - (q("s", "t+1") - q("s", "t"))
        + q("W").T * d(LOSS, q("z", "t+1")).T,
    )
    yield from sums("W", "U", "V")


def _bidirectional() -> Iterator[Claim]:
    for s, matrix, inputs, before, read in (("h", "W", "U", "t-1", "V"), ("g", "Q", "P", "t+1", "B")):
        yield Claim(d(q(s, "t"), q(s, before)), slope(s, "t") * q(matrix))
        yield Claim(d(q(s, "t"), q("x", "t")), slope(s, "t") * q(inputs))
        yield Claim(d(q("L", "t"), q(s, "t")).T, q(read).T * error("o", "t"))
        after = before.replace("-", "*").replace("+", "-").replace("*", "+")
        yield Claim(
            d(LOSS, q(s, "t")).T,
            q(read).T * error("o", "t") + q(matrix).T * slope(s, after) * d(LOSS, q(s, after)).T,
        )
        yield Claim(d(LOSS, q(s, "t")), d(q("L", "t"), q(s, "t")) + d(LOSS, q(s, after)) * d(q(s, after), q(s, "t")))
        yield Claim(
            d(LOSS, q(matrix)), over_steps("t", "1", "T", slope(s, "t") * d(LOSS, q(s, "t")).T * q(s, before).T)
        )
        yield Claim(d(LOSS, q(inputs)), over_steps("t", "1", "T", slope(s, "t") * d(LOSS, q(s, "t")).T * q("x", "t").T))
        yield Claim(d(LOSS, q(read)), over_steps("t", "1", "T", error("o", "t") * q(s, "t").T))
        yield from sums(matrix, inputs, read)
    yield Claim(d(LOSS, q("h", "t")), over_steps("k", "t", "T", d(q("L", "k"), q("h", "t"))))
    yield Claim(d(LOSS, q("g", "t")), over_steps("k", "1", "t", d(q("L", "k"), q("g", "t"))))
    yield Claim(d(LOSS, q("g", "t")), over_steps("k", "1", "T", d(q("L", "k"), q("g", "t"))))
    yield Claim(d(LOSS, q("x", "t")), over_steps("k", "1", "T", d(q("L", "k"), q("x", "t"))))
    yield Claim(
        d(LOSS, q("x", "t")),
        d(LOSS, q("h", "t")) * slope("h", "t") * q("U") + d(LOSS, q("g", "t")) * slope("g", "t") * q("P"),
    )
    yield Claim(d(q("L", "t"), q("x", "t+1")), d(q("L", "t"), q("g", "t")) * d(q("g", "t"), q("x", "t+1")))
    yield Claim(d(q("g", "t"), q("x", "t+1")), slope("g", "t") * q("Q") * slope("g", "t+1") * q("P"))
    yield Claim(d(q("L", "t"), q("x", "t-1")), d(q("L", "t"), q("h", "t")) * d(q("h", "t"), q("x", "t-1")))


def _next_state() -> Iterator[Claim]:
    s = "s"
    yield Claim(d(q(s, "t+1"), q(s, "t")), slope(s, "t+1") * q("W"))
    yield Claim(d(q(s, "t+1"), q("x", "t")), slope(s, "t+1") * q("U"))
    yield Claim(d(q("L", "t"), q(s, "t+1")).T, q(s, "t+1") - q("y", "t"))
    yield Claim(d(q("L", "t"), q(s, "t")), d(q("L", "t"), q(s, "t+1")) * d(q(s, "t+1"), q(s, "t")))
    yield Claim(d(q("L", "t"), q(s, "k")), d(q("L", "t"), q(s, "t+1")) * d(q(s, "t+1"), q(s, "k")))
    yield Claim(d(LOSS, q(s, "t")), over_steps("k", "t", "T", d(q("L", "k"), q(s, "t"))) + d(q("L", "t-1"), q(s, "t")))
    yield Claim(d(LOSS, q(s, "t+1")), over_steps("k", "t", "T", d(q("L", "k"), q(s, "t+1"))))
    yield Claim(d(LOSS, q(s, "t+1")), d(q("L", "t"), q(s, "t+1")) + d(LOSS, q(s, "t+2")) * d(q(s, "t+2"), q(s, "t+1")))
    yield Claim(
        d(LOSS, q(s, "t+1")).T,
        q(s, "t+1") - q("y", "t") + q("W").T * slope(s, "t+2") * d(LOSS, q(s, "t+2")).T,
    )
    yield Claim(d(q(s, "t+1"), q(s, "k")), product("l", "k", "t", d(q(s, "l+1"), q(s, "l"))))
    yield Claim(d(q(s, "t+1"), q(s, "k")), product("l", "k", "t", slope(s, "l+1") * q("W")))
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", slope(s, "t+1") * d(LOSS, q(s, "t+1")).T * q(s, "t").T))
    yield Claim(d(LOSS, q("U")), over_steps("t", "1", "T", slope(s, "t+1") * d(LOSS, q(s, "t+1")).T * q("x", "t").T))
    yield from sums("W", "U")
    yield Claim(d(LOSS, q("x", "t")), d(LOSS, q(s, "t+1")) * slope(s, "t+1") * q("U"))
    yield Claim(d(q("L", "t"), q(s, "t+2")), Number(0))
    yield Claim(d(LOSS, q(s, "T+1")), d(q("L", "T"), q(s, "T+1")))


def _look_ahead() -> Iterator[Claim]:
    yield from carried("s", parameters=("W", "Q"))
    yield Claim(d(q("s", "t"), q("s", "t-1")), slope("s", "t") * q("W"))
    yield Claim(d(q("s", "t"), q("x", "t+1")), slope("s", "t") * q("Q"))
    yield Claim(
        d(q("s", "t+1"), q("x", "t+1")),
        slope("s", "t+1") * q("U") + slope("s", "t+1") * q("W") * slope("s", "t") * q("Q"),
    )
    yield Claim(d(q("L", "t"), q("x", "t+1")), error("s", "t").T * slope("s", "t") * q("Q"))
    yield Claim(
        d(LOSS, q("x", "t+1")),
        d(LOSS, q("s", "t+1")) * slope("s", "t+1") * q("U") + d(LOSS, q("s", "t")) * slope("s", "t") * q("Q"),
    )
    yield Claim(d(LOSS, q("x", "t+1")), over_steps("k", "t", "T", d(q("L", "k"), q("x", "t+1"))))
    yield Claim(d(LOSS, q("Q")), over_steps("t", "1", "T", slope("s", "t") * d(LOSS, q("s", "t")).T * q("x", "t+1").T))
    yield Claim(d(q("L", "t"), q("x", "t+2")), Number(0))


def _cost_to_go() -> Iterator[Claim]:
    yield from carried("s")
    yield from tanh_cell("z", "s", "U", "s", "W")
    j = q("J", "t")
    yield Claim(d(j, q("s", "t+1")), d(q("J", "t+1"), q("s", "t+1")))
    yield Claim(d(j, q("s", "t")), d(LOSS, q("s", "t")))
    yield Claim(j, q("L", "t") + q("J", "t+1"))
    yield Claim(
        d(j, q("s", "t")), d(q("L", "t"), q("s", "t")) + d(q("J", "t+1"), q("s", "t+1")) * d(q("s", "t+1"), q("s", "t"))
    )
    yield Claim(d(j, q("s", "t")), over_steps("k", "t", "T", d(q("L", "k"), q("s", "t"))))
    yield Claim(d(j, q("W")), over_steps("k", "t", "T", d(q("L", "k"), q("W"))))
    yield Claim(d(LOSS, q("W")), d(q("J", "1"), q("W")))
    yield Claim(
        d(LOSS, q("W")),
        over_steps("t", "1", "T", d(j, q("s", "t")) * d(q("s", "t"), q("W"), direct=True)),
    )
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", slope("s", "t") * d(j, q("s", "t")).T * q("s", "t-1").T))
    yield Claim(d(q("L", "t"), q("s", "t+1")), Number(0))
    yield Claim(d(q("J", "t+1"), q("s", "t")), d(q("J", "t+1"), q("s", "t+1")) * d(q("s", "t+1"), q("s", "t")))


def _next_token() -> Iterator[Claim]:
    yield from carried("s")
    predicted = q("p", "t") - q("x", "t+1")
    yield Claim(d(q("s", "t"), q("s", "t-1")), slope("s", "t") * q("W"))
    yield Claim(d(q("s", "t"), q("x", "t")), slope("s", "t") * q("U"))
    yield Claim(d(q("L", "t"), q("o", "t")).T, predicted)
    yield Claim(d(q("L", "t"), q("s", "t")).T, q("V").T * predicted)
    yield Claim(d(LOSS, q("V")), over_steps("t", "1", "T", predicted * q("s", "t").T))
    yield Claim(d(q("L", "t"), q("x", "t+1")).T, Number(-1) * Applied(r"\log", q("p", "t")))
    yield Claim(
        d(LOSS, q("s", "t")).T,
        q("V").T * predicted + q("W").T * slope("s", "t+1") * d(LOSS, q("s", "t+1")).T,
    )
    yield Claim(d(LOSS, q("W")), over_steps("t", "1", "T", slope("s", "t") * d(LOSS, q("s", "t")).T * q("s", "t-1").T))
    yield Claim(d(q("L", "t"), q("x", "t")), d(q("L", "t"), q("s", "t")) * d(q("s", "t"), q("x", "t")))


MADE = {
    "Elman, cross-entropy": _elman,
    "mean loss": _mean,
    "many to one": _many_to_one,
    "leaky": _leaky,
    "residual": _residual,
    "output feedback": _jordan,
    "two layers": _two_layers,
    "gated": _gated,
    "LSTM": _lstm,
    "linear": _linear,
    "input-modulated": _modulated,
    "two losses": _two_losses,
    "bidirectional": _bidirectional,
    "next state": _next_state,
    "look-ahead inputs": _look_ahead,
    "cost to go": _cost_to_go,
    "next token": _next_token,
}


def claims(network: Network) -> tuple[Claim, ...]:
    """The true claims about a network."""
    return tuple(dict.fromkeys(MADE[network.name]()))
