"""The adjoint recursion: gradients by the quantities of a step, last step first, then by everything else."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.gradients import END, NOW
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.meaning.terms import Affine, Ref, Term, walk

TITLE = "the recursion for the adjoints"


def sections(setting: Setting) -> Iterator[Section]:
    """The recursion, the parameters, the initial states, the inputs."""
    yield adjoints(setting)
    if parameters := tuple(_parameters(setting)):
        yield Section("The gradients by the parameters", parameters)
    if rest := tuple(_initial(setting)) + tuple(_inputs(setting)):
        yield Section("The initial states and the inputs", rest)


def adjoints(setting: Setting) -> Section:
    """The recursion."""
    backward = setting.backward
    lines: list[Line] = [_outward(setting, n) for n in backward.outward if _seen_by_recurrent(setting, n)]
    lines.extend(_recurrent(setting, n) for n in backward.recurrent)
    lines.extend(
        Line(
            setting.loss_by(n, END),
            (setting.side(add(*backward.last(n))),),
            say("At the last step nothing comes from later: the recursion begins here."),
            label=f"last-{n}",
        )
        for n in backward.recurrent
        if n in setting.network.states and backward.last(n)
    )
    before = say(
        "The gradient of the loss by a quantity is the sum over everything that reads it. Terms of steps after ",
        END,
        " are zero.",
    )
    return Section("The recursion", tuple(lines), (before,))


def _seen_by_recurrent(setting: Setting, name: str) -> bool:
    """Whether a quantity of the output reads something that later steps depend on."""
    body = setting.backward.forward[name].body
    recurrent = set(setting.backward.recurrent)
    return bool(recurrent & {r.name for r in _refs(body)}) or any(
        r.name not in setting.network.temporal for r in _refs(body)
    )


def _refs(body: Term) -> list[Ref]:
    return [x for x in walk(body) if isinstance(x, Ref)]


def _outward(setting: Setting, name: str) -> Line:
    """Only the loss of its own step sees a quantity of the output."""
    backward = setting.backward
    terms = [
        backward.algebra.scaled(weight, setting.derivative(setting.now(step), setting.now(name)))
        for step, weight in backward.losses.items()
    ]
    reason = say("Only the loss of step ", NOW, " sees ", setting.now(name), ".")
    return Line(setting.loss_by(name), (add(*terms),), reason, label=f"adjoint-{name}")


def _recurrent(setting: Setting, name: str) -> Line:
    backward = setting.backward
    readers = [r for r in backward.readers(name) if backward.leads_to_loss(r.name)]
    words: list[str | Term | Affine] = []
    for place, reader in enumerate(readers):
        words.extend([" and " if place == len(readers) - 1 else ", "] if place else [])
        words.append(Ref(reader.name, NOW + reader.lag))
    reason = say("Chain rule through ", *words, ".")
    return Line(setting.loss_by(name), (setting.side(add(*backward.adjoint(name))),), reason, label=f"adjoint-{name}")


def _parameters(setting: Setting) -> Iterator[Line]:
    for name in setting.by:
        try:
            right = setting.side(setting.backward.parameter(name))
        except Open:
            continue
        readers = [r for r in setting.backward.readers(name) if setting.backward.leads_to_loss(r.name)]
        several = "; it is used in several places" if len(readers) > 1 else ""
        reason = say("Every step uses the same ", Ref(name), f": a sum over the steps{several}.")
        yield Line(setting.loss_by(name, None), (right,), reason, label=f"gradient-{name}")


def _initial(setting: Setting) -> Iterator[Line]:
    before = Affine(setting.network.start - 1)
    fixed = {d.name for d in setting.network.initial}
    for name in setting.backward.recurrent:
        if name in setting.network.states and name not in fixed and setting.backward.initial(name):
            right = setting.side(add(*setting.backward.initial(name)))
            reason = say("The initial state enters the first step only.")
            yield Line(setting.loss_by(name, before), (right,), reason, label=f"initial-{name}")


def _inputs(setting: Setting) -> Iterator[Line]:
    for name, role in setting.network.role.items():
        if role == "input" and (terms := setting.backward.adjoint(name)):
            reason = say("Chain rule through what reads ", setting.now(name), ".")
            yield Line(setting.loss_by(name), (setting.side(add(*terms)),), reason, label=f"input-{name}")
