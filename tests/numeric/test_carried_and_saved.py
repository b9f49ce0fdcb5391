"""States that go from part to part, and functions that are saved as a file."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_hand import jordan, lstm

from bptt_symbolic import api
from bptt_symbolic.numeric import NumericError, lambdify

Array = Any
SIZES = {"M": 4, "D": 3, "C": 2}


def drawn(function: Any, steps: int, batch: int | None = None) -> dict[str, Array]:
    draw = np.random.default_rng(1)
    some = () if batch is None else (batch,)
    lead = {"parameter": (), "initial": some, "sequence": (steps, *some)}
    return {
        a.keyword: draw.uniform(-0.7, 0.7, (*lead[a.kind], *(d.at(SIZES) for d in a.axes)))
        for a in function.plan.arguments
    }


def test_states_at_the_end_begin_the_next_part() -> None:
    """Two parts, each with the gradients of the program by hand for that part alone."""
    function = lambdify(api.network("lstm"), ["W_f", "next_h0", "next_c0"])
    values = drawn(function, 6)
    state = {"h0": values["h0"], "c0": values["c0"]}
    h, c = state["h0"], state["c0"]
    for part in (slice(0, 2), slice(2, 6)):
        here = {**values, "x": values["x"][part], "y": values["y"][part], **state}
        found = function(**here)
        labels = here["y"].sum(-1, keepdims=True)  # the program by hand is for labels that sum to one
        here_one = {**here, "y": here["y"] / labels}
        np.testing.assert_allclose(function(**here_one)["W_f"], lstm.gradients(**here_one)["W_f"], rtol=1e-12)
        for row in here["x"]:
            i, f, o = (lstm.sigmoid(here[f"U_{k}"] @ row + here[f"W_{k}"] @ h + here[f"b_{k}"]) for k in "ifo")
            c = f * c + i * np.tanh(here["U_c"] @ row + here["W_c"] @ h + here["b_c"])
            h = o * np.tanh(c)
        state = {"h0": found["next_h0"], "c0": found["next_c0"]}
        np.testing.assert_allclose(state["h0"], h, rtol=1e-12)
        np.testing.assert_allclose(state["c0"], c, rtol=1e-12)


def test_states_that_a_note_begins_with_zero_are_arguments_where_they_are_carried() -> None:
    note = r"""
$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$L = \sum_{t=1}^T \frac12 \|h_t - y_t\|^2$$

with $h_0 = 0$.
"""
    whole, parts = lambdify(api.network(note), ["h"]), lambdify(api.network(note), ["h", "next_h0"])
    assert "h0" in {a.keyword for a in parts.plan.arguments} - {a.keyword for a in whole.plan.arguments}
    draw = np.random.default_rng(0)
    given = {"W": draw.normal(size=(3, 3)), "U": draw.normal(size=(3, 2))}
    x = draw.normal(size=(5, 2))
    first = parts(**given, x=x[:2], h0=np.zeros(3))
    second = parts(**given, x=x[2:], h0=first["next_h0"])
    np.testing.assert_allclose(np.concatenate([first["h"], second["h"]]), whole(**given, x=x)["h"], rtol=1e-14)
    with pytest.raises(NumericError, match="the network has no next_z0"):
        lambdify(api.network(note), ["next_z0"])


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("cell", ["jordan", "lstm"])
def test_a_saved_function_needs_no_package(cell: str, batch: int | None, tmp_path: Path) -> None:
    function = lambdify(api.network(cell), functions={"f": "tanh"})
    values = drawn(function, 4, batch)
    function.save(tmp_path / "saved.py", "gradients_of_mine")
    np.savez(tmp_path / "given.npz", **values)
    program = (
        "import sys; sys.modules['bptt_symbolic'] = None\n"
        "import numpy as np, saved\n"
        "found = saved.gradients_of_mine(**np.load('given.npz'))\n"
        "np.savez('found.npz', **found)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    found, expected = np.load(tmp_path / "found.npz"), function(**values)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)
    if cell == "jordan" and batch is None:
        np.testing.assert_allclose(found["W"], jordan.gradients(**values)["W"], rtol=1e-12)


def test_what_cannot_be_saved_is_said(tmp_path: Path) -> None:
    function = lambdify(api.network("elman"))
    with pytest.raises(NumericError, match="a b is no name of a function"):
        function.save(tmp_path / "saved.py", "a b")
    function.request = type(function.request)(function.request.network, backend="jax")
    with pytest.raises(NumericError, match="the backend jax cannot be saved"):
        function.save(tmp_path / "saved.py")


def test_a_saved_function_refuses_wrong_shapes(tmp_path: Path) -> None:
    lambdify(api.network("elman")).save(tmp_path / "saved.py", "mine")
    names: dict[str, Any] = {}
    exec((tmp_path / "saved.py").read_text(encoding="utf-8"), names)  # noqa: S102 - our own
    values = {**drawn(lambdify(api.network("elman")), 3), "W": np.ones((2, 3))}
    with pytest.raises(ValueError, match=r"W: expected the shape \(D, D\), got \(2, 3\)"):
        names["mine"](**values)
