"""Tests that needed a second try: the first failure is printed, and the run fails unless
`tests/flaky.toml` gives a reason.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

EXCUSED = Path(__file__).parents[1] / "flaky.toml"


def excused(path: Path = EXCUSED) -> dict[str, str]:
    """Test -> why it may need a second try."""
    tests: Mapping[str, str] = tomllib.loads(path.read_text())["tests"]
    return dict(tests)


@dataclass(eq=False)  # pluggy keeps plugins in sets
class Retries:
    """A pytest plugin for the controller process."""

    excused: Mapping[str, str]
    failures: list[pytest.TestReport] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome == "rerun":  # type: ignore[comparison-overlap]  # what pytest-rerunfailures adds
            self.failures.append(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.unexcused() and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.failures:
            return
        terminalreporter.section("FAILED AT FIRST, tried again")
        for report in self.failures:
            terminalreporter.write_sep("_", report.nodeid, red=True)
            terminalreporter.write_line(report.longreprtext)
            for title, content in report.sections:
                terminalreporter.write_sep("-", title)
                terminalreporter.write_line(content)
        for report in self.failures:
            reason = self.excused.get(report.nodeid)
            terminalreporter.write_line(
                f"RETRIED {report.nodeid}: "
                f"{reason or 'the run fails; it is not in tests/flaky.toml'}"
            )

    def unexcused(self) -> Sequence[str]:
        return [report.nodeid for report in self.failures if report.nodeid not in self.excused]
