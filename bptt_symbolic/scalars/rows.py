r"""Name -> scalar function: what the program knows about each, in one row.

A row says the value, the derivative in the argument `x` and the value `y`, how steep the function is, and the words
that mean it. Floats, polynomials, the calculus of all steps, derivations, gradients, programs and SymPy are made from
these rows. The kernel has a table of its own (`proving/kernel/balls`), and a test compares the two.

Functions that are made of others are written out wherever they are computed with; their pieces `relu`, `step` and
`expm1` keep their digits for numbers of any size. Where a function bends (relu at 0), its derivative is the one from
the left, and the kernel settles nothing there.

Sources: NIST Digital Library of Mathematical Functions, chapters 4 (elementary) and 7 (erf); for activations and their
default parameters the documentation of torch.nn: GELU (Hendrycks and Gimpel 2016, with the error function), SiLU, ELU
(alpha 1), LeakyReLU (negative slope 0.01), Hardsigmoid (`relu6(x + 3) / 6`), Softsign.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from bptt_symbolic.scalars.expressions import Expression, Y, differentiated, parsed

MOST_ORDER = 3
"""The highest derivative that the methods look at."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A function by entries."""

    name: str
    slope: str
    """The derivative, in `x` and `y`, the value there."""
    value: str = ""
    """The value in other functions; empty for those that everything else is made of."""
    atom: bool = True
    """Whether the methods of proof take its value for an atom; else it is written out."""
    activation: bool = False
    """Whether it is what a layer is passed through; a network without those is linear."""
    steepest: Fraction | None = None
    """A bound of the size of its derivative."""
    between: str = ""
    """An interval in which its values lie, `(-1, 1)`; with an end left out, `[0, )`, nothing is said of that side."""
    slopes: str = ""
    """The same for its derivative."""
    contracts: bool = False
    """Whether `|f(x)| <= |x|` everywhere."""
    latex: str = ""
    r"""How it is written, if not by its name: `\tanh`, `\operatorname{GELU}`."""
    words: str = ""
    """Words that mean it, wherever they stand in a formula."""
    upright: str = ""
    r"""Words that mean it only in one piece: `\mathrm{id}`."""
    prose: str = ""
    """What prose calls it, as a regular expression; none where prose may give a parameter another value, and none for
    what it calls something else: the error function of a network is its loss."""
    said: str = ""
    """Its derivative in words."""
    square: tuple[int, int] | None = None
    """`a, b` in `y^2 = a + b y - y'`: the calculus of all steps then takes `y'` for an atom, and knows no squares."""


_HALF, _QUARTER, _ONE = Fraction(1, 2), Fraction(1, 4), Fraction(1)
_ROWS = (
    Scalar(
        *("tanh", "1 - y^2"),
        activation=True,
        steepest=_ONE,
        latex=r"\tanh",
        words="tanh Tanh",
        prose=r"hyperbolic tangent|\btanh\b",
        said="The derivative of tanh is 1 less its square.",
        square=(1, 0),
        between="(-1, 1)",
        contracts=True,
        slopes="(0, 1]",
    ),
    Scalar(
        *("sigmoid", "y * (1 - y)", "1 / (1 + exp(-x))"),
        activation=True,
        steepest=_QUARTER,
        words="sigm sigmoid Sigmoid",
        upright="logistic",
        prose=r"(?<!hard )(?<!hard-)\bsigmo[iï]d(?![ -](linear|weighted))|\blogistic\b",
        said="The derivative of the sigmoid is the sigmoid times 1 less the sigmoid.",
        square=(0, 1),
        between="(0, 1)",
        slopes="(0, 1/4]",
    ),
    Scalar("identity", "1", "x", atom=False, steepest=_ONE, upright="identity id", contracts=True, slopes="[1, 1]"),
    Scalar("step", "0", between="[0, 1]"),
    Scalar(
        *("relu", "step(x)", "x * step(x)"),
        atom=False,
        activation=True,
        steepest=_ONE,
        words="relu ReLU Relu",
        upright="RELU",
        prose=r"(?<!leaky )(?<!leaky-)(\brelu\b|rectifie[rd]|rectified linear)",
        between="[0, )",
        contracts=True,
        slopes="[0, 1]",
    ),
    Scalar(
        "exp",
        "y",
        latex=r"\exp",
        words="exp",
        said="The exponential is its own derivative.",
        between="(0, )",
        slopes="(0, )",
    ),
    Scalar("expm1", "exp(x)", "exp(x) - 1", atom=False),
    Scalar("reciprocal", "-y^2", "1 / x", atom=False),
    Scalar("log", "1 / x", latex=r"\log", words="log ln"),
    Scalar("sqrt", "1 / (2 * y)", upright="sqrt", between="[0, )", slopes="(0, )"),
    Scalar(
        "sin", "cos(x)", steepest=_ONE, latex=r"\sin", words="sin", between="[-1, 1]", contracts=True, slopes="[-1, 1]"
    ),
    Scalar("cos", "-sin(x)", steepest=_ONE, latex=r"\cos", words="cos", between="[-1, 1]", slopes="[-1, 1]"),
    Scalar("sinh", "cosh(x)", latex=r"\sinh", words="sinh", slopes="[1, )"),
    Scalar("cosh", "sinh(x)", latex=r"\cosh", words="cosh", between="[1, )"),
    Scalar(
        *("arctan", "1 / (1 + x^2)"),
        activation=True,
        steepest=_ONE,
        latex=r"\arctan",
        words="arctan",
        prose=r"\b(arctan|inverse tangent|arc tangent)\b",
        between="(-11/7, 11/7)",
        contracts=True,
        slopes="(0, 1]",
    ),
    Scalar("gauss", "-2 * x * y", "2 * exp(-x^2) / sqrt(pi)", between="(0, 113/100)"),
    Scalar(
        "erf",
        "gauss(x)",
        steepest=Fraction(113, 100),
        words="erf",
        prose=r"\bgauss(ian)? error function\b|\berf\b",
        between="(-1, 1)",
        slopes="(0, 113/100)",
    ),
    Scalar(
        *("softplus", "sigmoid(x)", "log(1 + exp(x))"),
        activation=True,
        steepest=_ONE,
        words="softplus Softplus",
        upright="Softplus SoftPlus",
        prose=r"\bsoftplus\b",
        between="(0, )",
        slopes="(0, 1)",
    ),
    Scalar("abs", "2 * step(x) - 1", "2 * relu(x) - x", atom=False, steepest=_ONE, between="[0, )", slopes="[-1, 1]"),
    Scalar(
        *("leaky_relu", "1 / 100 + 99 / 100 * step(x)", "x / 100 + 99 / 100 * relu(x)"),
        atom=False,
        activation=True,
        steepest=_ONE,
        latex=r"\operatorname{LeakyReLU}",
        words="LeakyReLU LeakyRelu",
        upright="leakyrelu leakyReLU LReLU lrelu",
        contracts=True,
        slopes="[1/100, 1]",
    ),
    Scalar(
        *("elu", "exp(x - relu(x))", "relu(x) + expm1(x - relu(x))"),
        atom=False,
        activation=True,
        steepest=_ONE,
        latex=r"\operatorname{ELU}",
        words="elu ELU Elu",
        between="(-1, )",
        contracts=True,
        slopes="(0, 1]",
    ),
    Scalar(
        *("gelu", "(1 + erf(x / sqrt(2))) / 2 + x * gauss(x / sqrt(2)) / (2 * sqrt(2))"),
        value="x * (1 + erf(x / sqrt(2))) / 2",
        atom=False,
        activation=True,
        steepest=Fraction(113, 100),
        latex=r"\operatorname{GELU}",
        words="gelu GELU Gelu",
        prose=r"\bgelu\b|gaussian error linear unit",
        between="(-1, )",
        slopes="(-113/100, 113/100)",
    ),
    Scalar(
        *("silu", "sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x))", "x * sigmoid(x)"),
        atom=False,
        activation=True,
        steepest=Fraction(11, 10),
        latex=r"\operatorname{SiLU}",
        words="silu SiLU swish Silu Swish",
        upright="Swish",
        prose=r"\b(silu|swish)\b|sigmoid(-weighted)? linear unit",
        between="(-1, )",
        slopes="(-11/10, 11/10)",
    ),
    Scalar(
        *("hardsigmoid", "step(x + 3) * step(3 - x) / 6", "1 - relu(6 - relu(x + 3)) / 6"),
        atom=False,
        activation=True,
        steepest=Fraction(1, 6),
        upright="hardsigmoid Hardsigmoid HardSigmoid hardSigmoid",
        prose=r"hard[ -]?sigmoid",
        between="[0, 1]",
        slopes="[0, 1/6]",
    ),
    Scalar(
        *("softsign", "1 / (1 + abs(x))^2", "x / (1 + abs(x))"),
        atom=False,
        activation=True,
        steepest=_ONE,
        upright="softsign Softsign SoftSign",
        prose=r"\bsoftsign\b",
        between="(-1, 1)",
        contracts=True,
        slopes="(0, 1]",
    ),
)
ROWS = MappingProxyType({row.name: row for row in _ROWS})
"""The functions by name."""
WRITTEN = frozenset(row.name for row in _ROWS if row.words or row.upright)
"""Those that a note can write."""
OPAQUE = frozenset(row.name for row in _ROWS if row.activation and not row.atom) - {"relu"}
"""Activations that are made of others."""
OF_VECTORS = frozenset({"softmax", "logsumexp", "sum"})
"""Known functions that take a whole vector."""
WORDS = MappingProxyType(
    {
        **{word: row.name for row in _ROWS for word in f"{row.words} {row.upright}".split()},
        **dict.fromkeys(("softmax", "Softmax"), "softmax"),
        **dict.fromkeys(("logsumexp", "LogSumExp", "LSE", "lse"), "logsumexp"),
    }
)
"""Word -> the function that it means."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two ends; an end of None leaves them free on that side."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    """The end itself is none of them."""
    high_open: bool = False

    @property
    def bounded(self) -> bool:
        """Whether it has two ends."""
        return self.low is not None and self.high is not None


def values(name: str) -> Interval:
    """Where the values of a function lie."""
    return _interval("[0, 1]" if name == "softmax" else ROWS[name].between if name in ROWS else "")


def slopes(name: str, order: int) -> Interval:
    """Where its derivative of an order lies."""
    return _interval(ROWS[name].slopes if name in ROWS and order == 1 else "")


@cache
def _interval(text: str) -> Interval:
    if not text:
        return Interval()
    low, high = (Fraction(end) if end else None for end in (part.strip() for part in text[1:-1].split(",")))
    return Interval(low, high, text[0] == "(", text[-1] == ")")


@cache
def value(name: str) -> Expression:
    """The value in other functions; `y` where it is made of none."""
    row = ROWS[name]
    return parsed(row.value) if row.value else Y


@cache
def derivative(name: str, order: int) -> Expression:
    """The derivative of an order in `x` and `y`; the value itself is `y`."""
    if not order:
        return Y
    slope = parsed(ROWS[name].slope)
    return slope if order == 1 else differentiated(derivative(name, order - 1), slope)
