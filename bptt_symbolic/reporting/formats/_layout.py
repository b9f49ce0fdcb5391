"""Picture -> places: where the nodes of an unrolled network stand, and by which way every arrow goes.

A step is a column, a quantity a row of its own, from what is given at the bottom to the loss at the top; so a
horizontal line at the height of a node meets no other node of its column. An arrow to the next node above goes straight
up. Any other leaves on the right into a lane between the columns, which all arrows of one node share, and goes in the
height of its target to the side of it. What has no step stands above, and is reached from below and from the left. No
arrow crosses a node.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bptt_symbolic.reporting.report import Edge, Picture

HEIGHT = 42
PITCH = 66
_LANE = 11
_SPARE = 20
_MARGIN = 16

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that has to be drawn, in pixels."""

    width: float
    height: float
    node_width: float
    centres: tuple[Point, ...]
    """Of each node of the picture."""
    routes: dict[Edge, tuple[Point, ...]]
    """Corners of each arrow, from its start to its end."""
    columns: tuple[tuple[int, float], ...]
    """Step, and where its column stands."""
    foot: float
    """Where the names of the columns stand."""


@dataclass(slots=True)
class _Plan:
    """The layout while it is made."""

    picture: Picture
    node_width: float
    columns: list[int]
    rows: list[str]
    cells: dict[tuple[int, int], int] = field(default_factory=dict)
    """(column, row) -> node."""
    spot: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Node with a step -> (column, row)."""
    sinks: list[int] = field(default_factory=list)
    """Nodes without a step."""
    lanes: dict[int, list[int]] = field(default_factory=dict)
    """Gap after a column -> the nodes that have a lane in it, nearest to the column first."""
    xs: list[float] = field(default_factory=list)


def layout(picture: Picture, node_width: float) -> Layout:
    """Places and ways; every node is `node_width` wide and `HEIGHT` high."""
    plan = _placed(picture, node_width)
    _open_lanes(plan)
    _spread(plan)
    routes = {edge: tuple(_route(plan, edge)) for edge in picture.edges}
    behind = _gap(plan, len(plan.columns) - 1) - _SPARE if len(plan.columns) - 1 in plan.lanes else 0
    right = max([plan.xs[-1] + behind, *(_sink_x(plan, i) for i in plan.sinks)]) + node_width / 2
    foot = _y(plan, 0) + HEIGHT / 2 + 24
    return Layout(
        right + _MARGIN,
        foot + 10,
        node_width,
        tuple(_centre(plan, i) for i in range(len(picture.nodes))),
        routes,
        tuple(zip(plan.columns, plan.xs, strict=True)),
        foot,
    )


def _placed(picture: Picture, node_width: float) -> _Plan:
    steps = sorted({node.step for node in picture.nodes if node.step is not None})
    last = [node.name for node in picture.nodes if steps and node.step == steps[-1]]
    others = [node.name for node in picture.nodes if node.step is not None and node.name not in last]
    plan = _Plan(picture, node_width, steps or [1], list(dict.fromkeys([*others, *last])))
    for i, node in enumerate(picture.nodes):
        if node.step is None:
            plan.sinks.append(i)
            continue
        spot = (steps.index(node.step), plan.rows.index(node.name))
        plan.cells[spot] = i
        plan.spot[i] = spot
    return plan


def _open_lanes(plan: _Plan) -> None:
    """A lane behind its column for each node with an arrow that does not go straight up, and one before the column of
    the target for an arrow that comes from further away.
    """
    wanted: dict[tuple[int, int], bool] = {}
    for edge in plan.picture.edges:
        start, end = edge
        if start not in plan.spot or _is_straight(plan, edge):
            continue
        wanted[_side(plan, edge), start] = True
        if end in plan.spot and abs(plan.spot[end][0] - plan.spot[start][0]) > 1:
            wanted[_far(plan, edge), start] = False
    for gap, node in sorted(wanted, key=lambda found: (found[0], wanted[found], -plan.spot[found[1]][1])):
        plan.lanes.setdefault(gap, []).append(node)


def _spread(plan: _Plan) -> None:
    before = _gap(plan, -1) if -1 in plan.lanes else 0
    plan.xs.append(_MARGIN + plan.node_width / 2 + before)
    for column in range(1, len(plan.columns)):
        plan.xs.append(plan.xs[-1] + plan.node_width + _gap(plan, column - 1))


def _gap(plan: _Plan, column: int) -> float:
    return 2 * _SPARE + _LANE * max(0, len(plan.lanes.get(column, ())) - 1)


def _side(plan: _Plan, edge: Edge) -> int:
    """The gap into which an arrow goes first: behind its node, or before it if it goes back in time."""
    column = plan.spot[edge[0]][0]
    back = edge[1] in plan.spot and plan.spot[edge[1]][0] < column
    return column - 1 if back else column


def _far(plan: _Plan, edge: Edge) -> int:
    """The gap beside the target of an arrow that comes from further away than the next column."""
    start, end = plan.spot[edge[0]][0], plan.spot[edge[1]][0]
    return end - 1 if end > start else end


def _is_straight(plan: _Plan, edge: Edge) -> bool:
    """Whether nothing stands between a node and its target above."""
    start, end = edge
    column, row = plan.spot[start]
    if end not in plan.spot:
        return all((column, above) not in plan.cells for above in range(row + 1, len(plan.rows)))
    if plan.spot[end][0] != column or plan.spot[end][1] <= row:
        return False
    return all((column, between) not in plan.cells for between in range(row + 1, plan.spot[end][1]))


def _y(plan: _Plan, row: int) -> float:
    above = PITCH + 14 * (len(plan.sinks) - 1) if plan.sinks else 0
    return _MARGIN + HEIGHT / 2 + above + PITCH * (len(plan.rows) - 1 - row)


def _sink_x(plan: _Plan, node: int) -> float:
    return plan.xs[-1] + plan.sinks.index(node) * (plan.node_width + _SPARE)


def _centre(plan: _Plan, node: int) -> Point:
    if node not in plan.spot:
        return _sink_x(plan, node), _MARGIN + HEIGHT / 2
    column, row = plan.spot[node]
    return plan.xs[column], _y(plan, row)


def _lane_x(plan: _Plan, gap: int, node: int) -> float:
    left = plan.xs[gap] + plan.node_width / 2 if gap >= 0 else plan.xs[0] - plan.node_width / 2 - _gap(plan, -1)
    return left + _SPARE + _LANE * plan.lanes[gap].index(node)


def _route(plan: _Plan, edge: Edge) -> Iterator[Point]:
    start, end = edge
    if start not in plan.spot:
        yield from _over(plan, edge)
    elif end not in plan.spot:
        yield from _to_sink(plan, edge)
    elif _is_straight(plan, edge):
        (x, y), (_, to) = _centre(plan, start), _centre(plan, end)
        yield x, y - HEIGHT / 2
        yield x, to + HEIGHT / 2
    else:
        yield from _by_lane(plan, edge)


def _over(plan: _Plan, edge: Edge) -> Iterator[Point]:
    """Between two things without a step: over their heads."""
    (x, y), (to, below) = _centre(plan, edge[0]), _centre(plan, edge[1])
    yield x, y - HEIGHT / 2
    yield x, y - HEIGHT / 2 - 9
    yield to, y - HEIGHT / 2 - 9
    yield to, below - HEIGHT / 2


def _to_sink(plan: _Plan, edge: Edge) -> Iterator[Point]:
    """To something without a step: from below where it stands straight above, else to its left side. Past the first of
    them, along a rail below.
    """
    start, end = edge
    (x, y), (to, above) = _centre(plan, start), _centre(plan, end)
    number = plan.sinks.index(end)
    if _is_straight(plan, edge):
        yield x, y - HEIGHT / 2
    else:
        yield x + plan.node_width / 2, y
        x = _lane_x(plan, _side(plan, edge), start)
        yield x, y
    if number == 0 and x < to - plan.node_width / 2:
        yield x, above
        yield to - plan.node_width / 2, above
    elif x == to:
        yield to, above + HEIGHT / 2
    else:
        rail = above + HEIGHT / 2 + 14 * max(number, 1)
        yield x, rail
        yield to, rail
        yield to, above + HEIGHT / 2


def _by_lane(plan: _Plan, edge: Edge) -> Iterator[Point]:
    start, end = edge
    (x, y), (to, _) = _centre(plan, start), _centre(plan, end)
    back = _side(plan, edge) < plan.spot[start][0]
    lane = _lane_x(plan, _side(plan, edge), start)
    from_right = plan.spot[end][0] == plan.spot[start][0] or back
    height = _entry(plan, edge, from_right=from_right)
    yield x + (-1 if back else 1) * plan.node_width / 2, y
    yield lane, y
    if abs(plan.spot[end][0] - plan.spot[start][0]) > 1:
        track = _centre(plan, end)[1] + PITCH / 2
        yield lane, track
        lane = _lane_x(plan, _far(plan, edge), start)
        yield lane, track
    yield lane, height
    yield to + (1 if from_right else -1) * plan.node_width / 2, height


def _entry(plan: _Plan, edge: Edge, *, from_right: bool) -> float:
    """The height at which an arrow arrives: those of one side apart from each other, and so that they do not cross.

    The middle is for what leaves, and for the arrow from the same quantity one step away. What comes from the left
    arrives above the middle, what comes from the right below it.
    """
    _, y = _centre(plan, edge[1])
    if _is_level(plan, edge):
        return y
    beside = [other for other in plan.picture.edges if other[1] == edge[1] and _arrives(plan, other) == from_right]
    beside = [other for other in beside if not _is_level(plan, other)]
    if from_right:
        ordered = sorted(beside, key=lambda other: -_last_lane(plan, other))
        return y + 5 + 14 * (ordered.index(edge) + 0.5) / len(ordered)
    ordered = sorted(beside, key=lambda other: _from_above(plan, other))
    return y - 19 + 14 * (ordered.index(edge) + 0.5) / len(ordered)


def _is_level(plan: _Plan, edge: Edge) -> bool:
    """Whether it comes from the same quantity one step away."""
    (column, row), (to, height) = plan.spot[edge[0]], plan.spot[edge[1]]
    return row == height and abs(column - to) == 1


def _arrives(plan: _Plan, edge: Edge) -> bool | None:
    """Whether an arrow arrives from the right, False for the left, None for from below."""
    start, end = edge
    if start not in plan.spot or end not in plan.spot or _is_straight(plan, edge):
        return None
    return plan.spot[end][0] <= plan.spot[start][0]


def _last_lane(plan: _Plan, edge: Edge) -> float:
    far = abs(plan.spot[edge[1]][0] - plan.spot[edge[0]][0]) > 1
    return _lane_x(plan, _far(plan, edge) if far else _side(plan, edge), edge[0])


def _from_above(plan: _Plan, edge: Edge) -> tuple[float, float]:
    """Arrows from above first, the nearest lane first; then those from below, the nearest lane last."""
    lane = _last_lane(plan, edge)
    return (0, -lane) if plan.spot[edge[0]][1] > plan.spot[edge[1]][1] else (1, lane)
