"""The closed form: every path from a loss back to a use of a parameter, as a product of Jacobians, summed."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import ZERO, add
from bptt_symbolic.deriving.gradients import END, NOW
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, Sentence, say
from bptt_symbolic.deriving.styles import _paths
from bptt_symbolic.meaning.terms import Affine, Ref, Sum, Term

TITLE = "the sum of products of Jacobians"
K = Affine.of("k")


def sections(setting: Setting) -> Iterator[Section]:
    """How a state depends on an earlier one, then the sums."""
    transfers = tuple(_single(setting, setting.single) if setting.single else _several(setting))
    if transfers:
        yield Section("From one state to a later one", transfers, (_products(setting),))
    lines = tuple(line for step in setting.backward.losses for line in _sums(setting, step))
    if lines:
        yield Section("The sum of products", lines)


def _products(setting: Setting) -> Sentence:
    if setting.columns:
        return say("Products of transposed Jacobians over time run oldest factor first.")
    return say("Products over time run newest factor first.")


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


def _several(setting: Setting) -> Iterator[Line]:
    """Several states: a sum over the one that is gone through a step before."""
    states = sorted(setting.network.states)
    for of in states:
        for by in states:
            left = setting.derivative(setting.now(of), setting.now(by, NOW - 1), "immediate")
            try:
                right = setting.jacobian(setting.backward.step(of, by))
            except Open:
                continue
            reason = say("One step, with the other states of step ", NOW - 1, " held fixed.")
            yield Line(left, (right,), reason, label=f"one-step-{of}-{by}")
    for of in states:
        for by in states:
            terms = [
                _paths.ordered(
                    setting,
                    setting.derivative(setting.now(of), setting.now(via, NOW - 1), "immediate"),
                    setting.derivative(setting.now(via, NOW - 1), setting.now(by, K)),
                )
                for via in states
            ]
            left = setting.derivative(setting.now(of), setting.now(by, K))
            reason = say("Chain rule through the states of step ", NOW - 1, ".")
            yield Line(left, (add(*terms),), reason, label=f"transfer-{of}-{by}", optional=True)


def _sums(setting: Setting, step: str) -> Iterator[Line]:
    loss = setting.now(step)
    if setting.single and setting.single in setting.backward.recurrent:
        state = setting.single
        left = setting.derivative(loss, setting.now(state, K))
        through = _paths.ordered(
            setting,
            setting.derivative(loss, setting.now(state)),
            setting.derivative(setting.now(state), setting.now(state, K)),
        )
        yield Line(
            left,
            (through,),
            say("The loss of step ", NOW, " sees ", setting.now(state, K), " through ", setting.now(state), " alone."),
            label=f"reach-{step}",
            optional=True,
        )
        for via in setting.backward.recurrent:
            if via != state and any(r.name == via for n in setting.by for r in setting.backward.readers(n)):
                yield _reach(setting, step, via)
    for name in setting.by:
        yield from _parameter(setting, step, name)


def _reach(setting: Setting, step: str, via: str) -> Line:
    """The gradient of a later loss by what a parameter enters, as a product of Jacobians."""
    state = str(setting.single)
    own = setting.derivative(setting.now(state, K), setting.now(via, K))
    product = _paths.product(setting, state, K + 1, NOW)
    path = _paths.ordered(
        setting, _paths.ordered(setting, setting.derivative(setting.now(step), setting.now(state)), product), own
    )
    left = setting.derivative(setting.now(step), setting.now(via, K))
    reason = say("The path from ", setting.now(via, K), " to the loss of step ", NOW, ".")
    return Line(left, (path,), reason, label=f"reach-{step}-{via}", optional=True)


def _parameter(setting: Setting, step: str, name: str) -> Iterator[Line]:
    loss, parameter = setting.now(step), Ref(name)
    left = setting.derivative(loss, parameter)
    if not _paths.recurrent(setting, name):
        return
    try:
        body, own = _paths.summand(setting, step, name, K), _paths.own(setting, step, name)
    except Open:
        return
    inner: Term = add(Sum("k", Affine(setting.network.start), NOW, body), own)
    reason = say("Sum over every use of ", parameter, ", at the steps ", K, " up to ", NOW, ".")
    yield Line(left, (inner,), reason, label=f"sum-{name}")
    if setting.single and not setting.columns and own == ZERO:
        state = setting.single
        path = _paths.ordered(
            setting,
            _paths.ordered(
                setting, setting.derivative(loss, setting.now(state)), _paths.product(setting, state, K + 1, NOW)
            ),
            setting.derivative(setting.now(state, K), parameter, "immediate"),
        )
        product: Term = Sum("k", Affine(setting.network.start), NOW, path)
        reason = say("The same by products; the last factor is immediate: earlier states are held fixed.")
        yield Line(left, (product,), reason, label=f"products-{name}", optional=True)
    weight = setting.backward.losses[step]
    if len(setting.backward.losses) == 1:
        total = setting.loss_by(name, None)
        both: Term = Sum("t", Affine(setting.network.start), END, setting.algebra.mul(weight, inner))
        yield Line(total, (both,), say("Sum over ", NOW, ", split at ", K, "."), label=f"total-{name}")
