"""A checked note -> what an editor shows of it: diagnostics, hovers, hints, symbols, repairs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from bptt_symbolic.reading.source import Fault, Span
from bptt_symbolic.reporting.formats._problems import problems
from bptt_symbolic.reporting.formats._unicode import formula
from bptt_symbolic.reporting.formats._words import MARKS, edits, number, place, scope, shape, silence
from bptt_symbolic.reporting.formats.text import render_finding
from bptt_symbolic.reporting.report import Decided, Finding, Quantity, Repair
from bptt_symbolic.serving.named_places import Symbol
from bptt_symbolic.serving.pages import Pages, Sheet, Spot
from bptt_symbolic.serving.tasks import Checked

SOURCE = "bptt-symbolic"
_SEVERITY = {
    "refuted": types.DiagnosticSeverity.Error,
    "ill-typed": types.DiagnosticSeverity.Error,
    "error": types.DiagnosticSeverity.Error,
    "undecided": types.DiagnosticSeverity.Information,
}
_WORD = re.compile(r"\\[A-Za-z]+|[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A check with the texts that it is about, for one version of them."""

    checked: Checked
    pages: Pages
    version: int | None

    def finding_at(self, offset: int) -> Finding | None:
        """The narrowest relation at a place."""
        there = [f for f in self.checked.report.findings if f.span.start <= offset <= f.span.end]
        return min(there, key=lambda f: f.span.end - f.span.start, default=None)

    def symbol_at(self, offset: int) -> Symbol | None:
        """The narrowest named quantity at a place."""
        there = [s for s in self.checked.symbols if s.span.start <= offset <= s.span.end]
        return min(there, key=lambda s: s.span.end - s.span.start, default=None)

    def location(self, span: Span) -> types.Location:
        """Where a span is."""
        sheet, start, end = self.pages.range(span)
        return types.Location(sheet.name, _range(start, end))


def position(spot: Spot) -> types.Position:
    """A place as the protocol has it."""
    return types.Position(spot.line, spot.column)


def _range(start: Spot, end: Spot) -> types.Range:
    return types.Range(position(start), position(end))


def diagnostics(shown: Shown) -> dict[str, list[types.Diagnostic]]:
    """Address of a text -> what is wrong or open in it; a text without anything has an empty list."""
    report, pages = shown.checked.report, shown.pages
    found: dict[str, list[types.Diagnostic]] = {sheet.name: [] for sheet in pages.sheets}
    for problem in problems(report):
        where = shown.location(problem.span or Span(0, 0))
        found[where.uri].append(_diagnostic(where.range, problem.kind, problem.code, problem.message))
    return found


def _diagnostic(where: types.Range, kind: str, code: str, message: str) -> types.Diagnostic:
    severity = _SEVERITY.get(kind, types.DiagnosticSeverity.Warning)
    return types.Diagnostic(where, message, severity, code, source=SOURCE)


def refused(fault: Fault, sheet: Sheet) -> dict[str, list[types.Diagnostic]]:
    """What is said of a note that could not be checked."""
    where = _range(sheet.spot(0), sheet.spot(len(sheet.text.partition("\n")[0])))
    message = "; ".join(filter(None, (fault.message, fault.help)))
    return {sheet.name: [_diagnostic(where, fault.severity, fault.code, message)]}


def hover(shown: Shown, offset: int) -> types.Hover | None:
    """What is known of the symbol and of the relation at a place."""
    symbol, finding = shown.symbol_at(offset), shown.finding_at(offset)
    said = [*_of_symbol(shown, symbol), *_reasons(shown, offset, symbol)]
    if finding is not None:
        said.append(f"```text\n{render_finding(finding)}\n```")
    if not said:
        return None
    where = shown.location(finding.span if symbol is None and finding is not None else _span(symbol, offset))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(said)), where.range)


def _span(symbol: Symbol | None, offset: int) -> Span:
    return Span(offset, offset) if symbol is None else symbol.span


def _of_symbol(shown: Shown, symbol: Symbol | None) -> Iterator[str]:
    quantity = None if symbol is None else _quantity(shown, symbol)
    if symbol is None or quantity is None:
        return
    size = shape(quantity) or "a number"
    yield f"**{formula(quantity.latex)}**: {quantity.role}, {size} ({quantity.source})"
    sentence = shown.checked.report.source.slice(symbol.defined)
    if symbol.defined != symbol.span:
        yield f"`{formula(' '.join(sentence.split()))}`"


def _quantity(shown: Shown, symbol: Symbol) -> Quantity | None:
    networks = shown.checked.report.networks
    if symbol.network >= len(networks):
        return None
    return next((q for q in networks[symbol.network].quantities if q.name == symbol.name), None)


def _reasons(shown: Shown, offset: int, symbol: Symbol | None) -> Iterator[str]:
    """What the sign was taken for, and why."""
    text = shown.checked.report.source.text
    word = next((m[0] for m in _WORD.finditer(text, max(0, offset - 60)) if m.start() <= offset <= m.end()), None)
    names = {word} | ({symbol.name, text[symbol.span.start : symbol.span.end]} if symbol is not None else set())
    running = [d for d in shown.checked.report.decisions if d.about == "the running step" and d.answer in names]
    for one in (*(d for d in shown.checked.report.decisions if d.about in names), *running):
        yield _decided(one)


def _decided(one: Decided) -> str:
    other = f"; else {one.second}" if one.second is not None else ""
    reasons = "".join(f"\n- {r.says} ({r.weight:+.1f})" for r in one.reasons[:4])
    return f"{formula(one.about) if one.about.startswith(chr(92)) else one.about}: {one.answer}{other}{reasons}"


def hints(shown: Shown, within: Span) -> Iterator[types.InlayHint]:
    """The verdict behind each relation of a part of the note."""
    for finding in shown.checked.report.findings:
        if finding.verdict is None or not within.start <= finding.span.end <= within.end:
            continue
        where = shown.location(finding.span)
        yield types.InlayHint(
            where.range.end,
            f"{MARKS[finding.verdict]} {_verdict(finding)}",
            tooltip=_in_short(finding),
            padding_left=True,
        )


def _verdict(finding: Finding) -> str:
    """The verdict, and how far it reaches where that is not everywhere."""
    said = str(finding.verdict)
    if finding.silence is not None:
        return f"{said}, {silence(finding)}"
    if finding.verdict == "proved" and finding.scope is not None and finding.scope.tried:
        return f"{said} at the sizes tried"
    return said


def _in_short(finding: Finding) -> str:
    reach = "" if finding.scope is None else scope(finding.scope)
    return "; ".join(filter(None, (finding.message, reach)))


def outline(shown: Shown) -> list[types.DocumentSymbol]:
    """The relations of the note under its sections."""
    found: list[types.DocumentSymbol] = []
    sections: dict[str, types.DocumentSymbol] = {}
    for finding in shown.checked.report.findings:
        where = shown.location(finding.span).range
        symbol = types.DocumentSymbol(_name(finding), _kind(finding), where, where, formula(_written(finding)))
        if not finding.section:
            found.append(symbol)
        elif finding.section in sections:
            sections[finding.section].children = [*(sections[finding.section].children or ()), symbol]
            around = sections[finding.section].range
            sections[finding.section].range = types.Range(around.start, max(around.end, where.end))
        else:
            kind = types.SymbolKind.Namespace
            sections[finding.section] = types.DocumentSymbol(finding.section, kind, where, where, children=[symbol])
            found.append(sections[finding.section])
    return found


def _name(finding: Finding) -> str:
    called = number(finding) or place(finding)
    return f"{called} {finding.verdict or finding.kind}"


def _kind(finding: Finding) -> types.SymbolKind:
    kinds = {"definition": types.SymbolKind.Variable, "declaration": types.SymbolKind.TypeParameter}
    return kinds.get(finding.kind, types.SymbolKind.Boolean if finding.verdict else types.SymbolKind.String)


def _written(finding: Finding) -> str:
    return finding.standard or finding.latex


def repairs(shown: Shown, within: Span, wrong: Sequence[types.Diagnostic]) -> Iterator[types.CodeAction]:
    """An action for every proved repair of what is wrong in a part of the note."""
    for finding in shown.checked.report.findings:
        if finding.span.end < within.start or within.end < finding.span.start or finding.silence is not None:
            continue
        offered = [r for r in (finding.repair, *finding.alternatives) if r is not None and r.changes]
        about = [d for d in wrong if _touches(d.range, shown.location(finding.span).range)]
        for repair in offered:
            yield types.CodeAction(
                edits(repair),
                types.CodeActionKind.QuickFix,
                diagnostics=about or None,
                is_preferred=len(offered) == 1,
                edit=_edit(shown, repair),
            )


def _edit(shown: Shown, repair: Repair) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    ordered = sorted(((change.span, change.text) for change in repair.changes), key=lambda change: change[0])
    for sheet, start, end, text in shown.pages.edits(ordered):
        changes.setdefault(sheet.name, []).append(types.TextEdit(_range(start, end), text))
    return types.WorkspaceEdit(changes=changes)


def _touches(one: types.Range, other: types.Range) -> bool:
    return bool(one.start <= other.end and other.start <= one.end)
