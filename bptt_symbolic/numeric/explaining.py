"""Samples of a wrong gradient -> what the mistake is: the smallest case first, one mistake after the other.

    T = 1, 2, ...: the smallest number of steps at which something is wrong
    -> one thing altered in the backward pass (edits), or another network (other_conventions), that gives these numbers
    -> the same at every other number of steps, or: it explains so much, go on with it in place

What is confirmed at every sample is said without reserve.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric.describing import Described
from bptt_symbolic.numeric.graph import SEQUENCES, Given
from bptt_symbolic.numeric.mistakes import Edit, edits
from bptt_symbolic.numeric.other_conventions import conventions
from bptt_symbolic.numeric.tape import Change, Edge, Pass, Program, Tape
from bptt_symbolic.numeric.whole_gradients import Sample, error, exchanged, wholly

Array = Any
ROUNDS = 3
"""How many mistakes are looked for."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What is wrong with one gradient."""

    kind: str
    message: str
    place: str = ""
    """The quantity in whose definition the mistake is."""
    steps: int = 0
    """The smallest number of steps at which it shows."""


@dataclass(slots=True)
class Search:
    """Everything that is computed once about a wrong gradient."""

    described: Described
    samples: Sequence[Sample]
    """The fewest steps first."""
    firsts: Mapping[str, int]
    sizes: Mapping[str, int]
    names: tuple[str, ...]
    allowed: float
    _tapes: dict[tuple[int, int], Tape] = field(default_factory=dict)
    _values: dict[int, tuple[list[Array], dict[int, Array]]] = field(default_factory=dict)
    """Of a sample: the lines, and their slopes."""
    _below: dict[int, list[int]] = field(default_factory=dict)

    def wrong(self, sample: Sample, theirs: Mapping[str, Array] | None = None) -> frozenset[str]:
        """The gradients that are not what they should be, or not what `theirs` has."""
        right = sample.ours if theirs is None else theirs
        return frozenset(n for n in self.names if error(sample.theirs[n], right[n]) > self.allowed)

    def tape(self, sample: Sample) -> Tape:
        """The lines of a computation at so many steps."""
        key = sample.steps, sample.batch
        if key not in self._tapes:
            self._tapes[key] = Tape(self.described.program, sample.steps, {**self.sizes, SEQUENCES: sample.batch})
        return self._tapes[key]

    def gradients(self, sample: Sample, changes: Mapping[Edge, Change]) -> dict[str, Array]:
        """The gradients with edges changed."""
        tape = self.tape(sample)
        if id(sample) not in self._values:
            self._values[id(sample)] = tape.values(sample.point, self.firsts), {}
        values, slopes = self._values[id(sample)]
        return Pass(tape, values, changes, {}, slopes).gradients(self.firsts, sample.point)

    def of_program(self, program: Program, sample: Sample) -> dict[str, Array]:
        """The right gradients of another network."""
        tape = Tape(program, sample.steps, {**self.sizes, SEQUENCES: sample.batch})
        found = Pass(tape, tape.values(sample.point, self.firsts)).gradients(self.firsts, sample.point)
        return {n: found.get(n, np.zeros_like(sample.point[n])) for n in sample.ours}

    def reach(self, sample: Sample, edit: Edit) -> frozenset[str]:
        """The gradients that an edit can change."""
        tape = self.tape(sample)
        if sample.steps not in self._below:
            self._below[sample.steps] = _below(tape, self.names)
        masks = self._below[sample.steps]
        mask = 0
        for node, place in edit.changes:
            for number in tape.lines_of(node):
                if place < len(tape.lines[number].args):
                    mask |= masks[tape.lines[number].args[place]]
        return frozenset(n for i, n in enumerate(self.names) if mask >> i & 1)


def _below(tape: Tape, names: Sequence[str]) -> list[int]:
    """For each line, which of the gradients it is on the way to, as bits."""
    bits = {name: 1 << i for i, name in enumerate(names)}
    found: list[int] = []
    for line in tape.lines:
        mask = bits.get(plain(line.op.name), 0) if isinstance(line.op, Given) else 0
        for arg in line.args:
            mask |= found[arg]
        found.append(mask)
    return found


def diagnosed(search: Search) -> dict[str, Explained]:
    """What is wrong with each gradient that is."""
    samples = search.samples
    wrong = frozenset[str]().union(*(search.wrong(s) for s in samples))
    first = {n: next(s.steps for s in samples if n in search.wrong(s)) for n in wrong}
    ordered = [n for n in search.names if n in wrong]
    if len(wrong) in {1, len(search.names)} and (found := wholly(ordered, samples, search.allowed)) is not None:
        return {n: Explained(*found, n, first[n]) for n in ordered}
    explained = _by_edits(search, wrong)
    if len(explained) < len(wrong) and (other := _by_convention(search, wrong)) is not None:
        return {n: Explained("another convention", other, "", first[n]) for n in ordered}
    for name in ordered:
        if name in explained:
            continue
        alone = wholly([name], samples, search.allowed) or exchanged(name, samples, search.allowed)
        explained[name] = Explained(*(alone or ("", "no known mistake gives these numbers")), name, first[name])
    return explained


def _by_edits(search: Search, wrong: frozenset[str]) -> dict[str, Explained]:
    """One altered edge after another, each with the ones before in place."""
    explained: dict[str, Explained] = {}
    changes: dict[Edge, Change] = {}
    for _ in range(ROUNDS):
        sample = next((s for s in search.samples if search.wrong(s, search.gradients(s, changes))), None)
        if sample is None:
            break
        edit = _best(search, sample, changes)
        if edit is None:
            break
        changes |= edit.changes
        made = search.gradients(sample, changes)
        still = search.wrong(sample, made)
        for name in (wrong & search.wrong(sample)) - still - set(explained):
            explained[name] = Explained(edit.kind, edit.message, edit.place, sample.steps)
        whole = frozenset[str]().union(*(search.wrong(s, search.gradients(s, changes)) for s in search.samples))
        for name in wrong - whole - set(explained):
            explained[name] = Explained(edit.kind, edit.message, edit.place, _shown(search, name))
    return explained


def _shown(search: Search, name: str) -> int:
    return next(s.steps for s in search.samples if name in search.wrong(s))


def _best(search: Search, sample: Sample, base: Mapping[Edge, Change]) -> Edit | None:
    """The edit that explains all that is wrong at a sample, there and elsewhere; else there; else some of it."""
    before = search.wrong(sample, search.gradients(sample, base))
    partly: tuple[int, Edit] | None = None
    here: Edit | None = None
    for whole in (True, False):
        for edit, reach in _candidates(search, sample):
            if whole != (before <= reach) or not before & reach:
                continue
            left = search.wrong(sample, search.gradients(sample, {**base, **edit.changes}))
            if not left:
                if _everywhere(search, {**base, **edit.changes}, before):
                    return edit
                here = here or edit
            elif left < before and (partly is None or len(left) < partly[0]):
                partly = len(left), edit
        if here is not None:
            return here
    return partly[1] if partly is not None else None


def _candidates(search: Search, sample: Sample) -> Iterator[tuple[Edit, frozenset[str]]]:
    for edit in edits(search.described):
        yield edit, search.reach(sample, edit)


def _everywhere(search: Search, changes: Mapping[Edge, Change], names: frozenset[str]) -> bool:
    """Whether the gradients that were wrong, and those that were right, are these at every sample."""
    del names
    return all(not search.wrong(s, search.gradients(s, changes)) for s in search.samples)


def _by_convention(search: Search, wrong: frozenset[str]) -> str | None:
    """The network whose right gradients these are."""
    del wrong
    small = search.samples[0] if search.wrong(search.samples[0]) else search.samples[-1]
    for message, program in conventions(search.described):
        if not search.wrong(small, search.of_program(program, small)) and all(
            not search.wrong(s, search.of_program(program, s)) for s in search.samples
        ):
            return f"these are the gradients of another network: {message}"
    return None
