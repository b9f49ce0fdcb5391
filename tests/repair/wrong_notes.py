"""Notes with one mistake each: a network, and the claims of a test."""

from bptt_symbolic.reporting.report import Finding

ELMAN = r"""
The state is $s_t \in \mathbb{R}^{D}$, the input $x_t \in \mathbb{R}^{M}$, the label $y_t \in \mathbb{R}^{C}$ is
one-hot, $U \in \mathbb{R}^{D \times M}$, $W \in \mathbb{R}^{D \times D}$, $V \in \mathbb{R}^{C \times D}$.

$$z_t = U x_t + W s_{t-1}$$

$$s_t = \tanh(z_t)$$

$$o_t = V s_t$$

$$\hat{y}_t = \text{softmax}(o_t)$$

$$L_t = -y_t^\top \log \hat{y}_t$$

$$L = \sum_{t=1}^{T} L_t$$
"""


STATE = r"""
Let $s_t, x_t \in \mathbb{R}^{D}$ and $W \in \mathbb{R}^{D \times D}$.

$$z_t = W s_{t-1} + x_t$$

$$s_t = \tanh(z_t)$$
"""
"""A smaller one, in which more is looked for in less time."""


def a_note(*claims: str, network: str = ELMAN) -> str:
    """The network with some claims below it."""
    return network + "".join(f"\n$$\n{claim}\n$$\n" for claim in claims)


def claims_in(findings: tuple[Finding, ...]) -> list[Finding]:
    """The claims among some findings."""
    return [f for f in findings if f.kind == "claim"]
