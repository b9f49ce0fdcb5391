r"""Where gradients vanish or explode: the product of Jacobians, the bound of its norm, the condition.

    \lVert ds_t/ds_k \rVert \le \prod \lVert ds_i/ds_{i-1} \rVert \le (\gamma \lVert W \rVert)^{t-k},  |f'| \le \gamma

The equalities are proved like all others. Of the inequalities none may be refuted, but some are left open, such as
those about a bound that is only a letter; the section says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bptt_symbolic.deriving.gradients import NOW
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Inequality, Line, Section, Sentence, say
from bptt_symbolic.deriving.styles import NotApplicable
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.terms import Affine, Apply, Diag, Mul, Num, Prod, Ref, substitute
from bptt_symbolic.scalars.rows import ROWS

TITLE = "where gradients vanish or explode"
K = Affine.of("k")
LEFT, RIGHT = r"\left\lVert", r"\right\rVert"
HONEST = (
    "Of the inequalities the checker refutes none, but it leaves some open. That they hold rests on two facts: "
    "the norm of a product is at most the product of the norms, and the spectral norm of a diagonal matrix is the "
    "largest size of its entries."
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A step `diag(f') W`: the case in which a bound is known."""

    slope: str
    """The largest slope, in LaTeX."""
    weights: Ref
    named: bool
    """Whether the slope is that of an open function, and has a name."""


def sections(setting: Setting) -> Iterator[Section]:
    """The section; raises NotApplicable for a network whose state does not read itself."""
    if setting.shaped:
        raise NotApplicable("a step has rows or matrices, whose Jacobians have more than two indices or other sides")
    found = [*_several(setting)] if setting.single is None else [*_single(setting, setting.single)]
    if not found:
        raise NotApplicable("no state has a Jacobian by itself that is written as a matrix")
    yield Section("Where gradients vanish or explode", tuple(found), (say(HONEST),), _after(setting))


def _single(setting: Setting, state: str) -> Iterator[Line | Inequality]:
    transfer = setting.derivative(setting.now(state), setting.now(state, K))
    letter = Affine.of(setting.entries.letters[0])
    factor = setting.derivative(Ref(state, letter), Ref(state, letter - 1))
    plain = _plain(setting, state)
    if plain is not None:
        step = setting.jacobian(setting.backward.step(state, state))
        axes = setting.network.shapes[state].axes
        body = substitute(step, {"t": letter})
        product = Prod(str(letter), K + 1, NOW, body, not setting.columns, axes[0] if axes else None)
        yield Line(transfer, (product,), say("The Jacobian of ", NOW - K, " steps, written out."), label="growth")
    bound = rf"\prod_{{{letter}=k+1}}^{{t}}"
    yield Inequality((LEFT, transfer, RIGHT, r"\le", bound, LEFT, factor, RIGHT), say("The norm of a product."))
    if plain is not None:
        size = "" if plain.slope == "1" else plain.slope
        power = rf"\left( {size} \lVert" if size else r"\left( \lVert"
        yield Inequality(
            (LEFT, transfer, RIGHT, r"\le", power, plain.weights, r"\rVert \right)^{t-k}"), say(_why(plain))
        )


def _why(plain: Plain) -> str:
    start = "If no" if plain.named else "No"
    return f"{start} slope of the activation is larger than ${plain.slope}$."


def _plain(setting: Setting, state: str, lag: int = 1) -> Plain | None:
    """The bound of a step `diag(f'(z)) W` with square weights."""
    try:
        step = setting.backward.step(state, state, lag)
    except Open:
        return None
    body = setting.backward.forward[state].body
    if not (isinstance(step, Mul) and isinstance(step.left, Diag) and isinstance(body, Apply)):
        return None
    if not (isinstance(step.right, Ref) and step.right.time is None):
        return None
    row = None if body.function.order else ROWS.get(body.function.name)
    known = None if row is None or row.steepest is None else latex(Num(row.steepest))
    return Plain(known or r"\gamma", step.right, known is None)


def _several(setting: Setting) -> Iterator[Line | Inequality]:
    """Several states: the path that stays in one of them, if a step of it is a diagonal matrix, or one and weights."""
    runs_back = setting.backward.backward_states
    for state in sorted(setting.network.states | runs_back):
        lag = -1 if state in runs_back else 1
        try:
            step = setting.backward.step(state, state, lag)
        except Open:
            continue
        plain = _plain(setting, state, lag)
        if plain is not None or isinstance(step, Diag):
            left = setting.derivative(setting.now(state), setting.now(state, NOW - lag), "immediate")
            reason = say("The path that stays in ", setting.now(state), ", with the other states held fixed.")
            yield Line(left, (setting.jacobian(step),), reason, label=f"growth-{state}")
        if plain is not None:
            size = "" if plain.slope == "1" else plain.slope
            parts = (LEFT, step, RIGHT, rf"\le {size} \lVert", plain.weights, r"\rVert")
            yield Inequality(parts, say(_why(plain), " Over n steps the bound is its power n."))
        if isinstance(step, Diag):
            letter = Affine.of(setting.entries.letters[0])
            gate = substitute(step, {"t": letter})
            product = rf"\prod_{{{letter}=k+1}}^{{t}}"
            yield Inequality(
                (LEFT, product, gate, RIGHT, r"\le", product, LEFT, gate, RIGHT),
                say("A gate with all entries near 1 carries the gradient over many steps; one near 0 stops it."),
            )


def _after(setting: Setting) -> tuple[Sentence, ...]:
    """The conditions, in words."""
    if setting.single is None or _plain(setting, setting.single) is None:
        return (
            say("Where every factor has a norm of at most q, and q is below 1, gradients vanish like powers of q."),
        )
    return (
        say(
            "If the bound in brackets is below 1, the gradient vanishes at least as fast as its powers. It can explode "
            "only if the bound is above 1; that is necessary, and not sufficient.",
        ),
    )
