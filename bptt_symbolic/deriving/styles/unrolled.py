"""A few steps written out: the adjoints one after the other, and the sums with all their terms."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.deriving.styles import _paths
from bptt_symbolic.meaning.terms import Affine, Ref, Sum, Term, substitute

TITLE = "a few steps written out"


def sections(setting: Setting) -> Iterator[Section]:
    """Adjoints of the states for a small number of steps, the parameters, the paths of one loss."""
    last = Affine(setting.network.start - 1 + setting.steps)
    lines = [*_adjoints(setting), *_parameters(setting), *_paths_of_last(setting, last)]
    if lines:
        yield Section("A few steps written out", tuple(lines))


def _steps(setting: Setting) -> list[int]:
    start = setting.network.start
    return list(range(start, start + setting.steps))


def _adjoints(setting: Setting) -> Iterator[Line]:
    """The states, last step first."""
    backward = setting.backward
    last = Affine(_steps(setting)[-1])
    states = [n for n in backward.recurrent if n in setting.network.states]
    for back in range(setting.steps):
        at = last - back
        for name in states:
            readers = [r for r in backward.readers(name) if backward.leads_to_loss(r.name) and r.lag <= back]
            terms = [substitute(backward.contribution(r, name), {"t": at}) for r in readers]
            if terms:
                step = "the last one" if not back else f"{back} step{'s' if back > 1 else ''} before"
                reason = say("With ", Affine(setting.steps), f" steps, {step}.")
                left = setting.loss_by(name, at)
                yield Line(left, (setting.side(add(*terms)),), reason, label=f"adjoint-{name}-{back}")


def _parameters(setting: Setting) -> Iterator[Line]:
    for name in setting.by:
        try:
            whole = setting.side(setting.backward.parameter(name))
        except Open:
            continue
        if isinstance(whole, Sum):
            terms = [substitute(whole.body, {whole.var: Affine(at)}) for at in _steps(setting)]
            reason = say("With ", Affine(setting.steps), " steps, the sum term by term.")
            left = setting.loss_by(name, None)
            yield Line(left, (add(*terms),), reason, label=f"gradient-{name}-written", optional=True)


def _paths_of_last(setting: Setting, last: Affine) -> Iterator[Line]:
    """The paths from the loss of the last step: one term for each step in which the parameter is used."""
    if setting.single is None or setting.columns or len(setting.backward.losses) != 1:
        return
    step, state = next(iter(setting.backward.losses)), setting.single
    for name in setting.by:
        if not _paths.recurrent(setting, name):
            continue
        terms: list[Term] = []
        product: Term = setting.derivative(Ref(step, last), Ref(state, last))
        for at in reversed(_steps(setting)):
            own = setting.derivative(Ref(state, Affine(at)), Ref(name), "immediate")
            terms.append(setting.algebra.mul(product, own))
            product = setting.algebra.mul(
                product, setting.derivative(Ref(state, Affine(at)), Ref(state, Affine(at - 1)))
            )
        reason = say("The loss of step ", last, ": a path for each step in which ", Ref(name), " is used.")
        left = setting.derivative(Ref(step, last), Ref(name))
        yield Line(left, (add(*terms),), reason, label=f"paths-{name}", optional=True)
