"""The adjoint recursion: gradients by the quantities of a step, last step first, then by everything else."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.dataflow import refs_in
from bptt_symbolic.deriving.gradients import END, NOW, Reader
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Inequality, Line, Section, say
from bptt_symbolic.meaning.terms import Affine, Ref, Sum, Term, walk

TITLE = "the recursion for the adjoints"


def sections(setting: Setting) -> Iterator[Section]:
    """The recursion, the parameters, the initial states, the inputs."""
    found = [
        adjoints(setting),
        Section("The gradients by the parameters", tuple(_parameters(setting))),
        Section("The initial states and the inputs", tuple(_initial(setting)) + tuple(_inputs(setting))),
    ]
    for section in found:
        if setting.backward.backward_states:  # where both directions meet again, not all is within reach of the proofs
            yield replace(section, lines=tuple(_optional(line) for line in section.lines))
        elif section.lines:
            yield section


def _optional(line: Line | Inequality) -> Line | Inequality:
    return replace(line, optional=True) if isinstance(line, Line) else line


def adjoints(setting: Setting) -> Section:
    """The recursion."""
    backward = setting.backward
    names = [n for n in backward.outward if n in setting.network.temporal and _seen_by_recurrent(setting, n)]
    lines = [_at_any_step(setting, n) for n in (*names, *backward.recurrent) if n in backward.interior]
    lines.extend(_at_end(setting, n, at) for n in (*names, *backward.recurrent) for at in backward.edges(n))
    before = say(
        "The gradient of the loss by a quantity is the sum over everything that reads it. Terms of steps ",
        *(("before ", Affine(setting.network.start), " and ") if _runs_backward(setting) else ()),
        "after ",
        END,
        " are zero.",
    )
    return Section("The recursion", tuple(line for line in lines if line.members), (before,))


def _runs_backward(setting: Setting) -> bool:
    return any(setting.backward.runs_backward(n) for n in setting.backward.recurrent)


def _seen_by_recurrent(setting: Setting, name: str) -> bool:
    """Whether a quantity of the output reads something that other steps depend on."""
    body = setting.backward.forward[name].body
    recurrent = set(setting.backward.recurrent)
    return bool(recurrent & {r.name for r in refs_in(body)}) or any(
        r.name not in setting.network.temporal for r in refs_in(body)
    )


def _at_any_step(setting: Setting, name: str) -> Line:
    if name in setting.backward.outward and not setting.backward.ends.get(name):
        return _outward(setting, name)
    words = _through(setting, setting.backward.at_any_step(name), NOW)
    terms = setting.backward.adjoint(name)
    return Line(setting.loss_by(name), (setting.side(add(*terms)),), say(*words, "."), label=f"adjoint-{name}")


def _at_end(setting: Setting, name: str, at: Affine) -> Line:
    """The line where a recursion begins; without members where nothing is read there."""
    readers, terms = setting.backward.at_edge(name, at), setting.backward.at_step(name, at)
    words = _through(setting, readers, at)
    if len(setting.backward.at_any_step(name)) > len(readers) or name not in setting.backward.interior:
        words = [*words, "; nothing comes from ", "later" if END.names() <= at.names() else "earlier", " steps"]
    label = f"last-{name}" if at == END else f"edge-{name}-{len(terms)}"
    return Line(setting.loss_by(name, at), (setting.side(add(*terms)),) if terms else (), say(*words, "."), label=label)


def _outward(setting: Setting, name: str) -> Line:
    """Only the loss of its own step sees a quantity of the output."""
    backward = setting.backward
    terms = [
        backward.algebra.scaled(weight, setting.derivative(setting.now(step), setting.now(name)))
        for step, weight in backward.losses.items()
        if not backward.timeless(step) and backward.sees(step, name)
    ]
    reason = say("Only the loss of step ", NOW, " sees ", setting.now(name), ".")
    return Line(setting.loss_by(name), (add(*terms),), reason, label=f"adjoint-{name}")


def _through(setting: Setting, readers: Sequence[Reader], at: Affine) -> list[str | Term | Affine]:
    words: list[str | Term | Affine] = ["Chain rule through "]
    for place, reader in enumerate(readers):
        words.extend([" and " if place == len(readers) - 1 else ", "] if place else [])
        words.append(setting.now(reader.name, at + reader.lag))
    return words


def _parameters(setting: Setting) -> Iterator[Line]:
    for name in setting.by:
        try:
            right = setting.side(setting.backward.parameter(name))
        except Open:
            continue
        readers = [r for r in setting.backward.readers(name) if setting.backward.leads_to_loss(r.name)]
        several = "; it is used in several places" if len(readers) > 1 else ""
        reason = say("Every step uses the same ", Ref(name), f": a sum over the steps{several}.")
        if not any(isinstance(x, Sum) for x in walk(right)):
            reason = say(*_through(setting, readers, END), ".")
        yield Line(setting.loss_by(name, None), (right,), reason, label=f"gradient-{name}")


def _initial(setting: Setting) -> Iterator[Line]:
    backward = setting.backward
    fixed = {(d.name, d.at) for d in setting.network.initial}
    for name in backward.recurrent:
        for back in range(1, backward.reach(name) + 1):
            time = backward.before(name, back)
            if (name, time) in fixed or not (terms := backward.initial(name, back)):
                continue
            begins = setting.network.states | {name} if backward.runs_backward(name) else setting.network.states
            if name in begins:
                step = "last" if backward.runs_backward(name) else "first"
                steps = f"{step} step only" if backward.reach(name) == 1 else f"{step} steps only"
                reason = say(f"The initial state enters the {steps}.")
                right = setting.side(add(*terms))
                yield Line(setting.loss_by(name, time), (right,), reason, label=f"initial-{name}-{back}")


def _inputs(setting: Setting) -> Iterator[Line]:
    for name, role in setting.network.role.items():
        if role == "input" and name in setting.backward.interior and (terms := setting.backward.adjoint(name)):
            reason = say("Chain rule through what reads ", setting.now(name), ".")
            yield Line(setting.loss_by(name), (setting.side(add(*terms)),), reason, label=f"input-{name}")
