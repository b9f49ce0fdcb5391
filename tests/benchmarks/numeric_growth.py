"""Gradient calls -> docs/numeric-growth.svg: time and memory against the number of steps and the size of the state.

    python tests/benchmarks/numeric_growth.py

The Elman network with the NumPy backend on one processor, the whole sequence at once and in parts of 100 steps
(`checkpoint=100`). Memory is the most that NumPy's arrays take during a call, without the arguments.
"""

import math
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402 - after the number of threads is set

import bptt_symbolic  # noqa: E402

OUTPUT = Path(__file__).parents[2] / "docs" / "numeric-growth.svg"
PART = 100
ROUNDS = 5
STEPS = (100, 300, 1000, 3000, 10000)
SIZES = (16, 32, 64, 128, 256, 512, 1024)
BLUE, RED, WIDTH, HEIGHT = "#1b6ca8", "#c0392b", 330, 300
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """One line of a panel."""

    name: str
    colour: str
    dashed: bool
    points: Points


def measured(function: Callable[..., Any], steps: int, size: int, batch: int) -> tuple[float, float]:
    """Milliseconds and megabytes of one call."""
    draw = np.random.default_rng(0)
    shapes = {"U": (size, size), "W": (size, size), "V": (10, size), "b": (size,), "c": (10,), "s0": (batch, size)}
    values: dict[str, Any] = {name: draw.normal(size=shape) / math.sqrt(size) for name, shape in shapes.items()}
    values["x"] = draw.normal(size=(steps, batch, size))
    values["y"] = np.eye(10)[draw.integers(0, 10, (steps, batch))]
    function(**values)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function(**values)
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    function(**values)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.median(times) * 1e3, most / 1e6


def family(points: Sequence[tuple[int, int, int]], axis: int) -> list[Line]:
    """Time and memory, at once and in parts, for (steps, size, batch)."""
    found = []
    for name, options, dashed in (("at once", {}, False), (f"in parts of {PART}", {"checkpoint": PART}, True)):
        function: Any = bptt_symbolic.lambdify("elman", **options)  # type: ignore[arg-type]
        rows = [(point[axis], *measured(function, *point)) for point in points]
        for x, milliseconds, megabytes in rows:
            sys.stdout.write(f"{name:<18} {x:>6}: {milliseconds:9.2f} ms {megabytes:9.2f} MB\n")
        found.append(Line(f"ms, {name}", BLUE, dashed, [(x, ms) for x, ms, _ in rows]))
        found.append(Line(f"MB, {name}", RED, dashed, [(x, mb) for x, _, mb in rows]))
    return found


def panel(title: str, lines: list[Line], left: int, slopes: Sequence[tuple[str, float]]) -> list[str]:
    """One picture with logarithmic axes, as wide as it is high; thin lines show what a power would look like."""
    xs = [math.log10(x) for line in lines for x, _ in line.points]
    ys = [math.log10(y) for line in lines for _, y in line.points]
    low_x, high_x, low, high = min(xs), max(xs), math.floor(min(ys)), math.ceil(max(ys))

    def place(x: float, y: float) -> str:
        across = left + 40 + (WIDTH - 70) * (math.log10(x) - low_x) / (high_x - low_x)
        return f"{across:.0f},{HEIGHT - 60 - (HEIGHT - 100) * (math.log10(y) - low) / (high - low):.0f}"

    parts = [f'<text x="{left + 40}" y="20" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        height = HEIGHT - 60 - (HEIGHT - 100) * (power - low) / (high - low)
        parts.append(
            f'<line x1="{left + 40}" y1="{height:.0f}" x2="{left + WIDTH - 30}" y2="{height:.0f}" stroke="#ddd"/>'
        )
        parts.append(f'<text x="{left}" y="{height + 4:.0f}">1e{power}</text>')
    for x, _ in lines[0].points:
        parts.append(f'<text x="{place(x, 10.0**low).partition(",")[0]}" y="{HEIGHT - 44}" font-size="9">{x}</text>')
    for name, slope in slopes:
        (x0, y0), (x1, _) = lines[0].points[-2], lines[0].points[-1]
        end = y0 * (x1 / x0) ** slope
        parts.append(
            f'<line x1="{place(x0, y0).replace(",", chr(34) + " y1=" + chr(34))}" '
            f'x2="{place(x1, end).replace(",", chr(34) + " y2=" + chr(34))}" stroke="#888"/>'
        )
        parts.append(
            f'<text x="{place(x1, end).partition(",")[0]}" y="{place(x1, end).partition(",")[2]}" '
            f'font-size="9" fill="#666">{name}</text>'
        )
    for number, line in enumerate(lines):
        dash = ' stroke-dasharray="5 3"' if line.dashed else ""
        path = " ".join(place(x, y) for x, y in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="2"{dash}/>')
        across, down = left + 40 + 140 * (number % 2), HEIGHT - 24 + 14 * (number // 2)
        parts.append(
            f'<line x1="{across}" y1="{down - 4}" x2="{across + 22}" y2="{down - 4}" stroke="{line.colour}"{dash}/>'
        )
        parts.append(f'<text x="{across + 26}" y="{down}" font-size="10">{line.name}</text>')
    return parts


def drawn(left: list[Line], right: list[Line]) -> str:
    """Both panels."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="11">'
    )
    parts = [head, '<rect width="100%" height="100%" fill="white"/>']
    parts += panel("steps T (D = 64, batch 8)", left, 6, (("T", 1),))
    parts += panel("size D (T = 200, batch 16)", right, WIDTH + 6, (("D²", 2),))
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Measure, print, draw."""
    by_steps = family([(steps, 64, 8) for steps in STEPS], 0)
    by_size = family([(200, size, 16) for size in SIZES], 1)
    OUTPUT.write_text(drawn(by_steps, by_size), encoding="utf-8")


if __name__ == "__main__":
    main()
