"""Pages -> what they show: every example of the README and of `docs/` is run.

    ```console   `$ bptt-symbolic ...` is called, what it prints is compared; `$ echo $?` is its exit status
    ```python    a session with `>>>`, as doctest runs it
    ```toml      declarations; they must be accepted
    ```sh        lines that install something: `.ci/run` runs them, not these tests

`...` stands for anything. A fence after `<!-- file: NAME -->` is a file. Each page is one session, in a folder of its
own that holds its files and the derivations.
"""

import doctest
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bptt_symbolic import cli
from bptt_symbolic.understanding import read_declared

ROOT = Path(__file__).parents[2]
MADE = {"codes.md"}
"""Made from the help pages, which have tests of their own."""
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name not in MADE)]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
FENCE = re.compile(r"(?:^<!-- file: (\S+) -->\n+)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Fence:
    """A block of a page."""

    line: int
    kind: str
    text: str
    file: str | None


def fences(page: Path) -> list[Fence]:
    text = page.read_text(encoding="utf-8")
    return [
        Fence(text.count("\n", 0, found.start(2)) + 1, found[2], found[3], found[1]) for found in FENCE.finditer(text)
    ]


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """Every command of a console session with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield shlex.split(command), printed


LONG = {
    "README.md",
    "docs/ci.md",
    "docs/command-line.md",
    "docs/counterexamples.md",
    "docs/derive.md",
    "docs/numeric.md",
    "docs/repairs.md",
    "docs/reports.md",
}
"""Sessions that settle or mend whole notes."""


def _session(page: Path) -> object:
    name = str(page.relative_to(ROOT))
    return pytest.param(page, id=name, marks=[pytest.mark.slow] if name in LONG else [])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a session, with the derivations in it."""
    (tmp_path / "derivations").symlink_to(ROOT / "derivations")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize("page", [_session(page) for page in PAGES])
def test_every_example_does_what_the_page_shows(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known: dict[str, object] = {}
    for fence in fences(page):
        if fence.file is not None:
            (folder / fence.file).write_text(fence.text, encoding="utf-8")
        if fence.kind == "console":
            run_console(fence, page, capsys)
        elif fence.kind == "python":
            run_python(fence, page, known)
        elif fence.kind == "toml":
            read_declared(fence.text)


def run_console(fence: Fence, page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = 0
    for words, wanted in commands(fence.text):
        if words == ["echo", "$?"]:
            got = f"{status}\n"
        else:
            assert words[0] == "bptt-symbolic", f"{page.name}:{fence.line}: only bptt-symbolic is run, not {words[0]}"
            status = called(words[1:])
            out, err = capsys.readouterr()
            got = out + err
        assert same(wanted, got), f"{page.name}:{fence.line}: {shlex.join(words)} prints\n{got}"


def called(arguments: Sequence[str]) -> int:
    """Exit status of a call."""
    try:
        return cli.main(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)


def same(wanted: str, got: str) -> bool:
    """Whether this was printed; a page that shows nothing promises nothing."""
    return not wanted.strip() or doctest.OutputChecker().check_output(wanted, got, FLAGS)


def run_python(fence: Fence, page: Path, known: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(fence.text, known, page.name, str(page), fence.line)
    assert test.examples, f"{page.name}:{fence.line}: begin the lines with >>>"
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    failed = runner.run(test, out=told.append, clear_globs=False).failed
    known.update(test.globs)
    assert not failed, "".join(told)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_says_what_it_is(page: Path) -> None:
    kinds = {"console", "python", "toml", "sh", "json", "markdown", "latex", "text"}
    wrong = [fence.line for fence in fences(page) if fence.kind not in kinds]
    assert not wrong, f"lines {wrong}"
    assert page.read_text(encoding="utf-8").count("\n```") == 2 * len(fences(page))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "docs" / "codes.md"], ids=[*NAMES, "docs/codes.md"])
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / target).exists()]
    assert not dead


def test_the_readme_has_two_lines_to_copy() -> None:
    found = [fence.text.splitlines() for fence in fences(ROOT / "README.md") if fence.kind == "sh"]
    assert [len(lines) for lines in found] == [1, 1]
    assert "check" in found[0][0]
    assert "pytest" in found[1][0]
