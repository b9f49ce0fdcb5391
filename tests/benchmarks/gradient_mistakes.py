"""How many planted mistakes `check_gradient` finds and names, and how fast.

python tests/benchmarks/gradient_mistakes.py [-v]
"""

import sys
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "numeric"))

from planted import PLANTED, SECOND, Planted
from test_planted_mistakes import CELLS, checked, is_named, network


def counted(title: str, mistakes: list[Planted]) -> None:
    """A line a list, and one for each cell."""
    times: dict[str, list[float]] = {}
    found = named = 0
    for planted in mistakes:
        network(planted.cell)
        start = perf_counter()
        report = checked(planted.cell, planted)
        times.setdefault(planted.cell, []).append(perf_counter() - start)
        found += not report.right
        named += is_named(planted, report)
        if "-v" in sys.argv and not is_named(planted, report):
            sys.stdout.write(f"{planted.cell}: {planted.new}\n{report}\n\n")
    every = [t for some in times.values() for t in some]
    times_said = f"median {median(every):.2f} s, at most {max(every):.2f} s"
    sys.stdout.write(f"{title}: {found} of {len(mistakes)} found, {named} named; {times_said}\n")
    sys.stdout.write("  " + ", ".join(f"{cell} {median(some):.2f} s" for cell, some in times.items()) + "\n")


if __name__ == "__main__":
    sys.stdout.write(f"accused of the {len(CELLS)} right programs: {sum(not checked(cell) for cell in CELLS)}\n")
    counted("first", PLANTED)
    counted("second", SECOND)
