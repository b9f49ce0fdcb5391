"""One relation -> an outcome: its readings and what it may be about are gathered here, and searched in `searching`.

A claim is settled in its model; where that leaves it open, in the models that the page allows besides: another meaning
of a function, a loss of another kind, letters that are numbers. What has no shape in any reading is ill-typed, unless
it names something that the checker does not know.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from itertools import product as pairs_of

from bptt_symbolic.meaning.names import is_homonym
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped, Scope, same_shape, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    AtLabel,
    Deriv,
    Mul,
    Neg,
    Num,
    Ref,
    Shape,
    Term,
    Transpose,
    Unbound,
    children,
    free_names,
    walk,
)
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.proving.settle.any_loss import kinds_of_losses, made_up, only_derivatives
from bptt_symbolic.proving.settle.obvious import mended
from bptt_symbolic.proving.settle.outcome import Outcome, shown
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.ranges import Domain, domain_of
from bptt_symbolic.proving.settle.readings import (
    Side,
    counts,
    layout_words,
    modes,
    sides,
)
from bptt_symbolic.proving.settle.searching import Candidate, search
from bptt_symbolic.proving.settle.standing import (
    meanings_of_sigma,
    nearly,
    open_practice,
    rebindings,
    unknown_name,
    waiting,
)
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.understanding.bounds import NotBuilt
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.coerce import whole_ranges
from bptt_symbolic.understanding.convention import letters_of_left, summed
from bptt_symbolic.understanding.dots import NoPattern
from bptt_symbolic.understanding.models import Model
from bptt_symbolic.understanding.networks import NUMBERS

MOST_PAIRS = 24
"""Pairs of terms that are tried for one relation."""
MOST_MENDED = 12
"""Repaired versions of an ill-typed relation that are looked at, and readings of each."""


def settle(question: Question) -> Outcome:
    """Settle one relation."""
    outcome = _with_sigma(question)
    if outcome.verdict.word == "undecided" and any(f.about in made_up(question.model.network) for f in outcome.facts):
        return _for_any_loss(question, outcome)
    if outcome.verdict.word in {"refuted", "ill-typed", "undecided"} and question.model.numbers is not None:
        return _with_numbers(question, outcome, question.model.numbers)
    return outcome


def _with_numbers(question: Question, outcome: Outcome, numbers: Model) -> Outcome:
    """The claim with every letter a number, where nothing on the page shows a vector."""
    other = _with_sigma(replace(question, model=numbers))
    if other.verdict.word == "undecided" or (outcome.verdict.word, other.verdict.word) == ("ill-typed", "refuted"):
        return other
    if other.verdict.word != "proved":
        return outcome
    if outcome.verdict.word != "refuted":
        return other
    return open_practice(outcome.obligation, next(f for f in numbers.network.facts if f.what == NUMBERS))


def _with_sigma(question: Question) -> Outcome:
    r"""The claim under each meaning of `\sigma` that the page leaves open."""
    outcome = _guarded(question)
    if outcome.verdict.word not in {"refuted", "undecided"}:
        return outcome
    for fact, model in meanings_of_sigma(question.model):
        other = _guarded(replace(question, model=model, proof_only=True))
        if other.verdict.word == "proved" and fact.grade == "assumed":
            return other
        if other.verdict.word == "proved":
            return open_practice(outcome.obligation, fact)
    return outcome


def _for_any_loss(question: Question, outcome: Outcome) -> Outcome:
    """A claim about a loss that nobody defined: proved for one kind of losses, or refuted for every kind."""
    obligation = outcome.obligation
    if obligation is None or not only_derivatives((obligation.left, obligation.right), question.model.network):
        return outcome
    first: Outcome | None = None
    models, wrong = kinds_of_losses(question.model)
    for model in models:
        other = _with_sigma(replace(question, model=model))
        if other.verdict.word == "proved":
            return other
        if other.verdict.code == "vacuous":
            continue  # about a loss of this kind the claim says nothing
        wrong = wrong and other.verdict.word in {"refuted", "ill-typed"}
        first = first or other
    if first is None or not wrong or question.proof_only:
        return outcome
    return replace(first, message=f"{first.message}; for any loss that the network can have")


def _guarded(question: Question) -> Outcome:
    try:
        return _settle(question)
    except NotBuilt as reason:
        return Outcome(judge.undecided(f"the checker does not know {reason.message}", reason.code), culprit=reason.span)
    except NoPattern as reason:
        return Outcome(judge.undecided(reason.message, "not-settled"), culprit=reason.span)
    except IllTyped as fault:
        return _without_meaning(question, fault)
    except Unbound as name:
        return Outcome(judge.undecided(f"{name} is bound nowhere in what this depends on", "free-index"))


def _without_meaning(question: Question, fault: IllTyped) -> Outcome:
    """A claim that has no domain or no shape: a slip of the author's, or something that the checker does not know."""
    if fault.code not in judge.UNKNOWN:
        return Outcome(judge.undecided(fault.message, fault.code), message=fault.message, culprit=fault.span)
    found = None if question.proof_only else (_any_parameter(question, fault) or _slip(question, fault))
    return unknown_name(fault, place_of(question)[0]) if found is None else found


def _any_parameter(question: Question, fault: IllTyped) -> Outcome | None:
    r"""The claim for each parameter in the place of a name that stands below derivatives only: `\partial L/\partial
    \theta`."""
    network, builder = place_of(question)
    name = fault.name or ""
    if (
        fault.code != "undefined-symbol"
        or is_homonym(name)
        or question.model.builder.renamed  # two such names are two questions
        or not all(_only_below(builder.build(node), name) for node in (question.left, question.right))
    ):
        return None
    used = {x.name for d in network.definitions.values() for x in walk(d.body) if isinstance(x, Ref)}
    parameters = sorted(n for n, role in network.role.items() if role == "parameter" and n in used)
    outcomes = []
    for parameter in parameters:
        model = replace(question.model, builder=replace(question.model.builder, renamed={name: parameter}))
        outcomes.append(_with_sigma(replace(question, model=model)))
    words = {o.verdict.word for o in outcomes}
    if len(words) != 1 or not words <= {"proved", "refuted"}:
        return None
    fact = Fact(name, f"{name} is any of {', '.join(parameters)}", "convention", fault.span)
    return replace(outcomes[0], facts=(*outcomes[0].facts, fact))


def _only_below(term: Term, name: str) -> bool:
    """Whether a name stands nowhere but below derivatives."""
    if isinstance(term, Deriv):
        return _only_below(term.of, name)
    if isinstance(term, Ref):
        return term.name != name
    return all(_only_below(child, name) for child in children(term))


def _settle(question: Question) -> Outcome:
    network, builder = place_of(question)
    left, right = builder.build(question.left), builder.build(question.right)
    keep: frozenset[str] = frozenset()
    head = None if question.head is None else builder.tried(question.head)
    if builder.convention:
        keep = letters_of_left(left if head is None else head, right)
        left, right = summed(left, keep), summed(right, keep)
    domain = domain_of(left, right, network, question.beside, head, builder.at_last)
    scope = Scope(network, dict(domain.variables))
    try:
        lefts, rights = (
            sides(node, builder, scope, keep, outer=question.outer) for node in (question.left, question.right)
        )
    except IllTyped as misfit:
        if misfit.code in judge.UNKNOWN:
            raise
        verdict = judge.confirm_ill_typed(obligation_of(left, right, network, domain), scope)
        if isinstance(verdict, judge.Refusal):
            return waiting(verdict, None)
        return Outcome(verdict, message=misfit.message, culprit=misfit.span)
    candidates, fault = _well_typed(lefts, rights, network, domain, scope)
    if not candidates:
        if fault is not None and fault.code in judge.UNKNOWN:
            raise fault
        return _all_ill_typed(lefts, rights, domain, scope, fault, question)
    assumptions = assumptions_of(question.model, network, domain, (left, right))
    return search(candidates, assumptions, question, domain)


def _all_ill_typed(
    lefts: Sequence[Side],
    rights: Sequence[Side],
    domain: Domain,
    scope: Scope,
    fault: IllTyped | None,
    question: Question,
) -> Outcome:
    """No reading of a claim has a meaning."""
    literal = obligation_of(lefts[0].term, rights[0].term, scope.network, domain)
    verdict = judge.confirm_ill_typed(literal, scope)
    if isinstance(verdict, judge.Refusal):
        return waiting(verdict, literal)
    outcome = _ill_typed(verdict, fault, lefts, scope, literal)
    if not question.proof_only and (equal := _with_equal_sizes(question, outcome.message)) is not None:
        return equal
    after = "" if question.proof_only else _after_repair(lefts, rights, domain, scope, question)
    return replace(outcome, message=outcome.message + after) if after else outcome


def _with_equal_sizes(question: Question, message: str) -> Outcome | None:
    """The claim where two sizes are equal, one of which nothing on the page says: it may be the other."""
    network, _ = place_of(question)
    named = [size for size in network.sizes if re.search(rf"(?<![\w]){re.escape(size)}(?![\w])", message)]
    said = _said(network, question.model.stated)
    for size, other in pairs_of(named, named):
        if size == other or size in said:
            continue
        shapes = {n: _resized(shape, size, other) for n, shape in network.shapes.items()}
        what = f"{size} and {other} are the same size"
        inquiry = Inquiry(f"Are the sizes {size} and {other} the same?", '[shapes]\n"..." = ["...", "..."]')
        facts = (*network.facts, Fact("", what, "convention", None, inquiry))
        model = replace(question.model, network=replace(network, shapes=shapes, facts=facts))
        found = _guarded(replace(question, model=model))
        if found.verdict.word == "proved":
            return open_practice(found.obligation, facts[-1])
        if found.verdict.word == "undecided":
            return found
    return None


def _said(network: Network, stated: frozenset[str]) -> frozenset[str]:
    """The sizes that the page names: in a shape that it states, or in a formula that it computes with."""
    shapes = {n for name in stated & set(network.shapes) for axis in network.shapes[name].axes for n in axis.names()}
    return frozenset(shapes).union(*(free_names(d.body) for d in network.definitions.values()))


def _resized(shape: Shape, size: str, other: str) -> Shape:
    env = {size: Affine.of(other)}
    return Shape(tuple(a.put(env) for a in shape.up), tuple(a.put(env) for a in shape.down))


def place_of(question: Question) -> tuple[Network, Builder]:
    """The network that a claim is about: the small one without time when it speaks of that."""
    model = question.model
    builder = replace(
        model.builder, defined=frozenset(model.network.shapes), sizes=frozenset(model.network.sizes) - {"d"}
    )
    if model.timeless is None:
        return model.network, builder
    names = set()
    for node in (question.left, question.right):
        term = builder.tried(node)
        names |= {x.name for x in walk(term) if isinstance(x, Ref)} if term is not None else set()
    little = {n for n in model.timeless.shapes if is_homonym(n) and n not in model.network.shapes}
    if names & little and names <= set(model.timeless.shapes):
        return model.timeless, builder
    return model.network, builder


def _well_typed(
    lefts: Sequence[Side], rights: Sequence[Side], network: Network, domain: Domain, scope: Scope
) -> tuple[list[Candidate], IllTyped | None]:
    """Every pair of sides that has shapes, most literal first; the fault of the most literal pair."""
    found: list[Candidate] = []
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
            found.append(Candidate(obligation, words + counted + bridge))
    return sorted(found, key=lambda c: any("compared" in w for w in c.words)), first


def obligation_of(left: Term, right: Term, network: Network, domain: Domain) -> Obligation:
    """What has to hold, with room for every step that the claim mentions."""
    steps = max(3, domain.reach + 2)
    left, right = (Num(Fraction(0), side.span) if _is_zero(side) else side for side in (left, right))
    return Obligation(left, right, network, domain.variables, domain.conditions, least_steps=steps)


def nothing_free(left: Term, right: Term, scope: Scope) -> None:
    """Raise IllTyped where a name is bound nowhere."""
    known = set(scope.ranges) | set(scope.network.sizes) | {LAST}
    for name in sorted((free_names(left) | free_names(right)) - known):
        raise IllTyped("free-index", f"{name} is bound nowhere", right.span, name)


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
    """Whether a side is written as nothing, which has any shape: zero, or a product with it."""
    if isinstance(term, Mul):
        return _is_zero(term.left) or _is_zero(term.right)
    if isinstance(term, Neg):
        return _is_zero(term.body)
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
        understood=shown(literal),
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


def _slip(question: Question, fault: IllTyped) -> Outcome | None:
    """The claim with another letter for a name that nothing defines or binds, where that is proved."""
    network, builder = place_of(question)
    name = fault.name or ""
    left, right = builder.build(question.left), builder.build(question.right)
    if fault.code == "undefined-symbol":
        if question.model.mentions.get(name, 0) > 1:
            return None
        tries = [(f"with {other} for {name}", left, right, {name: other}) for other in nearly(name, network)]
    else:
        freely = _with_any_letter(question, left, right)  # it may stand on the right side alone
        if freely.verdict.word == "proved":
            return freely
        if freely.verdict.word == "undecided" and freely.obligation is not None:
            return None
        tries = [(words, left, term, {}) for words, term in rebindings(name, left, right)]
    for words, one, two, renamed in tries:
        asked = replace(question, proof_only=True)
        if renamed:
            model = replace(question.model, builder=replace(question.model.builder, renamed=renamed))
            proof = _guarded(replace(asked, model=model))
        else:
            proof = _guarded_terms(one, two, asked)
        verdict = judge.confirm_slip(fault, proof.verdict)
        if isinstance(verdict, judge.Verdict):
            return Outcome(verdict, message=f"{fault.message}; {words} it holds", culprit=fault.span)
    return None


def _with_any_letter(question: Question, left: Term, right: Term) -> Outcome:
    """The claim about every value of the letters that stand on its right side alone, in each layout that the note may
    have."""
    if question.model.builder.convention:
        return _guarded_terms(right, left, question)
    return _guarded(replace(question, head=question.right, proof_only=True))


def _guarded_terms(left: Term, right: Term, question: Question) -> Outcome:
    """Whether two terms are equal in their most literal reading."""
    network, builder = place_of(question)
    try:
        domain = domain_of(left, right, network, question.beside, last=builder.at_last)
        scope = Scope(network, dict(domain.variables))
        whole = whole_ranges(left, scope), whole_ranges(right, scope)
        bridge = bridge_of(*whole, scope)
        nothing_free(*whole, scope)
    except (IllTyped, NotBuilt, Unbound) as reason:
        return Outcome(judge.undecided(str(reason)))
    obligation = obligation_of(whole[0], Transpose(whole[1]) if bridge else whole[1], network, domain)
    return search(
        [Candidate(obligation, bridge)],
        assumptions_of(question.model, network, domain, whole),
        question,
        domain,
    )


def _holds_somehow(obligation: Obligation, assumptions: Sequence[Assumptions]) -> bool:
    readings = islice(modes(obligation.left, obligation.right, obligation.network), MOST_MENDED)
    return any(
        fixed.seen_to_agree(replace(obligation, left=left, right=right, assumptions=assumed))
        for left, right, _ in readings
        for assumed in assumptions
    )


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
    base = Assumptions(zero_start=model.zero_start)
    tried = [base]
    if model.one_hot_inputs and {x.name for t in sides_ for x in walk(t) if isinstance(x, Ref)} & model.one_hot_inputs:
        tried.append(replace(base, one_hot=model.one_hot_inputs))
    if targets:
        tried.append(replace(base, sum_to_one=targets))
        if model.assumed_labels:
            tried.append(replace(base, one_hot=targets))
    if domain.largest > 1:
        tried.append(replace(base, steps=domain.largest))
        if targets:
            tried.append(replace(base, steps=domain.largest, sum_to_one=targets))
    return tried
