"""A few steps written out: the adjoints one after the other, and the sums with all their terms."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.gradients import END
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.deriving.styles import _paths
from bptt_symbolic.meaning.terms import Add, Affine, Ref, Sum, Term, substitute

TITLE = "a few steps written out"


def sections(setting: Setting) -> Iterator[Section]:
    """Adjoints of the states for a small number of steps, the parameters, the paths of one loss."""
    _paths.look(setting)
    last = Affine(setting.network.start - 1 + setting.steps)
    lines = [*_adjoints(setting), *_parameters(setting), *_paths_of_last(setting, last)]
    if lines:
        yield Section("A few steps written out", tuple(lines))


def _steps(setting: Setting) -> list[int]:
    start = setting.network.start
    return list(range(start, start + setting.steps))


def _adjoints(setting: Setting) -> Iterator[Line]:
    """The states, last step first."""
    steps, backward = _steps(setting), setting.backward
    forward = [n for n in backward.recurrent if n in setting.network.states - backward.backward_states]
    for states, order in ((forward, steps[::-1]), (backward.backward_states & set(backward.recurrent), steps)):
        for back, at in enumerate(order):
            for name in sorted(states, key=backward.recurrent.index):
                yield from _adjoint(setting, name, at, back)


def _adjoint(setting: Setting, name: str, at: int, back: int) -> Iterator[Line]:
    """One state at one step, so many steps from where its recursion begins."""
    steps, backward = _steps(setting), setting.backward
    near = END - (steps[-1] - at)
    readers = [r for r in backward.at_edge(name, near) if at + r.lag >= steps[0]]
    terms = [substitute(backward.contribution(r, name), {"t": Affine(at)}) for r in readers]
    if terms:
        first = "first" if name in backward.backward_states else "last"
        side = "after" if name in backward.backward_states else "before"
        step = f"the {first} one" if not back else f"{back} step{'s' if back > 1 else ''} {side}"
        reason = say("With ", Affine(setting.steps), f" steps, {step}.")
        left = setting.loss_by(name, Affine(at))
        yield Line(left, (setting.side(add(*terms)),), reason, label=f"adjoint-{name}-{back}")


def _parameters(setting: Setting) -> Iterator[Line]:
    for name in setting.by:
        try:
            whole = setting.side(setting.backward.parameter(name))
        except Open:
            continue
        items = whole.items if isinstance(whole, Add) else (whole,)
        if any(isinstance(item, Sum) for item in items):
            terms = [term for item in items for term in _terms(setting, item)]
            reason = say("With ", Affine(setting.steps), " steps, the sum term by term.")
            left = setting.loss_by(name, None)
            yield Line(left, (add(*terms),), reason, label=f"gradient-{name}-written", optional=True)


def _terms(setting: Setting, item: Term) -> list[Term]:
    """The terms of a sum over all steps; anything else as it is."""
    if isinstance(item, Sum) and item.high == END:
        return [substitute(item.body, {item.var: Affine(at)}) for at in _steps(setting)]
    return [item]


def _paths_of_last(setting: Setting, last: Affine) -> Iterator[Line]:
    """The paths from the loss of the last step: one term for each step in which the parameter is used."""
    if setting.single is None or setting.columns or len(setting.backward.losses) != 1:
        return
    if setting.backward.timeless(next(iter(setting.backward.losses))):
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
