"""Truncated back-propagation: a gradient that looks a fixed number of steps back, and what it leaves out."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.gradients import NOW
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.deriving.styles import _paths
from bptt_symbolic.meaning.terms import Affine, Ref, Sum

TITLE = "truncated back-propagation through time"
K = Affine.of("k")


def sections(setting: Setting) -> Iterator[Section]:
    """The truncated sum and the rest, for each parameter of the recurrence."""
    lines = [line for step in setting.backward.losses for line in _lines(setting, step)]
    if lines:
        before = say(
            "A window of ",
            Affine(setting.window),
            " steps: of each gradient the first sum is kept, and the second is left out. What is kept is the gradient "
            "with the state before the window held fixed.",
        )
        yield Section("Truncated back-propagation", tuple(lines), (before,))


def _lines(setting: Setting, step: str) -> Iterator[Line]:
    if setting.single:
        yield from _steps_back(setting, step, setting.single)
    for name in setting.by:
        if not _paths.recurrent(setting, name):
            continue
        try:
            body, own = _paths.summand(setting, step, name, K), _paths.own(setting, step, name)
        except Open:
            continue
        edge = NOW - setting.window
        kept, rest = Sum("k", edge + 1, NOW, body), Sum("k", Affine(setting.network.start), edge, body)
        left = setting.derivative(setting.now(step), Ref(name))
        reason = say("The sum over the uses of ", Ref(name), ", split at the edge of the window.")
        yield Line(left, (add(own, kept, rest),), reason, label=f"truncated-{name}")


def _steps_back(setting: Setting, step: str, state: str) -> Iterator[Line]:
    """The recursion of one loss, as far as the window goes."""
    for back in range(1, setting.window):
        newer, older = setting.now(state, NOW - back + 1), setting.now(state, NOW - back)
        left = setting.derivative(setting.now(step), older)
        right = _paths.ordered(setting, setting.derivative(setting.now(step), newer), setting.derivative(newer, older))
        reason = say("One step further back; the recursion stops after ", Affine(setting.window), " steps.")
        yield Line(left, (right,), reason, label=f"back-{back}", optional=True)
