r"""An inequality -> an outcome: proved by bounds, refuted by numbers, or left open.

    \| \partial h_t / \partial h_k \| \le (\gamma \|W\|)^{t-k}

What the note supposes in inequalities may be used, and what is used is said. A norm that the note does not name is the
Euclidean one of vectors and the spectral one of matrices; the claim fails only where it fails in the other usual norms,
too. Where it needs more than the note says (a state that starts at zero, a factor below one, what an activation is),
it is left open with what it needs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bptt_symbolic.meaning.names import numbered
from bptt_symbolic.meaning.network import Network, names_under
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped, Scope, same_shape, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    MEASURES,
    SCALAR,
    Add,
    Affine,
    Apply,
    Condition,
    Deriv,
    Function,
    Num,
    Power,
    Ref,
    Term,
    Unbound,
    rebuild,
    substitute,
    walk,
)
from bptt_symbolic.proving.evidence import Identity
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import bounds
from bptt_symbolic.proving.methods.bounds.intervals import Intervals
from bptt_symbolic.proving.methods.bounds.known import Known
from bptt_symbolic.proving.obligation import Assumptions, Bound, Obligation
from bptt_symbolic.proving.settle.enumeration import EVERYTHING, Relation, obligation_of, pairs, relation_of, sides_of
from bptt_symbolic.proving.settle.outcome import Outcome, left_open, shown
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.ranges import domain_of
from bptt_symbolic.proving.settle.refuting import counterexample
from bptt_symbolic.proving.settle.standing import meanings_of_sigma, unknown_name, waiting
from bptt_symbolic.reporting.grounds import NO_ACCUSATION, Fact, Inquiry
from bptt_symbolic.scalars.rows import ROWS
from bptt_symbolic.understanding import ORDERS, Builder, Model, NoPattern, NotBuilt, Stated
from bptt_symbolic.understanding.coerce import with_ends

KINDS = ("norm_2", "norm_F", "norm_1", "norm_inf")
"""The norms in which a claim has to fail where the note does not say which is meant."""
UNNAMED = Fact("", "a norm is the Euclidean one of vectors, and the spectral one of matrices", "convention")
PAIR = 2
BY_ENTRIES = frozenset(row.name for row in ROWS.values() if row.activation) | {"sin", "cos"}
"""Functions that a claim may be about by themselves, at a letter that stands for any number."""
ACTIVATIONS = ("tanh", "sigmoid")
"""What a function may be of which the note says no more than its name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An inequality in a network, with everything that it may rest on."""

    obligation: Obligation
    model: Model
    strict: tuple[Condition, ...] = ()
    """That the steps of its derivatives differ."""
    words: tuple[str, ...] = ()
    """What its letters are confined to that the page does not say."""
    understood: bool = True
    """Everything that the note supposes is understood, so that numbers can be seen to meet it."""


def settle_inequality(question: Question, mark: str) -> Outcome:
    r"""Settle one inequality, with what `\sigma` usually is where the note does not say."""
    question = _measured(question)
    outcome = _guarded(question, mark)
    numbers = question.model.numbers
    if outcome.verdict.word in {"undecided", "ill-typed"} and numbers is not None:
        other = _guarded(_measured(replace(question, model=numbers)), mark)
        outcome = outcome if other.verdict.word == "undecided" else other
    if outcome.verdict.word == "proved":
        return outcome
    for fact, model in meanings_of_sigma(question.model):
        other = _guarded(_measured(replace(question, model=model)), mark)
        if other.verdict.word == "proved" and fact.grade == "assumed":
            return other
        if other.verdict.word == "proved" or (outcome.verdict.word == "refuted" and not _fails(question, model, mark)):
            return left_open(f"it depends on what the activation is: {fact.what}?", outcome.obligation, fact)
    return outcome


def _fails(question: Question, model: Model, mark: str) -> bool:
    r"""Whether the claim fails with a meaning of `\sigma`, whether or not the note says that this is meant."""
    said = replace(model, network=replace(model.network, facts=question.model.network.facts))
    return _guarded(_measured(replace(question, model=said)), mark).verdict.word == "refuted"


def _measured(question: Question) -> Question:
    """The question with bars read as norms, and letters that only bound something as numbers."""
    model = question.model
    builder = replace(model.builder, measures=True)
    stated = [side for s in model.supposed for side in (s.left, s.right) if side is not None]
    own, bounding = (
        [t for x in sides if (t := builder.tried(x))] for sides in ((question.left, question.right), stated)
    )
    letters = {n for n in _letters([*own, *bounding], bounding) if n not in model.network.shapes}
    shapes = {**model.network.shapes, **dict.fromkeys(letters, SCALAR)}
    network = replace(model.network, shapes=shapes) if letters else model.network
    return replace(question, model=replace(model, network=network, builder=builder))


def _letters(terms: Sequence[Term], bounding: Sequence[Term]) -> Iterator[str]:
    """Names of numbers: those by which the note bounds something, and those that a known function is applied to."""
    yield from (term.name for term in bounding if isinstance(term, Ref) and term.time is None)
    for term in terms:
        for x in walk(term):
            if isinstance(x, Apply) and x.function.name in BY_ENTRIES:
                yield from (a.name for a in x.args if isinstance(a, Ref) and a.time is None)


def _guarded(question: Question, mark: str) -> Outcome:
    try:
        return _settled(relation_of(question), question.model, mark)
    except NotBuilt as reason:
        return Outcome(judge.undecided(f"the checker does not know {reason.message}", reason.code), culprit=reason.span)
    except NoPattern as reason:
        return Outcome(judge.undecided(reason.message, "not-settled"), culprit=reason.span)
    except IllTyped as fault:
        if fault.code in judge.UNKNOWN:
            return unknown_name(fault, question.model.network)
        return Outcome(judge.undecided(fault.message, fault.code), message=fault.message, culprit=fault.span)
    except Unbound as name:
        return Outcome(judge.undecided(f"{name} is bound nowhere in what this depends on", "free-index"))


def _settled(relation: Relation, model: Model, mark: str) -> Outcome:
    claims = list(_claims(relation, model, mark))
    if not claims:
        return _ill_typed(relation)
    for claim in claims:
        proved = _proved(claim)
        if proved is not None:
            return proved
    return _refuted(claims[0])


def _claims(relation: Relation, model: Model, mark: str) -> Iterator[Claim]:
    """The readings of an inequality that have shapes, most literal first."""
    seen: list[tuple[Term, Term]] = []
    for left, right in pairs(*sides_of(relation, EVERYTHING)):
        terms = left.term, right.term
        if terms in seen or not _comparable(*terms, relation.scope):
            continue
        seen.append(terms)
        yield _claim(relation, terms, model, mark)


def _comparable(left: Term, right: Term, scope: Scope) -> bool:
    try:
        a, b = shape_of(left, scope), shape_of(right, scope)
    except IllTyped as fault:
        if fault.code in judge.UNKNOWN:
            raise
        return False
    return same_shape(a, b) or sorted((len(a.axes), len(b.axes))) == [0, 1]


def _claim(relation: Relation, terms: tuple[Term, Term], model: Model, mark: str) -> Claim:
    sign, swapped = ORDERS[mark]
    low, high = terms[::-1] if swapped else terms
    domain, network = relation.domain, relation.scope.network
    supposed = [bound for stated in model.supposed for bound in _bounds(stated, network, relation.builder)]
    assumed = Assumptions(zero_start=model.zero_start, bounds=tuple(b for b in supposed if b is not None))
    obligation = between_steps(replace(obligation_of(low, high, relation), sign=sign, assumptions=assumed))
    low, high = obligation.left, obligation.right
    times = {
        (x.of.time, x.by.time)
        for t in (low, high)
        for x in walk(t)
        if isinstance(x, Deriv) and isinstance(x.of, Ref) and isinstance(x.by, Ref)
    }
    known = dict(obligation.variables)
    strict = tuple(
        Condition(by, "<", of)
        for of, by in times
        if of is not None and by is not None and len((of - by).parts) > 1 and of.names() | by.names() <= known.keys()
        if Condition(by, "<=", of) not in domain.stated  # the note says that they may be one
    )
    words = tuple(dict.fromkeys((*domain.meaning.words, *(() if domain.usual.lost else domain.usual.words))))
    understood = None not in supposed and not model.bounds_in_words
    return Claim(obligation, model, strict, words, understood)


def between_steps(obligation: Obligation) -> Obligation:
    r"""The claim with a step in place of a number of steps, `\partial h_t/\partial h_{t-n}` by a step `k = t - n`."""
    variables = dict(obligation.variables)
    times = {x.time for t in (obligation.left, obligation.right) for x in walk(t) if isinstance(x, Ref) and x.time}
    for time in sorted(times, key=str):
        names = [n for n, _ in time.parts if n in variables]
        alone = {n for other in times if len(other.parts) == 1 for n in other.names()}
        counts = [n for n in names if n not in alone]
        if len(time.parts) != PAIR or len(names) != PAIR or len(counts) != 1 or time.const:
            continue
        (count,) = counts
        step = numbered(700)
        sign = dict(time.parts)[count]
        value = (Affine.of(step) - (time - Affine.of(count).times(sign))).times(sign)
        return _with_step(obligation, count, step, value)
    return obligation


def _with_step(obligation: Obligation, count: str, step: str, value: Affine) -> Obligation:
    env = {count: value}
    low, high = dict(obligation.variables)[count]
    kept = tuple((n, ends) for n, ends in obligation.variables if n != count)
    inside = (Condition(low, "<=", value), Condition(value, "<=", high))
    conditions = (Condition(c.left.put(env), c.relation, c.right.put(env)) for c in obligation.conditions)
    return replace(
        obligation,
        left=substitute(obligation.left, env),
        right=substitute(obligation.right, env),
        variables=(*kept, (step, (Affine(obligation.network.first - 1), Affine.of(LAST)))),
        conditions=(*conditions, *inside),
    )


def _bounds(stated: Stated, network: Network, builder: Builder) -> Iterator[Bound | None]:
    """What an inequality on the page supposes; None where numbers cannot be seen to meet all of it."""
    try:
        left, right = (with_ends(builder.whole(side), network) for side in (stated.left, stated.right))
        called = next((x for x in walk(left) if _is_of_a_letter(x, network)), None)
        if isinstance(called, Apply):
            yield from _of_function(left, called, right, stated.mark, network)
        else:
            yield _bound(left, right, stated.mark, network, builder)
    except (NotBuilt, NoPattern, IllTyped, Unbound):
        yield None


def _is_of_a_letter(term: Term, network: Network) -> bool:
    """`f'(z)` with a letter that the network does not have: any number is meant."""
    used = {x.name for d in network.definitions.values() for x in walk(d.body) if isinstance(x, Ref)}
    return (
        isinstance(term, Apply)
        and term.function.name not in MEASURES
        and len(term.args) == 1
        and any(isinstance(x, Ref) and x.time is None and x.name not in used for x in term.args)
    )


def _of_function(left: Term, called: Apply, right: Term, mark: str, network: Network) -> Iterator[Bound | None]:
    """What is supposed of a function at every number: of its largest value, and wherever the network applies it."""
    sign, swapped = ORDERS[mark]
    size = Apply(Function("abs"), (called,))
    inside = Intervals(Known(Obligation(called, called, network))).of(called)
    positive = inside.low is not None and inside.low >= 0
    if swapped or left not in {size, called} or (left == called and not positive):
        yield None
        return
    words = f"{latex(left)} {mark} {latex(right)}"
    if inside.low is None or inside.high is None:
        yield None  # nobody knows how large it is
    else:
        open_ = inside.high_open or -inside.low > inside.high
        top = Num(max(inside.high, -inside.low))
        yield Bound(top, "<" if sign == "<" and not open_ else "<=", right, words=words)
    for definition in network.definitions.values():
        for x in walk(definition.body):
            if isinstance(x, Apply) and x.function == replace(called.function, order=0):
                vector = bool(shape_of(x, Scope(network)).axes)
                low = Apply(Function("norm_inf" if vector else "abs"), (replace(x, function=called.function),))
                var = (definition.var or "", (Affine(network.first - 1), Affine.of(LAST)))
                yield Bound(low, sign, right, (var,) if definition.var else (), (), words)


def _bound(left: Term, right: Term, mark: str, network: Network, builder: Builder) -> Bound:
    domain = domain_of(left, right, network, (), Add((left, right)), builder.at_last)
    scope = Scope(network, dict(domain.variables))
    if shape_of(left, scope).axes or shape_of(right, scope).axes:
        raise NotBuilt("not-settled", "an inequality between vectors", None)
    sign, swapped = ORDERS[mark]
    low, high = (right, left) if swapped else (left, right)
    steps = tuple((n, (Affine(network.first - 1), end)) for n, (_, end) in domain.variables)
    between = tuple(c for c in domain.conditions if len((c.left - c.right).names() - {LAST}) > 1)
    return Bound(low, sign, high, steps, between, f"{latex(left)} {mark} {latex(right)}")


# proofs


def _proved(claim: Claim) -> Outcome | None:
    """The claim proved with as few hypotheses as possible: at all steps, or where those of its derivatives differ."""
    found = _with_hypotheses(claim)
    if found is not None or not claim.strict:
        return found
    o, words = claim.obligation, tuple(f"{c.left} < {c.right}" for c in claim.strict)
    apart = replace(o, conditions=(*o.conditions, *claim.strict))
    return _with_hypotheses(replace(claim, obligation=apart, words=(*claim.words, *words)))


def _with_hypotheses(claim: Claim) -> Outcome | None:
    kinds = KINDS[:1] if _is_unnamed(claim.obligation) else ("",)
    named = in_norm(claim.obligation, kinds[0])
    supposed = named.assumptions.bounds
    for used in ((), supposed) if supposed else ((),):
        one = _supposing(named, used)
        identity = bounds.propose(one).identity
        if identity is None:
            continue
        for bound in used:
            fewer = _supposing(one, tuple(b for b in one.assumptions.bounds if b != bound))
            if (enough := bounds.propose(fewer).identity) is not None:
                one, identity = fewer, enough
        return _confirmed(one, identity, claim)
    return None


def _supposing(obligation: Obligation, used: tuple[Bound, ...]) -> Obligation:
    return replace(obligation, assumptions=replace(obligation.assumptions, bounds=used))


def _confirmed(obligation: Obligation, identity: Identity, claim: Claim) -> Outcome | None:
    verdict = judge.confirm_identity(obligation, identity)
    if isinstance(verdict, judge.Refusal):
        return waiting(verdict, obligation) if verdict.fact is not None else None
    facts = (*verdict.rests_on, *((UNNAMED,) if _is_unnamed(claim.obligation) else ()))
    only = ", ".join(claim.words)
    hypotheses = (*obligation.assumptions.described(), *((f"for {only}",) if only else ()))
    message = "holds" + (f" for {only}" if only else "")
    supposed = " and ".join(obligation.assumptions.described())
    message += f" if {supposed}" if supposed else ""
    return Outcome(
        verdict,
        (),
        hypotheses,
        message,
        understood=shown(obligation),
        obligation=obligation,
        facts=facts,
        domain=claim.words,
    )


def _is_unnamed(obligation: Obligation) -> bool:
    terms = (obligation.left, obligation.right, *(t for b in obligation.assumptions.bounds for t in (b.low, b.high)))
    return any(isinstance(x, Apply) and x.function.name == "norm" for t in terms for x in walk(t))


def in_norm(obligation: Obligation, kind: str) -> Obligation:
    """The claim with a norm for those that the note does not name."""
    assumed = obligation.assumptions
    supposed = tuple(replace(b, low=_named(b.low, kind), high=_named(b.high, kind)) for b in assumed.bounds)
    left, right = _named(obligation.left, kind), _named(obligation.right, kind)
    return replace(obligation, left=left, right=right, assumptions=replace(assumed, bounds=supposed))


def _named(term: Term, kind: str) -> Term:
    new = rebuild(term, lambda child: _named(child, kind))
    unnamed = isinstance(new, Apply) and new.function.name == "norm"
    return replace(new, function=Function(kind)) if unnamed and isinstance(new, Apply) else new


# refutations


def _refuted(claim: Claim) -> Outcome:
    """The claim refuted by numbers, unless something that the note does not say makes it true."""
    o = claim.obligation
    strict = replace(claim, obligation=_labelled(replace(o, conditions=(*o.conditions, *claim.strict))))
    refused = judge.resting_on(o, NO_ACCUSATION)
    if refused is not None:
        return waiting(refused, o)
    needed = next(_needed(strict), None)
    if needed is not None:
        return left_open(f"it holds if {needed.what}, which the note does not say", o, needed)
    if not claim.understood:
        message = "it is not shown by the rules for norms and sums, and what the note supposes is not all understood"
        return Outcome(judge.undecided(message), message=message, understood=shown(o), obligation=o)
    kinds = KINDS if _is_unnamed(o) else ("",)
    found = counterexample(tuple(in_norm(strict.obligation, kind) for kind in kinds))
    if found is None:
        message = "neither is it shown by the rules for norms and sums, nor do numbers contradict it"
        return Outcome(judge.undecided(message), message=message, understood=shown(o), obligation=o)
    verdict, witness, obligation = found
    if any(counterexample(tuple(in_norm(other, kind) for kind in kinds)) is None for other in _usual(strict)):
        message = "it depends on what the activation is, of which the note gives no more than the name"
        return Outcome(judge.undecided(message), message=message, understood=shown(o), obligation=o)
    return Outcome(
        verdict,
        (),
        obligation.assumptions.described(),
        "fails",
        understood=shown(obligation),
        obligation=obligation,
        witness=witness,
        domain=claim.words,
    )


def _labelled(obligation: Obligation) -> Obligation:
    """The claim with targets that mark a class, where they are compared with probabilities."""
    network = obligation.network
    below = names_under(network, (obligation.left, obligation.right))
    bodies = [d.body for n, d in network.definitions.items() if n in below]
    compared = any(isinstance(x, Apply) and x.function.name in {"softmax", "log"} for t in bodies for x in walk(t))
    targets = frozenset(n for n in network.targets & below if len(network.shapes[n].axes) == 1)
    if not compared or not targets:
        return obligation
    return replace(obligation, assumptions=replace(obligation.assumptions, one_hot=targets))


def _needed(claim: Claim) -> Iterator[Fact]:
    """What would make the claim true, and is often meant: a state that starts at zero, powers of what is below one."""
    o = in_norm(claim.obligation, KINDS[0])
    if not o.assumptions.zero_start and not claim.model.start_said:
        other = replace(o, assumptions=replace(o.assumptions, zero_start=True))
        if bounds.propose(other).identity is not None:
            inquiry = Inquiry("Is the initial state zero?", "write it in the note: $h_0 = 0$")
            yield Fact("", "the initial state is zero", "convention", None, inquiry)
    for base in dict.fromkeys(x.body for x in walk(o.right) if isinstance(x, Power) and x.exponent.parts):
        words = f"{latex(base)} \\le 1"
        bound = Bound(base, "<=", Num(Fraction(1)), words=words)
        if bounds.propose(_supposing(o, (*o.assumptions.bounds, bound))).identity is not None:
            yield Fact("", words, "convention", None, Inquiry(f"Is {words}?"))


def _usual(claim: Claim) -> Iterator[Obligation]:
    """The claim with each usual activation for the functions of which the note says no more than their names."""
    o = claim.obligation
    network = o.network
    below = names_under(network, (o.left, o.right))
    terms = (o.left, o.right, *(d.body for n, d in network.definitions.items() if n in below))
    if not any(_is_open(x) for t in terms for x in walk(t)):
        return
    for name in ACTIVATIONS:
        definitions = {n: replace(d, body=_with(d.body, name)) for n, d in network.definitions.items()}
        supposed = tuple(replace(b, low=_with(b.low, name), high=_with(b.high, name)) for b in o.assumptions.bounds)
        yield replace(
            o,
            left=_with(o.left, name),
            right=_with(o.right, name),
            network=replace(network, definitions=definitions),
            assumptions=replace(o.assumptions, bounds=supposed),
        )


def _is_open(term: Term) -> bool:
    return isinstance(term, Apply) and term.function.kind == "generic" and len(term.args) == 1


def _with(term: Term, known: str) -> Term:
    new = rebuild(term, lambda child: _with(child, known))
    if isinstance(new, Apply) and _is_open(new):
        return replace(new, function=Function(known, order=new.function.order))
    return new


def _ill_typed(relation: Relation) -> Outcome:
    """No reading of the inequality has a meaning: a Jacobian is compared with a number, a vector with another one."""
    literal = replace(obligation_of(*relation.terms, relation), sign="<=")
    verdict = judge.confirm_ill_typed(literal, relation.scope)
    if isinstance(verdict, judge.Refusal):
        return waiting(verdict, literal)
    return Outcome(verdict, message=verdict.message, understood=shown(literal), obligation=literal)
