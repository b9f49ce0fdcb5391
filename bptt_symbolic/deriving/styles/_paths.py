"""Setting -> terms that several styles need: products of Jacobians over time, the uses of a parameter at a step."""

from bptt_symbolic.deriving.algebra import ZERO, add
from bptt_symbolic.deriving.gradients import NOW, Reader, collected
from bptt_symbolic.deriving.pull import Pull
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.meaning.names import internal
from bptt_symbolic.meaning.terms import Affine, Deriv, Prod, Ref, Term, substitute

LATER = internal("later")
"""The step of the loss while the rules of differentiation are at work; no notation calls a step so."""


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


def recurrent(setting: Setting, name: str) -> bool:
    """Whether a parameter is used in something that later steps depend on."""
    return any(r.name in setting.backward.recurrent for r in setting.backward.readers(name))


def own(setting: Setting, step: str, name: str) -> Term:
    """What the uses of a parameter in the output of step `t` add for the loss of that step; zero for none."""
    return _uses(setting, step, [r for r in setting.backward.readers(name) if r.name in setting.backward.outward], name)


def summand(setting: Setting, step: str, name: str, at: Affine) -> Term:
    """What the uses of a parameter at one step add to the gradient of the loss of step `t`; raises Open."""
    readers = [r for r in setting.backward.readers(name) if r.name in setting.backward.recurrent]
    return _uses(setting, step, readers, name, at)


def _uses(setting: Setting, step: str, readers: list[Reader], name: str, at: Affine = NOW) -> Term:
    backward = setting.backward
    terms = []
    for reader in readers:
        of = Ref(reader.name, NOW)
        g = Deriv(Ref(step, Affine.of(LATER)), of, "total", "denominator")
        shares = list(Pull(name, backward.algebra).through(backward.forward[reader.name].body, g, of))
        terms.append(substitute(collected([s.term for s in shares]), {"t": at}))
    return setting.side(substitute(add(*terms), {LATER: NOW})) if terms else ZERO
