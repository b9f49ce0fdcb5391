"""Network -> derivation: plan it, write it, read it back, and give out only what is proved."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bptt_symbolic.deriving import outputs, styles
from bptt_symbolic.deriving.first_sections import opening
from bptt_symbolic.deriving.gradient_names import roles
from bptt_symbolic.deriving.gradients import Backward
from bptt_symbolic.deriving.naming import has_total, with_letters, with_named_arguments, with_total
from bptt_symbolic.deriving.own_notation import BadNotation, Style, layout_of, load, names_of, of_note
from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.deriving.readback import Checked, canonical, read_back
from bptt_symbolic.deriving.reasons_given import explained
from bptt_symbolic.deriving.setting import Setting, is_shaped
from bptt_symbolic.deriving.steps import Form, Line, Plan
from bptt_symbolic.deriving.term_latex import NotWritten, Writer
from bptt_symbolic.deriving.written import Document, compose
from bptt_symbolic.meaning.names import letter_of, marks_of
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.report import Finding
from bptt_symbolic.understanding import Note

MOST_LINES = 400
"""Lines of one derivation: each is read back and proved, a tenth of a second or more."""


class DeriveError(Exception):
    """A derivation that cannot be written; `fault` says why and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class Asked:
    """What kind of derivation is wanted."""

    title: str = "Back-propagation through time"

    by: tuple[str, ...] = ()
    """Parameters, inputs or initial states in the names of the network; all parameters if empty."""
    styles: tuple[str, ...] = ("recursion",)
    steps: int = 3
    window: int = 2
    explain: bool = False
    """Whether lines say why they have the form that they have."""
    layout: Form | None = None
    """None: the layout of the notation."""


@dataclass(frozen=True)
class Derivation:
    """A derivation of which every line is proved."""

    document: Document
    checked: Checked
    left_out: tuple[str, ...] = ()
    """What is not in it because it was not proved, one sentence each."""

    def __str__(self) -> str:
        """The derivation as Markdown."""
        return str(self.render("markdown"))

    def _repr_markdown_(self) -> str:
        return str(self)

    def render(self, output: str = "latex") -> str | bytes:
        """As a document: latex, markdown, html, notebook or pdf. Raises DeriveError without TeX for a PDF."""
        try:
            return outputs.load(output).render(self.document)
        except outputs.Unavailable as missing:
            raise DeriveError(missing.fault) from missing


def styles_of(names: Sequence[str]) -> tuple[str, ...]:
    """The styles of these names; `all` are all of them. Raises DeriveError."""
    found: list[str] = []
    for name in names:
        if name != "all" and name not in styles.names():
            raise _fault(
                "derive-style", f"there is no style {name!r}", f"write one of {', '.join(styles.names())}, or all"
            )
        found.extend(styles.names() if name == "all" else [name])
    return tuple(dict.fromkeys(found))


def built_in(name: str | Path) -> Style:
    """A built-in notation, or one from a TOML file; raises DeriveError."""
    try:
        return load(name)
    except BadNotation as bad:
        raise DeriveError(bad.fault) from bad


def derive(network: Network, style: Style, asked: Asked, output: str = "latex") -> Derivation:
    """A derivation in a notation, checked in the document format in which it will be written; raises DeriveError."""
    if output not in outputs.names():
        message = f"there is no format {output!r}"
        raise _fault("derive-style", message, f"write one of {', '.join(outputs.names())}")
    try:
        plan, write = _planned(network, style, asked)
    except (IllTyped, Open) as reason:
        message = f"there is no way to write a derivation of this network: {reason}"
        raise _fault("derive-unwritten", message, "see what derivations are written for") from reason
    return _proved(plan, write, output)


def _planned(network: Network, style: Style, asked: Asked) -> tuple[Plan, Writer]:
    """What is to be said, and who writes it."""
    if _has_any_depth(network):
        message = "the network has any number of layers, and derivations are written for layers that are counted"
        raise _fault("derive-unwritten", message, "write two or three layers out, each with its own definition")
    full, fresh = with_named_arguments(with_letters(network))
    found = with_total(full)
    if found is None:
        raise _fault("no-loss", "the network has no loss, so that there is nothing to differentiate", "define a loss")
    form = "gradient" if is_shaped(found[0]) else asked.layout or style.layout
    made = frozenset(fresh) if has_total(full) else frozenset({*fresh, found[1]})
    setting = Setting(Backward(*found), form, (), asked.steps, asked.window, given=made)
    if not setting.parameters and not setting.backward.recurrent:
        raise NOTHING
    write = Writer(setting.network, style, names_of(setting.network, style, roles(setting.backward)))
    setting = replace(setting, by=_wanted(asked.by, setting, write), names=write.names)
    sections, left_out = [*opening(setting)], []
    for name in asked.styles:
        try:
            sections.extend(styles.load(name).sections(setting))
        except styles.NotApplicable as reason:
            left_out.append(f"Left out: {styles.load(name).TITLE}, because {reason}.")
    if asked.explain:
        sections = explained(sections, setting.algebra)
    lines = sum(len(s.lines) for s in sections)
    if lines > MOST_LINES:
        message = f"the derivation would have {lines} lines, and more than {MOST_LINES} are not read back and proved"
        raise _fault("derive-unwritten", message, "ask for fewer parameters (--by) or fewer styles (--style)")
    for section in sections:
        if section.adds is not None:
            write = replace(write, network=_joined(write.network, section.adds), names={**write.names, **section.names})
    return Plan(asked.title, tuple(s for s in sections if s.lines), setting.form, tuple(left_out)), write


def _has_any_depth(network: Network) -> bool:
    """Whether states of a layer that a letter counts read those of the layer below, which nothing defines."""
    stacked = {letter_of(n) for n in network.states if marks_of(n)}
    below = [n for n, role in network.role.items() if role == "input" and letter_of(n) in stacked]
    return any(not mark.isdigit() for n in below for mark in marks_of(n))


def _joined(one: Network, two: Network) -> Network:
    """Two networks that share their parameters as one."""
    return replace(
        one,
        definitions={**one.definitions, **two.definitions},
        shapes={**one.shapes, **two.shapes},
        temporal=one.temporal | two.temporal,
        targets=one.targets | two.targets,
    )


def network_of(note: Note) -> Network:
    """The network of a note that a derivation is about: the last one that has a loss; raises DeriveError."""
    defined = [m.network for m in note.models if m.network.definitions]
    if not defined:
        message = "the note defines no network, so that there is nothing to differentiate"
        raise DeriveError(Fault("no-network", message, 'write the recurrence, or declare `use = "elman"`'))
    return next((n for n in reversed(defined) if "loss" in n.role.values()), defined[-1])


def notation_of(note: Note, settled: Sequence[Finding] = ()) -> Style:
    """The notation of a note; `settled`, its findings, tell in which layout its claims hold."""
    network = network_of(note)
    found = with_total(with_named_arguments(network)[0])
    try:
        named = {} if found is None else roles(Backward(*found))
    except Open:  # `derive` says so
        named = {}
    return of_note(note, network, named, layout_of(settled))


def _wanted(by: tuple[str, ...], setting: Setting, write: Writer) -> tuple[str, ...]:
    """The parameters that are meant, by their names in the network or in the notation."""
    shown = {canonical(write.names.get(n, n)): n for n in setting.parameters}
    shown |= {canonical(n): n for n in setting.parameters}
    for name in by:
        if canonical(name) not in shown:
            known = ", ".join(setting.parameters)
            raise _fault("derive-by", f"no loss depends on a parameter {name}", f"the parameters are {known}")
    return tuple(shown[canonical(name)] for name in by) or setting.parameters


def _proved(plan: Plan, write: Writer, output: str) -> Derivation:
    """Write, read back, leave out optional lines that are not proved, and write again."""
    left_out = list(plan.left_out)
    while True:
        try:
            document = compose(plan, write)
        except NotWritten as reason:
            message = f"there is no way to write {reason}"
            raise _fault("derive-unwritten", message, "write the definition in another form") from reason
        checked = read_back(document, output, write, columns=plan.form != "numerator")
        if not checked.failed and not checked.relations:
            raise _fault(
                "derive-unwritten", "the loss depends on nothing that is computed", "define what it is made of"
            )
        if not checked.failed:
            return Derivation(_closed(document, checked, left_out), checked, tuple(left_out))
        equation, reason_ = checked.failed[0]
        optional = {id(e.line): e for e, _ in checked.failed if isinstance(e.line, Line) and e.line.optional}
        if len(optional) < len(checked.failed):
            shown = " ".join(f"{left} {right}" for left, right in equation.rows)
            raise _fault("derive-unproved", f"the line ${shown}$ is not proved: {reason_}", "please report this")
        left_out.extend(f"Left out: a line about ${e.rows[0][0]}$, which is not proved." for e in optional.values())
        sections = tuple(
            replace(s, lines=tuple(line for line in s.lines if id(line) not in optional)) for s in plan.sections
        )
        plan = replace(plan, sections=tuple(s for s in sections if s.lines))


def _closed(document: Document, checked: Checked, left_out: Sequence[str]) -> Document:
    """The document with its scope, and with the hypotheses beside the equations that need them."""
    total = len(checked.proved)
    common = set.intersection(*(set(f.hypotheses) for f in checked.proved)) if checked.proved else set()
    everywhere = sum(_is_general(f) for f in checked.proved)
    words = [f"Of {checked.relations} relations, {total} were read back from this text and proved."]
    words.append(
        "Each holds for every number of steps and all sizes."
        if everywhere == total
        else f"{everywhere} of them hold for every number of steps and all sizes; beside the others stands for which."
    )
    words += [f"Throughout, {in_words(h)}." for h in sorted(common)]
    verdicts: dict[int, str] = {}
    for finding in checked.proved:
        said = _beside(finding, common)
        if said and finding.number:
            verdicts[int(finding.number)] = said
    return replace(document, closing=(" ".join(words), *left_out), verdicts=verdicts)


def _is_general(finding: Finding) -> bool:
    steps = any(h.startswith("T = ") for h in finding.hypotheses)
    return not steps and finding.scope is not None and finding.scope.steps == "all" and finding.scope.sizes == "all"


def _beside(finding: Finding, common: set[str]) -> str:
    """What is said beside an equation: its own hypotheses, and for which steps and sizes it is shown."""
    given = [in_words(h) for h in finding.hypotheses if h not in common]
    parts = [f"Given that {' and '.join(given)}."] if given else []
    scope = finding.scope
    if scope is not None and scope.sizes != "all":
        sizes = "".join(f", {name} = {value}" for name, value in scope.sizes.items())
        parts.append(f"Shown for T = {scope.steps}{sizes}.")
    return " ".join(parts)


SIGNS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "greater than"}


def _compared(domain: str) -> str:
    """`k <= t, t < T` in words."""
    parts = []
    for part in domain.split(", "):
        left, sign, right = part.split(" ", 2)
        parts.append(f"{left} is {SIGNS.get(sign, '')} {right}".replace("  ", " "))
    return " and ".join(parts)


def _fault(code: str, message: str, what_to_do: str) -> DeriveError:
    return DeriveError(Fault(code, message, what_to_do))


NOTHING = _fault("derive-unwritten", "the loss depends on nothing that is computed", "define what it is made of")


def in_words(hypothesis: str) -> str:
    """A hypothesis as the verdict names it, as words of a document."""
    known = re.fullmatch(r"sum\((.*)_t\) = 1", hypothesis)
    if known:
        return "the entries of the target add to 1"
    if re.fullmatch(r".*_t is one-hot", hypothesis):
        return "the target is one-hot"
    steps = re.fullmatch(r"T = (\d+)", hypothesis)
    if hypothesis.startswith("for "):
        return _compared(hypothesis.removeprefix("for "))
    plain = re.sub(r"[^A-Za-z0-9 =().,+-]", " ", hypothesis)  # it stands among words, in LaTeX as well
    return f"there are {steps[1]} steps" if steps else plain
