"""States on which a claim does not depend: they are left out, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest

from bptt_symbolic import check
from bptt_symbolic.meaning.network import names_under
from bptt_symbolic.meaning.terms import Affine, Deriv, Ref
from bptt_symbolic.proving.methods.proposals import _without_strangers
from bptt_symbolic.proving.obligation import Obligation

NOTE = Path(__file__).parents[1] / "notes" / "two-recurrences.md"
T = Affine.of("t")


def test_a_shared_weight_is_no_obstacle_to_a_general_proof() -> None:
    """By the whole network, the gradient would run through transfers from one recurrence to the other."""
    found = [f for f in check(NOTE).findings if f.verdict == "proved"]
    assert {(f.scope.steps, f.scope.sizes) for f in found if f.scope} == {("all", "all")}
    assert len(found) == 2


def test_a_network_of_one_recurrence_stays_as_it_is(networks: Any) -> None:
    network = networks.elman()
    claim = Obligation(Deriv(Ref("total"), Ref("W")), Ref("W"), network)
    assert _without_strangers(claim) is network


@pytest.mark.parametrize(("left", "kept"), [("h", {"c", "h", "total"}), ("i", {"c", "h", "total"})])
def test_what_needs_no_stranger_is_kept(networks: Any, left: str, kept: set[str]) -> None:
    """Both states of an LSTM need each other, so that there is no stranger."""
    network = networks.lstm()
    claim = Obligation(Ref(left, T), Ref(left, T), network)
    assert kept <= set(_without_strangers(claim).definitions)


def test_names_are_needed_through_definitions(networks: Any) -> None:
    network = networks.elman()
    assert names_under(network, (Ref("o", T),)) == {"o", "V", "s", "c", "z", "U", "x", "W", "b"}
    assert names_under(network, (Ref("x", T),)) == {"x"}
