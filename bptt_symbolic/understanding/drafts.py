"""Relations -> drafts: which relations are definitions, which claims, and which say something else.

A relation defines what stands on its left when that is a quantity that nothing has defined yet and the right side
leaves no letter free. Names that have a time elsewhere but are defined without one (`y = W x`, to be used later as a
lemma) are kept apart: they make a small model of their own, without time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeGuard

from bptt_symbolic.meaning.names import as_written, is_end, is_homonym, labels_of, letter_of
from bptt_symbolic.meaning.network import Definition, Network, of_derivatives
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    Count,
    Deriv,
    Divide,
    Entry,
    Family,
    Function,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
    free_names,
    fresh_name,
    is_measure,
    rebuild,
    speaks_of,
    substitute,
    walk,
)
from bptt_symbolic.reading.source import Fault, Span
from bptt_symbolic.reading.syntax import Node, leaves
from bptt_symbolic.reporting.report import Kind
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.convention import letters_of_left, summed
from bptt_symbolic.understanding.counting import counted_from_one, sizes_counted
from bptt_symbolic.understanding.dots import NoPattern
from bptt_symbolic.understanding.late import same_written_out
from bptt_symbolic.understanding.limits import need_of_limit
from bptt_symbolic.understanding.matrices import own_entries
from bptt_symbolic.understanding.notation import LOSS_LETTERS, Notation
from bptt_symbolic.understanding.occurrences import affine, occurrence
from bptt_symbolic.understanding.own_functions import is_broken
from bptt_symbolic.understanding.page_signs import Signs
from bptt_symbolic.understanding.prose import is_supposed
from bptt_symbolic.understanding.relations import ABOUT, DECLARING, DEFINING, ORDERS, SETTLED, Stated
from bptt_symbolic.understanding.restricted import is_restricted
from bptt_symbolic.understanding.statements import stands_either_way, stated_shape
from bptt_symbolic.understanding.sum_bounds import NotBuilt
from bptt_symbolic.understanding.updates import UPDATE, descent, is_update

PAIR = 2
HYPOTHESIS = "taken as a hypothesis"


@dataclass(frozen=True, slots=True)
class Given:
    """A number that the text gives a quantity as its value."""

    name: str
    value: Fraction | None
    """None where it is not the whole quantity at every step that has the value."""
    section: str
    place: int
    """Where on the page."""
    one_case: bool
    """It is one case among others, `for $v = 1$`."""


@dataclass
class Draft:
    """A model while its relations are read."""

    sections: list[str]
    definitions: dict[str, tuple[Definition, Stated]] = field(default_factory=dict)
    initial: list[tuple[Definition, Stated]] = field(default_factory=list)
    timeless: dict[str, tuple[Definition, Stated]] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    either_way: set[str] = field(default_factory=set)
    """Vectors that are stated by their size alone, and may stand as rows."""
    redefined: dict[str, set[str]] = field(default_factory=dict)
    """Section -> what it gives another formula."""
    restated: dict[str, set[str]] = field(default_factory=dict)
    """Section -> what it gives by a formula that says the same in other words."""
    another: set[str] = field(default_factory=set)
    """Sections that give a state of before by another formula: there it is another network."""
    mentioned: list[Term] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    builder: Builder | None = None
    taken: set[int] = field(default_factory=set)
    """Numbers of steps that the note takes, or supposes."""
    example: Span | None = None
    """Where it takes one."""
    recursions: list[Stated] = field(default_factory=list)
    """Recursions for what the note says later to be a derivative: they are claims about it."""
    unbuilt: dict[str, tuple[str, Span | None]] = field(default_factory=dict)
    """Name -> why the formula for it could not be used, and where it stands."""
    mentions: dict[str, int] = field(default_factory=dict)
    """Name -> the number of relations that mention it."""
    updated: set[str] = field(default_factory=set)
    """Names of which the note says how an iteration changes them."""
    values: bool = False
    """Quantities are given numbers as values."""
    given: list[Given] = field(default_factory=list)
    """These numbers, with their names and places."""
    shorter: dict[str, tuple[Definition, Stated]] = field(default_factory=dict)
    """Formulas that a later member of their chain contradicts, which reads all that they read and more."""
    spelled: dict[str, tuple[Definition, Stated]] = field(default_factory=dict)
    """Formulas for what a formula before them only says the arguments of."""
    heads: dict[int, Ref] = field(default_factory=dict)
    """Chain -> the quantity that it begins with."""
    supplied: set[str] = field(default_factory=set)
    """Names with a label that are given without their step, `da_{next}`: they are those of the running one."""
    supposed: list[Stated] = field(default_factory=list)
    """Inequalities that it supposes, or by which a letter is said to bound something."""
    bounding: set[str] = field(default_factory=set)
    """These letters."""
    joined: list[tuple[Ref, Ref, Stated]] = field(default_factory=list)
    """States that begin with the last one of another recurrence, `s_0 = h_T`."""
    slips: dict[str, tuple[str, Span]] = field(default_factory=dict)
    """Name -> what cannot be meant as it is written in the formula for it, and where that stands."""


@dataclass(frozen=True)
class Setting:
    """What the note and its declarations say besides formulas."""

    notation: Notation
    builder: Builder
    words: Sequence[tuple[str, str]]
    scalar: frozenset[str] = frozenset()
    one_hot: frozenset[str] = frozenset()
    shapes: Sequence[tuple[str, str, tuple[str, ...]]] = ()
    signs: Signs = field(default_factory=Signs)
    """What the page shows."""
    arguments: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)
    """Loss -> what the note writes in brackets behind it."""
    varied: frozenset[str] = frozenset()
    """What the note differentiates by."""
    elided: frozenset[str] = frozenset()
    """Functions whose slope it takes at something that it leaves out."""


def enter(stated: Stated, draft: Draft, setting: Setting) -> tuple[Kind, str]:
    """What a relation is; definitions and shapes are entered into the draft."""
    number = affine(stated.right) if _is_about_steps(stated, setting.notation) else None
    if number is not None and not number.parts:
        draft.taken.add(number.const)
    if need := need_of_limit(stated):
        return "claim", need
    if stated.mark in ORDERS and _bounds_a_parameter(stated, draft, setting.builder):
        draft.supposed.append(stated)
        return "declaration", HYPOTHESIS
    if _declares(stated, draft, setting):
        return "declaration", ""
    if stated.mark in ORDERS:
        return _ordered(stated, draft, setting)
    about = stated.mark == ABOUT and _is_number(stated.right)
    if stated.mark not in SETTLED | DEFINING and not about:
        return "other", f"the relation {stated.mark} is read but not settled"
    if stated.left is None or stated.right is None:
        return "other", "one side is missing"
    draft.notes.extend(said for said in (stated.granted, stated.line.slip) if said)
    _count(stated, draft, setting.builder)
    if stated.line.stands_back:
        return "other", "it stands in a sentence that supposes something, and holds there only"
    return _sorted(stated, draft, setting)


def _bounds_a_parameter(stated: Stated, draft: Draft, builder: Builder) -> bool:
    """`0 < f`, where `f` is a parameter of the network or bounds something, and no letter that counts."""
    terms = [builder.tried(side) for side in (stated.left, stated.right)]
    number = any(isinstance(x, Num | Divide) for x in terms)
    names = {x.name for x in terms if isinstance(x, Ref) and x.time is None}
    greek = any(name.startswith("\\") for name in names)
    used = any(speaks_of(d.body, names) for d, _ in draft.definitions.values())
    return number and (greek or used or bool(names & draft.bounding))


def _ordered(stated: Stated, draft: Draft, setting: Setting) -> tuple[Kind, str]:
    """Claim or hypothesis: what an inequality is. What is said of given quantities alone, or bounds something by a
    letter that stands for nothing yet, is supposed."""
    builder = replace(setting.builder, measures=True)
    terms = [term for side in (stated.left, stated.right) if (term := builder.tried(side)) is not None]
    parts = [x for term in terms for x in walk(term)]
    if len(terms) < PAIR and stated.line.inline:
        draft.supposed.append(stated)  # it may be a condition that is not understood
    if len(terms) < PAIR or not any(isinstance(x, Apply | Deriv) or _has_step(x) for x in parts):
        return "other", f"the relation {stated.mark} is read but not settled"
    bare = {x.name for x in terms if isinstance(x, Ref) and x.time is None} - _known_in(draft)
    given = not any(isinstance(x, Deriv) or (isinstance(x, Apply) and not is_measure(x)) or _has_step(x) for x in parts)
    about = bare - draft.bounding or (given and (bare or any(isinstance(x, Num) for x in terms)))
    if about or is_supposed(stated.line.sentence, stated.line.lead, inline=stated.line.inline):
        draft.supposed.append(stated)
        draft.bounding |= bare
        return "declaration", HYPOTHESIS
    return "claim", ""


def _has_step(term: Term) -> bool:
    return isinstance(term, Ref) and term.time is not None


def _known_in(draft: Draft) -> set[str]:
    return {*draft.definitions, *draft.timeless}


def _sorted(stated: Stated, draft: Draft, setting: Setting) -> tuple[Kind, str]:
    """Definition, claim or update: what an equation is that the note states for itself."""
    head, body = _head(stated, setting.builder), _body(stated, setting.builder)
    if head is None and isinstance(body, Deriv):
        head, body = _column(stated, body, setting.builder)
    if _is_about_steps(stated, setting.notation) and isinstance(body, Num):
        draft.example = stated.span
        return "other", "the number of steps of an example"
    if isinstance(head, str):
        return ("claim", "") if is_broken(stated.right) else ("definition", head)
    if head is not None and body is not None and _is_value(head, body, stated, setting):
        zero = isinstance(body, Num) and not body.value  # it may be one of vectors
        draft.values |= not (zero or stated.line.supposes_value)
        draft.given.append(_given(head, body, stated))
        return "other", "a value that is given as an example"
    if (update := _update(stated, head, body, draft, setting)) is not None:
        return update, UPDATE
    if stated.mark != ABOUT and _is_definition(stated, head, body, draft, setting):
        return "definition", ""
    if stated.line.slip or (stated.mark in DEFINING and body is None):
        return "other", stated.line.slip or "an assignment of something that is not settled"
    if body is not None and _is_hypothesis(stated, head, body, draft):
        return "declaration", HYPOTHESIS
    if _is_another_example(stated, head, body, draft):
        return "other", "another example of a loss; the network is read with the first one"
    _lose(stated, head, body, draft, setting.builder)
    _claimed(body, stated, draft, setting)
    return "claim", ""


def _update(stated: Stated, head: Ref | Entry | None, body: Term | None, draft: Draft, setting: Setting) -> Kind | None:
    """What an update is: a claim about the gradient that it goes along, where it can be taken apart."""
    step = descent(stated, setting.builder)
    if step is not None and step.name not in _known_in(draft):
        draft.updated |= {_named(head), step.name} - {""}
        return "claim"
    if not is_update(stated, head, body, draft.definitions):
        return None
    draft.updated |= {_named(head)} - {""}
    return "other"


def _begins_with_an_end(head: Ref, body: Ref, notation: Notation) -> bool:
    """`s_0 = h_T`, with the last step of another quantity."""
    if head.time is None or body.time is None or head.time.parts or head.name == body.name:
        return False
    return len(body.time.parts) == 1 and not body.time.const and not body.time.names() & {notation.main}


def _is_definition(stated: Stated, head: Ref | Entry | None, body: Term | None, draft: Draft, setting: Setting) -> bool:
    """Whether a member of a chain defines what the head is; it is then entered."""
    if head is None or body is None or _named(head) in draft.unbuilt or is_restricted(stated, setting.builder):
        return False
    named = isinstance(head, Ref) and (_names_another(head, draft) or _is_written_out(head, stated, draft))
    return (stated.place == 0 or named) and _define(head, body, stated, draft, setting)


def _lose(stated: Stated, head: Ref | Entry | None, body: Term | None, draft: Draft, builder: Builder) -> None:
    """Keep that a formula for something could not be used, where no other one is known."""
    if head is None or stated.place or _named(head) in {*draft.definitions, *draft.timeless}:
        return
    lost = _lost(stated, head, body, builder)
    if lost is not None:
        draft.unbuilt.setdefault(_named(head), (lost, stated.span))


def _is_another_example(stated: Stated, head: Ref | Entry | None, body: Term | None, draft: Draft) -> bool:
    r"""In running text, "for regression $L_t = \frac12 \|y_t - d_t\|^2$, for classes $L_t = -d_t^\top \log y_t$": the
    second one is another loss, and not said to equal the first."""
    known = draft.definitions.get(_named(head)) if isinstance(head, Ref) else None
    if known is None or body is None or not stated.line.inline or stated.line.declared or stated.place:
        return False
    both_inline = known[1].line.inline and letter_of(_named(head)) in LOSS_LETTERS
    return both_inline and not any(isinstance(x, Deriv) for x in walk(body))


def _lost(stated: Stated, head: Ref | Entry, body: Term | None, builder: Builder) -> str | None:
    r"""Why a formula is none that the head can be defined by: it has no meaning that the checker knows, or it reads a
    step that is bound nowhere, `E = \ell(y_n)`. Nothing is made up in its place."""
    if body is None:
        return None if _is_likelihood(stated.right) else _why_not(stated.right, builder)
    if not isinstance(head, Ref) or head.time is not None or isinstance(body, Deriv):
        return None
    steps = {n for x in walk(body) if isinstance(x, Ref) and x.time is not None for n in x.time.names()}
    loose = min((n for n in steps & free_names(body) - {LAST} if not is_end(n)), default=None)
    return None if loose is None else f"the step {loose} is bound nowhere"


def _claimed(body: Term | None, stated: Stated, draft: Draft, setting: Setting) -> None:
    """Enter what a claim tells of the network."""
    head = setting.builder.tried(stated.left)
    draft.mentioned.extend(t for t in (body, head) if t is not None)
    if isinstance(head, Ref) and isinstance(body, Ref) and _begins_with_an_end(head, body, setting.notation):
        draft.joined.append((head, body, stated))
    if body is not None and stated.place:
        _fuller(body, stated, draft, setting.notation)


def _is_likelihood(node: Node | None) -> bool:
    r"""`-\log p(y_t \mid x_1, \dots, x_t)`: a loss of the outputs, of which it says no more."""
    signs = () if node is None else tuple(leaves(node))
    return any(s.text.strip() in {r"\mid", "|"} for s in signs) and any(
        "log" in s.text or s.text == r"\ln" for s in signs
    )


def _is_about_steps(stated: Stated, notation: Notation) -> bool:
    """`T = 4`, but also the temperature in `T = 0.5`."""
    return affine(stated.left) in {Affine.of(last) for last in notation.last} and stated.mark in SETTLED | DEFINING


def _is_value(head: Ref | Entry, body: Term, stated: Stated, setting: Setting) -> bool:
    """`W = 0.8`, `$x_1 = 2$`: a number for a worked example, not what a quantity is. Zero and one may be meant, and so
    may another parameter, but not in the text for a parameter that the note differentiates by."""
    if stated.line.declared:
        return False
    number = body.body if isinstance(body, Neg) else body
    plain = isinstance(head, Ref) and head.time is None
    varied = stated.line.inline and plain and _named(head) in setting.varied
    if not isinstance(number, Num):
        return varied and isinstance(body, Ref) and body.time is None
    usual = (
        isinstance(body, Num) and number.value in {0, 1} and not varied and not (plain and stated.line.supposes_value)
    )
    return (
        number.value.denominator != 1
        or (number.places is not None and number.value != 0)
        or (stated.line.inline and not usual)
    )


def _is_number(node: Node | None) -> bool:
    """`0.46`, `-1.3`."""
    signs = () if node is None else tuple(leaves(node))
    return all(s.kind in {"number", "sign"} for s in signs) and any(s.kind == "number" for s in signs)


def _given(head: Ref | Entry, body: Term, stated: Stated) -> Given:
    """The value that a quantity is given."""
    number = body.body if isinstance(body, Neg) else body
    whole = isinstance(head, Ref) and head.time is None and isinstance(number, Num)
    value = None if not whole or not isinstance(number, Num) else number.value * (-1 if isinstance(body, Neg) else 1)
    return Given(_named(head), value, stated.line.section, stated.span.start, stated.line.supposes_value)


def _named(head: Ref | Entry | None) -> str:
    """The quantity that a head defines, or entries of it."""
    inner = head.body if isinstance(head, Entry) else head
    return inner.name if isinstance(inner, Ref) else ""


def _names_another(head: Ref, draft: Draft) -> bool:
    r"""`a_t = \hat y_t = softmax(z_t)`: the member before is a definition by nothing but this name."""
    return head.name not in draft.definitions and any(
        isinstance(d.body, Ref) and d.body.name == head.name
        for d, _ in (*draft.definitions.values(), *draft.timeless.values())
    )


def _fuller(body: Term, stated: Stated, draft: Draft, notation: Notation) -> None:
    r"""Where a chain gives a quantity two formulas, `z_t = \sigma(W + U h_{t-1}) = \sigma(W x_t + U h_{t-1})`, and the
    later one reads all that the first reads and more, something is left out of the first."""
    head = draft.heads.get(stated.chain)
    known = None if head is None else draft.definitions.get(head.name)
    if head is None or known is None or known[1].chain != stated.chain or head.time is None:
        return
    before, var = known[0], known[0].var
    if is_signature(before.body):
        _spell(replace(before, body=body, span=stated.span), stated, draft, notation)
        return
    if var is None or before.indices or head.time != Affine.of(var) or head.name in draft.shorter:
        return
    less, more = ({(x.name, x.time) for x in walk(term) if isinstance(x, Ref)} for term in (before.body, body))
    if less < more and (head.name, head.time) not in more and is_closed(body, {var}, notation):
        draft.shorter[head.name] = known
        draft.definitions[head.name] = (replace(before, body=body, span=stated.span), stated)


def is_signature(body: Term) -> bool:
    """`f(x_t, h_{t-1})`: a function of the note's own of nothing but names."""
    own = isinstance(body, Apply) and body.function.own and not body.function.order
    return own and isinstance(body, Apply) and all(isinstance(x, Ref) for x in body.args)


def _spell(definition: Definition, stated: Stated, draft: Draft, notation: Notation) -> None:
    """Enter a formula that stands behind a list of arguments in a chain."""
    if not is_signature(definition.body) and is_closed(definition.body, {definition.var or ""}, notation):
        draft.spelled.setdefault(definition.name, (definition, stated))


def _is_written_out(head: Ref, stated: Stated, draft: Draft) -> bool:
    """`z_t = (z_1, z_2) = f(...)`: the members before say nothing but what the entries are called."""
    return draft.heads.get(stated.chain) == head and head.name not in draft.definitions


def _declares(stated: Stated, draft: Draft, setting: Setting) -> bool:
    """Whether a relation says what a letter stands for: a shape, a range, a space."""
    shape = None if _is_about_integers(stated) else stated_shape(stated, setting.builder)
    if shape is not None:
        _state(shape, stated, draft)
        return True
    if _writes_out(stated, draft, setting.builder):
        return True
    if _is_about_integers(stated):
        return True
    if stated.mark == r"\to" and not stated.line.inline:
        return False
    return stated.mark in DECLARING or (stated.left is not None and _is_time_range(stated, setting.notation))


def _writes_out(stated: Stated, draft: Draft, builder: Builder) -> bool:
    """Whether a relation writes a quantity out in its own entries; where it stands later in a chain, it is a claim, and
    states the size all the same."""
    left, right = (None if side is None else builder.tried(side) for side in (stated.left, stated.right))
    if stated.place == 0 and isinstance(left, Ref):
        draft.heads[stated.chain] = left
    back = None if left is None or not isinstance(right, Ref) else own_entries(left)
    if back is not None and back[0] == right:
        _state({right.name: back[1]}, stated, draft)  # `[w_{11} ...] = W`
    written = None if right is None else own_entries(right)
    if written is None or written[0] != draft.heads.get(stated.chain):
        return False
    _state({written[0].name: written[1]}, stated, draft)
    return stated.place == 0


def _state(shapes: Mapping[str, Shape], stated: Stated, draft: Draft) -> None:
    """Enter stated shapes; the first statement about a quantity counts."""
    draft.either_way |= set(shapes) - set(draft.shapes) if stands_either_way(stated) else set()
    for name, shape in shapes.items():
        if draft.shapes.setdefault(name, shape) != shape:
            message = f"{name} is stated {shape} here, and {draft.shapes[name]} before"
            draft.faults.append(Fault("shape-conflict", message, "use two names, or correct one of them", stated.span))


def _is_hypothesis(stated: Stated, head: Ref | Entry | None, body: Term, draft: Draft) -> bool:
    """`sum_k y_{t,k} = 1`: something about given quantities only."""
    left = draft.builder.tried(stated.left) if stated.left is not None and draft.builder is not None else None
    if left is None or head is not None:
        return False
    refs = [x for t in (left, body) for x in walk(t) if isinstance(x, Ref)]
    names = {x.name for x in refs}
    given = (
        bool(names)
        and all(x.time is not None for x in refs)
        and not names & (set(draft.definitions) | set(draft.timeless))
    )
    return given and not any(isinstance(x, Deriv) for t in (left, body) for x in walk(t)) and isinstance(body, Num)


def _is_about_integers(stated: Stated) -> bool:
    """`t >= 1`, "if a = b": an inline relation between bare letters says nothing about the network."""
    if not stated.line.inline or stated.line.declared or stated.mark in DECLARING:
        return False
    sides = (affine(stated.left), affine(stated.right))
    small = all(a is not None and all(len(n) == 1 and n.islower() for n in a.names()) for a in sides)
    return small and (stated.mark != "=" or all(a is not None and a.parts for a in sides))


def _is_time_range(stated: Stated, notation: Notation) -> bool:
    """`t = 1, ..., T` says what a letter runs over."""
    value = affine(stated.left)
    right = affine(stated.right)
    return (
        value is not None
        and len(value.parts) == 1
        and not value.const
        and right is not None
        and value.names() <= (notation.times | {"i", "j", "k", "l"}) - frozenset(notation.slots)
    )


def _head(stated: Stated, builder: Builder) -> Ref | Entry | str | None:
    """What a definition would define: a quantity, entries of one, or (as text) something of the checker's own."""
    assert stated.left is not None  # noqa: S101 - the caller has seen to it
    left = builder.tried(stated.left)
    if left is None:
        return None
    written = own_entries(left)
    if written is not None:  # `z_t = (z_1, z_2) = f(...)`, but not `(z_1, z_2) = z`
        return written[0] if stated.place and written[0] != builder.tried(stated.right) else None
    if isinstance(left, Indicator) and stated.place == 0:
        return "an indicator"
    if isinstance(left, Deriv) and occurrence(stated.left) is not None and left == builder.tried(stated.right):
        return "a derivative between two steps"
    if isinstance(left, Apply) and stated.place == 0 and not left.function.order and isinstance(left.args[0], Ref):
        own = left.function.own or left.function.name in builder.meanings.values()
        if own and left.args[0].time is None:
            return "a function"
    inner = left.body if isinstance(left, Entry) else left
    if not isinstance(inner, Ref):
        return None
    if isinstance(left, Entry):
        letters = [i for i in left.indices if i is not None and len(i.parts) == 1 and not i.const]
        if len(letters) != len(left.indices) or len({str(i) for i in letters}) != len(letters):
            return None
    return left  # type: ignore[return-value]


def _column(stated: Stated, body: Deriv, builder: Builder) -> tuple[Ref | None, Deriv]:
    r"""`\delta_t^\top = \frac{\partial L}{\partial z_t}`: the name of a derivative that is a row, as the column."""
    left = builder.tried(stated.left)
    if isinstance(left, Transpose) and isinstance(left.body, Ref) and left.body.time is not None:
        return left.body, replace(body, layout="gradient")
    return None, body


def _why_not(node: Node | None, builder: Builder) -> str:
    """Why a formula has no meaning that the checker knows."""
    try:
        builder.build(node)
    except NotBuilt as reason:
        return f"the checker does not know {reason.message}"
    except NoPattern as reason:
        return reason.message
    return ""


def _count(stated: Stated, draft: Draft, builder: Builder) -> None:
    """Enter which names a relation mentions; the left side of a chain counts where it stands."""
    names: set[str] = set()
    for side in (stated.left if stated.place == 0 else None, stated.right):
        term = None if side is None else builder.tried(side)
        names |= set() if term is None else {x.name for x in walk(term) if isinstance(x, Ref)}
    for name in names:
        draft.mentions[name] = draft.mentions.get(name, 0) + 1


def _body(stated: Stated, builder: Builder) -> Term | None:
    body = builder.tried(stated.right)
    left = builder.tried(stated.left) if builder.convention else None
    return body if body is None or left is None else summed(body, letters_of_left(left, body))


def _define(head: Ref | Entry, body: Term, stated: Stated, draft: Draft, setting: Setting) -> bool:
    """Enter a definition; False when the relation is a claim about something already defined."""
    notation = setting.notation
    ref = head.body if isinstance(head, Entry) else head
    assert isinstance(ref, Ref)  # noqa: S101 - _head has seen to it
    indices = tuple(str(i) for i in head.indices) if isinstance(head, Entry) else ()
    if is_homonym(ref.name) and (supplied := _time_to_supply(body, notation)) is not None:
        ref = replace(ref, name=as_written(ref.name), time=Affine.of(supplied))
        draft.notes.append(f"{ref.name} is understood as {ref.name}_{supplied}")
        draft.supplied |= {ref.name} if labels_of(ref.name) else set()
    ref, body = _among_steps(ref, body, draft, notation)
    body, indices = _at_every_step(body, indices, notation)
    body = _whole_total(ref, _by_arguments(body), draft)
    if ref.time is None and _is_timeless_model(ref, body) and not _of_steps(body, draft):
        return _define_timeless(ref, body, stated, draft, indices)
    if ref.time == Affine.of(LAST) and as_written(ref.name) in notation.at_last and _is_of_one_step(body):
        ref, body = replace(ref, time=Affine.of(notation.main)), substitute(body, {LAST: Affine.of(notation.main)})
    time = ref.time
    if time is not None and (not time.parts or time.names() == {LAST}):
        return _define_initial(ref, body, stated, draft)
    if time is not None and (len(time.parts) != 1 or time.parts[0][1] != 1):
        return False
    var = None if time is None else time.parts[0][0]
    if time is not None and var is not None and time.const:
        body = substitute(body, {var: Affine.of(var) - time.const})
    sizes = {n for shape in draft.shapes.values() for axis in shape.axes for n in axis.names()}
    sizes |= {name for name, _, _ in sizes_counted(body)}
    if not is_closed(body, {*indices, *sizes, *([var] if var else [])}, notation):
        return False
    definition = Definition(ref.name, body, var, indices, None, stated.span)
    return _enter(_without_slip(definition, stated, draft), stated, draft)


def _among_steps(head: Ref, body: Term, draft: Draft, notation: Notation) -> tuple[Ref, Term]:
    r"""`\alpha_t = \mathrm{softmax}(e)_t`, and `\alpha = \mathrm{softmax}(e)`, of a number `e_t` at each step: the
    share of a step among all of them."""
    call, time = (body.body, body.indices[0]) if isinstance(body, Entry) else (body, Affine.of(notation.main))
    if not isinstance(call, Apply) or call.function.name != "softmax" or time is None or head.time not in {None, time}:
        return head, body
    inner = call.args[0]
    if not isinstance(inner, Ref) or not is_homonym(inner.name) or is_homonym(head.name) != (call is body):
        return head, body
    given = draft.definitions.get(as_written(inner.name))
    if given is None or not _is_product_of_vectors(given[0].body):
        return head, body
    other = fresh_name((body,), {notation.main})
    shares = [Apply(Function("exp"), (Ref(as_written(inner.name), at, inner.span),)) for at in (time, Affine.of(other))]
    whole = Sum(other, Affine(1), Affine.of(LAST), shares[1])
    return Ref(as_written(head.name), time, head.span), Divide(shares[0], whole, body.span)


def _at_every_step(body: Term, indices: tuple[str, ...], notation: Notation) -> tuple[Term, tuple[str, ...]]:
    r"""`e_{t,j} = s_t^\top h_j`: a vector with an entry for each step, where there is one length alone."""
    steps = {n for x in walk(body) if isinstance(x, Ref) and x.time is not None for n in x.time.names()}
    if len(indices) != 1 or indices[0] not in steps or len(notation.last) > 1:
        return body, indices
    return Family(indices[0], Affine(1), Affine.of(LAST), body, across=False), ()


def _is_product_of_vectors(body: Term) -> bool:
    r"""`v^\top h_t`: a number."""
    first = body
    while isinstance(first, Mul):
        first = first.left
    row = isinstance(first, Transpose) and isinstance(first.body, Ref) and not letter_of(first.body.name).isupper()
    return isinstance(body, Inner) or (row and isinstance(body, Mul) and not isinstance(body.right, Transpose))


def _by_arguments(term: Term) -> Term:
    r"""`b_t = \frac{\partial f(x_t, h_{t-1}, w)}{\partial w}`: a derivative of a call by one of its arguments, which
    has a name of its own, holds the others fixed."""
    new = rebuild(term, _by_arguments)
    if not (isinstance(new, Deriv) and isinstance(new.of, Apply) and new.of.function.own and new.mode == "total"):
        return new
    return replace(new, mode="direct") if len(new.of.args) > 1 and new.by in new.of.args else new


def _whole_total(head: Ref, body: Term, draft: Draft) -> Term:
    r"""`L = L_1 + L_2 + L_3`, `L = \sum_{t=1}^3 L_t`: a total of a few steps is the sum over all of so many."""
    ends = _few_steps(body) if head.time is None and letter_of(head.name) in LOSS_LETTERS else set()
    if len(ends) == 1:
        draft.taken |= ends
        draft.notes.append(f"{as_written(head.name)}, the sum over {min(ends)} steps, is the sum over all steps")
        return _over_all_steps(body)
    items = body.items if isinstance(body, Add) and letter_of(head.name) in LOSS_LETTERS else ()
    names = {x.name for x in items if isinstance(x, Ref)}
    steps = [x.time for x in items if isinstance(x, Ref)]
    if head.time is not None or len(names) != 1 or steps != [Affine(n) for n in range(1, len(items) + 1)]:
        return body
    (name,) = names
    draft.taken.add(len(items))
    draft.notes.append(f"{as_written(head.name)}, written out for {len(items)} steps, is the sum over all steps")
    return Sum("t", Affine(1), Affine.of(LAST), Ref(name, Affine.of("t")), (), body.span)


def _few_steps(body: Term) -> set[int]:
    """The numbers of steps that a formula sums over, from the first one on."""
    return {x.high.const for x in walk(body) if _is_over_few_steps(x)}


def _is_over_few_steps(term: Term) -> TypeGuard[Sum]:
    if not isinstance(term, Sum) or term.low != Affine(1) or term.high.parts or term.high.const <= 1:
        return False
    return any(isinstance(x, Ref) and x.time is not None and term.var in x.time.names() for x in walk(term.body))


def _over_all_steps(term: Term) -> Term:
    new = rebuild(term, _over_all_steps)
    return replace(new, high=Affine.of(LAST)) if _is_over_few_steps(new) else new


def _without_slip(definition: Definition, stated: Stated, draft: Draft) -> Definition:
    r"""`p_i = e^{a_i} / \sum_j e^{a_i}`: a sum over entries that does not use its letter is a slip of the pen, and is
    read with it in place of the one of the left side.
    """
    if len(definition.indices) != 1 or definition.name in draft.definitions:
        return definition
    slip = next((x for x in walk(definition.body) if isinstance(x, Sum) and _is_idle(x, definition.indices[0])), None)
    if slip is None:
        return definition
    message = f"the sum over {slip.var} in the formula for {as_written(definition.name)} does not use {slip.var}"
    draft.slips[definition.name] = (message, slip.span or stated.span)
    return replace(definition, body=_using_letters(definition.body, definition.indices[0]))


def _is_idle(term: Sum, index: str) -> bool:
    """Whether a sum over entries has the index of the left side where its own letter should stand."""
    return index in free_names(term.body) and term.var not in free_names(term.body)


def _using_letters(term: Term, index: str) -> Term:
    if isinstance(term, Sum) and _is_idle(term, index):
        body = substitute(term.body, {index: Affine.of(term.var)})
        ends = counted_from_one(term.var, (term.low, term.high), body, term.where)
        return replace(term, body=body, low=ends[0], high=ends[1])
    return rebuild(term, lambda child: _using_letters(child, index))


def _is_of_one_step(body: Term) -> bool:
    """Whether the last step enters a formula as the step of its quantities alone, and not as an end or a number."""
    for x in walk(body):
        ends = (x.low, x.high) if isinstance(x, Sum | Prod) else (x.value,) if isinstance(x, Count) else ()
        if any(LAST in end.names() for end in ends):
            return False
    return True


def _enter(definition: Definition, stated: Stated, draft: Draft) -> bool:
    known = draft.definitions.get(definition.name)
    if any(isinstance(x, Ref) and x.name == definition.name and x.time is None for x in walk(definition.body)):
        return False
    if known is None:
        draft.definitions[definition.name] = (definition, stated)
        return True
    before, where = known
    if _overrules(definition, stated, known, draft):
        draft.definitions[definition.name] = (definition, stated)
        return True
    if _is_example_of(before, definition):
        draft.values = True
        draft.definitions[definition.name] = (definition, stated)
        return True
    if isinstance(definition.body, Deriv) and (_looks_ahead(before) or _is_computed_from_some(before, draft)):
        draft.definitions[definition.name] = (definition, stated)
        draft.recursions.append(where)
        draft.mentioned.append(before.body)
        return True
    asked = stated.line.text is not None  # what somebody asks is a claim
    if is_signature(before.body) and not is_signature(definition.body) and not asked:
        draft.spelled.setdefault(definition.name, (definition, stated))
    elsewhere = where.line.section != stated.line.section and not stated.line.declared and not asked
    if not elsewhere or before.body == definition.body or _is_backward(definition, before, draft):
        return False
    if _says_the_same(definition, before, draft):
        draft.restated.setdefault(stated.line.section, set()).add(definition.name)
    else:
        draft.redefined.setdefault(stated.line.section, set()).add(definition.name)
        if _is_another_network(definition, before, stated, draft):
            draft.another.add(stated.line.section)
    return False


def _is_backward(definition: Definition, before: Definition, draft: Draft) -> bool:
    """Whether a derivative, or what is computed from some, is given a formula of another kind: that is a claim, and a
    section that gives some of them is a summary, no other network."""
    derivative = isinstance(before.body, Deriv) or _is_computed_from_some(before, draft)
    return derivative and not isinstance(definition.body, Deriv)


def _is_computed_from_some(definition: Definition, draft: Draft) -> bool:
    """Whether a quantity is computed from derivatives, and given as none."""
    if isinstance(definition.body, Deriv):
        return False
    return definition.name in of_derivatives({n: d for n, (d, _) in draft.definitions.items()})


def _says_the_same(definition: Definition, before: Definition, draft: Draft) -> bool:
    """Whether a formula is the one of before with a part that has a name written out, or named."""
    return same_written_out(definition, before, {n: d for n, (d, _) in draft.definitions.items()})


def _is_example_of(before: Definition, definition: Definition) -> bool:
    r"""Whether a formula has numbers where a later one for the same has weights, `0.5 h_{t-1}` beside `w h_{t-1}`: the
    cell of a worked example, given before the cell itself.
    """
    numbers = any(isinstance(x, Num) and x.value.denominator != 1 for x in walk(before.body))
    weights, others = (any(isinstance(x, Ref) and x.time is None for x in walk(d.body)) for d in (definition, before))
    return numbers and weights and not others and not isinstance(definition.body, Deriv)


def _is_another_network(definition: Definition, before: Definition, stated: Stated, draft: Draft) -> bool:
    r"""Whether a section that gives a quantity anew goes on with another network: a state has another formula, or a
    state of the section's own gives it, `h_t = o_t \odot \tanh(c_t)`, or a loss at the last step is one of all steps
    of what the section gives, or the other way round.
    """
    known = {n: d for n, (d, _) in draft.definitions.items()}
    states = Network(known, {}, frozenset()).states
    read = {x.name for x in walk(definition.body) if isinstance(x, Ref)} - {definition.name}
    here = {n for n, (_, where) in draft.definitions.items() if where.line.section == stated.line.section}
    loss = letter_of(before.name) in LOSS_LETTERS and _over_steps(before.body) != _over_steps(definition.body)
    return bool(({before.name} | (read & here)) & states) or (loss and bool(read & here))


def _over_steps(body: Term) -> bool:
    """Whether a formula sums over steps."""
    sums = [x for x in walk(body) if isinstance(x, Sum)]
    return any(
        isinstance(x, Ref) and x.time is not None and s.var in x.time.names() for s in sums for x in walk(s.body)
    )


def _overrules(definition: Definition, stated: Stated, known: tuple[Definition, Stated], draft: Draft) -> bool:
    r"""Whether the note itself defines what a declaration was to add: declarations never change a note.

    A name that is declared to be a derivative (`\delta_t`) is another matter: a formula for it is a claim.
    """
    before, where = known
    meant = isinstance(before.body, Deriv) and not isinstance(definition.body, Deriv)
    if not where.line.added or stated.line.declared or meant or before.body == definition.body:
        return False
    message = f"{as_written(definition.name)} is declared, but the note defines it; the note is followed"
    draft.faults.append(Fault("declaration-conflict", message, "remove the declaration", stated.span))
    return True


def _looks_ahead(definition: Definition) -> bool:
    """A recursion that runs backward is better understood by the derivative that its name stands for."""
    if definition.var is None or any(isinstance(x, Deriv) for x in walk(definition.body)):
        return False
    return any(
        isinstance(x, Ref)
        and x.name == definition.name
        and x.time is not None
        and (x.time - Affine.of(definition.var)).const > 0
        for x in walk(definition.body)
    )


def _define_timeless(ref: Ref, body: Term, stated: Stated, draft: Draft, indices: tuple[str, ...]) -> bool:
    if any(isinstance(x, Deriv) for x in walk(body)) or isinstance(body, Ref):
        return False
    if stated.line.inline and not stated.line.declared and not any(isinstance(x, Ref) for x in walk(body)):
        return False
    if any(isinstance(x, Ref) and x.name == ref.name for x in walk(body)):
        return False
    definition = Definition(ref.name, body, None, indices, None, stated.span)
    known = draft.timeless.get(ref.name)
    if known is not None and not _overrules(definition, stated, known, draft):
        return False
    draft.timeless[ref.name] = (definition, stated)
    return True


def _define_initial(ref: Ref, body: Term, stated: Stated, draft: Draft) -> bool:
    """`y(0) = 0`; a formula for step 3 of something that has a formula for every step is a claim."""
    simple = not any(isinstance(x, Deriv | Sum) for x in walk(body)) and not free_names(body)
    known = next((one for one in draft.initial if one[0].name == ref.name and one[0].at == ref.time), None)
    time = ref.time
    if not simple or time is None or (time.parts == () and time.const > 0 and not stated.line.declared):
        return False
    if any(isinstance(x, Ref) and x.time is not None for x in walk(body)):
        return False
    computed = draft.definitions.get(ref.name)
    if computed is not None and time.parts and not _looks_ahead(computed[0]):
        return False  # nothing runs backward from there
    definition = Definition(ref.name, body, None, (), time, stated.span)
    if known is not None and not _overrules(definition, stated, known, draft):
        return False
    draft.initial = [one for one in draft.initial if one is not known]
    draft.initial.append((definition, stated))
    return True


def _time_to_supply(body: Term, notation: Notation) -> str | None:
    times = free_names(body) & notation.times - {LAST}  # a total over all steps says nothing about the last
    return next(iter(times)) if len(times) == 1 else None


def _is_timeless_model(head: Ref, body: Term) -> bool:
    refs = [x for x in walk(body) if isinstance(x, Ref)]
    return any(is_homonym(x.name) for x in (head, *refs)) and not any(x.time for x in refs)


def _of_steps(body: Term, draft: Draft) -> bool:
    r"""Whether a formula without steps is made of what some step gives: `L = \|y - d\|` where `y = V h_T`."""
    return speaks_of(body, draft.definitions)


def is_closed(body: Term, allowed: set[str], notation: Notation) -> bool:
    """Only the head's own letters are free (and sizes, which are no letters of time or index)."""
    free = free_names(body) - allowed - {LAST}
    return not any(n in notation.times or n in {"i", "j", "k", "l", r"\ell", "m", "n"} for n in free if not is_end(n))
