r"""Scripts that stand one place beside where they belong: the step beside a name below `\nabla`, a quantity below a
`\partial` that stands below a bar, a prime that opens a superscript, a name glued to a function, a factor below a
parameter."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import prove

RNN = r"""
$$ a_t = U x_t + W h_{t-1}, \qquad h_t = f(a_t), \qquad o_t = g(V h_t) $$
$$ L = \sum_{t=1}^T \ell_t(o_t) $$
"""
PRIMED = r"$$ p_t^{\prime (1)} = \tanh(A^{\prime (1)} p_{t-1}^{\prime (1)} + B x_t) $$"
BY_PRIMED = r"\frac{\partial p_t^{\prime (1)}}{\partial p_{t-1}^{\prime (1)}}"
STEPS = RNN + r"$$ \frac{\partial a_t}{\partial a_{t-1}} = \frac{\partial a_t}{\partial h_{t-1}} f'(a_{t-1}) $$"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\nabla_W L = \sum_{t=1}^T \nabla_{W t} L", "proved"),
        (r"\nabla_W L = \sum_{k=1}^T \nabla_{W k} L", "proved"),
        (r"\nabla_W L = \sum_{k=1}^{T-1} \nabla_{W k} L", "refuted"),
        (r"\nabla_W L = 2 \sum_{k=1}^T \nabla_{W k} L", "refuted"),
        (r"\nabla_{h T} L = V^\top (g'(V h_T) \odot \nabla_{o T} L)", "proved"),
        (r"\frac{\partial a_t}{\partial_{h t-1}} = W", "proved"),
        (r"\frac{\partial a_t}{\partial_{h_{t-1}}} = W", "proved"),
        (r"\frac{\partial a_t}{\partial_{h t-1}} = 2 W", "refuted"),
        (r"\frac{\partial h_t}{\partial a_t} = \operatorname{diag}(f^{\prime}(a_t))", "proved"),
        (r"\frac{\partial a_t}{\partial a_{t-1}} = \operatorname{Wdiag}(f^{\prime}(a_{t-1}))", "proved"),
        (r"\frac{\partial a_t}{\partial a_{t-1}} = \operatorname{Wdiag}(f^{\prime}(a_t))", "refuted"),
        (r"\frac{\partial o_t}{\partial a_t} = \operatorname{diag}(g'(V h_t)) \operatorname{Vdiag}(f'(a_t))", "proved"),
    ],
)
def test_a_script_beside_its_place(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, STEPS, repair=False).findings
    assert finding.verdict == verdict


@pytest.mark.parametrize(
    ("network", "claim", "verdict"),
    [
        (
            r"$$ a_t^{(l)} = f^{(l)}(z_t^{(l)}) $$ $$ z_t^{(l)} = W^{(l)} a_t^{(l-1)} + R^{(l)} a_{t-1}^{(l)} $$",
            r"\frac{\partial a_t^{(l)}}{\partial z_t^{(l)}} = \operatorname{diag}(f^{\prime (l)}(z_t^{(l)}))",
            "proved",
        ),
        (PRIMED, rf"{BY_PRIMED} = \operatorname{{diag}}(1 - (p_t^{{\prime (1)}})^2) A^{{\prime (1)}}", "proved"),
        (PRIMED, rf"{BY_PRIMED} = A^{{\prime (1)}}", "refuted"),
    ],
)
def test_a_prime_that_opens_a_superscript(network: str, claim: str, verdict: str) -> None:
    (finding,) = prove(claim, network, repair=False).findings
    assert finding.verdict == verdict


@pytest.mark.parametrize(
    "claim",
    [
        r"\nabla_{W V} L = \nabla_W L",  # two parameters, and no step
        r"\frac{\partial L}{\partial W} = \operatorname{Wlog}(h_t)",  # no function that is glued to a name is so short
    ],
)
def test_what_is_beside_a_name_is_not_always_its_step(claim: str) -> None:
    (finding,) = prove(claim, STEPS, repair=False).findings
    assert finding.verdict == "undecided"


SLIP = r"""
# A network
$$ a_t = U x_t + W h_{t-1}, \qquad h_t = f(a_t), \qquad L = \sum_{t=1}^T \ell_t(h_t) $$
## Gradients
$$ a_t = U_{x_t} + W h_{t-1} $$
$$ \frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} h_{t-1}^\top $$
$$ \frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} x_t^\top $$
"""


def test_a_factor_below_a_parameter_is_said_and_not_settled() -> None:
    verdicts = [f.verdict for f in check(SLIP, repair=False).findings if f.kind in {"claim", "other"}]
    assert verdicts[0] is None
    assert verdicts[1] == "proved"
    assert verdicts[2] in {"refuted", "ill-typed"}
    assert any("U_{x}" in note for view in check(SLIP, repair=False).networks for note in view.notes)


@pytest.mark.parametrize(
    "note",
    [
        r"$$ h_t = \tanh(U_{x_t} x_t + W h_{t-1}) $$",  # a label that is written with a step
        r"$$ h_t = \tanh(U_{x_t} + W h_{t-1}) $$",  # a row of a table, and no product anywhere
    ],
)
def test_a_quantity_below_a_name_is_no_factor_by_itself(note: str) -> None:
    assert not any("read as the product" in n for view in check(note, repair=False).networks for n in view.notes)
