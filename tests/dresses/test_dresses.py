"""The generator in short: what it says is true by numbers, and of a small fixed sample nothing is judged wrongly."""

from random import Random

import dresses
import pytest
from dress_formulas import Product, transposed, walk
from dress_mistakes import differences, planted, shows
from dress_networks import Claim, Network, Setting, Unrolled, networks

FEW = (
    Network("tanh", "cross-entropy", "sum"),
    Network("open", "open", "last"),
    Network("LSTM", "squared", "mean", named=False, bias=False),
    Network("GRU", "cross-entropy", "last", named=False, bias=False),
)
SAMPLE = tuple(f"test-{n}" for n in range(2))
each = pytest.mark.parametrize(
    "network",
    [pytest.param(n, id=str(k), marks=[] if n in FEW else [pytest.mark.slow]) for k, n in enumerate(networks())],
)


@each
def test_definitions_and_claims_are_true_by_numbers(network: Network) -> None:
    place = Unrolled(network, Setting())
    definitions = [Claim(f"definition of {head.name}", head, body) for head, body in network.definitions]
    for claim in (*definitions, *network.claims):
        found = [apart for _, apart in differences(claim, place)]
        assert found, claim.kind
        assert max(found) < 1e-9, claim.kind


def test_for_rows_only_the_products_are_turned() -> None:
    for claim in FEW[0].claims:
        products = [
            [n for _, n in walk(side) if isinstance(n, Product)] for side in (claim.right, transposed(claim.right))
        ]
        assert len(products[0]) == len(products[1])
        assert transposed(transposed(claim.right)) == claim.right


@each
def test_mistakes_are_wrong_by_numbers(network: Network) -> None:
    draw = Random(1)  # noqa: S311 - no secret
    for claim in network.claims:
        found = planted(claim, network, draw)
        if found is not None:
            assert found[1] != claim
            assert shows(found[1], Unrolled(network, Setting(seed=9)))


def test_nothing_of_a_small_sample_is_judged_wrongly() -> None:
    found = [row for seed in SAMPLE for row in dresses.rows(dresses.case(seed))]
    assert [row for row in found if row.fault] == []


@pytest.mark.slow
def test_nothing_of_a_larger_sample_is_judged_wrongly() -> None:
    assert dresses.main(["--count", "30", "--seed", "7", "--repairs", "10"]) == 0
