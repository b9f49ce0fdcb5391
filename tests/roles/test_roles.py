"""The board of roles: what the names of short notes are, and that this does not hang on chance."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from roles_board import BOARD, Expected

from bptt_symbolic.meaning.terms import Deriv, Entry, Ref
from bptt_symbolic.pipeline import understand
from bptt_symbolic.understanding import Note, conventions, interpret
from bptt_symbolic.understanding.roles import Evidence

Seen = dict[tuple[str, str, str], str]
"""Note, name and question -> what was found out, or expected."""
COMPUTED = {"intermediate": "computed", "output": "computed"}
SWAPPED = {"h": "s", "s": "h", "x": "u", "u": "x", "W": "A", "A": "W", "U": "B", "B": "U", "z": "q", "q": "z"}
"""Letters that change places."""


def expected(one: Expected) -> Seen:
    """What the board says of a note."""
    found = {(one.name, "", "running"): one.running}
    found |= {(one.name, name, "role"): role for name, role in one.roles.items()}
    found |= {(one.name, name, "role"): f"gradient by {by}" for name, by in one.gradients.items()}
    found |= {(one.name, name, "entries"): str(rank) for name, rank in one.ranks.items()}
    return found | {(one.name, name, "step"): place for name, place in one.places.items()}


def seen(one: Expected, note: Note) -> Seen:
    """What was understood of it."""
    found = {(one.name, "", "running"): note.notation.main}
    for model in note.models:
        network = model.network
        for name, role in network.role.items():
            found[one.name, name, "role"] = COMPUTED.get(role, role)
            found[one.name, name, "entries"] = str(len(network.shapes[name].axes))
            body = network.definitions[name].body if name in network.definitions else None
            by = body.by.body if isinstance(body, Deriv) and isinstance(body.by, Entry) else getattr(body, "by", None)
            if isinstance(body, Deriv) and isinstance(by, Ref):
                found[one.name, name, "role"] = f"gradient by {by.name}"
    return found | {(one.name, name, "step"): slot for name, slot in note.notation.slots.items()}


@cache
def whole_board() -> tuple[Seen, Seen]:
    """The same, found out once."""
    return whole()


def whole() -> tuple[Seen, Seen]:
    """The board, and what was understood of it."""
    said: Seen = {}
    got: Seen = {}
    for one in BOARD:
        said |= expected(one)
        got |= seen(one, understand(f"# {one.name}\n\n{one.text}"))
    return said, got


def misses(said: Seen, got: Seen, *questions: str) -> list[str]:
    return [f"{k}: {v}, got {got.get(k)}" for k, v in said.items() if k[2] in questions and got.get(k) != v]


def share(said: Seen, got: Seen, *questions: str) -> float:
    count = sum(key[2] in questions for key in said)
    return 1 - len(misses(said, got, *questions)) / count


def test_the_board_has_forty_notes() -> None:
    assert len({one.name for one in BOARD}) == len(BOARD) >= 40


def test_running_letters_names_and_places_are_understood() -> None:
    said, got = whole_board()
    assert misses(said, got, "running") == []
    assert share(said, got, "role") >= 0.97, "\n".join(misses(said, got, "role"))
    assert share(said, got, "step", "entries") >= 0.99, "\n".join(misses(said, got, "step", "entries"))


def test_noise_on_the_weights_of_the_evidence_changes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    speak = conventions.speak
    said, before = whole_board()

    def noisy(view: conventions.View, *questions: str) -> Iterator[Evidence]:
        for one in speak(view, *questions):
            draw = random.Random(one.row)  # noqa: S311 - reproducible
            yield replace(one, weight=one.weight + draw.gauss(0, 0.3))

    monkeypatch.setattr(interpret, "speak", noisy)
    _, after = whole()
    changed = [key for key in said if before.get(key) != after.get(key)]
    assert len(changed) <= 0.03 * len(said), changed


def swapped(text: str) -> str:
    """A formula, or a name, in other letters; words are left alone."""
    return re.sub(r"\\[A-Za-z]+|(?<![A-Za-z])[A-Za-z](?![A-Za-z])", lambda m: SWAPPED.get(m[0], m[0]), text)


@pytest.mark.slow
def test_other_letters_have_the_same_roles() -> None:
    labels = {"macros", "letters that change their parts", "sequence labelling, by entries"}
    for one in BOARD:
        if "W_{" in one.parameter or one.name in labels:
            continue  # letters of names are labels or entries there
        formulas = re.sub(r"\$\$?[^$]*\$\$?", lambda m: swapped(m[0]), one.text)
        here = seen(one, understand(f"# A note\n\n{one.text}"))
        there = seen(one, understand(f"# A note\n\n{formulas}"))
        assert {(name, swapped(key), q): swapped(value) for (name, key, q), value in here.items() if q == "role"} == {
            key: value for key, value in there.items() if key[2] == "role"
        }, one.name


@pytest.mark.slow
def test_every_hash_seed_has_the_same_roles() -> None:
    program = "import json, test_roles; print(json.dumps([[*k, v] for k, v in sorted(test_roles.whole()[1].items())]))"
    here = Path(__file__).parent
    found = []
    for seed in "017":
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{here}:{here.parents[1]}"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.append(json.loads(done.stdout))
    assert all(other == found[0] for other in found)
