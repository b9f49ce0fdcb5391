"""Simplifications of the graph, and which operations a gradient is made of."""

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.graph import Contract, Delay, Given, Graph, Map, Node, Normalised, Number, Space, Total
from bptt_symbolic.numeric.plan import Request, planned
from bptt_symbolic.numeric.schedule import Loop
from bptt_symbolic.numeric.source_text import Entrywise, General, Inner, Matrix, aligned, product

Lab = Any
N, M = Affine.of("n"), Affine.of("m")


@pytest.fixture
def graph() -> Graph:
    return Graph()


def given(graph: Graph, name: str, *dims: Affine, time: bool = False) -> Node:
    return graph.node(Given(name), (), Space(dims, time=time, batch=time))


def test_the_same_value_is_made_once(graph: Graph) -> None:
    x = given(graph, "x", N)
    assert graph.map("tanh", x) is graph.map("tanh", x)
    assert graph.added(x, graph.scaled(x, -1)).op == Number(Fraction(0))


def test_logarithms_are_taken_in_one_stable_step(graph: Graph) -> None:
    x = given(graph, "x", N)
    exp = graph.map("exp", x)
    total = graph.total(exp, "i", "")
    assert graph.map("log", exp) is x
    assert graph.map("log", graph.normalised("softmax", x)).op == Normalised("log_softmax")
    assert graph.map("log", total).op == Normalised("logsumexp")
    written_out = graph.contract(exp, graph.map("reciprocal", total), "i", "", "i")
    assert written_out.op == Normalised("softmax")


def test_a_product_with_what_is_spread_is_a_product_with_the_rest(graph: Graph) -> None:
    """`sum_i 1_i x_i` is the sum of `x`, and a scalar that is spread over an axis scales."""
    x, a = given(graph, "x", N), given(graph, "a")
    ones = graph.arranged(graph.number(1), "", "i", {"i": N})
    assert graph.contract(ones, x, "i", "i", "").op == Total("i", "")
    spread = graph.arranged(a, "", "i", {"i": N})
    assert graph.contract(spread, x, "i", "i", "i").op == Contract("", "i", "i")


def test_kinds_of_products(graph: Graph) -> None:
    w, x, y = given(graph, "w", N, M), given(graph, "x", M, time=True), given(graph, "y", N, time=True)
    forth = product(graph.contract(w, x, "ab", "b", "a"))
    assert forth == Matrix("TB", "b", "a", left_transposed=False, right_transposed=True, swapped=True)
    weights = product(graph.contract(y, x, "a", "b", "ab", over_time=True, over_batch=True))
    assert weights == Matrix("a", "TB", "b", left_transposed=True, right_transposed=False, swapped=False)
    assert product(graph.contract(x, x, "a", "a", "a")) == Entrywise()
    assert product(graph.contract(x, x, "a", "a", "", over_time=True, over_batch=True)) == Inner()
    assert product(graph.contract(x, x, "a", "a", "")) == General("TBa,TBa->TB")


@pytest.mark.parametrize(
    ("axes", "out", "index"),
    [("TB", "TBa", "[:, :, None]"), ("a", "TBa", ""), ("T", "TB", "[:, None]"), ("", "TB", "")],
)
def test_values_with_fewer_axes_are_aligned(axes: str, out: str, index: str) -> None:
    assert aligned(axes, out) == index


@pytest.mark.parametrize(("cell", "products"), [("elman", 2), ("jordan", 2), ("gru", 6), ("lstm", 8)])
def test_one_product_a_gate_forward_and_one_backward_are_sequential(cell: str, products: int, lab: Lab) -> None:
    plan = planned(Request(lab.network(cell)))
    loops = [stage for stage in plan.stages if isinstance(stage, Loop)]
    assert [loop.backward for loop in loops] == [False, True]
    kinds = Counter(
        type(product(node, step=True)) for loop in loops for node in loop.nodes if isinstance(node.op, Contract)
    )
    assert kinds[Matrix] == products


def test_the_backward_loop_reads_later_steps_only(lab: Lab) -> None:
    plan = planned(Request(lab.network("lstm")))
    lags = [
        [n.op.lag for n in stage.nodes if isinstance(n.op, Delay)] for stage in plan.stages if isinstance(stage, Loop)
    ]
    assert lags == [[1, 1], [-1, -1]]


def test_the_derivative_of_tanh_is_hoisted_out_of_the_loop(lab: Lab) -> None:
    plan = planned(Request(lab.network("elman")))
    backward = next(stage for stage in plan.stages if isinstance(stage, Loop) and stage.backward)
    assert not any(isinstance(node.op, Map) for node in backward.nodes)
    assert len(backward.nodes) == 4
