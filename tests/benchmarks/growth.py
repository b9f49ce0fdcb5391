r"""Families of claims -> docs/growth.svg: how the cost of a proof for all steps and sizes grows.

    python tests/benchmarks/growth.py

Three families about the Elman network: a transfer as a product of `n` written factors, a transfer split at `n` free
times, and a sum of products under `n` nested sums. Every claim is settled through the front door; the time is that of
the proof.
"""

import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest import mock

from bptt_symbolic import api
from bptt_symbolic.proving.methods import symbolic
from bptt_symbolic.proving.obligation import Obligation

ROUNDS = 5
OUTPUT = Path(__file__).parents[2] / "docs" / "growth.svg"
COLOURS = ("#1b6ca8", "#c0392b", "#2e7d32")


def factors(n: int) -> str:
    """`ds_t/ds_{t-n}` as `n` written factors."""
    links = " ".join(_jacobian(_back(i), _back(i + 1)) for i in range(n))
    return rf"{_jacobian('t', _back(n))} = {links}"


def free_times(n: int) -> str:
    """A transfer split at `n` free times."""
    names = ["t", "k", "i", "j", "l", "m", "n"][: n + 1]
    links = " ".join(_jacobian(a, b) for a, b in pairwise(names))
    ordered = ", ".join(rf"{b} \le {a}" for a, b in pairwise(names))
    return rf"{_jacobian(names[0], names[-1])} = {links}, \quad {ordered}"


def nested_sums(n: int) -> str:
    """The gradient of the loss by W under `n` nested sums."""
    inner = r"\frac{\partial^{+} s_k}{\partial W}"
    if n == 1:
        return rf"\frac{{\partial L}}{{\partial W}} = \sum_{{k=1}}^T \frac{{\partial L}}{{\partial s_k}} {inner}"
    if n == 2:  # the textbook form
        summand = rf"\frac{{\partial L_t}}{{\partial s_t}} {_jacobian('t', 'k')} {inner}"
        return rf"\frac{{\partial L}}{{\partial W}} = \sum_{{t=1}}^T \sum_{{k=1}}^t {summand}"
    summand = rf"\frac{{\partial L_t}}{{\partial s_t}} {_jacobian('t', 'j')} {_jacobian('j', 'k')} {inner}"
    left = r"\sum_{t=1}^T \sum_{j=1}^t \sum_{k=1}^j "
    right = r"\sum_{k=1}^T \sum_{j=k}^T \sum_{t=j}^T "
    return f"{left} {summand} = {right} {summand}"


def _back(n: int) -> str:
    return "t" if n == 0 else f"t-{n}"


def _jacobian(a: str, b: str) -> str:
    return rf"\frac{{\partial s_{{{a}}}}}{{\partial s_{{{b}}}}}"


FAMILIES: tuple[tuple[str, Callable[[int], str], range], ...] = (
    ("written factors", factors, range(1, 7)),
    ("free times", free_times, range(1, 6)),
    ("nested sums", nested_sums, range(1, 4)),
)


def seconds(formula: str) -> float:
    """Median time of the proof of a formula; it must be one for all steps and sizes."""
    real, taken = symbolic.prove, [0.0]

    def timed(obligation: Obligation) -> symbolic.Proof | symbolic.NoProof:
        began = time.perf_counter()
        found = real(obligation)
        taken[0] = time.perf_counter() - began
        return found

    rounds = []
    for _ in range(ROUNDS):
        with mock.patch.object(symbolic, "prove", timed):
            (finding,) = api.prove(formula, "elman").findings
        if finding.scope is None or finding.scope.steps != "all":
            message = f"not proved for all steps: {formula} ({finding.verdict}: {finding.message})"
            raise SystemExit(message)
        rounds.append(taken[0])
    return statistics.median(rounds)


def drawn(rows: list[tuple[str, list[tuple[int, float]]]]) -> str:
    """A small picture: milliseconds over `n`, one line a family."""
    top = max(s for _, points in rows for _, s in points) * 1000
    width, height, left, floor = 520, 300, 56, 250
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"',
        ' font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<line x1="{left}" y1="{floor}" x2="500" y2="{floor}" stroke="#444"/>',
        f'<line x1="{left}" y1="30" x2="{left}" y2="{floor}" stroke="#444"/>',
        f'<text x="8" y="20">ms</text><text x="490" y="{floor + 30}">n</text>',
    ]
    parts.extend(f'<text x="{left + 70 * n - 35}" y="{floor + 16}">{n}</text>' for n in range(1, 7))
    shares = (0.25, 0.5, 0.75, 1.0)
    parts.extend(f'<text x="8" y="{floor - 210 * share + 4:.0f}">{top * share:.1f}</text>' for share in shares)
    for colour, (name, points), row in zip(COLOURS, rows, range(3), strict=True):
        places = [(left + 70 * n - 32, floor - 210 * s * 1000 / top) for n, s in points]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>' for x, y in places)
        parts.append(f'<text x="80" y="{40 + 16 * row}" fill="{colour}">n {name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Measure, print, draw."""
    rows = []
    for name, family, sizes in FAMILIES:
        points = [(n, seconds(family(n))) for n in sizes]
        rows.append((name, points))
        sys.stdout.write(f"{name:16} " + "  ".join(f"{n}: {s * 1000:.2f} ms" for n, s in points) + "\n")
    OUTPUT.write_text(drawn(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
