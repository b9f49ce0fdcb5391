"""Setting -> the sections that every derivation begins with: the network, the loss, from the loss to what it reads."""

from collections.abc import Iterator

from bptt_symbolic.deriving.algebra import ONE, minus, neg
from bptt_symbolic.deriving.dataflow import refs_in
from bptt_symbolic.deriving.gradients import NOW, Reader, collected
from bptt_symbolic.deriving.pull import Open, Pull
from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Line, Section, Sentence, say
from bptt_symbolic.deriving.term_latex import has_letter
from bptt_symbolic.meaning.terms import (
    Affine,
    Apply,
    Condition,
    Deriv,
    Diag,
    Divide,
    Entry,
    Function,
    Indicator,
    Mul,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
    rebuild,
    walk,
)
from bptt_symbolic.scalars.expressions import called
from bptt_symbolic.scalars.rows import ROWS, derivative

FIRST = Affine(1)


def opening(setting: Setting) -> Iterator[Section]:
    """The sections."""
    yield network(setting)
    yield loss(setting)
    yield from output(setting)
    yield local(setting)


def network(setting: Setting) -> Section:
    """The definitions of a step, with the shapes of everything."""
    found = setting.network
    forward = [n for n in setting.backward.forward if n not in setting.backward.weights]
    lines = [_definition(setting, n) for n in forward]
    start = say("Before the first step.")
    lines.extend(Line(Ref(d.name, d.at), (d.body,), start, "definition") for d in found.initial)
    functions = {x.function.name for n in forward for x in walk(found.definitions[n].body) if isinstance(x, Apply)}
    functions |= {c for n in functions & set(ROWS) for c in called(derivative(n, 1))}
    before = [say("The running time is ", NOW, "; there are ", Affine.of("T"), " steps.")]
    if not any(shape.axes for shape in found.shapes.values()):
        before.append(say("All quantities are scalars."))
    if "sigmoid" in functions:
        before.append(say("The sigmoid is written $\\sigma$."))
    own = sorted(
        f.name
        for n in forward
        for x in walk(found.definitions[n].body)
        if isinstance(x, Apply) and (f := x.function).own and f.kind != "vector"
    )
    if own:
        words = ", ".join(f"${name}$" for name in dict.fromkeys(own))
        before.append(say(f"The activation {words} is any differentiable function, applied to each entry."))
    return Section("The network", tuple(lines), tuple(before), shapes=_shapes(setting))


def _definition(setting: Setting, name: str) -> Line:
    definition = setting.backward.forward[name]
    reason = say("The argument gets a name of its own.") if name in setting.given else say("")
    left: Term = setting.now(name)
    if definition.indices:
        left = Entry(left, tuple(Affine.of(i) for i in definition.indices))
    return Line(left, (definition.body,), reason, "definition", label=f"def-{name}")


def _shapes(setting: Setting) -> tuple[tuple[tuple[Ref, ...], tuple[Affine, ...]], ...]:
    """Quantities of equal shape together, inputs first."""
    groups: dict[Shape, list[Ref]] = {}
    for name, shape in setting.network.shapes.items():
        if shape.axes and name not in setting.network.adjoints:
            groups.setdefault(shape, []).append(setting.now(name))
    return tuple((tuple(refs), lengths(shape)) for shape, refs in groups.items())


def lengths(shape: Shape) -> tuple[Affine, ...]:
    """The sizes by which a shape is stated; a row is a matrix with one row."""
    return shape.axes if shape.up else (Affine(1), *shape.down)


def loss(setting: Setting) -> Section:
    """The losses of a step and the total."""
    backward = setting.backward
    open_ = [n for n in backward.losses if _is_open(backward.forward[n].body)]
    parts = [n for n in backward.forward if n in backward.weights and n not in {*open_, backward.total}]
    lines = [_definition(setting, n) for n in parts]
    total = setting.network.definitions[backward.total]
    if total.name not in open_:
        missing = "The loss of all steps; none was given, so that it is the sum."
        said = say(missing if total.name in setting.given else "The loss of all steps.")
        lines.append(Line(Ref(total.name), (total.body,), said, "definition", label="def-total"))
    before = [
        say("The loss ", setting.now(n), " is any differentiable function of ", *_joined(_arguments(setting, n)), ".")
        for n in open_
    ]
    kind = (
        " is one-hot: a one in the place of the right class, zeros elsewhere." if _is_class(setting) else " is given."
    )
    before.extend(say("The target ", setting.now(n), kind) for n in sorted(setting.network.targets))
    return Section("The loss", tuple(lines), tuple(before))


def _is_open(body: Term) -> bool:
    """Whether a loss is one of which nothing but its arguments is known, and whose function has no letter of its own:
    such a loss is not defined but described.
    """
    return isinstance(body, Apply) and body.function.kind == "loss" and not has_letter(body)


def _arguments(setting: Setting, name: str) -> list[Ref]:
    return list(dict.fromkeys(x for x in walk(setting.backward.forward[name].body) if isinstance(x, Ref)))


def _is_class(setting: Setting) -> bool:
    """Whether the loss compares a softmax with the target."""
    return any(
        isinstance(d.body, Apply) and d.body.function.name == "softmax" for d in setting.network.definitions.values()
    ) and bool(setting.network.targets)


# from the loss to what it reads


def output(setting: Setting) -> Iterator[Section]:
    """The derivatives of the loss of one step by everything that leads to it alone."""
    for step in setting.backward.losses:
        lines: list[Line] = []
        for name in _read_by_loss(setting, step):
            lines.extend(_by_output(setting, step, name))
        lines.extend(_output_parameters(setting, step))
        if lines:
            yield Section("From the loss to the score", tuple(lines), (_order(setting),))


def _output_parameters(setting: Setting, step: str) -> Iterator[Line]:
    """The loss of one step by parameters that the output alone uses; a loss without a step says it for all steps."""
    backward = setting.backward
    for name in setting.by:
        readers = backward.readers(name)
        if not readers or not all(r.name in backward.outward and backward.sees(step, r.name) for r in readers):
            continue
        if backward.timeless(step) and not all(backward.timeless(r.name) for r in readers):
            continue
        try:
            term = collected([_share(setting, step, r, name) for r in readers])
        except Open:
            continue
        words = _joined([setting.now(r.name) for r in readers])
        left = setting.derivative(setting.now(step), Ref(name))
        yield Line(left, (setting.side(term),), say("By the chain rule through ", *words, "."), label=f"loss-{name}")


def _order(setting: Setting) -> Sentence:
    if setting.shaped:
        return say("Every derivative of a number has the shape of what it is taken by.")
    if setting.columns:
        return say("Derivatives are in denominator layout: gradients are columns, Jacobians are transposed.")
    return say(
        "Derivatives are in numerator layout: gradients are rows, and a Jacobian has a row for each entry above."
    )


def _read_by_loss(setting: Setting, step: str) -> list[str]:
    """Outward quantities in the order of the backward pass, then what the loss reads of the recurrence."""
    backward = setting.backward
    same = backward.timeless(step)
    names = [n for n in backward.outward if backward.timeless(n) == same and backward.sees(step, n)]
    if same:  # the gradients by what has a step are those of the recursion
        return names
    return names + [
        n for n in backward.recurrent if any(r.lag == 0 and r.name in {step, *names} for r in backward.readers(n))
    ]


def _by_output(setting: Setting, step: str, name: str) -> Iterator[Line]:
    backward = setting.backward
    left = setting.derivative(setting.now(step), setting.now(name))
    readers = [r for r in backward.readers(name) if r.lag == 0 and r.at is None]
    same = backward.timeless(step)
    outward = [r for r in readers if r.name != step and r.name in backward.outward]
    through = [r for r in outward if backward.timeless(r.name) == same and backward.sees(step, r.name)]
    readers = [r for r in readers if r.name == step or r in through]
    soft = next((r.name for r in through if _softmax_of(setting, r.name) == name), None)
    if soft is not None and len(through) == 1 and len(readers) == 1:
        yield from _softmax(setting, step, soft, name)
        return
    try:
        terms = [_share(setting, step, r, name) for r in (*through, *(r for r in readers if r.name == step))]
    except Open:
        if not through:
            yield from _by_sum(setting, step, name)
        return
    total = setting.side(collected(terms))
    words = _joined([setting.now(r.name) for r in through])
    reason = (
        say("By the chain rule through ", *words, ".")
        if words
        else say("By the definition of ", setting.now(step), ".")
    )
    yield Line(left, (total,), reason, label=f"loss-{name}")


def _by_sum(setting: Setting, step: str, name: str) -> Iterator[Line]:
    """A loss that is a sum over entries: its derivative by an entry, and then by all of them."""
    try:
        found = list(Pull(name, setting.algebra).entries(setting.backward.forward[step].body, ONE))
    except Open:
        return
    letters = {letter for letter, _ in found}
    if len(letters) != 1 or len(setting.network.shapes[name].axes) != 1:
        return
    letter = letters.pop()
    loss, by = setting.now(step), setting.now(name)
    entry = collected([s.term for _, s in found])
    reason = say("Of the sum, only the term of the entry itself depends on it.")
    yield Line(Deriv(loss, Entry(by, (Affine.of(letter),))), (entry,), reason, optional=True)
    column = _whole(entry)
    left = setting.derivative(loss, by)
    yield Line(left, (setting.side(column),), say("All entries together."), label=f"loss-{name}", optional=True)


def _whole(term: Term) -> Term:
    """The vector of which a term is the entry: the indices go."""
    return term.body if isinstance(term, Entry) else rebuild(term, _whole)


def _share(setting: Setting, step: str, reader: Reader, name: str) -> Term:
    """What the derivative of a loss by one reader hands on."""
    of = setting.now(reader.name)
    g: Term = ONE if reader.name == step else setting.gradient(step, reader.name)
    pulled = Pull(name, setting.algebra).through(setting.backward.forward[reader.name].body, g, of)
    return collected([s.term for s in pulled if s.at == setting.now(name)])


def _joined(refs: list[Ref]) -> list[str | Term]:
    words: list[str | Term] = []
    for place, ref in enumerate(refs):
        words.extend(([" and "] if place == len(refs) - 1 else [", "]) if place else [])
        words.append(ref)
    return words


def _softmax_of(setting: Setting, name: str) -> str | None:
    body = setting.backward.forward[name].body
    if isinstance(body, Apply) and body.function.name == "softmax" and isinstance(body.args[0], Ref):
        return body.args[0].name
    return None


def _softmax(setting: Setting, step: str, soft: str, score: str) -> Iterator[Line]:
    """The softmax from first principles: its entries, its Jacobian, and what is left of it behind a loss."""
    p, o, target = setting.now(soft), setting.now(score), next(iter(setting.network.targets), None)
    size = setting.network.shapes[soft].axes[0]
    i, j = setting.entries.letters[:2]
    at_i, at_j = Affine.of(i), Affine.of(j)
    pi, pj, oi, oj = Entry(p, (at_i,)), Entry(p, (at_j,)), Entry(o, (at_i,)), Entry(o, (at_j,))
    exp = Function("exp")
    yield Line(
        pi,
        (Divide(Apply(exp, (oi,)), Sum(j, FIRST, size, Apply(exp, (oj,)))),),
        say("The softmax, entry by entry."),
        label="softmax",
    )
    same = Indicator((Condition(at_i, "=", at_j),))
    yield Line(
        Deriv(pi, oj),
        (Mul(pi, minus(same, pj)),),
        say("The quotient rule; the indicator is 1 where ", at_i, " and ", at_j, " are equal, and 0 elsewhere."),
        label="softmax-entries",
    )
    jacobian = minus(Diag(p), Mul(p, Transpose(p)))
    yield Line(
        setting.derivative(p, o),
        (jacobian,),
        say("The same as a matrix. It is symmetric, so that it is its own transpose."),
        label="softmax-jacobian",
    )
    by_p = setting.gradient(step, soft)
    chained = setting.algebra.mul(setting.derivative(p, o), by_p)
    if not setting.columns:
        chained = setting.algebra.mul(setting.algebra.rows(by_p), setting.derivative(p, o))
    left = setting.derivative(setting.now(step), o)
    yield Line(left, (chained,), say("By the chain rule through ", p, "."), label=f"loss-{score}")
    if target is None:
        return
    y = setting.now(target)
    yj, yi = Entry(y, (at_j,)), Entry(y, (at_i,))
    by_entry = Deriv(setting.now(step), oi)
    yield Line(
        by_entry,
        (
            neg(Sum(j, FIRST, size, Mul(yj, minus(same, pi)))),
            minus(Mul(pi, Sum(j, FIRST, size, yj)), yi),
        ),
        say("Entry by entry, with the loss put in: the ", pj, " cancel."),
        label=f"loss-{score}-entries",
        optional=True,
    )
    yield Line(
        left,
        (setting.side(minus(p, y)) if setting.columns else Transpose(minus(p, y)),),
        say("The sum over the classes is 1, and what is left is the error."),
        label=f"loss-{score}-short",
        optional=True,
    )


# the local derivatives


def local(setting: Setting) -> Section:
    """The Jacobians of each definition by each vector that it reads, where no other path makes it a longer story."""
    lines: list[Line] = []
    for name in setting.backward.forward:
        if name in setting.backward.weights:
            continue
        for source in _sources(setting, name):
            lines.extend(_jacobian(setting, name, source))
    return Section("Local derivatives", tuple(lines))


def _sources(setting: Setting, name: str) -> list[tuple[str, Reader]]:
    """What a definition reads that is computed or read at a step, each with how it is read."""
    backward, found = setting.backward, dict[tuple[str, Reader], None]()
    for x in refs_in(backward.forward[name].body):
        computed = x.time is not None or x.name in backward.forward
        if computed and x.name not in setting.network.targets:
            found.update({(x.name, r): None for r in backward.readers(x.name) if r.name == name})
    return list(found)


def _jacobian(setting: Setting, name: str, source: tuple[str, Reader]) -> Iterator[Line]:
    by, reader = source
    summed = setting.backward.timeless(name) and by in setting.network.temporal and reader.at is None
    if setting.shaped or summed or setting.network.role[by] == "input" or _softmax_of(setting, name) == by:
        return
    if by in setting.network.definitions and not setting.backward.direct(reader, by):
        return
    place = NOW - reader.lag if reader.at is None else reader.at
    left = setting.derivative(setting.now(name), setting.now(by, place))
    try:
        right = setting.jacobian(setting.backward.jacobian(reader, by))
    except Open:
        yield from _by_entries(setting, name, by, reader)
        return
    yield Line(left, (right,), _slope_reason(setting, name), label=f"jacobian-{name}-{by}")


def _by_entries(setting: Setting, name: str, by: str, reader: Reader) -> Iterator[Line]:
    """`W [x; y]` by `y`: the columns of `W` that meet it."""
    body = setting.backward.forward[name].body
    for x in walk(body):
        if isinstance(x, Mul) and isinstance(x.left, Ref) and hasattr(x.right, "items"):
            offset = Affine()
            for item in x.right.items:
                if isinstance(item, Ref) and item.name == by and item.time == NOW - reader.lag:
                    i, j = setting.entries.letters[:2]
                    at = Affine.of(i), Affine.of(j)
                    of, below = Entry(setting.now(name), at[:1]), Entry(item, at[1:])
                    right = Entry(x.left, (at[0], offset + at[1]))
                    yield Line(
                        Deriv(of, below),
                        (right,),
                        say("The columns of ", x.left, " that meet ", item, "."),
                        label=f"jacobian-{name}-{by}",
                        optional=True,
                    )
                    return
                offset = offset + _height(setting, item)


def _height(setting: Setting, item: Term) -> Affine:
    axes = setting.algebra.shape(item).axes
    return axes[0] if axes else Affine(1)


def _slope_reason(setting: Setting, name: str) -> Sentence:
    body = setting.backward.forward[name].body
    if isinstance(body, Apply) and (row := ROWS.get(body.function.name)) is not None and row.said:
        return say(row.said)
    if isinstance(body, Apply):
        return say("The function acts on each entry by itself.")
    return say("From the definition of ", setting.now(name), ".")
