"""The graph of an unrolled network, compared with the SymPy program of the same network and with its derivatives."""

import pytest

from bptt_symbolic import unroll
from bptt_symbolic.api import network
from bptt_symbolic.meaning import flow
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.reporting.report import Picture

STEPS = 3
ONES = {"D": 1, "M": 1, "C": 2}
Named = tuple[str, int | None]


def names(picture: Picture) -> list[Named]:
    return [(node.name, node.step) for node in picture.nodes]


@pytest.mark.parametrize("cell", ["elman", "jordan", "gru", "lstm"])
def test_the_arrows_are_what_the_definitions_of_the_program_read(cell: str) -> None:
    program = unroll(cell, STEPS).program
    found = names(picture := flow.picture(network(cell), STEPS))
    shown = {(found[start], found[end]) for start, end in picture.edges}
    read = {
        (program.owner[source], program.owner[symbol])
        for symbol in program.bodies
        for source in program.local(symbol)
        if program.owner[source][1] is not None
    }
    assert shown == {tuple((name.removesuffix("°"), time) for name, time in edge) for edge in read}


@pytest.mark.parametrize(("cell", "by"), [("elman", "W"), ("elman", "V"), ("elman", "U"), ("jordan", "W")])
def test_an_arrow_carries_a_part_of_the_gradient_where_both_derivatives_are_not_zero(cell: str, by: str) -> None:
    """An arrow from `a` to `b` carries `dL/db db/da da/dW`, and `a` has to depend on `W` for that."""
    picture = flow.picture(network(cell), STEPS, by)
    unrolled = unroll(cell, STEPS, {size: ONES.get(size, 1) for size in network(cell).sizes})
    found = [unrolled_name(name) for name in names(picture)]
    total = found[-1]
    for start, end in picture.edges:
        carries = any(unrolled.jacobian(found[start], by)) and any(unrolled.jacobian(total, found[end]))
        assert ((start, end) in picture.flow) == carries, (found[start], found[end])


def unrolled_name(named: Named) -> str | tuple[str, int]:
    name, time = named
    return f"{name}°" if time is None else (name, time)


@pytest.mark.parametrize(
    ("cell", "by", "expected"),
    [
        ("elman", "W", "L L3 ŷ3 o3 s3 z3 s2 z2 s1 z1"),
        ("elman", "V", "L L3 ŷ3 o3"),
        ("jordan", "W", "L L3 y3 z3 y2 z2 y1 z1"),
        ("gru", "W_{h}", r"L L3 ŷ3 a3 h3 h2 h1 ~h1"),
        ("lstm", "W_f", "L L3 ŷ3 a3 h3 c3 c2 c1 f1"),
        ("elman", "s", "L L3 ŷ3 o3 s3 z3 s2 z2 s1 z1 s0"),
    ],
)
def test_the_way_goes_from_the_last_loss_to_the_first_use(cell: str, by: str, expected: str) -> None:
    picture = flow.picture(network(cell), STEPS, by)
    short = {r"\hat{y}": "ŷ", r"\tilde{h}": "~h"}
    shown = [f"{short.get(name, name)}{'' if time is None else time}" for name, time in names(picture)]
    assert " ".join(shown[i] for i in picture.path) == expected


def test_the_way_is_a_way(drawn: Network) -> None:
    picture = flow.picture(drawn, STEPS, flow.wanted(drawn))
    assert len(picture.path) > 1
    for end, start in zip(picture.path, picture.path[1:], strict=False):
        assert (start, end) in picture.flow
    assert picture.by in picture.nodes[picture.path[-1]].parameters


def test_a_gradient_that_is_zero_has_no_way() -> None:
    odd = network(r"$$s_t = \tanh(w s_{t-1})$$ $$q_t = \tanh(v s_t)$$ $$L = \sum_{t=1}^T s_t$$")
    picture = flow.picture(odd, STEPS, "v")
    assert picture.path == ()
    assert picture.flow == frozenset()


def test_a_parameter_inside_of_a_computed_one_is_reached() -> None:
    note = r"$$k = a b$$ $$s_t = \tanh(k s_{t-1} + x_t)$$ $$L = \sum_{t=1}^T s_t$$"
    picture = flow.picture(network(note), STEPS, "a")
    shown = names(picture)
    assert [shown[i] for i in picture.path] == [("L", None), ("s", 3), ("s", 2), ("s", 1)]
    assert picture.nodes[picture.path[-1]].parameters == ("k",)


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_by_itself_a_matrix_from_state_to_state_is_shown(cell: str) -> None:
    shape = network(cell).shapes[flow.wanted(network(cell)) or ""]
    assert shape.up == shape.down


def test_an_unknown_quantity_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="Q"):
        flow.picture(network("elman"), STEPS, "Q")


def test_no_steps_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="0"):
        flow.picture(network("elman"), 0)
