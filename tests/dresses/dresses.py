r"""The generator of dresses: true derivations in random notations, and each again with one mistake.

    python tests/dresses/dresses.py [--count 10000] [--seed 0] [--processes 2] [--repairs 50] [--show] [--only 7,12]

A note is a known network with some of its true claims in a random notation: letters, where the step stands, names of
gradients, signs, order, rows or columns, entries or matrices, the container, the language. What is printed: what was
accused or proved falsely, what was settled as it should be, for every value of every axis. The exit status is 1 if
anything true was accused or anything false proved.
"""

import argparse
import multiprocessing
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from dress_axes import drawn
from dress_mistakes import with_mistake
from dress_networks import Network
from dress_notes import Written, chosen, written
from dress_printing import Dress

from bptt_symbolic.api import check
from bptt_symbolic.reporting.report import Finding, Report

SUFFIX = {"notebook": ".ipynb", "html": ".html", "rst": ".rst", "equation": ".tex", "align": ".tex"}
ACCUSED = frozenset({"refuted", "ill-typed"})


@dataclass(frozen=True)
class Case:
    """A note of the generator, right and with a mistake in one of its claims."""

    seed: str
    network: Network
    dress: Dress
    right: Written
    wrong: Written | None = None
    mistake: str = ""
    place: int = 0


@dataclass(frozen=True)
class Row:
    """A claim with what became of it."""

    seed: str
    axes: dict[str, str]
    claim: str
    latex: str
    verdict: str
    said: str
    mistake: str = ""
    """The kind of mistake in it; empty for a true one."""
    repaired: str | None = None
    """Where that was asked, the first repair: `as it stood`, `another formula` (proved all the same) or `none`."""

    @property
    def settled(self) -> bool:
        return self.verdict in ACCUSED if self.mistake else self.verdict == "proved"

    @property
    def fault(self) -> str:
        """`accused` or `proved`, where that is false."""
        if self.mistake:
            return "proved" if self.verdict == "proved" else ""
        return "accused" if self.verdict in ACCUSED else ""


def case(seed: str) -> Case:
    """The note of a seed."""
    draw = Random(seed)  # noqa: S311 - no secret
    network, dress = drawn(draw)
    claims = chosen(network, dress, draw)
    right = written(network, dress, claims)
    found = with_mistake(claims, network, draw)
    if found is None:
        return Case(seed, network, dress, right)
    kind, place, claim = found
    wrong = written(network, dress, [*claims[:place], claim, *claims[place + 1 :]])
    return Case(seed, network, dress, right, wrong, kind, place)


def rows(case: Case, *, repair: bool = False) -> Iterator[Row]:
    """What becomes of the claims of a note, and of the mistake."""
    blank = Row(case.seed, {**case.dress.axes}, "", "", "", "")
    report = checked(case.right.text, case, repair=False)
    for claim, latex in case.right.claims:
        verdict, said = said_of(latex, report)
        yield replace(blank, claim=claim.kind, latex=latex, verdict=verdict, said=said)
    if case.wrong is None:
        return
    report = checked(case.wrong.text, case, repair=repair)
    for place, (claim, latex) in enumerate(case.wrong.claims):
        verdict, said = said_of(latex, report)
        planted = place == case.place
        one = replace(blank, claim=claim.kind, latex=latex, verdict=verdict, said=said)
        if planted:
            repaired = _repaired(found_of(latex, report), _rights(case)) if repair else None
            yield replace(one, mistake=case.mistake, repaired=repaired)
        elif one.fault:
            yield one  # a true claim beside a mistake: only that it is accused is news


def _rights(case: Case) -> tuple[str, str]:
    r"""The claim before the mistake, as it stood and with its sums in full: a repair writes no bare `\sum_t`."""
    claims = [claim for claim, _ in case.right.claims]
    full = written(case.network, replace(case.dress, sums="full"), claims)
    return case.right.claims[case.place][1], full.claims[case.place][1]


def checked(text: str, case: Case, *, repair: bool) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"note{SUFFIX.get(case.dress['container'], '.md')}"
        path.write_text(text, encoding="utf-8")
        return check(path, repair=repair)


def _repaired(found: Finding | None, rights: Sequence[str]) -> str:
    if found is None or found.repair is None:
        return "none"
    bare = _plain(found.repair.latex)
    return "as it stood" if any(bare == _plain(right) for right in rights) else "another formula"


def _plain(latex: str) -> str:
    """A formula without what makes its brackets high, and without braces."""
    return re.sub(r"\\(?:left|right|bigl|bigr)(?![a-z])|[{}]", "", _bare(latex))


def said_of(latex: str, report: Report) -> tuple[str, str]:
    found = found_of(latex, report)
    if found is None:
        return "not found", ""
    return found.verdict or f"taken as {found.kind}", found.message


def found_of(latex: str, report: Report) -> Finding | None:
    return next((f for f in report.findings if same(f.latex, latex)), None)


def same(one: str, other: str) -> bool:
    """Whether two formulas are one, but for space and what stands between cells."""
    return _bare(one) == _bare(other)


def _bare(latex: str) -> str:
    return re.sub(r"\s|&", "", latex)


def share(part: int, whole: int) -> str:
    return f"{part:6} of {whole:6} {100 * part / whole if whole else 0:6.1f} %"


def printed(found: Sequence[Row]) -> str:
    """The figures of all notes."""
    true, wrong = [r for r in found if not r.mistake], [r for r in found if r.mistake]
    asked = [r for r in wrong if r.repaired is not None and r.settled]
    lines = [
        f"true claims settled     {share(sum(r.settled for r in true), len(true))}",
        f"mistakes refuted        {share(sum(r.settled for r in wrong), len(wrong))}",
        f"a repair is offered     {share(sum(r.repaired != 'none' for r in asked), len(asked))}",
        f"and it is what stood    {share(sum(r.repaired == 'as it stood' for r in asked), len(asked))}",
        f"falsely accused         {sum(r.fault == 'accused' for r in found):6}",
        f"falsely proved          {sum(r.fault == 'proved' for r in found):6}",
        "",
        *_by_axis(true),
        "",
        *_counted("claim", Counter(r.claim for r in true), Counter(r.claim for r in true if not r.settled)),
        *_counted("mistake", Counter(r.mistake for r in wrong), Counter(r.mistake for r in wrong if not r.settled)),
    ]
    return "\n".join(lines)


def _by_axis(true: Sequence[Row]) -> Iterator[str]:
    for axis in true[0].axes if true else ():
        every, open_ = Counter(r.axes[axis] for r in true), Counter(r.axes[axis] for r in true if not r.settled)
        yield from _counted(axis, every, open_)


def _counted(axis: str, every: Counter[str], unsettled: Counter[str]) -> Iterator[str]:
    for value in sorted(every):
        yield f"{axis:18} {value:28} {share(every[value] - unsettled[value], every[value])}"


def listed(found: Sequence[Row]) -> str:
    """Every claim that was not settled as it should be."""
    lines = []
    for row in found:
        if not row.settled or row.fault:
            kind = row.fault.upper() or "open"
            lines += [f"{kind} [{row.seed}] {row.claim} {row.mistake}: {row.verdict}: {row.said}", f"    {row.latex}"]
    return "\n".join(lines)


def _job(job: tuple[str, bool]) -> list[Row]:
    seed, repair = job
    return list(rows(case(seed), repair=repair))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10000, help="how many notes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--repairs", type=int, default=50, help="of how many notes the mistakes are mended, too")
    parser.add_argument("--show", action="store_true", help="list all that was not settled as it should be")
    parser.add_argument("--note", help="print the notes of one seed, as `0-17`")
    asked = parser.parse_args(arguments)
    if asked.note is not None:
        shown = case(asked.note)
        sys.stdout.write(shown.right.text + ("" if shown.wrong is None else shown.wrong.text))
        return 0
    jobs = [(f"{asked.seed}-{n}", n < asked.repairs) for n in range(asked.count)]
    found: list[Row] = []
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        for one in pool.imap_unordered(_job, jobs, chunksize=4):
            found += one
            told = listed([row for row in one if asked.show or row.fault])
            if told:
                sys.stderr.write(f"{told}\n")
    sys.stdout.write(printed(found) + "\n")
    return 1 if any(row.fault for row in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
