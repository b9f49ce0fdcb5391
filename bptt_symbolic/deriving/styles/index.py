"""Everything entry by entry: sums over indices instead of products of matrices."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import add
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.meaning.terms import Affine, Deriv, Entry, Ref, Term

TITLE = "entry by entry"


def sections(setting: Setting) -> Iterator[Section]:
    """The recursion and the gradients, by entries."""
    lines = [*_adjoints(setting), *_parameters(setting)]
    if lines:
        yield Section(
            "Entry by entry", tuple(lines), (say("Nothing new: the same equations, with every sum written."),)
        )


def _adjoints(setting: Setting) -> Iterator[Line]:
    backward = setting.backward
    for name in backward.recurrent:
        column = add(*backward.adjoint(name))
        yield from _line(setting, setting.now(name), column, f"entries-{name}")


def _parameters(setting: Setting) -> Iterator[Line]:
    for name in setting.by:
        try:
            column = setting.backward.parameter(name)
        except Open:
            continue
        yield from _line(setting, Ref(name), column, f"entries-{name}")


def _line(setting: Setting, by: Ref, column: Term, label: str) -> Iterator[Line]:
    axes = setting.network.shapes[by.name].axes
    index = setting.entries.letters[: len(axes)]
    if not axes:
        return
    try:
        right = setting.entries.at(column, index)
    except Open:
        return
    left = Deriv(Ref(setting.backward.total), Entry(by, tuple(Affine.of(i) for i in index)))
    yield Line(left, (right,), say(""), label=label, optional=True)
