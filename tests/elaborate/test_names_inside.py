r"""Names that a chain gives a formula inside a function: `h_t = \tanh(z_t) = \tanh(U x_t + W h_{t-1})`."""

import pytest

from bptt_symbolic import check

BY = r"\frac{{\partial {0}}}{{\partial h_{{t-1}}}}"


def verdicts(*parts: str) -> list[str | None]:
    found = check("\n\n".join(parts), repair=False)
    return [f.verdict for f in found.findings if f.kind == "claim"]


@pytest.mark.parametrize(
    ("chain", "name"),
    [
        (r"h_t = \tanh(z_t) = \tanh(W h_{t-1} + U x_t)", "z_t"),
        (r"h_t = \sigma(net_t) = \sigma(W h_{t-1} + U x_t + b)", "net_t"),
        (r"h_t = f(a_t) = f(U x_t + W h_{t-1})", "a_t"),
    ],
)
def test_the_argument_has_the_formula_of_the_next_member(chain: str, name: str) -> None:
    claims = [f"$$ {BY.format(name)} = {right} $$" for right in ("W", "2 W")]
    assert verdicts(f"$$ {chain} $$", *claims) == ["proved", "refuted"]


def test_outputs_are_named_so_too() -> None:
    chains = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ y_t = \mathrm{softmax}(o_t) = \mathrm{softmax}(V h_t) $$"
    loss = r"$$ L = -\sum_t d_t^\top \log y_t $$ The targets $d_t$ are one-hot."
    claims = [rf"$$ \frac{{\partial L}}{{\partial o_t}} = {right} $$" for right in ("y_t - d_t", "y_t + d_t")]
    assert verdicts(chains, loss, *claims) == ["proved", "refuted"]


def test_a_formula_of_its_own_counts_more() -> None:
    chain, own = r"$$ h_t = \tanh(z_t) = \tanh(W h_{t-1} + U x_t) $$", r"$$ z_t = W h_{t-1} + U x_t + b $$"
    claim = r"$$ \frac{\partial z_t}{\partial x_t} = U $$"
    assert verdicts(chain, own, claim) == ["refuted", "proved"]
    assert verdicts(own, chain, claim) == ["refuted", "proved"]


def test_nothing_is_defined_by_itself() -> None:
    assert verdicts(r"$$ h_t = \tanh(x_t) = \tanh(x_t + U x_t) $$") != ["proved"]
