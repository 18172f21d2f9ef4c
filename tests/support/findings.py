"""Findings of tests besides pass or fail: printed at the end of the run, from any worker."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

NAME = "found"
Tell = Callable[[str], None]
"""The fixture `tell`: text for the reader of the run's output."""


@dataclass(eq=False)  # pluggy keeps plugins in sets
class Findings:
    """A pytest plugin for the controller process."""

    texts: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.texts += [str(text) for name, text in report.user_properties if name == NAME]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.texts:
            terminalreporter.section("what was found")
            terminalreporter.write_line("\n".join(self.texts))
