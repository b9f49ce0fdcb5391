"""Notes -> test items: `pytest --bptt notes/` makes each claim of each note a test.

Without the option nothing is imported and no file is looked at. What fails is what the exit status of `check` counts
(`fail-on` of the settings); what is silenced, or open and not counted, is skipped with its reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bptt_symbolic.reporting.report import Finding, Report

    Failures = frozenset[str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that turns it on."""
    group = parser.getgroup("bptt-symbolic")
    group.addoption("--bptt", action="store_true", help="settle the claims of notes, each as a test")


def pytest_configure(config: pytest.Config) -> None:
    """Look for notes if they are asked for."""
    if config.getoption("--bptt"):
        config.pluginmanager.register(_Notes(), "bptt-symbolic-notes")


class _Notes:
    """What collects."""

    def __init__(self) -> None:
        from bptt_symbolic.commands._inputs import suffixes  # noqa: PLC0415 - only where it is asked for

        self.suffixes = suffixes()

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> "NoteFile | None":
        """A note, by its suffix."""
        wanted = file_path.suffix.lower() in self.suffixes
        return NoteFile.from_parent(parent, path=file_path) if wanted else None


class NoteFile(pytest.File):
    """A note."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its claims, and its faults if it has some."""
        from bptt_symbolic.commands._settling import Unopened, settled  # noqa: PLC0415 - the same
        from bptt_symbolic.reporting.formats._words import names  # noqa: PLC0415 - the same

        try:
            report, told = settled(str(self.path), repair=False)
        except Unopened as error:
            raise self.CollectError(error.fault.message) from error
        known = names(report.findings)
        for finding in report.findings:
            if finding.verdict is not None:
                yield Claim.from_parent(self, name=known[finding.id], finding=finding, fail_on=told.fail_on)
        if any({fault.severity, fault.code} & told.fail_on for fault in report.faults):
            yield Faults.from_parent(self, name="faults", report=report)


class WrongError(Exception):
    """A test that fails, with the text that says why."""


class _Told(pytest.Item):
    """An item whose failure is a text, without the lines of a program."""

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> "str | pytest.TerminalRepr":  # type: ignore[name-defined]  # public only in its documentation
        """What the report says."""
        del style
        wrong = isinstance(excinfo.value, WrongError)
        return str(excinfo.value) if wrong else super().repr_failure(excinfo)


class Claim(_Told):
    """A claim, which has to be proved."""

    def __init__(self, *, finding: "Finding", fail_on: "Failures", **about: object) -> None:
        super().__init__(**about)  # type: ignore[arg-type]  # name and parent, as pytest gives them
        self.finding, self.fail_on = finding, fail_on

    def runtest(self) -> None:
        """Fail or skip with what is said about it."""
        from bptt_symbolic.reporting.formats._words import counted_as, silence  # noqa: PLC0415 - the same
        from bptt_symbolic.reporting.formats.text import render_finding  # noqa: PLC0415 - the same

        if self.finding.silence is not None:
            pytest.skip(silence(self.finding))
        if counted_as(self.finding) & self.fail_on:
            raise WrongError(render_finding(self.finding))
        if self.finding.verdict != "proved":
            pytest.skip(f"{self.finding.verdict}: {self.finding.message}")

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the claim stands."""
        return self.path, self.finding.line - 1, f"{self.path.name} {self.name}"


class Faults(_Told):
    """What is wrong with a note besides its claims."""

    def __init__(self, *, report: "Report", **about: object) -> None:
        super().__init__(**about)  # type: ignore[arg-type]  # name and parent, as pytest gives them
        self.report = report

    def runtest(self) -> None:
        """Fail with all of them."""
        from bptt_symbolic.reporting.formats.text import render_fault  # noqa: PLC0415 - the same

        raise WrongError("".join(render_fault(self.report.source, fault) for fault in self.report.faults))
