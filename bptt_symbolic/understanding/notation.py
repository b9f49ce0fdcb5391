r"""What is known of a note's symbols before any equation is read closely: the decisions that `interpret` takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.syntax import Fenced, Node
from bptt_symbolic.scalars.rows import WORDS
from bptt_symbolic.understanding.corpus import Slot, is_number, rest, slot_node
from bptt_symbolic.understanding.occurrences import Occurrence, Sup, affine, label_text, occurrence
from bptt_symbolic.understanding.roles import Decision, Subject
from bptt_symbolic.understanding.spelling import Spelling

KNOWN: dict[str, str] = {
    **WORDS,
    **{f"\\{word}": name for word, name in WORDS.items()},
    **dict.fromkeys(("diag", "Diag"), "diag"),
    "matmul": "product",
    "prod": "product of derivatives",
    **dict.fromkeys(("concat", "Concat"), "concatenation"),
    **dict.fromkeys(("tr", "Tr", "trace"), "trace"),
    r"\ln": "log",
}
"""Words for known functions."""
COUNTING = frozenset("ijklmn")
"""Letters that count entries wherever they stand below a name."""
INDEX_LETTERS = frozenset([*"ijklmnpqrabcd", r"\ell", r"\alpha", r"\beta", r"\mu", r"\nu"])
FUNCTION_LETTERS = frozenset([*"fgFG", r"\sigma", r"\phi", r"\varphi", r"\psi", r"\theta", r"\Phi", r"\rho", r"\ell"])
LOSS_LETTERS = frozenset(
    ["L", "E", "J", "C", "l", r"\mathcal{L}", r"\mathcal{E}", r"\mathcal{J}", r"\ell", r"\mathscr{L}", "loss"]
)
LAYERS = frozenset({"l", r"\ell"})
"""Letters that usually count layers where something else counts steps."""
LAST_LAYER = "last"
"""What is asked about a letter above that may be the last layer."""
PAIR = 2
"""Indices of a matrix."""
LAST_LETTERS = ("T", r"\mathcal{T}", "N", r"\tau")
ONE_NAMES = frozenset([r"\mathbf{1}", r"\mathbb{1}", r"\mathbb{I}", r"\mathds{1}"])
UNIT_NAMES = ONE_NAMES | {"e", r"\mathbf{e}", r"\boldsymbol{e}", r"\vec{e}"}
"""Names of unit vectors: `e_{y_t}` is the label of the class `y_t` as a vector."""


@dataclass(frozen=True)
class Notation:
    """What a reader of the note knows about its symbols before reading a single equation closely."""

    slots: Mapping[str, Slot]
    """Name -> where its time stands."""
    times: frozenset[str]
    """Letters that are times."""
    main: str
    """The running time."""
    last: frozenset[str]
    """Names of the last step."""
    functions: Mapping[str, str]
    """Name -> known function, or the name itself for a function of the note's own."""
    bare: frozenset[str]
    """Names that occur without any subscript but time."""
    at_last: frozenset[str] = frozenset()
    """Names that occur at the last step alone: what the note says of them there is all that it says."""
    indexed: frozenset[str] = frozenset()
    """Names that occur with a letter that a sum binds, or with a pair of indices."""
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name -> the single letters it carries as labels."""
    both: frozenset[str] = frozenset()
    """Names that are a quantity and, with a bracket behind, a function of it: `u = u(x)`."""
    tops: bool = False
    """Transposes are written by a sign of their own somewhere, so that `W^T` may be a power."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Names that are another one written carelessly: `L(` where the note defines `\\mathcal{L}(`."""
    gates: Mapping[str, frozenset[str]] = field(default_factory=dict)
    r"""Name -> the quantities that it carries as labels before its step: f and o in `\delta_{f,t}`, `\delta_{o,t}`."""
    families: Mapping[str, frozenset[str]] = field(default_factory=dict)
    r"""Name -> the labels above it, of which it has several: c and f in `\delta^c_t`, `\delta^f_t`."""
    beside: frozenset[tuple[str, str]] = frozenset()
    r"""Functions that have the letter of a quantity and a label that no step is, `f_h(x_t, h_{t-1})` beside `f_t`."""
    entrywise: frozenset[str] = frozenset()
    """Signs that the words call the entrywise product."""
    matrix: frozenset[str] = frozenset()
    """Signs that they call the product of matrices."""
    from_zero: bool = False
    """Sums over entries begin at zero."""
    above: frozenset[str] = frozenset()
    """Letters that count entries above a name: the j of `W_{ij} h^j_{t-1}`."""
    raised: frozenset[str] = frozenset()
    """Names that stand nowhere without such a letter above."""
    foreign: frozenset[str] = frozenset()
    """Names of the last step of another recurrence than the one that is built."""
    layers: frozenset[str] = frozenset()
    """Letters that count layers."""
    last_layers: frozenset[str] = frozenset()
    """Letters for the last one."""
    also_above: frozenset[str] = frozenset()
    r"""Names that have their step below, and in another part of the note in brackets above: `h_t` and `h^{(t)}`."""
    numbered: frozenset[str] = frozenset()
    """Names that have the number of their layer above."""
    spelling: Spelling = field(default_factory=Spelling)
    """Signs side by side that are one name."""
    decisions: Mapping[Subject, Decision] = field(default_factory=dict, compare=False, repr=False)
    """What was decided about the note, with reasons."""

    @cached_property
    def letters(self) -> frozenset[str]:
        r"""The letters of quantities that have a step, the `c` of `\tilde{c}_t` among them."""
        decorated = (re.fullmatch(r"\\(tilde|hat|bar)\{(\w)\}", name) for name in self.slots)
        return frozenset(self.slots) | {found[2] for found in decorated if found is not None}

    @cached_property
    def quantities(self) -> frozenset[str]:
        r"""The letters of quantities, large and small: `W_c` has the label of `C_t`; the `j` of `y_j` beside `J_t`
        counts entries."""
        single = frozenset(n for n in self.letters if len(n) == 1)
        others = {x for n in single for x in (n.lower(), n.upper())}
        return frozenset(self.slots) | (others - COUNTING)

    def time_of(self, found: Occurrence, bracket: Fenced | None) -> tuple[Affine | None, bool]:
        """The time of an occurrence, and whether its bracket was used up for it."""
        slot = self.slots.get(found.name)
        if slot is None:
            return None, False
        if slot == "left out" and not (found.subs and is_number(found.subs[0])):
            return Affine.of(self.main), False
        above = self.step_above(found)
        if above is not None:
            return affine(above.body), False
        node, used = slot_node(found, bracket, slot)
        value = None if node is None else affine(node)
        if value is not None and slot == "sub0" and self._labelled(found, value):
            value = affine(found.subs[1])  # `a_{f,t}` beside `h_t`: the step stands behind a label
        if value is not None and self._names_quantity(value):
            return None, False  # `f_h` beside `f_t`
        return (None, False) if value is None else (value, used)

    def step_above(self, found: Occurrence) -> Sup | None:
        """The step of `h_1^{t-1}`, where a name that has it below elsewhere, `h_t`, makes room for an index; or that of
        `h^{(t-1)}`, where another part of the note has it so."""
        if found.name in self.also_above and not found.subs:
            return next((s for s in found.sups if s.bracketed and affine(s.body) is not None), None)
        if self.slots.get(found.name) != "sub0" or len(found.subs) != 1:
            return None
        below = affine(found.subs[0])
        if below is None or below.names() & (self.times | self.last):
            return None
        for sup in found.sups:
            value = affine(sup.body)
            if value is not None and value.parts == ((self.main, 1),):
                return sup
        return None

    def is_entry_above(self, found: Occurrence, sup: Sup) -> bool:
        """Whether a superscript counts entries: of a quantity with a step, or beside another index below."""
        value = affine(sup.body)
        if value is None or value.const or not value.names() or not value.names() <= self.above:
            return False
        below = [affine(node) for node in found.subs]
        stepped = found.name in self.slots and self.slots[found.name] != "sup"
        if not below:
            return found.name in self.raised
        return stepped or all(b is not None and b.names() <= self.above for b in below)

    def rest_of(self, found: Occurrence) -> tuple[Node, ...]:
        """The subscripts of an occurrence that are not its time."""
        if self.step_above(found) is not None:
            return found.subs
        slot = self.slots.get(found.name)
        first = affine(found.subs[0]) if slot == "sub0" and found.subs else None
        if slot == "sub1" or (first is not None and self._labelled(found, first)):
            return found.subs[:1] + found.subs[2:]
        return rest(found, self.slots)

    def is_beside(self, found: Occurrence) -> bool:
        """Whether a name is a function that has the letter of a quantity, and a label."""
        label = label_text(found.subs[0]) if len(found.subs) == 1 else None
        return label is not None and (found.name, label) in self.beside

    def _names_quantity(self, value: Affine) -> bool:
        """Whether an expression is the letter of a quantity that has steps, and no step itself."""
        (name, *more) = value.names() or ("",)
        steps = self.times | self.last | {self.main}
        return not more and value.parts == ((name, 1),) and not value.const and name in self.slots.keys() - steps

    def _labelled(self, found: Occurrence, first: Affine) -> bool:
        """Whether the step of a name that has it in its first subscript stands in the second one here."""
        second = affine(found.subs[1]) if len(found.subs) > 1 else None
        if second is not None and first.names() and first.names() <= self.gates.get(found.name, frozenset()):
            return True
        running = second is not None and self.main in second.names()
        return running and not first.names() & (self.times | self.last) and bool(first.names())


def known_function(node: Node, notation: Notation) -> tuple[str, Occurrence | None] | None:
    """The function that a symbol names, with its scripts; None when it is no function."""
    found = occurrence(node)
    if found is None:
        return None
    if found.name in notation.functions:
        return notation.functions[found.name], found
    if notation.is_beside(found):
        return found.name, found
    if found.name in KNOWN and found.name not in notation.slots:
        return KNOWN[found.name], found
    return None
