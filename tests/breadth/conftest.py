"""Short notes with claims whose verdicts are known by construction: how a table of them is checked."""

from collections.abc import Callable, Collection, Sequence

import pytest

from bptt_symbolic import check

Claims = Sequence[tuple[str, str]]


@pytest.fixture(scope="session")
def verdicts() -> Callable[[str, Claims], list[tuple[str, str | None]]]:
    """The claims of a note behind its definitions, each with its verdict."""

    def found(network: str, claims: Claims) -> list[tuple[str, str | None]]:
        note = network + "".join(f"\n\n$$ {claim} $$" for claim, _ in claims)
        settled = {f.latex: f.verdict for f in check(note, repair=False).findings}
        return [(claim, settled.get(_relation(claim, settled))) for claim, _ in claims]

    return found


def _relation(claim: str, relations: Collection[str]) -> str:
    """The relation that a claim is, without a condition beside it."""
    return max((one for one in relations if claim.startswith(one)), key=len, default=claim)
