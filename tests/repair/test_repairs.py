"""A wrong formula, what is wrong with it, and what should stand there; the right formulas were worked out by hand."""

import re
from functools import cache

import pytest
from wrong_notes import ELMAN, STATE, a_note, claims_in

import bptt_symbolic
from bptt_symbolic.mending.repair.diagnosis import MEANINGS
from bptt_symbolic.reporting.report import Finding

ROWS = [
    (
        "dropped activation derivative",
        r"\frac{\partial s_t}{\partial s_{t-1}} = W",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}\left( 1 - s_t^2 \right) W",
    ),
    (
        "missing transpose",
        r"\frac{\partial L_t}{\partial s_t} = V (\hat{y}_t - y_t)",
        r"\frac{\partial L_t}{\partial s_t} = V^\top (\hat{y}_t - y_t)",
    ),
    (
        "order of factors",
        r"\frac{\partial s_t}{\partial s_{t-1}} = W \mathrm{diag}(1 - s_t^2)",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W",
    ),
    (
        "sign",
        r"\frac{\partial L_t}{\partial o_t} = \hat{y}_t + y_t",
        r"\frac{\partial L_t}{\partial o_t} = \hat{y}_t - y_t",
    ),
    (
        "sign",
        r"\frac{\partial L_t}{\partial o_t} = y_t - \hat{y}_t",
        r"\frac{\partial L_t}{\partial o_t} = \hat{y}_t - y_t",
    ),
    (
        "off by one in time",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_{t-1}^2) W",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W",
    ),
    (
        "off by one in a bound",
        r"\frac{\partial L}{\partial V} = \sum_{t=2}^{T} (\hat{y}_t - y_t) s_t^\top",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\hat{y}_t - y_t) s_t^\top",
    ),
    (
        "kind of product",
        r"\frac{\partial L_t}{\partial V} = (\hat{y}_t - y_t) \odot s_t",
        r"\frac{\partial L_t}{\partial V} = (\hat{y}_t - y_t) s_t^\top",
    ),
    (
        "wrong power",
        r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 - s_t)",
        r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 - s_t^2)",
    ),
    (
        "power for a product of Jacobians",
        r"\frac{\partial s_t}{\partial s_k} = W^{t-k}",
        r"\frac{\partial s_t}{\partial s_k} = \left( \prod_{i=k+1}^{t} \mathrm{diag}\left( 1 - s_i^2 \right) W \right)",
    ),
    (
        "wrong parameter",
        r"\frac{\partial L_t}{\partial s_t} = W^\top (\hat{y}_t - y_t)",
        r"\frac{\partial L_t}{\partial s_t} = V^\top (\hat{y}_t - y_t)",
    ),
    (
        "missing factor",
        r"\frac{\partial L_t}{\partial s_t} = \frac{\partial L_t}{\partial o_t}",
        r"\frac{\partial L_t}{\partial s_t} = \frac{\partial L_t}{\partial o_t} \frac{\partial o_t}{\partial s_t}",
    ),
    (
        "wrong number",
        r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(2 - s_t^2)",
        r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 - s_t^2)",
    ),
]


@cache
def the_claim(claim: str) -> Finding:
    """What is found out about a claim, in the smaller network if it is about that one alone."""
    network = ELMAN if re.search(r"[LVUo]|hat", claim) else STATE
    return claims_in(bptt_symbolic.check(a_note(claim, network=network)).findings)[-1]


@pytest.mark.parametrize(("kind", "wrong", "right"), ROWS, ids=[f"{n} {row[0]}" for n, row in enumerate(ROWS)])
def test_what_is_wrong_and_what_should_stand_there(kind: str, wrong: str, right: str) -> None:
    finding = the_claim(wrong)
    assert finding.verdict in {"refuted", "ill-typed"}
    assert finding.diagnosis is not None
    assert finding.diagnosis.kind == kind
    repairs = [r for r in (finding.repair, *finding.alternatives) if r is not None]
    assert "".join(right.split()) in ["".join(r.latex.split()) for r in repairs]
    assert "".join(repairs[0].latex.split()) == "".join(right.split())


def test_what_should_stand_there_is_proved() -> None:
    assert {kind for kind, _, _ in ROWS} <= set(MEANINGS)
    assert all(wrong != right for _, wrong, right in ROWS)
    rights = list(dict.fromkeys(right for _, _, right in ROWS))
    found = claims_in(bptt_symbolic.check(a_note(*rights), repair=False).findings)
    assert [finding.verdict for finding in found] == ["proved"] * len(rights)


def test_a_repair_says_for_which_steps_and_sizes_it_is_proved() -> None:
    finding = the_claim(ROWS[0][1])
    assert finding.repair is not None
    assert finding.repair.scope is not None
    assert (finding.repair.scope.steps, finding.repair.scope.sizes) == ("all", "all")


def test_the_culprit_is_not_the_whole_line() -> None:
    note = a_note(r"\frac{\partial L_t}{\partial s_t} = V (\hat{y}_t - y_t)")
    report = bptt_symbolic.check(note)
    diagnosis = claims_in(report.findings)[0].diagnosis
    assert diagnosis is not None
    assert diagnosis.culprit is not None
    assert report.source.slice(diagnosis.culprit) == "V"


def test_the_residual_is_the_term_that_is_missing() -> None:
    finding = the_claim(r"\frac{\partial z_t}{\partial s_{t-1}} = W - W^\top")
    assert finding.diagnosis is not None
    assert finding.diagnosis.residual is not None
    assert "W_{j, i}" in finding.diagnosis.residual


def test_an_immediate_derivative_for_a_total_one() -> None:
    first, second = (
        r"\frac{\partial s_t}{\partial W} = \frac{\partial^{+} s_t}{\partial W} "
        rf"+ \frac{{\partial s_t}}{{\partial s_{{t-1}}}} \frac{{{sign} s_{{t-1}}}}{{\partial W}}"
        for sign in (r"\partial", r"\partial^{+}")
    )
    right, wrong = claims_in(bptt_symbolic.check(a_note(first, second, network=STATE)).findings)
    assert right.verdict == "proved"
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.kind == "immediate for total"
    assert wrong.repair is not None
    assert "".join(wrong.repair.latex.split()) == "".join(first.split())


@pytest.mark.slow
def test_two_mistakes_are_two_edits() -> None:
    finding = the_claim(r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 + s_t^2) W^\top")
    assert finding.repair is not None
    assert len(finding.repair.edits) == 2
    assert "".join(finding.repair.latex.split()).endswith(r"\mathrm{diag}(1-s_t^2)W")


@pytest.mark.slow
def test_where_nothing_helps_nothing_is_offered() -> None:
    finding = the_claim(r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} x_t x_t^\top \log \hat{y}_t^\top U^\top")
    assert finding.repair is None
    assert finding.alternatives == ()
    assert finding.message.endswith("no repair of one or two edits was found")


def test_a_true_claim_has_neither_diagnosis_nor_repair() -> None:
    finding = the_claim(ROWS[0][2])
    assert (finding.diagnosis, finding.repair, finding.follows) == (None, None, None)


def test_repairs_can_be_left_out() -> None:
    report = bptt_symbolic.check(a_note(ROWS[0][1]), repair=False)
    assert claims_in(report.findings)[0].repair is None


@pytest.mark.slow
def test_no_repair_makes_a_sum_hollow() -> None:
    """A sum from t to t would do, and says nothing."""
    wrong = r"\frac{\partial s_t}{\partial W} = \sum_{k=1}^{t} W^{t-k} \frac{\partial s_k}{\partial W}"
    finding = the_claim(wrong)
    repairs = [r for r in (finding.repair, *finding.alternatives) if r is not None]
    assert repairs
    assert all(r"\sum_{k=1}^{t}" in r.latex for r in repairs)
