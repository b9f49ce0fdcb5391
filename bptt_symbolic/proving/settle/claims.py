"""One relation -> an outcome: its readings are searched in the models that the page allows.

A claim is settled in its model; where that leaves it open, in the models that the page allows besides: another meaning
of a function, a loss of another kind, letters that are numbers. What has no shape in any reading is ill-typed, unless
it names something that the checker does not know.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product as pairs_of

from bptt_symbolic.meaning.names import is_homonym, letter_of
from bptt_symbolic.meaning.network import Network, names_under
from bptt_symbolic.meaning.shapes import IllTyped, shape_of
from bptt_symbolic.meaning.terms import (
    Affine,
    Apply,
    Deriv,
    Entry,
    Mul,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    Unbound,
    free_names,
    speaks_of,
    standing,
    walk,
)
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.obligation import Assumptions
from bptt_symbolic.proving.settle.any_loss import kinds_of_losses, losses_of_one_step, made_up, only_derivatives
from bptt_symbolic.proving.settle.asked_once import asked_once
from bptt_symbolic.proving.settle.case import particular
from bptt_symbolic.proving.settle.enumeration import (
    EVERYTHING,
    NO_OUTER,
    Breadth,
    Reading,
    Relation,
    in_modes,
    misfit,
    obligation_of,
    pairs,
    place_of,
    reading_of,
    readings,
    related,
    relation_of,
    sides_of,
)
from bptt_symbolic.proving.settle.hypotheses import assumptions_of
from bptt_symbolic.proving.settle.obvious import mended
from bptt_symbolic.proving.settle.outcome import Outcome, shown
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.searching import search
from bptt_symbolic.proving.settle.sides import Side, shape_or_none
from bptt_symbolic.proving.settle.stacked import in_a_stack, is_of_far_layers, of_far_layers, of_one_sequence
from bptt_symbolic.proving.settle.standing import (
    meanings_of_sigma,
    nearly,
    open_practice,
    rebindings,
    unknown_name,
    waiting,
)
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.understanding import NUMBERS, Model, NoPattern, NotBuilt, usual_losses
from bptt_symbolic.understanding.coerce import whole_ranges

MOST_MENDED = 12
"""Repaired versions of an ill-typed relation that are looked at, and readings of each."""


def settle(question: Question) -> Outcome:
    """Settle one relation; one that was settled in its model before comes out as it did."""
    return asked_once(question, _come_out)


def _come_out(question: Question) -> Outcome:
    if question.model.copies:
        question = replace(question, model=_with_copies(question))
    sides = [t for side in (question.left, question.right) if (t := question.model.builder.tried(side)) is not None]
    part = next((one for one in question.model.parts if one.part.concerns(sides)), None)
    if part is not None:
        return in_a_stack(question, part, sides, settle)
    if is_of_far_layers(question, sides):
        return of_far_layers()
    if question.model.sequences:
        return of_one_sequence(question, sides, settle)
    outcome = _settled(question)
    fails = outcome.verdict.word == "refuted" or _rests_on_a_loss(outcome, question)
    return _with_usual_losses(question, outcome) if fails and not question.proof_only else outcome


def _with_copies(question: Question) -> Model:
    """The model that a relation speaks of: with copies of what is read in several places, where it names them."""
    model = question.model
    sides = (t for side in (question.left, question.right) if (t := model.builder.tried(side)) is not None)
    named = any(speaks_of(side, model.copies) for side in sides)
    return model.split if named and model.split is not None else model


def _with_usual_losses(question: Question, outcome: Outcome) -> Outcome:
    r"""A claim that fails for any loss `\ell(\hat y_t, y_t)`, where the note leaves open which it is."""
    network, build = question.model.network, question.model.builder.tried
    sides = [t for node in (question.left, question.right) if (t := build(node)) is not None]
    for definitions, what in usual_losses(network):
        if all(
            definitions[name] == network.definitions.get(name)
            for name in names_under(network, sides) & set(definitions)
        ):
            continue  # it is about no such loss
        model = replace(question.model, network=replace(network, definitions=definitions))
        other = _with_sigma(replace(question, model=model, proof_only=True))
        if _may_hold(other):
            inquiry = Inquiry("Which loss is meant?", 'define = ["... = ..."]')
            return open_practice(outcome.obligation, Fact("", what, "convention", None, inquiry), other)
    return outcome


def _settled(question: Question) -> Outcome:
    outcome = _in_model(question)
    literal = question.model.literal
    if literal is None or outcome.verdict.word not in {"refuted", "ill-typed"}:
        return outcome
    builder = question.model.builder
    full = replace(builder, restored=question.model.restored)
    shortened = any(full.tried(side) != builder.tried(side) for side in (question.left, question.right))
    others = [(replace(question.model, builder=full), IN_FULL)] if shortened else []
    for model, what in [*others, (literal, FIRST)]:
        other = _in_model(replace(question, model=model, proof_only=True))
        if other.verdict.word == "proved":
            return open_practice(outcome.obligation, Fact("", what, "convention"), other)
    return outcome


FIRST = "of two formulas of a chain that differ, the first is meant"
IN_FULL = "what is left out of a formula that the note gives in full elsewhere is left out here"


def _in_model(question: Question) -> Outcome:
    """Settle one relation in the network as it was understood, or in the particular one that a general one means."""
    outcome = _as_understood(question)
    model = particular(question.model) if outcome.verdict.word == "undecided" else None
    sides = [question.model.builder.tried(side) for side in (question.left, question.right)]
    if model is None or not any(side is not None and speaks_of(side, model.builder.renamed) for side in sides):
        return outcome
    other = _as_understood(replace(question, model=model))
    return other if other.verdict.word == "proved" else outcome


def _as_understood(question: Question) -> Outcome:
    outcome = _with_sigma(question)
    if _rests_on_a_loss(outcome, question):
        return _for_any_loss(question, outcome)
    if outcome.verdict.word in {"refuted", "ill-typed", "undecided"} and question.model.numbers is not None:
        return _with_numbers(question, outcome, question.model.numbers)
    return outcome


def _rests_on_a_loss(outcome: Outcome, question: Question) -> bool:
    """Whether a claim is left open for a loss that nobody defined."""
    losses = made_up(question.model.network)
    return outcome.verdict.word == "undecided" and any(f.about in losses for f in outcome.facts)


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
        proved = other.verdict.word == "proved"
        if proved or (outcome.verdict.word == "refuted" and _may_hold(other)):
            return open_practice(outcome.obligation, fact, other)
    return outcome


def _may_hold(outcome: Outcome) -> bool:
    """Whether a claim of which nothing but a proof was asked is proved, or both sides were seen to agree."""
    return outcome.verdict.word == "proved" or (outcome.verdict.word == "undecided" and outcome.obligation is not None)


def _for_any_loss(question: Question, outcome: Outcome) -> Outcome:
    """A claim about a loss that nobody defined: proved for one kind of losses, or refuted for every kind."""
    obligation = outcome.obligation
    if obligation is None or not only_derivatives((obligation.left, obligation.right), question.model.network):
        return outcome
    first: Outcome | None = None
    models, wrong = kinds_of_losses(question.model)
    for model in models:
        asked = replace(question, model=model, brief=first is not None, proof_only=question.proof_only or not wrong)
        other = _with_sigma(asked)
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
    tries = () if question.proof_only else (_by_entries, _any_parameter, _slip)
    found = next((outcome for one in tries if (outcome := one(question, fault)) is not None), None)
    return unknown_name(fault, place_of(question)[0]) if found is None else found


def _by_entries(question: Question, fault: IllTyped) -> Outcome | None:
    """The claim where small letters with indices are entries of what have the capital ones, `b_k` of `B`."""
    network, builder = place_of(question)
    if fault.code != "undefined-symbol" or builder.renamed:
        return None
    terms = [builder.whole(node) for node in (question.left, question.right)]
    parts = [x for term in terms for x in walk(term)]
    entries = [
        (x.body.name, len(x.indices))
        for x in parts
        if isinstance(x, Entry)
        and isinstance(x.body, Ref)
        and (x.body.time is not None) == (x.body.name.upper() in network.temporal)
    ]
    used = Counter(x.name for x in parts if isinstance(x, Ref))
    capitals = {
        name: name.upper()
        for name, count in Counter(name for name, _ in entries).items()
        if count == used[name]
        and name not in network.shapes
        and (shape := network.shapes.get(name.upper())) is not None
        and {indices for other, indices in entries if other == name} == {len(shape.axes)}
    }
    if fault.name not in capitals:
        return None
    model = replace(question.model, builder=replace(question.model.builder, renamed=capitals))
    outcome = _with_sigma(replace(question, model=model))
    if outcome.verdict.word not in {"proved", "refuted"}:
        return None
    said = (Fact(n, f"{n} are the entries of {big}", "convention") for n, big in sorted(capitals.items()))
    return replace(outcome, facts=(*outcome.facts, *said))


def _any_parameter(question: Question, fault: IllTyped) -> Outcome | None:
    r"""The claim for each parameter in the place of a name that stands below derivatives only, without a step:
    `\partial L/\partial\theta`; for those of its letter, where there are any: `W` beside `W_f` and `W_i`."""
    network, builder = place_of(question)
    name = fault.name or ""
    if (
        fault.code != "undefined-symbol"
        or is_homonym(name)
        or question.model.builder.renamed  # two such names are two questions
        or name in question.model.standing
    ):
        return None
    sides = [builder.whole(node) for node in (question.left, question.right)]
    stepped = {x.name for side in sides for x in walk(side) if isinstance(x, Ref) and x.time is not None}
    if name in stepped.union(*map(standing, sides)):
        return None
    used = {x.name for d in network.definitions.values() for x in walk(d.body) if isinstance(x, Ref)}
    parameters = sorted(n for n, role in network.role.items() if role == "parameter" and n in used)
    parameters = [n for n in parameters if letter_of(n) == letter_of(name)] or parameters
    outcomes: list[Outcome] = []
    for parameter in parameters:
        outcome = _by_parameter(question, name, parameter)
        if outcome is None or (outcomes and outcome.verdict.word != outcomes[0].verdict.word):
            return None
        outcomes.append(outcome)
    if not outcomes:
        return None
    fact = Fact(name, f"{name} is any of {', '.join(parameters)}", "convention", fault.span)
    return replace(outcomes[0], facts=(*outcomes[0].facts, fact))


def _by_parameter(question: Question, name: str, parameter: str) -> Outcome | None:
    """The claim with a parameter for a name; None where it is left open, or fails for a loss that nobody defined: it
    may be about another network than the one that the note goes on with."""
    model = replace(question.model, builder=replace(question.model.builder, renamed={name: parameter}))
    asked = replace(question, model=model)
    outcome = _with_sigma(asked)
    open_for_loss = _rests_on_a_loss(outcome, asked)
    outcome = _for_any_loss(asked, outcome) if open_for_loss else outcome
    settled = {"proved", "ill-typed"} if open_for_loss else {"proved", "ill-typed", "refuted"}
    return outcome if outcome.verdict.word in settled else None


def _settle(question: Question) -> Outcome:
    relation = relation_of(question)
    breadth = EVERYTHING if question.outer else NO_OUTER
    try:
        found = list(readings(relation, breadth))
        if not found:
            return _all_ill_typed(relation, breadth, question)
    except IllTyped as fault:
        if fault.code in judge.UNKNOWN:
            raise
        verdict = judge.confirm_ill_typed(obligation_of(*relation.terms, relation), relation.scope)
        if isinstance(verdict, judge.Refusal):
            return waiting(verdict, None)
        return Outcome(verdict, message=fault.message, culprit=fault.span)
    assumed = assumptions_of(question.model, relation.scope.network, relation.domain, relation.terms)
    return search(found, assumed, question, relation.domain)


def _all_ill_typed(relation: Relation, breadth: Breadth, question: Question) -> Outcome:
    """No reading of a claim has a meaning."""
    lefts, rights = sides_of(relation, breadth)
    fault = misfit(lefts[0], rights[0], relation)
    if fault is not None and fault.code in judge.UNKNOWN:
        raise fault
    _known_names(relation)
    literal = obligation_of(lefts[0].term, rights[0].term, relation)
    verdict = judge.confirm_ill_typed(literal, relation.scope)
    if isinstance(verdict, judge.Refusal):
        return waiting(verdict, literal)
    outcome = Outcome(
        verdict,
        message=verdict.message,
        understood=shown(literal),
        culprit=None if fault is None else fault.span,
        obligation=literal,
        ill_typed_left=all(shape_or_none(side.term, relation.scope) is None for side in lefts),
    )
    if question.proof_only:
        return outcome
    if (named := _with_slopes_named(question, relation)) is not None:
        return named
    if (meant := _with_entries_meant(question, relation)) is not None:
        return meant
    if (equal := _with_equal_sizes(question, outcome.message)) is not None:
        return equal
    return replace(outcome, message=outcome.message + _after_repair(lefts, rights, relation, question))


def _with_entries_meant(question: Question, relation: Relation) -> Outcome | None:
    r"""`V` behind `\frac{\partial y_t}{\partial h_{t,p}}`: the matrix by its letter alone, where its column p is."""
    left, right = relation.terms
    if not isinstance(left, Deriv) or not isinstance(right, Ref) or right.time is not None:
        return None
    of, by = (side.indices if isinstance(side, Entry) else () for side in (left.of, left.by))
    places = [(*of, *by)] if of and by else [order for i in (*of, *by) for order in ((None, i), (i, None))]
    for indices in places:
        other = _guarded_terms(left, Entry(right, indices, right.span), question)
        if other.verdict.word == "proved":
            said = f"{right.name} stands for those of its entries that the left side is about"
            return open_practice(other.obligation, Fact("", said, "convention"))
    return None


def _with_slopes_named(question: Question, relation: Relation) -> Outcome | None:
    r"""`A f'(z) B` behind `A \frac{\partial f(z)}{\partial z} B`: in its place, so that it names the same matrix."""
    left, right = relation.terms
    meant = _named_slopes(right) if isinstance(right, Mul) else right
    if meant != left or meant == right:
        return None
    outcome = _guarded_terms(left, meant, question)
    what = "f'(z) names the derivative of f(z) by z, in the place of which it stands"
    known = outcome.verdict.word == "proved"
    return replace(outcome, facts=(*outcome.facts, Fact("", what, "convention"))) if known else None


def _named_slopes(term: Term) -> Term:
    """The slopes among the factors of a product as derivatives of the function by its argument."""
    if isinstance(term, Mul):
        return replace(term, left=_named_slopes(term.left), right=_named_slopes(term.right))
    if isinstance(term, Apply) and term.function.order == 1 and len(term.args) == 1:
        return Deriv(replace(term, function=replace(term.function, order=0)), term.args[0], span=term.span)
    return term


def _known_names(relation: Relation) -> None:
    """Raise IllTyped for a name that nothing defines: a sum that has no shape otherwise, too, may be right with it."""
    parts = [part for term in relation.terms for part in walk(term)]
    counting = {part.var for part in parts if isinstance(part, Sum | Prod)}
    for part in parts:
        if isinstance(part, Ref) and part.name not in {*relation.scope.network.shapes, *counting}:
            shape_of(part, relation.scope)


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


def _after_repair(lefts: Sequence[Side], rights: Sequence[Side], relation: Relation, question: Question) -> str:
    """Whether the claim holds after the obvious repair, in words; nothing when none is known."""
    found: list[tuple[int, str, Reading]] = []
    for a, b in pairs(lefts, rights):
        for (left, one), (right, two) in pairs_of(mended(a.term, relation.scope), mended(b.term, relation.scope)):
            with suppress(IllTyped):
                reading = reading_of(left, right, relation)
                done = tuple(dict.fromkeys((*one, *two)))
                cost = 4 * (len(one) + len(two)) + a.cost + b.cost + 2 * reading.bridged
                found.append((cost, " and ".join(done), reading))
    found.sort(key=lambda f: f[0])
    for _, words, reading in found[:MOST_MENDED]:
        o = reading.obligation
        assumed = assumptions_of(question.model, o.network, relation.domain, (o.left, o.right))
        if _holds_somehow(reading, assumed):
            return f"; {words} it holds"
    return f"; {found[0][1]} it is still false" if found else ""


def _slip(question: Question, fault: IllTyped) -> Outcome | None:
    """The claim with another letter for a name that nothing defines or binds, where that is proved."""
    network, builder = place_of(question)
    name = fault.name or ""
    left, right = builder.whole(question.left), builder.whole(question.right)
    if fault.code == "undefined-symbol":
        if question.model.mentions.get(name, 0) > 1:
            return None
        tries = [(f"with {other} for {name}", left, right, {name: other}) for other in nearly(name, network)]
    else:
        settled, done = _with_a_letter(question, name, left, right)
        if settled is not None:
            return settled
        tries = [(words, left, term, {}) for words, term in rebindings(name, left, right, sums_only=done)]
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


def _with_a_letter(question: Question, name: str, left: Term, right: Term) -> tuple[Outcome | None, bool]:
    """A claim in which a letter stands on the right side alone, and whether there is no more to be tried."""
    freely = _with_any_letter(question, left, right)
    plain = not any(isinstance(x, Deriv) for x in walk(right))  # a chain of derivatives may be meant loosely
    if freely.verdict.code == "shape-mismatch" and plain and name == question.model.builder.notation.main:
        return freely, True  # whatever step it is; another letter may count entries
    if freely.verdict.word != "proved" and name in question.model.until:
        freely = _with_last_step(question, name, (left, right))
    if freely.verdict.word == "proved":
        return freely, True
    waits = freely.verdict.word == "undecided" and freely.obligation is not None
    return None, waits or _of_any_loss(question, left, right)


def _of_any_loss(question: Question, left: Term, right: Term) -> bool:
    """Whether a claim is about a loss that nobody defined: a letter may be the step that it is of."""
    return only_derivatives((left, right), question.model.network)


def _with_any_letter(question: Question, left: Term, right: Term) -> Outcome:
    """The claim about every value of the letters that stand on its right side alone, in each layout that the note may
    have, and with a loss of one step where nobody defined it."""
    if question.model.builder.convention:
        return _guarded_terms(right, left, question)
    return _first_proved(replace(question, head=question.right, proof_only=True), (left, right))


def _with_last_step(question: Question, name: str, terms: tuple[Term, Term]) -> Outcome:
    r"""The claim where the letter on its right side alone is the step of the loss, which nobody defined: the last one,
    `\frac{\partial E}{\partial W} = \sum_{k=1}^t \frac{\partial E}{\partial W_k}`."""
    builder, network = question.model.builder, question.model.network
    last = replace(builder.notation, last=builder.notation.last | {name})
    said = f"{name} is the step of the loss, which is the last one"
    facts = (*network.facts, *(Fact(loss, said, "convention") for loss in made_up(network)))
    model = replace(question.model, builder=replace(builder, notation=last), network=replace(network, facts=facts))
    return _first_proved(replace(question, model=model, proof_only=True), terms)


def _first_proved(question: Question, terms: tuple[Term, Term]) -> Outcome:
    """The claim as it is, or with a loss that nobody defined at the last step alone, where it is proved so."""
    outcome = _guarded(question)
    if outcome.verdict.word == "proved" or not _of_any_loss(question, *terms):
        return outcome
    for model in losses_of_one_step(question.model):
        other = _guarded(replace(question, model=model))
        if other.verdict.word == "proved":
            return other
    return outcome


def _guarded_terms(left: Term, right: Term, question: Question) -> Outcome:
    """Whether two terms are equal in their most literal reading."""
    network, builder = place_of(question)
    try:
        relation = related(replace(question, head=None), (left, right), frozenset(), network, builder)
        whole = whole_ranges(left, relation.scope), whole_ranges(right, relation.scope)
        reading = reading_of(*whole, relation)
    except (IllTyped, NotBuilt, Unbound) as reason:
        return Outcome(judge.undecided(str(reason)))
    assumed = assumptions_of(question.model, network, relation.domain, whole)
    return search([reading], assumed, question, relation.domain)


def _holds_somehow(reading: Reading, assumptions: Sequence[Assumptions]) -> bool:
    return any(
        fixed.seen_to_agree(replace(one.obligation, assumptions=assumed))
        for one in (reading, *in_modes(reading, most=MOST_MENDED))
        for assumed in assumptions
    )
