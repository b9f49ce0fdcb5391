"""The programs that show counterexamples: run without the package, they print what the report says."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any

import flint
import numpy as np
import pytest

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
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
    Shape,
    Stack,
    Sum,
    Term,
    Transpose,
)
from bptt_symbolic.proving.evidence import Point, Witness
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.showing.scripting import Heading, NotWritten, script
from bptt_symbolic.showing.scripting.identifiers import Identifiers
from bptt_symbolic.showing.scripting.numpy_expressions import Writer

Run = Callable[[Sequence[str]], list[Any]]
Interval = Callable[[str], tuple[Fraction, Fraction]]
Lab = Any
"""The fixture of `tests/conftest.py`, which cannot be imported."""

HEADING = Heading("A test.")
T, K, FIRST, END = Affine.of("t"), Affine.of("k"), Affine(1), Affine.of(LAST)
NOTHING = Num(Fraction(0))


def test_every_program_prints_what_the_report_says(cases: tuple[Any, ...], run: Run, interval: Interval) -> None:
    """Within the intervals, but for rounding; the exit status says that the sides differ."""
    heading = [Heading(f"{c.finding.id} is false.", (c.finding.latex, c.finding.understood)) for c in cases]
    programs = [script(c.obligation, c.witness, c.example.entry, h) for c, h in zip(cases, heading, strict=True)]
    for case, program, printed in zip(cases, programs, run(programs), strict=True):
        assert program.count("\n") <= 40, case.finding.id
        for value, side in ((printed.left, case.example.left), (printed.right, case.example.right)):
            low, high = interval(side)
            assert low - Fraction(1e-9) <= Fraction(value) <= high + Fraction(1e-9), (case.finding.id, side, value)
        assert printed.difference == printed.left - printed.right
        assert printed.status == 0


def test_text_of_a_note_stays_in_comments(networks: ModuleType, run: Run) -> None:
    """Line ends of every kind, quotes and letters that turn the line do not get out of it."""
    hostile = 'a\nimport os\r\x0bos.abort()\u2028os.abort()\u2029\x85\x0c"""\\\u202e'
    witness = Witness(Point(1, {"D": 1, "M": 1, "C": 1}), {"t": 1})
    claim = Obligation(Ref("s", T), NOTHING, networks.elman(), (("t", (FIRST, END)),))
    program = script(claim, witness, (1,), Heading(hostile, (hostile, "b" * 500)))
    comments = program.splitlines()[:3]
    assert all(line.startswith("# ") and line.isascii() and len(line) <= 118 for line in comments)
    assert "abort" not in "".join(program.splitlines()[3:])
    assert run([program])[0].status == 0


def test_hostile_names_become_identifiers_of_ours(run: Run) -> None:
    """A quantity, a function and an index with names that are code, keywords or names of the program."""
    names = {"__import__('os').abort()": "x", "lambda": "y", "np": "z"}
    code, word, own = names
    definitions = {word: Definition(word, Mul(Count(Affine.of("print")), Ref(code, Affine.of("print"))), "print")}
    definitions[own] = Definition(own, Apply(Function("exit()", "generic"), (Ref(word, T),)), "t")
    network = Network(definitions, dict.fromkeys(names, Shape()), frozenset(names))
    claim = Obligation(Ref(own, FIRST), Add((NOTHING, Ref(code, FIRST))), network)
    program = script(claim, Witness(Point(1, {}, values={(code, 1): (Fraction(3),)}), {}), (), HEADING)
    assert run([program])[0].right == 3


def test_a_program_says_so_if_the_sides_agree(networks: ModuleType, run: Run) -> None:
    claim = Obligation(Ref("s", T), Ref("s", T), networks.elman(), (("t", (FIRST, END)),))
    program = script(claim, Witness(Point(1, {"D": 1, "M": 1, "C": 1}), {"t": 1}), (1, 1), HEADING)
    with pytest.raises(AssertionError, match="too many indices"):
        run([program])
    program = script(claim, Witness(Point(1, {"D": 1, "M": 1, "C": 1}), {"t": 1}), (1,), HEADING)
    assert run([program])[0].status == 1


# derivatives, against differences of the program by hand


STEPS, SIZES = 2, {"D": 2, "M": 1, "C": 3}
MOVED = {"elman": ("z", "s"), "jordan": ("z", "y"), "gru": ("tildeh", "h"), "lstm": ("i", "h")}
"""Cell -> a quantity and the state that it leads to."""


def exact(values: dict[str, Any], network: Network) -> Point:
    """Random numbers of the oracle as a point."""
    chosen: dict[tuple[str, int | None], tuple[Fraction, ...]] = {}
    for key, array in values.items():
        state = key[:-1] if key[-1].isdigit() and key[:-1] in network.states else None
        if state is not None:
            chosen[state, 0] = tuple(map(Fraction, array.reshape(-1).tolist()))
        elif key in network.temporal:
            chosen |= {(key, t): tuple(map(Fraction, row.tolist())) for t, row in enumerate(array, 1)}
        else:
            chosen[key, None] = tuple(map(Fraction, array.reshape(-1).tolist()))
    return Point(STEPS, {n: SIZES[n] for n in network.sizes}, values=chosen)


@pytest.mark.parametrize("mode", ["total", "immediate"])
@pytest.mark.parametrize("cell", MOVED)
def test_derivatives_are_what_moving_a_quantity_does(lab: Lab, run: Run, cell: str, mode: str) -> None:
    """`ds_2/dz_1` by central differences of the oracle; immediate, with the state of the first step held fixed."""
    network: Network = lab.network(cell)
    values = lab.draw(network, STEPS, {n: SIZES[n] for n in network.sizes})
    quantity, state = MOVED[cell]
    moved, of, width = (quantity, 1), (state, 2), 1e-5
    base = lab.forward.Record()
    lab.forward.CELLS[cell](np, values, base)
    held = {(name, time): x for (name, time), x in base.values.items() if mode == "immediate" and time == 1}

    def at(nudge: Any) -> Any:
        record = lab.forward.Record(held=held, nudged=moved, nudge=nudge)
        lab.forward.CELLS[cell](np, values, record)
        return record.values[of]

    size = base.values[moved].size
    unit = np.eye(size) * width
    expected = np.stack([(at(u) - at(-u)) / (2 * width) for u in unit], axis=-1)
    claim = Obligation(Deriv(Ref(state, Affine(2)), Ref(quantity, Affine(1)), mode), NOTHING, network)  # type: ignore[arg-type]
    witness = Witness(exact(values, network), {})
    places = list(np.ndindex(expected.shape))
    printed = run([script(claim, witness, (i + 1, j + 1), HEADING) for i, j in places])
    found = [p.left for p in printed]
    np.testing.assert_allclose(found, [expected[place] for place in places], rtol=1e-6, atol=1e-9)
    assert bool(np.any(expected)) == (mode == "total")


def test_a_direct_derivative_is_that_of_the_formula(lab: Lab, run: Run) -> None:
    """`z = U x + W s + b`: direct by `W`, the state is a number; through the total loss, nothing is direct."""
    network: Network = lab.network("elman")
    values = lab.draw(network, STEPS, SIZES)
    base = lab.forward.Record()
    lab.forward.CELLS["elman"](np, values, base)
    z, w = Ref("z", Affine(2)), Ref("W")
    direct = Deriv(Entry(z, (FIRST,)), w, "direct")
    loss = Deriv(Ref("total"), w, "direct")
    witness = Witness(exact(values, network), {})
    programs = [script(Obligation(direct, NOTHING, network), witness, (1, j), HEADING) for j in (1, 2)]
    programs.append(script(Obligation(loss, NOTHING, network), witness, (1, 1), HEADING))
    found = [p.left for p in run(programs)]
    np.testing.assert_allclose(found, [*base.values["s", 1], 0.0], rtol=1e-12)


# every constructor, against the kernel's arithmetic by indices


S, X, Y, U, W, V = Ref("s", T), Ref("x", T), Ref("y", T), Ref("U"), Ref("W"), Ref("V")
BEFORE = Ref("s", T - 1)
J, D = Affine.of("j"), Affine.of("D")
JACOBIAN = Deriv(S, W)
CONSTRUCTORS: dict[str, Term] = {
    "sum of numbers and vectors": Add((Num(Fraction(-1, 2)), Neg(S), Mul(Num(Fraction(3, 2)), BEFORE))),
    "count": Mul(Count(END - T + 2), S),
    "outer": Outer(S, X),
    "inner": Mul(Inner(S, BEFORE), W),
    "at a label": AtLabel(Ref("o", T), Y),
    "entrywise quotient": Divide(S, Add((Num(Fraction(2)), BEFORE))),
    "power of a matrix": Power(W, T + 1),
    "power of entries": Power(S, Affine(-2), entrywise=True),
    "transposes": Mul(Transpose(W), Transpose(Mul(Transpose(S), W))),
    "row times Jacobian by a matrix": Mul(Transpose(S), JACOBIAN),
    "matrix times Jacobian by a matrix": Mul(W, JACOBIAN),
    "transposed Jacobian": Transpose(JACOBIAN),
    "column times row": Mul(S, Transpose(X)),
    "column times Jacobian of a scalar": Deriv(Mul(Transpose(S), S), BEFORE),
    "gradient layout": Deriv(Ref("L", T), S, layout="gradient"),
    "denominator layout": Deriv(S, X, layout="denominator"),
    "by an entry": Deriv(S, Entry(W, (FIRST, Affine(2)))),
    "by a row": Deriv(S, Entry(W, (FIRST, None))),
    "of an entry": Deriv(Entry(S, (FIRST,)), W),
    "immediate": Deriv(Ref("L", T), W, "immediate"),
    "diagonal": Mul(Diag(Apply(Function("tanh", order=1), (S,))), W),
    "row of a matrix": Mul(Entry(W, (FIRST, None)), S),
    "column of a matrix": Entry(V, (None, Affine(2))),
    "stack": Stack((S, X)),
    "row of numbers": Stack((Num(Fraction(1)), Entry(S, (FIRST,))), across=True),
    "family": Family("j", FIRST, D, Mul(Entry(S, (J,)), Entry(W, (J, FIRST)))),
    "column family": Family("j", FIRST, D, Count(J), across=False),
    "sum over entries": Sum("j", FIRST, D, Entry(W, (J, J)), (Condition(J, "!=", FIRST),)),
    "empty sum": Mul(Sum("k", FIRST, Affine(), Ref("W")), S),
    "product, newest first": Prod("k", FIRST, T, Diag(Ref("s", K)), size=D),
    "product, oldest first": Mul(Prod("k", FIRST, T, Mul(W, Diag(Ref("s", K))), newest=False, size=D), S),
    "product of numbers": Prod("k", FIRST, T, Entry(Ref("s", K), (FIRST,))),
    "empty product": Mul(Prod("k", T + 1, T, W, size=D), S),
    "indicator": Mul(Indicator((Condition(T, "<=", END), Condition(FIRST, "<", T))), S),
    "cases": Cases(((S, (Condition(T, "=", FIRST),)), (BEFORE, ()))),
    "entrywise product": Hadamard(S, Hadamard(BEFORE, S)),
    "zeros": Add((S, Constant("zero", D))),
    "ones": Hadamard(Constant("ones", D), S),
    "identity": Add((W, Neg(Constant("identity", D)))),
    **{
        f"{name}, derivative {order}": Apply(Function(name, order=order), (S,))
        for name, orders in (
            *((name, 3) for name in ("tanh", "sigmoid", "softplus", "exp", "identity", "relu")),
            *((name, 3) for name in ("sin", "cos", "sinh", "cosh", "arctan", "erf", "gelu", "silu", "elu")),
            *((name, 3) for name in ("leaky_relu", "hardsigmoid", "softsign")),
            ("logsumexp", 1),
            ("softmax", 1),
            ("sum", 1),
        )
        for order in range(orders)
    },
    **{
        f"{name}, derivative {order}": Apply(Function(name, order=order), (Add((Num(Fraction(3)), S)),))
        for name, orders in (("log", 3), ("sqrt", 3))
        for order in range(orders)
    },
    "own function": Apply(Function("f", "generic"), (S,)),
    "own function, primed": Apply(Function("f", "generic", 1), (S,)),
    "own function of each entry": Apply(Function("f", "generic", 1, Affine()), (S,)),
    "one component of an own function": Apply(Function("f", "generic", 0, Affine(2)), (S,)),
    "own function of vectors": Apply(Function("g", "vector"), (S,)),
    "own function of two": Apply(Function("g", "generic"), (S, X)),
    "own loss": Apply(Function("loss", "loss"), (S, Y)),
    "Jacobian of own functions": Deriv(Apply(Function("g", "vector"), (S,)), BEFORE),
}


@pytest.fixture(scope="module")
def elman(networks: ModuleType) -> Network:
    network: Network = networks.elman()
    return network


def test_every_constructor_is_written_as_the_kernel_computes_it(elman: Network, run: Run) -> None:
    witness = Witness(Point(2, SIZES, seed=5), {"t": 2})
    programs, expected, names = [], [], []
    for name, term in CONSTRUCTORS.items():
        table = Tables(elman, witness.point).table(term, witness.env)
        claim = Obligation(term, NOTHING, elman, (("t", (FIRST, END)),))
        for place in list(np.ndindex(table.dims))[:6]:
            entry = tuple(i + 1 for i in place)
            programs.append(script(claim, witness, entry, HEADING))
            cell = table.cells[int(np.ravel_multi_index(place, table.dims)) if place else 0]
            expected.append(float(flint.arb(cell.value)))
            names.append(f"{name} {entry}")
    for name, value, printed in zip(names, expected, run(programs), strict=True):
        assert printed.left == pytest.approx(value, rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize(
    "term",
    [Apply(Function("softmax", order=1), (S,)), Apply(Function("gamma"), (S,)), SameEntry(S, X), Deriv(S, Mul(W, S))],
    ids=["order", "function", "same entry", "by a product"],
)
def test_what_has_no_words_is_said(elman: Network, term: Term) -> None:
    with pytest.raises(NotWritten):
        Writer(elman, Identifiers()).write(term, frozenset({"t"}))


def test_no_name_of_a_note_meets_one_of_the_program(run: Run) -> None:
    """A quantity and functions of one name, which may be that of a variable inside the program."""
    names = ("i", "a", "row", "cell", "x", "c", "t", "value", "way", "of")
    programs, expected = zip(*(named(name) for name in names), strict=True)
    printed = iter(run([program for four in programs for program in four]))
    for name, values in zip(names, expected, strict=True):
        assert [next(printed).left for _ in values] == pytest.approx(values, rel=1e-9), name


def named(name: str) -> tuple[list[str], list[float]]:
    """Programs for a claim about a quantity and functions of this name, and what they should print."""
    other = "xx" if name == "x" else "x"
    own = Apply(Function(name, "vector"), (Ref(name, T),))
    each = Apply(Function(name + "_e", "generic", 1, Affine()), (Ref(name, T),))
    network = Network(
        {name: Definition(name, Mul(Num(Fraction(1, 3)), Ref(other, T)), "t")},
        dict.fromkeys((name, other), Shape((D,))),
        frozenset((name, other)),
    )
    claim = Obligation(Deriv(Add((own, each)), Ref(other, T)), NOTHING, network, (("t", (FIRST, END)),))
    witness = Witness(Point(2, {"D": 2}, seed=3), {"t": 2})
    table = Tables(network, witness.point).table(claim.left, witness.env)
    programs = [script(claim, witness, (i, j), HEADING) for i in (1, 2) for j in (1, 2)]
    return programs, [float(flint.arb(c.value)) for c in table.cells]


def test_a_definition_by_entries_and_one_of_the_first_step_are_written(run: Run) -> None:
    """`h_0 = 1`, `h_{t,i} = i h_{t-1,i}`, with `i` from 1: entry 2 at step 3 is 8."""
    i = Affine.of("i")
    rule = Definition("h", Mul(Count(i), Entry(Ref("h", T - 1), (i,))), "t", ("i",))
    first = Definition("h", Num(Fraction(1)), at=Affine(0))
    network = Network({"h": rule}, {"h": Shape((D,))}, frozenset({"h"}), (first,))
    claim = Obligation(Ref("h", END), NOTHING, network)
    program = script(claim, Witness(Point(3, {"D": 2}), {}), (2,), HEADING)
    assert run([program])[0].left == 8


def test_a_backward_recursion_ends_with_zero(run: Run) -> None:
    """`g_t = g_{t+1} + x_t`: the sum of all later inputs."""
    rule = Definition("g", Add((Ref("g", T + 1), Ref("x", T))), "t")
    network = Network({"g": rule}, {"g": Shape(), "x": Shape()}, frozenset({"g", "x"}))
    values: dict[tuple[str, int | None], tuple[Fraction, ...]] = {("x", t): (Fraction(t),) for t in (1, 2, 3)}
    claim = Obligation(Ref("g", FIRST), NOTHING, network)
    program = script(claim, Witness(Point(3, {}, values=values), {}), (), HEADING)
    assert run([program])[0].left == 6
