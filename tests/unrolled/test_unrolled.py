"""The unrolled network: named symbols, gradients made in two ways, functions of numbers, and clear faults."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sympy  # type: ignore[import-untyped]

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.showing.unrolled import Unrolled, UnrollError, unroll

Lab = Any
"""The fixture of `tests/conftest.py`, which cannot be imported."""
Matrix = Any
"""A SymPy matrix; SymPy has no types."""

Ask = Callable[[Unrolled], object]
SIZES = {"D": 2, "M": 1, "C": 2}
HOSTILE = r"__import__('os').system('true')"


@pytest.fixture
def elman(networks: ModuleType) -> Unrolled:
    return unroll(networks.elman(), 2, SIZES)


def equal(a: Matrix, b: Matrix) -> bool:
    return all(sympy.expand(x - y) == 0 for x, y in zip(a, b, strict=True))


def test_every_quantity_is_a_symbol_with_a_definition_of_one_step(elman: Unrolled) -> None:
    s = elman.state("s", 2)
    z = elman.state("z", 2)
    assert s.shape == (2, 1)
    assert elman.definitions[s[0]] == sympy.tanh(z[0])
    before, weights = elman.state("s", 1), elman.symbols["W"]
    assert elman.definitions[z[0]].free_symbols >= {*before, *weights.row(0)}
    assert sympy.latex(s[0]) == "s^{(2)}_{1}"


def test_the_loss_is_the_sum_of_the_losses_of_the_steps(elman: Unrolled) -> None:
    assert elman.loss == elman.state("L", 1)[0] + elman.state("L", 2)[0]


def test_a_state_by_the_one_before_is_written_in_the_named_states(elman: Unrolled) -> None:
    s, weights = elman.state("s", 2), elman.symbols["W"]
    expected = sympy.diag(*(1 - x**2 for x in s)) * weights
    assert equal(elman.jacobian(("s", 2), ("s", 1)), expected)
    assert elman.jacobian(("s", 1), ("s", 2)) == sympy.zeros(2, 2), "an earlier state does not depend on a later one"


def test_the_softmax_is_differentiated_in_its_own_values(elman: Unrolled) -> None:
    p = elman.state("haty", 1)
    assert equal(elman.jacobian(("haty", 1), ("o", 1)), sympy.diag(*p) - p * p.T)


def test_total_and_immediate_derivatives_differ_by_the_path_through_the_past(elman: Unrolled) -> None:
    total = elman.jacobian(("s", 2), "W")
    immediate = elman.jacobian(("s", 2), "W", "immediate")
    path = elman.jacobian(("s", 2), ("s", 1)) * elman.jacobian(("s", 1), "W")
    assert equal(total, immediate + path)
    assert not equal(total, immediate)
    assert elman.jacobian(("s", 2), "W", "direct") == sympy.zeros(2, 4), "s is tanh(z), which does not name W"


@pytest.mark.parametrize("cell", ["elman", "jordan", "gru", "lstm"])
def test_the_sum_of_products_is_the_derivative(networks: ModuleType, cell: str) -> None:
    """Two independent roads to the same gradient, for every parameter of every cell."""
    sizes = {"D": 2, "M": 1, "C": 1} if cell in {"gru", "lstm"} else {"D": 2, "M": 1, "C": 2}
    network = networks.CELLS[cell]()
    made = unroll(network, 2, {n: sizes[n] for n in network.sizes})
    for name, role in network.role.items():
        if role == "parameter":
            assert equal(made.gradient(name), made.closed_form(name)), name


def test_written_out_there_are_only_given_symbols(elman: Unrolled) -> None:
    names = ("U", "W", "V", "b", "c", ("x", 1), ("x", 2), ("y", 1), ("y", 2), ("s", 0))
    given = {symbol for name in names for symbol in elman.symbols[name]}
    assert elman.gradient("W", written_out=True).free_symbols <= given
    assert not elman.gradient("W").free_symbols <= given


def test_a_gradient_has_the_shape_of_what_it_is_taken_by(elman: Unrolled) -> None:
    assert elman.gradient("W").shape == (2, 2)
    assert elman.gradient("U").shape == (2, 1)
    assert elman.gradient("b").shape == (2, 1)
    assert elman.gradient(("s", 1)).shape == (2, 1)
    assert elman.gradient("V", of=("L", 1)).shape == (2, 2)


def test_a_generic_activation_keeps_its_name_on_the_page_only(networks: ModuleType) -> None:
    made = unroll(networks.jordan(), 2, {"D": 1, "M": 1})
    slope = made.jacobian(("y", 1), ("z", 1))[0]
    assert sympy.latex(slope) == r"f'\left(z^{(1)}_{1}\right)"
    assert type(slope).__name__.startswith("generic")
    with pytest.raises(UnrollError, match="functions of its own: f"):
        made.lambdify()
    known = unroll(networks.jordan(), 2, {"D": 1, "M": 1}, functions={"f": "tanh"})
    assert known.jacobian(("y", 1), ("z", 1))[0] == 1 - known.state("y", 1)[0] ** 2


def test_latex_is_an_equation(elman: Unrolled) -> None:
    assert elman.latex("W").startswith(r"\frac{\partial total}{\partial W} = \left[\begin{matrix}")
    page = elman._repr_latex_()  # what a notebook calls
    assert page.startswith("$")
    assert r"s^{(1)} &= \left[\begin{matrix}\tanh" in page


# functions of numbers


@pytest.fixture
def network(networks: ModuleType) -> Network:
    made: Network = networks.elman()
    return made


UNEQUAL = {"D": 3, "M": 2, "C": 4}


@pytest.mark.parametrize("cell", ["elman", "jordan", "gru", "lstm"])
def test_a_compiled_function_computes_what_numpy_computes(lab: Lab, cell: str) -> None:
    network = lab.networks.CELLS[cell]()
    sizes = {n: UNEQUAL[n] for n in network.sizes}
    values = lab.draw(network, 2, sizes)
    run = lab.forward.Record()
    lab.forward.CELLS[cell](np, values, run)
    made = unroll(network, 2, sizes, functions={"f": "tanh"} if cell == "jordan" else None)
    found = made.lambdify(["loss", ("z" if cell != "lstm" else "h", 2)])(**values)
    assert isinstance(found, Mapping)
    np.testing.assert_allclose(found["loss"], run.values["total", None], rtol=1e-12)
    name = "h" if cell == "lstm" else "z"
    np.testing.assert_allclose(found[f"{name}2"], run.values[name, 2], rtol=1e-12)


def test_gradients_come_in_the_shapes_of_the_parameters(network: Network, lab: Lab) -> None:
    values = lab.draw(network, 3, UNEQUAL)
    found = unroll(network, 3, UNEQUAL).lambdify()(**values)
    assert isinstance(found, Mapping)
    for name, gradient in lab.forward.elman_backward(np, values).items():
        assert isinstance(found[name], np.ndarray)
        np.testing.assert_allclose(found[name], gradient, rtol=1e-12, atol=1e-14)


def test_one_thing_asked_for_comes_by_itself(network: Network, lab: Lab) -> None:
    function = unroll(network, 2, UNEQUAL).lambdify("W")
    gradient = function(**lab.draw(network, 2, UNEQUAL))
    assert isinstance(gradient, np.ndarray)
    assert gradient.shape == (3, 3)


def test_every_fault_of_a_call_is_told_at_once(network: Network, lab: Lab) -> None:
    function = unroll(network, 2, UNEQUAL).lambdify("loss")
    values = lab.draw(network, 2, UNEQUAL)
    values |= {"W": np.zeros((3, 2)), "x": "words", "speed": 1}
    del values["s0"]
    with pytest.raises(UnrollError) as caught:
        function(**values)
    assert set(caught.value.faults) == {
        "speed is no argument",
        "W: expected the shape (D, D) = (3, 3), got (3, 2)",
        "s0 is missing: expected (D,) = (3,)",
        "x: expected (T, M) = (2, 2) numbers, got str",
    }
    listed = "U (D, M), V (C, D), W (D, D), b (D,), c (C,), s0 (D,), x (T, M), y (T, C)"
    assert caught.value.help == f"the arguments are {listed}"


def test_no_name_of_a_note_reaches_the_generated_code(network: Network, lab: Lab) -> None:
    """Names are only printed: a hostile one is a symbol like any other."""
    shapes = {**network.shapes, HOSTILE: network.shapes["W"]}
    renamed = Network(network.definitions, shapes, network.temporal, targets=network.targets)
    made = unroll(renamed, 2, UNEQUAL)
    values = lab.draw(renamed, 2, UNEQUAL)
    function = made.lambdify("loss")
    assert isinstance(function(**values), float)
    code = function.function.__code__
    assert all(name.startswith(("v", "_")) for name in code.co_varnames)


# faults


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"steps": 0}, "steps: expected a whole number from 1 on, got 0"),
        ({"steps": 2.5}, "steps: expected a whole number from 1 on, got 2.5"),
        ({"sizes": {"H": 3}}, "sizes: the network has no size H"),
        ({"sizes": {"D": 0}}, "sizes: expected a whole number from 1 on for D, got 0"),
        ({"sizes": {"D": "3"}}, "sizes: expected a whole number from 1 on for D, got '3'"),
        ({"functions": {"f": "gamma"}}, "functions: f cannot be 'gamma'"),
        ({"loss": "E"}, "loss: the network defines no E"),
    ],
)
def test_a_wrong_argument_is_named(network: Network, call: dict[str, Any], message: str) -> None:
    with pytest.raises(UnrollError) as caught:
        unroll(network, **call)
    assert message in caught.value.message
    assert caught.value.help == "the sizes of this network are C, D, M"


def test_all_wrong_arguments_are_named_at_once(network: Network) -> None:
    with pytest.raises(UnrollError) as caught:
        unroll(network, 0, {"H": 1, "D": -1})
    assert len(caught.value.faults) == 3


def test_sizes_that_are_left_out_are_all_different(network: Network) -> None:
    assert unroll(network, 1).program.sizes == {"C": 3, "D": 2, "M": 4}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda u: u.gradient("Q"), "by: the network has no Q"),
        (lambda u: u.gradient(("s", 9)), r'by: the network has no \("s", 9\)'),
        (lambda u: u.gradient("W", of=("s", 1)), "of: expected a scalar"),
        (lambda u: u.gradient("W", "partial"), "mode: expected total, immediate or direct"),
        (lambda u: u.state("s", 7), "state: the network has no"),
        (lambda u: u.lambdify("Q"), "wanted: the network has no Q"),
    ],
)
def test_a_wrong_question_is_answered_with_what_there_is(elman: Unrolled, ask: Ask, message: str) -> None:
    with pytest.raises(UnrollError, match=message) as caught:
        ask(elman)
    assert caught.value.help


def test_a_network_without_a_loss_still_has_jacobians(network: Network) -> None:
    definitions = {n: d for n, d in network.definitions.items() if n in {"z", "s"}}
    made = unroll(Network(definitions, network.shapes, network.temporal), 2, UNEQUAL)
    assert made.jacobian(("s", 2), ("s", 1)).shape == (3, 3)
    with pytest.raises(UnrollError, match="no loss"):
        made.gradient("W")
