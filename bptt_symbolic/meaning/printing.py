r"""Terms -> LaTeX: how the checker understood a formula, in its own notation.

Times are subscripts, entries are in brackets behind, ordered products say which end comes first, and every derivative
says whether it is immediate (`\partial^{+}`).
"""

from collections.abc import Sequence

from bptt_symbolic.meaning.names import as_written, is_unknown, labels_of, letter_of, marks_of, number_of, parts_of
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    MEASURES,
    Add,
    Affine,
    Apply,
    AtLabel,
    Cases,
    Condition,
    Constant,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Family,
    Function,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    SameEntry,
    Stack,
    Sum,
    Term,
    Transpose,
    walk,
)
from bptt_symbolic.scalars.rows import ROWS

WORDS = {row.name: row.latex for row in ROWS.values() if row.latex}
SIGNS = {"=": "=", "!=": r"\ne", "<": "<", "<=": r"\le"}
SUM, PRODUCT, ATOM = 0, 1, 2


def latex(term: Term) -> str:
    """A term in LaTeX."""
    return _print(term)[0]


def _row(item: Term) -> str:
    """An item of a column; the scalars of a row of a matrix stand beside each other."""
    if isinstance(item, Stack) and item.across:
        return " & ".join(map(latex, item.items))
    return latex(item)


def name_latex(name: str) -> str:
    """The name of a quantity."""
    return quantity_latex(name)


def quantity_latex(name: str, below: Sequence[str] = (), above: Sequence[str] = (), between: str = r",\,") -> str:
    """The name of a quantity with further scripts: its own labels and marks come first."""
    labels, marks = labels_of(name), marks_of(name)
    if not below and not above:
        return as_written(name)
    sup = "".join(f"^{{{mark}}}" for mark in (*marks, *above))
    subs = between.join((*labels, *below))
    return letter_of(name) + sup + (f"_{{{subs}}}" if subs else "")


def index_latex(value: Affine) -> str:
    """An integer expression: labels go into subscripts, inner names of dots become letters."""
    text = ""
    for name, c in sorted(value.parts, key=lambda p: (p[1] < 0, p[0])):
        shown = _letter(name)
        text += ("-" if c < 0 else "+") + (str(abs(c)) if abs(c) != 1 else "") + shown
    if value.const or not text:
        text += f"{value.const:+d}"
    return text.removeprefix("+")


def _letter(name: str) -> str:
    if (number := number_of(name)) is not None:
        return f"n_{{{number}}}"
    if is_unknown(name):
        return r"\mathrm{?}"
    head, label = parts_of(name)
    if not label or name.startswith("\\"):
        return name
    return f"{head}_{{\\mathrm{{{label}}}}}" if len(label) > 1 else f"{head}_{label}"


def definition_latex(definition: Definition) -> str:
    """A definition as an equation."""
    time = None if definition.var is None else Affine.of(definition.var)
    head: Term = Ref(definition.name, time if definition.at is None else definition.at)
    if definition.indices:
        head = Entry(head, tuple(Affine.of(i) for i in definition.indices))
    return f"{latex(head)} = {latex(definition.body)}"


def network_latex(network: Network) -> tuple[str, ...]:
    """The definitions of a network in an order in which they can be computed."""
    ordered: list[Definition] = [*network.initial]
    done: set[str] = set()

    def add(name: str) -> None:
        definition = network.definitions.get(name)
        if definition is None or name in done:
            return
        done.add(name)
        for x in _refs(definition.body):
            if x.time is None or definition.var is None or x.time == Affine.of(definition.var):
                add(x.name)
        ordered.append(definition)

    for name in network.definitions:
        add(name)
    return tuple(definition_latex(d) for d in ordered)


def _refs(term: Term) -> list[Ref]:
    return [x for x in walk(term) if isinstance(x, Ref)]


def _wrap(printed: tuple[str, int], level: int) -> str:
    text, own = printed
    return text if own >= level else rf"\left({text}\right)"


def _print(term: Term) -> tuple[str, int]:  # noqa: C901, PLR0912 - one case a constructor
    match term:
        case Num(value=value):
            if value.denominator == 1:
                return str(value.numerator), ATOM if value >= 0 else SUM
            return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", ATOM
        case Count(value=count):
            return index_latex(count), ATOM if len(count.parts) + bool(count.const) <= 1 else SUM
        case Ref(name=name, time=time):
            return name_latex(name) if time is None else _timed(name, time), ATOM
        case Constant(kind=kind):
            return {"zero": "0", "ones": r"\mathbf{1}", "identity": "I"}[kind], ATOM
        case Entry(body=body, indices=indices):
            inside = ", ".join(":" if i is None else index_latex(i) for i in indices)
            return rf"{{{_bracketed(body)}}}_{{[{inside}]}}", ATOM
        case AtLabel(body=body, label=label):
            return rf"{{{_bracketed(body)}}}_{{[{latex(label)}]}}", ATOM
        case Add(items=items):
            return _sum(items), SUM
        case Neg(body=body):
            return "-" + _wrap(_print(body), PRODUCT), SUM
        case Mul(left=left, right=right):
            return rf"{_wrap(_print(left), PRODUCT)} \, {_wrap(_print(right), PRODUCT)}", PRODUCT
        case Hadamard(left=left, right=right):
            return rf"{_wrap(_print(left), ATOM)} \odot {_wrap(_print(right), ATOM)}", SUM
        case Outer(left=left, right=right):
            return rf"{_wrap(_print(left), ATOM)} \otimes {_wrap(_print(right), ATOM)}", SUM
        case Inner(left=left, right=right):
            return rf"\left\langle {latex(left)}, {latex(right)} \right\rangle", ATOM
        case Divide(left=left, right=right):
            return rf"\frac{{{latex(left)}}}{{{latex(right)}}}", ATOM
        case Power(body=body, exponent=exponent):
            return rf"{_bracketed(body, scripts=True)}^{{{index_latex(exponent)}}}", ATOM
        case Transpose(body=body):
            return rf"{_bracketed(body, scripts=True)}^\top", ATOM
        case Diag(body=body):
            return rf"\operatorname{{diag}}\left({latex(body)}\right)", ATOM
        case Apply(function=Function(name="step", order=0), args=(body,)):
            return rf"\mathbf{{1}}\left[{latex(body)} > 0\right]", ATOM
        case Apply(function=Function(name="sqrt", order=0), args=(body,)):
            return rf"\sqrt{{{latex(body)}}}", ATOM
        case Apply(function=Function(name=name, order=0), args=(body,)) if name in MEASURES:
            return _measure(name, latex(body)), ATOM
        case Apply(function=function, args=args):
            return rf"{_function(function)}\left({', '.join(map(latex, args))}\right)", ATOM
        case Stack(items=items, across=across):
            joint = " & " if across else r" \\ "
            written = (_row(item) if not across and len(items) > 1 else latex(item) for item in items)
            return rf"\begin{{bmatrix}} {joint.join(written)} \end{{bmatrix}}", ATOM
        case Family(var=var, low=low, high=high, body=body):
            return rf"\left[{latex(body)}\right]_{{{_letter(var)}={index_latex(low)}}}^{{{index_latex(high)}}}", ATOM
        case Sum(var=var, low=low, high=high, body=body, where=where):
            under = ", ".join([f"{_letter(var)}={index_latex(low)}", *(condition_latex(c) for c in where)])
            return rf"\sum_{{{under}}}^{{{index_latex(high)}}} {_wrap(_print(body), PRODUCT)}", SUM
        case Prod(var=var, low=low, high=high, body=body, newest=newest):
            arrow = r"\curvearrowleft" if newest else r"\curvearrowright"
            sign = rf"\overset{{{arrow}}}{{\prod}}_{{{_letter(var)}={index_latex(low)}}}^{{{index_latex(high)}}}"
            return rf"{sign} {_wrap(_print(body), ATOM)}", SUM
        case Indicator(conditions=conditions):
            return rf"\mathbf{{1}}\left({', '.join(map(condition_latex, conditions))}\right)", ATOM
        case SameEntry(left=left, right=right):
            return rf"\mathbf{{1}}\left({latex(left)} \equiv {latex(right)}\right)", ATOM
        case Cases(branches=branches):
            return _cases(branches), ATOM
        case Deriv():
            return _derivative(term), ATOM


def _measure(name: str, body: str) -> str:
    """An absolute value or a norm, with its mark."""
    if name == "abs":
        return rf"\left|{body}\right|"
    mark = {"inf": r"_\infty"}.get(name.removeprefix("norm_"), name.removeprefix("norm"))
    return rf"\left\|{body}\right\|{mark}"


def condition_latex(condition: Condition) -> str:
    """A comparison of integers."""
    return f"{index_latex(condition.left)} {SIGNS[condition.relation]} {index_latex(condition.right)}"


def _timed(name: str, time: Affine) -> str:
    return quantity_latex(name, [index_latex(time)])


def _bracketed(term: Term, *, scripts: bool = False) -> str:
    text, level = _print(term)
    if level < ATOM or (scripts and ("^" in text or "frac" in text)) or isinstance(term, Deriv | Stack | Apply):
        return rf"\left({text}\right)"
    return text


def _sum(items: Sequence[Term]) -> str:
    text = ""
    for item in items:
        if isinstance(item, Neg):
            text += " - " + _wrap(_print(item.body), PRODUCT)
        else:
            text += " + " + _print(item)[0]
    return text.removeprefix(" + ").strip()


def _function(function: Function) -> str:
    name = WORDS.get(function.name) or function.called
    if not name.startswith("\\") and len(letter_of(name)) > 1:
        name = rf"\operatorname{{{name}}}"
    index = f"_{{{index_latex(function.index)}}}" if function.index is not None and function.index.parts else ""
    return name + index + "'" * function.order


def _cases(branches: Sequence[tuple[Term, tuple[Condition, ...]]]) -> str:
    rows = [
        rf"{latex(body)} & {', '.join(map(condition_latex, when)) if when else chr(92) + 'text{otherwise}'}"
        for body, when in branches
    ]
    return rf"\begin{{cases}} {(' ' + chr(92) * 2 + ' ').join(rows)} \end{{cases}}"


def _derivative(term: Deriv) -> str:
    sign = {"total": r"\partial", "immediate": r"\partial^{+}", "direct": r"\partial^{\circ}"}[term.mode]
    text, level = _print(term.of)
    of = text if level == ATOM else rf"\left({text}\right)"
    return rf"\frac{{{sign} {of}}}{{\partial {latex(term.by)}}}"
