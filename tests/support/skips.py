"""Tests that were skipped: each is named with its reason in the last lines of the run. With
`NO_SKIPS` in the environment they fail it: `.ci/run` sets that on a machine where it can install
what tests need, and do what they do.
"""

import os
from dataclasses import dataclass, field

import pytest


@dataclass(eq=False)  # pluggy keeps plugins in sets
class Skips:
    """A pytest plugin for the controller process."""

    forbidden: bool = field(default_factory=lambda: "NO_SKIPS" in os.environ)
    reasons: dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.reasons[report.nodeid] = _reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.reasons[report.nodeid] = _reason(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.reasons and self.forbidden and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        for test, reason in self.reasons.items():
            reporter.write_line(f"SKIPPED {test}: {reason}")
        if self.reasons and self.forbidden:
            reporter.write_line("The run fails: here nothing may be skipped.")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Of an expected failure, which counts as skipped, the reason is elsewhere."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", "no reason given")) or "no reason given"
