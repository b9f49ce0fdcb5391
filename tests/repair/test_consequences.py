"""The first mistake first: what fails only because an earlier formula failed is no second mistake."""

import pytest
from wrong_notes import a_note, claims_in

import bptt_symbolic
from bptt_symbolic.reporting.report import Finding


def found(*claims: str) -> list[Finding]:
    return claims_in(bptt_symbolic.check(a_note(*claims)).findings)


def test_a_step_on_from_a_wrong_member_to_a_right_one_follows_it() -> None:
    first, second = found(
        r"\frac{\partial L_t}{\partial o_t} = y_t - \hat{y}_t = \hat{y}_t - y_t",
    )
    assert (first.verdict, first.follows) == ("refuted", None)
    assert (second.verdict, second.against_head, second.follows) == ("refuted", "proved", first.id)
    assert second.repair is None


def test_a_right_step_on_from_a_wrong_member_inherits_the_mistake() -> None:
    first, second = found(
        r"\frac{\partial L_t}{\partial o_t} = y_t - \hat{y}_t = -(\hat{y}_t - y_t)",
    )
    assert (first.verdict, first.follows) == ("refuted", None)
    assert (second.verdict, second.against_head, second.follows) == ("proved", "refuted", first.id)
    assert second.repair is not None


@pytest.mark.slow
def test_a_wrong_formula_that_was_put_in_later_is_named() -> None:
    wrong = r"\frac{\partial s_t}{\partial s_{t-1}} = W \mathrm{diag}(1 - s_t^2)"
    later = r"\frac{\partial L_t}{\partial s_{t-1}} = \frac{\partial L_t}{\partial s_t} W \mathrm{diag}(1 - s_t^2)"
    first, second = found(wrong, later)
    assert (first.verdict, first.follows) == ("refuted", None)
    assert (second.verdict, second.follows) == ("refuted", first.id)


def test_a_mistake_of_its_own_follows_nothing() -> None:
    first, second = found(
        r"\frac{\partial L_t}{\partial o_t} = y_t - \hat{y}_t",
        r"\frac{\partial s_t}{\partial s_{t-1}} = W",
    )
    assert (first.follows, second.follows) == (None, None)
    assert first.verdict == second.verdict == "refuted"
