"""One relation -> an outcome: search its readings, propose evidence, let the kernel confirm it.

Readings are searched most literal first with a quick look in floating point; what agrees is proved, for all steps and
sizes where that method can, else at fixed ones. When nothing agrees, the most literal reading that has a meaning is
refuted.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from itertools import product as pairs_of

from bptt_symbolic.elaborate.bounds import NotBuilt
from bptt_symbolic.elaborate.build import TWIN, Builder
from bptt_symbolic.elaborate.coerce import whole_ranges
from bptt_symbolic.elaborate.convention import letters_of_left, summed
from bptt_symbolic.elaborate.dots import NoPattern
from bptt_symbolic.elaborate.models import Model
from bptt_symbolic.evidence import Witness
from bptt_symbolic.kernel import judge
from bptt_symbolic.methods import fixed
from bptt_symbolic.methods.prove import proofs
from bptt_symbolic.methods.tensor import Unsupported
from bptt_symbolic.network import Network
from bptt_symbolic.obligation import Assumptions, Obligation
from bptt_symbolic.printing import latex
from bptt_symbolic.settle.mending import mended, rebound
from bptt_symbolic.settle.ranges import Domain, domain_of
from bptt_symbolic.settle.readings import Side, ahead_words, counts, layout_words, modes, sides
from bptt_symbolic.settle.shrinking import shrunk
from bptt_symbolic.settle.special import special_cases
from bptt_symbolic.shapes import IllTyped, Scope, same_shape, shape_of
from bptt_symbolic.source import Span
from bptt_symbolic.syntax import Node
from bptt_symbolic.terms import (
    LAST,
    Affine,
    AtLabel,
    Cases,
    Constant,
    Deriv,
    Indicator,
    Num,
    Ref,
    Term,
    Transpose,
    Unbound,
    free_names,
    walk,
)

MOST_PAIRS = 24
"""Pairs of terms that are tried for one relation."""
MOST_MENDED = 12
"""Repaired versions of an ill-typed relation that are looked at."""
MOST_LOOKS = 240
"""Readings that are looked at for one relation."""


@dataclass(frozen=True, slots=True)
class Question:
    """A relation to be settled in a model."""

    left: Node
    right: Node
    beside: tuple[Node, ...]
    model: Model
    head: Node | None = None
    """Head of the chain: its free indices may be used."""
    proof_only: bool = False
    """Nobody wants to know why it is false, if it is: no counterexample is searched."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with the reading it is about."""

    verdict: judge.Verdict
    readings: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    message: str = ""
    help: str | None = None
    understood: str | None = None
    culprit: Span | None = None
    obligation: Obligation | None = None
    witness: Witness | None = None
    """Where the sides differ, if the claim is refuted."""
    ill_typed_left: bool = False
    """The left side by itself has no meaning."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A reading that has a shape on both sides."""

    obligation: Obligation
    words: tuple[str, ...]


def settle(question: Question) -> Outcome:
    """Settle one relation."""
    outcome = _guarded(question)
    if outcome.verdict.word in {"refuted", "undecided"}:
        logistic = question.model.logistic
        if logistic is not None:
            other = _guarded(replace(question, model=logistic))
            if other.verdict.word in {"proved", "refuted"}:
                return replace(other, hypotheses=(*other.hypotheses, r"\sigma is the logistic function"))
    return outcome


def _guarded(question: Question) -> Outcome:
    try:
        return _settle(question)
    except NotBuilt as reason:
        return Outcome(judge.undecided(f"the checker does not know {reason.message}", reason.code), culprit=reason.span)
    except NoPattern as reason:
        return Outcome(judge.undecided(reason.message, "not-settled"), culprit=reason.span)
    except IllTyped as fault:
        after = _with_rebound_sums(question) if fault.code == "free-index" else ""
        return Outcome(judge.ill_typed(fault), message=fault.message + after, culprit=fault.span)
    except Unbound as name:
        return Outcome(judge.undecided(f"{name} is bound nowhere in what this depends on", "free-index"))


def _settle(question: Question) -> Outcome:
    network, builder = place_of(question)
    left, right = builder.build(question.left), builder.build(question.right)
    keep: frozenset[str] = frozenset()
    head = None if question.head is None else _built(builder, question.head)
    if builder.convention:
        keep = letters_of_left(left if head is None else head, right)
        left, right = summed(left, keep), summed(right, keep)
    domain = domain_of(left, right, network, question.beside, head)
    scope = Scope(network, dict(domain.variables))
    lefts, rights = sides(question.left, builder, scope, keep), sides(question.right, builder, scope, keep)
    candidates, fault = _well_typed(lefts, rights, network, domain, scope)
    if not candidates:
        literal = obligation_of(lefts[0].term, rights[0].term, network, domain)
        verdict = judge.confirm_ill_typed(literal, scope)
        if not isinstance(verdict, judge.Verdict):
            return Outcome(
                judge.undecided(f"no reading has a meaning, but {verdict.reason}"), understood=_shown(literal)
            )
        outcome = _ill_typed(verdict, fault, lefts, scope, literal)
        after = "" if question.proof_only else _after_repair(lefts, rights, domain, scope, question)
        return replace(outcome, message=outcome.message + after) if after else outcome
    assumptions = assumptions_of(question.model, network, domain, (left, right))
    return _search(candidates, assumptions, question, domain.largest)


def place_of(question: Question) -> tuple[Network, Builder]:
    """The network that a claim is about: the small one without time when it speaks of that."""
    model = question.model
    builder = replace(model.builder, defined=frozenset(model.network.shapes))
    if model.timeless is None:
        return model.network, builder
    names = set()
    for node in (question.left, question.right):
        term = _built(builder, node)
        names |= {x.name for x in walk(term) if isinstance(x, Ref)} if term is not None else set()
    little = {n for n in model.timeless.shapes if n.endswith(TWIN) and n not in model.network.shapes}
    if names & little and names <= set(model.timeless.shapes):
        return model.timeless, builder
    return model.network, builder


def _built(builder: Builder, node: Node) -> Term | None:
    try:
        return builder.build(node)
    except (NotBuilt, NoPattern):
        return None


def _well_typed(
    lefts: Sequence[Side], rights: Sequence[Side], network: Network, domain: Domain, scope: Scope
) -> tuple[list[_Candidate], IllTyped | None]:
    """Every pair of sides that has shapes, most literal first; the fault of the most literal pair."""
    found: list[_Candidate] = []
    first: IllTyped | None = None
    order = sorted(pairs_of(lefts, rights), key=lambda p: p[0].cost + p[1].cost + 2 * (p[0].layout != p[1].layout))
    for a, b in order[:MOST_PAIRS]:
        words = tuple(dict.fromkeys((*layout_words(a, b), *a.words, *b.words)))
        for left, right, counted in counts(a.term, b.term):
            try:
                nothing_free(left, right, scope)
                bridge = bridge_of(left, right, scope)
            except IllTyped as fault:
                first = first or fault
                continue
            obligation = obligation_of(left, Transpose(right, right.span) if bridge else right, network, domain)
            found.append(_Candidate(obligation, words + counted + bridge))
    return sorted(found, key=lambda c: any("compared" in w for w in c.words)), first


def obligation_of(left: Term, right: Term, network: Network, domain: Domain) -> Obligation:
    """What has to hold, with room for every step that the claim mentions."""
    steps = max(3, domain.reach + 2)
    return Obligation(left, right, network, domain.variables, domain.conditions, least_steps=steps)


def nothing_free(left: Term, right: Term, scope: Scope) -> None:
    """Raise IllTyped where a name is bound nowhere."""
    known = set(scope.ranges) | set(scope.network.sizes) | {LAST}
    for name in sorted((free_names(left) | free_names(right)) - known):
        raise IllTyped("free-index", f"{name} is bound nowhere", right.span)


def bridge_of(left: Term, right: Term, scope: Scope) -> tuple[str, ...]:
    """Whether the sides have one shape; a gradient as a row may be compared with one as a column, which is said."""
    a, b = shape_of(left, scope), shape_of(right, scope)
    if len(a.axes) == 1 and a.axes == b.axes and a != b and _has_gradient(left, right):
        kinds = ("a row", "a column") if a.down else ("a column", "a row")
        return (f"layout: {kinds[0]} on the left is compared with {kinds[1]} on the right",)
    if not (same_shape(a, b) or _is_zero(left) or _is_zero(right)):
        raise IllTyped("shape-mismatch", f"the left side is {_words(a)}, the right side {_words(b)}", right.span)
    return ()


def _has_gradient(left: Term, right: Term) -> bool:
    return any(isinstance(x, Deriv) for t in (left, right) for x in walk(t))


def _words(shape: object) -> str:
    text = str(shape)
    return "a scalar" if text == "scalar" else text


def _is_zero(term: Term) -> bool:
    return latex(term) == "0"


def _ill_typed(
    verdict: judge.Verdict, fault: IllTyped | None, lefts: Sequence[Side], scope: Scope, literal: Obligation
) -> Outcome:
    broken_left = True
    for side in lefts:
        try:
            shape_of(side.term, scope)
            broken_left = False
        except IllTyped:
            continue
    return Outcome(
        verdict,
        message=verdict.message,
        understood=_shown(literal),
        culprit=None if fault is None else fault.span,
        obligation=literal,
        ill_typed_left=broken_left,
    )


def _after_repair(
    lefts: Sequence[Side], rights: Sequence[Side], domain: Domain, scope: Scope, question: Question
) -> str:
    """Whether the claim holds after the obvious repair, in words; nothing when none is known."""
    found: list[tuple[int, str, Obligation]] = []
    pairs = sorted(pairs_of(lefts, rights), key=lambda p: p[0].cost + p[1].cost + 2 * (p[0].layout != p[1].layout))
    for a, b in pairs[:MOST_PAIRS]:
        for (left, one), (right, two) in pairs_of(mended(a.term, scope), mended(b.term, scope)):
            with suppress(IllTyped):
                bridge = bridge_of(left, right, scope)
                sides_ = (left, Transpose(right) if bridge else right)
                obligation = obligation_of(*sides_, scope.network, domain)
                done = tuple(dict.fromkeys((*one, *two)))
                cost = 4 * (len(one) + len(two)) + a.cost + b.cost + 2 * bool(bridge)
                found.append((cost, " and ".join(done), obligation))
    found.sort(key=lambda f: f[0])
    for _, words, obligation in found[:MOST_MENDED]:
        assumptions = assumptions_of(question.model, scope.network, domain, (obligation.left, obligation.right))
        if _holds_somehow(obligation, assumptions):
            return f"; {words} it holds"
    return f"; {found[0][1]} it is still false" if found else ""


def _with_rebound_sums(question: Question) -> str:
    """Whether the claim holds when a sum that binds one letter and uses another binds the other, in words."""
    network, builder = place_of(question)
    left, right = builder.build(question.left), builder.build(question.right)
    new = rebound(right)
    if new is None:
        return ""
    try:
        domain = domain_of(left, new[0], network, question.beside)
        scope = Scope(network, dict(domain.variables))
        term = whole_ranges(new[0], scope)
        bridge_of(left, term, scope)
    except (IllTyped, NotBuilt):
        return ""
    obligation = obligation_of(left, term, network, domain)
    held = _holds_somehow(obligation, assumptions_of(question.model, network, domain, (left, term)))
    return f"; with the sum over {new[1]} it " + ("holds" if held else "is still false")


def _holds_somehow(obligation: Obligation, assumptions: Sequence[Assumptions]) -> bool:
    for left, right, _ in islice(modes(obligation.left, obligation.right, obligation.network), 12):
        for assumed in assumptions:
            try:
                if fixed.agrees(replace(obligation, left=left, right=right, assumptions=assumed)):
                    return True
            except Unsupported:
                continue
    return False


# hypotheses


def assumptions_of(model: Model, network: Network, domain: Domain, sides_: Sequence[Term]) -> list[Assumptions]:
    """Sets of hypotheses to try, fewest first; an entry at a label has a meaning for one-hot labels only."""
    terms = [*sides_, *(d.body for d in network.definitions.values())]
    targets = frozenset(n for n in network.targets if n in network.shapes and len(network.shapes[n].axes) == 1)
    labels = {x.label.name for t in terms for x in walk(t) if isinstance(x, AtLabel)} & targets
    if not {*domain.label, *domain.other} <= targets:
        raise NotBuilt("not-settled", "a class that is marked by something other than a vector", None)
    if domain.label or domain.other or labels:
        named = frozenset(domain.label) | frozenset(domain.other) | labels
        main = model.builder.notation.main
        step = Affine.of(main if main in dict(domain.variables) else LAST)
        marked = Assumptions(one_hot=named, label=dict(domain.label), other=dict(domain.other), marked_at=step)
        return [marked, *([replace(marked, steps=domain.largest)] if domain.largest > 1 else [])]
    tried = [Assumptions()]
    if targets:
        tried.append(Assumptions(sum_to_one=targets))
        if model.assumed_labels:
            tried.append(Assumptions(one_hot=targets))
    if domain.largest > 1:
        tried.append(Assumptions(steps=domain.largest))
        if targets:
            tried.append(Assumptions(steps=domain.largest, sum_to_one=targets))
    return tried


# the search


def _agrees(obligation: Obligation, largest: int) -> bool:
    """A quick look; a step written as a number must not be the last one by chance."""
    if not fixed.agrees(obligation):
        return False
    return largest <= 1 or obligation.assumptions.steps is not None or fixed.agrees(obligation, largest + 1)


def _says_nothing(obligation: Obligation) -> bool:
    """Both sides vanish, and not because one of them is written as zero."""
    written = any(
        isinstance(x, Indicator | Cases)
        or (isinstance(x, Num) and not x.value)
        or (isinstance(x, Constant) and x.kind == "zero")
        for t in (obligation.left, obligation.right)
        for x in walk(t)
    )
    return not written and fixed.vanishes(obligation)


def _search(candidates: list[_Candidate], assumptions: list[Assumptions], question: Question, largest: int) -> Outcome:
    looks, reasons = 0, []
    tried: list[_Candidate] = []
    for candidate in _readings(candidates):
        for assumed in assumptions:
            looks += 1
            obligation = replace(candidate.obligation, assumptions=assumed)
            try:
                if _agrees(obligation, largest):
                    if _says_nothing(obligation):
                        reasons.append("vacuous: both sides are zero in the network as it was understood")
                        break
                    return _proved(replace(candidate, obligation=obligation), question.model)
            except Unsupported as reason:
                reasons.append(str(reason))
                break
        else:
            tried.append(candidate)
        if looks > MOST_LOOKS:
            break
    if not tried:
        code = "vacuous" if any("vacuous" in r for r in reasons) else "undecided"
        return Outcome(
            judge.undecided(f"nothing can be computed: {reasons[0]}", code), understood=_shown(candidates[0].obligation)
        )
    if question.proof_only:
        return Outcome(judge.undecided("the sides differ at random numbers, and no counterexample was asked for"))
    return _refuted(tried, assumptions, question.model, stopped=looks > MOST_LOOKS)


def _readings(candidates: list[_Candidate]) -> Iterator[_Candidate]:
    """Each pair of terms with every assignment of modes, all literal ones first."""
    yield from candidates
    for candidate in candidates:
        o = candidate.obligation
        for number, (left, right, words) in enumerate(modes(o.left, o.right, o.network)):
            if number:
                yield _Candidate(replace(o, left=left, right=right), words + candidate.words)


def _shown(obligation: Obligation) -> str:
    return f"{latex(obligation.left)} = {latex(obligation.right)}"


def _proved(candidate: _Candidate, model: Model) -> Outcome:
    obligation = candidate.obligation
    reasons = []
    hypotheses = obligation.assumptions.described()
    for proposal in proofs(obligation):
        if proposal.identity is None:
            reasons.append(proposal.reason)
            continue
        verdict = judge.confirm_identity(obligation, proposal.identity)
        if isinstance(verdict, judge.Verdict):
            words = candidate.words + ahead_words(obligation)
            message = _proof_message(words, obligation.assumptions, model)
            return Outcome(verdict, words, hypotheses, message, None, _shown(obligation), None, obligation)
        reasons.append(verdict.reason)
    reason = "both sides agree at random numbers, but that is no proof: " + "; ".join(r for r in reasons if r)
    return Outcome(
        judge.undecided(reason), candidate.words, hypotheses, reason, None, _shown(obligation), None, obligation
    )


def _proof_message(words: Sequence[str], assumed: Assumptions, model: Model) -> str:
    unsaid = (
        (assumed.sum_to_one or assumed.one_hot) and not model.assumed_labels and not assumed.label and not assumed.other
    )
    parts = ["holds"]
    if words:
        parts.append("in the reading given")
    if assumed.described():
        parts.append("if " + " and ".join(assumed.described()))
    return " ".join(parts) + (", which the note does not say" if unsaid else "")


def _refuted(tried: list[_Candidate], assumptions: list[Assumptions], model: Model, *, stopped: bool) -> Outcome:
    first = tried[0]
    obligation = replace(first.obligation, assumptions=assumptions[0])
    reason = ""
    granted = _granted(assumptions, model)
    for assumed in [granted, *([] if granted == assumptions[0] else [assumptions[0]])]:
        claim = replace(obligation, assumptions=assumed)
        try:
            proposal = fixed.propose(claim)
        except Unsupported as unsupported:
            return Outcome(judge.undecided(str(unsupported)), understood=_shown(obligation))
        reason = proposal.reason
        for witness in proposal.witnesses:
            verdict = judge.confirm_witness(claim, witness)
            if isinstance(verdict, judge.Verdict):
                outcome = _refutation(verdict, first, obligation, tried, stopped=stopped)
                smallest, verdict = _smallest(claim, witness, verdict)
                return replace(outcome, verdict=verdict, witness=smallest)
            reason = verdict.reason
    message = f"the sides differ at random numbers, but no counterexample was confirmed: {reason}"
    return Outcome(judge.undecided(message), first.words, (), message, None, _shown(obligation), None, obligation)


def _granted(assumptions: list[Assumptions], model: Model) -> Assumptions:
    """What the note says of its targets: a claim that fails all the same fails beyond doubt."""
    said = [a for a in assumptions if a.one_hot and a.steps == assumptions[0].steps]
    return said[-1] if said and model.assumed_labels else assumptions[0]


def _smallest(obligation: Obligation, witness: Witness, verdict: judge.Verdict) -> tuple[Witness, judge.Verdict]:
    """The smallest witness that the kernel confirms, and its verdict."""
    for smaller in shrunk(obligation, witness):
        confirmed = judge.confirm_witness(obligation, smaller)
        if isinstance(confirmed, judge.Verdict):
            return smaller, confirmed
    return witness, verdict


def _refutation(
    verdict: judge.Verdict, first: _Candidate, obligation: Obligation, tried: list[_Candidate], *, stopped: bool
) -> Outcome:
    cases = special_cases([c.obligation for c in tried[:12]], obligation.assumptions)
    count = f"fails under every reading tried ({len(tried)}" + (", where the search stopped)" if stopped else ")")
    message = count if len(tried) > 1 else "fails"
    if cases:
        message += "; holds " + ", and ".join(cases[:3])
    hypotheses = obligation.assumptions.described()
    return Outcome(verdict, first.words, hypotheses, message, None, _shown(obligation), None, obligation)
