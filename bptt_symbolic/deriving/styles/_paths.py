"""Setting -> terms that several styles need: products of Jacobians over time, the uses of a parameter at a step."""

from collections.abc import Sequence
from dataclasses import dataclass

from bptt_symbolic.deriving.algebra import ONE, ZERO, add
from bptt_symbolic.deriving.gradients import END, NOW, Reader, collected
from bptt_symbolic.deriving.pull import Pull
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.styles import NotApplicable
from bptt_symbolic.meaning.names import internal
from bptt_symbolic.meaning.terms import Affine, Deriv, Prod, Ref, Sum, Term, substitute

LATER = internal("later")
"""The step of the loss while the rules of differentiation are at work; no notation calls a step so."""
K = Affine.of("k")


@dataclass(frozen=True, slots=True)
class Uses:
    """What the uses of a parameter at the steps `k` of a range add to the gradient of one loss."""

    low: Affine
    high: Affine
    body: Term
    """With the step `k`."""

    @property
    def summed(self) -> Term:
        """All of them."""
        return Sum("k", self.low, self.high, self.body)


def look(setting: Setting) -> None:
    """Raises NotApplicable for a loss that is neither made of steps alone nor of fixed steps alone."""
    losses = setting.backward.losses
    if len(losses) > 1 and setting.backward.total in losses:
        raise NotApplicable("the loss adds up steps, and reads something at a fixed step besides")


def ordered(setting: Setting, newer: Term, older: Term) -> Term:
    """The product of a newer and an older factor: in denominator layout the older one comes first."""
    return setting.algebra.mul(older, newer) if setting.columns else setting.algebra.mul(newer, older)


def product(setting: Setting, state: str, low: Affine, high: Affine) -> Term:
    """The Jacobians of one state from step to step, over a range of steps."""
    letter = setting.entries.letters[0]
    at = Affine.of(letter)
    factor = setting.derivative(Ref(state, at), Ref(state, at - 1))
    axes = setting.network.shapes[state].axes
    return Prod(letter, low, high, factor, not setting.columns, axes[0] if axes else None)


def horizon(setting: Setting, step: str) -> Affine:
    """The step whose states a loss sees: its own, or the last one if it has none."""
    return END if setting.backward.timeless(step) else NOW


def recurrent(setting: Setting, name: str) -> bool:
    """Whether a parameter is used in something that other steps depend on."""
    return any(r.name in setting.backward.recurrent for r in setting.backward.readers(name))


def own(setting: Setting, step: str, name: str) -> Term:
    """What the uses of a parameter in the output add for a loss, at its own step or without one; raises Open."""
    backward, found = setting.backward, list[Term]()
    for reader in backward.readers(name):
        if reader.name in backward.recurrent or not backward.sees(step, reader.name):
            continue
        at_end = backward.timeless(step) and not backward.timeless(reader.name)
        found.append(_share(setting, step, [reader], name, END if at_end else NOW))
    return add(*found)


def uses(setting: Setting, step: str, name: str) -> list[Uses]:
    """What the uses of a parameter in the recurrence add to the gradient of a loss; raises Open."""
    groups: dict[tuple[Affine, Affine], list[Reader]] = {}
    for reader in setting.backward.readers(name):
        span = _span(setting, step, reader) if reader.name in setting.backward.recurrent else None
        if span is not None:
            groups.setdefault(span, []).append(reader)
    return [Uses(*span, _share(setting, step, readers, name, K)) for span, readers in groups.items()]


def _span(setting: Setting, step: str, reader: Reader) -> tuple[Affine, Affine] | None:
    """The steps at which a definition has an effect on the loss; None if there are none."""
    goals = [step] if not setting.backward.timeless(step) else list(setting.backward.ends)
    lags = {lag for name, lag in setting.backward.later(Reader(reader.name)) if name in goals}
    if not lags:
        return None
    if setting.backward.timeless(step):
        return Affine(setting.network.start), END
    return Affine(setting.network.start) if max(lags) > 0 else NOW, END if min(lags) < 0 else NOW


def _share(setting: Setting, step: str, readers: Sequence[Reader], name: str, at: Affine) -> Term:
    backward, terms = setting.backward, list[Term]()
    for reader in readers:
        of = backward.ref(reader.name, NOW)
        layout = backward.gradient(reader.name).layout
        g: Term = Deriv(backward.ref(step, Affine.of(LATER)), of, "total", layout)
        g = ONE if reader.name == step else g
        shares = list(Pull(name, backward.algebra).through(backward.forward[reader.name].body, g, of))
        terms.append(substitute(collected([s.term for s in shares]), {"t": at}))
    return setting.side(substitute(add(*terms), {LATER: NOW})) if terms else ZERO
