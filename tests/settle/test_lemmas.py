r"""Lemmas about functions, `\tanh'(u) = 1 - \tanh^2(u)`: letters that nothing else in the note defines."""

import pytest

import bptt_symbolic

NOTE = r"""# Slopes

$$h_t = \tanh(W h_{t-1} + U x_t)$$

Here $\sigma$ is the logistic function.

$$%s$$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\tanh'(u) = 1 - \tanh^2(u)", "proved"),
        (r"\tanh'(u) = 1 - \tanh(u)", "refuted"),
        (r"\frac{d \tanh(x)}{d x} = 1 - \tanh^2(x)", "proved"),  # also where the letter is an input with its step
        (r"\frac{d}{dx} \tanh(x) = 1 + \tanh^2(x)", "refuted"),
        (r"\sigma'(z) = \sigma(z) (1 - \sigma(z))", "proved"),
        (r"\sigma'(z) = \sigma(z) (1 + \sigma(z))", "refuted"),
        (r"\frac{\partial}{\partial a} softmax(a) = diag(softmax(a)) - softmax(a) softmax(a)^\top", "proved"),
        (r"\frac{\partial}{\partial a} softmax(a) = diag(softmax(a)) + softmax(a) softmax(a)^\top", "refuted"),
        (r"\tanh(u) = u", "undecided"),  # may be what is asked of u
        (r"\phi'(u) = 1 - \phi(u)^2", "undecided"),  # nothing says what phi is
    ],
)
def test_a_lemma_is_settled_for_every_value_of_its_letter(claim: str, verdict: str) -> None:
    (found,) = [f for f in bptt_symbolic.check(NOTE % claim, repair=False).findings if f.line == 7]
    assert found.verdict == verdict, found.message


def test_a_sum_up_to_a_letter_that_is_no_size_is_asked_about() -> None:
    note = r"""$$h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})$$

$$J^{(t)} = \sum_{i=2}^{V} (h^{(t)}_{[i]})^2$$

$$\frac{\partial J^{(t)}}{\partial h^{(k)}_{[p]}} = 0$$
"""
    found = bptt_symbolic.check(note, repair=False).findings[-1]
    assert found.verdict == "undecided"
    assert "internal" not in found.message
