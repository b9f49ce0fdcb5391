r"""Several sequences at once: columns side by side as matrices, the loss a mean over the columns.

Z_t = U X_t + W S_{t-1} + b u^\top,   u = (1, \dots, 1)^\top,   L = 1/N \sum_n L^{(n)}
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bptt_symbolic.deriving.algebra import ONE, add, minus
from bptt_symbolic.deriving.gradients import END, NOW, Backward
from bptt_symbolic.deriving.indexing import Entries
from bptt_symbolic.deriving.own_notation import batch_name
from bptt_symbolic.deriving.pull import Open, reads
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, say
from bptt_symbolic.deriving.styles import NotApplicable
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Count,
    Deriv,
    Divide,
    Entry,
    Function,
    Hadamard,
    Mul,
    Neg,
    Num,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
    rebuild,
    walk,
)
from bptt_symbolic.scalars.rows import OF_VECTORS

TITLE = "the form for a minibatch"
FIRST = Affine(1)
MARK = "batch "
"""Before the name of a quantity: the matrix of its columns."""
WORDS = {"Stack": "stacked vectors", "Mul": "a loss with a product inside"}
"""Terms without a matrix form, in words."""
ONES = MARK + "ones"


@dataclass(frozen=True)
class Batch:
    """Turns the definitions of one sequence into those of several."""

    setting: Setting
    size: str
    """The name of the number of sequences."""
    column: str
    """The letter that counts them."""

    def matrix(self, term: Term) -> Term:
        """A column -> the matrix of all columns; raises Open."""
        match term:
            case Ref(name=name, time=time) if time is not None:
                return Ref(MARK + name, time)
            case Ref(name=name) if len(self.setting.network.shapes[name].axes) == 1:
                return Mul(term, Transpose(Ref(ONES)))
            case Num():
                return term
            case Add(items=items):
                return add(*(self.matrix(i) for i in items))
            case Neg(body=body):
                return Neg(self.matrix(body))
            case Hadamard(left=left, right=right):
                return Hadamard(self.matrix(left), self.matrix(right))
            case Mul(left=Ref(time=None) as left, right=right):
                return Mul(left, self.matrix(right))
            case Apply(function=function, args=(argument,)) if (
                not function.mixes(1) and function.name not in OF_VECTORS
            ):
                return Apply(function, (self.matrix(argument),))
            case _:
                raise Open(type(term).__name__)

    def entry(self, term: Term) -> Term:
        """An expression in entries of one column -> the same in the column that is counted."""
        if isinstance(term, Entry) and isinstance(term.body, Ref) and term.body.time is not None:
            place = Affine.of(self.column)
            return Entry(Ref(MARK + term.body.name, term.body.time), (*term.indices, place))
        if isinstance(term, Ref) and term.time is not None:
            raise Open("a scalar of each column")
        return rebuild(term, self.entry)


def sections(setting: Setting) -> Iterator[Section]:
    """The section; raises NotApplicable for a network that has no such form."""
    if setting.shaped:
        raise NotApplicable("a step has rows or matrices already")
    if len(setting.backward.losses) != 1 or setting.backward.timeless(next(iter(setting.backward.losses))):
        raise NotApplicable("it is written for a single loss of a step")
    if setting.backward.backward_states or len(setting.entries.letters) < 3:  # noqa: PLR2004 - row, sum, column
        raise NotApplicable("it is written for networks that run forward, with letters left for entries")
    if max(setting.backward.reach(n) for n in setting.backward.forward) > 1:
        raise NotApplicable("it is written for networks that look one step back")
    size = next(n for n in ("N", "B", "K", "Q") if n not in setting.network.shapes and n not in setting.network.sizes)
    batch = Batch(setting, size, setting.entries.letters[2])
    try:
        network = _network(batch)
    except Open as reason:
        raise NotApplicable(f"it has no matrix form for {WORDS.get(str(reason), reason)}") from reason
    yield _section(batch, network)


def _network(batch: Batch) -> Network:
    """The network of the matrices."""
    one = batch.setting.network
    shapes = {n: s for n, s in one.shapes.items() if n not in one.temporal and n not in one.definitions}
    shapes[ONES] = Shape((Affine.of(batch.size),))
    definitions: dict[str, Definition] = {}
    for name in one.shapes:
        if name in one.temporal and one.shapes[name].axes:
            shapes[MARK + name] = Shape(one.shapes[name].up, (Affine.of(batch.size),))
    for name, definition in batch.setting.backward.forward.items():
        if batch.setting.backward.timeless(name):
            continue  # the total, which comes last
        definitions[MARK + name] = _definition(batch, name, definition)
        if name in batch.setting.backward.losses:
            shapes[MARK + name] = Shape()
    total = MARK + batch.setting.backward.total
    step = next(iter(batch.setting.backward.losses))
    definitions[total] = Definition(total, Sum("t", Affine(one.start), END, Ref(MARK + step, NOW)))
    shapes[total] = Shape()
    if not any(reads(d.body, ONES) for d in definitions.values()):
        del shapes[ONES]
    temporal = frozenset(n for n in shapes if n.startswith(MARK) and n not in {ONES, total})
    return Network(definitions, shapes, temporal, (), one.start, frozenset(MARK + n for n in one.targets))


def _definition(batch: Batch, name: str, definition: Definition) -> Definition:
    body = definition.body
    entries = batch.setting.entries
    if name in batch.setting.backward.losses:
        column = batch.entry(_scalar(entries, body))
        mean = _over_columns(batch, column)
        return Definition(MARK + name, Mul(Divide(ONE, Count(Affine.of(batch.size))), mean), "t")
    if isinstance(body, Apply) and body.function.name == "softmax":
        i, j = entries.letters[:2]
        exp = Function("exp")
        above = Apply(exp, (batch.entry(entries.at(body.args[0], (i,))),))
        below = Apply(exp, (batch.entry(entries.at(body.args[0], (j,))),))
        size = batch.setting.network.shapes[name].axes[0]
        return Definition(MARK + name, Divide(above, Sum(j, FIRST, size, below)), "t", (i, batch.column))
    return Definition(MARK + name, batch.matrix(body), "t")


def _over_columns(batch: Batch, term: Term) -> Term:
    """The sum over the columns, behind a factor that is the same for all."""
    match term:
        case Mul(left=left, right=right) if not any(isinstance(x, Entry) for x in walk(left)):
            return Mul(left, _over_columns(batch, right))
        case Neg(body=body):
            return Neg(_over_columns(batch, body))
        case _:
            return Sum(batch.column, FIRST, Affine.of(batch.size), term)


def _scalar(entries: Entries, body: Term) -> Term:
    found = entries.at(body, ())
    if isinstance(found, Ref) or (isinstance(found, Apply) and found.function.own):
        raise Open("a loss of which nothing is known")
    return found


def _section(batch: Batch, network: Network) -> Section:
    setting = batch.setting
    total = MARK + setting.backward.total
    inner = replace(setting, backward=Backward(network, total))
    names = {
        n: batch_name(n.removeprefix(MARK), setting.names, setting.network)
        for n in network.shapes
        if n.startswith(MARK)
    }
    names |= _others(batch, setting, network)
    lines = [_line(inner, n) for n in inner.backward.forward if n != total]
    lines.append(
        Line(
            Ref(total),
            (network.definitions[total].body,),
            say("The loss of all steps."),
            "definition",
            label="batch-total",
        )
    )
    lines.extend(_claims(batch, inner))
    groups: dict[Shape, list[Ref]] = {}
    for name, shape in network.shapes.items():
        if name.startswith(MARK) and shape.axes and name != ONES:
            groups.setdefault(shape, []).append(Ref(name, NOW))
    shapes = [(tuple(r), s.axes) for s, r in groups.items()]
    if ONES in network.shapes:
        shapes.insert(0, ((Ref(ONES),), network.shapes[ONES].axes))
    before = say(
        "Now ",
        Affine.of(batch.size),
        " sequences are read at once. Their columns stand side by side in matrices, and the loss is the mean over the "
        "columns.",
        *((" The entries of ", Ref(ONES), " are 1: it gives each column its bias.") if ONES in network.shapes else ()),
    )
    return Section("A minibatch", tuple(lines), (before,), shapes=tuple(shapes), adds=network, names=names)


def _others(batch: Batch, setting: Setting, network: Network) -> dict[str, str]:
    """The names of the losses and of the column of ones."""
    taken = {*setting.names.values(), *setting.network.sizes, *setting.network.shapes}
    loss = next(n for n in (r"\mathcal{L}", r"\mathcal{E}", r"\mathcal{J}", "E") if n not in taken)
    ones = next(n for n in ("u", "v", "q", "r") if n not in taken)
    step = next(iter(setting.backward.losses))
    del batch, network
    return {MARK + step: loss, MARK + setting.backward.total: loss, ONES: ones}


def _line(inner: Setting, name: str) -> Line:
    definition = inner.backward.forward[name]
    left: Term = inner.now(name)
    if definition.indices:
        left = Entry(left, tuple(Affine.of(i) for i in definition.indices))
    return Line(left, (definition.body,), say(""), "definition", label=f"def-{name}")


def _claims(batch: Batch, inner: Setting) -> Iterator[Line]:
    backward = inner.backward
    yield from _score(batch, inner)
    for name in backward.recurrent:
        right = inner.side(add(*backward.adjoint(name)))
        yield Line(
            inner.loss_by(name), (right,), say("As for one sequence, column by column."), label=f"adjoint-{name}"
        )
    for name in batch.setting.by:
        try:
            right = inner.side(backward.parameter(name))
        except Open:
            continue
        reason = say("The product sums over the columns as well.")
        yield Line(inner.loss_by(name, None), (right,), reason, label=f"batch-gradient-{name}")


def _score(batch: Batch, inner: Setting) -> Iterator[Line]:
    """The softmax with a cross-entropy, entry by entry."""
    target = next(iter(inner.network.targets), None)
    step = next(iter(inner.backward.losses))
    for name, definition in batch.setting.backward.forward.items():
        body = definition.body
        if target and isinstance(body, Apply) and body.function.name == "softmax" and isinstance(body.args[0], Ref):
            i, j = batch.setting.entries.letters[:2]
            at = (Affine.of(i), Affine.of(batch.column))
            p, o, y = (Entry(Ref(n, NOW), at) for n in (MARK + name, MARK + body.args[0].name, target))
            total = Sum(j, FIRST, inner.network.shapes[target].up[0], Entry(Ref(target, NOW), (Affine.of(j), at[1])))
            mean = Mul(Divide(ONE, Count(Affine.of(batch.size))), minus(Mul(p, total), y))
            reason = say(
                "The sum is 1 where each column of ", Ref(target, NOW), " is one-hot; the mean brings the factor."
            )
            yield Line(Deriv(Ref(step, NOW), o), (mean,), reason, label="batch-score", optional=True)
