"""What is offered is a repair: of an accusation, by the rules of a claim, and of what the author wrote."""

import pytest
from wrong_notes import claims_in

import bptt_symbolic
from bptt_symbolic.api import understand
from bptt_symbolic.mending.repair.hollow import copies, hollow
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.review.settling import settled
from bptt_symbolic.reporting.report import Finding

CELL = r"""
The cell $c_t \in \mathbb{R}^{n}$ reads $u_t \in \mathbb{R}^{m}$, with $A \in \mathbb{R}^{n \times n}$,
$B \in \mathbb{R}^{n \times m}$ and the target $d_t \in \mathbb{R}^{n}$.

$$a_t = A c_{t-1} + B u_t$$

$$c_t = \tanh(a_t)$$

$$E_t = \frac{1}{2} \| c_t - d_t \|^2$$

$$E = \sum_{t=1}^{T} E_t$$
"""

LATER = (  # with the error of step t for that of all steps: the second term is right, what stands left is not
    (
        r"\frac{\partial E_t}{\partial c_t} = c_t - d_t "
        r"+ A^\top \mathrm{diag}(1 - c_{t+1}^2) \frac{\partial E}{\partial c_{t+1}}"
    ),
    r"\frac{\partial E_t}{\partial c_t} = (c_t - d_t)^\top + \frac{\partial E}{\partial a_{t+1}} A",
    (
        r"\frac{\partial E_t}{\partial c_t} = \left( \frac{\partial c_{t+1}}{\partial c_t} \right)^\top "
        r"\frac{\partial E}{\partial c_{t+1}} + c_t - d_t"
    ),
)
ZERO = (  # each holds a derivative by what nothing depends on
    r"\frac{\partial c_t}{\partial a_t} = \mathrm{diag}(c_t) + \frac{\partial c_t}{\partial a_{t+1}} A",
    r"\frac{\partial a_t}{\partial u_t} = B + \frac{\partial d_t}{\partial u_t} B B^\top B",
    r"\frac{\partial E}{\partial c_T} = (c_T - d_T)^\top + \sum_{k=1}^{T} c_T^\top \frac{\partial u_k}{\partial c_k} B",
)
SIGN = r"\frac{\partial E_t}{\partial A} = \mathrm{diag}(1 - c_t^2) (d_t - c_t) c_{t-1}^\top"
WRONG = (
    SIGN,
    r"\frac{\partial E}{\partial a_t} = d_t",
    r"\frac{\partial E}{\partial B} = \sum_{t=1}^{T} (c_t - d_t) u_t^\top",
    r"\frac{\partial c_t}{\partial u_t} = B \mathrm{diag}(1 - c_t^2)",
    r"\frac{\partial c_t}{\partial c_{t-2}} = A^2",
)
WITHOUT_MEANING = (
    r"\frac{\partial E}{\partial c_T} = \mathfrak{q}_T^\top A",
    r"\frac{\partial E}{\partial c_T} = c_T \oplus d_T",
    r"\frac{\partial c_t}{\partial c_{t-1}} = \mathcal{J}(c_t, c_{t-1})",
    r"\frac{\partial E}{\partial B} = (1 - c_t^2) u_t^\top",  # which step?
)


def found(claim: str, words: str = "") -> Finding:
    """The finding of a claim below the network, with some words before it."""
    return claims_in(bptt_symbolic.check(f"{CELL}\n{words}\n\n$$\n{claim}\n$$\n").findings)[-1]


def offered(finding: Finding) -> list[str]:
    """The formulas that are offered."""
    return [r.latex for r in (finding.repair, *finding.alternatives) if r is not None]


def obligation(claim: str) -> Obligation:
    """What a claim was understood to say."""
    outcome = settled(understand(f"{CELL}\n$$\n{claim}\n$$\n"))[-1].outcome
    assert outcome is not None
    assert outcome.obligation is not None
    return outcome.obligation


@pytest.mark.parametrize("claim", [LATER[1], *(pytest.param(LATER[n], marks=pytest.mark.slow) for n in (0, 2))])
def test_a_right_term_is_not_taken_away(claim: str) -> None:
    finding = found(claim)
    assert finding.verdict == "refuted"
    assert offered(finding) == [claim.replace("E_t", "E", 1)]


def test_a_term_that_is_too_many_is_taken_away_if_nothing_else_helps() -> None:
    finding = found(r"\frac{\partial E}{\partial c_T} = (c_T - d_T)^\top + u_T^\top B^\top A")
    assert finding.verdict == "refuted"
    assert [text.split("=")[1].strip() for text in offered(finding)] == [r"(c_T - d_T)^\top"]


@pytest.mark.parametrize("claim", ZERO)
def test_a_claim_with_a_derivative_that_vanishes_is_hollow(claim: str) -> None:
    assert [word for word in hollow(obligation(claim)) if word.endswith("which is zero")]


@pytest.mark.parametrize("claim", [*LATER, *WRONG])
def test_a_claim_without_one_is_not(claim: str) -> None:
    assert not [word for word in hollow(obligation(claim)) if word.endswith("which is zero")]


def test_a_sum_that_takes_away_what_it_adds_is_hollow() -> None:
    for right in (r"A + \left( A^\top - A^\top \right) A", r"A + A^\top - A^\top"):
        assert "a term and its negative" in hollow(
            obligation(rf"\frac{{\partial a_t}}{{\partial c_{{t-1}}}} = {right}")
        )


@pytest.mark.parametrize(
    ("right", "is_copy"),
    [
        (r"\frac{\partial E}{\partial a_t}", True),
        (r"\sum_{k=1}^{T} \frac{\partial E_k}{\partial a_t}", True),
        (r"\frac{\partial E}{\partial c_t} \frac{\partial c_t}{\partial a_t}", True),
        (r"\frac{\partial E}{\partial c_t} \mathrm{diag}(1 - c_t^2)", False),
        (r"(c_t - d_t)^\top", False),
    ],
)
def test_a_formula_of_which_nothing_is_left_was_not_mended(right: str, *, is_copy: bool) -> None:
    before = obligation(r"\frac{\partial E}{\partial a_t} = c_t^\top")
    assert copies(before, obligation(rf"\frac{{\partial E}}{{\partial a_t}} = {right}")) == is_copy


@pytest.mark.parametrize(
    "claim", [*(pytest.param(WRONG[n], marks=pytest.mark.slow) for n in (0, 2)), *(WRONG[n] for n in (1, 3, 4))]
)
def test_what_is_offered_is_proved_as_a_claim_of_the_note(claim: str) -> None:
    finding = found(claim)
    assert finding.verdict in {"refuted", "ill-typed"}
    texts = offered(finding)
    again = bptt_symbolic.check(CELL + "".join(f"\n$$\n{text}\n$$\n" for text in texts), repair=False)
    assert [one.verdict for one in claims_in(again.findings)] == ["proved"] * len(texts)
    for text in texts:
        assert text.split("=", 1)[0].strip() not in text.split("=", 1)[1]


@pytest.mark.slow
def test_a_repair_takes_no_derivative_for_an_immediate_one_unless_the_note_does() -> None:
    """The sign mended, it is the immediate derivative; the total one goes through all earlier steps."""
    mended = SIGN.replace("(d_t - c_t)", "(c_t - d_t)")
    assert mended not in offered(found(SIGN))
    words = "Earlier states are held fixed in the following derivative."
    assert found(mended).verdict == "refuted"
    assert found(mended, words).verdict == "proved"
    assert mended in offered(found(SIGN, words))


@pytest.mark.parametrize("claim", WITHOUT_MEANING)
def test_a_formula_without_meaning_is_not_mended(claim: str) -> None:
    finding = found(claim)
    assert finding.verdict == "undecided"
    assert (finding.repair, finding.alternatives, finding.diagnosis) == (None, (), None)
    assert "repair" not in finding.message


def test_a_step_of_a_chain_without_meaning_is_not_mended() -> None:
    chain = r"\frac{\partial E}{\partial c_T} &= c_T^\top \\ &= \mathfrak{q}_T^\top A"
    first, second = claims_in(bptt_symbolic.check(f"{CELL}\n\\begin{{align}}\n{chain}\n\\end{{align}}\n").findings)[-2:]
    assert (first.verdict, second.verdict) == ("refuted", "undecided")
    assert second.repair is None
