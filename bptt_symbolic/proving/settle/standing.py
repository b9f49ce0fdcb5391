r"""What an accusation may rest on: what the page leaves open, and what the checker does not know.

A claim is refuted only if it fails under each practice that the page leaves open (what `\sigma` is, whether targets are
one-hot, whether the first state is zero, whether letters are numbers). A name that nothing defines is a question to
the author, unless the claim is proved with one letter of it changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.names import as_written, is_homonym, words_of
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped
from bptt_symbolic.meaning.terms import LAST, Affine, Num, Ref, Term, free_names, substitute
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.proving.settle.obvious import rebound
from bptt_symbolic.proving.settle.outcome import Outcome, left_open
from bptt_symbolic.proving.settle.special import holds, with_sigma
from bptt_symbolic.reporting.grounds import Fact, Grade, Inquiry, definition_of, in_toml
from bptt_symbolic.understanding import Model

# names that the checker does not know


def waiting(refused: judge.Refusal, obligation: Obligation | None) -> Outcome:
    """A claim that is left open for what it would rest on."""
    fact = refused.fact
    if fact is None:
        return Outcome(judge.undecided(refused.reason), message=refused.reason, obligation=obligation)
    why = "could not be used" if fact.grade == "dropped" else "the note does not say"
    return left_open(f"this rests on something that {why}: {fact.what}", obligation, fact)


def unknown_name(fault: IllTyped, network: Network) -> Outcome:
    """A name that nothing defines or binds: undecided, with the question."""
    name = fault.name or ""
    for fact in network.facts:
        if fact.about == name and name:
            return replace(waiting(judge.Refusal(fact.what, fact), None), culprit=fault.span)
    if fault.code == "tensor-layout":
        inquiry = Inquiry("How is the derivative by a matrix laid out here, and which axes does the product sum over?")
    elif fault.code == "free-index":
        inquiry = Inquiry(f"What does {name} stand for here, and over what does it run?")
    elif is_homonym(name):
        inquiry = Inquiry(f"Which step of {as_written(name)} is meant, or what is it without one?")
    else:
        inquiry = Inquiry(f"What is {name}?", definition_of(name))
    fact = Fact(name, fault.message, "unknown", fault.span, inquiry)
    verdict = judge.undecided(fault.message, fault.code)
    return Outcome(verdict, message=fault.message, culprit=fault.span, facts=(fact,), inquiry=inquiry)


def nearly(name: str, network: Network) -> list[str]:
    """The quantities of a network whose name has one letter more, less, or another one; `L` is not nearly `O`."""
    others = (n for n in network.shapes if n != name and (set(_letters(n.lower())) & set(_letters(name.lower()))))
    return sorted(n for n in others if _one_apart(_letters(n), _letters(name)))


def _letters(name: str) -> tuple[str, ...]:
    """The letters of a name, a command counting as one, without the signs that hold them together."""
    found: list[str] = []
    for part in words_of(name):
        head, *commands = part.split("\\")
        found.extend(head)
        found.extend(commands)
    return tuple(found)


def _one_apart(a: Sequence[str], b: Sequence[str]) -> bool:
    if abs(len(a) - len(b)) > 1 or max(len(a), len(b)) < 1:
        return False
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    if len(a) == len(b):
        return a[same + 1 :] == b[same + 1 :]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[same + 1 :] == shorter[same:]


def rebindings(name: str, left: Term, right: Term, *, sums_only: bool) -> Iterator[tuple[str, Term]]:
    """The right side with a letter bound that is bound nowhere: by a sum that binds another, or read as one of the
    letters of the left side."""
    new = rebound(right, name)
    if new is not None:
        yield f"with the sum over {name}", new
    for letter in sorted(() if sums_only else free_names(left)):
        if letter != name and len(letter) == 1 and name in free_names(right):
            yield f"with {letter} for {name}", substitute(right, {name: Affine.of(letter)})


# practices that the page leaves open


SIGMAS: Mapping[str, tuple[str, Grade]] = {
    "sigmoid": ("the logistic function", "assumed"),
    "tanh": ("the hyperbolic tangent", "convention"),
}
r"""What `\sigma` usually is, in words, and how it is known that it is that: a proof may rest on the first."""


def meanings_of_sigma(model: Model) -> Iterator[tuple[Fact, Model]]:
    r"""The model under what `\sigma` usually is, where the note does not say: a proof may take the logistic function
    for granted, which is said; under any other, the claim is left open."""
    for known, (words, grade) in SIGMAS.items():
        inquiry = Inquiry(rf"Is \sigma {words}?", f'[functions]\n"\\\\sigma" = "{known}"')
        fact = Fact("", rf"\sigma is {words}", grade, None, inquiry)
        found = with_sigma(model, known, fact)
        if found is not None:
            yield fact, found


def open_for(obligations: Sequence[Obligation], model: Model, assumed: Assumptions) -> Fact | None:
    """A practice under which one of the readings holds, and which the page leaves open."""
    network = obligations[0].network
    targets = frozenset(n for n in network.targets if n in network.shapes and len(network.shapes[n].axes) == 1)
    practices: list[tuple[Fact, Assumptions]] = []
    if targets and not model.assumed_labels and not assumed.one_hot:
        names = ", ".join(sorted(targets))
        quoted = ", ".join(f'"{in_toml(as_written(n))}"' for n in sorted(targets))
        declaration = f"one_hot = [{quoted}]"
        fact = Fact("", f"{names} is one-hot", "convention", None, Inquiry(f"Is {names} one-hot?", declaration))
        practices.append((fact, replace(assumed, one_hot=targets)))
    if not model.start_said and not _comes_to_nothing(obligations[0]):
        inquiry = Inquiry("Is the initial state zero?", "write it in the note: $h_0 = 0$")
        fact = Fact("", "the initial state is zero", "convention", None, inquiry)
        practices.append((fact, replace(assumed, zero_start=True)))
    for fact, assumptions in practices:
        if any(holds(replace(o, assumptions=assumptions)) for o in obligations):
            return fact
    return None


def _comes_to_nothing(obligation: Obligation) -> bool:
    """Whether a state that begins at zero stays there, so that nobody means that."""
    network = obligation.network
    zero = replace(obligation.assumptions, zero_start=True)
    return any(
        fixed.seen_to_agree(Obligation(Ref(name, Affine.of(LAST)), Num(Fraction(0)), network, assumptions=zero))
        for name in sorted(network.states & set(network.definitions))
    )


def open_practice(obligation: Obligation | None, fact: Fact, otherwise: Outcome | None = None) -> Outcome:
    """A claim that holds, or is seen to, under a practice that the page leaves open, and fails without it; `otherwise`
    is what is said under it: where that is a proof, the habit of the note may close what is open."""
    seen = otherwise is not None and otherwise.verdict.word != "proved"
    words = "both sides agree at random numbers" if seen else "holds"
    found = left_open(f"{words} if {fact.what}, which the note does not say, and fails if not", obligation, fact)
    return replace(found, otherwise=None if seen else otherwise)
