"""Many notes -> a file with a line of JSON a note, and what is most often not understood in them.

A line is `{"note", "digest", "report"}` with the report of the contract (`docs/json.md`), or `{"note", "digest",
"failed"}` where two processes were killed over a note. Lines stand in the order of the notes, whatever the number of
processes, and each is written as soon as its turn has come. A call that finds the file there goes on with what is not
in it yet; the digest tells whether a note has changed since. Lines about other notes stay.
"""

import json
import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from bptt_symbolic.commands._crew import in_order
from bptt_symbolic.commands._inputs import NoNotes, notes
from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import FALLEN, HOLDS, WRONG, Progress, not_written, say, write
from bptt_symbolic.commands._settling import Unopened, settled
from bptt_symbolic.reporting.formats._words import VERDICTS, plural
from bptt_symbolic.reporting.guard import CODE

SUMMARY = "settle every equation of many notes, into a file with a line for each note"

_SHOWN = 10
"""Constructs that the summary names."""
_STRANGE = frozenset({"not-settled", "unknown-macro", "unread", "bad-notation"})
"""Codes under which a note has something that is not known."""


def arguments(parser: ArgumentParser) -> None:
    """`corpus DIR... -o FILE [--jobs N]`."""
    parser.add_argument("notes", nargs="+", metavar="DIR", help="a folder of notes, a pattern, or a note")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="results, a line for each note"
    )
    parser.add_argument(
        "--jobs", type=_few, default=os.cpu_count() or 1, metavar="N", help="processes (default: cores)"
    )
    add(parser, "no-repair")


def run(options: Namespace) -> int:
    """Settle what is not in the file yet; exit status 4 if the checker fell on some note, 3 if the call was wrong or
    interrupted, else 0, whatever the verdicts are.
    """
    try:
        found = notes(options.notes)
        done = _done(options.output, found)
    except (NoNotes, _NoResultsError) as error:
        say(str(error))
        return WRONG
    except OSError as error:
        return not_written(options.output, error)
    left = [note for note in found if note not in done.notes]
    progress = Progress(f"{len(done.notes)} there already" if done.notes else "corpus")
    try:
        with options.output.open("a", encoding="utf-8") as file:
            work = partial(line_of, repair=not options.no_repair)
            for i, (note, line) in enumerate(zip(left, in_order(work, left, options.jobs), strict=True), 1):
                text = line or json.dumps({"note": note, "digest": digest(note), "failed": "two processes were killed"})
                file.write(f"{text}\n")
                file.flush()
                done.add(json.loads(text))
                progress(i, len(left), note)
    except KeyboardInterrupt:
        progress.clear()
        say(f"interrupted; {options.output} has {plural(len(done.notes), 'note')}, and the same call goes on")
        return WRONG
    except OSError as error:
        return not_written(options.output, error)
    progress.clear()
    return write(done.summary(), None) or (FALLEN if done.fallen else HOLDS)


def line_of(note: str, *, repair: bool = True) -> str:
    """The line of a note; a note that cannot be opened has a report with nothing but the fault."""
    from bptt_symbolic.reporting.formats.json import to_object  # noqa: PLC0415 - for workers only

    before = digest(note)
    try:
        report = settled(note, repair=repair)[0]
    except Unopened as error:
        report = error.report
    return json.dumps({"note": note, "digest": before, "report": to_object(report)})


def digest(note: str) -> str:
    """What stands in a note and in the declarations beside it, as a number; of what is no file, that of nothing."""
    whole = sha256()
    for file in (Path(note), Path(note).with_suffix(".toml")):
        whole.update(file.read_bytes() if file.is_file() else b"")
        whole.update(b"\0")
    return whole.hexdigest()


@dataclass(slots=True)
class _Results:
    """What is in the file, counted."""

    notes: set[str] = field(default_factory=set)
    verdicts: Counter[str] = field(default_factory=Counter)
    strange: Counter[str] = field(default_factory=Counter)
    unopened: int = 0
    fallen: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one line."""
        self.notes.add(row["note"])
        report = row.get("report")
        if report is None:
            self.fallen += 1
            return
        found = [*report["findings"], *report["faults"]]
        self.verdicts.update(f["verdict"] for f in report["findings"] if f["verdict"] is not None)
        self.strange.update({said for one in found for said in _strange(one)})
        self.unopened += not report["findings"] and any(f["severity"] == "error" for f in report["faults"])
        self.fallen += any(one["code"] == CODE for one in found)

    def summary(self) -> str:
        """For people."""
        verdicts = ", ".join(f"{self.verdicts[word]} {word}" for word in VERDICTS if self.verdicts[word])
        lines = [f"{plural(len(self.notes), 'note')}: {verdicts or 'nothing to settle'}"]
        for count, what in ((self.unopened, "could not be read"), (self.fallen, "on which the checker fell")):
            lines += [f"{plural(count, 'note')} {what}"] if count else []
        lines += ["most often not known, and in how many notes:"] if self.strange else []
        ranked = sorted(self.strange.items(), key=lambda pair: (-pair[1], pair[0]))
        return "\n".join([*lines, *(f"{count:5}  {what}" for what, count in ranked[:_SHOWN])]) + "\n"


def _strange(one: Mapping[str, Any]) -> Iterator[str]:
    """The constructs that are not known, in the words of the report."""
    if one["code"] in _STRANGE:
        yield str(one["message"]).removeprefix("the checker does not know ").partition(";")[0]


class _NoResultsError(Exception):
    """A file that is there, and has something else in it."""


def _done(file: Path, wanted: Iterable[str]) -> _Results:
    """What is in the file that is wanted; what is not true any more, and a line that was cut off, is taken out of it.
    Raises _NoResultsError.
    """
    results, there = _Results(), set(wanted)
    if not file.exists():
        return results
    beside = file.with_name(f".{file.name}.new")
    try:
        with file.open(encoding="utf-8", errors="replace") as old, beside.open("w", encoding="utf-8") as new:
            for row, line in _rows(old, file):
                is_wanted = row["note"] in there
                is_true = row["note"] not in results.notes and row["digest"] == digest(row["note"])
                if is_wanted and is_true:
                    results.add(row)
                if is_true or not is_wanted:
                    new.write(line)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return results


def _rows(lines: Iterable[str], file: Path) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each whole line with what it says; only the last one may be cut off."""
    for line in lines:
        if not line.startswith('{"note": '):
            raise _NoResultsError(f"{file} is there, and has something else in it than results")
        if line.endswith("\n"):
            row: Mapping[str, Any] = json.loads(line)
            yield row, line


def _few(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:  # noqa: PLR2004 - processes of one machine
        raise ArgumentTypeError("a number from 1 to 256")
    return int(text)
