"""Network, what is wanted -> plan: arguments, outputs, and the stages in which they are computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bptt_symbolic.meaning.keywords import initial_name, plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import LAST, Affine, Ref, walk
from bptt_symbolic.numeric.adjoint import differentiated
from bptt_symbolic.numeric.graph import LETTERS, At, Count, Delay, Given, Graph, Mask, Node, Space, reachable
from bptt_symbolic.numeric.lower import Lowering
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.schedule import Stage, scheduled

LOSS = "loss"
"""What the total loss is called among what is wanted."""
NEXT = "next_"
"""What the state at the end is called among what is wanted, before the name of the initial state that it may become."""
LATER = "later_"
"""What the adjoint of a state at the end of a part is called, before the name of the initial state."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One keyword argument."""

    keyword: str
    name: str
    """The name in the graph."""
    axes: tuple[Affine, ...]
    kind: Literal["parameter", "sequence", "initial"]
    first: int = 0
    """How many steps before the first one a sequence begins (as a negative offset)."""
    extra: int = 0
    """How many more steps than the network it has."""

    @property
    def letters(self) -> str:
        """The shape in the network's letters: `(T, batch, M)`."""
        return self.shown(batch=True)

    def shown(self, *, batch: bool) -> str:
        """The shape in the network's letters, with or without an axis for the batch."""
        axes = [str(axis) for axis in self.axes]
        if self.kind != "parameter" and batch:
            axes.insert(0, "batch")
        if self.kind == "sequence":
            axes.insert(0, f"T+{self.extra}" if self.extra else "T")
        return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


@dataclass(frozen=True, slots=True)
class Output:
    """One result."""

    keyword: str
    space: Space
    gradient: bool
    """Whether it is the gradient of the loss by what it is called after, or a value."""


@dataclass(frozen=True)
class Plan:
    """Everything that a backend has to know."""

    network: Network
    arguments: tuple[Argument, ...]
    known: tuple[str, ...]
    """The keywords of everything that the network is given; those that are not read may be given all the same."""
    outputs: tuple[Output, ...]
    results: tuple[Node, ...]
    """The node of every output."""
    stages: tuple[Stage, ...]
    variables: Mapping[str, Node]
    initial: Mapping[tuple[str, int], Node]
    """Variable, how many steps before the first one -> its value there."""
    labels: Mapping[Node, str]
    """What nodes are called: `s`, its adjoint `d_s`, the gradient `grad_W`."""

    @property
    def start(self) -> int:
        """The first step."""
        return self.network.start

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes that the arguments have, ascending."""
        return tuple(sorted({name for a in self.arguments for axis in a.axes for name in axis.names()}))

    @property
    def least_steps(self) -> int:
        """How many steps there must be, because one of them is read by its number."""
        nodes = [n for stage in self.stages for n in ((stage,) if isinstance(stage, Node) else stage.nodes)]
        times = [n.op.time for n in nodes if isinstance(n.op, At) and not n.op.or_zero]
        return max((1 - t.const if LAST in t.names() else t.const - self.start + 1 for t in times), default=0)


@dataclass(frozen=True, slots=True)
class Request:
    """What a function is asked for; enough to make it again."""

    network: Network
    wanted: tuple[str, ...] | None = None
    """None: the loss and the gradients by all parameters."""
    backend: str = "numpy"
    batch: bool = True
    functions: tuple[tuple[str, str], ...] = ()
    """What functions of the note's own stand for."""
    name: str = "gradients"
    loss: str | None = None
    """The loss, where the network has several."""
    called: tuple[tuple[str, str], ...] = ()
    """Names of the note that have a keyword of their own, because another name goes by the plain one."""
    chunk: Literal["", "states", "gradients"] = ""
    """For a part of a sequence: the states at its end, or gradients with the share of all later steps, which comes in
    as `later_s0`, the adjoint of the state at the end."""

    @property
    def carries(self) -> bool:
        """Whether states at the end are wanted, to go on with: then all initial states are arguments."""
        return any(name.startswith(NEXT) for name in self.wanted or ())


def planned(request: Request) -> Plan:
    """The plan for a request; raises NumericError with every fault of it."""
    network = request.network
    lowering, forward, total = computed(request)
    if request.chunk == "states":
        return _plan(network, lowering, _ends(lowering), {}, {node: name for name, node in forward.items()})
    keywords = _keywords(network, lowering)
    asked = request.wanted if request.wanted is not None else (LOSS, *_parameters(network))
    ends = {f"{NEXT}{name}": node for name, node in _ends(lowering).items()} if request.carries else {}
    gradient_of, values, faults = _sorted(asked, keywords, {**forward, **ends}, total)
    if faults:
        known = ", ".join([LOSS, *sorted(keywords), *sorted(map(plain, (*forward, *ends)))])
        raise NumericError(tuple(faults), f"known are {known}")
    roots = dict(values)
    labels: dict[Node, str] = {}
    if gradient_of:
        if total is None:
            raise NumericError("the network has no loss", r"define one, as L = \sum_t L_t")
        root = _with_later(lowering, total) if request.chunk else total
        reverse = differentiated(lowering.graph, root, lowering.initial, network.start)
        roots |= {name: reverse.adjoint(node) for name, node in gradient_of.items()}
        labels |= {reverse.adjoint(n): f"d_{name}" for name, n in forward.items() if n in reverse.parts}
        labels |= {roots[name]: f"grad_{name}" for name in gradient_of}
    labels |= {node: name for name, node in forward.items()}
    by = {name: node.space for name, node in gradient_of.items()}
    return _plan(network, lowering, {name: roots[name] for name in asked}, by, labels)


def computed(request: Request) -> tuple[Lowering, dict[str, Node], Node | None]:
    """The graph of the forward computation, the node of every quantity, and the loss if there is one."""
    network = request.network
    given = bool(request.chunk) or request.carries
    lowering = Lowering(network=network, functions=dict(request.functions), stated=not given)
    forward = {name: lowering.quantity(name) for name in network.definitions if not _skipped(network, name)}
    return lowering, forward, _loss(network, lowering.graph, forward, request.loss)


def _ends(lowering: Lowering) -> dict[str, Node]:
    """The states that the next part of a sequence starts with, called as its initial states are."""
    graph, network = lowering.graph, lowering.network
    found = {}
    for name, back in list(lowering.initial):
        node, time = graph.variables[name], Affine.of(LAST) - (back - 1)
        end = graph.node(At(time), (node,), Space(node.space.dims, batch=node.space.batch))
        found[initial_name(name, network.start - back)] = end
    return found


def _with_later(lowering: Lowering, total: Node) -> Node:
    """The loss of a part of a sequence, with what its last states add to the loss of later parts, to first order."""
    graph = lowering.graph
    if any(isinstance(n.op, At | Mask | Count) for n in reachable(graph, [total])):
        message = "the loss reads steps by their number, so that a sequence cannot be taken in parts"
        raise NumericError(message, "leave out checkpoint and truncate")
    shares = []
    for name, end in _ends(lowering).items():
        given = graph.node(Given(f"{LATER}{name}"), (), end.space)
        letters = LETTERS[: len(end.space.dims)]
        shares.append(graph.contract(given, end, letters, letters, ""))
    return graph.added(total, *shares)


def _skipped(network: Network, name: str) -> bool:
    """Derivatives that the note names are no part of the forward computation."""
    return name in network.adjoints


def _parameters(network: Network) -> list[str]:
    return [plain(n) for n in network.shapes if n not in network.definitions and n not in network.temporal]


def _loss(network: Network, graph: Graph, forward: Mapping[str, Node], asked: str | None) -> Node | None:
    """The loss that is asked for, the one without time, or the sum over the steps; several are never added up."""
    if asked is not None:
        names = [n for n in forward if plain(n) == plain(asked) and not network.shapes[n].axes]
        names = [n for n in names if n not in network.temporal] or names  # the total before that of a step
    else:
        losses = [n for n in forward if network.role[n] == "loss"]
        read = {x.name for n in losses for x in walk(network.definitions[n].body) if isinstance(x, Ref)}
        names = [n for n in losses if n not in read]
    if len(names) > 1:
        known = ", ".join(map(plain, names))
        raise NumericError(f"the network has several losses: {known}", f"choose one, as in loss={plain(names[0])!r}")
    if asked is not None and not names:
        raise NumericError(
            f"loss: the network computes no number {asked}", f"it computes {', '.join(map(plain, forward))}"
        )
    if not names:
        return None
    node = forward[names[0]]
    return graph.total(node, "", "", over_time=True) if names[0] in network.temporal else node


def _keywords(network: Network, lowering: Lowering) -> dict[str, Node]:
    """What gradients can be taken by: parameters, inputs, initial values that are arguments."""
    found: dict[str, Node] = {}
    for name in network.shapes:
        if name not in network.definitions:
            found[plain(name)] = lowering.quantity(name)
    for (name, back), node in lowering.initial.items():
        if isinstance(node.op, Given):
            found[plain(initial_name(name, network.start - back))] = node
    return found


def _sorted(
    asked: Sequence[str], keywords: Mapping[str, Node], forward: Mapping[str, Node], loss: Node | None
) -> tuple[dict[str, Node], dict[str, Node], list[str]]:
    """Gradients, values, and what is wrong."""
    gradient_of: dict[str, Node] = {}
    values: dict[str, Node] = {}
    faults = []
    computed = {plain(name): node for name, node in forward.items()}
    for name in asked:
        if name == LOSS and loss is not None:
            values[name] = loss
        elif plain(name) in keywords:
            gradient_of[name] = keywords[plain(name)]
        elif plain(name) in computed:
            values[name] = computed[plain(name)]
        else:
            faults.append(f"wanted: the network has no {name}")
    return gradient_of, values, faults


def _plan(
    network: Network, lowering: Lowering, roots: dict[str, Node], by: Mapping[str, Space], labels: Mapping[Node, str]
) -> Plan:
    graph = lowering.graph
    if LOSS in roots:
        roots[LOSS] = graph.total(roots[LOSS], "", "", over_batch=True)
    used = {n.op.variable for n in reachable(graph, roots.values()) if isinstance(n.op, Delay)}
    starts = {key: node for key, node in lowering.initial.items() if key[0] in used}
    schedule = scheduled(graph, [*starts.values(), *roots.values()])  # what a loop starts with is needed first
    at = schedule.at
    results = tuple(at[node] for node in roots.values())
    nodes = reachable(schedule.graph, [*results, *(at[node] for node in starts.values())])
    return Plan(
        network,
        arguments_of(nodes),
        tuple(sorted(_known(network, lowering))),
        tuple(Output(plain(name), by.get(name, at[node].space), name in by) for name, node in roots.items()),
        results,
        schedule.stages,
        schedule.graph.variables,
        {key: at[node] for key, node in starts.items()},
        {at[node]: plain(label) for node, label in labels.items() if node in at},
    )


def _known(network: Network, lowering: Lowering) -> set[str]:
    """The keywords of everything that the network is given."""
    given = {plain(name) for name in network.shapes if name not in network.definitions}
    return given | {plain(initial_name(name, network.start - back)) for name, back in lowering.initial}


def arguments_of(nodes: list[Node]) -> tuple[Argument, ...]:
    """The arguments that are read."""
    offsets: dict[str, set[int]] = {}
    spaces: dict[str, Space] = {}
    for node in nodes:
        if isinstance(node.op, Given):
            offsets.setdefault(node.op.name, set()).add(node.op.offset)
            spaces[node.op.name] = node.space
    found = []
    for name in sorted(spaces):
        space, reads = spaces[name], offsets[name]
        kind: Literal["parameter", "sequence", "initial"] = (
            "sequence" if space.time else "initial" if space.batch else "parameter"
        )
        first, last = min(reads), max(reads)
        found.append(Argument(plain(name), name, space.dims, kind, first, last - first))
    return tuple(found)
