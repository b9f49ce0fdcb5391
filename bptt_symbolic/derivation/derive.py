"""Network -> derivation: plan it, write it, read it back, and give out only what is proved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bptt_symbolic.derivation import outputs, styles
from bptt_symbolic.derivation.backward import Backward
from bptt_symbolic.derivation.document import Document, compose
from bptt_symbolic.derivation.naming import with_named_arguments, with_total
from bptt_symbolic.derivation.notation import Style, names_of
from bptt_symbolic.derivation.opening import opening
from bptt_symbolic.derivation.readback import Checked, read_back
from bptt_symbolic.derivation.roles import roles
from bptt_symbolic.derivation.setting import Setting
from bptt_symbolic.derivation.steps import Form, Line, Plan
from bptt_symbolic.derivation.writing import NotWritten, Writer
from bptt_symbolic.network import Network
from bptt_symbolic.source import Fault


class DeriveError(Exception):
    """A derivation that cannot be written; `fault` says why and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class Asked:
    """What kind of derivation is wanted."""

    by: tuple[str, ...] = ()
    """Parameters, inputs or initial states in the names of the network; all parameters if empty."""
    styles: tuple[str, ...] = ("recursion",)
    steps: int = 3
    window: int = 2
    layout: Form | None = None
    """None: the layout of the notation."""


@dataclass(frozen=True)
class Derivation:
    """A derivation of which every line is proved."""

    document: Document
    checked: Checked
    left_out: tuple[str, ...] = ()
    """What is not in it because it was not proved, one sentence each."""

    def render(self, output: str = "latex") -> str | bytes:
        """As a document: latex, markdown, html, notebook or pdf."""
        return outputs.load(output).render(self.document)


def derive(
    network: Network, title: str, style: Style | None, asked: Asked, output: str = "latex",
    fonts: Mapping[str, str] | None = None,
) -> Derivation:
    """A derivation; raises DeriveError."""
    setting = _setting(network, style, asked)
    named = roles(setting.backward)
    names = names_of(setting.network, style, named) if style else {}
    write = Writer(setting.network, style or Style("own"), names, fonts or {})
    sections = [*opening(setting)]
    for name in asked.styles:
        sections.extend(styles.load(name).sections(setting))
    plan = Plan(title, tuple(s for s in sections if s.lines), setting.form)
    return _proved(plan, write, output)


def _setting(network: Network, style: Style | None, asked: Asked) -> Setting:
    full, fresh = with_named_arguments(network)
    found = with_total(full)
    if found is None:
        raise _fault("no-loss", "the network has no loss, so that there is nothing to differentiate", "define a loss")
    form = asked.layout or (style.layout if style else "denominator")
    setting = Setting(Backward(*found), form, (), asked.steps, asked.window, frozenset(fresh))
    unknown = sorted(set(asked.by) - set(setting.parameters))
    if unknown:
        known = ", ".join(setting.parameters)
        raise _fault("derive-by", f"no loss depends on a parameter {unknown[0]}", f"the parameters are {known}")
    return replace(setting, by=asked.by or setting.parameters)


def _proved(plan: Plan, write: Writer, output: str) -> Derivation:
    """Write, read back, leave out optional lines that are not proved, and write again."""
    left_out: list[str] = []
    while True:
        try:
            document = compose(plan, write)
        except NotWritten as reason:
            message = f"there is no way to write {reason}"
            raise _fault("derive-unwritten", message, "write the definition in another form") from reason
        checked = read_back(document, output, columns=plan.form == "denominator")
        if not checked.failed:
            return Derivation(_closed(document, checked, left_out), checked, tuple(left_out))
        equation, reason_ = checked.failed[0]
        optional = {id(e.line): why for e, why in checked.failed if isinstance(e.line, Line) and e.line.optional}
        if len(optional) < len(checked.failed):
            shown = " ".join(f"{left} {right}" for left, right in equation.rows)
            raise _fault("derive-unproved", f"the line ${shown}$ is not proved: {reason_}", "please report this")
        left_out.extend(f"A line was left out: {why}" for why in optional.values())
        sections = tuple(
            replace(s, lines=tuple(line for line in s.lines if id(line) not in optional)) for s in plan.sections
        )
        plan = replace(plan, sections=tuple(s for s in sections if s.lines))


def _closed(document: Document, checked: Checked, left_out: Sequence[str]) -> Document:
    scopes = {(str(f.scope.steps), f.scope.sizes == "all") for f in checked.proved if f.scope is not None}
    everywhere = scopes <= {("all", True)}
    where = "every number of steps and all sizes" if everywhere else "the steps and sizes that the checker tried"
    words = [f"{len(checked.proved)} of {checked.relations} relations above were read back and proved, for {where}."]
    given = {f.number: "; ".join(f.hypotheses) for f in checked.proved if f.hypotheses}
    verdicts = {int(number): f"given {text}" for number, text in given.items() if number}
    return replace(document, closing=(*words, *left_out), verdicts=verdicts)


def _fault(code: str, message: str, what_to_do: str) -> DeriveError:
    return DeriveError(Fault(code, message, what_to_do))
