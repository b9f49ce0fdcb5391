"""Path or text -> report: what the command line and Python users call.

Everything heavy is imported when it is first needed, so that importing the package stays prompt.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bptt_symbolic import pipeline
from bptt_symbolic.meaning import flow
from bptt_symbolic.meaning.keywords import distinct, renamed
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.mending import Correction, corrected
from bptt_symbolic.pipeline import NoteError, called, understand, understand_source, views
from bptt_symbolic.proving.settle import Question, settle
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.reporting import display
from bptt_symbolic.reporting.guard import CODE, fault_of, guarded, staged
from bptt_symbolic.reporting.report import Decided, Finding, NetworkView, Report
from bptt_symbolic.reporting.selection import meant, shortest
from bptt_symbolic.showing.scripting import Heading, NotWritten, script
from bptt_symbolic.understanding import Item, Note, why
from bptt_symbolic.understanding.notes import cells, is_text, shown_name

if TYPE_CHECKING:
    from bptt_symbolic.deriving import Derivation, Style
    from bptt_symbolic.numeric import ChunkedFunction, FormulaFunction, GradientReport, NumericFunction
    from bptt_symbolic.showing.unrolled import Unrolled

display.install()

Progress = Callable[[int, int, str], None]


def check(
    note: str | Path,
    *,
    declare: str | Path | None = None,
    kind: str | None = None,
    progress: Progress | None = None,
    cross_check: bool = False,
    repair: bool = True,
) -> Report:
    """Check a note: a path, or the text of a note itself.

    `declare` is a TOML file; without it, `STEM.toml` beside the note is used if it is there. `kind` is the document
    format (`markdown`, `rst`, `latex`, `html`, `notebook`); without it, suffix and content tell. `cross_check` has
    every relation read a second time, by another program in a process of its own. `repair` looks for the repairs of
    what is wrong, which takes longer than finding out that it is. Raises NoteError when the note cannot be opened or
    the declarations cannot be used. A fault of the checker itself is a fault or a finding, with the code
    `internal-error`.
    """
    reads = partial(understand, note, declare=declare, kind=kind)
    return guarded(
        lambda: _checked(reads, progress, cross_check=cross_check, repair=repair),
        lambda fallen: Report(Source(called(note), ""), (), (), (fault_of("reading the note", fallen),), 0),
        answers=(NoteError,),
    )


def _checked(reads: Callable[[], Note], progress: Progress | None, *, cross_check: bool, repair: bool) -> Report:
    report = pipeline.report(reads(), progress, cross_check=cross_check, repair=repair)
    return replace(report, findings=tuple(_with_function(finding, reads) for finding in report.findings))


def _with_function(finding: Finding, reads: Callable[[], Note]) -> Finding:
    """A claim that can be evaluated: it is read once more when somebody asks."""
    if finding.kind != "claim" or finding.understood is None:
        return finding
    return replace(finding, ask=partial(_function_of, finding, reads))


def _function_of(finding: Finding, reads: Callable[[], Note]) -> "FormulaFunction":
    """The function of a claim, read in its place; raises NumericError if it is not what the report is about."""
    understood = reads()
    claims = [i for i in understood.items if i.kind == "claim" and i.stated.line.text is None]
    item = next(i for i in claims if i.stated.span == finding.span)
    first = next(i for i in claims if i.stated.chain == item.stated.chain)
    found = _evaluable(item, understood, None if first is item else first.stated.left)
    if found.latex != finding.understood:
        from bptt_symbolic.numeric import NumericError  # noqa: PLC0415 - NumPy is heavy

        raise NumericError(f"read by itself it is {found.latex}", "write it in full and use function_of")
    return found


def prove(formula: str, network: str | Path, *, declare: str | Path | None = None, repair: bool = True) -> Report:
    """Settle formulas in LaTeX about a network: a cell (`"elman"`), a note by path, or the text of one.

    The formula is read in the notation of the network's own note; the report holds its relations alone. `repair` as in
    `check`, errors too.
    """
    understood = understand(network, declare=declare, asked=(formula,))
    found, fallen = staged("settling the formula", lambda: pipeline.findings(understood, repair=repair, asked=True))
    networks, unseen = staged("showing the networks", lambda: views(understood))
    return Report(Source("formula", formula), networks, found, (*fallen, *unseen), 1)


def fix(
    note: str | Path,
    *,
    declare: str | Path | None = None,
    kind: str | None = None,
    nearest: bool = False,
    progress: Progress | None = None,
) -> tuple[Correction, Report]:
    """A note with its repairs in place, and the report on the result, which confirms them.

    A claim with several repairs that are as small is left alone, unless the `nearest` to what its author wrote is asked
    for. The note is read once, and nothing is written to any file. Arguments and errors as in `check`.
    """
    raw = str(note) if is_text(note) else readers.text_of(note)
    if isinstance(raw, Fault):
        raise NoteError(raw)
    folder = None if is_text(note) else Path(note).parent
    opened = readers.source_of(raw, called(note), kind, folder)
    if isinstance(opened, Fault):
        raise NoteError(opened)
    understood = understand_source(opened, declare, ())
    report = pipeline.report(understood, progress)
    found = corrected(report, raw, nearest=nearest)
    source = readers.source_of(found.text, report.source.name, report.source.kind, folder)
    if isinstance(source, Fault):
        raise NoteError(source)
    understood = understand_source(source, declare, ())
    again, fallen = staged("settling the claims again", lambda: pipeline.findings(understood, repair=False))
    before = tuple(fault for fault in report.faults if fault.code == CODE)
    faults = (*understood.faults, *before, *fallen)
    return found, Report(source, views(understood), again, faults, understood.lines.displays)


def counterexample(
    note: str | Path, equation: str, *, declare: str | Path | None = None, kind: str | None = None
) -> str:
    """A NumPy program that shows why an equation of a note is false, at the counterexample of the report.

    `equation` is a number, tag, label, line (`L61`) or id (`eq:16.1`); or a formula in LaTeX with an equals sign, about
    the network of the note or cell. Of several relations that go by one name, the first refuted one is meant. Raises
    NoteError where there is no such equation or it is not refuted; the rest as in `check`.
    """
    asked = (equation,) if "=" in equation else ()
    understood = understand(note, declare=declare, kind=kind, asked=asked)
    found = pipeline.examine(understood, asked=bool(asked))
    places = tuple(range(len(found))) if asked else meant([one.finding for one in found], equation)
    name = Path(understood.lines.source.name).name
    for one in (found[i] for i in places):
        finding, outcome, example = one.finding, one.outcome, one.finding.counterexample
        if outcome is None or outcome.obligation is None or outcome.witness is None or example is None:
            continue
        try:
            return script(
                outcome.obligation, outcome.witness, example.entry, _heading(finding, name, asked=bool(asked))
            )
        except NotWritten as reason:
            message = f"no program can be written for {finding.id}: there are no words for {reason}"
            raise NoteError(Fault("no-program", message, "the report has the numbers of the example")) from reason
    raise NoteError(_nothing_to_show(equation, [one.finding for one in found], places))


def _heading(finding: Finding, note: str, *, asked: bool) -> Heading:
    which = f"Equation ({finding.number})" if finding.number else "The equation"
    what = f"The formula about {note}" if asked else f"{which} in line {finding.line} of {note}"
    title = f"{what} is false: both sides at small numbers. Needs Python and NumPy."
    return Heading(title, (f"as written: {finding.latex}", f"as read: {finding.understood}"))


def _nothing_to_show(equation: str, found: Sequence[Finding], places: Sequence[int]) -> Fault:
    """Why there is no program, and which equations have one."""
    there = list(dict.fromkeys(shortest(f) for f in found if f.counterexample is not None))
    known = f"refuted here: {', '.join(there)}" if there else "no equation of this note is refuted"
    if not places:
        return Fault("no-such-equation", f"there is no equation {equation!r}", known)
    words = " and ".join(dict.fromkeys(found[i].verdict or f"a {found[i].kind}" for i in places))
    return Fault("no-counterexample", f"{equation} is {words}; only what is refuted has a counterexample", known)


def network(note: str | Path) -> Network:
    """The network of a cell (`"elman"`), of a note by path, or of the text of one; the last one if a note has
    several.
    """
    return understand(note).models[-1].network


def show(note: str | Path) -> tuple[NetworkView, ...]:
    """The networks of a note or a cell as they were understood."""
    return views(understand(note))


def decisions(note: str | Path) -> tuple[Source, tuple[Decided, ...]]:
    """What was decided about the signs of a note or a cell, each with its reasons, and the text whose places they
    name; raises NoteError.
    """
    found = understand(note)
    return found.lines.source, why(found.notation)


def unroll(note: "str | Path | Network", steps: int = 3, sizes: Mapping[str, int] | None = None) -> "Unrolled":
    """The network of a cell, a note or a `Network`, unrolled for some steps and sizes as SymPy expressions."""
    from bptt_symbolic.showing.unrolled import unroll as unroll_network  # noqa: PLC0415 - SymPy is heavy

    if isinstance(note, Network):
        return unroll_network(note, steps=steps, sizes=sizes)
    return replace(unroll_network(network(note), steps=steps, sizes=sizes), settle=partial(prove, network=note))


def lambdify(  # noqa: PLR0913 - a front door
    note: "str | Path | Network",
    wanted: Sequence[str] | None = None,
    *,
    backend: str = "numpy",
    batch: bool = True,
    functions: Mapping[str, str] | None = None,
    loss: str | None = None,
    checkpoint: int | None = None,
    truncate: int | None = None,
) -> "NumericFunction | ChunkedFunction":
    """A fast function of arrays for a cell, a note or a `Network`; arguments and errors as in `numeric.lambdify`.

    With `checkpoint`, sequences are taken in parts of so many steps, which bounds the memory and costs one more forward
    computation; with `truncate` in parts whose gradients know nothing of later parts.
    """
    from bptt_symbolic.numeric import ChunkedFunction, NumericError  # noqa: PLC0415 - NumPy is heavy
    from bptt_symbolic.numeric import lambdify as lambdify_network  # noqa: PLC0415 - NumPy is heavy

    if checkpoint is not None and truncate is not None:
        raise NumericError("checkpoint and truncate are given both", "leave one of them out")
    found = note if isinstance(note, Network) else network(note)
    title = f"{note}_gradients" if isinstance(note, str) and note in cells() else "gradients"
    whole = lambdify_network(found, wanted, backend=backend, batch=batch, functions=functions, name=title, loss=loss)
    if checkpoint is None and truncate is None:
        return whole
    return ChunkedFunction(whole.request, checkpoint or truncate or 0, truncated=truncate is not None)


def check_gradient(
    function: Callable[..., object], note: "str | Path | Network", wanted: Sequence[str] | None = None, **options: Any
) -> "GradientReport":
    """Whether a function of somebody's gives the gradients of a network; as in `numeric.check_gradient`."""
    from bptt_symbolic.numeric import check_gradient as check_function  # noqa: PLC0415 - NumPy is heavy

    return check_function(function, note if isinstance(note, Network) else network(note), wanted, **options)


def assert_gradient(
    function: Callable[..., object], note: "str | Path | Network", wanted: Sequence[str] | None = None, **options: Any
) -> None:
    """For tests: an AssertionError with the report of `check_gradient` if a gradient is wrong."""
    report = check_gradient(function, note, wanted, **options)
    if not report:
        raise AssertionError(f"the gradient is wrong\n{report}")


def function_of(
    formula: str,
    note: str | Path,
    *,
    declare: str | Path | None = None,
    kind: str | None = None,
    functions: Mapping[str, str] | None = None,
) -> "FormulaFunction":
    """A relation in LaTeX about a cell or a note as a function of arrays: its right side, beside what the left side is.

    It is read as `prove` reads it. Raises NumericError if it is no relation or has no meaning, NoteError as `check`.
    """
    understood = understand(note, declare=declare, kind=kind, asked=(formula,))
    stated = [i for i in understood.items if i.stated.line.text is not None]
    item = next((i for i in stated if i.stated.left is not None and i.stated.right is not None), None)
    if item is None:
        from bptt_symbolic.numeric import NumericError  # noqa: PLC0415 - NumPy is heavy

        raise NumericError("the formula is no relation", r"write both sides, as in \frac{\partial L}{\partial W} = ...")
    return replace(_evaluable(item, understood), functions=functions)


def _evaluable(item: Item, note: Note, head: Node | None = None) -> "FormulaFunction":
    """A relation in the reading that its verdict is about; `head` is the head of its chain."""
    from bptt_symbolic.numeric import FormulaFunction, NumericError  # noqa: PLC0415 - NumPy is heavy

    stated = item.stated
    if stated.left is None or stated.right is None:
        raise NumericError("one side is missing", "write both sides")
    outcome = settle(Question(stated.left, stated.right, stated.conditions, note.models[item.model], head))
    if outcome.obligation is None:
        said = outcome.message or outcome.verdict.message
        raise NumericError(f"the formula is {outcome.verdict.word}: {said}", outcome.help or "see `prove`")
    found = outcome.obligation
    network, new = distinct(found.network)
    found = replace(found, network=network, left=renamed(found.left, new), right=renamed(found.right, new))
    return FormulaFunction(found, outcome.understood or "", outcome.verdict.word, outcome.readings)


def derive(  # noqa: PLR0913 - one argument an option of the command, all of them by name
    network: str | Path,
    *,
    by: Sequence[str] = (),
    style: str | Sequence[str] = "recursion",
    steps: int = 3,
    window: int = 2,
    notation: str | Path | None = None,
    layout: Literal["numerator", "denominator"] | None = None,
    explain: bool = False,
    format: str = "latex",  # noqa: A002 - the name of the option
    declare: str | Path | None = None,
) -> "Derivation":
    """Write the derivation of the gradients of a cell, or of a note's network, every line of it read back and proved.

    `by` are parameters (all, if empty); `style` is one or several of `recursion`, `sum-of-products`, `unrolled`,
    `index`, `minibatch`, `truncated`, `growth`, or `all`; `steps` is for `unrolled`, `window` for `truncated`.
    `notation` is a built-in one, a TOML file, or a note to take it from; without it, the derivation is in that of the
    network's own note. With `explain`, lines say why they have the form that they have. `format` is the document format
    in which it is checked. Raises NoteError, also where a line is not proved.
    """
    from bptt_symbolic import deriving as derivations  # noqa: PLC0415 - wanted by few

    understood = understand(network, declare=declare)
    wanted = tuple(s.strip() for s in style.split(",")) if isinstance(style, str) else tuple(style)
    title = "Back-propagation through time"
    try:
        asked = derivations.Asked(title, tuple(by), derivations.styles_of(wanted), steps, window, explain, layout)
        chosen = _notation(notation, understood, asked_layout=layout)
        return derivations.derive(derivations.network_of(understood), chosen, asked, format)
    except derivations.DeriveError as error:
        raise NoteError(error.fault) from error


def _notation(notation: str | Path | None, own: Note, *, asked_layout: str | None) -> "Style":
    """A built-in notation, one from a file, or that of a note; the claims of a note tell its layout."""
    from bptt_symbolic import deriving as derivations  # noqa: PLC0415 - wanted by few

    if notation is not None and not _is_note(notation):
        return derivations.built_in(notation)
    note = own if notation is None else understand(notation)
    return derivations.notation_of(note, [] if asked_layout else pipeline.findings(note, repair=False))


def _is_note(notation: str | Path) -> bool:
    """A path of a note, or its text: neither a built-in notation nor a TOML file."""
    path = Path(notation)
    return "\n" in str(notation) or (path.suffix not in {"", ".toml"}) or str(notation) in cells()


def picture(note: "str | Path | Network", steps: int = 3, by: str | None = None) -> display.Drawing:
    """The network of a cell, a note or a `Network`, unrolled and drawn, as the text of an SVG file.

    One way of the gradient by `by` is drawn thick: a term of the sum over all ways from the loss back to a use of `by`.
    Without `by`, a matrix of the recurrence is taken. Errors as in `check`; a NoteError too if the network has no `by`.
    """
    drawn = note if isinstance(note, Network) else network(note)
    if len(drawn.definitions) > flow.MOST:
        message = f"the network has {len(drawn.definitions)} definitions, and a picture has room for {flow.MOST}"
        raise NoteError(Fault("too-long", message, "draw a part of it"))
    try:
        return display.drawing(flow.picture(drawn, steps, flow.wanted(drawn) if by is None else by))
    except KeyError as error:
        message = f"the network has no quantity {by}"
        known = ", ".join(sorted(shown_name(name, drawn) for name in drawn.shapes))
        raise NoteError(Fault("undefined-symbol", message, f"its quantities are {known}")) from error


__all__ = [
    "NoteError",
    "cells",
    "check",
    "check_gradient",
    "counterexample",
    "derive",
    "fix",
    "function_of",
    "lambdify",
    "network",
    "picture",
    "prove",
    "show",
    "understand",
    "unroll",
]
