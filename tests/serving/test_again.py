"""A note that is checked again after a change: whatever is kept is what a check from the beginning finds."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from bptt_symbolic import pipeline
from bptt_symbolic.pipeline import Before, Edits
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Source
from bptt_symbolic.reporting.report import Finding
from bptt_symbolic.understanding import Note

NOTES = Path(__file__).parents[1] / "notes"
PIECES = ("x", " ", "", "\n", "_t", "2", "\\", "$", "W", "{t}", "\n\nWords.\n\n", "=", "+")
NOTE = r"""
$$ s_t = \tanh(W s_{t-1} + x_t) $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 + s_t^2) W $$

$$ \frac{\partial s_t}{\partial x_t} = \mathrm{diag}(1 - s_t^2) $$
"""


def understood(text: str, name: str = "note.md") -> Note:
    source = readers.source_of(text, name)
    assert isinstance(source, Source)
    return pipeline.understand_source(source, None, ())


def told(findings: Sequence[Finding]) -> list[object]:
    """Everything that is said but how a proof goes, in which the order of letters may differ."""
    names = [name for name in Finding.__dataclass_fields__ if name not in {"evidence", "ask"}]
    return [[(name, getattr(finding, name)) for name in names] for finding in findings]


def changed(text: str, draw: random.Random) -> str:
    place = draw.randrange(len(text))
    return text[:place] + draw.choice(PIECES) + text[place + draw.randrange(2) :]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))])
def test_verdicts_after_any_change_are_those_of_a_check_from_the_beginning(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - examples
    text, before = NOTE, understood(NOTE)
    pipeline.examine(before)
    for _ in range(4):
        text = changed(text, draw)
        again = pipeline.carried_over(understood(text), before)
        kept = [one.finding for one in pipeline.examine(again)]
        assert told(kept) == told([one.finding for one in pipeline.examine(understood(text))]), text
        before = again


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gru.md", "lstm.md", "deltas.tex", "last-steps.md", "denominator.md", "indices.md"])
def test_the_same_on_whole_notes(name: str) -> None:
    draw = random.Random(name)  # noqa: S311 - examples
    text = (NOTES / name).read_text(encoding="utf-8")
    before = understood(text, name)
    pipeline.examine(before)
    for _ in range(5):
        new = changed(text, draw)
        again = pipeline.carried_over(understood(new, name), before)
        kept = [one.finding for one in pipeline.examine(again)]
        assert told(kept) == told([one.finding for one in pipeline.examine(understood(new, name))]), new


@pytest.mark.parametrize(
    "new",
    [
        "Words first.\n\n" + NOTE,
        NOTE.replace("1 - s", "1 + s"),
        NOTE + "\nWords $W$ behind.\n",
        NOTE + "\n$$ \\frac{\\partial s_t}{\\partial s_{t-1}} = W $$\n",
        pytest.param(NOTE.replace("1 + s", "2 + s"), marks=pytest.mark.slow),
        pytest.param(NOTE.replace("tanh", "sin"), marks=pytest.mark.slow),
    ],
)
def test_repairs_that_are_kept_stand_where_they_belong(new: str) -> None:
    first = understood(NOTE)
    found = pipeline.examine(first)
    made: Edits = {}
    mended = pipeline.mend(first, found, made=made)
    before = Before(first.lines.source, found, mended, made)
    again = pipeline.carried_over(understood(new), first)
    settled = pipeline.examine(again)
    kept = pipeline.mend(again, settled, None, before)
    note = understood(new)
    fresh = pipeline.mend(note, pipeline.examine(note))
    assert told(kept) == told(fresh)


def test_what_does_not_say_the_same_is_not_carried_over() -> None:
    first = understood(NOTE)
    other = pipeline.carried_over(understood(NOTE.replace("tanh", "sin")), first)
    assert other.models[0] is not first.models[0]
    same = pipeline.carried_over(understood("Words.\n\n" + NOTE), first)
    assert same.models[0] is first.models[0]
    assert [one.finding.verdict for one in pipeline.examine(other)] == [None, "refuted", "refuted"]
