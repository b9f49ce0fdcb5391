"""Truncated back-propagation: a gradient that looks a fixed number of steps back, and what it leaves out."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.deriving.styles import _paths
from bptt_symbolic.meaning.terms import Affine, Ref

TITLE = "truncated back-propagation through time"


def sections(setting: Setting) -> Iterator[Section]:
    """The truncated sum and the rest, for each parameter of the recurrence."""
    _paths.look(setting)
    lines = [line for step in setting.backward.losses for line in _lines(setting, step)]
    if lines:
        before = say(
            "A window of ",
            Affine(setting.window),
            " steps: of each gradient the sum over the window is kept, and the rest is left out. What is kept is the "
            "gradient with the states outside of the window held fixed.",
        )
        yield Section("Truncated back-propagation", tuple(lines), (before,))


def _lines(setting: Setting, step: str) -> Iterator[Line]:
    if setting.single and not setting.shaped:
        yield from _steps_back(setting, step, setting.single)
    for name in setting.by:
        if not _paths.recurrent(setting, name):
            continue
        try:
            found, own = _paths.uses(setting, step, name), _paths.own(setting, step, name)
        except Open:
            continue
        if found:
            terms = [_paths.Uses(*span, uses.body).summed for uses in found for span in _split(setting, step, uses)]
            left = setting.derivative(setting.now(step), Ref(name))
            reason = say("The sum over the uses of ", Ref(name), ", split at the edge of the window.")
            yield Line(left, (add(own, *terms),), reason, label=f"truncated-{name}")


def _split(setting: Setting, step: str, uses: _paths.Uses) -> list[tuple[Affine, Affine]]:
    """The steps of a range inside of the window, then those outside of it."""
    end = _paths.horizon(setting, step)
    before, after = end - setting.window, end + setting.window
    if uses.low == end:
        return [(end, after - 1), (after, uses.high)]
    if uses.high == end:
        return [(before + 1, end), (uses.low, before)]
    return [(before + 1, after - 1), (uses.low, before), (after, uses.high)]


def _steps_back(setting: Setting, step: str, state: str) -> Iterator[Line]:
    """The recursion of one loss, as far as the window goes."""
    end = _paths.horizon(setting, step)
    for back in range(1, setting.window):
        newer, older = setting.now(state, end - back + 1), setting.now(state, end - back)
        left = setting.derivative(setting.now(step), older)
        right = _paths.ordered(setting, setting.derivative(setting.now(step), newer), setting.derivative(newer, older))
        reason = say("One step further back; the recursion stops after ", Affine(setting.window), " steps.")
        yield Line(left, (right,), reason, label=f"back-{back}", optional=True)
