"""Network -> graph: every definition as array operations, for every step and sequence at once.

Index names (`y_{t,i}`, bound by a sum or by a definition by entries) become data axes like any other: a value has its
axes for index names first, then its axes up and down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bptt_symbolic.network import Network
from bptt_symbolic.numeric.faults import NumericError
from bptt_symbolic.numeric.graph import LETTERS, At, Delay, Given, Graph, Identity, Mask, Node, Space
from bptt_symbolic.numeric.names import initial_name, plain
from bptt_symbolic.numeric.slopes import KNOWN, SLOPES
from bptt_symbolic.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    AtLabel,
    Cases,
    Constant,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Family,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    SameEntry,
    Stack,
    Sum,
    Term,
    Transpose,
    substitute,
)


@dataclass(frozen=True, slots=True)
class Value:
    """A node whose data axes are those of index names, then `up` axes up, then axes down."""

    node: Node
    index: tuple[str, ...] = ()
    up: int = 0

    @property
    def axes(self) -> int:
        """How many axes are up or down."""
        return len(self.node.space.dims) - len(self.index)


@dataclass(frozen=True, slots=True)
class Env:
    """What free integer names of a term mean: the name of the current step, and the length of every index."""

    step: str | None = None
    lengths: Mapping[str, Affine] = field(default_factory=dict)


@dataclass(slots=True)
class Lowering:
    """The graph of a network, as far as it has been asked for."""

    network: Network
    functions: Mapping[str, str]
    stated: bool = True
    """Whether initial values that the note states are taken from it; otherwise all of them are arguments."""
    graph: Graph = field(default_factory=Graph)
    initial: dict[tuple[str, int], Node] = field(default_factory=dict)
    """Variable, how many steps before the first one -> its value there."""
    _done: dict[str, Node] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def quantity(self, name: str) -> Node:
        """A quantity at the current step, or without time."""
        if name not in self._done:
            if name in self._open:
                raise NumericError(f"{name} is defined by itself", "a definition may read earlier steps only")
            self._open.add(name)
            self._done[name] = self._computed(name) if name in self.network.definitions else self._given(name, 0)
            self._open.discard(name)
            if name in self.network.temporal:
                self.graph.variables.setdefault(name, self._done[name])
        return self._done[name]

    def _given(self, name: str, offset: int) -> Node:
        timed = name in self.network.temporal
        return self.graph.node(Given(name, offset), (), Space(self._dims(name), time=timed, batch=timed))

    def _dims(self, name: str) -> tuple[Affine, ...]:
        if name not in self.network.shapes:
            raise NumericError(f"{name} is never defined", "define it, or declare its shape")
        return self.network.shapes[name].axes

    def _computed(self, name: str) -> Node:
        definition = self.network.definitions[name]
        if definition.at is not None:
            raise NumericError(f"{name} is defined at one step only", "define it for every step")
        dims = self._dims(name)
        lengths = dict(zip(definition.indices, dims, strict=False))
        value = self.lowered(definition.body, Env(definition.var, lengths))
        if definition.indices:
            value = self._as_axes(value, definition.indices, lengths)
        return self._filled(value.node, dims, name)

    def _filled(self, node: Node, dims: tuple[Affine, ...], name: str) -> Node:
        """A bare number stands for the whole vector."""
        if node.space.dims == dims:
            return node
        if node.space.dims:
            raise NumericError(f"the definition of {name} has another shape than {name}", "check its shape")
        letters = LETTERS[: len(dims)]
        return self.graph.arranged(node, "", letters, dict(zip(letters, dims, strict=True)))

    def lowered(self, term: Term, env: Env) -> Value:  # noqa: C901, PLR0912 - one case a constructor
        """A term as array operations."""
        graph = self.graph
        match term:
            case Num(value=number):
                return Value(graph.number(number))
            case Count(value=count):
                return Value(graph.count(_in_own_letters(count, env)))
            case Ref(name=name, time=time):
                return Value(self._read(name, time, env), (), len(self.network.shapes[name].up))
            case Constant():
                return self._constant(term)
            case Entry():
                return self._entry(term, env)
            case Add(items=items):
                return self._added([self.lowered(item, env) for item in items])
            case Neg(body=body):
                inner = self.lowered(body, env)
                return replace(inner, node=graph.scaled(inner.node, -1))
            case Mul(left=Diag(body=left), right=right) if self.lowered(right, env).up == 1:
                return self._scaling_rows(self.lowered(left, env), self.lowered(right, env))
            case Mul(left=left, right=right):
                a, b = self.lowered(left, env), self.lowered(right, env)
                return self._product(
                    a, b, b.up if a.axes and b.axes else 0, a.up + b.up if not (a.axes and b.axes) else a.up
                )
            case Hadamard(left=left, right=right):
                return self._entrywise(self.lowered(left, env), self.lowered(right, env))
            case Divide(left=left, right=right):
                below = self.lowered(right, env)
                return self._entrywise(
                    self.lowered(left, env), replace(below, node=graph.map("reciprocal", below.node))
                )
            case Outer(left=left, right=right):
                return self._product(self.lowered(left, env), self.lowered(right, env), 0, 1)
            case Inner(left=left, right=right) | AtLabel(body=left, label=right):
                a, b = self.lowered(left, env), self.lowered(right, env)
                return self._product(a, b, a.axes, 0)
            case Power():
                return self._power(term, env)
            case Transpose(body=body):
                return self._transposed(self.lowered(body, env))
            case Diag(body=body):
                inner = self.lowered(body, env)
                return self._scaling_rows(inner, self._identity(inner.node.space.dims[-1])) if inner.axes else inner
            case Apply():
                return self._applied(term, env)
            case Stack(items=items, across=across):
                return self._stacked([self.lowered(item, env) for item in items], across=across)
            case Family(var=var, low=low, high=high, across=across):
                inner = self.lowered(term.body, _with_index(env, var, _range(low, high, term)))
                named = self._as_axes(inner, (var,), {var: high})
                return replace(named, up=0 if across else 1)
            case Sum():
                return self._sum(term, env)
            case Prod(low=low, high=high) if not (low.parts or high.parts):
                return self._repeated(term, env)
            case Prod() | Cases() | Indicator() | SameEntry():
                what = {Prod: "a product over a range", Cases: "cases"}.get(type(term), "an indicator")
                raise NumericError(f"{what} in the forward computation has no fast form", "use unroll at fixed steps")
            case Deriv():
                raise NumericError("a derivative in the forward computation", "define the network without derivatives")

    # references

    def _read(self, name: str, time: Affine | None, env: Env) -> Node:
        if time is None:
            return self.quantity(name)
        offset = None if env.step is None else time - Affine.of(env.step)
        if offset is None or offset.parts:
            return self._at_fixed(name, time)
        if offset.const and name in self.network.definitions:
            return self._delayed(name, -offset.const)
        return self.quantity(name) if not offset.const else self._given(name, offset.const)

    def _at_fixed(self, name: str, time: Affine) -> Node:
        """The value at a step that is written as `T`, `T - 1`, `1`."""
        if time.names() - {LAST}:
            raise NumericError(f"{name} is read at the step {time}", "definitions may read steps at a fixed distance")
        if not time.parts and name in self.network.states and time.const < self.network.start:
            return self._initial(name, self.network.start - time.const)
        node = self.quantity(name)
        return self.graph.node(At(time), (node,), Space(node.space.dims, batch=node.space.batch))

    def _delayed(self, name: str, lag: int) -> Node:
        """A state some steps before; one that reads its own later value is zero after the last step."""
        if lag < 0 and name not in self.network.backward:
            raise NumericError(f"{name} is read at a later step", "definitions may read earlier steps only")
        for back in range(1, lag + 1):
            self._initial(name, back)
        return self.graph.node(Delay(name, lag), (), Space(self._dims(name), time=True, batch=True))

    def _initial(self, name: str, back: int) -> Node:
        """The value `back` steps before the first one: stated by the note, or an argument."""
        if (name, back) not in self.initial:
            time, dims = self.network.start - back, self._dims(name)
            fixed = [d for d in self.network.initial if self.stated and d.name == name and d.at == Affine(time)]
            if fixed and fixed[0].indices:
                raise NumericError(f"the initial value of {name} is given by entries", "give it as a vector")
            node = (
                self._filled(self.lowered(fixed[0].body, Env()).node, dims, name)
                if fixed
                else self.graph.node(Given(initial_name(name, time)), (), Space(dims, batch=True))
            )
            self.initial[name, back] = node
        return self.initial[name, back]

    # tensors

    def _constant(self, term: Constant) -> Value:
        number = self.graph.number(0 if term.kind == "zero" else 1)
        if term.size is None:
            return Value(number)
        if term.kind == "identity":
            return self._identity(term.size)
        return Value(self.graph.arranged(number, "", "a", {"a": term.size}), (), 1)

    def _identity(self, size: Affine) -> Value:
        return Value(self.graph.node(Identity(), (), Space((size, size))), (), 1)

    def _entry(self, term: Entry, env: Env) -> Value:
        body = self.lowered(term.body, env)
        node, names, kept_up, axis = body.node, list(body.index), 0, len(body.index)
        places: list[str | None] = [None] * len(body.index)
        for number, place in enumerate((*term.indices, *([None] * (body.axes - len(term.indices))))):
            if place is None:
                kept_up += number < body.up
                places.append(None)
                axis += 1
                continue
            name = str(place)
            if place == Affine.of(name) and name in env.lengths and name not in names:
                if env.lengths[name] != node.space.dims[axis]:
                    node = self.graph.part(node, axis, Affine(), env.lengths[name])
                places.append(name)
                names.append(name)
                axis += 1
            elif not place.names() - set(self.network.sizes):
                letters = LETTERS[: len(node.space.dims)]
                piece = self.graph.part(node, axis, place - 1, place)
                node = self.graph.total(piece, letters, letters[:axis] + letters[axis + 1 :])
            else:
                raise NumericError(f"the index {place} of an entry has no fast form", "use unroll at fixed steps")
        return self._indexed_first(node, places, tuple(body.index), kept_up)

    def _indexed_first(self, node: Node, places: list[str | None], index: tuple[str, ...], up: int) -> Value:
        """Axes that became indices go before the others."""
        letters = LETTERS[: len(places)]
        ahead = [k for k, p in zip(letters, places, strict=True) if p is not None]
        start = len(index)
        order = letters[:start] + "".join(ahead) + "".join(k for k in letters[start:] if k not in ahead)
        names = (*index, *(p for p in places if p is not None))
        rest = len(letters) - len(names)
        sizes = dict(zip(letters, node.space.dims, strict=True))
        return Value(
            self.graph.arranged(node, letters, order, sizes), names, min(up, rest) if rest > 1 else rest and max(up, 1)
        )

    def _letters(self, *values: Value) -> list[str]:
        """Letters for the axes of several values: one for each index name, fresh ones for the rest."""
        free = iter(LETTERS)
        named: dict[str, str] = {}
        for value in values:
            for name in value.index:
                if name not in named:
                    named[name] = next(free)
        return ["".join(named[n] for n in v.index) + "".join(next(free) for _ in range(v.axes)) for v in values]

    def _product(self, a: Value, b: Value, joined: int, up: int) -> Value:
        """The last `joined` axes of `a` meet the first of `b`."""
        left, right = self._letters(a, b)
        if joined:
            right = right[: len(b.index)] + left[len(left) - joined :] + right[len(b.index) + joined :]
        if a.axes and joined and a.node.space.dims[-joined:] != b.node.space.dims[len(b.index) : len(b.index) + joined]:
            raise NumericError("a product of unequal sizes", "check the shapes of the note")
        index = tuple(dict.fromkeys((*a.index, *b.index)))
        names = "".join(dict.fromkeys(left[: len(a.index)] + right[: len(b.index)]))
        rest = left[len(a.index) : len(left) - joined] + right[len(b.index) + joined :]
        return Value(self.graph.contract(a.node, b.node, left, right, names + rest), index, up)

    def _scaling_rows(self, a: Value, b: Value) -> Value:
        """`diag(a) b`: entry `i` of the vector scales row `i`."""
        left, right = self._letters(a, b)
        left = left[: len(a.index)] + right[len(b.index) : len(b.index) + 1]
        index = tuple(dict.fromkeys((*a.index, *b.index)))
        names = "".join(dict.fromkeys(left[: len(a.index)] + right[: len(b.index)]))
        return Value(self.graph.contract(a.node, b.node, left, right, names + right[len(b.index) :]), index, b.up)

    def _entrywise(self, a: Value, b: Value) -> Value:
        left, right = self._letters(a, b)
        if a.axes and b.axes:
            right = right[: len(b.index)] + left[len(a.index) :]
        whole = a if a.axes else b
        index = tuple(dict.fromkeys((*a.index, *b.index)))
        names = "".join(dict.fromkeys(left[: len(a.index)] + right[: len(b.index)]))
        rest = left[len(a.index) :] if a.axes else right[len(b.index) :]
        return Value(self.graph.contract(a.node, b.node, left, right, names + rest), index, whole.up)

    def _added(self, items: list[Value]) -> Value:
        whole = max(items, key=lambda item: item.axes)
        index = tuple(dict.fromkeys(name for item in items for name in item.index))
        return Value(self.graph.added(*(self._spread(item, index, whole, items) for item in items)), index, whole.up)

    def _spread(self, item: Value, index: tuple[str, ...], whole: Value, items: list[Value]) -> Node:
        """A summand with the axes of the sum; one without any is left as it is."""
        if not item.node.space.dims or (item.index == index and item.axes == whole.axes):
            return item.node
        sizes = {n: s for v in items for n, s in zip(v.index, v.node.space.dims, strict=False)}
        named = dict(zip(index, LETTERS, strict=False))
        rest = LETTERS[len(index) : len(index) + whole.axes]
        own = "".join(named[n] for n in item.index) + (rest if item.axes else "")
        lengths = {named[n]: sizes[n] for n in index}
        lengths |= dict(zip(rest, whole.node.space.dims[len(whole.index) :], strict=True))
        return self.graph.arranged(item.node, own, "".join(named.values())[: len(index)] + rest, lengths)

    def _as_axes(self, value: Value, names: tuple[str, ...], lengths: Mapping[str, Affine]) -> Value:
        """Index names become ordinary axes again, in this order, behind those that stay."""
        stay = tuple(n for n in value.index if n not in names)
        own = dict(zip((*value.index, *names), LETTERS, strict=False))
        letters = {n: LETTERS[i] for i, n in enumerate(dict.fromkeys((*value.index, *names)))}
        del own
        spare = LETTERS[len(letters) : len(letters) + value.axes]
        before = "".join(letters[n] for n in value.index) + spare
        after = "".join(letters[n] for n in (*stay, *names)) + spare
        sizes = {letters[n]: size for n, size in lengths.items() if n in letters}
        sizes |= dict(zip(before, value.node.space.dims, strict=True))
        return Value(self.graph.arranged(value.node, before, after, sizes), stay, len(names))

    def _transposed(self, value: Value) -> Value:
        letters = LETTERS[: len(value.node.space.dims)]
        start = len(value.index)
        order = letters[:start] + letters[start + value.up :] + letters[start : start + value.up]
        sizes = dict(zip(letters, value.node.space.dims, strict=True))
        return replace(value, node=self.graph.arranged(value.node, letters, order, sizes), up=value.axes - value.up)

    def _power(self, term: Power, env: Env) -> Value:
        body, exponent = self.lowered(term.body, env), term.exponent
        if exponent.parts:
            raise NumericError(f"a power with the exponent {exponent} has no fast form", "use unroll at fixed steps")
        if term.entrywise or body.axes <= 1:
            return replace(body, node=self.graph.power(body.node, exponent.const))
        if exponent.const < 0:
            raise NumericError("a negative power of a matrix", "write the inverse as a parameter of its own")
        result = self._identity(body.node.space.dims[-1]) if not exponent.const else body
        for _ in range(exponent.const - 1):
            result = self._product(result, body, 1, 1)
        return result

    def _repeated(self, term: Prod, env: Env) -> Value:
        """A product over numbers that are known: one factor after another."""
        times = range(term.low.const, term.high.const + 1)
        factors = [self.lowered(substitute(term.body, {term.var: Affine(i)}), env) for i in times]
        if not factors:
            return Value(self.graph.number(1)) if term.size is None else self._identity(term.size)
        ordered = factors[::-1] if term.newest else factors
        result = ordered[0]
        for factor in ordered[1:]:
            result = self._product(result, factor, factor.up, result.up)
        return result

    def _stacked(self, parts: list[Value], *, across: bool) -> Value:
        if any(p.index for p in parts):
            raise NumericError("a stack of entries by index has no fast form", "use unroll at fixed steps")
        rows = [p.node if p.axes else self.graph.arranged(p.node, "", "a", {"a": Affine(1)}) for p in parts]
        return Value(self.graph.joined(rows), (), 0 if across else 1)

    def _sum(self, term: Sum, env: Env) -> Value:
        if term.where:
            raise NumericError("a sum with further conditions has no fast form", "use unroll at fixed steps")
        if not (term.low.parts or term.high.parts):
            each = [substitute(term.body, {term.var: Affine(i)}) for i in range(term.low.const, term.high.const + 1)]
            return self._added([self.lowered(e, env) for e in each]) if each else Value(self.graph.number(0))
        if LAST in term.low.names() | term.high.names() or env.step in term.low.names() | term.high.names():
            return self._over_time(term, env)
        inner = self.lowered(term.body, _with_index(env, term.var, _range(term.low, term.high, term)))
        if term.var not in inner.index:
            return replace(inner, node=self.graph.times(self.graph.count(term.high), inner.node))
        letters = LETTERS[: len(inner.node.space.dims)]
        gone = letters[inner.index.index(term.var)]
        left = tuple(n for n in inner.index if n != term.var)
        return Value(self.graph.total(inner.node, letters, letters.replace(gone, "")), left, inner.up)

    def _over_time(self, term: Sum, env: Env) -> Value:
        """A sum over steps: all of them, or those that a mask keeps."""
        if env.step is not None:
            raise NumericError("a sum over other steps in a definition of a step", "use unroll at fixed steps")
        inner = self.lowered(term.body, replace(env, step=term.var))
        node, first = inner.node, self.network.start
        if (term.low, term.high) != (Affine(first), Affine.of(LAST)):
            mask = self.graph.node(Mask(term.low, term.high), (), Space((), time=True))
            node = self.graph.times(mask, node)
        if not node.space.time:
            steps = self.graph.count(Affine.of(LAST) - (first - 1))
            return replace(inner, node=self.graph.times(steps, node))
        letters = LETTERS[: len(node.space.dims)]
        return replace(inner, node=self.graph.total(node, letters, letters, over_time=True))

    # functions

    def _applied(self, term: Apply, env: Env) -> Value:
        function = term.function
        name = function.name
        if function.generic:
            name = self.functions.get(name) or self.functions.get(plain(name), name)
        if function.generic and function.name.startswith("loss "):
            raise NumericError(f"the note leaves the {function.name} open", "define it in the note")
        if len(term.args) != 1:
            raise NumericError(f"the function {name} has several arguments", "define it in the note")
        if name not in KNOWN | {"sum"}:
            known = ", ".join(sorted(KNOWN))
            help_ = f"known are {known}; say what it is, as in functions={{{plain(function.name)!r}: 'tanh'}}"
            raise NumericError(f"the function {name} is not known", help_)
        inner = self.lowered(term.args[0], env)
        if name in {"softmax", "logsumexp"}:
            if inner.axes != 1 or function.order:
                raise NumericError(f"{name} of something that is no vector", "apply it to a vector")
            node = self.graph.normalised(name, inner.node)
            return replace(inner, node=node, up=0 if name == "logsumexp" else inner.up)
        if name == "sum":
            letters = LETTERS[: len(inner.node.space.dims)]
            return Value(self.graph.total(inner.node, letters, letters[: len(inner.index)]), inner.index)
        return replace(inner, node=self._derivative(name, function.order, inner.node))

    def _derivative(self, name: str, order: int, x: Node) -> Node:
        """The function, or its first derivative, by entries."""
        if order == 0 or name == "identity":
            return self.graph.map(name, x) if not order else self.graph.number(int(order == 1))
        if order > 1:
            raise NumericError(f"derivative {order} of {name} in the forward computation", "use unroll at fixed steps")
        return SLOPES[name](self.graph, x, self.graph.map(name, x))


def _with_index(env: Env, var: str, length: Affine) -> Env:
    return replace(env, lengths={**env.lengths, var: length})


def _range(low: Affine, high: Affine, term: Sum | Family) -> Affine:
    """The length of a range from 1 on."""
    if low != Affine(1):
        raise NumericError(f"a range of {term.var} from {low} on has no fast form", "use unroll at fixed steps")
    return high


def _in_own_letters(count: Affine, env: Env) -> Affine:
    return count if env.step is None else count.put({env.step: Affine.of("t")})
