"""Tests that needed a second try: the first failure is printed whole, the last lines of a run
name them, and more than a few of them fail the run unless `tests/flaky.toml` gives a reason.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

MOST = 2
"""Retried tests without a reason in one run. One or two are tests that met a machine that stalls,
and no cause to refuse a change; more have a common cause, first of all the change.
"""

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
        if len(self.unexcused()) > MOST and exitstatus == pytest.ExitCode.OK:
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

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """After everything else: who sees the end of a log only sees which test and why."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        for report in self.failures:
            why = self.excused.get(report.nodeid, "not in tests/flaky.toml: find the cause")
            reporter.write_line(f"RETRIED {report.nodeid}: {why}. It failed with: {_cause(report)}")
        if (found := len(self.unexcused())) > MOST:
            reporter.write_line(f"The run fails: {found} tests were retried, {MOST} may be.")

    def unexcused(self) -> Sequence[str]:
        return [report.nodeid for report in self.failures if report.nodeid not in self.excused]


def _cause(report: pytest.TestReport) -> str:
    """The place and the first line of the message."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash) if crash else report.longreprtext.strip().rpartition("\n")[2]
    return text.partition("\n")[0]
