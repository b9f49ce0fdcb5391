"""Settings and options -> what a call does with a note: its format, what it fails on, what it leaves out.

What the call says wins over what a file says (`reading/settings`):

    format = "short"                         as `--format`
    fail-on = ["refuted", "ill-typed"]       as `--fail-on`
    ignore = ["stray-bracket"]               verdicts and codes of which nothing is said
    repair = false                           as `--no-repair`
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bptt_symbolic.reading.settings import Settings, settings_in
from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.formats._words import VERDICTS
from bptt_symbolic.reporting.help_pages import codes

DEFAULT_FAIL_ON = frozenset({"refuted", "ill-typed", "undecided", "unread", "sizes", "error"})
"""What the exit status counts unless somebody says otherwise."""
SEVERITIES = frozenset({"error", "warning", "sizes"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What holds for a note."""

    format: str | None = None
    fail_on: frozenset[str] = DEFAULT_FAIL_ON
    ignore: frozenset[str] = frozenset()
    repair: bool = True


def wanted(note: str) -> Wanted:
    """What the settings for a note say; raises BadSettings."""
    path = Path(note)
    found = settings_in(path.parent if path.is_file() else Path())
    form = found.data.get("format")
    if form is not None and form not in formats.names():
        raise found.bad(f"`format` is {form!r}; {meant(str(form), formats.names())}", 'write format = "text"')
    repair = found.data.get("repair", True)
    if not isinstance(repair, bool):
        raise found.bad("`repair` must be true or false", "write repair = false")
    words = {*VERDICTS, *codes()}
    fail_on = _words(found, "fail-on", words | SEVERITIES, DEFAULT_FAIL_ON)
    return Wanted(form, fail_on, _words(found, "ignore", words, ()), repair)


def stranger(words: Iterable[str], known: Collection[str]) -> str | None:
    """What is wrong with words of which each has to be a known one; None if nothing is."""
    return next((f"{word!r} is none; {meant(word, known)}" for word in words if word not in known), None)


def meant(word: str, known: Collection[str]) -> str:
    """`did you mean short?`, or what there is."""
    near = get_close_matches(word, sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"


def _words(found: Settings, key: str, known: Collection[str], default: Iterable[str]) -> frozenset[str]:
    data = found.data.get(key, list(default))
    if not isinstance(data, list) or not all(isinstance(word, str) for word in data):
        raise found.bad(f"`{key}` must be a list of texts", f'write {key} = ["refuted"]')
    if wrong := stranger(data, known):
        raise found.bad(f"`{key}`: {wrong}", "correct it")
    return frozenset(data)
