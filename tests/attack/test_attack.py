"""The attack in short: the oracle is right, and what it says of random claims the checker does not contradict."""

import numpy as np
import pytest
from attack import attack, listed, main
from attack_claims import Claim, claims, d, over_steps, q, slope
from attack_networks import NETWORKS, Network, Unrolled
from attack_oracle import Oracle

BY_NAME = {network.name: network for network in NETWORKS}
each_network = pytest.mark.parametrize("network", NETWORKS, ids=BY_NAME)
every_second_network = pytest.mark.parametrize(
    "network",
    [pytest.param(n, id=n.name, marks=[pytest.mark.slow] * (place % 2)) for place, n in enumerate(NETWORKS)],
)
"""The others in a long run."""
WRONG = {
    "the Jacobian transposed": ("mean loss", Claim(d(q("s", "t"), q("s", "t-1")), q("W") * slope("s", "t"))),
    "the Jacobian upside down": ("mean loss", Claim(d(q("s", "t"), q("s", "k")), d(q("s", "k"), q("s", "t")))),
    "the mean forgotten": ("mean loss", Claim(d(q("L"), q("W")), over_steps("t", "1", "T", d(q("L", "t"), q("W"))))),
    "a step too late": ("linear", Claim(d(q("L"), q("W")), over_steps("t", "2", "T", d(q("L", "t"), q("W"))))),
    "a path of the cell forgotten": (
        "LSTM",
        Claim(d(q("L"), q("c", "t")), d(q("L"), q("h", "t")) * d(q("h", "t"), q("c", "t"))),
    ),
    "the later loss forgotten": ("cost to go", Claim(d(q("J", "t"), q("s", "t")), d(q("L", "t"), q("s", "t")))),
}


@every_second_network
def test_the_oracle_confirms_every_claim_that_is_made_true(network: Network) -> None:
    oracle = Oracle(network)
    wrong = {claim.latex: truth for claim in claims(network) if (truth := oracle.judge(claim)).word != "true"}
    assert not wrong


@pytest.mark.parametrize("mistake", WRONG)
def test_the_oracle_finds_mistakes(mistake: str) -> None:
    name, claim = WRONG[mistake]
    assert Oracle(BY_NAME[name]).judge(claim).word == "false"


@each_network
def test_complex_steps_agree_with_differences(network: Network) -> None:
    """The gradient of the whole loss, one entry of each matrix moved both ways."""
    sizes = {"n": 3, "m": 2, "c": 4, "d": 2}
    base = Unrolled(network, 3, sizes, 1)
    for name, shape in network.matrices.items():
        entry = (0,) * len(shape)
        moved = [Unrolled(network, 3, sizes, 1) for _ in range(2)]
        for one, by in zip(moved, (1e-5, -1e-5), strict=True):
            one.given[name, None][entry] += by
        high, low = (one.again()["L", None] for one in moved)
        exact = base.jacobian(("L", None), (name, None), direct=False)[entry]
        assert np.isclose(exact, (high - low) / 2e-5, rtol=1e-6, atol=1e-8)


@every_second_network
def test_no_verdict_contradicts_the_oracle(network: Network) -> None:
    wrong = [row for row in attack(network, 2, seed=1) if row.kind.startswith("FALSE")]
    assert not wrong, listed(wrong)


@pytest.mark.slow
def test_no_verdict_contradicts_the_oracle_on_many_claims() -> None:
    assert main(["--claims", "300", "--seed", "2026"]) == 0


@pytest.mark.slow
def test_no_verdict_in_a_note_contradicts_the_oracle() -> None:
    assert main(["--claims", "340", "--seed", "3", "--notes"]) == 0
