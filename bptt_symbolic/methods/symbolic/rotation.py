r"""Step -> step: a product of `B_s C_{s-1}` is, but for its ends, a product of `C_s B_s`.

So the product of `W D_{s-1}`, which carries errors from activation to activation, is known by the product of `D_s W`,
which carries them from state to state.
"""

from dataclasses import dataclass

from bptt_symbolic.methods.symbolic.forms import ONE, Form, Mono, Time, instance, put, put_factors, split
from bptt_symbolic.methods.symbolic.world import STAMP, World


@dataclass(frozen=True, slots=True)
class Rotation:
    """`B_s` and `C_s` at the time STAMP, and the step `C_s B_s`, with the indices `size:r0` and `size:c0`."""

    newer: Form
    older: Form
    step: Form


def rotated(world: World, step: Form, size: str) -> Rotation | None:
    """The rotation of a step that is one product, some of its factors at the time before; None for any other."""
    if len(step) != 1:
        return None
    (coefficient, mono), row, column = step[0], f"{size}:r0", f"{size}:c0"
    old = tuple((a, e) for a, e in mono.factors if a.times and all(t == (STAMP, -1) for t in a.times))
    new = tuple(f for f in mono.factors if f not in old)
    if not old or not new or any(t != (STAMP, 0) for a, _ in new for t in a.times):
        return None
    touched = {split(i)[1] for a, _ in old for i in a.idx}
    if touched != {column} or row in touched or any("|" in i for a, _ in mono.factors for i in a.idx):
        return None
    now = put_factors(old, {}, {STAMP: (STAMP, 1)})
    diagonal = (world.delta(row, column), 1)
    newer: Form = [(coefficient, Mono(new, mono.idx))]
    older: Form = [(ONE, Mono((*now, diagonal)))]
    whole: Form = [(coefficient, Mono((*put_factors(now, {column: row}, {}), *new), mono.idx))]
    return Rotation(newer, older, whole)


def with_ends(form: Form, size: str, ends: tuple[str, str], time: Time) -> Form:
    """A step at a time, between two indices."""
    return [
        (c, put(m, {f"{size}:r0": ends[0], f"{size}:c0": ends[1]}, {})) for c, m in instance(form, {}, {STAMP: time})
    ]
