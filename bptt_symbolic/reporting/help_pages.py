"""Code -> help page: what `bptt-symbolic explain CODE` prints.

A page is `help/CODE.md`: a title `# CODE`, a line `Verdict`, `Kind` or `Fault`, a sentence that sums it up, and
sections, among them `## Bad` and `## Good` with an example each. `docs/codes.md` is made of the same files by `table`.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_GROUPS = ("Verdict", "Kind", "Fault")


@dataclass(frozen=True, slots=True)
class Page:
    """One help page."""

    code: str
    group: str
    """What the code names: "Verdict" of a claim, "Kind" of a relation, or "Fault" of a note."""
    summary: str
    """One sentence."""
    text: str
    """The whole page, in Markdown."""


@lru_cache(maxsize=1)
def codes() -> tuple[str, ...]:
    """All codes that have a page: verdicts first, then kinds, then faults."""
    names = [entry.name.removesuffix(".md") for entry in _folder().iterdir() if entry.name.endswith(".md")]
    return tuple(sorted(names, key=lambda name: (_GROUPS.index(page(name).group), name)))


@lru_cache(maxsize=256)
def page(code: str) -> Page:
    """The page of a code; `KeyError` if there is none."""
    file = _folder() / f"{code}.md"
    if not code.replace("-", "").isalnum() or not file.is_file():
        raise KeyError(code)
    text = file.read_text(encoding="utf-8")
    _, group, summary, *_ = text.split("\n\n", 3)
    return Page(code, group.strip(), " ".join(summary.split()), text)


def near(code: str) -> tuple[str, ...]:
    """Codes that somebody who wrote this one may have meant."""
    return tuple(get_close_matches(code.lower(), codes(), n=3))


def overview() -> str:
    """All codes with their sentences, as text."""
    width = max(len(code) for code in codes())
    return "\n".join(_overview(width)) + "\n"


def table() -> str:
    """The text of `docs/codes.md`: every code with its sentence, then every page."""
    lines = [
        "# Codes",
        "",
        "Made from `bptt_symbolic/reporting/help/`. Change a page there, then run",
        "`python -m bptt_symbolic.reporting.help_pages > docs/codes.md`.",
    ]
    for group in _GROUPS:
        lines += ["", f"## {group}s", "", "| code | in a sentence |", "|---|---|"]
        lines += [f"| [{code}](#{code}) | {page(code).summary} |" for code in codes() if page(code).group == group]
    for code in codes():
        lines += ["", _deeper(page(code).text).rstrip()]
    return "\n".join(lines) + "\n"


def _folder() -> Traversable:
    return files("bptt_symbolic.reporting") / "help"


def _overview(width: int) -> Iterator[str]:
    for group in _GROUPS:
        yield f"{group}s"
        for code in codes():
            if page(code).group == group:
                yield f"  {code.ljust(width)}  {page(code).summary}"
        yield ""
    yield "bptt-symbolic explain CODE prints the page of one code."


def _deeper(text: str) -> str:
    """The page with its headings one level down, as a part of another; what stands in fences is left alone."""
    lines, fenced = [], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        lines.append(f"#{line}" if line.startswith("#") and not fenced else line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table())
