r"""Raw tokens with macros -> raw tokens without: definitions collected, calls expanded, within limits.

    definition = \newcommand{\f}[2][default]{body} | \renewcommand | \providecommand | \def\f#1#2{body} | \let\f\g
               | \NewDocumentCommand{\f}{m O{default}}{body} | \DeclareMathOperator{\f}{body}
               | \DeclarePairedDelimiter{\f}{left}{right}
    call       = \f argument*       an argument is a group or a single token; `[..]` where the definition has a default

What an author defines beats the package defaults, which are rows of TeX. Tokens of a body carry the span of the call;
those of an argument keep their own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from bptt_symbolic.reading.parser.lexer import Raw, scan, scan_text, spell
from bptt_symbolic.reading.parser.tokens import KINDS
from bptt_symbolic.reading.source import Fault, Source, Span

MAX_EXPANDED = 20_000
"""Tokens that the macros of one display may produce."""

MAX_SCANNED = 1_000_000
"""Tokens that may be looked at for arguments in one display."""

_NOWHERE = Span(0, 0)

PACKAGES: tuple[tuple[str, str, str], ...] = (
    (r"\dv", "[]{}{}", r"\frac{\mathrm{d}^{#1} {#2}}{\mathrm{d} {#3}^{#1}}"),
    (r"\dv", "{}{}", r"\frac{\mathrm{d} {#1}}{\mathrm{d} {#2}}"),
    (r"\dv", "[]{}", r"\frac{\mathrm{d}^{#1}}{\mathrm{d} {#2}^{#1}}"),
    (r"\dv", "!", r"\frac{\mathrm{d}}{\mathrm{d} {#1}}"),
    (r"\pdv", "[]{}{}", r"\frac{\partial^{#1} {#2}}{\partial {#3}^{#1}}"),
    (r"\pdv", "{}{}{}", r"\frac{\partial^2 {#1}}{\partial {#2} \partial {#3}}"),
    (r"\pdv", "{}{}", r"\frac{\partial {#1}}{\partial {#2}}"),
    (r"\pdv", "[]{}", r"\frac{\partial^{#1}}{\partial {#2}^{#1}}"),
    (r"\pdv", "!", r"\frac{\partial}{\partial {#1}}"),
    (r"\dd", "{}", r"\mathrm{d} {#1}"),
    (r"\dd", "", r"\mathrm{d}"),
    (r"\Set", "!", r"\{ #1 \}"),
    (r"\set", "!", r"\{ #1 \}"),
    (r"\abs", "!", r"\lvert #1 \rvert"),
    (r"\norm", "!", r"\lVert #1 \rVert"),
    (r"\vb", "!", r"\mathbf{#1}"),
    (r"\va", "!", r"\vec{#1}"),
    (r"\vu", "!", r"\hat{#1}"),
    (r"\eval", "!", r"\left. #1 \right|"),
    (r"\flatfrac", "!!", r"{#1} / {#2}"),
    (r"\grad", "", r"\nabla"),
    (r"\given", "", r"\mid"),
    *((rf"\{letter}", "", rf"\mathbb{{{letter}}}") for letter in "RNZQCE"),
    (r"\Reals", "", r"\mathbb{R}"),
)
r"""Package defaults: name, arguments (`{}` a group, `[]` an option, `!` either or a token), body."""

_SAME = {r"\derivative": r"\dv", r"\pderivative": r"\pdv", r"\partialderivative": r"\pdv", r"\differential": r"\dd"}
_SAME |= {r"\diff": r"\dv", r"\diffp": r"\pdv", r"\odv": r"\dv", r"\absolutevalue": r"\abs", r"\vectorbold": r"\vb"}
_FIXED = ("",)
"""Trail of a token that `\\let` keeps as it was, whatever its name is given to later."""
_EXTRA = re.compile(r"\s*(?:\[(\d)\]\s*)?(.*)", re.DOTALL)
_PARAMETER = re.compile(r"#([1-9])")


class Slot(NamedTuple):
    """One argument of a macro: `{` a group, `!` a group or a token, `[` an option, `*` a star, `?` a star or none."""

    kind: str
    default: tuple[Raw, ...] | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a macro."""

    slots: tuple[Slot, ...]
    body: tuple[Raw, ...]


class _Definition(NamedTuple):
    name: str
    forms: tuple[Form, ...]
    at: int
    """Position after the definition."""


_Argument = tuple[tuple[Raw, ...], int]
Table = Mapping[str, tuple[Form, ...]]


@dataclass(frozen=True, slots=True)
class Macros:
    """What the macros of a note mean: for each name the forms in which it can be called."""

    table: Table = field(default_factory=dict)

    def define(self, name: str, forms: tuple[Form, ...]) -> "Macros":
        """With one more macro."""
        return Macros({**self.table, name: forms})

    def without(self, names: Iterable[str]) -> "Macros":
        """What is known where these are not: their meaning of a package, if they have one."""
        gone = frozenset(names)
        packages = {name: forms for name, forms in _package_forms().items() if name in gone}
        return Macros({name: forms for name, forms in self.table.items() if name not in gone} | packages)


@dataclass(frozen=True, slots=True)
class Expansion:
    """A display without macros; `failed` where its tokens are not what the author meant."""

    raws: list[Raw]
    macros: Macros
    faults: tuple[Fault, ...]
    failed: bool


def collect_macros(
    source: Source, spans: Iterable[Span], extra: Mapping[str, str], known: Macros | None = None
) -> tuple[Macros, tuple[Fault, ...]]:
    """The macros that regions of a note define, then those of a declaration file, over what is known before.

    Without anything that is known these are the package defaults, the style files that lie beside the note, and what
    it configures.
    """
    faults: list[Fault] = []
    if known is None:
        known = _beside(source)
    macros = known
    for span in spans:
        run = _Run(macros, list(reversed(scan(source, span))))
        while run.waiting and not run.failed:
            run.defined(run.waiting.pop())
        macros = run.macros
        faults += run.faults
    return declared(extra, macros), tuple(faults)


def declared(extra: Mapping[str, str], known: Macros) -> Macros:
    """What is known with further definitions by name, over it."""
    for name, text in extra.items():
        known = known.define(name if name.startswith("\\") else "\\" + name, (_declared(text),))
    return known


def _beside(source: Source) -> Macros:
    """The package defaults, over them the style files, over them what the note configures."""
    macros = Macros(_package_forms())
    for style in source.styles:
        run = _Run(macros, list(reversed(scan(style, Span(0, len(style.text))))))
        while run.waiting and not run.failed:
            run.defined(run.waiting.pop())
        macros = run.macros
    for name, text in source.configured:
        macros = macros.define(name, (_declared(text),))
    return macros


def expand(raws: list[Raw], macros: Macros) -> Expansion:
    """Carry out the definitions and calls of one display."""
    run = _Run(macros, list(reversed(raws)))
    out: list[Raw] = []
    while run.waiting and not run.failed:
        raw = run.waiting.pop()
        if raw.text[0] != "\\" or not (run.defined(raw) or run.called(raw)):
            out.append(raw)
    return Expansion(out, run.macros, tuple(run.faults), run.failed)


@cache
def _package_forms() -> Table:
    table: dict[str, tuple[Form, ...]] = {}
    for name, slots, body in PACKAGES:
        kinds = slots.replace("{}", "{").replace("[]", "[")
        form = Form(tuple(Slot(kind) for kind in kinds), scan_text(body, _NOWHERE))
        table[name] = (*table.get(name, ()), form)
    return table | {name: table[same] for name, same in _SAME.items()}


def _declared(text: str) -> Form:
    found = _EXTRA.fullmatch(text)
    prefix, body = (found[1], found[2]) if found else (None, text)
    count = int(prefix) if prefix else max((int(digit) for digit in _PARAMETER.findall(body)), default=0)
    return Form((Slot("!"),) * count, scan_text(body, _NOWHERE))


@dataclass(slots=True)
class _Run:
    """One pass over the tokens of one display."""

    macros: Macros
    waiting: list[Raw]
    """Tokens not yet read, last first; a position is the number of tokens still to be read there."""
    faults: list[Fault] = field(default_factory=list)
    failed: bool = False
    call: Span = _NOWHERE
    """Where the call stands that is being read: what it leaves to a default stands there too."""
    produced: int = 0
    scanned: int = 0

    def defined(self, raw: Raw) -> bool:
        """Carry out the definition that begins with this token, if one does."""
        read = _DEFINERS.get(raw.text)
        if read is None:
            return raw.text in _PREFIXES
        definition = read(self, len(self.waiting))
        if definition is None:
            help_ = "write it as \\newcommand{\\name}[number of arguments]{body}"
            message = f"this {raw.text} is not a definition that can be read"
            self.faults.append(Fault("macro-definition", message, help_, raw.span, "warning"))
            return True
        del self.waiting[definition.at :]
        if raw.text != "\\providecommand" or self._free(definition.name):
            self.macros = self.macros.define(definition.name, definition.forms)
        return True

    def called(self, raw: Raw) -> bool:
        """Replace the call that begins with this token, if one does."""
        forms = self.macros.table.get(raw.text)
        if forms is None or raw.trail == _FIXED:
            return False
        if raw.text in raw.trail:
            self._fail("macro-recursion", f"the macro {raw.text} calls itself", "define it without itself", raw.span)
            return True
        self.call = raw.span
        for form in forms:
            arguments = self.arguments(len(self.waiting), form.slots)
            if arguments is not None:
                del self.waiting[arguments[1] :]
                self._replace(raw, form, arguments[0])
                return True
        return False

    def arguments(self, at: int, slots: tuple[Slot, ...]) -> tuple[list[tuple[Raw, ...]], int] | None:
        """The arguments at a position, and the position after them."""
        found = []
        for slot in slots:
            argument = self._argument(at, slot)
            if argument is None:
                return None
            found.append(argument[0])
            at = argument[1]
        return found, at

    def token(self, at: int) -> str:
        """The token at a position, empty after the last."""
        return self.waiting[at - 1].text if at > 0 else ""

    def between(self, at: int, first: str, last: str) -> _Argument | None:
        """The tokens between two brackets, the first of which stands at the position."""
        if self.token(at) != first:
            return None
        depth, here = 0, at - 1
        while here > 0:
            text = self.waiting[here - 1].text
            here -= 1
            if text == last and depth == 0:
                self._scan(at - here)
                return tuple(reversed(self.waiting[here + 1 : at - 1])), here
            depth += (text == "{") - (text == "}")
            if depth < 0:
                break
        self._scan(at - here)
        return None

    def _argument(self, at: int, slot: Slot) -> _Argument | None:
        if slot.kind == "[":
            fallback = None if slot.default is None else (tuple(t._replace(span=self.call) for t in slot.default), at)
            return self.between(at, "[", "]") or fallback
        if slot.kind == "?":
            return (), at - (self.token(at) == "*")
        if slot.kind == "*":
            return ((), at - 1) if self.token(at) == "*" else None
        if slot.kind == "{" or self.token(at) == "{":
            return self.between(at, "{", "}")
        if self.token(at) in {"", "}", "&", "\\\\"}:
            return None
        return (self.waiting[at - 1],), at - 1

    def _replace(self, raw: Raw, form: Form, arguments: list[tuple[Raw, ...]]) -> None:
        body = list(_substituted(raw, form.body, arguments))
        self.produced += len(body)
        if self.produced > MAX_EXPANDED:
            message = f"the macros of this formula make more than {MAX_EXPANDED:,} tokens"
            self._fail("macro-expansion", message, "shorten the formula, or write out its macros", raw.span)
        self.waiting.extend(reversed(body))

    def _scan(self, count: int) -> None:
        self.scanned += count
        if self.scanned > MAX_SCANNED and not self.failed:
            message = "the macros of this formula are nested too deeply to expand"
            self._fail("macro-expansion", message, "shorten the formula, or write out its macros", _NOWHERE)

    def _fail(self, code: str, message: str, help_: str, span: Span) -> None:
        self.failed = True
        self.faults.append(Fault(code, message, help_, span))

    def _free(self, name: str) -> bool:
        known = self.macros.table.get(name)
        return name not in KINDS and (known is None or known is _package_forms().get(name))


def _substituted(call: Raw, body: tuple[Raw, ...], arguments: list[tuple[Raw, ...]]) -> Iterator[Raw]:
    trail = (*call.trail, call.text)
    tokens = iter(body)
    for token in tokens:
        glued = call.glued if token is body[0] else token.glued
        if token.text != "#":
            yield Raw(token.text, call.span, glued, _FIXED if token.trail == _FIXED else trail)
        else:
            digit = next(tokens, token).text
            if digit.isdecimal() and 0 < int(digit) <= len(arguments):
                yield from arguments[int(digit) - 1]


def _name_at(run: _Run, at: int) -> tuple[str, int] | None:
    group = run.between(at, "{", "}")
    name, at = (spell(list(group[0])), group[1]) if group else (run.token(at), at - 1)
    return (name, at) if name.startswith("\\") else None


def _new_command(run: _Run, at: int) -> _Definition | None:
    named = _name_at(run, at - (run.token(at) == "*"))
    if named is None:
        return None
    name, at = named
    count = run.between(at, "[", "]")
    number, at = (spell(list(count[0])), count[1]) if count else ("0", at)
    default = run.between(at, "[", "]") if count else None
    at = default[1] if default else at
    body = run.arguments(at, (Slot("!"),))
    if body is None or number not in set("0123456789"):
        return None
    slots = [Slot("!")] * int(number)
    if default and slots:
        slots[0] = Slot("[", default[0])
    return _Definition(name, (Form(tuple(slots), body[0][0]),), body[1])


def _document_command(run: _Run, at: int) -> _Definition | None:
    r"""`\NewDocumentCommand{\f}{m O{default} o s}{body}`."""
    named = _name_at(run, at)
    asked = named and run.between(named[1], "{", "}")
    body = asked and run.between(asked[1], "{", "}")
    if not named or not asked or not body:
        return None
    slots: list[Slot] = []
    waiting = list(asked[0])
    while waiting:
        kind = waiting.pop(0).text
        if kind == "O" and waiting[:1] and waiting[0].text == "{":
            end = next((n for n, raw in enumerate(waiting) if raw.text == "}"), None)
            if end is None:
                return None
            slots.append(Slot("[", tuple(waiting[1:end])))
            del waiting[: end + 1]
        elif kind in _ASKED:
            slots.append(_ASKED[kind])
        else:
            return None
    return _Definition(named[0], (Form(tuple(slots), body[0]),), body[1])


def _def(run: _Run, at: int) -> _Definition | None:
    name, at = run.token(at), at - 1
    count = 0
    while run.token(at) == "#" and run.token(at - 1) == str(count + 1):
        count, at = count + 1, at - 2
    body = run.between(at, "{", "}")
    if body is None or not name.startswith("\\"):
        return None
    return _Definition(name, (Form((Slot("!"),) * count, body[0]),), body[1])


def _let(run: _Run, at: int) -> _Definition | None:
    name, at = run.token(at), at - 1
    at -= run.token(at) == "="
    same = run.token(at)
    if not name.startswith("\\") or not same:
        return None
    forms = run.macros.table.get(same) or (Form((), (Raw(same, _NOWHERE, trail=_FIXED),)),)
    return _Definition(name, forms, at - 1)


def _operator(run: _Run, at: int) -> _Definition | None:
    star = run.token(at) == "*"
    named = _name_at(run, at - star)
    body = named and run.between(named[1], "{", "}")
    if not named or not body:
        return None
    first, last = scan_text("\\operatorname*{" if star else "\\operatorname{", _NOWHERE), scan_text("}", _NOWHERE)
    return _Definition(named[0], (Form((), (*first, *body[0], *last)),), body[1])


def _delimiter(run: _Run, at: int) -> _Definition | None:
    named = _name_at(run, at)
    sides = named and run.arguments(named[1], (Slot("!"), Slot("!")))
    if not named or not sides:
        return None
    (left, right), at = sides
    one, two = ((*left, *scan_text(number, _NOWHERE), *right) for number in ("#1", "#2"))
    sized = tuple(Form((Slot(mark), Slot("!")), two) for mark in "*[")
    return _Definition(named[0], (*sized, Form((Slot("!"),), one)), at)


_ASKED = {"m": Slot("!"), "o": Slot("[", ()), "s": Slot("?")}
"""Arguments as `xparse` names them."""
_DEFINERS: dict[str, Callable[[_Run, int], _Definition | None]] = {
    "\\newcommand": _new_command,
    "\\renewcommand": _new_command,
    "\\providecommand": _new_command,
    "\\DeclareRobustCommand": _new_command,
    **dict.fromkeys((f"\\{verb}DocumentCommand" for verb in ("New", "Renew", "Provide", "Declare")), _document_command),
    "\\def": _def,
    "\\edef": _def,
    "\\xdef": _def,
    "\\gdef": _def,
    "\\let": _let,
    "\\DeclareMathOperator": _operator,
    "\\DeclarePairedDelimiter": _delimiter,
}
_PREFIXES = frozenset({"\\long", "\\global"})
