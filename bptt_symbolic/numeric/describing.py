"""Graph of a network -> words for its parts: `c of the step before`, `1 - z`, `tanh(c)`, the argument of `f`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric.graph import At, Contract, Delay, Given, Linear, Map, Node, Normalised, Number, reachable
from bptt_symbolic.numeric.tape import Edge, Program


@dataclass(slots=True)
class Described:
    """The nodes that a loss depends on, what reads them, and what they are called."""

    program: Program
    names: Mapping[Node, str]
    nodes: list[Node] = field(default_factory=list)
    readers: dict[Node, list[Edge]] = field(default_factory=dict)
    """Node -> the edges that go to it."""

    def __post_init__(self) -> None:
        """Look at every node once."""
        self.nodes = reachable(self.program.graph, [self.program.root, *self.program.initial.values()])
        for node in self.nodes:
            for place, arg in enumerate(node.args):
                self.readers.setdefault(arg, []).append((node, place))
            if isinstance(node.op, Delay):
                self.readers.setdefault(self.program.graph.variables[node.op.variable], []).append((node, 0))

    def uses(self, given: Node) -> list[Edge]:
        """The edges by which something without steps enters a step."""
        found = []
        for node, place in self.readers.get(given, []):
            found += [(node, place)] if node.space.time else self.uses(node)
        return found

    def owner(self, node: Node) -> str:
        """The quantity in whose definition a node stands."""
        seen = set()
        while node not in self.names:
            seen.add(node)
            above = [n for n, _ in self.readers.get(node, []) if not isinstance(n.op, Delay) and n not in seen]
            if not above:
                return "the loss"
            node = above[0]
        return self.names[node]

    def called(self, node: Node) -> str:  # noqa: C901 - one case an operation
        """What a node is called."""
        if node in self.names:
            return self.names[node]
        match node.op:
            case Given(name, offset):
                return plain(name) if not offset else f"{plain(name)} of another step"
            case Delay(variable, lag):
                return f"{plain(variable)} of the {'step before' if lag > 0 else 'next step'}"
            case Map(name):
                return f"{name}({self.called(node.args[0])})"
            case Linear(coefficients) if complement(node) is not None:
                del coefficients
                return f"1 - {self.called(node.args[0] if node.args[1].op == Number(Fraction(1)) else node.args[1])}"
            case Linear(coefficients) if all(arg in self.names or isinstance(arg.op, Given) for arg in node.args):
                parts = zip(coefficients, node.args, strict=True)
                words = "".join(f" {'-' if c < 0 else '+'} {self.called(arg)}" for c, arg in parts)
                return words.removeprefix(" + ").strip()
            case At(time):
                return f"{self.called(node.args[0])} of step {time}"
            case Normalised(name):
                return f"{name}({self.called(node.args[0])})"
        above = [n for n, _ in self.readers.get(node, [])]
        if any(isinstance(n.op, Map | Normalised) for n in above):
            return f"the argument of {self.owner(node)}"
        if isinstance(node.op, Contract):
            return f"the product of {' and '.join(self.called(arg) for arg in node.args)}"
        return f"a part of {self.owner(node)}"

    def parameters(self) -> list[Node]:
        """What is given once."""
        return [n for n in self.nodes if isinstance(n.op, Given) and not n.space.time and not n.space.batch]


def complement(node: Node) -> Node | None:
    """The gate of `1 - gate`."""
    if not isinstance(node.op, Linear) or len(node.args) != 2:  # noqa: PLR2004 - one, and the gate
        return None
    pairs = dict(zip(node.args, node.op.coefficients, strict=True))
    ones = [n for n in pairs if n.op == Number(Fraction(1))]
    gates = [n for n in pairs if n not in ones]
    if len(ones) == 1 and pairs[ones[0]] == 1 and pairs[gates[0]] == -1:
        return gates[0]
    return None
