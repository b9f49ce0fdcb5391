r"""Formula and dress -> LaTeX: where the step stands, which letters, which signs, as matrices or by entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dress_formulas import (
    Call,
    Derivative,
    Diagonal,
    Entrywise,
    Length,
    Minus,
    Node,
    Number,
    Over,
    Plus,
    Product,
    Share,
    Squared,
    Step,
    Transposed,
    Var,
)
from dress_networks import Network

SUM, FACTOR, ATOM = range(3)
"""What may stand at a place without brackets: anything, a product, a single thing."""


@dataclass(frozen=True)
class Name:
    """The letter of a quantity, and its label."""

    base: str
    label: str = ""


@dataclass(frozen=True)
class Dress:
    """A notation."""

    axes: Mapping[str, str]
    names: Mapping[str, Name]
    """Canonical name -> letter."""
    letters: Mapping[str, str]
    """Canonical letter of a step or entry -> letter."""
    functions: Mapping[str, str]
    gradients: Mapping[str, Name] = field(default_factory=dict)
    """Canonical name -> the name of the gradient by it."""
    sums: str = "full"
    """How sums over all steps are written: `full`, `letter`."""

    def __getitem__(self, axis: str) -> str:
        """Its value on an axis."""
        return self.axes[axis]


class Printer:
    """Writes formulas of one network in one dress."""

    def __init__(self, network: Network, dress: Dress) -> None:
        self.network = network
        self.dress = dress

    def relation(self, left: Node, right: Node, sign: str = "=") -> str:
        """`left = right`, by entries where the dress says so."""
        if self.dress["form"] == "index":
            free = self._indices(left)
            return f"{self.entry(left, free, free)} {sign} {self.entry(right, free, free)}"
        return f"{self.text(left)} {sign} {self.text(right)}"

    # Steps and names

    def step(self, step: Step) -> str:
        letter = self.dress.letters.get(step.letter, step.letter)
        if not step.shift:
            return letter
        return f"{letter}{step.shift:+d}"

    def name(self, name: Name, step: Step | None, entries: tuple[str, ...] = ()) -> str:
        """A letter with its label, its step and its entries."""
        indices = self._pair(entries)
        if step is None:
            return self._given(name, entries)
        shown = self.step(step)
        place = self.dress["step"]
        if place == "below":
            above = f"^{{{name.label}}}" if name.label else ""
            return f"{name.base}{above}_{_braced(','.join([shown, *entries]))}"
        below = ",".join(x for x in (name.label, indices) if x)
        low = f"_{_braced(below)}" if below else ""
        if place == "behind":
            return f"{name.base}{low}({shown})"
        if place == "behind in square brackets":
            return f"{name.base}{low}[{shown}]"
        above = {
            "above": shown,
            "above in brackets": f"({shown})",
            "above in square brackets": f"[{shown}]",
            "above in angles": rf"\langle {shown} \rangle",
        }[place]
        return f"{name.base}{low}^{_braced(above)}"

    def _given(self, name: Name, entries: tuple[str, ...]) -> str:
        """A letter without a step: entries stand below, a label as it is or above them."""
        if not entries:
            return f"{name.base}{name.label}"
        if not name.label:
            return f"{name.base}_{_braced(self._pair(entries))}"
        if name.label.startswith("^"):
            return f"{name.base}{name.label}_{_braced(self._pair(entries))}"
        return f"({name.base}{name.label})_{_braced(self._pair(entries))}"

    def _pair(self, entries: tuple[str, ...]) -> str:
        return (", " if self.dress["entries"] == "apart" else "").join(entries)

    def quantity(self, var: Var, entries: tuple[str, ...] = ()) -> str:
        return self.name(self.dress.names[var.name], var.step, entries)

    def derivative(self, node: Derivative, over: tuple[str, ...] = (), under: tuple[str, ...] = ()) -> str:
        named = self.dress.gradients.get(node.under.name)
        if node.over == Var("L") and named is not None and node.under.step is not None:
            return self.name(named, node.under.step, under)
        return self.spelled(node, over, under)

    def spelled(self, node: Derivative, over: tuple[str, ...] = (), under: tuple[str, ...] = ()) -> str:
        """A derivative that is written out."""
        above, below = self.quantity(node.over, over), self.quantity(node.under, under)
        way = self.dress["derivative"]
        scalar = not self.network.shapes[node.over.name]
        if way == "nabla" and scalar and not node.flat:
            return rf"\nabla_{{{below}}} {above}"
        sign = {"d": "d ", "upright d": r"\mathrm{d} "}.get(way, r"\partial ")
        upper = r"\partial^{+} " if node.direct else sign
        if way == "slash" and not node.flat:
            return f"{upper}{above} / {sign}{below}"
        if self.dress["macros"] != "none" and sign == upper == r"\partial ":
            return rf"\pd{{{above}}}{{{below}}}"
        return rf"\frac{{{upper}{above}}}{{{sign}{below}}}"

    # Matrices

    def text(self, node: Node, place: int = SUM) -> str:
        """A formula as matrices; in brackets if it is too loose for its place."""
        shown, kind = self._shown(node)
        return self.brackets(shown) if kind < place else shown

    def brackets(self, text: str) -> str:
        left, right = {"left": (r"\left( ", r" \right)"), "plain": ("(", ")"), "big": (r"\bigl( ", r" \bigr)")}[
            self.dress["brackets"]
        ]
        return f"{left}{text}{right}"

    def _shown(self, node: Node) -> tuple[str, int]:
        match node:
            case Var():
                return self.quantity(node), ATOM
            case Derivative():
                return self.derivative(node), FACTOR if self.dress["derivative"] in {"nabla", "slash"} else ATOM
            case Number():
                return node.text, ATOM
            case Share():
                return rf"\frac{{1}}{{{self.dress.letters['T']}}}", ATOM
            case Plus(left, right):
                sign, second = ("-", right.body) if isinstance(right, Minus) else ("+", right)
                return f"{self.text(left)} {sign} {self.text(second, FACTOR)}", SUM
            case Minus(body):
                return f"-{self.text(body, FACTOR)}", SUM
            case Product(left, right):
                return self._product(left, right), FACTOR
            case Entrywise(left, right):
                first = self._entrywise_part(left)
                return f"{first} {self.dress['entrywise']} {self._entrywise_part(right)}", FACTOR
            case Over(letter, low, high, body, product):
                inner = FACTOR if not isinstance(body, Entrywise) else ATOM
                return f"{self.big(letter, low, high, product=product)} {self.text(body, inner)}", FACTOR
            case _:
                return self._applied(node), ATOM

    def _product(self, left: Node, right: Node) -> str:
        """Two factors; what is a product already goes on, an entrywise one stands in brackets."""
        parts = [self.text(x, ATOM if isinstance(x, Entrywise | Over) else FACTOR) for x in (left, right)]
        dot = self.dress["product"] == "dot" and not isinstance(left, Number | Share)
        return (r" \cdot " if dot else " ").join(parts)

    def _entrywise_part(self, node: Node) -> str:
        return self.text(node, FACTOR if isinstance(node, Entrywise) else ATOM)

    def _applied(self, node: Node) -> str:
        match node:
            case Transposed(body):
                return self.raised(body, self.dress["transpose"])
            case Squared(body):
                return self.raised(body, "2")
            case Diagonal(body):
                return f"{self.dress.functions['diag']}{self.brackets(self.text(body))}"
            case Length(body):
                bars = {"norm": (r"\| ", r" \|^2"), "lVert": (r"\lVert ", r" \rVert_2^2")}
                left, right = bars[self.dress["norm"]]
                return f"{left}{self.text(body)}{right}"
            case Call(function, body, second, slope):
                name = self.dress.functions[function] + ("'" if slope else "")
                if second is not None:
                    return f"{name}{self.brackets(f'{self.text(body)}, {self.text(second)}')}"
                if function == "log" and isinstance(body, Var) and self.dress["vectors"] == "columns":
                    return f"{name} {self.text(body)}"  # of rows a factor follows, which it would take in
                return f"{name}{self.brackets(self.text(body))}"
            case _:
                raise TypeError(node)

    def raised(self, body: Node, script: str, text: str | None = None) -> str:
        """Something with a transpose or a power: a step above is put in brackets first, or joined by the sign."""
        shown = self.text(body, ATOM) if text is None else text
        if isinstance(body, Call):
            return f"{self.brackets(shown)}^{_braced(script)}"
        if "^" not in shown or not isinstance(body, Var | Derivative):
            return f"{shown}^{_braced(script)}"
        way = self.dress["script on script"]
        if way == "joined" and script != "2" and shown.endswith("}"):
            return f"{shown[:-1]} {script}}}"
        return f"{{{shown}}}^{_braced(script)}" if way == "braces" else f"{self.brackets(shown)}^{_braced(script)}"

    def big(self, letter: str, low: Step, high: Step, *, product: bool = False) -> str:
        sign = r"\prod" if product else r"\sum"
        running = self.dress.letters[letter]
        if self.dress.sums == "letter" and high == Step("T") and low == Step("1"):
            return rf"{sign}_{_braced(running)}"
        return rf"{sign}_{{{running}={self.step(low)}}}^{_braced(self.step(high))}"

    # Entries

    def _indices(self, node: Node) -> tuple[str, ...]:
        """The letters of the entries of a left side."""
        a, b = self.dress.letters["a"], self.dress.letters["b"]
        if isinstance(node, Derivative) and self.network.shapes[node.over.name]:
            return (a, b)
        var = node.under if isinstance(node, Derivative) else node
        if not isinstance(var, Var):
            raise TypeError(node)
        return (a, b)[: len(self.network.shapes[var.name])]

    def rank(self, node: Node) -> str:
        """`matrix`, `vector`, `turned` (a vector transposed) or `number`."""
        match node:
            case Var(name=name):
                return ("number", "vector", "matrix")[len(self.network.shapes[name])]
            case Derivative(over=over, under=under):
                return self.rank(under) if not self.network.shapes[over.name] else "matrix"
            case Transposed(body):
                return {"vector": "turned", "turned": "vector"}.get(self.rank(body), "matrix")
            case Product(left, right):
                return self._rank_of_product(self.rank(left), self.rank(right))
            case Diagonal():
                return "matrix"
            case Number() | Share() | Length():
                return "number"
            case Call(function="loss"):
                return "number"
            case Plus(left, right):
                return self.rank(right) if self.rank(left) == "number" else self.rank(left)
            case _:
                return self.rank(next(child for _, child in node.children()))

    def _rank_of_product(self, left: str, right: str) -> str:
        if left == "number":
            return right
        if {left, right} == {"vector", "turned"}:
            inner = ("vector", "turned") if self.dress["vectors"] == "rows" else ("turned", "vector")
            return "number" if (left, right) == inner else "matrix"
        return left if right == "matrix" and left != "matrix" else right

    def entry(self, node: Node, at: tuple[str, ...], used: tuple[str, ...], place: int = SUM) -> str:
        """An entry of a formula; `used` are the letters that are taken."""
        shown, kind = self._entry(node, at, used)
        return self.brackets(shown) if kind < place else shown

    def _entry(self, node: Node, at: tuple[str, ...], used: tuple[str, ...]) -> tuple[str, int]:
        match node:
            case Var():
                return self.quantity(node, at), ATOM
            case Derivative():
                over, under = self._sides(node, at)
                shown = self.derivative(node, over, under)
                return shown, FACTOR if self.dress["derivative"] in {"nabla", "slash"} else ATOM
            case Plus(left, right):
                minus = isinstance(right, Minus)
                second = right.body if isinstance(right, Minus) else right
                first = self.entry(left, () if self.rank(left) == "number" else at, used)
                return f"{first} {'-' if minus else '+'} {self.entry(second, at, used, FACTOR)}", SUM
            case Minus(body):
                return f"-{self.entry(body, at, used, FACTOR)}", SUM
            case Product(left, right):
                return self._entry_of_product(left, right, at, used)
            case Entrywise(left, right):
                first = self.entry(left, at, used, ATOM if self._sums(left) else FACTOR)
                return f"{first} {self.entry(right, at, used, ATOM)}", FACTOR
            case Over(letter, low, high, body, product):
                return f"{self.big(letter, low, high, product=product)} {self.entry(body, at, used, FACTOR)}", FACTOR
            case _:
                return self._entry_of_applied(node, at, used), ATOM

    def _sides(self, node: Derivative, at: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The entries above and below; for rows the first axis of a Jacobian is that of what stands below."""
        if not self.network.shapes[node.over.name]:
            return (), at
        return (at[1:], at[:1]) if self.dress["vectors"] == "rows" else (at[:1], at[1:])

    def _entry_of_product(self, left: Node, right: Node, at: tuple[str, ...], used: tuple[str, ...]) -> tuple[str, int]:
        ranks = (self.rank(left), self.rank(right))
        if ranks[0] == "number":
            return f"{self.entry(left, (), used, ATOM)} {self.entry(right, at, used, FACTOR)}", FACTOR
        if isinstance(left, Diagonal):
            return f"{self.entry(left.body, at[:1], used, ATOM)} {self.entry(right, at, used, ATOM)}", FACTOR
        if isinstance(right, Diagonal):
            return f"{self.entry(left, at, used, ATOM)} {self.entry(right.body, at[-1:], used, ATOM)}", FACTOR
        if "matrix" not in ranks and self._rank_of_product(*ranks) == "matrix":
            first = self.entry(left, at[:1], used, ATOM)
            return f"{first} {self.entry(right, at[1:], used, ATOM)}", FACTOR
        running = next(x for x in self.dress.letters["entries"].split() if x not in used)
        first_at = (*at[:1], running) if ranks[0] == "matrix" and ranks[1] in {"matrix", "vector"} else (running,)
        second_at = (running, *at[1:]) if ranks == ("matrix", "matrix") else (running,)
        if ranks[1] == "matrix" and ranks[0] != "matrix":
            second_at = (running, *at)
        taken = (*used, running)
        parts = (self.entry(left, first_at, taken, ATOM), self.entry(right, second_at, taken, ATOM))
        return rf"\sum_{_braced(running)} {' '.join(parts)}", FACTOR

    def _sums(self, node: Node) -> bool:
        """Whether a product begins with a sum, which would reach over what follows."""
        return isinstance(node, Product | Over)

    def _entry_of_applied(self, node: Node, at: tuple[str, ...], used: tuple[str, ...]) -> str:
        match node:
            case Number():
                return node.text
            case Share():
                return rf"\frac{{1}}{{{self.dress.letters['T']}}}"
            case Transposed(body):
                return self.entry(body, at[::-1], used, ATOM)
            case Squared(body):
                shown = self.entry(body, at, used, ATOM)
                return self.raised(body, "2", shown)
            case Length(body):
                running = next(x for x in self.dress.letters["entries"].split() if x not in used)
                inner = self.brackets(self.entry(body, (running,), (*used, running)))
                return rf"\sum_{_braced(running)} {inner}^2"
            case Call(function="softmax", body=body):
                running = next(x for x in self.dress.letters["entries"].split() if x not in used)
                below = self.entry(body, (running,), (*used, running))
                exp = self.dress.functions["exp"]
                upper = f"{exp}{self.brackets(self.entry(body, at, used))}"
                return rf"\frac{{{upper}}}{{\sum_{_braced(running)} {exp}{self.brackets(below)}}}"
            case Call(function=function, body=body, slope=slope):
                name = self.dress.functions[function] + ("'" if slope else "")
                if function == "log" and isinstance(body, Var) and self.dress["vectors"] == "columns":
                    return f"{name} {self.entry(body, at, used)}"
                return f"{name}{self.brackets(self.entry(body, at, used))}"
            case _:
                raise TypeError(node)


def _braced(script: str) -> str:
    """A script; a single sign needs no braces."""
    return script if len(script) == 1 or script in {r"\top", r"\intercal"} else f"{{{script}}}"
