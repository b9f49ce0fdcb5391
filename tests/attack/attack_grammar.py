r"""The grammar fuzz: random formulas in LaTeX, most of them nonsense, must end in a verdict.

    python tests/attack/attack_grammar.py [--formulas 20000] [--seed 0]

They are settled in batches about several networks, each batch in a process of its own whose memory is bounded. What is
printed: every formula that ends in an exception or an internal fault, takes more than ten seconds, or ends the process;
and the most memory that a process took. The exit status is 1 if there is any, or if that is a gigabyte.
"""

import argparse
import multiprocessing
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random
from types import FrameType

from bptt_symbolic.api import understand
from bptt_symbolic.pipeline import findings

LIMIT = 10.0
"""Seconds for one formula."""
BOUND = 6 << 30
"""Bytes of address space: what takes more is ended, and counted."""
MOST = 1 << 20
"""Kilobytes of memory that a process may take."""
BATCH = 25

COLUMN = r"""Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ L_t = \frac12 \| s_t - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$
"""
SCALAR = r"""All quantities are scalars.

$$ s_t = \tanh(w s_{t-1} + u x_t) $$

$$ L_t = \frac12 (s_t - y_t)^2 $$

$$ L = \sum_{t=1}^{T} L_t $$
"""
SOFTMAX = r"""
Let $s_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$, $y_t, p_t \in \mathbb{R}^c$, $W \in \mathbb{R}^{n \times n}$,
$U \in \mathbb{R}^{n \times m}$ and $V \in \mathbb{R}^{c \times n}$.

$$ s_t = \sigma(W s_{t-1} + U x_t) $$

$$ p_t = \mathrm{softmax}(V s_t) $$

$$ L_t = - \sum_i y_{t,i} \log p_{t,i} $$

$$ L = \sum_{t=1}^{T} L_t $$
"""
NEXT = r"""Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ s_{t+1} = \phi(W s_t + x_t) $$

$$ L_t = \frac12 \| s_{t+1} - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$
"""
NOTES = (COLUMN, SCALAR, SOFTMAX, NEXT)

NAMES = (
    "s",
    "z",
    "x",
    "y",
    "L",
    "W",
    "V",
    "p",
    "w",
    "h",
    r"\delta",
    r"\phi",
    r"\sigma",
    r"\hat{y}",
    "T",
    "n",
    "q",
    r"\mathbf{s}",
)
STEPS = ("t", "t-1", "t+1", "k", "T", "1", "0", "t-k", "2t", r"\tau", "T-1", "10", "i", "-1", "t/2", r"\infty")
SUBS = (
    "{t}",
    "{t,i}",
    "{ij}",
    "{i,j}",
    "t",
    "i",
    r"{\text{out}}",
    r"{\mathrm{h}}",
    "{t-1,j}",
    "{1,2}",
    "{:,j}",
    "{xh}",
    "{}",
)
SUPS = (
    "2",
    r"\top",
    "T",
    "{-1}",
    "{(t)}",
    "{t-k}",
    "*",
    "{'}",
    "{99999}",
    r"{\langle t \rangle}",
    "{+}",
    "{1/2}",
    "{T-t}",
)
SIGNS = (
    " ",
    " ",
    r" \cdot ",
    r" \odot ",
    r" \times ",
    " * ",
    r" \otimes ",
    r" \circ ",
    r" \oplus ",
    " + ",
    " + ",
    " - ",
    " / ",
    r" \pm ",
    ", ",
)
SIGNS_OF_RELATION = (
    "=",
    "=",
    "=",
    "=",
    "=",
    r"\approx",
    r"\le",
    r"\neq",
    ":=",
    r"\propto",
    r"\to",
    r"\overset{?}{=}",
    "&=",
)
FUNCTIONS = (
    r"\tanh",
    r"\exp",
    r"\log",
    r"\sigma",
    r"\phi",
    r"\mathrm{diag}",
    r"\mathrm{softmax}",
    r"\max",
    r"\sin",
    r"\mathrm{tr}",
    r"\operatorname{vec}",
    r"\det",
    r"\mathbb{E}",
    r"\sqrt",
    r"\mathrm{foo}",
    "f",
    r"\min",
    r"\ln",
    r"\mathbf{1}",
)
SPACES = (
    r"\,",
    r"\quad",
    r"\text{ if }",
    r"\text{ for } t = T",
    r"\ldots",
    r"\cdots",
    r"\dots",
    r"\infty",
    r"\unknown",
    r"\quad t = T",
)
NUMBERS = ("0", "1", "2", "3", "10", "0.5", "1000000", "99999999999999999999", "1e5", r"\frac12", r"\pi", "-1")
BRACKETS = (
    ("(", ")"),
    (r"\left(", r"\right)"),
    ("[", "]"),
    (r"\{", r"\}"),
    (r"\|", r"\|"),
    ("|", "|"),
    (r"\lfloor", r"\rfloor"),
    (r"\langle", r"\rangle"),
)


KNOWN = (
    *(
        "0",
        "1",
        "2",
        r"\frac{1}{T}",
        "s_t",
        "s_{t-1}",
        "s_k",
        "s_{t+1}",
        "x_t",
        "y_t",
        "z_t",
        "L",
        "L_t",
        "L_k",
        "W",
        "W^\\top",
        "w",
    ),
    *(
        "s_{t,i}",
        "s_{t,1}",
        "s_{t-1,j}",
        "W_{ij}",
        "W_{1,2}",
        "W_{ji}",
        "p_t",
        "p_{t,i}",
        "V",
        "U",
        "s_T",
        "s_1",
        "L_T",
        "x_{t,i}",
    ),
    *("x_{t,2}", "s_{t,3}", "W_{4,5}", "s_i", "z_{t,2}", r"\delta_{ij}", "s_0"),
)
"""Names of the networks, with scripts that they can have."""
TAME = 0.7
"""How many of the formulas are of such names, and of ordinary operations."""


class Writer:
    """Random formulas of bounded depth."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.tame = False

    def relation(self) -> str:
        self.tame = self.draw.random() < TAME
        if self.tame:
            left, right = (self.formula(self.draw.choice((1, 2, 2, 3))) for _ in range(2))
            return f"{left} = {self.draw.choice((right, right, right, left, '0'))}"
        sides = [self.formula(self.draw.choice((2, 3, 3, 4))) for _ in range(self.draw.choice((2, 2, 2, 2, 3)))]
        text = sides[0]
        for side in sides[1:]:
            text += f" {self.draw.choice(SIGNS_OF_RELATION)} {side}"
        return text + (f" {self.draw.choice(SPACES)}" if self.draw.random() < 0.08 else "")

    def formula(self, depth: int) -> str:
        if depth <= 0:
            return self.atom()
        makers = (
            self.atom,
            self.joined,
            self.joined,
            self.derivative,
            self.derivative,
            self.summed,
            self.bracketed,
            self.applied,
            self.fraction,
            self.transposed,
            self.matrix,
            self.cases,
            self.odd,
        )
        weights = (
            (3, 4, 4, 5, 5, 4, 3, 3, 1, 2, 0, 0.2, 0.2) if self.tame else (3, 4, 4, 3, 3, 4, 3, 3, 2, 2, 0.5, 0.5, 1)
        )
        maker = self.draw.choices(makers, weights=weights)[0]
        return maker(depth - 1)

    def atom(self, depth: int = 0) -> str:
        del depth
        if self.tame:
            return self.draw.choice(KNOWN)
        if self.draw.random() < 0.2:
            return self.draw.choice(NUMBERS)
        name = self.draw.choice(NAMES)
        chance = self.draw.random()
        if chance < 0.45:
            name += f"_{{{self.draw.choice(STEPS)}}}"
        elif chance < 0.7:
            name += f"_{self.draw.choice(SUBS)}"
        if self.draw.random() < 0.2:
            name += f"^{self.draw.choice(SUPS)}"
        return name

    def joined(self, depth: int) -> str:
        text = self.formula(depth)
        for _ in range(self.draw.choice((1, 1, 2))):
            text += self.draw.choice(SIGNS[:5] + SIGNS[9:12] if self.tame else SIGNS) + self.formula(depth - 1)
        return text

    def derivative(self, depth: int) -> str:
        sign = self.draw.choice((r"\partial", r"\partial", r"\partial", "d", r"\partial^{+}", r"\mathrm{d}"))
        if self.tame:
            return rf"\frac{{\partial {self.draw.choice(KNOWN[4:])}}}{{\partial {self.draw.choice(KNOWN[4:])}}}"
        over = self.atom() if depth < 1 or self.draw.random() < 0.8 else self.formula(depth - 1)
        under = self.atom() if self.draw.random() < 0.9 else self.formula(1)
        if self.draw.random() < 0.1:
            return rf"\nabla_{{{under}}} {over}"
        return rf"\frac{{{sign} {over}}}{{{sign} {under}}}"

    def summed(self, depth: int) -> str:
        sign = self.draw.choice((r"\sum", r"\sum", r"\prod"))
        letter = self.draw.choice(("t", "k", "i", "j", r"\tau", "n"))
        if self.tame:
            low, high = self.draw.choice(
                (("1", "T"), ("1", "t"), ("k", "T"), ("t", "T"), ("2", "T-1"), ("1", "n"), ("1", "4"))
            )
            return f"{sign}_{{{letter}={low}}}^{{{high}}} {self.formula(depth)}"
        low, high = self.draw.choice(STEPS), self.draw.choice((*STEPS, "n", "1000", "1000000", "m"))
        below = self.draw.choice(
            (
                f"{letter}={low}",
                f"{letter}={low}",
                letter,
                rf"{letter} \ne {low}",
                rf"{letter} \in \{{1, T\}}",
                rf"{low} \le {letter} \le {high}",
            )
        )
        above = f"^{{{high}}}" if "=" in below else ""
        return f"{sign}_{{{below}}}{above} {self.formula(depth)}"

    def bracketed(self, depth: int) -> str:
        left, right = self.draw.choice(BRACKETS[:2] if self.tame else BRACKETS)
        scripts = (
            self.draw.choice(("", "", r"^\top", "^2", "_{i}", "_{1}"))
            if self.tame
            else self.draw.choice(("", "", "", "^2", r"^\top", "_{t}", "_{i}", "_{ij}", "^{t-k}", "'"))
        )
        return f"{left} {self.formula(depth)} {right}{scripts}"

    def applied(self, depth: int) -> str:
        inner = ", ".join(self.formula(depth) for _ in range(self.draw.choice((1, 1, 1, 1, 2))))
        scripts = self.draw.choice(("", "", "", "'", "^2", "_t", "^{-1}"))
        if self.tame:
            return f"{self.draw.choice(FUNCTIONS[:9])}({self.formula(depth)})"
        return f"{self.draw.choice(FUNCTIONS)}{scripts}({inner})"

    def fraction(self, depth: int) -> str:
        return rf"\frac{{{self.formula(depth)}}}{{{self.formula(depth - 1)}}}"

    def transposed(self, depth: int) -> str:
        power = self.draw.choice((r"\top", "T", "-1", "2", r"\intercal", "0"))
        return rf"\left({self.formula(depth)}\right)^{{{power}}}"

    def matrix(self, depth: int) -> str:
        kind = self.draw.choice(("pmatrix", "bmatrix", "vmatrix", "array"))
        lines = self.draw.choice((1, 2))
        rows = r" \\ ".join(f"{self.formula(depth - 1)} & {self.formula(depth - 1)}" for _ in range(lines))
        columns = "{cc}" if kind == "array" else ""
        return rf"\begin{{{kind}}}{columns} {rows} \end{{{kind}}}"

    def cases(self, depth: int) -> str:
        when = self.draw.choice((r"\text{if } t = T", r"i = j", r"\text{otherwise}", r"t < k", r"s_{t,i} > 0"))
        first, second = self.formula(depth - 1), self.formula(depth - 1)
        return rf"\begin{{cases}} {first} & {when} \\ {second} & \text{{otherwise}} \end{{cases}}"

    def odd(self, depth: int) -> str:
        inner = self.formula(depth)
        return self.draw.choice(
            (
                self.draw.choice(SPACES),
                rf"\underbrace{{{inner}}}_{{{self.atom()}}}",
                rf"\overline{{{inner}}}",
                rf"\text{{word}} {inner}",
                rf"{{{inner}}}_{{{self.draw.choice(STEPS)}}}",
                rf"\boxed{{{inner}}}",
                rf"\left. {inner} \right|_{{{self.atom()} = {self.atom()}}}",
                rf"-{inner}",
                rf"\mathbf{{1}}_{{{self.atom()} = {self.atom()}}}",
                rf"[{inner}; {self.atom()}]",
                rf"{inner}!",
                rf"\color{{red}}{{{inner}}}",
            )
        )


def formulas(count: int, seed: int) -> Iterator[str]:
    """So many formulas; the same for a seed."""
    writer = Writer(Random(seed))  # noqa: S311 - no secret
    for _ in range(count):
        yield writer.relation()


class TooLong(BaseException):
    """More than the limit for one formula; no handler of the package may take it for its own."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a formula did that it must not."""

    formula: str
    note: int
    what: str


def internal(findings_code: str | None, message: str) -> bool:
    """Whether a verdict tells of a fault of the program."""
    return "internal" in (findings_code or "") or "internal error" in message


def settle(note: int, batch: Sequence[str]) -> tuple[list[Failure], dict[str, int]]:
    """A batch about one note in this process: what fails, and how many verdicts of each word there are."""
    failures: list[Failure] = []
    counts: dict[str, int] = {}
    try:
        _settle(note, batch, failures, counts)
    except (Exception, TooLong):  # noqa: BLE001 - this is what is looked for
        if len(batch) == 1:
            failures.append(Failure(batch[0], note, traceback.format_exc(limit=-4)))
        else:
            failures, counts = [], {}
            for one in batch:
                found, words = settle(note, [one])
                failures += found
                for word, number in words.items():
                    counts[word] = counts.get(word, 0) + number
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return failures, counts


def _settle(note: int, batch: Sequence[str], failures: list[Failure], counts: dict[str, int]) -> None:
    def expire(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TooLong

    def again(done: int, claims: int, name: str) -> None:
        del done, claims, name
        signal.setitimer(signal.ITIMER_PROF, LIMIT)

    signal.signal(signal.SIGPROF, expire)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    for found in findings(understand(NOTES[note], asked=tuple(batch)), again, asked=True, repair=False):
        word = found.verdict or found.kind
        counts[word] = counts.get(word, 0) + 1
        if internal(found.code, found.message):
            failures.append(Failure(found.latex, note, found.message))


def _child(to: Connection, jobs: Sequence[tuple[int, list[str]]]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BOUND, BOUND))
    for note, batch in jobs:
        to.send(("start", note, batch))
        failures, counts = settle(note, batch)
        to.send(("done", failures, counts))
    to.send(("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, {}))
    to.close()


def fuzz(count: int, seed: int, *, shown: bool = False) -> tuple[list[Failure], dict[str, int], int]:
    """Failures, verdicts by their words, and the most memory in kilobytes."""
    texts = list(formulas(count, seed))
    jobs = [(n % len(NOTES), texts[i : i + BATCH]) for n, i in enumerate(range(0, count, BATCH))]
    failures: list[Failure] = []
    counts: dict[str, int] = {}
    memory = 0
    started = time.monotonic()
    chunk = 40
    for at in range(0, len(jobs), chunk):
        found, words, most = _watched(jobs[at : at + chunk])
        failures += found
        memory = max(memory, most)
        for word, number in words.items():
            counts[word] = counts.get(word, 0) + number
        if shown:
            done = min(count, (at + chunk) * BATCH)
            said = f"{done} formulas, {len(failures)} failures, {memory >> 10} MB, {time.monotonic() - started:.0f} s"
            sys.stderr.write(f"{said}\n")
    return failures, counts, memory


def _watched(jobs: Sequence[tuple[int, list[str]]]) -> tuple[list[Failure], dict[str, int], int]:
    """Batches in a process of their own, which may end or hang."""
    context = multiprocessing.get_context("spawn")
    to_us, to_them = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(to_them, jobs))
    process.start()
    to_them.close()
    failures: list[Failure] = []
    counts: dict[str, int] = {}
    memory = 0
    current: tuple[int, list[str]] = (0, [])
    while True:
        if not to_us.poll(LIMIT * (len(current[1]) + 3)):
            failures.append(Failure("; ".join(current[1]), current[0], "hangs where nothing can interrupt it"))
            process.kill()
            break
        try:
            word, first, second = to_us.recv()
        except EOFError:
            process.join()
            if process.exitcode:
                failures.append(Failure("; ".join(current[1]), current[0], f"the process ends: {process.exitcode}"))
            break
        if word == "start":
            current = (first, second)
        elif word == "memory":
            memory = first
        else:
            failures += first
            for verdict, number in second.items():
                counts[verdict] = counts.get(verdict, 0) + number
    process.join()
    return failures, counts, memory


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formulas", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    failures, counts, memory = fuzz(asked.formulas, asked.seed, shown=True)
    for failure in failures:
        sys.stdout.write(f"\nnote {failure.note}: {failure.formula}\n{failure.what}\n")
    sys.stdout.write(f"\n{asked.formulas} formulas, {len(failures)} failures, {memory >> 10} MB, {counts}\n")
    return 1 if failures or memory >= MOST else 0


if __name__ == "__main__":
    raise SystemExit(main())
