"""Network -> graph: every definition as array operations, for every step and sequence at once.

Index names (`y_{t,i}`, bound by a sum or by a definition by entries) become data axes like any other: a value has its
axes for index names first, then its axes up and down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.keywords import initial_name, plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
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
from bptt_symbolic.numeric.functions import KNOWN, slope, value
from bptt_symbolic.numeric.graph import LETTERS, STEP, At, Delay, Given, Mask, Node, Space
from bptt_symbolic.numeric.graph_values import Value, Values
from bptt_symbolic.numeric.numeric_error import NumericError


@dataclass(frozen=True, slots=True)
class Env:
    """What free integer names of a term mean: the name of the current step, and the length of every index."""

    step: str | None = None
    lengths: Mapping[str, Affine] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Lowering(Values):
    """The graph of a network, as far as it has been asked for."""

    network: Network
    functions: Mapping[str, str]
    stated: bool = True
    """Whether initial values that the note states are taken from it; otherwise all of them are arguments."""
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
            value = self.as_axes(value, definition.indices, lengths)
        return self.filled(value.node, dims, name)

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
                return self.added([self.lowered(item, env) for item in items])
            case Neg(body=body):
                inner = self.lowered(body, env)
                return replace(inner, node=graph.scaled(inner.node, -1))
            case Mul(left=Diag(body=left), right=right) if self.lowered(right, env).up == 1:
                return self.scaled_rows(self.lowered(left, env), self.lowered(right, env))
            case Mul(left=left, right=right):
                a, b = self.lowered(left, env), self.lowered(right, env)
                return self.product(
                    a, b, b.up if a.axes and b.axes else 0, a.up + b.up if not (a.axes and b.axes) else a.up
                )
            case Hadamard(left=left, right=right):
                return self.entrywise(self.lowered(left, env), self.lowered(right, env))
            case Divide(left=left, right=right):
                below = self.lowered(right, env)
                return self.entrywise(self.lowered(left, env), replace(below, node=graph.map("reciprocal", below.node)))
            case Outer(left=left, right=right):
                return self.product(self.lowered(left, env), self.lowered(right, env), 0, 1)
            case Inner(left=left, right=right) | AtLabel(body=left, label=right):
                a, b = self.lowered(left, env), self.lowered(right, env)
                return self.product(a, b, a.axes, 0)
            case Power():
                return self._power(term, env)
            case Transpose(body=body):
                return self.transposed(self.lowered(body, env))
            case Diag(body=body):
                inner = self.lowered(body, env)
                return self.scaled_rows(inner, self.identity(inner.node.space.dims[-1])) if inner.axes else inner
            case Apply():
                return self._applied(term, env)
            case Stack(items=items, across=across):
                return self._stacked([self.lowered(item, env) for item in items], across=across)
            case Family(var=var, low=low, high=high, across=across):
                inner = self.lowered(term.body, _with_index(env, var, _range(low, high, term)))
                if inner.axes:
                    raise NumericError("a matrix with dots in the forward computation", "name the matrix")
                named = self.as_axes(inner, (var,), {var: high})
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
                self.filled(self.lowered(fixed[0].body, Env()).node, dims, name)
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
            return self.identity(term.size)
        return Value(self.graph.arranged(number, "", "a", {"a": term.size}), (), 1)

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
        return self.indexed_first(node, places, tuple(body.index), kept_up)

    def _power(self, term: Power, env: Env) -> Value:
        body, exponent = self.lowered(term.body, env), term.exponent
        if exponent.parts:
            raise NumericError(f"a power with the exponent {exponent} has no fast form", "use unroll at fixed steps")
        if term.entrywise or body.axes <= 1:
            return replace(body, node=self.graph.power(body.node, exponent.const))
        if exponent.const < 0:
            raise NumericError("a negative power of a matrix", "write the inverse as a parameter of its own")
        result = self.identity(body.node.space.dims[-1]) if not exponent.const else body
        for _ in range(exponent.const - 1):
            result = self.product(result, body, 1, 1)
        return result

    def _repeated(self, term: Prod, env: Env) -> Value:
        """A product over numbers that are known: one factor after another."""
        times = range(term.low.const, term.high.const + 1)
        factors = [self.lowered(substitute(term.body, {term.var: Affine(i)}), env) for i in times]
        if not factors:
            return Value(self.graph.number(1)) if term.size is None else self.identity(term.size)
        ordered = factors[::-1] if term.newest else factors
        result = ordered[0]
        for factor in ordered[1:]:
            result = self.product(result, factor, factor.up, result.up)
        return result

    def _stacked(self, parts: list[Value], *, across: bool) -> Value:
        if any(p.index for p in parts):
            raise NumericError("a stack of entries by index has no fast form", "use unroll at fixed steps")
        if not across and all(p.axes and not p.up for p in parts):
            one = Affine(1)
            columns = [self.graph.arranged(p.node, "b", "ba", {"b": p.node.space.dims[-1], "a": one}) for p in parts]
            return self.transposed(Value(self.graph.joined(columns), (), 1))
        rows = [p.node if p.axes else self.graph.arranged(p.node, "", "a", {"a": Affine(1)}) for p in parts]
        return Value(self.graph.joined(rows), (), 0 if across else 1)

    def _sum(self, term: Sum, env: Env) -> Value:
        if term.where:
            raise NumericError("a sum with further conditions has no fast form", "use unroll at fixed steps")
        if not (term.low.parts or term.high.parts):
            each = [substitute(term.body, {term.var: Affine(i)}) for i in range(term.low.const, term.high.const + 1)]
            return self.added([self.lowered(e, env) for e in each]) if each else Value(self.graph.number(0))
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
        if function.own:
            name = self.functions.get(name) or self.functions.get(plain(name), name)
        if function.kind == "loss":
            raise NumericError(f"the note leaves the {function.called} open", "define it in the note")
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
        own = value(self.graph, name, x)
        if order == 0:
            return own
        if order > 1:
            raise NumericError(f"derivative {order} of {name} in the forward computation", "use unroll at fixed steps")
        return slope(self.graph, name, x, own)


def _with_index(env: Env, var: str, length: Affine) -> Env:
    return replace(env, lengths={**env.lengths, var: length})


def _range(low: Affine, high: Affine, term: Sum | Family) -> Affine:
    """The length of a range from 1 on."""
    if low != Affine(1):
        raise NumericError(f"a range of {term.var} from {low} on has no fast form", "use unroll at fixed steps")
    return high


def _in_own_letters(count: Affine, env: Env) -> Affine:
    return count if env.step is None else count.put({env.step: Affine.of(STEP)})
