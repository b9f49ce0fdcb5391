r"""A derivative that is given in parts, `=` and then `+=`, is one claim: their sum."""

import pytest

from bptt_symbolic import check

PLAIN = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$

$$ L = \sum_{t=1}^T \| V h_t - y_t \|^2 $$
"""
FIRST = r"\frac{\partial L}{\partial h_t} = 2 V^\top (V h_t - y_t)"
SECOND = r"\frac{\partial L}{\partial h_t} += W^\top \mathrm{diag}(1 - h_{t+1}^2) \frac{\partial L}{\partial h_{t+1}}"


def verdicts(*claims: str) -> list[str | None]:
    note = PLAIN + "".join(f"\n\n$$ {claim} $$" for claim in claims) + "\n"
    return [f.verdict for f in check(note, repair=False).findings[2:]]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ((FIRST, SECOND), [None, "proved"]),
        ((FIRST,), ["refuted"]),
        ((FIRST, SECOND.replace("1 - h", "1 + h")), [None, "refuted"]),
        ((FIRST.replace("2 V", "V"), SECOND), [None, "refuted"]),
        ((SECOND,), [None]),
        ((FIRST, SECOND.replace("h_t}", "x_t}")), ["refuted", None]),
    ],
)
def test_parts_are_settled_together(claims: tuple[str, ...], expected: list[str | None]) -> None:
    assert verdicts(*claims) == expected


def test_three_parts() -> None:
    parts = [
        r"\frac{\partial L}{\partial h_t} = 2 V^\top V h_t",
        r"\frac{\partial L}{\partial h_t} += -2 V^\top y_t",
        SECOND,
    ]
    assert verdicts(*parts) == [None, None, "proved"]
    assert verdicts(*parts[:2], SECOND.replace("W^", "V^"))[2] != "proved"
