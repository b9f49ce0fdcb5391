"""The drawing: nothing lies on anything else, labels fit, and what a note smuggles in is text."""

import random
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import pytest

import bptt_symbolic
from bptt_symbolic.api import network
from bptt_symbolic.meaning import flow
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.reporting.formats._layout import HEIGHT, Layout, Point, layout
from bptt_symbolic.reporting.formats._svg import svg
from bptt_symbolic.reporting.formats._symbols import symbol
from bptt_symbolic.reporting.report import Node, Picture

NOTES = sorted(path for path in (Path(__file__).parents[2] / "derivations").iterdir() if path.suffix != ".toml")
BAD = "</text><script>alert(1)</script>\x1b\u202e&\"'"
Box = tuple[float, float, float, float]


def boxes(placed: Layout) -> list[Box]:
    half = placed.node_width / 2, HEIGHT / 2
    return [(x - half[0], y - half[1], x + half[0], y + half[1]) for x, y in placed.centres]


def crosses(start: Point, end: Point, box: Box) -> bool:
    """Whether a line along an axis goes through the inside of a box."""
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    return left < box[2] - 0.5 and right > box[0] + 0.5 and top < box[3] - 0.5 and bottom > box[1] + 0.5


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_no_arrow_goes_through_a_node_or_askew(drawn: Network, steps: int) -> None:
    placed = layout(flow.picture(drawn, steps), 90)
    for edge, route in placed.routes.items():
        for start, end in pairwise(route):
            assert start[0] == end[0] or start[1] == end[1], edge
            assert not [box for box in boxes(placed) if crosses(start, end, box)], edge


def test_every_arrow_begins_and_ends_at_the_side_of_its_node(drawn: Network) -> None:
    placed = layout(flow.picture(drawn, 3), 90)
    found = boxes(placed)
    for (start, end), route in placed.routes.items():
        for node, (x, y) in ((start, route[0]), (end, route[-1])):
            left, top, right, bottom = found[node]
            assert (x in {left, right} and top < y < bottom) or (y in {top, bottom} and left < x < right)


def test_no_two_nodes_overlap_and_all_are_inside(drawn: Network) -> None:
    placed = layout(flow.picture(drawn, 4), 90)
    for one, other in combinations(boxes(placed), 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    points = [point for route in placed.routes.values() for point in route]
    for x, y in [*points, *((box[0], box[1]) for box in boxes(placed)), *((box[2], box[3]) for box in boxes(placed))]:
        assert 0 < x < placed.width
        assert 0 < y < placed.height


def test_arrows_from_different_nodes_do_not_lie_on_each_other(drawn: Network) -> None:
    placed = layout(flow.picture(drawn, 3), 90)
    parts = [(edge, pair) for edge, route in placed.routes.items() for pair in pairwise(route)]
    for (one, first), (other, second) in combinations(parts, 2):
        if one[0] != other[0] and one[1] != other[1]:
            assert not overlap(first, second), (one, other)


def overlap(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two lines along the same axis share more than a point."""
    for along, across in ((0, 1), (1, 0)):
        if len({point[across] for point in (*first, *second)}) == 1:
            low = max(min(point[along] for point in first), min(point[along] for point in second))
            high = min(max(point[along] for point in first), max(point[along] for point in second))
            return high - low > 0.5
    return False


def drawn(note: Path) -> object:
    slow = note.name in {"huang-2019.tex", "profatxuanall.rst"}
    return pytest.param(note, id=note.name, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("note", ["elman", "gru", "lstm", *map(drawn, NOTES)])
def test_labels_are_not_wider_than_their_nodes(note: str | Path) -> None:
    """By a generous estimate of 0.62 of the size of the letters (names 17, parameters 12.5) for each."""
    drawing = ET.fromstring(svg(flow.picture(network(note), 3)))  # noqa: S314 - our own drawing
    for node in drawing.iterfind(".//{*}g[@class]"):
        box = node.find("{*}rect")
        if box is None:
            continue
        for label in node.iterfind("{*}text"):
            size = 17 if label.get("class") == "name" else 12.5
            assert len("".join(label.itertext()).replace("\u200b", "")) * size * 0.5 < float(box.get("width", 0))


def test_the_drawing_says_in_words_what_it_shows() -> None:
    text = svg(flow.picture(network("elman"), 3, "W"))
    drawing = ET.fromstring(text)  # noqa: S314 - our own drawing
    title, description = (cast("str", drawing.findtext(f"{{*}}{tag}")) for tag in ("title", "desc"))
    assert title == "Network unrolled for 3 steps, with the gradient by W"
    assert "z₂ is computed from x₂, s₁, U, W, b." in description
    assert (
        "∂L/∂L₃ · ∂L₃/∂ŷ₃ · ∂ŷ₃/∂o₃ · ∂o₃/∂s₃ · ∂s₃/∂z₃ · ∂z₃/∂s₂ · ∂s₂/∂z₂ · ∂z₂/∂s₁ · ∂s₁/∂z₁ · ∂z₁/∂W" in description
    )
    named = drawing.get("aria-labelledby", "").split()
    assert {part.get("id") for part in drawing} >= set(named)


def test_what_is_thick_is_the_way_and_points_backwards() -> None:
    picture = flow.picture(network("elman"), 2, "W")
    drawing = ET.fromstring(svg(picture))  # noqa: S314 - our own drawing
    kinds = [part.get("class") for part in drawing.iterfind("{*}g")]
    assert kinds.count("edge way") == len(picture.path) - 1
    assert kinds.count("edge flow") == len(picture.flow) - len(picture.path) + 1
    assert kinds.count("edge") == len(picture.edges) - len(picture.flow)


def test_a_name_of_a_note_is_text() -> None:
    plain = flow.picture(network("elman"), 2, "W")
    nodes = (Node(BAD, 1, "input", (BAD,)), *plain.nodes[1:])
    text = svg(replace(plain, nodes=nodes, by=BAD))
    tags = {part.tag.rpartition("}")[2] for part in ET.fromstring(text).iter()}  # noqa: S314 - our own drawing
    assert tags == {"svg", "title", "desc", "style", "rect", "g", "path", "polygon", "text", "tspan"}
    assert not set(text) & set("\x1b\u202e")


def test_an_empty_picture_is_a_drawing() -> None:
    ET.fromstring(svg(Picture((), ())))  # noqa: S314 - our own drawing


@pytest.mark.parametrize(
    ("latex", "step", "expected"),
    [
        ("s", 3, "s₃"),
        (r"\hat{y}", 1, "ŷ₁"),
        (r"\tilde{h}", None, "h\u0303"),
        ("W_{xh}", None, "W_xh"),
        (r"\sigma", 2, "σ₂"),
        (r"\mathbf{W}", None, "W"),
        (r"b_{h}", 2, "b_h, 2"),
        (r"\hat y", None, "ŷ"),
        ("h^{old}", 1, "h₁^old"),
    ],
)
def test_a_name_in_latex_becomes_letters(latex: str, step: int | None, expected: str) -> None:
    assert symbol(latex, step).plain() == expected


def test_the_function_of_the_package_gives_a_file_that_notebooks_show() -> None:
    drawing = bptt_symbolic.picture("elman", steps=2, by="U")
    assert drawing.startswith("<svg ")
    assert drawing._repr_svg_() == drawing


def test_a_quantity_that_is_not_there_is_a_fault_with_those_that_are() -> None:
    with pytest.raises(bptt_symbolic.NoteError) as raised:
        bptt_symbolic.picture("elman", by="Q")
    assert raised.value.fault.code == "undefined-symbol"
    assert "U, V, W" in raised.value.fault.help


def at_random(seed: int) -> Picture:
    """A graph of 3 to 8 quantities over 4 steps, with arrows within a step and up to two steps forth and back."""
    draw = random.Random(seed)  # noqa: S311 - an example, no secret
    count = draw.randint(3, 8)
    nodes = [Node(f"q_{row}", step, "state") for step in range(1, 5) for row in range(count)]
    nodes += [Node(f"total_{i}", None, "loss") for i in range(draw.randint(0, 2))]
    edges = set()
    for _ in range(count * 2):
        source, target, lag = draw.randrange(count), draw.randrange(count), draw.choice([0, 0, 0, 1, 1, 1, 2, -1])
        for step in range(4):
            if 0 <= step + lag < 4 and (lag or source < target):
                edges.add((step * count + source, (step + lag) * count + target))
    edges |= {(draw.randrange(count * 4), total) for total in range(count * 4, len(nodes)) for _ in range(3)}
    return Picture(tuple(nodes), tuple(sorted(edges)))


@pytest.mark.parametrize("seed", range(60))
def test_any_graph_is_drawn_with_no_arrow_through_a_node(seed: int) -> None:
    placed = layout(picture := at_random(seed), 70)
    found = boxes(placed)
    for edge, route in placed.routes.items():
        for start, end in pairwise(route):
            assert start[0] == end[0] or start[1] == end[1]
            assert not [box for box in found if crosses(start, end, box)], edge
        assert all(0 < x < placed.width and 0 < y < placed.height for x, y in route)
    assert set(placed.routes) == set(picture.edges)


def test_a_network_with_too_many_definitions_is_a_fault() -> None:
    many = network("elman")
    definition = many.definitions["s"]
    crowd = replace(many, definitions={**many.definitions, **{f"s_{i}": definition for i in range(80)}})
    with pytest.raises(bptt_symbolic.NoteError) as raised:
        bptt_symbolic.picture(crowd)
    assert raised.value.fault.code == "too-long"


def test_a_sum_over_very_many_steps_is_drawn_at_once_and_no_further_than_one_step_beyond_the_last() -> None:
    found = flow.picture(network(r"$$s_t = \tanh(w s_{t-1})$$ $$q = \sum_{t=1}^{100000} s_t$$"), 3)
    assert {node.step for node in found.nodes} == {0, 1, 2, 3, 4, None}


def test_the_picture_of_the_documentation_is_up_to_date() -> None:
    """If not: `bptt-symbolic picture gru --by W_h -o docs/gru.svg`."""
    file = Path(__file__).parents[2] / "docs" / "gru.svg"
    assert file.read_text(encoding="utf-8") == bptt_symbolic.picture("gru", by="W_h")
