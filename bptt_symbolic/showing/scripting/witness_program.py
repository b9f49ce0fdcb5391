"""Obligation and witness -> the text of a program of at most 40 lines, wherever the network allows it.

    numbers = U, x = map(quantity, ([[1]], {1: [0], 2: [1]}))             by step, where there are steps
    rule    = s = quantity(lambda t: [0] if t == 0 else np.tanh(z(t)))
    sides   = left = derivative(lambda: s(t), W)

To differentiate, one entry of a quantity is moved by a tiny imaginary number and what depends on it is computed again;
the imaginary part of the result is the derivative, without the rounding of a difference (Squire and Trapp, Using
complex variables to estimate derivatives of real functions, SIAM Review 40, 1998).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import LAST
from bptt_symbolic.proving.evidence import Witness
from bptt_symbolic.proving.kernel.balls import coefficients, form
from bptt_symbolic.proving.kernel.tables import Instance, Table, Tables
from bptt_symbolic.proving.obligation import Obligation, Sign
from bptt_symbolic.showing.scripting.identifiers import Identifiers
from bptt_symbolic.showing.scripting.numpy_expressions import Names, Piece, Writer
from bptt_symbolic.showing.scripting.numpy_functions import HELPERS

MOST_LINES = 40
WIDTH = 118
MOST_WIDTH = 160
"""Where lines have to be joined."""
ENGINE = """\
way, known = None, {}  # what is moved: (quantity, step, entry, only step that feels it, direct); values so far
def quantity(rule):
    def value(t=None, direct=False):
        global way
        outer, moved = way, way and way[:2] == (value, t)
        if moved or way and not direct and (way[4] or None not in (t, way[3]) and t != way[3]):
            way = None  # held fixed
        if (key := (value, t, way)) not in known:
            known[key] = np.array(rule(t) if callable(rule) else rule if t is None else rule[t], complex)
        result, way = known[key].copy(), outer
        if moved: result[way[2]] += 1e-30j
        return result
    return value
"""
DERIVATIVE = """\
def derivative(of, by, t=None, only=None, direct=False):  # by complex steps; steps other than `only` are held fixed
    global way
    outer, columns, shape = way, [], by(t).shape
    for entry in np.ndindex(shape):
        way = by, t, entry, only, direct
        columns.append(np.imag(of()) / 1e-30)
    way = outer
    return np.stack(columns, -1).reshape(np.shape(columns[0]) + shape)
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the comment at the top says."""

    title: str
    """One sentence: which equation it is, and that it is false."""
    formulas: tuple[str, ...] = ()
    """The equation as written and as read, in LaTeX."""


def script(obligation: Obligation, witness: Witness, entry: Sequence[int], heading: Heading) -> str:
    """The program that prints both sides of a refuted claim, at an entry (from 1), and their difference.

    The kernel has confirmed the witness. The program ends with status 0 if the sides differ. Raises NotWritten for a
    term that there are no words for.
    """
    point, env = witness.point, witness.env
    tables = Tables(obligation.network, point)
    for side in (obligation.left, obligation.right):
        tables.table(side, env)
    identifiers = Identifiers()
    free = {name: value for name, value in env.items() if name not in point.sizes}
    numbers = {LAST: point.steps, **point.sizes, **free}
    integers = ", ".join(identifiers.integer(name) for name in numbers)
    writer = Writer(obligation.network, identifiers)
    left, right = (writer.write(side, frozenset(numbers)) for side in (obligation.left, obligation.right))
    body = [
        *_functions(tables.functions, identifiers),
        *_given(tables, identifiers),
        *_rules(tables, writer, frozenset((LAST, *point.sizes))),
        f"left = {left.code}",
        f"right = {right.code}",
        *_shown(entry, obligation.sign),
    ]
    said = "\n".join(body)
    engine = ENGINE + (DERIVATIVE if "derivative(" in said else "")
    helpers = [line for name, line in HELPERS.items() if re.search(rf"\b{name}\(", said)]
    values = ", ".join(map(str, numbers.values()))
    top = [*_comments(heading), "import numpy as np", *helpers, f"{integers} = {values}"]
    return _text([top, engine.splitlines(), body[:-5], body[-5:]])


def _comments(heading: Heading) -> Iterator[str]:
    """Text of a note stands in comments only, on one line, without characters that could end it."""
    for text in (heading.title, *heading.formulas):
        letters = "".join(c if c.isascii() and c.isprintable() else " " if c.isspace() else "?" for c in text)
        line = f"# {' '.join(letters.split())}"
        yield line if len(line) <= WIDTH else line[: WIDTH - 4] + " ..."


ENDS: Mapping[Sign, str] = {
    "=": "abs(left - right) <= 1e-12 * max(1, abs(left)))  # status 0: they differ",
    "<=": "left <= right + 1e-12 * max(1, abs(right)))  # status 0: left is larger",
    "<": "left < right - 1e-12 * max(1, abs(right)))  # status 0: left is not smaller",
}
"""How a program says whether the claim fails."""


def _shown(entry: Sequence[int], sign: Sign) -> Iterator[str]:
    places = f"[{', '.join(str(i - 1) for i in entry)}]" if entry else ""
    yield f"left, right = (float(side{places}.real) for side in np.broadcast_arrays(left, right))"
    yield r'print(f"left       {left}\nright      {right}\ndifference {left - right}")'
    yield f"raise SystemExit({ENDS[sign]}"


def _functions(instances: Mapping[Instance, None], identifiers: Identifiers) -> Iterator[str]:
    """The polynomials that stand for the note's own functions, a line each."""
    for name, group in groupby(sorted(instances, key=_order), key=lambda i: i.name):
        members = list(group)
        rows = [(i, _polynomial(i)) for i in members]
        if len(rows) == 1 and not members[0].arguments and members[0].component is None:
            yield f"{identifiers.function(name)} = {rows[0][1]}"
            continue
        keys = [f"({i.step}, {i.component})" if i.arguments else f"{i.component}" for i in members]
        table = ", ".join(f"{key}: {row}" for key, (_, row) in zip(keys, rows, strict=True))
        yield f"{identifiers.function(name)} = {{{table}}}"


def _order(instance: Instance) -> tuple[str, int, int]:
    return instance.name, instance.step or 0, instance.component or 0


def _polynomial(instance: Instance) -> str:
    if not instance.arguments:
        return f"({', '.join(map(str, coefficients(instance.name, instance.component)))})"
    linear, square = form(instance.name, instance.step, (instance.component or 1) - 1, instance.arguments)
    rows = ", ".join(f"[{', '.join(map(str, row))}]" for row in square)
    return f"([{', '.join(map(str, linear))}], [{rows}])"


def _given(tables: Tables, identifiers: Identifiers) -> Iterator[str]:
    """What is never computed: names and numbers, as many on a line as there is room for."""
    names = dict.fromkeys(name for name, _ in sorted(tables.used, key=lambda k: k[0]) if name not in tables.computed)
    line: list[tuple[str, str]] = []
    for name in names:
        steps = sorted((t, table) for (n, t), table in tables.used.items() if n == name and t is not None)
        timeless = tables.used.get((name, None))
        entries = ", ".join(f"{t}: {_nested(table)}" for t, table in steps)
        more = (identifiers.quantity(name), f"{{{entries}}}" if timeless is None else _nested(timeless))
        if line and len(_assigned([*line, more])) > WIDTH:
            yield _assigned(line)
            line = []
        line.append(more)
    if line:
        yield _assigned(line)


def _assigned(pairs: Sequence[tuple[str, str]]) -> str:
    if len(pairs) == 1:
        return f"{pairs[0][0]} = quantity({pairs[0][1]})"
    return f"{', '.join(n for n, _ in pairs)} = map(quantity, ({', '.join(v for _, v in pairs)}))"


def _nested(table: Table) -> str:
    cells = [str(c.value) for c in table.cells]
    for d in reversed(table.dims):
        cells = [f"[{', '.join(cells[i : i + d])}]" for i in range(0, len(cells), d)]
    return cells[0]


def _rules(tables: Tables, writer: Writer, known: Names) -> Iterator[str]:
    """What is computed, in the order of the definitions; what stands before the first step is given."""
    network = writer.network
    for name in [n for n in network.definitions if n in tables.computed]:
        definition = network.definitions[name]
        t = writer.identifiers.integer(definition.var) if definition.var is not None else "_"
        cases = [f"{_nested(table)} if {t} == {time}" for (n, time), table in tables.used.items() if n == name]
        for first in network.initial:
            if first.name == name and first.at is not None:
                at = writer.identifiers.affine(first.at)
                cases.append(f"{_body(first, network, writer, known)} if {t} == {at}")
        cases += _outside(name, t, writer)
        whole = " else ".join((*cases, _body(definition, network, writer, known)))
        yield f"{writer.identifiers.quantity(name)} = quantity(lambda {t}: {whole})"


def _outside(name: str, t: str, writer: Writer) -> Iterator[str]:
    """An adjoint is zero after the last step; a derivative before the first one is, too."""
    network = writer.network
    zeros = f"np.zeros(({', '.join(writer.identifiers.affine(a) + ',' for a in network.shapes[name].axes)}))"
    if name in network.backward - network.given_after:
        yield f"{zeros} if {t} > {writer.identifiers.integer(LAST)}"
    if name in network.states and name in network.adjoints:
        yield f"{zeros} if {t} < {network.start}"


def _body(definition: Definition, network: Network, writer: Writer, known: Names) -> str:
    """The formula of a definition; by entries, a list of lists."""
    names = known | ({definition.var} if definition.var is not None else frozenset())
    axes = network.shapes[definition.name].axes
    piece: Piece = writer.write(definition.body, names | frozenset(definition.indices))
    if definition.indices:
        code = piece.cell
        for index, axis in reversed(list(zip(definition.indices, axes, strict=True))):
            last = writer.identifiers.affine(axis + 1)
            code = f"[{code} for {writer.identifiers.integer(index)} in range(1, {last})]"
        return code
    if axes and not piece.axes:
        return f"np.full(({', '.join(writer.identifiers.affine(a) + ',' for a in axes)}), {piece.code})"
    return piece.code


def _text(parts: Sequence[list[str]]) -> str:
    """The parts with blank lines between them where there is room; else neighbouring lines are joined."""
    lines = [line for part in parts for line in part]
    if len(lines) + len(parts) - 1 <= MOST_LINES:
        return "\n\n".join("\n".join(part) for part in parts) + "\n"
    *top, rules, sides = parts
    room = MOST_LINES - sum(map(len, top)) - len(sides)
    return "\n".join([line for part in (*top, _joined(rules, room), sides) for line in part]) + "\n"


def _joined(lines: Sequence[str], room: int) -> list[str]:
    found = list(lines)
    place = 0
    while len(found) > room and place + 1 < len(found):
        joined = f"{found[place]}; {found[place + 1]}"
        if len(joined) <= MOST_WIDTH:
            found[place : place + 2] = [joined]
        place += 1
    return found
