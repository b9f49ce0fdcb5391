"""What depends on what comes from the definitions: costs to go, next states, inputs read ahead, both directions.

The oracle is a program for each network, differentiated by complex steps; it decides which claims are true.
"""

import runpy
from functools import cache
from pathlib import Path

import pytest
from directions import CASES

from bptt_symbolic.api import understand
from bptt_symbolic.pipeline import Settled, examine
from bptt_symbolic.reporting.report import Finding
from bptt_symbolic.showing.scripting import Heading, script

BY_NAME = {case.name: case for case in CASES}
CLAIMS = [(case.name, n) for case in CASES for n in range(len(case.claims))]
FIXED = {
    "a sum over all earlier states",
    "a layer that reads the next state",
    "a mean of all states read at every step",
}
"""Networks that the calculus of all steps declines: their states are no recurrence of one step."""
EVERY_STEP = [case.name for case in CASES if case.name not in FIXED]


@cache
def settled(name: str) -> tuple[Settled, ...]:
    """The claims of a note, settled once."""
    case = BY_NAME[name]
    found = [one for one in examine(understand(case.text())) if one.finding.kind == "claim"]
    assert len(found) == len(case.claims)
    return tuple(found)


def verdicts(name: str) -> list[Finding]:
    return [one.finding for one in settled(name)]


@pytest.mark.parametrize(("name", "number"), CLAIMS)
def test_a_claim_is_proved_if_the_oracle_says_that_it_holds_and_refuted_if_not(name: str, number: int) -> None:
    case = BY_NAME[name]
    claim = case.claims[number]
    true = claim.holds(case.program)
    assert verdicts(name)[number].verdict == ("proved" if true else "refuted"), claim.latex


@pytest.mark.parametrize("name", EVERY_STEP)
def test_what_holds_behind_a_forward_recurrence_is_proved_for_every_number_of_steps(name: str) -> None:
    for finding in verdicts(name):
        if finding.verdict == "proved":
            assert finding.scope is not None
            assert finding.scope.steps == "all", finding.latex


REFUTED = [(name, n) for name, n in CLAIMS if not BY_NAME[name].claims[n].holds(BY_NAME[name].program)]


@pytest.mark.parametrize(("name", "number"), REFUTED)
def test_the_program_of_a_counterexample_finds_the_same_difference(name: str, number: int, tmp_path: Path) -> None:
    one = settled(name)[number]
    assert one.outcome is not None
    obligation, witness, example = one.outcome.obligation, one.outcome.witness, one.finding.counterexample
    assert obligation is not None
    assert witness is not None
    assert example is not None
    program = tmp_path / "program.py"
    program.write_text(script(obligation, witness, example.entry, Heading(name)), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(program), run_name="__main__")
    assert not left.value.code


def test_there_are_true_and_false_claims_of_every_kind() -> None:
    for case in CASES:
        found = {claim.holds(case.program) for claim in case.claims}
        assert True in found, case.name
    assert len(REFUTED) >= len(CASES)
