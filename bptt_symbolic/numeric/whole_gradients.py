"""A gradient and the right one, as arrays -> what is wrong as a whole: sign, factor, decay, clipping.

These need no look into the network: each is seen from the numbers of one gradient at several points.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
FLOOR = 1e-3
"""The share of the largest entry below which an entry is not looked at by itself."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One call: what was given, what came back, what is right."""

    steps: int
    batch: int
    point: Mapping[str, Array]
    theirs: Mapping[str, Array]
    ours: Mapping[str, Array]


Found = tuple[str, str]
"""Kind and message."""


def error(a: Array, b: Array) -> float:
    """The largest error of an entry, relative to its own size and a thousandth of the largest entry."""
    if a.shape != b.shape or not np.all(np.isfinite(a)):
        return float("inf")
    scale = np.abs(b) + FLOOR * np.max(np.abs(b), initial=0.0)
    return float(np.max(np.abs(a - b) / np.maximum(scale, np.finfo(float).tiny), initial=0.0))


def wholly(names: Sequence[str], samples: Sequence[Sample], allowed: float) -> Found | None:
    """What is wrong with all gradients alike, or None."""
    for look in (_sign, _factor, _decay, _clipped, _turned):
        if (found := look(names, samples, allowed)) is not None:
            return found
    return None


def _fits(
    names: Sequence[str], samples: Sequence[Sample], allowed: float, made: Callable[[Sample, str], Array]
) -> bool:
    return all(error(s.theirs[n], made(s, n)) <= allowed for s in samples for n in names)


def _sign(names: Sequence[str], samples: Sequence[Sample], allowed: float) -> Found | None:
    fits = _fits(names, samples, allowed, lambda s, n: -s.ours[n])
    return ("sign", "it is the negative of the gradient") if fits else None


def _ratio(sample: Sample, names: Sequence[str]) -> float:
    """The multiple of the right gradients that is nearest."""
    above = sum(float(np.vdot(sample.ours[n], sample.theirs[n])) for n in names)
    below = sum(float(np.vdot(sample.ours[n], sample.ours[n])) for n in names)
    return above / below if below else 0.0


def _factor(names: Sequence[str], samples: Sequence[Sample], allowed: float) -> Found | None:
    ratios = [_ratio(s, names) for s in samples]
    if not _fits(names, samples, allowed, lambda s, n: _ratio(s, names) * s.ours[n]):
        return None
    for what, counts in (
        ("the steps", [s.steps for s in samples]),
        ("the sequences", [s.batch for s in samples]),
        ("the steps and the sequences", [s.steps * s.batch for s in samples]),
    ):
        if max(counts) > 1 and all(abs(r * n - 1) <= allowed for r, n in zip(ratios, counts, strict=True)):
            return "mean for sum", f"it is the mean over {what}, where the loss is their sum"
    if np.ptp(ratios) <= allowed * max(map(abs, ratios)) and any(ratios):
        return "wrong number", f"it is {ratios[0]:.6g} times the gradient"
    if all(r == 0 for r in ratios):
        return None
    lengths = {r * _norm(s.ours, names) for r, s in zip(ratios, samples, strict=True) if abs(r - 1) > allowed}
    if lengths and np.ptp(list(lengths)) <= allowed * max(lengths) and max(ratios) <= 1 + allowed:
        return "clipping", f"it is scaled down to the length {max(lengths):.6g}"
    return None


def _norm(found: Mapping[str, Array], names: Sequence[str]) -> float:
    return float(np.sqrt(sum(float(np.vdot(found[n], found[n])) for n in names)))


def _decay(names: Sequence[str], samples: Sequence[Sample], allowed: float) -> Found | None:
    """The gradient and a multiple of the parameter."""
    if any(n not in s.point or s.point[n].shape != s.ours[n].shape for s in samples for n in names):
        return None
    above = sum(float(np.vdot(s.point[n], s.theirs[n] - s.ours[n])) for s in samples for n in names)
    below = sum(float(np.vdot(s.point[n], s.point[n])) for s in samples for n in names)
    rate = above / below if below else 0.0
    fits = rate and _fits(names, samples, allowed, lambda s, n: s.ours[n] + rate * s.point[n])
    return ("weight decay", f"{rate:.6g} times the parameter is added: the loss has no such term") if fits else None


def _clipped(names: Sequence[str], samples: Sequence[Sample], allowed: float) -> Found | None:
    """Entries that are cut at a bound."""
    bound = max(float(np.max(np.abs(s.theirs[n]), initial=0.0)) for s in samples for n in names)
    cut = sum(int(np.sum(np.abs(s.ours[n]) > bound * (1 + allowed))) for s in samples for n in names)
    if not cut or not bound:
        return None
    fits = _fits(names, samples, allowed, lambda s, n: np.clip(s.ours[n], -bound, bound))
    return ("clipping", f"its entries are cut at {bound:.6g}") if fits else None


def _turned(names: Sequence[str], samples: Sequence[Sample], allowed: float) -> Found | None:
    """A transpose, or entries in another order."""
    matrices = [n for n in names if samples[0].ours[n].ndim == 2]  # noqa: PLR2004 - a matrix
    if not matrices or len(matrices) != len(names):
        return None
    fits = _fits(names, samples, allowed, lambda s, n: s.ours[n].T)
    return ("missing transpose", "it is the transpose of the gradient") if fits else None


def exchanged(name: str, samples: Sequence[Sample], allowed: float) -> Found | None:
    """The gradient by another parameter."""
    for other in samples[0].ours:
        if other != name and all(error(s.theirs[name], s.ours[other]) <= allowed for s in samples):
            return "wrong parameter", f"it is the gradient by {other}"
    return None
