r"""The attack: claims whose truth is known from numbers, against the verdicts of the checker.

    python tests/attack/attack.py [--claims 10000] [--seed 0] [--network NAME] [--processes 2] [--notes]

True claims about seventeen networks are confirmed by an oracle that shares no code with the package (complex steps on
unrolled NumPy), mutated one to three times, judged by the oracle again, and settled by the checker. What is printed: a
table, and every false proof and false refutation with its note. The exit status is 1 if there is any.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from attack_claims import Claim, claims
from attack_mutations import mutated
from attack_networks import NETWORKS, Network
from attack_oracle import Oracle, Truth

from bptt_symbolic.api import understand
from bptt_symbolic.pipeline import findings
from bptt_symbolic.reporting.report import Finding

BATCH = 40
WORDS = ("proved", "refuted", "ill-typed", "undecided", "unread")


@dataclass(frozen=True, slots=True)
class Row:
    """One claim: what the oracle and what the checker says."""

    network: str
    latex: str
    truth: Truth
    verdict: str
    said: tuple[str, ...] = ()
    """Readings and hypotheses that the verdict prints."""
    scope: str = ""
    message: str = ""

    @property
    def kind(self) -> str:
        """Which list it belongs to; empty where checker and oracle agree."""
        holds = self.truth.word == "true"
        if self.verdict == "proved" and not holds:
            return self._false_proof()
        if self.verdict in {"refuted", "ill-typed"} and holds and self.truth.layout and self._plain_layout():
            return self._false_refutation()
        return ""

    def _false_refutation(self) -> str:
        if not self.truth.elsewhere:
            return "refuted where conventions leave out what differs"
        strict = self.truth.layout == ("numerator", "numerator")
        return "refuted, true where gradients by matrices are transposed" if strict else "FALSE REFUTATION"

    def _plain_layout(self) -> bool:
        layouts = self.truth.layout or ("", "")
        return layouts[0] == layouts[1]

    def _false_proof(self) -> str:
        beside = [s for s in self.said if not s.startswith(("layout", "sum("))]
        if self.truth.word == "outside":
            return "proved, and names steps outside" + (" (said)" if beside else "")
        if beside:
            return "proved under what is said"
        return "FALSE PROOF" if self.scope == "steps all, sizes all" else "FALSE PROOF at fixed sizes"


def verdicts(note: str, formulas: Sequence[str]) -> dict[str, Finding]:
    """What the checker says of formulas about a note, by their LaTeX."""
    understood = understand(note, asked=tuple(formulas))
    return {f.latex: f for f in findings(understood, asked=True, repair=False)}


def verdicts_in_note(note: str, formulas: Sequence[str]) -> dict[str, Finding]:
    """The same for formulas that stand in the note."""
    text = note + "\n" + "\n\n".join(f"$$ {formula} $$" for formula in formulas) + "\n"
    return {f.latex: f for f in findings(understand(text), repair=False) if f.kind == "claim"}


def row(network: Network, claim: Claim, truth: Truth, found: Finding | None) -> Row:
    """A claim with its verdict; a claim of which nothing is said counts as unread."""
    if found is None or found.verdict is None:
        return Row(network.name, claim.latex, truth, "unread")
    scope = f"steps {found.scope.steps}, sizes {found.scope.sizes}" if found.scope else ""
    said = (*found.readings, *found.hypotheses)
    return Row(network.name, claim.latex, truth, found.verdict, said, scope, found.message)


def generated(network: Network, oracle: Oracle, draw: Random, count: int) -> Iterator[tuple[Claim, Truth]]:
    """The true claims, half of them at most; then mutated ones; no formula twice."""
    base = claims(network)
    given = list(base) if 2 * len(base) <= count else draw.sample(base, count // 2)
    seen: set[str] = set()
    for n in range(20 * count):
        claim = given[n] if n < len(given) else mutated(draw.choice(base), network, draw)
        if claim.latex in seen or r"\left(0\right)" in claim.latex:
            continue  # a zero in brackets has no shape that anybody could check
        truth = oracle.judge(claim)
        if truth.word == "odd":
            continue
        seen.add(claim.latex)
        yield claim, truth
        if len(seen) == count:
            return


def attack(network: Network, count: int, seed: int, *, in_notes: bool = False) -> list[Row]:
    """So many claims about a network."""
    oracle = Oracle(network)
    draw = Random(f"{network.name} {seed}")  # noqa: S311 - no secret
    rows: list[Row] = []
    batch: list[tuple[Claim, Truth]] = []
    for claim, truth in generated(network, oracle, draw, count):
        batch.append((claim, truth))
        if len(batch) == BATCH:
            rows += _settled(network, batch, in_notes=in_notes)
            batch = []
    return rows + _settled(network, batch, in_notes=in_notes)


def _settled(network: Network, batch: Sequence[tuple[Claim, Truth]], *, in_notes: bool) -> list[Row]:
    formulas = [claim.latex for claim, _ in batch]
    found = verdicts_in_note(network.note, formulas) if in_notes else verdicts(network.note, formulas)
    return [row(network, claim, truth, found.get(" ".join(claim.latex.split()))) for claim, truth in batch]


def table(rows: Iterable[Row]) -> str:
    """Verdicts by network and truth."""
    counts = Counter((r.network, r.truth.word, r.verdict) for r in rows)
    lines = [f"{'network':24}{'truth':10}" + "".join(f"{w:>11}" for w in WORDS)]
    for network in [*dict.fromkeys(key[0] for key in counts), "all"]:
        for word in ("true", "false", "ill", "outside"):
            numbers = [
                sum(c for (n, t, v), c in counts.items() if (t, v) == (word, verdict) and network in {n, "all"})
                for verdict in WORDS
            ]
            if any(numbers):
                lines.append(f"{network:24}{word:10}" + "".join(f"{n:11}" for n in numbers))
    return "\n".join(lines)


def listed(rows: Iterable[Row], most: int = 1000) -> str:
    """What is wrong, and what is proved under something that is said."""
    by: dict[str, list[Row]] = {}
    for one in rows:
        if one.kind:
            by.setdefault(one.kind, []).append(one)
    lines: list[str] = []
    for kind in sorted(by):
        lines.append(f"\n{kind}: {len(by[kind])}")
        for one in by[kind][:most]:
            lines += [
                f"  [{one.network}] {one.latex}",
                f"      oracle: {one.truth.word} {one.truth.layout} {one.truth.shown}",
                f"      checker: {one.verdict}; {one.scope}; said: {one.said}; {one.message}",
            ]
    return "\n".join(lines)


def _job(job: tuple[str, int, int, bool]) -> list[Row]:
    name, count, seed, in_notes = job
    started = time.monotonic()
    rows = attack(next(n for n in NETWORKS if n.name == name), count, seed, in_notes=in_notes)
    wrong = [r for r in rows if r.kind.startswith("FALSE")]
    said = f"{name}: {len(rows)} claims, {len(wrong)} wrong, {time.monotonic() - started:.0f} s"
    sys.stderr.write(f"{said}{listed(wrong)}\n")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=10200, help="how many claims, over all networks")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--network", help="only networks whose name contains this")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--notes", action="store_true", help="claims stand in notes, beside each other")
    parser.add_argument("--show", action="store_true", help="print the note of every network that is attacked")
    asked = parser.parse_args(arguments)
    networks = [n for n in NETWORKS if asked.network is None or asked.network in n.name]
    share = -(-asked.claims // len(networks))
    jobs = [(n.name, share, asked.seed, asked.notes) for n in networks]
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        rows = [one for found in pool.imap(_job, jobs, chunksize=1) for one in found]
    if asked.show:
        sys.stdout.write("".join(f"--- {n.name}\n{n.note}\n" for n in networks))
    sys.stdout.write(f"{table(rows)}\n{listed(rows)}\n")
    wrong = [r for r in rows if r.kind.startswith("FALSE")]
    sys.stdout.write(f"\n{len(rows)} claims about {len(networks)} networks, {len(wrong)} false proofs or refutations\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
