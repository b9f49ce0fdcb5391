"""What a convention is, and what it looks at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bptt_symbolic.understanding.corpus import Corpus, Slot
from bptt_symbolic.understanding.roles import Evidence, Question


@dataclass(frozen=True)
class View:
    """A note with what has been decided about it so far."""

    corpus: Corpus
    main: str = "t"
    """The running step."""
    slots: Mapping[str, Slot] = field(default_factory=dict)
    """Name -> where its step stands."""
    times: frozenset[str] = frozenset()
    """Letters that are steps."""


@dataclass(frozen=True)
class Convention:
    """One practice of authors: a row of knowledge with an example where it must win and another where it must not."""

    id: str
    """Family and name, `place/in-brackets-above`."""
    question: Question
    """What it speaks about."""
    says: str
    """What it takes for granted, in one clause."""
    find: Callable[[View], Iterable[Evidence]]
    example: str
    """A note of a few lines that is written so."""
    counter: str
    """One that looks alike and is not."""
    against: bool = False
    """It speaks against a role only: in its example there is no such decision."""
