"""What a caller sees: arguments, messages, names, source, pickles."""

import ast
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bptt_symbolic
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Add, Affine, Apply, Function, Hadamard, Mul, Ref, Shape, Sum
from bptt_symbolic.numeric import NumericError, NumericFunction, lambdify
from bptt_symbolic.numeric.backends import c

Cell = Any
Lab = Any
CellOf = Callable[..., Cell]
Nearly = Callable[..., None]

SIZES = {"D": 3, "M": 2, "C": 4}
T = Affine.of("t")


def faults(function: NumericFunction, **values: Any) -> tuple[str, ...]:
    with pytest.raises(NumericError) as caught:
        function(**values)
    assert caught.value.help.startswith("the arguments are U (D, M), V (C, D), W (D, D), b (D,)")
    return caught.value.faults


def test_the_signature_has_the_names_of_the_network(cell_of: CellOf) -> None:
    function = cell_of("elman").function
    assert list(inspect.signature(function).parameters) == ["U", "V", "W", "b", "c", "s0", "x", "y"]
    assert "    x: (T, batch, M)" in function.__doc__
    assert "    W: (D, D), the gradient of the loss by W" in function.__doc__


def test_a_cell_gives_its_name_to_the_function() -> None:
    function = bptt_symbolic.lambdify("gru")
    assert isinstance(function, NumericFunction)
    assert function.__name__ == "gru_gradients"


def test_everything_wrong_with_a_call_is_said_at_once(cell_of: CellOf) -> None:
    cell = cell_of("elman")
    values = cell.draw(4, SIZES)
    del values["b"]
    wrong = {**values, "x": values["x"][:3], "V": values["V"].T, "Z": 1.0, "c": ["a"] * 4}
    assert faults(cell.function, **wrong) == (
        "Z is no argument",
        "b is missing: expected (D,)",
        "c: expected real numbers, got <U1",
        "V: expected (C, D) with D = 3 as in U, got the shape (3, 4)",
        "y: expected (T, batch, C) with T = 3 as in x, C = 3 as in V, got the shape (4, 4)",
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("W", np.zeros((3, 2)), "W: expected (D, D) with D = 3 as in U, got the shape (3, 2)"),
        ("W", np.zeros(3), "W: expected (D, D), got the shape (3,)"),
        ("s0", np.zeros(4), "s0: expected (batch, D) with D = 3 as in U, got the shape (4,)"),
        ("x", np.zeros((4, 5, 2), dtype=complex), "x: expected real numbers, got complex128"),
        ("y", np.zeros((4, 2, 4)), "x: expected (T, batch, M), got the shape (4, 2)"),
        ("U", np.zeros((3, 0)), "U: expected at least one entry along every data axis, got (3, 0)"),
    ],
)
def test_a_wrong_argument_is_named(name: str, value: Any, message: str, cell_of: CellOf) -> None:
    cell = cell_of("elman")
    assert message in faults(cell.function, **{**cell.draw(4, SIZES), name: value})


def test_names_may_be_written_as_in_the_note(cell_of: CellOf, nearly: Nearly) -> None:
    cell = cell_of("jordan")
    values = cell.draw(3, {"D": 2, "M": 3})
    expected = cell.function(**values)["W"]
    values[r"\hat{y}"] = values.pop("haty")
    nearly(cell.function(**values)["W"], expected)


def test_one_initial_state_serves_all_sequences(cell_of: CellOf, nearly: Nearly) -> None:
    cell = cell_of("elman")
    values = cell.draw(3, SIZES, 2)
    values["s0"][1] = values["s0"][0]
    nearly(cell.function(**{**values, "s0": values["s0"][0]})["W"], cell.function(**values)["W"])


def test_whole_numbers_are_taken(cell_of: CellOf) -> None:
    values = cell_of("elman").draw(3, SIZES)
    values["y"] = np.eye(4, dtype=int)[:3]
    assert cell_of("elman").function(**values)["W"].dtype == np.float64


def test_without_batch_there_is_no_axis_for_it(lab: Lab) -> None:
    function = lambdify(lab.network("elman"), batch=False)
    draw = np.random.default_rng(0)
    values = {a.keyword: draw.normal(size=[SIZES[str(d)] for d in a.axes]) for a in function.plan.arguments}
    values |= {"x": draw.normal(size=(5, 1, 2)), "y": draw.normal(size=(5, 4))}
    assert "x: expected (T, M), got the shape (5, 1, 2)" in faults(function, **values)


def test_what_is_not_there_cannot_be_wanted(lab: Lab) -> None:
    with pytest.raises(NumericError, match="wanted: the network has no Q; wanted: the network has no R"):
        lambdify(lab.network("elman"), ["Q", "loss", "R"])


def test_a_backend_that_is_not_there_cannot_be_used(lab: Lab) -> None:
    with pytest.raises(NumericError, match="backend: there is no 'fortran'"):
        lambdify(lab.network("elman"), backend="fortran")


def test_a_cache_folder_that_cannot_be_written_is_named(
    lab: Lab, cell_of: CellOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if c.missing() is not None:
        pytest.skip("there is no C compiler")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    function = lambdify(lab.network("elman"), ["W"], backend="c")
    with pytest.raises(NumericError, match=r"compiled code cannot be kept in .*: Not a directory"):
        function(**cell_of("elman").draw(2, SIZES))


def test_functions_left_open_have_to_be_named(networks: Any) -> None:
    with pytest.raises(NumericError, match=r"the function f is not known\nhelp: .*functions=\{'f': 'tanh'\}"):
        lambdify(networks.jordan())
    assert lambdify(networks.jordan(), functions={"f": "sigmoid"}).plan.arguments


def test_a_function_can_be_pickled(cell_of: CellOf, nearly: Nearly) -> None:
    cell = cell_of("lstm")
    values = cell.draw(3, SIZES, 2)
    copy = pickle.loads(pickle.dumps(cell.function))  # noqa: S301 - our own bytes
    assert copy.__name__ == cell.function.__name__
    assert copy.source == cell.function.source
    nearly(copy(**values)["W_f"], cell.function(**values)["W_f"])


@pytest.mark.parametrize("name", ["elman", "gru", "jordan", "lstm"])
def test_loops_hold_only_what_is_sequential(name: str, cell_of: CellOf) -> None:
    """Products with inputs, outputs and gradients by parameters are made for all steps at once."""
    tree = ast.parse(cell_of(name).function.source)
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    assert len(loops) == 2
    inside = {node.id for loop in loops for node in ast.walk(loop) if isinstance(node, ast.Name)}
    outputs = {"V", "U", "U_z", "U_r", "U_h", "U_i", "U_f", "U_o", "U_c", "x", "log_softmax", "grad_W"}
    assert not inside & outputs
    assert not any(isinstance(node, ast.For) for loop in loops for line in loop.body for node in ast.walk(line))


def test_the_source_says_which_recursion_it_is(cell_of: CellOf) -> None:
    source = cell_of("elman").function.source
    assert "# forward recursion of s\n" in source
    assert "# backward recursion: dL/ds_t = its own share + (ds_t+1/ds_t)^T dL/ds_t+1, for s\n" in source


def backward_recursion(state: str) -> str:
    later = rf"\frac{{\partial L}}{{\partial {state}_{{t+1}}}} \frac{{\partial {state}_{{t+1}}}}{{\partial {state}_t}}"
    return rf"\frac{{\partial L}}{{\partial {state}_t}} = \frac{{\partial L_t}}{{\partial {state}_t}} + {later}"


MEMORY = (
    r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \mathrm{diag}(o_t \odot (1 - \tanh(c_t)^2))"
    r" + \frac{\partial L}{\partial c_{t+1}} \mathrm{diag}(f_{t+1})"
)


@pytest.mark.parametrize(
    ("cell", "formula"),
    [
        ("elman", backward_recursion("s")),
        ("jordan", backward_recursion("y")),
        ("gru", backward_recursion("h")),
        ("lstm", MEMORY),
    ],
    ids=["elman", "jordan", "gru", "lstm"],
)
def test_that_recursion_is_proved(cell: str, formula: str) -> None:
    """For every number of steps and all sizes; for two states, that of the one in terms of the adjoints of both."""
    (finding,) = bptt_symbolic.prove(formula, cell).findings
    assert finding.verdict == "proved"
    assert finding.scope is not None
    assert (finding.scope.steps, finding.scope.sizes) == ("all", "all")


def test_code_is_loaded_in_one_place_only(root: Path) -> None:
    """The source that writers of backends make; nothing else in the package runs text."""
    users = {p.name for p in (root / "bptt_symbolic").rglob("*.py") if "exec_module(" in p.read_text(encoding="utf-8")}
    assert users == {"loading.py"}


HOSTILE = ("__import__('os').system('false')", "lambda", "np", "T", "for", "x\n  y", "é", "work", "run", "exp")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_a_note_cannot_become_code(name: str, backend: str, nearly: Nearly) -> None:
    """`h_t = tanh(a h_{t-1} + b x_t)`, `L = sum h_t^2` with a hostile name for the weight."""
    if backend == "numba":
        pytest.skip("ten more functions to compile take numba too long")
    function = lambdify(scalar_network(name), backend=backend)
    keyword = next(a.keyword for a in function.plan.arguments if a.name == name)
    assert keyword.isascii()
    assert keyword.isidentifier()
    x = np.array([0.3, -0.2, 0.5])
    h, state, slope, expected = 0.1, [], 0.0, 0.0
    for value in x:
        before, h = h, np.tanh(0.7 * h + value)
        slope = (1 - h**2) * (before + 0.7 * slope)
        expected += 2 * h * slope
        state.append(h)
    found = function(**{name: 0.7, "h0": 0.1, "x": x})
    nearly(found["loss"], np.sum(np.square(state)))
    nearly(found[keyword], expected)


def scalar_network(weight: str) -> Network:
    h = Apply(Function("tanh"), (Add((Mul(Ref(weight), Ref("h", T - 1)), Ref("x", T))),))
    square = Hadamard(Ref("h", T), Ref("h", T))
    total = Sum("t", Affine(1), Affine.of("T"), Ref("l", T))
    definitions = {"h": Definition("h", h, "t"), "l": Definition("l", square, "t"), "E": Definition("E", total)}
    shapes = dict.fromkeys(("h", "l", "E", "x", weight), Shape())
    return Network(definitions, shapes, frozenset({"h", "l", "x"}))


def test_several_losses_are_never_added_up(root: Any) -> None:
    note = root / "derivations" / "bptt-korean.md"
    with pytest.raises(NumericError, match="the network has several losses"):
        bptt_symbolic.lambdify(note)
    function = bptt_symbolic.lambdify(note, loss="J")
    assert isinstance(function, NumericFunction)
    assert function.plan.outputs[0].keyword == "loss"


def test_what_does_not_go_together_is_said() -> None:
    with pytest.raises(NumericError, match="checkpoint and truncate are given both"):
        bptt_symbolic.lambdify("elman", checkpoint=3, truncate=3)
