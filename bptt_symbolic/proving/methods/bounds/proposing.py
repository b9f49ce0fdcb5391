r"""Inequality -> proposal: by intervals of entries, by measures, or by what the right side is the measure of.

`\|\partial L/\partial W\| \le \sum_t \|\delta_t\| \|h_{t-1}\|` is shown by the sum of which the right side takes the
norms: without them it has to equal what the left side is the norm of.
"""

from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    Add,
    Family,
    Mul,
    Neg,
    Outer,
    Prod,
    Sum,
    Term,
    Transpose,
    is_measure,
    rebuild,
)
from bptt_symbolic.proving.evidence import Identity, Proposal
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.bounds.comparing import Comparison, Shown
from bptt_symbolic.proving.methods.bounds.intervals import Intervals
from bptt_symbolic.proving.methods.bounds.known import Known
from bptt_symbolic.proving.methods.bounds.measures import Unmeasured
from bptt_symbolic.proving.obligation import Obligation

METHOD = "bounds of norms and entries, for every number of steps and all sizes"


def propose(obligation: Obligation) -> Proposal:
    """A proof of an inequality, with a place at which the kernel can look."""
    known = Known(obligation)
    strictly = obligation.sign == "<"
    for shown in _ways(obligation, known):
        if shown.strictly or not strictly:
            place = fixed.instance_of(obligation)
            if place is None:
                return Proposal(reason="vacuous: no value of the free indices is left")
            lines = [f"hypothesis: {word}" for word in obligation.assumptions.described()]
            lines += [*dict.fromkeys(shown.steps), "so the left side is nowhere larger than the right one"]
            steps = tuple(f"{n}. {line}" for n, line in enumerate(lines, 1))
            return Proposal(Identity(METHOD, steps, *place, all_steps=True, all_sizes=True))
    return Proposal(reason="no rule for norms, sums and functions shows it")


def _ways(obligation: Obligation, known: Known) -> Iterator[Shown]:
    """What shows the inequality, one way after the other."""
    try:
        yield from _by_intervals(obligation, known)
        right = Comparison(known).measured(obligation.right)
        for left in (obligation.left, *_rewritten(obligation, known)):
            comparison = Comparison(known)
            found = comparison.shown(comparison.measured(left), right)
            if found is not None:
                yield found
    except (Unmeasured, IllTyped):
        return


def _by_intervals(obligation: Obligation, known: Known) -> Iterator[Shown]:
    difference = Add((obligation.left, Neg(obligation.right)))
    found = Intervals(known).of(difference)
    if found.high is not None and found.high <= 0:
        steps = ("every entry of left less right lies below zero, by what is known of the functions",)
        yield Shown(steps, found.high < 0 or found.high_open)


def _rewritten(obligation: Obligation, known: Known) -> Iterator[Term]:
    """The left side as the norm of what the right side takes the norms of, where that is proved to be equal."""
    left, bare = obligation.left, _without_measures(obligation.right)
    if not is_measure(left) or bare == obligation.right:
        return
    bare = _sized(bare, known.scope)
    body = left.args[0]
    for guess in dict.fromkeys((bare, _with_outer(bare))):
        turned = (Transpose(guess),) if left.function.name in {"abs", "norm_2", "norm_F"} else ()
        for meant in (guess, *turned):
            try:
                fits = shape_of(meant, known.scope).axes == shape_of(body, known.scope).axes
            except IllTyped:
                continue
            if fits and meant != body and known.equals(body, meant):
                yield replace(left, args=(guess,))


def _without_measures(term: Term) -> Term:
    return _without_measures(term.args[0]) if is_measure(term) else rebuild(term, _without_measures)


def _sized(term: Term, scope: Scope) -> Term:
    """A term in which products of matrices know how large they are where they are empty."""
    if isinstance(term, Sum | Prod | Family):
        scope = scope.inside(term.var, term.low, term.high)
    new = rebuild(term, lambda child: _sized(child, scope))
    if not isinstance(new, Prod):
        return new
    axes = shape_of(new.body, scope).axes
    return replace(new, size=axes[0]) if axes else new


def _with_outer(term: Term) -> Term:
    """Products of two factors as outer ones."""
    new = rebuild(term, _with_outer)
    return Outer(new.left, new.right, new.span) if isinstance(new, Mul) else new
