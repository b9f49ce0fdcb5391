"""The closed form: every path from a loss back to a use of a parameter, as a product of Jacobians, summed."""

from collections.abc import Iterator, Mapping, Sequence

from bptt_symbolic.deriving.algebra import ZERO, add
from bptt_symbolic.deriving.dataflow import arrives
from bptt_symbolic.deriving.gradients import END, NOW
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, Sentence, say
from bptt_symbolic.deriving.styles import _paths
from bptt_symbolic.meaning.terms import Affine, Ref, Sum, Term

TITLE = "the sum of products of Jacobians"
K = _paths.K


def sections(setting: Setting) -> Iterator[Section]:
    """How a state depends on an earlier one, then the sums."""
    _paths.look(setting)
    transfers = tuple(_transfers(setting))
    if transfers:
        yield Section("From one state to a later one", transfers, (_products(setting),))
    lines = tuple(line for step in setting.backward.losses for line in _sums(setting, step))
    if lines:
        yield Section("The sum of products", lines)


def _products(setting: Setting) -> Sentence:
    if setting.columns:
        return say("Products of transposed Jacobians over time run oldest factor first.")
    return say("Products over time run newest factor first.")


def _transfers(setting: Setting) -> Iterator[Line]:
    """The dependence of states on states; none where a Jacobian would have more than two indices."""
    if setting.shaped:
        return
    if setting.single:
        yield from _single(setting, setting.single)
        return
    yield from _several(setting, sorted(setting.network.states - setting.backward.backward_states), 1)
    yield from _several(setting, sorted(setting.backward.backward_states), -1)


def _single(setting: Setting, state: str) -> Iterator[Line]:
    """One state: the transfer is a product."""
    now, before = setting.now(state), setting.now(state, NOW - 1)
    one_step = setting.derivative(now, before)
    try:
        right = setting.jacobian(setting.backward.step(state, state))
        yield Line(one_step, (right,), say("Every path from ", before, " to ", now, "."), label="one-step")
    except Open:
        pass
    yield Line(
        setting.derivative(now, setting.now(state, K)),
        (_paths.product(setting, state, K + 1, NOW),),
        say("Chain rule through ", setting.now(state, NOW - 1), ", down to ", setting.now(state, K), "."),
        label="transfer",
    )


def _several(setting: Setting, states: Sequence[str], sign: int) -> Iterator[Line]:
    """Several states: a sum over those that are gone through one step before, or after where they run backward."""
    within = setting.backward.within_step
    lags = sorted({r.lag for s in states for r in setting.backward.readers(s) if r.lag * sign > 0}, key=abs)
    through = {of: [(via, lag) for via in states for lag in lags if within(of, via, lag)] for of in states}
    for of in states:
        for by, lag in through[of]:
            left = setting.derivative(setting.now(of), setting.now(by, NOW - lag), "immediate")
            try:
                right = setting.jacobian(setting.backward.step(of, by, lag))
            except Open:
                continue
            reason = say("One step, with the states of other steps held fixed.")
            yield Line(left, (right,), reason, label=f"one-step-{of}-{by}")
    for of in states:
        for by in states:
            terms = [_through(setting, of, via, lag, by) for via, lag in through[of] if _reached(through, via, by)]
            if terms:
                left = setting.derivative(setting.now(of), setting.now(by, K))
                steps = "later" if sign < 0 else "earlier"
                reason = say(f"Chain rule through the states of the step one {steps}.")
                yield Line(left, (add(*terms),), reason, label=f"transfer-{of}-{by}", optional=True)


def _through(setting: Setting, of: str, via: str, lag: int, by: str) -> Term:
    between = setting.now(via, NOW - lag)
    newer = setting.derivative(setting.now(of), between, "immediate")
    return _paths.ordered(setting, newer, setting.derivative(between, setting.now(by, K)))


def _reached(through: Mapping[str, Sequence[tuple[str, int]]], of: str, by: str) -> bool:
    """Whether a state depends on another one, at whatever steps."""
    return arrives([of], by, lambda name: (via for via, _ in through[name]))


def _sums(setting: Setting, step: str) -> Iterator[Line]:
    if setting.single and setting.single in setting.backward.recurrent and not setting.shaped:
        loss, state, end = setting.now(step), setting.single, _paths.horizon(setting, step)
        left = setting.derivative(loss, setting.now(state, K))
        through = _paths.ordered(
            setting,
            setting.derivative(loss, setting.now(state, end)),
            setting.derivative(setting.now(state, end), setting.now(state, K)),
        )
        reason = say(loss, " sees ", setting.now(state, K), " through ", setting.now(state, end), " alone.")
        yield Line(left, (through,), reason, label=f"reach-{step}", optional=True)
        for via in setting.backward.recurrent:
            if via != state and any(r.name == via for n in setting.by for r in setting.backward.readers(n)):
                yield _reach(setting, step, via)
    for name in setting.by:
        yield from _parameter(setting, step, name)


def _reach(setting: Setting, step: str, via: str) -> Line:
    """The gradient of a later loss by what a parameter enters, as a product of Jacobians."""
    state, end = str(setting.single), _paths.horizon(setting, step)
    own = setting.derivative(setting.now(state, K), setting.now(via, K))
    product = _paths.product(setting, state, K + 1, end)
    path = _paths.ordered(
        setting, _paths.ordered(setting, setting.derivative(setting.now(step), setting.now(state, end)), product), own
    )
    left = setting.derivative(setting.now(step), setting.now(via, K))
    reason = say("The path from ", setting.now(via, K), " to ", setting.now(step), ".")
    return Line(left, (path,), reason, label=f"reach-{step}-{via}", optional=True)


def _parameter(setting: Setting, step: str, name: str) -> Iterator[Line]:
    parameter = Ref(name)
    left = setting.derivative(setting.now(step), parameter)
    if not _paths.recurrent(setting, name):
        return
    try:
        found, own = _paths.uses(setting, step, name), _paths.own(setting, step, name)
        once = setting.side(setting.backward.once(name))
    except Open:
        return
    if not found:
        return
    inner: Term = add(*(u.summed for u in found), own)
    steps: list[str | Affine] = []
    for uses in found:
        steps.extend([" and " if steps else "", uses.low, " to ", uses.high])
    reason = say("Sum over every use of ", parameter, ", at the steps ", K, " from ", *steps, ".")
    yield Line(left, (inner,), reason, label=f"sum-{name}")
    if setting.single and not setting.columns and own == ZERO:
        yield _by_products(setting, step, name)
    if len(setting.backward.losses) == 1 and not setting.backward.timeless(step):
        weight, total = setting.backward.losses[step], setting.loss_by(name, None)
        both = Sum("t", Affine(setting.network.start), END, setting.algebra.mul(weight, inner))
        more = () if once == ZERO else (", with what ", Ref(setting.backward.total), " itself reads")
        reason = say("Sum over ", NOW, ", split at ", K, *more, ".")
        yield Line(total, (add(both, once),), reason, label=f"total-{name}")


def _by_products(setting: Setting, step: str, name: str) -> Line:
    state, end = str(setting.single), _paths.horizon(setting, step)
    loss = setting.now(step)
    path = _paths.ordered(
        setting,
        _paths.ordered(
            setting, setting.derivative(loss, setting.now(state, end)), _paths.product(setting, state, K + 1, end)
        ),
        setting.derivative(setting.now(state, K), Ref(name), "immediate"),
    )
    product = Sum("k", Affine(setting.network.start), end, path)
    reason = say("The same by products; the last factor is immediate: earlier states are held fixed.")
    return Line(setting.derivative(loss, Ref(name)), (product,), reason, label=f"products-{name}", optional=True)
