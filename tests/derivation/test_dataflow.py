"""Networks of any graph: both directions, layers, rows, any total. Each derivation is written and read back; apart from
that its lines are compared with automatic differentiation of a program written by hand.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import autograd  # type: ignore[import-untyped]
import autograd.numpy as anp  # type: ignore[import-untyped]
import numpy as np
import pytest

from bptt_symbolic import NoteError, derive
from bptt_symbolic.api import understand
from bptt_symbolic.deriving import network_of
from bptt_symbolic.deriving.gradients import END, Backward
from bptt_symbolic.deriving.naming import with_named_arguments, with_total
from bptt_symbolic.meaning.terms import Affine

SIZES = r"Let $x_t \in \mathbb{R}^{M}$, $h_t, g_t, s_t \in \mathbb{R}^{D}$, $o_t, y_t \in \mathbb{R}^{C}$."
FORWARD = r"h_t = \tanh(W h_{t-1} + U x_t)"
BACKWARD = r"g_t = \tanh(R g_{t+1} + Q x_t)"
SQUARE = r"L_t = \frac12 \| o_t - y_t \|^2"
SUM = r"L = \sum_{t=1}^{T} L_t"


def note(*formulas: str, about: str = SIZES) -> str:
    return "\n\n".join(["# A network", about, *(f"$$ {f} $$" for f in formulas)]) + "\n"


ROWS = (
    r"Let $X_t \in \mathbb{R}^{N \times M}$, $H_t \in \mathbb{R}^{N \times D}$, "
    r"$O_t, Y_t \in \mathbb{R}^{N \times C}$, $U \in \mathbb{R}^{M \times D}$ and $b \in \mathbb{R}^{1 \times D}$."
)
NOTES = {
    "both directions": note(FORWARD, BACKWARD, "o_t = V (h_t + g_t)", SQUARE, SUM),
    "stacked outputs": note(FORWARD, BACKWARD, "o_t = V [h_t; g_t]", SQUARE, SUM),
    "the two ends": note(FORWARD, BACKWARD, r"L = \frac12 \| V h_T + P g_1 - y \|^2"),
    "two layers": note(FORWARD, r"s_t = \tanh(R s_{t-1} + Q h_t)", "o_t = V s_t", SQUARE, SUM),
    "a residual layer": note(FORWARD, r"s_t = h_t + \tanh(R s_{t-1} + Q h_t)", "o_t = V s_t", SQUARE, SUM),
    "both directions in two layers": note(
        FORWARD, BACKWARD, r"s_t = \tanh(A s_{t-1} + B h_t + C g_t)", "o_t = V s_t", SQUARE, SUM
    ),
    "two steps back": note(r"h_t = \tanh(W h_{t-1} + R h_{t-2} + U x_t)", "o_t = V h_t", SQUARE, SUM),
    "the last step": note(
        FORWARD,
        "o = V h_T + c",
        r"p = \operatorname{softmax}(o)",
        r"L = -\sum_i y_i \log p_i",
        about=r"Let $x_t \in \mathbb{R}^{M}$, $h_t \in \mathbb{R}^{D}$ and $y, o \in \mathbb{R}^{C}$.",
    ),
    "the output of the last step": note(FORWARD, "o_t = V h_t", r"L = \frac12 \| o_T - y \|^2"),
    "a mean": note(FORWARD, "o_t = V h_t", SQUARE, r"L = \frac{1}{T} \sum_{t=1}^{T} L_t"),
    "weight decay": note(FORWARD, "o_t = V h_t", SQUARE, SUM + r" + \frac{\lambda}{2} \| W \|_F^2"),
    "two losses": note(
        FORWARD, "o_t = V h_t", SQUARE, r"E_t = \frac12 \| P h_t - z_t \|^2", r"L = \sum_{t=1}^{T} (L_t + \mu E_t)"
    ),
    "from the third step on": note(FORWARD, "o_t = V h_t", SQUARE, r"L = \sum_{t=3}^{T} L_t"),
    "a mean of the states": note(FORWARD, r"m = \frac1T \sum_{t=1}^{T} h_t", r"L = \frac12 \| V m - y \|^2"),
    "a minibatch in rows": note(
        r"H_t = \tanh(X_t U + H_{t-1} W + b)", "O_t = H_t V", r"L_t = \frac{1}{2N} \| O_t - Y_t \|_F^2", SUM, about=ROWS
    ),
    "vectors that are rows": note(
        r"h_t = \tanh(x_t U + h_{t-1} W)",
        "o_t = h_t V",
        SQUARE,
        SUM,
        about=r"Let $x_t \in \mathbb{R}^{1 \times M}$, $h_t \in \mathbb{R}^{1 \times D}$ "
        r"and $o_t, y_t \in \mathbb{R}^{1 \times C}$.",
    ),
}
QUICK = ("both directions", "the two ends", "the last step", "weight decay", "vectors that are rows")
WRITTEN = {
    "both directions": r"= \frac{\partial L}{\partial o_t} V + \frac{\partial L}{\partial \bar{g}_{t-1}} R",
    "the two ends": r"\frac{\partial L}{\partial g_{T+1}} = \frac{\partial L}{\partial \bar{g}_T} R",
    "the last step": r"\frac{\partial L}{\partial h_T} = \frac{\partial L}{\partial o} V",
    "the output of the last step": r"\left(\frac{\partial L}{\partial o_T}\right)^\top h_T^\top",
    "weight decay": r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} ",
    "vectors that are rows": r"\frac{\partial L}{\partial h_0} = \frac{\partial L}{\partial \bar{h}_1} W^\top",
}


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NOTES])
def test_a_network_of_any_graph_is_derived(name: str) -> None:
    found = derive(NOTES[name], layout="numerator", format="markdown")
    assert len(found.checked.proved) == found.checked.relations >= 7
    assert WRITTEN.get(name, "") in str(found.render("markdown"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["both directions", "two layers", "two steps back", "the last step", "weight decay", "a minibatch in rows"]
)
def test_every_style_says_what_it_has_to_say_or_why_not(name: str) -> None:
    found = derive(NOTES[name], style="all", layout="denominator", format="markdown")
    assert len(found.checked.proved) == found.checked.relations > 25
    assert all(sentence.endswith(".") for sentence in found.left_out)


# the lines, without the checker


def backward_of(text: str) -> Backward:
    found = with_total(with_named_arguments(network_of(understand(text)))[0])
    assert found is not None
    return Backward(*found)


STEPS = 4


def two_directions(values: dict[Any, Any], nudge: dict[Any, Any], *, ends: bool) -> tuple[Any, dict[Any, Any]]:
    """The network of both directions in NumPy; every quantity may be moved a little."""
    record: dict[Any, Any] = {("h", 0): values["h0"], ("g", STEPS + 1): values["gT"]}

    def put(name: str, t: int, value: Any) -> Any:
        record[name, t] = value + nudge[name, t]
        return record[name, t]

    for t in range(1, STEPS + 1):
        a = put(r"\bar{h}", t, values["W"] @ record["h", t - 1] + values["U"] @ values["x", t])
        put("h", t, anp.tanh(a))
    for t in range(STEPS, 0, -1):
        a = put(r"\bar{g}", t, values["R"] @ record["g", t + 1] + values["Q"] @ values["x", t])
        put("g", t, anp.tanh(a))
    if ends:
        error = values["V"] @ record["h", STEPS] + values["P"] @ record["g", 1] - values["y"]
        return 0.5 * anp.sum(error**2), record
    total = 0.0
    for t in range(1, STEPS + 1):
        o = put("o", t, values["V"] @ (record["h", t] + record["g", t]))
        record["L", t] = 0.5 * anp.sum((o - values["y", t]) ** 2)
        total = total + record["L", t]
    return total, record


def numbers(seed: int) -> tuple[dict[Any, Any], dict[Any, Any]]:
    rng = np.random.default_rng(seed)
    shapes: dict[Any, tuple[int, int]] = {"W": (3, 3), "R": (3, 3), "U": (3, 2), "Q": (3, 2), "V": (4, 3), "P": (4, 3)}
    shapes |= {"h0": (3, 1), "gT": (3, 1), "y": (4, 1)}
    shapes |= {("x", t): (2, 1) for t in range(1, STEPS + 1)} | {("y", t): (4, 1) for t in range(1, STEPS + 1)}
    nudges = {(n, t): np.zeros((3, 1)) for n in ("h", "g", r"\bar{h}", r"\bar{g}") for t in range(1, STEPS + 1)}
    nudges |= {("o", t): np.zeros((4, 1)) for t in range(1, STEPS + 1)}
    return {n: rng.normal(size=shape) for n, shape in shapes.items()}, nudges


@pytest.mark.parametrize("name", ["both directions", "the two ends"])
def test_both_directions_agree_with_automatic_differentiation(name: str, run: Callable[..., Any]) -> None:
    """Every line at every step, with all gradients from autograd on both sides."""
    backward, ends = backward_of(NOTES[name]), name == "the two ends"
    values, nudges = numbers(3)
    by_nudge = autograd.grad(lambda n: two_directions(values, n, ends=ends)[0])(nudges)
    by_value = autograd.grad(lambda v: two_directions(v, nudges, ends=ends)[0])(values)
    record = two_directions(values, nudges, ends=ends)[1]
    given = {n: v for n, v in values.items() if isinstance(n, str)}
    machine = run(backward.network, record, given, STEPS).machine
    machine.values["y°", None] = values["y"]  # beside the target of a step, which some of these notes have
    machine.values.update({key: v for key, v in values.items() if not isinstance(key, str)})
    machine.gradients.update(by_nudge)
    looked = 0
    for place in (n for n in backward.forward if n in backward.network.temporal and n not in backward.losses):
        edges = {at.at({"T": STEPS}): at for at in backward.edges(place)}
        for t in range(1, STEPS + 1):
            terms = backward.at_step(place, edges[t]) if t in edges else backward.adjoint(place)
            if terms and (t in edges or place in backward.interior):
                found = sum(machine.value(term, {"t": t}) for term in terms)
                np.testing.assert_allclose(found, by_nudge[place, t], rtol=0, atol=1e-12, err_msg=f"{place} {t}")
                looked += 1
    assert looked >= 4 * STEPS
    for weight in ("W", "U", "R", "Q", "V"):
        found = machine.value(backward.parameter(weight), {})
        np.testing.assert_allclose(found, by_value[weight], rtol=0, atol=1e-12, err_msg=weight)
    for state, key in (("h", "h0"), ("g", "gT")):
        found = sum(machine.value(term, {}) for term in backward.initial(state))
        np.testing.assert_allclose(found, by_value[key], rtol=0, atol=1e-12)


# what is read where


@pytest.mark.parametrize(
    ("name", "quantity", "edges"),
    [
        ("both directions", "h", [END]),
        ("both directions", "g", [Affine(1)]),
        ("both directions", "o", []),
        ("two steps back", "h", [END, END - 1]),
        ("the last step", "h", [END]),
        ("two layers", r"\bar{s}", []),
    ],
)
def test_where_a_quantity_is_read_otherwise_than_at_any_step(name: str, quantity: str, edges: list[Affine]) -> None:
    assert backward_of(NOTES[name]).edges(quantity) == edges


def test_what_the_total_adds_up() -> None:
    assert set(backward_of(NOTES["two losses"]).losses) == {"L", "E"}
    assert list(backward_of(NOTES["the last step"]).losses) == ["L"]
    assert backward_of(NOTES["the last step"]).timeless("L")
    decay = backward_of(NOTES["weight decay"])
    assert list(decay.losses) == ["L"]
    assert not decay.timeless("L")


def test_a_definition_reads_two_steps_back_directly_only_if_no_path_leads_there() -> None:
    backward = backward_of(NOTES["two steps back"])
    one, two = backward.readers("h")[-2:]
    assert (one.lag, two.lag) == (1, 2)
    assert backward.direct(one, "h")
    assert not backward.direct(two, "h")


def test_a_path_in_both_directions_ends() -> None:
    backward = backward_of(NOTES["both directions"])
    (reader, *_) = [r for r in backward.readers("g") if r.lag < 0]
    assert backward.direct(reader, "g")
    assert backward.runs_backward("g")
    assert not backward.runs_backward("h")
    assert backward.before("g", 1) == END + 1


# refusals


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            note(
                r"c_t = \tanh(W c_{t-1} + U x_t)", r"h_t = x_t \odot \tanh(c_t)", r"E = \sum_t E_t(c_t, h_t)", about=""
            ),
            "reads c twice",
        ),
        (
            note(FORWARD, r"L_t = \frac12 \| x_t - y_t \|^2", SUM, about=r"Let $x_t, y_t \in \mathbb{R}^{M}$."),
            "the loss depends on nothing that is computed",
        ),
        (
            note(
                r"h^{(l)}_t = \tanh(W^{(l)} h^{(l)}_{t-1} + U^{(l)} h^{(l-1)}_t), \quad l = 1, \dots, K",
                r"o_t = V h^{(K)}_t",
                SQUARE,
                SUM,
                about="A stack of layers.",
            ),
            "any number of layers",
        ),
    ],
)
def test_what_is_not_written_is_said_in_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(NoteError) as caught:
        derive(text, format="markdown")
    assert caught.value.fault.code == "derive-unwritten"
    assert reason in caught.value.fault.message


def test_a_total_that_nobody_gave_is_said() -> None:
    found = derive(note(FORWARD, "o_t = V h_t", SQUARE), by=("W",), format="markdown")
    assert "none was given, so that it is the sum" in str(found.render("markdown"))


def test_a_derivation_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bptt_symbolic.deriving.derivation.MOST_LINES", 5)
    with pytest.raises(NoteError) as caught:
        derive("elman", format="markdown")
    assert "more than 5 are not read back" in caught.value.fault.message


# what else it can be


def test_the_notebook_computes_its_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    """Its cells run, and both sides are the same numbers."""
    found = derive(NOTES["the last step"], by=("W", "V"), layout="numerator", format="notebook")
    cells = [c for c in json.loads(str(found.render("notebook")))["cells"] if c["cell_type"] == "code"]
    assert len(cells) == 2
    names: dict[str, Any] = {}
    for cell in cells:
        exec("".join(cell["source"]), names)  # noqa: S102 - what Jupyter does with the cell
    rows = re.findall(r"^ +\d+ +(\S+) +(\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert len(rows) == 3 * len(names["formulas"]) >= 9
    assert max(float(largest) for _, largest in rows) < 1e-12


def test_slides_are_read_back_and_have_little_on_a_frame() -> None:
    found = derive("elman", by=("W",), format="slides")
    assert len(found.checked.proved) == found.checked.relations >= 15
    text = str(found.render("slides"))
    assert text.count(r"\begin{frame}") == text.count(r"\end{frame}") > 8
    assert max(frame.count(r"\begin{equation}") for frame in text.split(r"\end{frame}")) <= 4


def test_an_explanation_is_said_where_its_step_is_taken_and_changes_no_line() -> None:
    plain, said = (derive("elman", by=("W",), explain=e, layout="numerator", format="markdown") for e in (False, True))
    assert [e.rows for e in plain.document.equations] == [e.rows for e in said.document.equations]
    words = {e.label: e.reason for e in said.document.equations}
    assert "Why a sum: $W$ stands in the formula of every step." in words["eq:gradient-W"]
    assert "belongs to the next step" in words["eq:adjoint-s"]
    assert "Why diag" in words["eq:adjoint-z"]
    assert "Why" not in words["eq:softmax-entries"]
