"""Short notes by kind, each under a heading of a file here: the verdict that a comment expects stands above its claim.

The claims are right or wrong by construction: the right ones are derivatives worked out by hand, the wrong ones have
one step, sign, factor or transpose changed. "undecided" marks what is not understood, or out of reach, yet.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

HERE = Path(__file__).parent
HEADING = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
EXPECTED = re.compile(r"<!-- expect: (?P<verdict>[a-z-]+) -->\n\$\$ (?P<claim>.+) \$\$\n")


def _sections() -> list[ParameterSet]:
    found = []
    for file in sorted(HERE.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        heads = list(HEADING.finditer(text))
        for head, end in zip(heads, [*(h.start() for h in heads[1:]), len(text)], strict=True):
            found.append(pytest.param(text[head.end() : end], id=f"{file.stem}: {head['title']}"))
    return found


@pytest.mark.parametrize("section", _sections())
def test_a_note_of_a_kind(section: str, verdicts: Callable[..., list[tuple[str, str | None]]]) -> None:
    claims = [(m["claim"], m["verdict"]) for m in EXPECTED.finditer(section)]
    assert claims
    assert verdicts(EXPECTED.sub("", section), claims) == claims
