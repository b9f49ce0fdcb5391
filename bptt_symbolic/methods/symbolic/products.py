r"""Ordered products and powers over symbolic bounds -> transfers.

A product of the steps of a chain is its transfer; a product of diagonal matrices or of numbers is a running product of its
factors; a power is a transfer whose step is always the same.
"""

from bptt_symbolic.methods.symbolic.axes import Indices
from bptt_symbolic.methods.symbolic.chains import Chains
from bptt_symbolic.methods.symbolic.effects import SEED
from bptt_symbolic.methods.symbolic.forms import (
    ONE,
    Atom,
    Form,
    Mono,
    Time,
    Unprovable,
    before,
    bound,
    equal,
    fresh,
    not_after,
    put,
    single,
    split,
    times,
)
from bptt_symbolic.methods.symbolic.reduce import normal
from bptt_symbolic.methods.symbolic.rotation import Rotation, rotated, with_ends
from bptt_symbolic.methods.symbolic.scope import Names
from bptt_symbolic.methods.symbolic.world import STAMP, Context
from bptt_symbolic.terms import Affine, Power, Prod


class Products(Chains):
    """Ordered products in one world."""

    def running_product(self, term: Prod, idx: Indices, names: Names) -> Form:
        """An ordered product over symbolic bounds; the identity where it is empty."""
        low, high = names.time(term.low), names.time(term.high)
        if {low[0], high[0]} & {STAMP, SEED}:
            raise Unprovable("a product over time inside of a definition")
        ends = (high, (low[0], low[1] - 1))
        inside = Names(names.times, names.places, (*names.cons, *self.running)).at(term.var, (STAMP, 0))
        form = self._long_product(term, idx, inside, ends)
        empty = single(self.world.delta(*idx)) if idx else [(ONE, Mono())]
        return [*bound(form, cons=(not_after(ends[1], ends[0]),)), *bound(empty, cons=(before(ends[0], ends[1]),))]

    def _long_product(self, term: Prod, idx: Indices, names: Names, ends: tuple[Time, Time]) -> Form:
        if not idx:
            body = self.value(term.body, (), names)
            return self.scalar_run(self.plain_step(body), ends)
        axes = self.shapes.of(term.body).axes
        if len(axes) != 2 or axes[0] != axes[1] or axes[0] in self.world.partitions:  # noqa: PLR2004 - a square matrix
            raise Unprovable("a product over time of something that is not a square matrix")
        size = str(axes[0])
        row, column = f"{size}:r0", f"{size}:c0"
        step = self.plain_step(self.value(term.body, (row, column) if term.newest else (column, row), names))
        return self.matrix_run(step, size, idx if term.newest else idx[::-1], ends)

    def matrix_run(self, step: Form, size: str, idx: Indices, ends: tuple[Time, Time]) -> Form:
        """A product of matrices, newest first: of diagonal ones, a running product of their entries."""
        row, column = f"{size}:r0", f"{size}:c0"
        free = {split(i)[1] for _, m in step for a, _ in m.factors for i in a.idx if i not in m.idx} - {row, column, ""}
        if free:
            raise Unprovable("a product over time that depends on other indices")
        delta = self.world.delta(row, column)
        if len(step) == 1 and (delta, 1) in step[0][1].factors and step[0][0] == 1 and not step[0][1].idx:
            kept = sorted(i for f, _ in step[0][1].factors if f != delta for i in f.idx)
            if set(kept) <= {min(row, column)}:
                runs = [(f, e) for f, e in step[0][1].factors if f != delta]
                kinds = [(self.run_kind(f), e, f.idx) for f, e in runs]
                if all(k is not None for k, _, _ in kinds):
                    factors = tuple((Atom(k, ends, idx[:1] if at else ()), e) for k, e, at in kinds if k is not None)
                    return times(single(self.world.delta(*idx)), [(ONE, Mono(factors))])
        turned = None if self._existing(step, size) else rotated(self.world, step, size)
        if turned is not None:
            return self._rotated_run(turned, size, idx, ends)
        number, flipped = self._matrix_chain(step, size)
        block = next(iter(self.world.chains[number].blocks))
        kind = self.world.kind("chain", number, block, block)
        return single(Atom(kind, ends, idx[::-1] if flipped else idx))

    def _existing(self, step: Form, size: str) -> bool:
        """Whether a step is that of a chain already."""
        return any(self._key(name, step, size, flip=False) in self.known for name in self.world.chain_names(size))

    def _rotated_run(self, turned: Rotation, size: str, idx: Indices, ends: tuple[Time, Time]) -> Form:
        r"""`\prod B_s C_{s-1} = B_t (\prod C_s B_s) C_k`, where there is a step at all."""
        (later, offset), earlier = ends
        first, last = fresh(size), fresh(size)
        inner = self.matrix_run(self.plain_step(turned.step), size, (first, last), ((later, offset - 1), earlier))
        head = with_ends(turned.newer, size, (idx[0], first), ends[0])
        tail = with_ends(turned.older, size, (last, idx[1]), earlier)
        long = bound(times(times(head, inner), tail), (first, last), cons=(before(earlier, ends[0]),))
        return [*long, *bound(single(self.world.delta(*idx)), cons=equal(*ends))]

    def _matrix_chain(self, step: Form, size: str) -> tuple[int, bool]:
        """The chain of a step, and whether it is the one of its transpose (where the step is always the same)."""
        for name in self.world.chain_names(size):
            for flip in (False, True):
                found = self.known.get(self._key(name, step, size, flip=flip))
                if found is not None and (not flip or self.world.chains[found].still):
                    return found, flip
        return self.new_chain({"": (size,)}, {("", ""): step}, "a product over time"), False

    def _key(self, name: str, step: Form, size: str, *, flip: bool) -> object:
        form = step
        if flip:
            env = {f"{size}:r0": f"{size}:c0", f"{size}:c0": f"{size}:r0"}
            form = [
                (c, m)
                for m, c in normal(self.world, Context(self.running), [(c, put(m, env, {})) for c, m in step]).items()
            ]
            form = [(c, Mono(m.factors, m.idx)) for c, m in form]
        return (((name, name), tuple(sorted(form, key=repr))),)

    def scalar_run(self, step: Form, ends: tuple[Time, Time]) -> Form:
        """A product of scalars: of single products, factor by factor."""
        if len(step) == 1 and step[0][0] == 1 and not step[0][1].idx:
            kinds = [(self.run_kind(a), e, a.idx) for a, e in step[0][1].factors]
            if all(k is not None for k, _, _ in kinds):
                return [(ONE, Mono(tuple((Atom(k, ends, idx), e) for k, e, idx in kinds if k is not None)))]
        if any(split(i)[1] not in m.idx for _, m in step for a, _ in m.factors for i in a.idx):
            raise Unprovable("a product over time that depends on indices")
        number = self.known.get((((name := self._scalar_state(), name), tuple(sorted(step, key=repr))),))
        if number is None:
            number = self.new_chain({"": ()}, {("", ""): step}, "a product over time")
        block = next(iter(self.world.chains[number].blocks))
        return self.transfer(number, (block, block), ends, ())

    def _scalar_state(self) -> str:
        return next(iter(self.world.chains[self.chain].blocks)) if self.chain is not None else ""

    def symbolic_power(self, term: Power, idx: Indices, names: Names) -> Form:
        """`A^(t-k)`, by the distance of its times."""
        ends = self._ends(term.exponent, names)
        shape = self.shapes.of(term.body)
        matrix = bool(shape.up and shape.down) and not term.entrywise
        if not matrix:
            body = self.plain_step(self.value(term.body, idx, names))
            if any(a.times for _, m in body for a, _ in m.factors):
                raise Unprovable("a power over time of something that depends on time")
            return self.scalar_run(body, ends)
        size = str(shape.axes[0])
        if shape.axes[0] in self.world.partitions:
            raise Unprovable("a power of a stack")
        step = self.plain_step(self.value(term.body, (f"{size}:r0", f"{size}:c0"), names))
        if any(a.times for _, m in step for a, _ in m.factors):
            raise Unprovable("a power over time of something that depends on time")
        return self.matrix_run(step, size, idx, ends)

    def _ends(self, exponent: Affine, names: Names) -> tuple[Time, Time]:
        plus = [n for n, c in exponent.parts if c == 1]
        minus = [n for n, c in exponent.parts if c == -1]
        if len(plus) != 1 or len(minus) > 1 or len(plus) + len(minus) != len(exponent.parts):
            raise Unprovable(f"the power {exponent}")
        later = names.time(Affine(exponent.const, ((plus[0], 1),)))
        return later, names.time(Affine.of(minus[0])) if minus else ("", 0)
