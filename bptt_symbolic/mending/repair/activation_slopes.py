r"""Network -> derivatives of its activations: what they look like as terms, and as an author would write them.

s_t = tanh(z_t)      diag(1 - s_t^2)
s_t = sigma(z_t)     diag(s_t (1 - s_t))         for the logistic function
s_t = f(z_t)         diag(f'(z_t))               for a function that the note leaves open
"""

from collections.abc import Iterator

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Deriv,
    Diag,
    Function,
    Hadamard,
    Mul,
    Neg,
    Num,
    Power,
    Ref,
    Term,
)
from bptt_symbolic.mending.repair.handwriting import Spelling
from bptt_symbolic.scalars.rows import OF_VECTORS

SQUARE = Affine(2)


def activation(name: str, network: Network) -> tuple[Function, Term] | None:
    """The entrywise function that a quantity is the value of, and its argument."""
    definition = network.definitions.get(name)
    body = None if definition is None else definition.body
    if (
        isinstance(body, Apply)
        and len(body.args) == 1
        and body.function.kind != "vector"
        and body.function.name not in OF_VECTORS
    ):
        return body.function, body.args[0]
    return None


def is_slope(term: Term, network: Network) -> bool:
    """Whether a factor is the derivative of an activation."""
    match term:
        case Diag(body=body):
            return is_slope(body, network)
        case Apply(function=function):
            return function.order > 0
        case Deriv(of=Ref(name=name, time=time), by=Ref(name=other, time=same)):
            found = activation(name, network)
            return found is not None and time == same and isinstance(found[1], Ref) and found[1].name == other
        case Add(items=(Num(value=value), Neg(body=Power(body=Ref(name=name), exponent=exponent)))):
            return value == 1 and exponent == SQUARE and activation(name, network) is not None
        case (
            Hadamard(left=Ref(name=name), right=Add(items=(Num(value=value), Neg(body=Ref(name=other)))))
            | Mul(left=Ref(name=name), right=Add(items=(Num(value=value), Neg(body=Ref(name=other)))))
        ):
            return value == 1 and name == other and activation(name, network) is not None
        case _:
            return False


def slope_texts(name: str, time: Affine, network: Network, spelling: Spelling) -> Iterator[str]:
    """The derivative of an activation at a step as vectors in the author's notation, the shortest first."""
    found = activation(name, network)
    if found is None:
        return
    function, argument = found
    state = spelling.quantity(name, time)
    if state is not None and function.name == "tanh":
        yield f"1 - {spelling.squared(state)}"
    if state is not None and function.name == "sigmoid":
        yield rf"{state} {spelling.entrywise} \left( 1 - {state} \right)"
        yield f"1 - {state}"
    if function.own and isinstance(argument, Ref):
        inner = spelling.quantity(argument.name, time)
        if inner is not None:
            yield rf"{function.name}'\left( {inner} \right)"


def as_matrix(text: str) -> str:
    """The diagonal matrix of a vector."""
    return rf"\mathrm{{diag}}\left( {text} \right)"


def jacobian_text(name: str, time: Affine, network: Network, spelling: Spelling) -> str | None:
    r"""`\frac{\partial s_t}{\partial z_t}` in the author's letters, where the argument has a name."""
    found = activation(name, network)
    if found is None or not isinstance(found[1], Ref):
        return None
    upper, lower = spelling.quantity(name, time), spelling.quantity(found[1].name, time)
    return None if upper is None or lower is None else quotient(upper, lower)


def quotient(upper: str, lower: str) -> str:
    """A derivative as a quotient."""
    return rf"\frac{{\partial {upper}}}{{\partial {lower}}}"
