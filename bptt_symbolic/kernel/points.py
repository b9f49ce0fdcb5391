"""Points: the small rational numbers at which the kernel computes."""

import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import flint


@dataclass(frozen=True)
class Point:
    """Steps, sizes and a number for every given entry; the numbers follow from the seed, so that a point is a value."""

    steps: int
    sizes: Mapping[str, int]
    seed: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    """One-hot target -> the class (from 0) that it marks at the first step; it moves on by one class a step."""
    label_step: int = 0
    sum_to_one: frozenset[str] = frozenset()
    zero_start: bool = False

    def label(self, name: str, time: int | None, classes: int) -> int | None:
        """The class that a one-hot target marks at a step."""
        if name not in self.labels:
            return None
        return (self.labels[name] + (time or 0) - self.label_step) % classes

    def given(self, name: str, time: int | None, dims: tuple[int, ...], *, state: bool) -> list[flint.fmpq]:
        """The entries of a quantity that is not computed, in row-major order."""
        count = 1
        for d in dims:
            count *= d
        label = self.label(name, time, dims[0]) if len(dims) == 1 else None
        if label is not None:
            return [flint.fmpq(int(i == label)) for i in range(count)]
        if state and self.zero_start:
            return [flint.fmpq(0)] * count
        draw = random.Random(zlib.crc32(repr((self.seed, name, time)).encode()))  # noqa: S311 - reproducible
        entries = [flint.fmpq(draw.choice([-3, -2, -1, 1, 2, 3]), draw.choice([1, 2, 3, 4])) for _ in range(count)]
        if name in self.sum_to_one and len(dims) == 1:
            rest = flint.fmpq(0)
            for e in entries[:-1]:
                rest = rest + e
            entries[-1] = 1 - rest
        return entries
