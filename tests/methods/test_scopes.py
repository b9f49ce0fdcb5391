"""What a proof is said to be a proof for: all steps and sizes, or those at which it was computed."""

import json

import pytest

from bptt_symbolic.api import check
from bptt_symbolic.commands._output import status
from bptt_symbolic.pipeline import understand
from bptt_symbolic.proving.evidence import Identity
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods.proposals import proofs
from bptt_symbolic.proving.review.settling import settled
from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.report import Finding, Report

NOTE = r"""
Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ s_t = \tanh(W s_{t-1} + x_t) $$

$$ L_t = \frac12 \| s_t - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$
"""
ATTENTION = r"""
Let $s_t, x_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ c_t = \sum_{k=0}^{t-1} s_k $$

$$ s_t = \tanh(W c_t + x_t) $$
"""


def settle(claim: str, note: str = NOTE) -> tuple[Report, Finding]:
    report = check(f"{note}\n$$ {claim} $$\n", repair=False)
    return report, report.findings[-1]


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial L}{\partial W} = \frac{3}{T} \sum_{t=1}^{T} \frac{\partial L_t}{\partial W}",
        r"\frac{\partial L}{\partial W} = \frac{12}{T(T+1)} \sum_{t=1}^{T} t \frac{\partial L_t}{\partial W}",
        r"\sum_{i=1}^{n} 1 = 3",
        r"\sum_{k=1}^{T} k = 6",
        r"\sum_{k=1}^{T} k^2 = 14",
        r"\frac{1}{3} \sum_{i=1}^{n} s_{t,i} = \frac{1}{n} \sum_{i=1}^{n} s_{t,i}",
        r"\sum_{i=1}^{n} \sum_{k=1}^{T} 1 = 9",
    ],
)
def test_what_holds_at_three_steps_and_three_units_only_is_refuted(claim: str) -> None:
    report, found = settle(claim)
    assert found.verdict == "refuted"
    assert status(report) == 1


@pytest.mark.parametrize(
    "claim",
    [
        r"\sum_{i=1}^{n} 1 = n",
        r"\sum_{k=1}^{T} k = \frac{T(T+1)}{2}",
        r"\sum_{k=1}^{T} k^2 = \frac{T(T+1)(2T+1)}{6}",
        r"\sum_{k=2}^{T} k^3 = \frac{T^2(T+1)^2}{4} - 1",
        r"\frac{1}{n} \sum_{i=1}^{n} 1 = 1",
        r"\sum_{t=1}^{T} t L_t = \sum_{t=1}^{T} \sum_{k=1}^{t} L_t",
    ],
)
def test_sums_of_numbers_are_proved_for_every_number_of_steps_and_all_sizes(claim: str) -> None:
    report, found = settle(claim)
    assert found.verdict == "proved"
    assert found.scope is not None
    assert (found.scope.steps, found.scope.sizes, found.scope.tried) == ("all", "all", ())
    assert status(report) == 0


def test_a_proof_at_fixed_sizes_has_three_numbers_of_steps_and_two_sets_of_sizes_and_says_so() -> None:
    report, found = settle(r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W", ATTENTION)
    assert found.verdict == "proved"
    assert found.scope is not None
    assert sorted(steps for steps, _ in found.scope.tried) == [3, 4, 5]
    assert len({str(sizes) for _, sizes in found.scope.tried}) == 2
    assert (found.scope.steps, found.scope.sizes) == found.scope.tried[0]
    assert "at the sizes tried" in found.message
    assert status(report) == 2
    summary = json.loads(formats.load("json").render([report]))["summary"]
    assert summary["proved"] == summary["proved_at_sizes"] == 1
    assert "1 of them at the sizes tried only" in formats.load("text").render([report])


def test_a_claim_about_a_step_that_is_a_number_is_said_to_be_shown_for_that_number_of_steps() -> None:
    _, found = settle(r"\frac{\partial L}{\partial s_3} = (s_3 - y_3)^\top")
    assert found.verdict == "proved"
    assert found.hypotheses == ("T = 3",)
    assert found.scope is not None
    assert (found.scope.steps, found.scope.sizes) == (3, "all")
    assert "which the note does not say" in found.message


DIFFERING = [
    r"\sum_{k=1}^{T} k^5 = \sum_{k=1}^{T} k^5 + (T-3)(T-4)(T-5)",
    r"L + (T-3)(T-4)(T-5) L = L",
]


@pytest.mark.parametrize("claim", DIFFERING)
def test_a_difference_that_vanishes_at_every_number_of_steps_tried_is_never_a_proof(claim: str) -> None:
    _, found = settle(claim)
    assert found.verdict in {"undecided", "refuted"}


def test_where_a_difference_is_found_for_all_sizes_no_method_at_fixed_sizes_is_asked() -> None:
    one = settled(understand(NOTE + "\n$$ L + (T-3)(T-4)(T-5) L = L $$\n"))[-1]
    assert one.outcome is not None
    assert one.outcome.obligation is not None
    found = list(proofs(one.outcome.obligation))
    assert len(found) == 1
    assert found[0].identity is None
    assert "a difference is left" in found[0].reason


def test_the_kernel_looks_at_every_place_of_a_proof_at_fixed_sizes() -> None:
    note = understand(NOTE + "\n$$ (T-3) L = 0 $$\n")
    obligation = settled(note)[-1].outcome.obligation  # type: ignore[union-attr]
    assert obligation is not None
    at_three = Identity("test", ("because",), 3, {"n": 3})
    assert isinstance(judge.confirm_identity(obligation, at_three), judge.Verdict)
    also = Identity("test", ("because",), 3, {"n": 3}, also_at=((4, {"n": 2}),))
    assert isinstance(judge.confirm_identity(obligation, also), judge.Refusal)
